"""The bell, the outside body's page and the notice settings in a real browser: axe, narrow phones, Tibetan."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from linli.notice import actions as notices
from linli.outside import actions as outside
from linli.outside import queries
from linli.shared.roles import Role
from linli.staff import queries as staff
from linli.staff.models import RoleRule
from tests import make, make_notice
from tests.browsing import follow


@pytest.fixture
def at():
    return timezone.now() - timedelta(hours=1)


def asked(at):
    case, worker = make.case_in_hand(at=at, contact=make.contact())
    row = outside.ask(
        case=case,
        post=worker,
        body=make_notice.body(name_bo="དངོས་ཟོག་ཀུང་སི།"),
        words="请修好一楼的路灯，晚上看不见路。",
        place="洛堆社区3号院一楼",
        due_at=timezone.now() + timedelta(days=2),
        at=at + timedelta(minutes=10),
    )
    notices.derive(at=timezone.now())
    return row, worker


@pytest.mark.parametrize(("width", "language"), [(320, "bo"), (390, "zh-hans")])
def test_an_outside_body_answers_on_a_phone(open_page, look, at, width, language):
    row, _worker = asked(at)
    token = queries.link_token(row)

    page = open_page(f"/o/{token}/", width=width, language=language)
    look(page, f"{width}-outside-{language}")
    follow(page, "main form button")
    look(page, f"{width}-outside-accepted-{language}")
    page.goto(f"/o/{token}/done/")
    page.fill("#id_words", "换了灯泡")
    look(page, f"{width}-outside-done-{language}")
    follow(page, "main button[type=submit]")

    assert queries.asked(row.pk).answer == "换了灯泡"


def test_the_bell_is_seen_on_a_desk_and_empties_when_it_is_read(open_page, look, at):
    _row, worker = asked(at)
    page = open_page("/community/", width=1024, post=worker)

    page.wait_for_selector("#bell .badge")
    look(page, "1024-bell")
    follow(page, "#bell")
    look(page, "1024-notices")
    page.goto("/notices/choices/")
    look(page, "1024-notice-choices")
    page.goto("/community/")
    page.wait_for_selector("#bell:not([hx-get])")

    expect(page.locator("#bell .badge")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1024])
def test_the_desk_sees_since_when_it_waits_and_releases(open_page, look, at, width):
    row, worker = asked(at)
    page = open_page(f"/community/cases/{row.case_id}/", width=width, post=worker)

    look(page, f"{width}-case-outside")
    page.click("text=不再等外部单位")
    page.fill("textarea[name=reason]", "一直没有消息，我们自己办")
    look(page, f"{width}-case-release")
    page.click(".move-form button[type=submit]")
    page.wait_for_selector("text=不再等它，事项可以继续办。")
    page.goto("/outside/")
    look(page, f"{width}-outside-list")

    assert queries.asked(row.pk).state == "RELEASED"


@pytest.mark.parametrize("width", [390, 1024])
def test_the_administrator_changes_a_text_and_sees_it_at_once(open_page, look, at, width):
    asked(at)
    RoleRule.objects.update(is_second_factor_required=False)
    staff.forget()
    make_notice.subscriber("https://partner.example/hook")
    admin = make.post(Role.ADMIN)
    page = open_page("/admin/notices/", width=width, post=admin)
    look(page, f"{width}-notice-log")

    page.goto("/admin/notices/texts/whistle/zh-hans/")
    page.fill("#id_body", "{unit}吹哨了，{due}前请到。")
    page.wait_for_selector("#text-preview >> text=水务局吹哨了")
    look(page, f"{width}-notice-text")
    page.fill("#id_body", "{phone}")
    page.wait_for_selector("#text-preview >> text=这类通知没有")
    for name in ("notices/texts/", "notices/gateways/", "notices/quiet/", "hooks/", "hooks/deliveries/", "outside/"):
        page.goto(f"/admin/{name}")
        look(page, f"{width}-admin-{name.strip('/').replace('/', '-')}")
