"""The moves as pages: for each row of the table a form, and the one action it calls (流转入口)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.case import actions as cases
from linli.case.queries import Case
from linli.case.states import BY_NAME, CaseState, Move, Relation, moves_for
from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.handling import queries as work
from linli.outside import queries as asked_outside
from linli.place.rules import Datum
from linli.shared.refusals import Overtaken, Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from linli.shared.urgency import Urgency
from linli.staff.queries import Post
from linli.web.casepage import clock_moves, files, forms, hands, joint, outside, rulings, ties, words
from linli.web.casepage.door import Door, Given
from linli.whistle import actions as whistles
from linli.whistle import queries as calls
from linli.whistle.states import ANSWERS, WhistleKind, may_answer


@dataclass(frozen=True, slots=True)
class Offered:
    """A move that this post may make on this case now, as a button."""

    name: str
    label: str
    icon: str
    key: str
    is_main: bool


def _correct(given: Given) -> None:
    form: Any = given.form
    is_moved = bool({"lng", "lat"} & set(form.changed_data)) and given.said["lng"] is not None
    urgency = form.changed("urgency")
    # The right place may lie outside the desk's own area; that the desk may correct has been checked.
    with acting(EVERYTHING):
        handling.correct(
            **given.who,
            category_code=form.changed("category"),
            urgency=Urgency(urgency) if urgency else None,
            area_code=given.said["place_words"] or form.changed("area") or None,
            point=(given.said["lng"], given.said["lat"], Datum.CGCS2000) if is_moved else None,
            address=form.changed("address") or None,
            reason=given.said["reason"],
        )


def _blow(given: Given) -> None:
    said = given.said
    whistles.blow(
        **given.who,
        kind=WhistleKind(said["kind"]),
        unit_ids=said["units"],
        lead_id=said["lead"],
        message=said["message"],
    )


def _supervise(given: Given) -> None:
    cases.supervise_by_hand(**given.who, level=given.said["level"], words=given.said["words"])


def _counter(given: Given) -> None:
    said = given.said
    whistles.counter(
        called=given.call(),
        post=given.post,
        reason=said["words"],
        proposed_due_at=said["proposed_due_at"],
        at=given.at,
    )


def _finish(given: Given) -> None:
    said = given.said
    handling.finish(**given.who, result=said["words"], photo_ids=given.photo_ids(), despite=said.get("despite", ""))


DOORS: dict[str, Door] = {
    "take": Door(forms.TakeForm, lambda given: cases.take(**given.who), "check", gettext_noop("已签收，开始办理。")),
    "report_in": Door(
        joint.ReportInForm,
        lambda given: whistles.report_in(
            called=given.call(), post=given.post, at=given.at, words=given.said.get("words", "")
        ),
        "user-check",
        gettext_noop("已报到。"),
    ),
    "blow": Door(forms.BlowForm, _blow, "speakerphone", gettext_noop("已吹哨，被叫的单位马上会看到。"), "w"),
    "finish": Door(
        forms.FinishForm,
        _finish,
        "circle-check",
        gettext_noop("已办结，等居民确认。"),
        "f",
    ),
    "confirm": Door(
        forms.ConfirmForm,
        lambda given: confirms.confirm(**given.who, rating=given.said["rating"], reason=given.said["reason"]),
        "thumb-up",
        gettext_noop("已代居民确认，事项结案。"),
    ),
    "step": Door(
        forms.WordsForm,
        lambda given: handling.record_step(**given.who, words=given.said["words"], photo_ids=given.photo_ids()),
        "tool",
        gettext_noop("已记下这一步，居民看得到。"),
    ),
    "contact": Door(
        forms.ContactForm,
        lambda given: handling.speak(**given.who, words=given.said["words"]),
        "phone-call",
        gettext_noop("已记下联系情况。"),
    ),
    "note": Door(
        forms.NoteForm,
        lambda given: cases.note(**given.who, words=given.said["words"]),
        "note",
        gettext_noop("备注已记下。"),
    ),
    "correct": Door(forms.CorrectForm, _correct, "edit", gettext_noop("已更正。"), "e"),
    "decline": Door(
        rulings.DeclineWithPrecedents,
        lambda given: whistles.decline(called=given.call(), post=given.post, reason=given.said["words"], at=given.at),
        "hand-stop",
        gettext_noop("已回复不接，吹哨单位会看到原因。"),
    ),
    "counter": Door(joint.CounterForm, _counter, "message-2", gettext_noop("已提出方案，等吹哨单位答复。")),
    "dispatch": Door(
        forms.HandOnForm,
        lambda given: handling.hand_on(**given.who, to_unit_id=given.said["to"], reason=given.said["reason"]),
        "arrow-forward-up",
        gettext_noop("已转出。"),
    ),
    "release": Door(
        joint.ReleaseForm,
        lambda given: whistles.release(called=given.picked(), **given.by, reason=given.said["reason"]),
        "route-off",
        gettext_noop("已解除。"),
    ),
    "send_back": Door(
        forms.SendBackForm,
        lambda given: confirms.send_back(**given.who, reason=given.said["reason"]),
        "arrow-back-up",
        gettext_noop("已退回重办。"),
    ),
    "merge": Door(
        forms.MergeForm,
        lambda given: handling.merge(**given.who, into=given.said["into"], reason=given.said["reason"]),
        "git-merge",
        gettext_noop("已归并，两边的反映人都会收到结果。"),
    ),
    "attach": Door(
        files.AttachForm,
        lambda given: files.act(given, _known(given.case, given.post)),
        "paperclip",
        gettext_noop("附件已上传。"),
        "u",
    ),
    "assign": Door(
        hands.AssignForm,
        lambda given: cases.assign(**given.who, to_post_id=given.said["to_post"], known=_known(given.case, given.post)),
        "user-plus",
        gettext_noop("经办人已更新。"),
        "a",
    ),
    "supervise": Door(forms.SuperviseForm, _supervise, "alarm", gettext_noop("已督办。")),
    "refuse": Door(
        forms.RefuseForm,
        lambda given: handling.refuse(**given.who, route=given.said["route"], reason=given.said["reason"]),
        "circle-x",
        gettext_noop("已按不予受理答复居民。"),
    ),
    **joint.DOORS,
    **rulings.DOORS,
    **ties.DOORS,
    "hand_back": replace(joint.DOORS["hand_back"], form=rulings.HandBackWithPrecedents),
    **outside.DOORS,
}
DOORS |= {name: Door(form, act, icon, done) for name, (form, act, icon, done) in clock_moves.ROWS.items()}
COMPOSED = ("step", "contact", "note")  # made from the one box below the story


def offered(there: "Standing") -> list[Offered]:
    """Return the moves a post may make on a case now, the likely one first (可办的流转)."""
    return [
        Offered(step.name, words.move_label(step.name), door.icon, door.key, step.is_main)
        for step in moves_for(CaseState(there.case.state), role=Role(there.post.role))
        for door in [DOORS.get(step.name)]
        if door and there.offers(step)
    ]


def check(case: Case, *, step: Move, post: Post, at: datetime, seen: int | None = None) -> None:
    """Refuse a move that the table does not give, or that was decided on an older page.

    Raises:
        Refused: the sentence says why.
        Overtaken: somebody was first; the sentence says who.
    """
    if seen is not None:
        cases.ensure_unmoved(case=case, step=step, seen=seen)
    cases.allow(case=case, step=step, role=Role(post.role), post=post, known=_known(case, post))
    answer = ANSWERS.get(step.name)
    if answer is not None and answer.is_of_unit:
        call = calls.open_call(case, post=post)
        if call is None:
            raise Overtaken("您的单位已经答复过这一哨了，请刷新后再看。")
        whistles.check_answer(call, step.name)
    elif not Standing(case, post, at=at).has_something_for(step):
        raise Overtaken("现在没有可以“%(label)s”的事，请刷新后再看。", label=step.label)


def is_role_excluded(step: Move, *, post: Post) -> bool:
    """Tell whether the post's role never has this move, whatever the case."""
    return post.role not in step.roles


def preview_words(name: str, *, said: str, post: Post) -> str:
    """Return the sentence the resident will read (居民将看到)."""
    sentence = BY_NAME[name].resident_words
    return _(sentence) % {"unit": words.unit_label(post.unit_id), "words": said, "to": ""} if sentence else ""


def _known(case: Case, post: Post) -> frozenset[Relation]:
    called = frozenset({Relation.CALLED}) if calls.is_called(case, post=post) else frozenset()
    return called | clock_moves.relations(case, post=post)


class Standing:
    """What stands open on a case, read once for all the moves of a page."""

    def __init__(self, case: Case, post: Post, *, at: datetime) -> None:
        self.case, self.post, self.at = case, post, at
        self.calls = list(calls.open_calls_of(case).values()) if case.is_open else []
        self.tasks = work.tasks_of(case) if case.dispatched_at else []
        self.disputes = calls.disputes_of(case) if case.dispatched_at else []
        self.applications = work.applications_of(case)
        self.asked = asked_outside.open_of(case) if case.is_open else {}

    def offers(self, step: Move) -> bool:
        """Tell whether the post may make this move, and there is something to make it on."""
        is_called = any(call.unit_id == self.post.unit_id for call in self.calls)
        known = frozenset({Relation.CALLED}) if is_called else frozenset()
        known |= clock_moves.relations(self.case, post=self.post, applications=self.applications)
        try:
            cases.allow(case=self.case, step=step, role=Role(self.post.role), post=self.post, known=known)
        except Refused:
            return False
        return self.has_something_for(step)

    def has_something_for(self, step: Move) -> bool:
        """Tell whether there is a call or a sub-task that this move could be made on."""
        own = [call for call in self.calls if call.unit_id == self.post.unit_id]
        if step.name in ties.DOORS:
            return ties.is_offered(step.name, self.case)
        if step.name in rulings.DOORS:
            return any(rulings.may_answer(step.name, one, post=self.post, at=self.at) for one in self.disputes)
        answer = ANSWERS.get(step.name)
        if step.name in clock_moves.ROWS:
            return clock_moves.has_matter(
                step.name, self.case, post=self.post, applications=self.applications, at=self.at
            )
        if answer is None:
            is_there = outside.is_offered(step.name, open_count=len(self.asked))
            return is_there and joint.is_offered(step.name, tasks=self.tasks, post=self.post)
        return any(
            may_answer(
                step.name, state=call.state, kind=call.whistle.kind, is_lead=call.is_lead, is_ruled=call.is_ruled
            )
            for call in (own if answer.is_of_unit else self.calls)
        )
