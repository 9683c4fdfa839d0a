"""The ledger of what was removed when its time was over: one chained row each, and no record left behind."""

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from linli.intake import actions as intake
from linli.intake import queries as appeals
from linli.jobs.clock import DUTIES
from linli.people import actions as people
from linli.people.models import ContactPoint
from linli.shared import retention
from linli.shared.models import Erasure
from linli.shared.retention import Kept
from tests import make

pytestmark = pytest.mark.django_db
LONG_AFTER = make.AT + timedelta(days=365 * 4)


def digest(*ids):
    return hashlib.sha256("\n".join(sorted(map(str, ids))).encode()).digest()


def test_contacts_whose_time_is_over_are_erased_and_one_row_proves_which():
    gone = [people.keep_contact(name="扎西", phone=f"1390000000{n}", at=make.AT) for n in (1, 2)]
    stays = people.keep_contact(name="卓玛", phone="13900000003", at=LONG_AFTER)

    assert people.erase_expired_contacts(at=LONG_AFTER) == 2

    row = Erasure.objects.get()
    assert (row.rule, row.count, bytes(row.records_digest), row.at) == ("CONTACT", 2, digest(*gone), LONG_AFTER)
    assert [bytes(point.contact_sealed) for point in ContactPoint.objects.filter(pk__in=gone)] == [b"", b""]
    assert ContactPoint.objects.get(pk=stays).erased_at is None


@pytest.fixture
def hotline_file(settings, tmp_path):
    """A file uploaded and never imported, with a list of rows that were not taken."""
    settings.DATA_DIR = tmp_path
    file = intake.keep_file(name="a.csv", content=b"x", columns={}, rows=1, post_id=1, at=make.AT)
    appeals.rejected_path(file).write_text("扎西,13900000001")
    return file


def on_disk(file):
    return [path.exists() for path in (appeals.content_path(file), appeals.rejected_path(file))]


def test_a_hotline_file_goes_after_thirty_days_though_no_other_comes(hotline_file):
    assert intake.forget_old_files(at=make.later(days=29)) == 0
    assert on_disk(hotline_file) == [True, True]

    assert intake.forget_old_files(at=make.later(days=31)) == 2
    assert intake.forget_old_files(at=make.later(days=32)) == 0

    assert on_disk(hotline_file) == [False, False]
    assert (Erasure.objects.get().rule, Erasure.objects.get().count) == ("HOTLINE_FILE", 2)


def test_the_clock_forgets_hotline_files():
    assert "linli.intake.actions.forget_old_files" in {duty.verb for duty in DUTIES}


def test_what_cannot_be_written_on_the_ledger_is_not_removed(hotline_file, monkeypatch):
    monkeypatch.setattr(retention, "chained", lambda *_row: None)

    with pytest.raises(IntegrityError), transaction.atomic():
        intake.forget_old_files(at=make.later(days=31))

    assert on_disk(hotline_file) == [True, True]


def test_when_nothing_is_over_nothing_is_written():
    people.keep_contact(name="扎西", phone="13900000001", at=make.AT)

    assert people.erase_expired_contacts(at=make.AT) == 0

    assert Erasure.objects.count() == 0


def test_what_was_not_removed_after_all_is_not_on_the_ledger():
    with transaction.atomic():
        retention.record_erasure(rule=Kept.LOGIN, ids=[1], at=make.AT)
        transaction.set_rollback(True)

    assert Erasure.objects.count() == 0


def three_rows():
    for number, rule in enumerate((Kept.CONTACT, Kept.LOGIN, Kept.NOTICE)):
        retention.record_erasure(rule=rule, ids=[number], at=make.later(hours=number))


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("UPDATE shared_erasure SET count = 5 WHERE rule = 'LOGIN'", "LOGIN"),
        ("UPDATE shared_erasure SET at = at + interval '1 day' WHERE rule = 'CONTACT'", "CONTACT"),
        ("DELETE FROM shared_erasure WHERE rule = 'LOGIN'", "NOTICE"),
        ("DELETE FROM shared_erasure WHERE rule = 'CONTACT'", "LOGIN"),
        ("DELETE FROM shared_erasure WHERE rule = 'NOTICE'", "END"),
        ("DELETE FROM shared_erasure", "END"),
    ],
)
def test_a_changed_or_removed_row_shows(statement, wrong):
    three_rows()
    assert retention.first_wrong() is None

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")

    found = retention.first_wrong()
    assert (found.row.rule if found.row else "END") == wrong


@pytest.mark.parametrize("statement", ["UPDATE shared_erasure SET count = 5", "DELETE FROM shared_erasure"])
def test_the_database_lets_nobody_change_the_ledger(statement):
    three_rows()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert Erasure.objects.count() == 3


def test_every_rule_says_what_until_when_how_and_on_what_ground():
    assert set(retention.RULE_LABELS) == set(Kept)
    assert all(all((rule.label, rule.until, rule.then, rule.ground)) for rule in retention.RULE_LABELS.values())
