"""From a number to its rows (数的链接)."""

from urllib.parse import urlencode

from django.urls import reverse

from linli.web.district.periods import Period
from linli.web.district.places import EXACTLY, Here


def address(name: str, **parameters: str) -> str:
    """Return the address of a page of this desk with these parameters; empty ones fall away."""
    words = urlencode({key.rstrip("_"): value for key, value in parameters.items() if value})
    return f"{reverse(f'district:{name}')}{'?' if words else ''}{words}"


def rows(figure: str, *, area: str, **more: str) -> str:
    """Return the list of cases behind a number of open work."""
    return address("cases", is_=figure, area=area, **more)


def opened(period: Period, *, area: str = "", figure: str = "", **more: str) -> str:
    """Return the list of cases opened in a period."""
    return address("cases", is_=figure, area=area, **more, **period.days)


def closed(period: Period, *, area: str) -> str:
    """Return the list of cases closed in a period."""
    return address("cases", by="closed", area=area, **period.days)


def answers(period: Period, *, figure: str, area: str = "", **more: str) -> str:
    """Return the list of residents' words on the cases opened in a period."""
    return address("answers", is_=figure, area=area, **more, **period.days)


def call_backs(period: Period, *, figure: str, area: str = "", **more: str) -> str:
    """Return the list of the call-backs of the cases opened in a period."""
    return address("called", is_=figure, area=area, **more, **period.days)


def below(code: str, *, here: Here) -> str:
    """Return how a list is told an area of a table: all of it, or only what is known no deeper."""
    return code if len(code) == here.digits or (code == here.code and here.is_deepest) else f"{EXACTLY}{code}"
