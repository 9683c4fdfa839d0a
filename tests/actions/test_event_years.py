"""Events lie in one partition a year: made ahead, made for history, and drained out of the rest."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import DataError, connection, transaction

from linli.case import actions as cases
from linli.case import chains
from linli.case.models import Case, Event
from linli.shared.scope import EVERYTHING
from tests import make
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db


def partitions():
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'case_event'::regclass")
        return {name for (name,) in cursor.fetchall()}


def where(case):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the end of a transaction, as the duty finds it
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM case_event WHERE case_id = %s", [case.pk])
        return [name for (name,) in cursor.fetchall()]


def test_the_clock_makes_the_next_year_ahead_in_the_role_of_the_application():
    with as_application(EVERYTHING):
        made = cases.make_event_years(at=datetime(2032, 3, 1, tzinfo=UTC))

    assert made == [2033]
    assert "case_event_2033" in partitions()


def test_a_year_that_is_there_is_not_made_again():
    assert cases.make_event_years(at=make.AT) == []


def test_a_year_begins_by_the_clock_of_the_district():
    assert cases.make_event_years(at=datetime(2032, 12, 31, 16, 0, tzinfo=UTC)) == [2033, 2034]


def test_what_lies_in_the_rest_is_drained_into_its_year():
    case = make.case(at=datetime(2040, 5, 1, 2, 0, tzinfo=UTC))
    assert where(case) == ["case_event_other"]

    with as_application(EVERYTHING):
        made = cases.make_event_years(at=make.AT)

    assert made == [2040]
    assert where(case) == ["case_event_2040"]
    assert chains.is_whole(Case.objects.get(pk=case.pk))


def test_a_drained_year_is_as_append_only_and_as_closed_as_any():
    case = make.case(at=datetime(2040, 5, 1, 2, 0, tzinfo=UTC))
    where(case)
    cases.make_event_years(at=make.AT)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relrowsecurity, (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid"
            " AND tgname = 'append_only' AND tgenabled = 'O')"
            " FROM pg_class c WHERE relname IN ('case_event_2040', 'case_event_other') ORDER BY 1"
        )
        assert cursor.fetchall() == [("case_event_2040", True, 1), ("case_event_other", True, 1)]
    make.case(at=datetime(2040, 6, 1, 2, 0, tzinfo=UTC))
    assert Event.objects.filter(at__year=2040).count() == 2


def test_history_that_is_brought_in_has_its_years(tmp_path):
    make.neighbourhood()
    path = tmp_path / "past.csv"
    row = f"A1,楼道灯坏了,2015-12-30,2016-01-02,{make.COMMUNITY}"
    path.write_text(f"编号,内容,反映时间,办结时间,区域代码\n{row}\n", encoding="utf-8")

    call_command("bring_in_history", path)

    assert sorted(where(Case.objects.get())) == ["case_event_2015", "case_event_2016"]


def test_a_year_nobody_can_mean_stays_in_the_rest():
    assert cases.ensure_event_years([1999, 2200]) == []

    with pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT linli_event_year(1999)")
