"""PostgreSQL shows a desk its own area and unit, and nothing without a scope, whatever the code forgets to filter."""

from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from linli.case import actions as cases
from linli.case.models import Case, Event
from linli.intake.models import Appeal
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, NOTHING, Scope, acting
from linli.staff import queries as staff
from linli.whistle import actions as whistles
from linli.whistle.models import Called
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db

OTHER_COMMUNITY = "540102002001"


@contextmanager
def as_application(scope):
    """Run as the role that web, worker and clock take on."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE linli_app")
    try:
        with acting(scope):
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def counts():
    return Case.objects.count(), Event.objects.count(), Appeal.objects.count()


def test_without_a_scope_nothing_is_seen():
    make.case()

    with as_application(NOTHING):
        assert counts() == (0, 0, 0)


def test_a_community_sees_its_area_and_not_the_next_one():
    make.case()
    neighbour = Scope(area_code=OTHER_COMMUNITY, unit_id=999)

    with as_application(Scope(area_code=make.COMMUNITY)):
        assert counts() == (1, 1, 1)
    with as_application(neighbour):
        assert counts() == (0, 0, 0)


def test_a_department_sees_a_case_only_once_it_is_called():
    case, worker = make.case_in_hand()
    called, stranger = make.department("城管局"), make.department("林业局")
    whistles.blow(
        case=case,
        post=worker,
        kind=WhistleKind.SERVICE,
        unit_ids=[called.pk],
        lead_id=called.pk,
        message="",
        at=make.later(minutes=10),
    )

    with as_application(Scope(unit_id=called.pk)):
        assert counts() == (1, 3, 1)
        assert Called.objects.count() == 1
    with as_application(Scope(unit_id=stranger.pk)):
        assert counts() == (0, 0, 0)
        assert Called.objects.count() == 0


def test_the_application_can_do_the_whole_round():
    from tests.actions import test_case_life as life

    with as_application(EVERYTHING):
        life.test_a_case_goes_all_the_way_round()


def test_a_department_post_can_answer_inside_its_own_scope():
    case, worker = make.case_in_hand()
    unit = make.department("城管局")
    post = make.post(Role.DEPARTMENT, unit=unit)
    whistles.blow(
        case=case,
        post=worker,
        kind=WhistleKind.SERVICE,
        unit_ids=[unit.pk],
        lead_id=unit.pk,
        message="",
        at=make.later(minutes=10),
    )

    with as_application(staff.scope_of(post)):
        call = Called.objects.select_related("case").get()
        whistles.report_in(called=call, post=post, at=make.later(minutes=30))

    case.refresh_from_db()
    assert case.state == "HANDLING"


def test_a_desk_may_write_down_a_need_that_lies_outside_its_area_but_not_read_it_after():
    make.neighbourhood()
    make.area("540102002001", "八廓社区")
    make.unit("COMMUNITY", "540102002001")

    with as_application(Scope(area_code=make.COMMUNITY)):
        opened = cases.open_case(received=make.received(area_code="540102002001"), at=make.AT)
        assert counts() == (0, 0, 0)

    assert Case.objects.get().pk == opened.case_id


@pytest.mark.parametrize("table", ["case_event", "intake_appeal", "shared_auditentry", "confirm_confirmation"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_application_cannot_rewrite_history(table, verb):
    with as_application(EVERYTHING), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table))


def test_a_partition_of_events_cannot_be_read_past_the_policy():
    make.case()

    with as_application(NOTHING), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM case_event_2026")
        assert cursor.fetchone() == (0,)


def test_the_dear_question_of_a_case_is_asked_last():
    with as_application(Scope(area_code=make.COMMUNITY, unit_id=1)), connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT FROM case_case WHERE id = 1")
        plan = " ".join(line for (line,) in cursor.fetchall())

    asked = plan[plan.index("Filter:") :]
    assert asked.index("linli_is_called") > max(asked.index(cheap) for cheap in ("area_code", "owner_id", "lead_id"))


@pytest.mark.parametrize("states", [["CALLED", "COUNTERED"], ["REPORTED_IN"], ["PART_DONE"]])
def test_a_list_of_calls_is_counted_by_an_index_of_its_own(states):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            "EXPLAIN SELECT FROM whistle_called WHERE unit_id = 7 AND ended_at IS NULL AND state = ANY(%s)"
            " ORDER BY due_at LIMIT 1000",
            [states],
        )
        plan = " ".join(line for (line,) in cursor.fetchall())

    assert "Filter" not in plan
