"""Words that mean: call first, write afterwards (紧急情况). Said on top of the page, never in the way."""

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from linli.text import queries as text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Number(NamedTuple):
    """A number to call and what for."""

    number: str
    words: "StrOrPromise"


NUMBERS = {
    "119": Number("119", _("火灾、漏气、有人被困")),
    "120": Number("120", _("有人受伤、晕倒、急病")),
    "110": Number("110", _("有人受到伤害或威胁")),
    "122": Number("122", _("车祸、交通事故")),
}


def numbers_for(said: str) -> list[Number]:
    """Return the numbers that the words call for, in the order of the table."""
    return [NUMBERS[alarm.number] for alarm in text.alarms_in(said)]
