"""Whether the entries of a file are of the kind that the verbs take (读配置)."""

from datetime import date
from typing import Any

from linli.shared.refusals import Refused
from linli.web.admin.configuration.parts import Entry, Section

WHOLE_MAX = 1_000_000
YES_NO = frozenset({"is_public", "is_second_factor_required"})
WHOLE = frozenset({"position", "visit_interval_days", "response", "resolution", "satisfaction"})
WHOLE_OR_NOTHING = frozenset({"idle_minutes"})
DAY_OR_NOTHING = frozenset({"valid_from", "valid_to", "retired_on"})
WORDS = frozenset({"keywords", "category_codes", "words"})
ROWS = frozenset({"lines"})


def check_entry(section: Section, key: str, entry: Entry) -> None:
    """Refuse an entry with a field of another kind than it is told with; everything not named here is text.

    Raises:
        Refused: it says which part, entry and field.
    """
    for field in section.fields:
        if not _fits(field, entry[field]) or "\x00" in key:
            raise Refused(
                "配置文件里“%(part)s”的“%(key)s”的“%(field)s”读不了。", part=section.title, key=key[:60], field=field
            )


def _fits(field: str, value: Any) -> bool:
    if field in YES_NO:
        return isinstance(value, bool)
    if field in WHOLE | WHOLE_OR_NOTHING:
        return _is_whole(value) or (value is None and field in WHOLE_OR_NOTHING)
    if field in DAY_OR_NOTHING:
        return value is None or value == "" or _is_day(value)
    if field in WORDS:
        return _is_words(value)
    if field in ROWS:
        return isinstance(value, list) and all(_is_words(row) for row in value)
    return _is_text(value)


def _is_whole(value: Any) -> bool:
    return type(value) is int and 0 <= value <= WHOLE_MAX


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\x00" not in value and _is_storable(value)


def _is_storable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half a letter, as JSON can say
        return False
    return True


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_day(value: Any) -> bool:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True
