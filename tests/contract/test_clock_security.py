"""The clock's verbs work inside the scope of each desk, as the role the application takes on."""

import pytest
from django.db import DatabaseError, connection, transaction

from linli.case.models import Case, Extension, Pause
from linli.handling import actions as handling
from linli.handling.models import Application
from linli.handling.rules import ApplicationKind
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, Scope
from linli.staff import queries as staff
from linli.whistle import actions as whistles
from linli.whistle.models import Called
from linli.whistle.states import WhistleKind
from tests import make
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db


def test_a_department_asks_and_its_community_rules_each_in_its_own_scope():
    case, worker = make.case_in_hand(category_code="0104")
    lead = make.department("城管局")
    answerer, street = make.post(Role.DEPARTMENT, unit=lead), make.post(Role.STREET)
    whistles.blow(
        case=case, post=worker, kind=WhistleKind.SERVICE, unit_ids=[lead.pk], lead_id=lead.pk, message="",
        at=make.later(minutes=10),
    )  # fmt: skip
    called = Called.objects.select_related("case", "whistle").get()
    whistles.report_in(called=called, post=answerer, at=make.later(minutes=20))

    with as_application(staff.scope_of(answerer)):
        case = Case.objects.get()
        extension, suspension = (
            handling.ask(case=case, post=answerer, kind=kind, reason="等料", until=until, at=make.later(hours=1))
            for kind, until in ((ApplicationKind.EXTENSION, None), (ApplicationKind.SUSPENSION, make.later(days=20)))
        )
    with as_application(staff.scope_of(worker)):
        handling.grant(application=extension, post=worker, at=make.later(hours=2))
    with as_application(staff.scope_of(street)):
        handling.grant(application=suspension, post=street, at=make.later(hours=2))
    with as_application(EVERYTHING):
        assert handling.resume_due(at=make.later(days=21)) == 1

    assert (Extension.objects.count(), Pause.objects.get().resumed_at) == (1, make.later(days=20))
    assert Called.objects.get().due_at == Case.objects.get().due_at


def test_a_stranger_sees_nothing_of_it():
    case, worker = make.case_in_hand(category_code="0104")
    handling.ask(case=case, post=worker, kind=ApplicationKind.EXTENSION, reason="等料", at=make.later(hours=1))

    with as_application(Scope(area_code="540102002001", unit_id=999)):
        assert Application.objects.count() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_extension SET limit_words = '1 working day'",
        "DELETE FROM case_pause",
        "DELETE FROM handling_application",
        "UPDATE case_limitrow SET limit_words = '1 working day'",
        "DELETE FROM case_limitversion",
    ],
)
def test_the_application_cannot_rewrite_what_a_clock_did(statement):
    with as_application(EVERYTHING), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
