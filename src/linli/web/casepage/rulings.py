"""“Not ours”: the ruling as a move and as facts, with the precedents before whoever decides (裁定和先例)."""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django import forms as fields
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from linli.case.queries import Case
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.queries import Post
from linli.web import times
from linli.web.casepage import rows, words
from linli.web.casepage.door import Door, Given
from linli.web.casepage.duty import DutyKnown
from linli.web.casepage.forms import CALLABLE, REASON_MAX, MoveForm, text_field
from linli.web.casepage.joint import DeclineForm, HandBackForm
from linli.web.choices import offer
from linli.web.lists import Column, List, due_cell
from linli.whistle import actions as whistles
from linli.whistle import queries as calls
from linli.whistle.precedents import Precedents, precedents_of
from linli.whistle.states import DISPUTE_LABELS, OUTCOME_LABELS, TO_RULE, DisputeState, RulingOutcome


@dataclass(frozen=True, slots=True)
class LikeShown:
    """A precedent as it is shown: with a link where the reader may open it."""

    case_id: int
    number: str
    title: str
    opened_at: datetime
    is_open_to_reader: bool


@dataclass(frozen=True, slots=True)
class UnitShown:
    """A unit that took such cases, and the likest of them."""

    unit: str
    count: int
    likest: tuple[LikeShown, ...]


@dataclass(frozen=True, slots=True)
class RulingShown:
    """One ruling in a sentence, with its reason."""

    sentence: str
    words: str
    at: datetime
    number: str = ""
    case_id: int = 0


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """One “not ours” as the case page shows it."""

    id: int
    sentence: str
    words: str
    rulings: tuple[RulingShown, ...]
    due_at: datetime | None
    tone: str
    icon: str
    moves: tuple[tuple[str, str], ...]


class WithPrecedents:
    """A form that shows who took such cases before."""

    case: Case
    post: Post
    at: Any

    @property
    def precedents(self) -> dict[str, Any]:
        """Return the precedents, ready to be shown to this post."""
        return shown(precedents_of(self.case, at=self.at), post=self.post)


class PickDisputeForm(MoveForm):
    """Picks one “not ours” that stands so."""

    move = ""
    dispute = fields.TypedChoiceField(label=gettext_lazy("哪个单位说不归它"), coerce=int)

    def arrange(self) -> None:
        """List those that this post may answer; one alone is picked already."""
        found = [one for one in calls.disputes_of(self.case) if may_answer(self.move, one, post=self.post, at=self.at)]
        self.disputes = {one.pk: one for one in found}
        offer(self, "dispute", [(one.pk, f"{words.unit_label(one.unit_id)}：{one.words[:40]}") for one in found])
        self.initial = {"dispute": self.query.get("dispute") or next(iter(self.disputes), "")}


class RuleForm(WithPrecedents, PickDisputeForm, DutyKnown):
    """Whose it is, to whom it goes instead, and why."""

    move = "rule"
    outcome = fields.ChoiceField(label=gettext_lazy("裁定"), widget=fields.RadioSelect)
    to = fields.TypedChoiceField(
        label=gettext_lazy("那么归谁"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=gettext_lazy("选“不归这个单位”时填；选了，系统马上叫它，它不能再推。"),
    )
    words = text_field(gettext_lazy("理由和依据"), most=REASON_MAX)

    def arrange(self) -> None:
        """List the outcomes and the units to call instead, those of the precedents first."""
        super().arrange()
        offer(self, "outcome", [(outcome.value, _(label)) for outcome, label in OUTCOME_LABELS.items()])
        usual = {unit.unit_id: unit.count for unit in precedents_of(self.case, at=self.at).units}
        units = sorted(
            (unit for unit in staff.units() if unit.kind in CALLABLE), key=lambda unit: -usual.get(unit.pk, 0)
        )
        offer(self, "to", [("", _("先不指定")), *((unit.pk, staff.unit_name(unit)) for unit in units)])

    def clean(self) -> dict[str, Any]:
        """Let a community have what is not its duty only knowingly."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("to") and said.get("outcome") == RulingOutcome.NOT_ITS_OWN:
            self.warn_of_duty(field="to", unit_ids=[said["to"]], category_code=self.case.category_code)
        return said


class ReviewForm(PickDisputeForm):
    """Why the ruling should be looked at once more."""

    move = "ask_review"
    words = text_field(
        gettext_lazy("申请复核的理由"),
        most=REASON_MAX,
        help_text=gettext_lazy("由区中心复核，只有一次，复核后不再改；复核期间照常办理。"),
    )


class DeclineWithPrecedents(WithPrecedents, DeclineForm):
    """Why it is not this unit's, with who took such cases before."""


class HandBackWithPrecedents(WithPrecedents, HandBackForm):
    """Why it turned out not to be this unit's, with who took such cases before."""


def _rule(given: Given) -> None:
    said = given.said
    outcome = RulingOutcome(said["outcome"])
    whistles.rule(
        dispute=given.form.disputes[said["dispute"]],
        **given.by,
        outcome=outcome,
        words=said["words"],
        to_unit_id=said["to"] if outcome is RulingOutcome.NOT_ITS_OWN else None,
    )


def _review(given: Given) -> None:
    said = given.said
    whistles.ask_review(dispute=given.form.disputes[said["dispute"]], **given.by, reason=said["words"])


DOORS: dict[str, Door] = {
    "rule": Door(RuleForm, _rule, "flag", gettext_noop("已裁定，有关单位马上会看到。")),
    "ask_review": Door(ReviewForm, _review, "help-circle", gettext_noop("已申请复核，由区中心裁定。")),
}


def may_answer(move: str, dispute: Any, *, post: Post, at: datetime) -> bool:
    """Tell whether this post may rule on this dispute now, or ask for its review."""
    if move == "rule":
        return dispute.state in TO_RULE and (post.unit_id == dispute.judge_id or post.role == Role.DISTRICT)
    is_in_time = dispute.review_until is not None and at <= dispute.review_until
    return dispute.state == DisputeState.RULED and is_in_time and post.unit_id in _parties(dispute)


def dispute_lines(disputes: list[Any], *, offered: set[str], post: Post, at: datetime) -> list[DisputeLine]:
    """Return every “not ours” of a case with its rulings (不是我们的事)."""
    return [_line(dispute, offered=offered, post=post, at=at) for dispute in disputes]


def shown(found: Precedents, *, post: Post) -> dict[str, Any]:
    """Return precedents with links only to the cases that the post may open."""
    ids = [like.case_id for unit in found.units for like in unit.likest] + [one.case_id for one in found.rulings]
    visible = set(calls.visible_to(post).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    units = [
        UnitShown(
            words.unit_label(unit.unit_id),
            unit.count,
            tuple(
                LikeShown(like.case_id, like.number, like.title, like.opened_at, like.case_id in visible)
                for like in unit.likest
            ),
        )
        for unit in found.units
    ]
    rulings = [
        RulingShown(_ruled(one), one.words, one.at, one.case.number, one.case_id if one.case_id in visible else 0)
        for one in found.rulings
    ]
    return {"units": units, "rulings": rulings}


def to_rule_list(url: str) -> List:
    """Declare the list of what waits for a desk's ruling, under the address of that desk's cases (待裁定清单)."""
    case_of = attrgetter("case")
    return List(
        name="rulings",
        title=gettext_lazy("等我们裁定"),
        order="due",
        url=url,
        key=attrgetter("case_id"),
        columns=(
            rows.title_column(case_of),
            Column(key="unit", label=gettext_lazy("谁说不归它"), value=lambda row: words.unit_label(row.unit_id)),
            Column(key="words", label=gettext_lazy("理由"), is_extra=True),
            Column(key="due", label=gettext_lazy("裁定时限"), value=attrgetter("due_at"), show=due_cell, sort="due_at"),
            rows.place_column(case_of),
            rows.number_column(case_of, sort=""),
        ),
        tone=lambda dispute: rows.late_word(dispute.due_at),
    )


def _parties(dispute: Any) -> set[int]:
    given = {ruling.to_unit_id for ruling in dispute.rulings.all() if ruling.to_unit_id}
    return {dispute.unit_id, dispute.called.whistle.blown_by_unit_id} | given


def _line(dispute: Any, *, offered: set[str], post: Post, at: datetime) -> DisputeLine:
    state = DisputeState(dispute.state)
    waits = state in TO_RULE
    rulings = sorted(dispute.rulings.all(), key=lambda ruling: ruling.round)
    names = [name for name in DOORS if name in offered and may_answer(name, dispute, post=post, at=at)]
    return DisputeLine(
        id=dispute.pk,
        sentence=_sentence(dispute, state, at=at),
        words=dispute.words,
        rulings=tuple(RulingShown(_ruled(one), one.words, one.at) for one in rulings),
        due_at=dispute.due_at if waits else None,
        tone=("late" if dispute.due_at < at else "soon") if waits else "over",
        icon="help-circle" if waits else "flag",
        moves=tuple((name, words.move_label(name)) for name in names),
    )


def _sentence(dispute: Any, state: DisputeState, *, at: datetime) -> str:
    unit = words.unit_label(dispute.unit_id)
    if state in TO_RULE:
        waits = (
            _("%(unit)s说不归它，等%(judge)s复核，%(rest)s")
            if state is DisputeState.REVIEW
            else _("%(unit)s说不归它，等%(judge)s裁定，%(rest)s")
        )
        judge = words.unit_label(dispute.judge_id)
        return waits % {"unit": unit, "judge": judge, "rest": times.due_rest(dispute.due_at, at=at)}
    return _("%(unit)s说不归它：%(state)s") % {"unit": unit, "state": _(DISPUTE_LABELS[state])}


def _ruled(ruling: Any) -> str:
    """Say a ruling: 吉日街道裁定：归城管局."""
    names = {"judge": words.unit_label(ruling.by_unit_id), "unit": words.unit_label(ruling.unit_id)}
    if ruling.outcome == RulingOutcome.ITS_OWN:
        return _("%(judge)s裁定：归%(unit)s") % names
    if ruling.to_unit_id:
        return _("%(judge)s裁定：不归%(unit)s，归%(to)s") % (names | {"to": words.unit_label(ruling.to_unit_id)})
    return _("%(judge)s裁定：不归%(unit)s") % names
