"""A case on paper: for a purpose, with its line in the ledger, its letters inside, and no words read as markup."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from linli.case import actions as cases
from linli.shared.models import Export
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.web.casepage.paper import making
from linli.web.casepage.paper.views import shown
from tests import make

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
MARKUP = '#panic("x") *粗* = 标题 $x^2$ @nobody `raw` <label> \\'


@pytest.fixture
def post():
    make.neighbourhood()
    return make.post(Role.COMMUNITY)


@pytest.fixture
def desk(client, post):
    client.force_login(post.account, backend=BACKEND)
    return client


@pytest.fixture
def case(post):
    case = make.case(at=timezone.now() - timedelta(hours=1), text=f"楼道灯坏了。{MARKUP} ཆུ་ཁོལ།", contact=make.contact())
    cases.take(case=case, post=post, at=timezone.now())
    cases.note(case=case, post=post, words=MARKUP, at=timezone.now())
    return case


def test_a_case_leaves_on_paper_only_for_a_purpose_and_is_written_down(desk, case, post):
    url = f"/community/cases/{case.pk}/pdf/"

    asked, wrong = desk.get(url), desk.get(url, {"purpose": "CURIOSITY"})
    before = Export.objects.count()
    answer = desk.get(url, {"purpose": "HANDLE_CASE", "reason": "现场会"})

    assert (asked.status_code, wrong.status_code, before) == (200, 422, 0)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert b"".join(answer).startswith(b"%PDF-")
    row = Export.objects.get()
    assert (row.kind, row.row_count, row.purpose, row.reason, row.by_post_id) == (
        "pdf", 1, "HANDLE_CASE", "现场会", post.pk,
    )  # fmt: skip


def test_the_paper_says_what_happened_and_never_how_to_reach_the_resident(case, post):
    told = str(shown(case, post=post, purpose="办理诉求", at=timezone.now()))

    assert all(words in told for words in (case.number, "楼道灯坏了", "签收", "内部备注", post.account.name))
    assert not any(words in told for words in ("13900000001", "扎西"))


def test_a_case_of_another_area_is_not_handed_out(client, case):
    client.force_login(make.post(Role.DEPARTMENT, unit=make.department()).account, backend=BACKEND)

    assert client.get(f"/department/cases/{case.pk}/pdf/", {"purpose": "HANDLE_CASE"}).status_code == 404
    assert Export.objects.count() == 0


@pytest.mark.parametrize("language", ["zh-hans", "bo", "en"])
def test_the_paper_is_whole_with_its_letters_inside_whatever_was_typed(case, post, language):
    with translation.override(language):
        made = making.pdf_of(shown(case, post=post, purpose="x", at=timezone.now()))

    assert made.startswith(b"%PDF-")
    assert re.search(rb"/FontFile[23]", made)


def test_without_a_chinese_font_it_is_said_what_is_missing_and_nothing_is_written_down(desk, case, monkeypatch):
    monkeypatch.setattr(making, "_fonts", lambda: (None, ()))

    with pytest.raises(Refused, match="中文字体"):
        making.pdf_of({})
    answer = desk.get(f"/community/cases/{case.pk}/pdf/", {"purpose": "HANDLE_CASE"})

    assert (answer.status_code, Export.objects.count()) == (409, 0)
