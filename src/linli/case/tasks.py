"""Jobs of a case: load, then one action."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from linli.case.actions import importing
from linli.case.actions.likeness import note_similar
from linli.case.actions.rows import ANALYSIS, FIND_SIMILAR
from linli.shared.scope import EVERYTHING, acting

IMPORT_TRIES = 3


@app.task(name=FIND_SIMILAR, queue=ANALYSIS, retry=3)
def find_similar(*, case_ids: Sequence[int] = (), case_id: int = 0, **_later: Any) -> None:
    """Look for open cases with wording alike and offer them to the desk (查重)."""
    with acting(EVERYTHING):
        for each in [*case_ids, *([case_id] if case_id else [])]:
            note_similar(case_id=each)


@app.task(
    name="case.import_hotline_file",
    queue="imports",
    retry=RetryStrategy(max_attempts=IMPORT_TRIES, linear_wait=5),
    pass_context=True,
)
def import_hotline_file(context: Any = None, /, *, file_id: str, at: str, **_later: Any) -> None:
    """Import a hotline file; the moment is that of the person who began it (导入热线文件)."""
    began = datetime.fromisoformat(at)
    with acting(EVERYTHING):
        try:
            importing.import_file(file_id=UUID(file_id), at=began)
        except Exception:
            if context is not None and context.job.attempts >= IMPORT_TRIES:
                importing.give_up_file(file_id=UUID(file_id), at=began)
            raise
