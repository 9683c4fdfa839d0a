"""Cases closed years ago lose who and where; number, moves, times and chain stay, and the ledger proves which."""

import hashlib
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as site
from django.db import DatabaseError, connection, transaction
from PIL import Image

from linli.case import actions as cases
from linli.case import archive, chains, finding
from linli.case import queries as case_queries
from linli.case.models import Tie
from linli.confirm import actions as confirming
from linli.confirm.models import Confirmation
from linli.handling import actions as handling
from linli.jobs.archiving import archive_old
from linli.people.models import ContactPoint
from linli.shared import actions as shared
from linli.shared.models import Attachment, Erasure, Photo
from linli.shared.queries import attachment_path, photo_path
from linli.shared.scope import EVERYTHING, acting
from tests import make
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2019, 3, 4, 2, 0, tzinfo=UTC)
NOW = make.AT


@pytest.fixture(autouse=True)
def _folders(tmp_path, settings):
    settings.PHOTO_DIR, settings.ATTACHMENT_DIR = tmp_path / "photos", tmp_path / "attachments"


def photo(at=LONG_AGO):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return shared.keep_photo(content=out.getvalue(), at=at)


def closed_case(at=LONG_AGO):
    """A case of long ago with words, a point, a contact, photos, a file; confirmed by its resident."""
    said = {"address": "路程巷3号院2栋", "lng": 91.12, "lat": 29.65, "contact": make.contact()}
    case, worker = make.case_in_hand(at=at, photo_ids=(photo().pk,), **said)
    file = shared.keep_attachment(content=b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", name="屋里.pdf", at=at)
    cases.attach(case=case, post=worker, file_ids=[file.pk], words="家里的照片", at=at + timedelta(hours=1))
    handling.speak(case=case, post=worker, words="扎西老人说灯坏了", at=at + timedelta(hours=2))
    handling.finish(case=case, post=worker, result="修好了", photo_ids=[photo().pk], at=at + timedelta(hours=3))
    confirming.confirm(case=case, rating=5, reason="卓玛修得好", at=at + timedelta(hours=4))
    case.refresh_from_db()
    return case


def test_who_and_where_are_erased_and_the_moves_and_their_chain_stay():
    case = closed_case()
    before = (case.number, case.state, case.opened_at, case.closed_at, case.rating, case.event_count)

    with as_application(EVERYTHING):
        assert archive_old(at=NOW) == 1

    case.refresh_from_db()
    appeal = case.first_appeal
    assert (case.number, case.state, case.opened_at, case.closed_at, case.rating, case.event_count) == before
    assert (case.title, case.address, case.lng, case.lat, case.archived_at) == ("已归档", "", None, None, NOW)
    assert (appeal.text, appeal.address, appeal.lng, appeal.photo_ids) == ("", "", None, [])
    assert appeal.area_code == case.area_code == case.area_code[:15]
    assert Confirmation.objects.get(case=case).reason == ""
    assert bytes(ContactPoint.objects.get(pk=appeal.contact_id).contact_sealed) == b""
    assert chains.is_whole(case)


def test_photos_and_files_are_gone_from_the_disk_too():
    closed_case()
    photos, files = list(Photo.objects.all()), list(Attachment.objects.all())
    paths = [photo_path(row.pk) for row in photos] + [attachment_path(row.pk) for row in files]
    assert (len(photos), len(files), all(path.exists() for path in paths)) == (2, 1, True)

    archive_old(at=NOW)

    assert (Photo.objects.count(), Attachment.objects.count()) == (0, 0)
    assert not any(path.exists() for path in paths)


def test_the_ledger_proves_which_cases():
    numbers = sorted(closed_case().number for _case in range(2))

    archive_old(at=NOW)

    row = Erasure.objects.get()
    assert (row.rule, row.count, row.at) == ("CASE", 2, NOW)
    assert bytes(row.records_digest) == hashlib.sha256("\n".join(numbers).encode()).digest()


def test_the_story_says_what_was_done_and_not_what_was_said():
    case = closed_case()
    archive_old(at=NOW)
    case.refresh_from_db()

    story = case_queries.story(case)

    assert [step.name for step in story][:2] == ["open", "take"]
    assert not [step for step in story if step.reason or {"words", "photos", "files"} & step.detail.keys()]


def test_it_is_found_by_its_number_and_no_more_by_its_words():
    case = closed_case()
    cases.index_cases(case_ids=[case.pk])
    worker = make.post()
    assert found("灯坏了") == [case.pk]

    archive_old(at=NOW)

    assert (found("灯坏了"), found("扎西老人")) == ([], [])
    assert case_queries.by_number(case.number, post=worker).pk == case.pk


def found(words):
    with acting(EVERYTHING):
        return list(finding.found(words, at=NOW).case_ids)


def test_what_was_closed_within_the_years_is_left_alone_and_nothing_is_written():
    case = closed_case(at=datetime(2022, 3, 4, 2, 0, tzinfo=UTC))

    assert archive_old(at=NOW) == 0

    case.refresh_from_db()
    assert (case.archived_at, case.first_appeal.text != "", Erasure.objects.count()) == (None, True, 0)


def test_a_district_may_never_archive(settings):
    settings.ARCHIVE_YEARS = 0
    closed_case()

    assert archive_old(at=NOW) == 0


def test_a_second_round_finds_nothing():
    closed_case()
    archive_old(at=NOW)

    assert archive_old(at=NOW) == 0
    assert Erasure.objects.count() == 1


def test_a_part_waits_for_its_whole():
    part, whole = closed_case(), make.case()
    Tie.objects.create(parent=whole, child=part, is_split=False, at=NOW, by_post_id=make.post().pk)

    assert archive_old(at=NOW) == 0


def test_the_database_archives_nothing_of_the_last_year():
    case = closed_case(at=datetime.now(UTC) - timedelta(days=300))

    assert cases.archive(case_ids=[case.pk], at=NOW).case_ids == ()

    case.refresh_from_db()
    assert case.archived_at is None


def test_an_appeal_stays_unchangeable_for_the_application_whatever_it_sets():
    closed_case()

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL linli.archiving = 'on'")
    with as_application(EVERYTHING), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE intake_appeal SET text = '改过'")


def test_the_standing_says_how_far_it_has_come():
    closed_case()
    assert archive.standing(at=NOW).waiting == 1

    archive_old(at=NOW)

    stands = archive.standing(at=NOW)
    assert (stands.years, stands.waiting, stands.archived, stands.last_at) == (site.ARCHIVE_YEARS, 0, 1, NOW)


def test_a_leap_day_has_its_day_in_other_years():
    assert archive.due_before(at=datetime(2028, 2, 29, 4, 0, tzinfo=UTC)).date().isoformat() == "2023-02-28"
