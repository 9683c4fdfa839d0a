"""One need goes all the way round on the whole running system, as people would do it (issue's seven steps)."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from playwright.sync_api import expect

from demo.pictures import stairwell
from tests.browsing import follow, new_context
from tests.faults.harness import Machine
from tests.running import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("faults")]

STAIRWELL_LIGHT = "0104"
WORDS = "楼道灯坏了三天，晚上老人下楼看不见台阶"


class Demo(Machine):
    """A whole linli with the made-up district."""

    command = ("demo", "--scale", "tiny")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    machine = Demo(tmp_path_factory.mktemp("round") / "data")
    try:
        machine.start()
        yield machine
    finally:
        machine.remove()


@pytest.fixture(scope="module")
def logins(demo):
    rows = json.loads((demo.folder.path / "demo-logins.json").read_text(encoding="utf-8"))
    return {row["username"]: row for row in rows}


def visitor(chromium, demo, *, width=390):
    return new_context(chromium, viewport={"width": width, "height": 900}, base_url=demo.url).new_page()


def worker(chromium, demo, username, password, *, width=1280):
    page = visitor(chromium, demo, width=width)
    page.goto("/login/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(password)
    follow(page, page.get_by_role("button", name="登录"))
    expect(page).to_have_url(re.compile(r"/(community|department|district|grid)/"))
    return page


def photo(*, is_lit):
    return [{"name": "stairs.jpg", "mimeType": "image/jpeg", "buffer": stairwell(is_lit=is_lit)}]


def home_of(demo, unit):
    """Return a house in the area of a unit: its address in words, and the code of the grid it stands in."""
    rows = demo.query(
        "SELECT b.name, b.code FROM place_area b JOIN staff_unit u ON b.code LIKE u.area_code || '%%'"
        " WHERE u.name = %s AND length(b.code) = 20 ORDER BY b.code LIMIT 1", unit)  # fmt: skip
    [(house, code)] = rows
    return f"{unit}{house}", code


def describe(page, place):
    """Say what happened and where, as a resident."""
    page.goto("/")
    follow(page, page.get_by_role("link", name="我要反映"))
    page.get_by_label("发生了什么").fill(WORDS)
    page.set_input_files("input[type=file]", photo(is_lit=False))
    follow(page, page.get_by_role("button", name="继续"))
    page.locator("input[name=address]").fill(place)
    follow(page, page.get_by_role("button", name="继续"))


def report(page, place):
    """Report as a resident; return the number and the private follow link."""
    describe(page, place)
    if page.locator("#id_same_new").count():
        page.locator("#id_same_new").check(force=True)
        follow(page, page.get_by_role("button", name="继续"))
    expect(page.get_by_role("heading", name="怎么联系您？")).to_be_visible()
    follow(page, page.get_by_role("button", name="继续"))
    follow(page, page.get_by_role("button", name="提交", exact=True))
    expect(page.get_by_role("heading", name="收到了")).to_be_visible()
    link = re.search(r"/f/(\d{11})/\w+/", page.url)
    return link[1], link[0]


def test_one_need_goes_all_the_way_round(chromium, demo, logins):  # noqa: PLR0915 -- one journey, seven steps
    community = next(name for name in logins if name.startswith("community"))
    open_desk = lambda name, **width: worker(chromium, demo, name, logins[name]["password"], **width)  # noqa: E731 -- short
    desk = open_desk(community)
    desk.goto("/community/lists/to-take/")
    home, house_code = home_of(demo, logins[community]["unit"])

    # 1, 2: the resident reports; it is found its place, kind and deadline; the desk shows it without reloading
    resident = visitor(chromium, demo)
    number, link = report(resident, home)
    row = desk.locator("tr", has_text=number)
    expect(row).to_be_visible()
    [(area_code, category, opened_at, due_at, limit)] = demo.query(
        "SELECT area_code, category_code, opened_at, due_at, limit_rule FROM case_case WHERE number = %s", number
    )
    assert (area_code, category) == (house_code, STAIRWELL_LIGHT)
    assert due_at > opened_at
    assert limit
    # a neighbour who says the same is shown it first
    neighbour = visitor(chromium, demo)
    describe(neighbour, home)
    expect(neighbour.get_by_role("heading", name="附近有人反映过")).to_be_visible()
    expect(neighbour.locator(f"input[name=same][value='{number}']")).to_have_count(1)

    # 3: the worker signs, corrects the category and blows the whistle to two departments
    case_url = row.get_by_role("link").first.get_attribute("href")
    row.get_by_role("link").first.click()
    expect(desk.locator(".case-story")).to_contain_text("登记")
    desk.goto(case_url)
    follow(desk, desk.get_by_role("button", name="签收"))
    expect(desk.locator(".case-story")).to_contain_text("签收")
    desk.goto(f"{case_url}moves/correct/")
    desk.get_by_label("分类").select_option(label="停电")
    desk.get_by_label("紧急程度").select_option(label="民生保供")
    follow(desk, "form.move-form button[type=submit]")
    desk.goto(f"{case_url}moves/blow/")
    for name in ("供电公司", "城市管理局"):
        desk.get_by_role("checkbox", name=name).check(force=True)
    desk.locator(".unit-row", has_text="供电公司").get_by_role("radio", name="牵头").check(force=True)
    desk.get_by_label("说明").fill("请今天到现场看看")
    follow(desk, "form.move-form button[type=submit]")
    expect(desk.locator("main")).to_contain_text("等供电公司报到")
    corrected = demo.query("SELECT category_code, urgency FROM case_case WHERE number = %s", number)
    assert corrected == [("0202", "SUPPLY")]

    # 4: one department reports in by phone, the other declines; the lead records a step and finishes with a photo
    lead, other = open_desk("dept-gd", width=390), open_desk("dept-cg")
    follow(lead, lead.locator("tr", has_text=number).get_by_role("button", name="报到"))
    follow(other, other.locator("tr", has_text=number).get_by_role("link", name="不接"))
    other.get_by_label("原因").fill("小区内线路不归我们管")
    follow(other, "form.move-form button[type=submit]")
    lead_case = case_url.replace("/community/", "/department/")
    lead.goto(lead_case)
    lead.locator("textarea[name=words]").fill("已派电工上门查看，开关坏了")
    follow(lead, lead.get_by_role("button", name="记录步骤"))
    expect(lead.locator(".case-story")).to_contain_text("已派电工上门查看")
    lead.goto(f"{lead_case}moves/finish/")
    lead.locator("form.move-form textarea").first.fill("换了灯泡和声控开关，已经亮了")
    lead.set_input_files("form.move-form input[type=file]", photo(is_lit=True))
    follow(lead, "form.move-form button[type=submit]")
    expect(lead.locator("main")).to_contain_text("待居民确认")

    # 5: the resident reads each step, sends it back, and confirms after the second time
    resident.goto(link)
    for words in ("开始办理", "已派电工上门查看", "换了灯泡和声控开关"):
        expect(resident.locator("main")).to_contain_text(words)
    expect(resident.locator("main")).not_to_contain_text("小区内线路不归我们管")
    follow(resident, resident.get_by_role("link", name=re.compile("退回重办|没办好")).first)
    [(due_before,)] = demo.query("SELECT due_at FROM case_case WHERE number = %s", number)
    resident.locator("textarea").first.fill("二楼的灯还是不亮")
    follow(resident, resident.get_by_role("button", name="退回重办"))
    expect(resident.locator("main")).to_contain_text("二楼的灯还是不亮")
    owners = demo.query(
        "SELECT state, reopened_count, owner_id = first_receiver_id, lead_id IS NOT NULL, opened_at, due_at >= %s"
        " FROM case_case WHERE number = %s", due_before, number)  # fmt: skip
    assert owners == [("HANDLING", 1, True, True, opened_at, True)]
    assert pauses_of(demo, number) == moments_of(demo, number, "finish", "send_back")  # all other time counts
    lead.goto(f"{lead_case}moves/finish/")
    lead.locator("form.move-form textarea").first.fill("二楼的灯也换好了")
    follow(lead, "form.move-form button[type=submit]")
    resident.goto(link)
    follow(resident, resident.get_by_role("link", name=re.compile("确认|办好了")).first)
    resident.locator("input[name=rating][value='5']").check(force=True)
    follow(resident, resident.get_by_role("button", name="确认办好了"))
    expect(resident.locator("main")).to_contain_text("非常满意")

    # 7: the district sees it: the board's numbers open their rows
    district = open_desk("district")
    expect(district.locator("main")).to_contain_text("满意率")
    follow(district, district.locator("main a[href*='/district/answers/?is=satisfied']").first)
    expect(district.locator(f"tr a[href='{case_url.replace('community', 'district')}']")).to_be_visible()
    closed = demo.query("SELECT state, rating, is_solved FROM case_case WHERE number = %s", number)
    assert closed == [("CLOSED", 5, True)]
    steps = demo.query(
        "SELECT e.name FROM case_event e JOIN case_case c ON c.id = e.case_id"
        " WHERE c.number = %s AND e.name NOT IN ('supervise', 'call_back') ORDER BY e.sequence", number)  # fmt: skip
    events = [name for (name,) in steps]
    assert ", ".join(events) == (
        "open, take, correct, blow, report_in, decline, step, finish, send_back, finish, confirm"
    )


def pauses_of(demo, number):
    """Return when a case's clock stood still."""
    return demo.query(
        "SELECT p.paused_at, p.resumed_at FROM case_pause p JOIN case_case c ON c.id = p.case_id"
        " WHERE c.number = %s ORDER BY p.paused_at", number)  # fmt: skip


def moments_of(demo, number, *names):
    """Return when these steps were made, each for the first time, as one row."""
    asked = (
        "SELECT min(e.at) FROM case_event e JOIN case_case c ON c.id = e.case_id WHERE c.number = %s AND e.name = %s"
    )
    return [tuple(demo.query(asked, number, name)[0][0] for name in names)]


def test_silence_past_a_deadline_is_seen_at_every_desk_and_climbs_the_ladder_by_itself(chromium, demo, logins):
    community = next(name for name in logins if name.startswith("community"))
    number, _link = report(visitor(chromium, demo), logins[community]["unit"])
    ago = datetime.now(UTC) - timedelta(days=9)
    desk = worker(chromium, demo, community, logins[community]["password"])
    [(case_id,)] = demo.query("SELECT id FROM case_case WHERE number = %s", number)
    desk.goto(f"/community/cases/{case_id}/")
    follow(desk, desk.get_by_role("button", name="签收"))
    desk.goto(f"/community/cases/{case_id}/moves/blow/")
    desk.get_by_role("checkbox", name="供电公司").check(force=True)
    desk.locator(".unit-row", has_text="供电公司").get_by_role("radio", name="牵头").check(force=True)
    desk.get_by_label("说明").fill("请今天到现场看看")
    follow(desk, "form.move-form button[type=submit]")

    # Nine days pass: the case's own moments are set back, the clock that runs beside finds it by itself.
    demo.query(
        "WITH back AS (UPDATE case_case SET opened_at = %s, due_since_at = %s, dispatch_due_at = %s, due_at = %s,"
        " next_supervision_at = %s WHERE number = %s RETURNING 1) SELECT 1 FROM back",
        ago, ago, ago + timedelta(hours=24), ago + timedelta(days=3), ago + timedelta(hours=18), number)  # fmt: skip
    demo.query(
        "WITH back AS (UPDATE whistle_called SET called_at = %s, report_in_due_at = %s, due_at = %s,"
        " next_supervision_at = %s WHERE case_id = %s RETURNING 1) SELECT 1 FROM back",
        ago, ago + timedelta(days=1), ago + timedelta(days=1), ago + timedelta(days=1), case_id)  # fmt: skip

    expect_rungs(demo, number)
    district = worker(chromium, demo, "district", logins["district"]["password"])
    department = worker(chromium, demo, "dept-gd", logins["dept-gd"]["password"])
    for page, list_url in (
        (desk, "/community/lists/overdue/"),
        (desk, "/community/lists/silent/"),
        (department, "/department/"),
        (district, "/district/cases/?is=overdue"),
        (district, "/district/silent/"),
    ):
        page.goto(list_url)
        expect(page.locator("tr", has_text=number)).to_contain_text("超")


def expect_rungs(demo, number):
    rungs = lambda: demo.query(  # noqa: E731 -- asked again and again
        "SELECT max(s.level) FROM case_supervision s JOIN case_case c ON c.id = s.case_id"
        " WHERE c.number = %s AND s.deadline = 'FINISH'", number)  # fmt: skip
    wait_for(lambda: rungs() == [(4,)], 300, "the ladder to be climbed")


def test_the_whole_demo_stays_small(demo):
    supervisor = psutil.Process(demo.supervisor.pid)
    family = [supervisor, *supervisor.children(recursive=True)]
    kept = sum(memory_of(process) for process in family)

    assert kept < 1_000_000_000, subprocess.list2cmdline([sys.executable, str(kept)])


def memory_of(process):
    try:
        return process.memory_full_info().pss
    except psutil.NoSuchProcess:  # a database backend that ended meanwhile
        return 0
