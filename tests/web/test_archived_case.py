"""A case that is archived opens by its number, says so, and shows nothing that was said."""

import pytest

from linli.case import actions as cases
from linli.jobs.archiving import archive_old
from tests import make
from tests.actions.test_archive import closed_case

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SAID = ("晚上看不见路", "扎西", "路程巷", "修好了", "屋里.pdf", "家里的照片")


@pytest.fixture
def case(tmp_path, settings):
    settings.PHOTO_DIR, settings.ATTACHMENT_DIR = tmp_path / "photos", tmp_path / "attachments"
    closed = closed_case()
    archive_old(at=make.AT)
    return closed


def test_a_desk_reads_what_was_done_and_not_what_was_said(client, case):
    client.force_login(make.post().account, backend=BACKEND)

    page = client.get(f"/community/cases/{case.pk}/").content.decode()

    assert "归档，原文和附件已抹除" in page
    assert case.number in page
    assert [words for words in SAID if words in page] == []


def test_the_follow_link_still_opens_for_its_reporter(client, case):
    page = client.get(f"/f/{case.number}/{cases.follow_token(case.first_appeal_id)}/")

    assert page.status_code == 200
    assert [words for words in SAID if words in page.content.decode()] == []
