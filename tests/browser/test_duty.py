"""Rosters, leave and the ladder in a real browser: on a phone and at a desk, without scripts."""

from datetime import time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from linli.call import actions as calls
from linli.call.models import Leave, Shift
from linli.call.queries import duty
from linli.call.rules import Audience, Rung
from linli.call.rules.duty import Span
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from tests import make
from tests.browsing import follow

PAGES = {
    "/duty/": Role.COMMUNITY,
    "/duty/leave/": Role.COMMUNITY,
    "/duty/ladder/?q=540102001001001": Role.DISTRICT,
    "/duty/ladder/edit/": Role.DISTRICT,
}


@pytest.fixture
def head():
    with acting(EVERYTHING):
        make.unit("COMMUNITY", name="洛堆社区居民委员会")
        make.neighbourhood()
        head, other = make.post(Role.COMMUNITY), make.post(Role.COMMUNITY, account=make.account("白玛央金"))
        at = timezone.now()
        begins = duty.midnight(timezone.localdate() + timedelta(days=1)) + timedelta(hours=18)
        spans = [Span(begins + timedelta(days=day), begins + timedelta(days=day, hours=15)) for day in range(3)]
        calls.add_shifts(unit=head.unit, on_duty=other, spans=spans, post=head, at=at)
        calls.take_leave(away=other, substitute=head, span=spans[1], post=head, at=at)
        rungs = [Rung(10, Audience.STREET, time(22), time(6)), Rung(15, Audience.COMMUNITY)]
        calls.set_ladder(rungs=rungs, since_at=at, reason="冬天夜里路远", post=None, at=at)
        yield head


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "bo"])
def test_its_pages_can_be_read_on_a_phone_and_at_a_desk(open_page, look, head, address, language):
    post = head if PAGES[address] is Role.COMMUNITY else make.post(Role.DISTRICT)
    name = f"{address.partition('?')[0].strip('/').replace('/', '-')}-{language}"
    page = open_page(address, width=320, post=post, language=language)
    look(page, f"{name}-320")

    page.set_viewport_size({"width": 1440, "height": 900})

    look(page, f"{name}-1440")


def test_a_week_is_written_on_a_phone_without_scripts(open_page, head):
    page = open_page("/duty/", width=390, post=head, has_script=False)
    before = Shift.objects.count()

    page.get_by_label("谁值班").select_option(str(head.pk))
    follow(page, page.get_by_role("button", name="排上"))

    expect(page.locator("main")).to_contain_text("已排 1 个班次")
    assert Shift.objects.count() == before + 1


def test_leave_is_taken_on_a_phone_without_scripts(open_page, head):
    worker = make.post(Role.GRID, area_code=make.GRID)
    page = open_page("/duty/leave/", width=390, post=worker, has_script=False)
    tomorrow = timezone.localdate() + timedelta(days=1)

    page.get_by_label("从", exact=True).fill(f"{tomorrow}T08:00")
    page.get_by_label("到", exact=True).fill(f"{tomorrow}T20:00")
    page.get_by_label("谁替班").select_option(str(head.pk))
    follow(page, page.get_by_role("button", name="登记"))

    expect(page.locator("main")).to_contain_text("已登记请假")
    assert Leave.objects.get(post=worker).substitute == head
