"""Files as they stand in the story of a case (附件)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from linli.shared.queries import attachments

TONES = {"FOUND": "late", "FAILED": "late", "WAITING": "soon"}
SCAN_WORDS = {
    "OFF": "",
    "WAITING": "正在查毒，查完才能打开",
    "CLEAN": "已查毒",
    "FOUND": "查出病毒，不能打开",
    "FAILED": "查毒没有完成，会自动再查",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A file in the story of a case: its name, how big, whether it can be opened, and why not."""

    id: str
    name: str
    size: str
    state: str
    tone: str
    may_be_opened: bool


def shown(ids: Sequence[str]) -> dict[str, Shown]:
    """Return how files stand in a story, by id, in one statement and in none when there are no files."""
    return {pk: _line(pk, row) for pk, row in attachments(ids).items()}


def _line(pk: str, row: Any) -> Shown:
    state = SCAN_WORDS[row.scan]
    size, tone = filesizeformat(row.byte_count), TONES.get(row.scan, "")
    return Shown(pk, row.name, size, _(state) if state else "", tone, row.may_be_opened)
