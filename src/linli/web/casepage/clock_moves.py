"""The moves that ask for time and rule on it, as pages of a case (申请与裁定入口)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from linli.case import actions as cases
from linli.case import queries as case_queries
from linli.case.deadlines import table_named
from linli.case.queries import Case
from linli.case.rules import Deadline
from linli.case.states import Relation
from linli.handling import actions as handling
from linli.handling import queries as handled
from linli.handling.rules import ApplicationKind
from linli.shared.refusals import Overtaken
from linli.staff.queries import Post
from linli.web.casepage import clock_forms as forms

DECIDER = frozenset({Relation.DECIDER})
Row = tuple[type[Any], Callable[[Any], Any], str, str]


def _ask(kind: ApplicationKind) -> Callable[[Any], Any]:
    return lambda given: handling.ask(
        **given.who, kind=kind, reason=given.said["reason"], until=given.said.get("until")
    )


def _grant(kind: ApplicationKind) -> Callable[[Any], Any]:
    def act(given: Any) -> None:
        waiting = [row for row in handled.applications_of(given.case) if row.kind == kind]
        row = next((row for row in waiting if handled.may_rule(row, post=given.post)), None)
        if row is None:
            raise Overtaken("这项申请已经有结果了，请刷新后再看。")
        handling.grant(
            application=row,
            post=given.post,
            at=given.at,
            words=given.said["words"],
            to_unit_id=given.said.get("to"),
        )

    return act


def _meant(given: Any) -> Any:
    return given.form.rows[given.said["application"]]


def _clear(given: Any) -> None:
    row = given.form.rows[given.said["supervision"]]
    row.case = given.case
    cases.clear_by_hand(supervision=row, post=given.post, reason=given.said["reason"], at=given.at)


# For each move its form, its action, its icon, and what is said when it is done.
ROWS: dict[str, Row] = {
    "ask_extension": (
        forms.AskExtensionForm,
        _ask(ApplicationKind.EXTENSION),
        "clock",
        gettext_noop("已申请延期，等审批；时限照旧计算。"),
    ),
    "ask_suspension": (
        forms.AskSuspensionForm,
        _ask(ApplicationKind.SUSPENSION),
        "clock-pause",
        gettext_noop("已申请挂账，等审批；时限照旧计算。"),
    ),
    "ask_return": (
        forms.AskForm,
        _ask(ApplicationKind.RETURN),
        "arrow-back-up",
        gettext_noop("已申请退单，等审批；批准以前仍由您的单位负责。"),
    ),
    "ask_exemption": (
        forms.AskForm,
        _ask(ApplicationKind.EXEMPTION),
        "shield-lock",
        gettext_noop("已申请免责，等审批。"),
    ),
    "extend": (
        forms.RulingForm,
        _grant(ApplicationKind.EXTENSION),
        "clock",
        gettext_noop("已同意延期，居民会看到新的时限。"),
    ),
    "suspend": (
        forms.RulingForm,
        _grant(ApplicationKind.SUSPENSION),
        "clock-pause",
        gettext_noop("已同意挂账，居民会看到原因。"),
    ),
    "give_back": (
        forms.GiveBackForm,
        _grant(ApplicationKind.RETURN),
        "arrow-back-up",
        gettext_noop("已同意退单，改派了。"),
    ),
    "exempt": (
        forms.RulingForm,
        _grant(ApplicationKind.EXEMPTION),
        "shield-lock",
        gettext_noop("已同意免责：不计入考核，记录仍在。"),
    ),
    "deny": (
        forms.DenyForm,
        lambda given: handling.deny(
            application=_meant(given), post=given.post, reason=given.said["reason"], at=given.at
        ),
        "circle-x",
        gettext_noop("已回复不同意，申请单位会看到理由。"),
    ),
    "object": (
        forms.ObjectForm,
        lambda given: handling.object_to(
            application=_meant(given), post=given.post, reason=given.said["reason"], at=given.at
        ),
        "message-2",
        gettext_noop("已提出异议，等上一级裁定。"),
    ),
    "take_back": (
        forms.TakeBackForm,
        lambda given: handling.take_back(application=_meant(given), post=given.post, at=given.at),
        "x",
        gettext_noop("已撤回申请。"),
    ),
    "resume": (
        forms.ResumeForm,
        lambda given: handling.resume(**given.who, reason=given.said["reason"]),
        "progress",
        gettext_noop("已恢复办理，时限接着算。"),
    ),
    "fit": (
        forms.FitForm,
        lambda given: handling.fit(**given.who, line=given.said["line"], reason=given.said["reason"]),
        "clock",
        gettext_noop("已按选定的情形计算时限。"),
    ),
    "clear": (forms.ClearForm, _clear, "flag", gettext_noop("已销督，记录保留。")),
}


def relations(case: Case, *, post: Post, applications: Sequence[Any] | None = None) -> frozenset[Relation]:
    """Return what a post is to a case through its applications: the one who rules, or nothing."""
    rows = handled.applications_of(case) if applications is None else applications
    return DECIDER if any(handled.may_rule(row, post=post) for row in rows) else frozenset()


def has_matter(name: str, case: Case, *, post: Post, applications: Sequence[Any], at: datetime) -> bool:
    """Tell whether there is anything on this case that the move could be about."""
    rulable = [row for row in applications if handled.may_rule(row, post=post)]
    granted = forms.granting(name)
    if granted is not None:
        return any(row.kind == granted for row in rulable)
    asked = ASKING.get(name)
    if asked is not None:
        return _may_ask(asked, case, post=post, applications=applications, at=at)
    matters: dict[str, Callable[[], bool]] = {
        "deny": lambda: bool(rulable),
        "object": lambda: any(handled.may_object(row, applications, post=post, at=at) for row in applications),
        "take_back": lambda: any(handled.may_take_back(row, post=post) for row in applications),
        "resume": lambda: case.suspended_until is not None,
        "fit": lambda: len(table_named(case.limit_version).choices(Deadline.FINISH, case.category_code)) > 1,
        "clear": lambda: case.supervision_level > 0 and bool(case_queries.standing_supervision(case)),
    }
    return matters[name]() if name in matters else True


def _may_ask(kind: ApplicationKind, case: Case, *, post: Post, applications: Sequence[Any], at: datetime) -> bool:
    if any(row.kind == kind and row.state == "ASKED" for row in applications):
        return False
    if kind is ApplicationKind.EXEMPTION:
        return case.exempted_at is None and (at > case.due_at or not case.is_open)
    if kind is ApplicationKind.RETURN:
        return not any(row.kind == kind and row.asked_by_unit_id == post.unit_id for row in applications)
    return at <= case.due_at


ASKING = {
    "ask_extension": ApplicationKind.EXTENSION,
    "ask_suspension": ApplicationKind.SUSPENSION,
    "ask_return": ApplicationKind.RETURN,
    "ask_exemption": ApplicationKind.EXEMPTION,
}
