"""The desks in a real browser, with the live link: a case arrives, is corrected, two departments are called."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from datetime import timedelta

import pytest
from django.conf import settings as site
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect
from psycopg.conninfo import make_conninfo

from linli.case import actions as cases
from linli.case.models import Case
from linli.people.models import Look
from linli.place.rules import Datum
from linli.runtime.children import die_with_parent
from linli.shared.roles import Role
from linli.text import queries as text
from linli.whistle import actions as whistles
from linli.whistle.models import Called
from linli.whistle.states import WhistleKind
from tests import make
from tests.browsing import follow
from tests.running import quiet_port, wait_for

EAST, NORTH, SIDE = 91.13, 29.65, 0.004


@pytest.fixture
def _live(live_server, settings, tmp_path):
    """Run the process that sends hints, on the test database."""
    port, words = quiet_port(), tmp_path / "live.log"
    address = make_conninfo(site.DATABASE_URL, dbname=connection.settings_dict["NAME"])
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port)]
    with words.open("wb") as log:
        process = subprocess.Popen(
            [*command, "--workers", "1", "--no-ws", "linli.config.asgi:application"],
            env={**os.environ, "LINLI_DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "linli.config.settings"}
            | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 -- it only asks the kernel
        )
    settings.LIVE_URL = f"http://{live_server.url.split('//')[1].split(':')[0]}:{port}/live"
    try:
        wait_for(lambda: answers(port) or process.poll() is not None, 180, "the live process to answer")
        assert process.poll() is None, words.read_text()
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture
def here():
    """A community with two drawn grids, its worker, and two departments."""
    text.forget()  # a page of the test before may have looked while the tables were empty
    make.neighbourhood()
    for index, name in enumerate(("01网格", "02网格")):
        west = EAST + index * SIDE
        ring = [
            [west, NORTH],
            [west + SIDE, NORTH],
            [west + SIDE, NORTH + SIDE],
            [west, NORTH + SIDE],
            [west, NORTH],
        ]
        make.area(f"{make.COMMUNITY}{index + 1:03d}", name, polygon={"type": "Polygon", "coordinates": [ring]})
    return {
        "worker": make.post(Role.COMMUNITY),
        "city": make.post(Role.DEPARTMENT, unit=make.department("城管局")),
        "power": make.post(Role.DEPARTMENT, unit=make.department("供电公司")),
        "grid": make.post(Role.GRID, area_code=make.GRID),
    }


def arrives(**columns):
    received = make.received(area_code="", lng=EAST + SIDE / 2, lat=NORTH + SIDE / 2, datum=Datum.WGS84, **columns)
    return cases.open_case(received=received, at=timezone.now())


def in_hand(here, **columns):
    opened = arrives(contact=make.contact(), **columns)
    case = Case.objects.get(pk=opened.case_id)
    cases.take(case=case, post=here["worker"], at=timezone.now())
    return case


def called(here, case):
    whistles.blow(
        case=case,
        post=here["worker"],
        kind=WhistleKind.SERVICE,
        unit_ids=[here["city"].unit_id, here["power"].unit_id],
        lead_id=here["city"].unit_id,
        message="请来看看",
        at=timezone.now(),
    )


@pytest.mark.usefixtures("_live")
def test_a_case_arrives_by_itself_is_corrected_and_two_departments_are_called(open_page, look, here):
    page = open_page("/community/lists/to-take/", width=1440, post=here["worker"])
    page.wait_for_selector("html[data-live-link=on]", state="attached")
    page.evaluate("window.neverReloaded = true")
    department = open_page("/department/", width=390, post=here["city"])
    department.wait_for_selector("html[data-live-link=on]", state="attached")

    opened = arrives(text="楼道灯坏了三天，晚上看不见路。")
    page.wait_for_selector(f"tr[data-key='{opened.case_id}']")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel-content .case")
    look(page, "1440-community-panel")

    page.click("#panel-content button:has-text('签收')")
    page.wait_for_selector("#panel-content :text('已签收')")
    page.keyboard.press("e")
    page.select_option("#panel-content select[name=urgency]", "URGENT")
    page.select_option("#panel-content select[name=area]", f"{make.COMMUNITY}002")
    look(page, "1440-community-correct")
    page.click("#panel-content .move-box button[type=submit]")
    page.wait_for_selector("#panel-content :text('已更正')")

    page.locator("h1").first.click()
    page.keyboard.press("w")
    page.check(f"#panel-content input[name=units][value='{here['city'].unit_id}']")
    page.fill("#panel-content input[name=q]", "供电")
    expect(page.locator("#panel-content .unit-row")).to_have_count(2)  # the one chosen, the one looked for
    page.check(f"#panel-content input[name=units][value='{here['power'].unit_id}']")
    page.check(f"#panel-content input[name=lead][value='{here['city'].unit_id}']")
    look(page, "1440-community-whistle")
    page.click("#panel-content .move-box button[type=submit]")
    page.wait_for_selector("#panel-content :text('等供电公司报到')")

    department.wait_for_selector(f"tr[data-key='{opened.case_id}']")
    case = Case.objects.get(pk=opened.case_id)
    assert (case.state, case.urgency, case.area_code) == ("WHISTLED", "URGENT", f"{make.COMMUNITY}002")
    assert set(Called.objects.values_list("unit__name", "is_lead")) == {("城管局", True), ("供电公司", False)}
    assert page.evaluate("window.neverReloaded")


def test_a_department_answers_from_its_phone(open_page, look, here):
    case = in_hand(here)
    called(here, case)
    page = open_page("/department/", width=390, post=here["city"])
    look(page, "390-department")

    follow(page, "button:has-text('报到')")
    page.wait_for_selector(":text('已报到')")
    page.goto("/department/in-hand/")
    follow(page, "a:has-text('办结')")
    page.fill("textarea[name=words]", "更换了灯泡和声控开关")
    page.fill("textarea[name=despite]", "供电公司那段线路不影响照明")
    page.wait_for_selector(".told:has-text('城管局已办结：更换了灯泡和声控开关')")
    look(page, "390-department-finish")
    follow(page, ".move-box button[type=submit]")
    page.wait_for_selector(":text('已办结，等居民确认')")

    assert Case.objects.get(pk=case.pk).state == "FINISHED"


def test_typed_words_stay_when_somebody_else_was_first(open_page, here):
    case = in_hand(here)
    called(here, case)
    page = open_page(f"/department/cases/{case.pk}/moves/finish/", width=390, post=here["city"])
    page.fill("textarea[name=words]", "我们也修好了")
    page.fill("textarea[name=despite]", "不用等")
    from linli.handling import actions as handling

    meanwhile = {"post": here["worker"], "result": "社区修好了", "despite": "已经亮了", "at": timezone.now()}
    handling.finish(case=Case.objects.get(pk=case.pk), **meanwhile)
    follow(page, ".move-box button[type=submit]")

    page.wait_for_selector(":text('这件事刚被')")
    expect(page.locator("textarea[name=words]")).to_have_value("我们也修好了")


def test_a_contact_is_opened_for_a_purpose_beside_the_list(open_page, here):
    case = in_hand(here)
    page = open_page(f"/community/lists/in-hand/?open={case.pk}", width=1440, post=here["worker"])

    page.select_option("#panel-content select[name=purpose]", "HANDLE_CASE")
    page.click("button:has-text('查看联系方式')")

    page.wait_for_selector("a[href='tel:13900000001']")
    assert Look.objects.count() == 1


def test_units_that_were_ticked_stay_ticked_whatever_is_searched_for(open_page, here):
    named = {"供电公司": here["power"].unit, "城管局": here["city"].unit, "水务局": make.department("水务局")}
    case = in_hand(here)
    page = open_page(f"/community/cases/{case.pk}/moves/blow/", width=1440, post=here["worker"])
    box = lambda name: page.locator(f"input[name=units][value='{named[name].pk}']")  # noqa: E731 -- three times the same
    lead = page.locator(f"input[name=lead][value='{named['水务局'].pk}']")
    box("供电公司").check(force=True)
    lead.check(force=True)  # naming who leads is enough, the tick follows

    waiting = []
    page.route(re.compile(r"/units/\?"), lambda route: waiting.append(route))  # noqa: PLW0108 -- it marks what it calls
    page.fill("#main input[name=q]", "没有这样的单位")
    wait_for(lambda: page.wait_for_timeout(50) or waiting, 30, "the search to be asked")
    box("城管局").check(force=True)  # while the answer is on its way
    waiting[0].continue_()
    expect(page.locator(".unit-row")).to_have_count(3)

    for name in named:
        expect(box(name)).to_be_attached()
    expect(box("供电公司")).to_be_checked()
    expect(box("城管局")).to_be_checked()
    expect(lead).to_be_checked()


@pytest.mark.parametrize(("width", "language"), [(390, "bo"), (1024, "zh-hans"), (1440, "bo")])
def test_every_page_of_the_desks_is_sound(open_page, look, here, width, language):
    case = in_hand(here, title="很长的标题" * 24, text="长" * 400, address="很长的地址" * 60)
    called(here, case)
    own, other = f"/community/cases/{case.pk}/", f"/department/cases/{case.pk}/"

    pages = {
        "worker": ["/community/", "/community/lists/open/", own, f"{own}moves/blow/", "/community/register/"],
        "city": ["/department/", "/department/waiting/", other, f"{other}moves/decline/"],
        "grid": ["/grid/", "/grid/register/", f"/grid/cases/{case.pk}/"],
    }
    for who, paths in pages.items():
        page = open_page("/desk/", width=width, language=language, post=here[who])
        for path in paths:
            page.goto(path)
            look(page, f"{width}-{language}{path.replace('/', '-')}")


def test_a_grid_worker_registers_at_the_door_with_one_thumb(open_page, look, here):
    page = open_page("/grid/", width=390, post=here["grid"])
    follow(page, "a:has-text('当场登记一件')")
    page.fill("#id_text", "水管漏水，楼道里都是水")
    page.fill("#id_address", "洛堆社区01网格")
    low = [
        box["height"]
        for box in (button.bounding_box() for button in page.locator("main .btn:visible").all())
        if box is not None
    ]
    follow(page, "button:has-text('登记')")

    page.wait_for_selector(".spoken-number")
    look(page, "390-grid-registered")
    assert min(low) >= 48
    assert Case.objects.get().channel == "VISIT"


def test_a_desk_left_alone_still_knows_the_time(open_page, here):
    case = in_hand(here)
    Case.objects.filter(pk=case.pk).update(due_at=timezone.now() - timedelta(hours=2, minutes=10))

    page = open_page(f"/community/cases/{case.pk}/", width=1024, post=here["worker"])

    expect(page.locator(".case-limits")).to_contain_text("已超 2 小时 10 分")
