"""Inside a unit one colleague works on a case; the unit stays answerable, and nobody is ranked."""

import pytest
from django.db import IntegrityError, transaction

from linli.case import actions as cases
from linli.case import assigning
from linli.case.models import Assignment, Case, Event
from linli.case.states import Relation
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, Scope, acting
from tests import make
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything():
    with acting(EVERYTHING):
        yield


def named(case):
    return [(one.unit_id, one.post_id) for one in assigning.assigned(case)]


def assign(case, post, to, minutes=10, **known):
    to_post_id = to.pk if to else None
    return cases.assign(case=case, post=post, to_post_id=to_post_id, at=make.later(minutes=minutes), **known)


def test_a_colleague_is_named_then_another_then_nobody_and_the_owner_stays():
    case, worker = make.case_in_hand()
    colleague = make.post(Role.COMMUNITY)

    assign(case, worker, colleague)
    first = named(case)
    assign(case, colleague, worker, minutes=11)
    second = named(case)
    assign(case, worker, None, minutes=12)

    case.refresh_from_db()
    assert (first, second, named(case)) == ([(worker.unit_id, colleague.pk)], [(worker.unit_id, worker.pk)], [])
    assert (case.owner_id, case.state) == (worker.unit_id, "HANDLING")
    told = [(event.name, event.detail["to_post"], event.is_told) for event in Event.objects.filter(name="assign")]
    assert told == [("assign", colleague.pk, False), ("assign", worker.pk, False), ("assign", None, False)]


def test_somebody_of_another_unit_or_out_of_office_is_not_named_and_nothing_is_written():
    case, worker = make.case_in_hand()
    stranger = make.post(Role.DEPARTMENT, unit=make.department())
    left = make.post(Role.COMMUNITY, valid_to=make.AT)

    for other in (stranger, left):
        with pytest.raises(Refused, match="同事"):
            assign(case, worker, other)

    assert Assignment.objects.count() == 0
    assert not Event.objects.filter(name="assign").exists()


def test_naming_the_same_again_is_refused_and_leaves_no_event():
    case, worker = make.case_in_hand()
    assign(case, worker, worker)

    with pytest.raises(Refused, match="没有变"):
        assign(case, worker, worker, minutes=11)

    assert (Assignment.objects.count(), Event.objects.filter(name="assign").count()) == (1, 1)


def test_a_called_unit_names_its_own_colleague_beside_the_owners():
    case, worker = make.case_in_hand()
    officer = make.post(Role.DEPARTMENT, unit=make.department())
    with pytest.raises(Refused, match="不归您的岗位"):
        assign(case, officer, officer)

    assign(case, worker, worker)
    assign(case, officer, officer, minutes=11, known=frozenset({Relation.CALLED}))

    assert named(case) == [(worker.unit_id, worker.pk), (officer.unit_id, officer.pk)]


def test_what_is_mine_what_is_a_colleagues_and_what_is_nobodys():
    mine, worker = make.case_in_hand()
    theirs, _worker = make.case_in_hand()
    nobodys, _worker = make.case_in_hand()
    colleague = make.post(Role.COMMUNITY)
    assign(mine, worker, worker)
    assign(theirs, worker, colleague)

    of_me = Case.objects.filter(assigning.is_mine(worker))
    of_somebody = Case.objects.filter(assigning.is_assigned(worker))

    assert set(of_me) == {mine}
    assert set(of_somebody) == {mine, theirs}
    assert set(Case.objects.exclude(assigning.is_assigned(worker))) == {nobodys}


def test_a_unit_has_one_at_a_case_and_the_database_keeps_it_so():
    case, worker = make.case_in_hand()
    assign(case, worker, worker)

    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(case=case, unit=worker.unit, post=worker, by_post_id=worker.pk, at=make.AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.update(ended_at=make.AT)


def test_who_works_on_a_case_is_seen_where_the_case_is_seen():
    case, worker = make.case_in_hand()
    assign(case, worker, worker)

    with as_application(Scope(area_code=make.COMMUNITY)):
        assert Assignment.objects.count() == 1
    with as_application(Scope(area_code="540102002001", unit_id=999)):
        assert Assignment.objects.count() == 0
