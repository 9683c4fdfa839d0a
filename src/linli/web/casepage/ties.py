"""Merging back, splitting and linking, as moves and as facts (归并、拆分、关联)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms as fields
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from linli.case import actions as cases
from linli.case import ties
from linli.case.queries import Case
from linli.case.rules import bare_number
from linli.intake.rules import TEXT_MAX
from linli.staff import queries as staff
from linli.staff.queries import Post
from linli.web import times
from linli.web.casepage import words
from linli.web.casepage.door import Door
from linli.web.casepage.forms import CALLABLE, REASON_MAX, MoveForm, category_choices, text_field
from linli.web.choices import offer
from linli.whistle import queries as calls

PARTS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class TieLine:
    """One case that hangs together with this one, as the page shows it."""

    id: int
    number: str
    title: str
    sentence: str
    tone: str
    icon: str
    is_open_to_reader: bool


@dataclass(frozen=True, slots=True)
class PartFields:
    """The boxes of one part to split off."""

    number: int
    words: Any
    category: Any
    owner: Any


class UnmergeForm(MoveForm):
    """Why it was not the same after all."""

    reason = text_field(
        gettext_lazy("为什么不是同一件事"),
        most=REASON_MAX,
        help_text=gettext_lazy("两边的反映人都会知道；这一件回到原来的责任单位，时限照原来的算。"),
    )


class LinkForm(MoveForm):
    """Which open case belongs to this one, and why."""

    child = fields.CharField(
        label=gettext_lazy("哪一件归到这件下面"), max_length=20, help_text=gettext_lazy("填下级事项的编号。")
    )
    reason = text_field(gettext_lazy("原因"), most=REASON_MAX)

    def clean_child(self) -> Any:
        """Return the case with this number that the post may see."""
        found = calls.visible_to(self.post).filter(number=bare_number(self.cleaned_data["child"])).first()
        if found is None:
            raise fields.ValidationError(_("没有这个编号的事项，或者它不在您的范围内。"))
        return found


class SplitForm(MoveForm):
    """What each part is about, under which category, and who answers for it."""

    reason = text_field(gettext_lazy("为什么要拆"), most=REASON_MAX)

    def arrange(self) -> None:
        """Make the boxes of each part; only the first part must be filled in."""
        owners = [(unit.pk, staff.unit_name(unit)) for unit in staff.units() if unit.kind in CALLABLE]
        for n in range(1, PARTS_SHOWN + 1):
            self.fields[f"words_{n}"] = text_field(_("办什么"), most=TEXT_MAX, rows=2, required=n == 1)
            self.fields[f"category_{n}"] = fields.ChoiceField(label=_("分类"), required=False)
            self.fields[f"owner_{n}"] = fields.TypedChoiceField(
                label=_("责任单位"), coerce=int, empty_value=None, required=n == 1
            )
            offer(self, f"category_{n}", category_choices(present=self.case.category_code))
            offer(self, f"owner_{n}", [("", _("请选择")), *owners])
            self.initial[f"category_{n}"] = self.case.category_code

    @property
    def rows(self) -> list[PartFields]:
        """Return the boxes by part."""
        return [
            PartFields(n, self[f"words_{n}"], self[f"category_{n}"], self[f"owner_{n}"])
            for n in range(1, PARTS_SHOWN + 1)
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for the unit of every part that has words."""
        cleaned: dict[str, Any] = super().clean() or {}
        for n in range(2, PARTS_SHOWN + 1):
            if cleaned.get(f"words_{n}") and not cleaned.get(f"owner_{n}"):
                self.add_error(f"owner_{n}", _("请选择责任单位。"))
            if cleaned.get(f"owner_{n}") and not cleaned.get(f"words_{n}"):
                self.add_error(f"words_{n}", _("请写下这一件办什么。"))
        return cleaned

    @property
    def parts(self) -> list[cases.Part]:
        """Return the parts that were filled in."""
        said = self.cleaned_data
        return [
            cases.Part(said[f"words_{n}"], said[f"category_{n}"] or self.case.category_code, said[f"owner_{n}"])
            for n in range(1, PARTS_SHOWN + 1)
            if said[f"words_{n}"]
        ]


DOORS: dict[str, Door] = {
    "unmerge": Door(
        UnmergeForm,
        lambda given: cases.unmerge(**given.who, reason=given.said["reason"]),
        "arrows-split",
        gettext_noop("已撤销归并，这一件单独办理。"),
    ),
    "split": Door(
        SplitForm,
        lambda given: cases.split(**given.who, parts=given.form.parts, reason=given.said["reason"]),
        "arrows-split",
        gettext_noop("已拆分，每一件都有了自己的责任单位，居民会知道。"),
    ),
    "link": Door(
        LinkForm,
        lambda given: cases.link(**given.who, child=given.said["child"], reason=given.said["reason"]),
        "git-merge",
        gettext_noop("已关联，办结前要等下级事项办完。"),
    ),
}


def is_offered(name: str, case: Case) -> bool:
    """Tell whether a merge can be taken back: only while the other case goes on."""
    return name != "unmerge" or (case.merged_into is not None and case.merged_into.is_open)


def facts_of(case: Case, *, post: Post, at: datetime) -> dict[str, Any]:
    """Return the parts of a case, the whole it belongs to, and what was merged into it."""
    children, parent, merged = ties.children_of(case), ties.parent_of(case), ties.merged_into(case)
    ids = [part.id for part in children] + [one.id for one in merged] + ([parent.id] if parent else [])
    visible = _visible(ids, post=post)
    return {
        "children": [_child(part, visible=visible, at=at) for part in children],
        "parent": _plain(parent, words.state_label(parent.state), visible=visible) if parent else None,
        "merged_here": [
            _plain(one, _("%(n)s 位反映人") % {"n": one.reporter_count}, visible=visible) for one in merged
        ],
    }


def _visible(ids: Iterable[int], *, post: Post) -> set[int]:
    wanted = list(ids)
    return set(calls.visible_to(post).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


def _child(part: ties.Part, *, visible: set[int], at: datetime) -> TieLine:
    is_late = part.is_unfinished and part.due_at < at
    told = _("%(unit)s：%(state)s") % {"unit": words.unit_label(part.owner_id), "state": words.state_label(part.state)}
    if part.is_unfinished:
        told = f"{told} · {times.due_rest(part.due_at, at=at)}"
    tone = "late" if is_late else "accent" if part.is_unfinished else "over"
    icon = "clock-exclamation" if is_late else words.state_icon(part.state)
    return TieLine(part.id, part.number, part.title, told, tone, icon, part.id in visible)


def _plain(one: Any, told: str, *, visible: set[int]) -> TieLine:
    return TieLine(one.id, one.number, one.title, told, "over", "git-merge", one.id in visible)
