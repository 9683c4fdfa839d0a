"""Verbs about the category table; each leaves one audit entry. Open cases keep the limit they were opened under."""

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from linli.shared import audit
from linli.shared.calendar import Limit
from linli.shared.refusals import Conflict, Refused
from linli.shared.urgency import Urgency
from linli.text import queries
from linli.text.models import Category, EmergencyList
from linli.text.rules import HARMLESS

CODE = re.compile(r"[0-9]{2}(?:[0-9]{2}){0,3}\Z")
KEYWORDS_MAX = 200
KEYWORD_MAX = 20
NAME_MAX = {"name_zh": 60, "name_bo": 200, "name_en": 60}


@transaction.atomic
def edit_category(
    *,
    code: str,
    name_zh: str,
    urgency: Urgency,
    at: datetime,
    name_bo: str = "",
    name_en: str = "",
    limit_words: str = "",
    keywords: Sequence[str] = (),
    is_public: bool = True,
    reason: str = "",
    by_post_id: int | None = None,
) -> Category:
    """Change what a category is called, its words, its limit; what changed is in the audit (更改分类).

    Raises:
        Refused: no such category, a name or a limit that makes no sense, too many words, or nothing changed.
    """
    row = Category.objects.select_for_update().filter(code=code, retired_on__isnull=True).first()
    if row is None:
        raise Refused("没有“%(code)s”这个分类。", code=code)
    given = _checked(
        name_zh=name_zh, name_bo=name_bo, name_en=name_en, limit_words=limit_words, keywords=keywords
    ) | {"urgency": urgency.value, "is_public": is_public}  # fmt: skip
    changed = {name: value for name, value in given.items() if getattr(row, name) != value}
    if not changed:
        raise Refused("没有改动任何内容。")
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=list(changed))
    _record(
        "edit_category", row, at=at, by_post_id=by_post_id, reason=reason, detail={"before": before, "after": changed}
    )
    return row


@transaction.atomic
def add_category(
    *, code: str, name_zh: str, urgency: Urgency, at: datetime, limit_words: str = "", by_post_id: int | None = None
) -> Category:
    """Add a category below a group that exists, or a new group (新增分类).

    Raises:
        Refused: the code is malformed, taken now or before, or its group does not exist.
    """
    if not CODE.match(code):
        raise Refused("分类代码用两位数字一级，例如 01、0105。")
    if Category.objects.filter(code=code).exists():
        raise Refused("代码 %(code)s 已经用过；代码不能重复使用。", code=code)
    parent = code[:-2]
    if parent and not Category.objects.filter(code=parent, retired_on__isnull=True).exists():
        raise Refused("没有上级分类 %(code)s。", code=parent)
    given = _checked(name_zh=name_zh, name_bo="", name_en="", limit_words=limit_words, keywords=())
    row = Category.objects.create(code=code, parent_code=parent, urgency=urgency.value, **given)
    _record("add_category", row, at=at, by_post_id=by_post_id, reason="", detail={"after": given})
    return row


@transaction.atomic
def retire_category(*, code: str, reason: str, at: datetime, by_post_id: int | None = None) -> None:
    """Offer a category no longer; cases that have it keep it (停用分类).

    Raises:
        Refused: no reason was given, it is not in force, it has others below it, or it is the one for everything else.
    """
    if not reason.strip():
        raise Refused("请写明停用原因。")
    if code == queries.OTHER:
        raise Refused("“其他”不能停用：认不出的诉求都归在这里。")
    if Category.objects.filter(parent_code=code, retired_on__isnull=True).exists():
        raise Refused("它下面还有在用的分类，请先停用它们。")
    row = Category.objects.filter(code=code, retired_on__isnull=True).first()
    if row is None:
        raise Refused("没有“%(code)s”这个分类。", code=code)
    row.retired_on = at.date()
    row.save(update_fields=["retired_on"])
    _record("retire_category", row, at=at, by_post_id=by_post_id, reason=reason, detail={})


@transaction.atomic
def set_emergency_words(
    *, number: str, words: Sequence[str], version: int, at: datetime, reason: str = "", by_post_id: int | None = None
) -> EmergencyList:
    """Say which words call for a number; every earlier list is kept (更改紧急词).

    Raises:
        Refused: no such number, a word too short or too long, no word left for a number, or nothing changed.
        Conflict: somebody changed the list since the page was opened.
    """
    present = queries.emergency_words().get(number)
    if present is None:
        raise Refused("没有“%(number)s”这个号码。", number=number[:20])
    if present.version != version:
        raise Conflict("这些词刚被别人改过，请看过新的内容再改。")
    said = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    if len(said) > KEYWORDS_MAX or any(not 2 <= len(word) <= KEYWORD_MAX for word in said):
        raise Refused("紧急词最多 %(count)s 个，每个 2 到 %(most)s 个字。", count=KEYWORDS_MAX, most=KEYWORD_MAX)
    if not said and number != HARMLESS:
        raise Refused("至少要留一个词，否则没有人会被提醒打 %(number)s。", number=number)
    if said == list(present.words):
        raise Refused("没有改动任何内容。")
    row = EmergencyList.objects.create(
        number=number, version=present.version + 1, words=said, at=at, by_post_id=by_post_id, reason=reason[:200]
    )
    detail = {"added": sorted(set(said) - set(present.words)), "removed": sorted(set(present.words) - set(said))}
    queries.forget()
    transaction.on_commit(queries.forget)
    audit.record(
        stage="text",
        verb="set_emergency_words",
        subject=number,
        at=at,
        by_post_id=by_post_id,
        reason=reason,
        detail={**detail, "version": row.version},
    )
    return row


def _checked(
    *, name_zh: str, name_bo: str, name_en: str, limit_words: str, keywords: Sequence[str]
) -> dict[str, object]:
    names = {"name_zh": name_zh.strip(), "name_bo": name_bo.strip(), "name_en": name_en.strip()}
    if not names["name_zh"]:
        raise Refused("请填写中文名称。")
    for column, name in names.items():
        if len(name) > NAME_MAX[column]:
            raise Refused("名称太长：最多 %(most)s 个字。", most=NAME_MAX[column])
    words = list(dict.fromkeys(word.strip() for word in keywords if word.strip()))
    if len(words) > KEYWORDS_MAX or any(len(word) > KEYWORD_MAX for word in words):
        raise Refused("关键词最多 %(count)s 个，每个最多 %(most)s 个字。", count=KEYWORDS_MAX, most=KEYWORD_MAX)
    return {**names, "limit_words": _limit(limit_words), "keywords": words}


def _limit(words: str) -> str:
    if not words.strip():
        return ""
    try:
        return str(Limit.parse(words))
    except ValueError as fault:
        raise Refused(
            "看不懂时限“%(words)s”，请写成 5个工作日、24个紧急工作时、7个自然日。", words=words[:40]
        ) from fault


def _record(
    verb: str, row: Category, *, at: datetime, by_post_id: int | None, reason: str, detail: dict[str, object]
) -> None:
    queries.forget()
    transaction.on_commit(queries.forget)
    audit.record(stage="text", verb=verb, subject=str(row), at=at, by_post_id=by_post_id, reason=reason, detail=detail)
