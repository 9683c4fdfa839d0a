"""Jobs of a case: load, then one action."""

from typing import Any

from procrastinate.contrib.django import app

from linli.case.actions.likeness import note_similar
from linli.shared.scope import EVERYTHING, acting


@app.task(name="case.find_similar", queue="analysis", retry=3)
def find_similar(*, case_id: int, **_later: Any) -> None:
    """Look for open cases with wording alike and offer them to the desk (查重)."""
    with acting(EVERYTHING):
        note_similar(case_id=case_id)
