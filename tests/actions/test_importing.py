"""A hotline file is imported in batches, each made ready while the one before is written: what may happen between."""

import csv
import io
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.case import actions as cases
from linli.case.actions import importing
from linli.case.deadlines import memory as limits
from linli.case.models import Case
from linli.intake import actions as intake
from linli.intake import queries as appeals
from linli.intake.models import Appeal
from linli.intake.rules import Channel
from linli.place.queries import atlas
from linli.routing import queries as routing
from linli.shared.scope import EVERYTHING, acting
from linli.staff import queries as staff
from linli.staff.models import Unit
from linli.text import queries as text
from tests import make

pytestmark = pytest.mark.django_db

HEADINGS = {"number": "编号", "text": "内容", "name": "联系人", "phone": "电话"}


@pytest.fixture(autouse=True)
def _by_ones_as_application(settings, tmp_path, monkeypatch):
    """Let batches of one row be written by the application's own role."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(importing, "BATCH", 1)
    make.neighbourhood()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE linli_app")
    with acting(EVERYTHING):
        yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def begun(*rows):
    out = io.StringIO()
    csv.writer(out).writerows([HEADINGS.values(), *rows])
    file = intake.keep_file(
        name="12345.csv", content=out.getvalue().encode(), columns=HEADINGS, rows=len(rows), post_id=1, at=make.AT
    )
    intake.start_file(file=file, post_id=1, at=make.AT)
    return file


def imported(file):
    cases.import_file(file_id=file.pk, at=make.AT)
    return counted(file)


def counted(file):
    file.refresh_from_db()
    return file.state, file.done_count, file.opened_count, file.repeated_count, file.rejected_count


def row(number, text="楼道灯坏了三天", phone="13900000001"):
    return number, text, "扎西", phone


def test_every_row_of_many_batches_is_in_its_place():
    file = begun(row("M1"), row("M2", text=""), row("M3", phone="12"), row("M4", text="路面有坑"))

    assert imported(file) == ("DONE", 4, 2, 0, 2)
    assert list(Appeal.objects.order_by("pk").values_list("external_number", "text")) == [
        ("M1", "楼道灯坏了三天"),
        ("M4", "路面有坑"),
    ]


def test_a_number_that_stood_in_an_earlier_batch_is_rejected():
    file = begun(row("M1"), row("M2"), row("M1", text="别的事"))

    assert imported(file) == ("DONE", 3, 2, 0, 1)
    assert "出现了不止一次" in appeals.rejected_path(file).read_text("utf-8-sig")


def test_an_import_that_goes_on_still_knows_the_numbers_before():
    file = begun(row("M1"), row("M2"), row("M1", text="别的事"))
    type(file).objects.filter(pk=file.pk).update(done_count=2, opened_count=2)

    assert imported(file) == ("DONE", 3, 2, 0, 1)


def test_numbers_that_somebody_takes_in_after_they_were_asked_for_are_known_all_the_same(monkeypatch):
    file = begun(row("M1"), row("M2"), row("M3"))
    open_drawn, serial = importing.open_drawn, count(1)

    def overtaken(drawn, **more):
        if next(serial) == 2:
            same = [plan.received for plan in drawn.plans]
            cases.take_in(received=same, channel=Channel.HOTLINE, at=make.AT)
        open_drawn(drawn, **more)

    monkeypatch.setattr(importing, "open_drawn", overtaken)

    assert imported(file) == ("DONE", 3, 2, 1, 0)
    assert Case.objects.count() == 3


def test_a_batch_that_cannot_be_made_ready_keeps_the_one_before_it_whole(monkeypatch):
    file = begun(row("M1"), row("M2"))
    planned_many, serial = importing.planned_many, count(1)

    def broken_from_the_second(*given, **more):
        return 1 / 0 if next(serial) > 1 else planned_many(*given, **more)

    with monkeypatch.context() as broken:
        broken.setattr(importing, "planned_many", broken_from_the_second)
        with pytest.raises(ZeroDivisionError):
            cases.import_file(file_id=file.pk, at=make.AT)

    assert counted(file) == ("IMPORTING", 1, 1, 0, 0)
    assert imported(file) == ("DONE", 2, 2, 0, 0)


def test_what_is_asked_of_the_database_while_a_batch_is_written_is_answered(monkeypatch):
    file = begun(row("M1"), row("M2"), row("M3"))
    planned_many, found = importing.planned_many, []

    def asking(*given, **more):
        found.append(Unit.objects.count())
        return planned_many(*given, **more)

    monkeypatch.setattr(importing, "planned_many", asking)

    assert imported(file) == ("DONE", 3, 3, 0, 0)
    assert found == [Unit.objects.count()] * 3


def test_planning_ahead_asks_nothing_of_a_database_that_is_busy(monkeypatch):
    file = begun(row("M1"), row("M2"), row("M3"))
    for module in (limits, routing, staff):
        monkeypatch.setattr(module, "SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr(atlas, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(text, "FRESH_SECONDS", 0.0)
    planned_many, asked = importing.planned_many, []

    def watched(*given, **more):
        with CaptureQueriesContext(connection) as statements:
            plans = planned_many(*given, **more)
        asked.append(len(statements))
        return plans

    monkeypatch.setattr(importing, "planned_many", watched)

    assert imported(file) == ("DONE", 3, 3, 0, 0)
    assert asked[0] > 0  # the first is planned while nothing is written
    assert asked[1:] == [0, 0]
