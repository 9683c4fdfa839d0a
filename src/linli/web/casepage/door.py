"""What a move at a desk is made of: the form, the action, and all that the action is handed (流转入口的构成)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.case.queries import Case
from linli.shared.refusals import Overtaken, Refused
from linli.staff.queries import Post
from linli.web import photos
from linli.web.casepage import forms
from linli.whistle import queries as calls


@dataclass(frozen=True, slots=True)
class Given:
    """All that an action is handed: the case as it is now, who acts, when, and the filled-in form."""

    case: Case
    post: Post
    at: datetime
    form: Any
    request: HttpRequest

    @property
    def said(self) -> dict[str, Any]:
        """The form's checked values."""
        return dict(self.form.cleaned_data)

    @property
    def who(self) -> dict[str, Any]:
        """What every action asks for."""
        return {"case": self.case, "post": self.post, "at": self.at}

    @property
    def by(self) -> dict[str, Any]:
        """What an action on something that hangs on the case asks for."""
        return {"post": self.post, "at": self.at}

    def photo_ids(self) -> tuple[Any, ...]:
        """Keep the photos that came with the form and return their ids.

        Raises:
            Refused: one of them could not be kept; the sentence says which and why.
        """
        kept = photos.keep(self.request, at=self.at)
        if kept.refusals:
            raise Refused("%(why)s", why=" ".join(kept.refusals))
        return tuple(kept.ids)

    def call(self) -> Any:
        """Return the open call of the post's unit.

        Raises:
            Overtaken: it is no longer open.
        """
        called = calls.open_call(self.case, post=self.post)
        if called is None:
            raise Overtaken("您的单位已经答复过这一哨了，请刷新后再看。")
        return called

    def picked(self) -> Any:
        """Return the called unit's row that was picked in the form."""
        return self.form.calls[self.said["called"]]


@dataclass(frozen=True, slots=True)
class Door:
    """One move at a desk: its form, its action, its icon, its key and what is said when it is done."""

    form: type[forms.MoveForm]
    act: Callable[[Given], Any]
    icon: str
    done: str
    key: str = ""
    said: Callable[[Given], str] | None = None  # where what was done cannot be said without asking

    def words(self, given: Given) -> str:
        """Say that it is done."""
        return self.said(given) if self.said else _(self.done)
