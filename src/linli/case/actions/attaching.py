"""Hang files on a case, for colleagues (附件)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from linli.case.actions.moving import move
from linli.case.models import Case, Event
from linli.case.states import Relation
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.staff.models import Post

WORDS_MAX = 1000
FILES_MAX = 5


def attach(
    *,
    case: Case,
    post: Post,
    file_ids: Sequence[UUID],
    words: str,
    at: datetime,
    known: frozenset[Relation] = frozenset(),
) -> Event:
    """Hang files that have been kept on a case; only desks see them (附件).

    Raises:
        Refused: no file, too many, or not this post's case.
    """
    if not file_ids:
        raise Refused("请选择要上传的文件。")
    if len(file_ids) > FILES_MAX:
        raise Refused("一次最多上传 %(most)s 个文件。", most=FILES_MAX)
    if len(words) > WORDS_MAX:
        raise Refused("内容太长：最多 %(most)s 个字。", most=WORDS_MAX)
    return move(
        case=case,
        name="attach",
        role=Role(post.role),
        post=post,
        at=at,
        known=known,
        detail={"files": [str(one) for one in file_ids], "words": words.strip()},
    )
