"""Photos and files of forms that were never sent go after a day; what any record names stays."""

import io
from datetime import timedelta

import pytest
from django.apps import apps
from PIL import Image

from linli.case import actions as cases
from linli.handling import actions as handling
from linli.jobs.clock import DUTIES
from linli.shared import leftovers
from linli.shared.actions import keep_attachment, keep_photo
from linli.shared.models import Attachment, Erasure, Photo
from linli.shared.queries import attachment_path, photo_path
from tests import make

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
A_DAY_LATER = make.AT + 25 * HOUR


def photo():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "JPEG")
    return keep_photo(content=out.getvalue(), at=make.AT)


def file():
    return keep_attachment(content=b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n", name="a.pdf", at=make.AT)


def on_disk(row):
    if isinstance(row, Photo):
        return [photo_path(row.pk).exists(), photo_path(row.pk, small=True).exists()]
    return [attachment_path(row.pk).exists()]


@pytest.mark.parametrize("kept", [photo, file])
def test_what_was_never_sent_goes_a_day_later_and_the_ledger_says_so(kept):
    row = kept()

    assert leftovers.drop_unnamed(at=make.AT + 23 * HOUR) == 0
    assert all(on_disk(row))
    assert leftovers.drop_unnamed(at=A_DAY_LATER) == 1

    assert not any(on_disk(row))
    assert (Photo.objects.count(), Attachment.objects.count()) == (0, 0)
    assert (Erasure.objects.get().rule, Erasure.objects.get().count) == ("UNSENT_FILE", 1)


def in_appeal():
    make.neighbourhood()
    row = photo()
    cases.open_case(received=make.received(photo_ids=(row.pk,)), at=make.AT)
    return row


def in_event():
    row, (case, worker) = photo(), make.case_in_hand()
    handling.record_step(case=case, post=worker, words="换了灯泡", photo_ids=[row.pk], at=make.AT + HOUR)
    return row


def attached():
    row, (case, worker) = file(), make.case_in_hand()
    cases.attach(case=case, post=worker, file_ids=[row.pk], words="", at=make.AT + HOUR)
    return row


@pytest.mark.parametrize("named", [in_appeal, in_event, attached])
def test_what_a_record_names_stays_and_is_looked_at_once(named, django_assert_num_queries):
    row = named()

    assert leftovers.drop_unnamed(at=A_DAY_LATER) == 0

    row.refresh_from_db()
    assert row.is_used
    assert all(on_disk(row))
    assert Erasure.objects.count() == 0
    with django_assert_num_queries(6):  # two looks, each in a transaction
        leftovers.drop_unnamed(at=A_DAY_LATER)


def test_of_many_only_the_unnamed_go(monkeypatch):
    monkeypatch.setattr(leftovers, "BATCH", 2)
    stays, gone = in_appeal(), [photo() for _ in range(4)]

    assert leftovers.drop_unnamed(at=A_DAY_LATER) == len(gone)

    assert list(Photo.objects.all()) == [stays]


def test_a_photo_taken_back_goes_at_once_unless_it_was_sent_meanwhile():
    sent, unsent = in_appeal(), photo()

    assert leftovers.drop_photos([sent.pk, str(unsent.pk)], at=make.AT + HOUR) == 1

    assert list(Photo.objects.all()) == [sent]
    assert not any(on_disk(unsent))


def test_the_clock_removes_what_was_never_sent():
    assert "linli.shared.leftovers.drop_unnamed" in {duty.verb for duty in DUTIES}


def test_every_column_that_names_photos_is_one_that_is_looked_at():
    columns = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if "photo" in field.name or "attachment" in field.name
    }

    assert {column.rpartition(".")[2] for column in columns} == {leftovers.COLUMN}
