"""The whole table of moves: every move × state × role, and any sequence of moves at all."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.case import actions as cases
from linli.case.actions.moving import allow
from linli.case.chains import is_whole
from linli.case.models import Case, Event
from linli.case.states import BY_NAME, MOVES, CaseState, Relation
from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.whistle import actions as whistles
from linli.whistle.models import Called
from linli.whistle.states import WhistleKind
from tests import make

EVERY_RELATION = frozenset(Relation)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("state", list(CaseState))
@pytest.mark.parametrize("step", MOVES, ids=lambda step: step.name)
def test_a_move_is_allowed_exactly_where_the_table_says(step, state, role):
    case = Case(state=state.value, owner_id=1, area_code=make.COMMUNITY)
    is_allowed = state in step.sources and role in step.roles

    if is_allowed:
        allow(case=case, step=step, role=role, post=None, known=EVERY_RELATION)
        return
    with pytest.raises(Refused):
        allow(case=case, step=step, role=role, post=None, known=EVERY_RELATION)


@pytest.mark.parametrize("step", MOVES, ids=lambda step: step.name)
def test_a_stranger_to_the_case_may_do_nothing(step):
    case = Case(state=next(iter(step.sources)).value, owner_id=1, area_code=make.COMMUNITY)

    with pytest.raises(Refused):
        allow(case=case, step=step, role=next(iter(step.roles)), post=None)


def test_every_state_can_be_reached_and_every_open_state_can_be_left():
    targets = {step.target for step in MOVES if step.target} | {CaseState.REGISTERED, CaseState.DISPATCHED}
    sources = set().union(*(step.sources for step in MOVES if step.target))

    assert targets == set(CaseState)
    assert sources == {
        CaseState.REGISTERED,
        CaseState.DISPATCHED,
        CaseState.WHISTLED,
        CaseState.HANDLING,
        CaseState.FINISHED,
        CaseState.MERGED,  # a merge may be taken back while the other case goes on
        CaseState.CLOSED,  # a reporter who is called back after the lapse may send it back
    }


def test_move_names_are_unique():
    assert len(BY_NAME) == len(MOVES)


VERBS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "take",
                "blow",
                "report_in",
                "decline",
                "contact",
                "step",
                "note",
                "finish",
                "confirm",
                "send_back",
                "withdraw",
                "hand_on",
                "refuse",
                "watch",
                "lapse",
            ]
        ),
        st.floats(min_value=0.01, max_value=80, allow_nan=False),
    ),
    min_size=1,
    max_size=14,
)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(verbs=VERBS)
def test_after_any_sequence_of_moves_the_case_is_whole(verbs):
    case = make.case(contact=make.contact())
    worker, street = make.post(Role.COMMUNITY), make.unit("STREET")
    department = make.department()
    answerer = make.post(Role.DEPARTMENT, unit=department)
    at = make.AT

    for verb, hours in verbs:
        at += timedelta(hours=hours)
        before = Case.objects.get(pk=case.pk)
        events = Event.objects.filter(case=case).count()
        try:
            attempt(verb, case=before, worker=worker, department=department, answerer=answerer, street=street, at=at)
        except Refused:
            assert Event.objects.filter(case=case).count() == events

    end = Case.objects.get(pk=case.pk)
    assert end.owner_id is not None
    assert end.opened_at == make.AT
    assert end.due_at >= end.due_since_at >= end.opened_at
    assert (end.closed_at is not None) == (end.state in {"CLOSED", "REFUSED", "WITHDRAWN", "MERGED"})
    assert is_whole(end)
    if not end.is_open:
        assert not Called.objects.filter(case=end, ended_at__isnull=True).exists()


def attempt(verb, *, case, worker, department, answerer, street, at):  # noqa: C901, PLR0912 -- a table of verbs
    called = Called.objects.select_related("case", "whistle").filter(case=case, ended_at__isnull=True).first()
    match verb:
        case "take":
            cases.take(case=case, post=worker, at=at)
        case "blow":
            whistles.blow(
                case=case,
                post=worker,
                kind=WhistleKind.SERVICE,
                unit_ids=[department.pk],
                lead_id=department.pk,
                message="",
                at=at,
            )
        case "report_in" if called:
            whistles.report_in(called=called, post=answerer, at=at)
        case "decline" if called:
            whistles.decline(called=called, post=answerer, reason="不是我们的", at=at)
        case "contact":
            handling.speak(case=case, post=worker, words="联系了", at=at)
        case "step":
            handling.record_step(case=case, post=worker, words="看过了", at=at)
        case "note":
            cases.note(case=case, post=worker, words="记一下", at=at)
        case "finish":
            handling.finish(case=case, post=worker, result="好了", at=at)
        case "confirm":
            confirms.confirm(case=case, rating=4, at=at)
        case "send_back":
            confirms.send_back(case=case, reason="没好", at=at)
        case "withdraw":
            confirms.withdraw(case=case, reason="", at=at)
        case "hand_on":
            cases.hand_on(case=case, post=worker, to_unit_id=street.pk, reason="归街道", at=at)
        case "refuse":
            handling.refuse(case=case, post=worker, route="BEYOND_DUTY", reason="请找法院", at=at)
        case "watch":
            cases.supervise(at=at)
            whistles.supervise_called(at=at)
        case "lapse":
            confirms.lapse_due(at=at)
