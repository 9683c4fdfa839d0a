"""Cases are opened by the application's own role, which owns nothing and cannot pass row-level security."""

import pytest
from django.db import connection

from linli.case import actions as cases
from linli.case.models import Case
from linli.intake.models import Appeal
from linli.intake.rules import Channel
from linli.people.models import ContactPoint
from linli.shared.scope import EVERYTHING, acting
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def _as_application(db):
    make.neighbourhood()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE linli_app")
    with acting(EVERYTHING):
        yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.mark.usefixtures("_as_application")
def test_one_case_is_opened_under_row_level_security():
    cases.open_case(received=make.received(contact=make.contact()), at=make.AT)

    assert (Case.objects.count(), ContactPoint.objects.count()) == (1, 1)


@pytest.mark.usefixtures("_as_application")
def test_many_cases_are_opened_under_row_level_security():
    rows = [
        make.received(channel=Channel.HOTLINE, external_number=f"H{i}", contact=make.contact() if i else None)
        for i in range(3)
    ]

    taken = cases.take_in(received=rows, channel=Channel.HOTLINE, at=make.AT)

    assert [one.number for one in taken] == list(Case.objects.order_by("pk").values_list("number", flat=True))
    assert (Appeal.objects.count(), ContactPoint.objects.count()) == (3, 2)


@pytest.mark.usefixtures("_as_application")
def test_the_job_of_a_new_case_is_left_in_the_same_statement():
    opened = cases.open_case(received=make.received(), at=make.AT)

    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, queue_name, status::text, (args->>'case_id')::int FROM procrastinate_jobs")
        assert cursor.fetchall() == [("case.find_similar", "analysis", "todo", opened.case_id)]
