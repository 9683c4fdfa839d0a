"""One need goes all the way round on the whole running system, as people would do it: seven steps, one case."""

import io
import json
import re
from datetime import timedelta

import psutil
import pytest
from PIL import Image
from playwright.sync_api import expect

from demo.pictures import stairwell
from linli.shared.calendar import Limit, due, load
from tests.browsing import follow, new_context, settled
from tests.faults.harness import Machine
from tests.running import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("faults")]

WORDS = "楼道灯坏了三天，晚上老人下楼看不见台阶"
STAIRWELL_LIGHT, POWER_CUT = "0104", "0202"
GRID_DIGITS, HOUSE_DIGITS = 15, 20
TAKEN_WITH = "A telephone that tells"  # in the photo's EXIF, which must not be kept
LEAD, OTHER = "供电公司", "城市管理局"
SILENT_DAYS = 9


class Demo(Machine):
    """A whole linli with the made-up district."""

    command = ("demo", "--scale", "tiny")

    def ask(self, sql, *parameters):
        """Return the one row of an answer."""
        [row] = self.query(sql, *parameters)
        return row


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


@pytest.fixture
def visitor(chromium, demo):
    """Open a browser of somebody's own; all are closed at the end."""
    opened = []

    def visit(*, width=390):
        opened.append(new_context(chromium, viewport={"width": width, "height": 900}, base_url=demo.url))
        return opened[-1].new_page()

    yield visit
    for context in opened:
        context.close()


@pytest.fixture
def worker(visitor, logins):
    """Log in at a desk."""

    def log_in(username, *, width=1280):
        page = visitor(width=width)
        page.goto("/login/")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码", exact=True).fill(logins[username]["password"])
        follow(page, page.get_by_role("button", name="登录"))
        expect(page).to_have_url(re.compile(r"/(community|department|district|grid)/"))
        return page

    return log_in


def photo(*, is_lit):
    """Return a photo as a telephone sends it: large, and telling of the telephone and the place."""
    picture = Image.open(io.BytesIO(stairwell(is_lit=is_lit))).resize((4000, 3000))
    exif = Image.Exif()
    exif[0x0110] = TAKEN_WITH
    exif.get_ifd(0x8825).update({1: "N", 2: (29.0, 39.0, 0.0)})
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return [{"name": "stairs.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}]


def describe(page, place):
    """Say what happened and where, as a resident."""
    page.goto("/")
    follow(page, page.get_by_role("link", name="我要反映"))
    page.get_by_label("发生了什么").fill(WORDS)
    page.set_input_files("input[type=file]", photo(is_lit=False))
    follow(page, page.get_by_role("button", name="继续"))
    page.locator("input[name=address]").fill(place)
    follow(page, page.get_by_role("button", name="继续"))


def hand_in(page):
    """Send without a name; return the number and the private follow link."""
    expect(page.get_by_role("heading", name="怎么联系您？")).to_be_visible()
    follow(page, page.get_by_role("button", name="继续"))
    follow(page, page.get_by_role("button", name="提交", exact=True))
    expect(page.get_by_role("heading", name="收到了")).to_be_visible()
    link = re.search(r"/f/(\d{11})/\w+/", page.url)
    return link[1], link[0]


def say_it_is_another(page):
    """Leave the nearby cases for what they are."""
    page.locator("#id_same_new").check(force=True)
    follow(page, page.get_by_role("button", name="继续"))


def row_of(page, case_id):
    """Find the row of a case in whatever list is open."""
    return page.locator("tr", has=page.locator(f"a[href*='/cases/{case_id}/']")).first


def send(page):
    """Hand in the form of a move."""
    follow(page, "form.move-form button[type=submit]")


def test_one_need_goes_all_the_way_round(visitor, worker, demo, logins):  # noqa: PLR0915 -- one journey, seven steps
    community = next(name for name in logins if name.startswith("community"))
    unit = logins[community]["unit"]
    (home, home_code), (next_door, next_code) = demo.query(
        "SELECT b.name, b.code FROM place_area b JOIN staff_unit u ON b.code LIKE u.area_code || '%%'"
        " WHERE u.name = %s AND length(b.code) = %s ORDER BY b.code LIMIT 2", unit, HOUSE_DIGITS)  # fmt: skip
    desk = worker(community)
    desk.goto("/community/lists/to-take/")
    desk.evaluate("window.wasHereBefore = true")

    # 1: a neighbour has reported it; the resident sees that first, says it is another light, and gets a number and link
    neighbour, resident = visitor(), visitor()
    describe(neighbour, unit + home)
    if neighbour.locator("#id_same_new").count():  # the made-up cases of the district lie where they lie
        say_it_is_another(neighbour)
    nearby_number, _link = hand_in(neighbour)
    describe(resident, unit + home)
    expect(resident.get_by_role("heading", name="附近有人反映过")).to_be_visible()
    expect(resident.locator(f"input[name=same][value='{nearby_number}']")).to_have_count(1)
    say_it_is_another(resident)
    number, link = hand_in(resident)
    resident.goto(link)
    require_made_anew(resident)
    forged = link[:-2] + ("A" if link[-2] != "A" else "B") + "/"
    assert resident.request.get(forged).status == 404

    # 2: it is found its grid, kind and deadline, and stands at the community's desk without reloading
    case_id = demo.ask("SELECT id FROM case_case WHERE number = %s", number)[0]
    row = row_of(desk, case_id)
    expect(row).to_contain_text(number)
    assert desk.evaluate("window.wasHereBefore") is True
    area, category, opened_at, due_at, limit, rule, version = demo.ask(
        "SELECT area_code, category_code, opened_at, due_at, limit_words, limit_rule, limit_version"
        " FROM case_case WHERE id = %s", case_id)  # fmt: skip
    assert (area, category) == (home_code, STAIRWELL_LIGHT)
    assert demo.ask("SELECT level FROM place_area WHERE code = %s", area[:GRID_DIGITS]) == ("GRID",)
    assert rule
    assert version
    assert due_at == due(calendar=load("lhasa"), start=opened_at, limit=Limit.parse(limit))

    # 3: the worker signs, corrects kind and place, and blows the whistle to two departments, one leading
    case_url = f"/community/cases/{case_id}/"
    desk.goto(case_url)
    follow(desk, desk.get_by_role("button", name="签收"))
    desk.goto(f"{case_url}moves/correct/")
    desk.get_by_label("分类").select_option(label="停电")
    desk.get_by_label("紧急程度").select_option(label="民生保供")
    desk.get_by_label("按文字找地方").fill(unit + next_door)
    send(desk)
    corrected = demo.ask("SELECT category_code, urgency, area_code FROM case_case WHERE id = %s", case_id)
    assert corrected == (POWER_CUT, "SUPPLY", next_code)
    desk.goto(f"{case_url}moves/blow/")
    for name in (LEAD, OTHER):
        desk.get_by_role("checkbox", name=name).check(force=True)
    desk.locator(".unit-row", has_text=LEAD).get_by_role("radio", name="牵头").check(force=True)
    desk.get_by_label("说明").fill("请今天到现场看看")
    send(desk)
    expect(desk.locator("main")).to_contain_text(f"等{LEAD}报到")

    # 6, in the same case: days of silence are seen at every desk concerned, and climb the ladder by themselves
    lead, other, district = worker("dept-gd", width=390), worker("dept-cg"), worker("district")
    opened_at -= timedelta(days=SILENT_DAYS)
    let_days_pass(demo, case_id)
    wait_for(lambda: rungs(demo, case_id) == [("FINISH", 4), ("REPORT_IN", 4)], 120, "the ladder to be climbed")
    for page, address in (
        (desk, "/community/lists/overdue/"),
        (desk, "/community/lists/silent/"),
        (lead, "/department/"),
        (other, "/department/"),
        (district, "/district/silent/"),
        (district, "/district/supervision/?is=standing"),
    ):
        page.goto(address)
        expect(row_of(page, case_id)).to_contain_text("超")
    open_rows(district, "#board-tiles a.tile", "超时", case_id)
    open_rows(district, "#board-tiles a.tile", "督办中", case_id)

    # 4: late as it is, one department reports in, by phone, and one declines; the lead works and finishes with a photo
    lead.goto("/department/")
    follow(lead, row_of(lead, case_id).get_by_role("button", name="报到"))
    follow(other, row_of(other, case_id).get_by_role("link", name="不接"))
    other.get_by_label("原因").fill("小区内线路不归我们管")
    send(other)
    lead_case = f"/department/cases/{case_id}/"
    lead.goto(lead_case)
    lead.locator("textarea[name=words]").fill("已派电工上门查看，开关坏了")
    follow(lead, lead.get_by_role("button", name="记录步骤"))
    lead.goto(f"{lead_case}moves/finish/")
    lead.locator("form.move-form textarea").first.fill("换了灯泡和声控开关，已经亮了")
    lead.set_input_files("form.move-form input[type=file]", photo(is_lit=True))
    send(lead)
    expect(lead.locator("main")).to_contain_text("待居民确认")

    # 5: the resident reads each step and sends it back: to the same owner and lead, no hour of it forgotten
    owner = "SELECT owner_id, lead_id, first_receiver_id FROM case_case WHERE id = %s"
    [owners, (due_at,)] = demo.ask(owner, case_id), demo.ask("SELECT due_at FROM case_case WHERE id = %s", case_id)
    resident.goto(link)
    for words in ("开始办理", "已派电工上门查看", "换了灯泡和声控开关"):
        expect(resident.locator("main")).to_contain_text(words)
    expect(resident.locator("main")).not_to_contain_text("小区内线路不归我们管")
    follow(resident, resident.get_by_role("link", name=re.compile("退回重办|没办好")).first)
    resident.locator("textarea").first.fill("二楼的灯还是不亮")
    follow(resident, resident.get_by_role("button", name="退回重办"))
    expect(resident.locator("main")).to_contain_text("二楼的灯还是不亮")
    assert demo.ask(owner, case_id) == owners
    [(paused_at, resumed_at)] = demo.query("SELECT paused_at, resumed_at FROM case_pause WHERE case_id = %s", case_id)
    # Only the wait for the resident is given back; the days before count on.
    assert [paused_at, resumed_at] == [moment_of(demo, case_id, name) for name in ("finish", "send_back")]
    assert demo.ask("SELECT state, reopened_count, opened_at, due_at FROM case_case WHERE id = %s", case_id) == (
        "HANDLING", 1, opened_at, due_at + (resumed_at - paused_at))  # fmt: skip
    lead.goto(lead_case)
    expect(lead.locator("main")).to_contain_text(f"已用 {SILENT_DAYS} 天")
    lead.goto(f"{lead_case}moves/finish/")
    lead.locator("form.move-form textarea").first.fill("二楼的灯也换好了")
    send(lead)
    resident.goto(link)
    follow(resident, resident.get_by_role("link", name=re.compile("确认|办好了")).first)
    resident.locator("input[name=rating][value='5']").check(force=True)
    follow(resident, resident.get_by_role("button", name="确认办好了"))
    expect(resident.locator("main")).to_contain_text("非常满意")

    # 7: the district sees the end of it, each number with its rows
    open_rows(district, "#board-moved a", "", case_id, place=1)
    open_rows(district, "#board-rates .rate:nth-child(2) a", "", case_id)
    open_rows(district, "#board-rates .rate:nth-child(3) a", "", case_id)
    assert demo.ask("SELECT state, rating, is_solved FROM case_case WHERE id = %s", case_id) == ("CLOSED", 5, True)
    events = demo.query("SELECT name FROM case_event WHERE case_id = %s ORDER BY sequence", case_id)
    steps = [name for (name,) in events if name not in {"supervise", "call_back"}]
    assert ", ".join(steps) == (
        "open, take, correct, blow, report_in, decline, step, finish, send_back, finish, confirm"
    )


def require_made_anew(page):
    """Fetch the photo of a follow page: smaller, and silent about the telephone and the place."""
    [address] = page.locator("ul.photos a").evaluate_all("links => links.map((link) => link.href)")
    kept = page.request.get(address).body()
    with Image.open(io.BytesIO(kept)) as picture:
        assert max(picture.size) < 4000
        assert dict(picture.getexif()) == {}
    assert TAKEN_WITH.encode() not in kept


def let_days_pass(demo, case_id):
    """Set a case's own moments back; the clock that runs beside finds by itself what is late."""
    back = timedelta(days=SILENT_DAYS)
    demo.query(
        "UPDATE case_case SET opened_at = opened_at - %s, due_since_at = due_since_at - %s,"
        " dispatch_due_at = dispatch_due_at - %s, due_at = due_at - %s, next_supervision_at = next_supervision_at - %s"
        " WHERE id = %s RETURNING 1", *[back] * 5, case_id)  # fmt: skip
    demo.query(
        "UPDATE whistle_called SET called_at = called_at - %s, report_in_due_at = report_in_due_at - %s,"
        " due_at = due_at - %s, next_supervision_at = next_supervision_at - %s"
        " WHERE case_id = %s RETURNING 1", *[back] * 4, case_id)  # fmt: skip


def rungs(demo, case_id):
    asked = "SELECT deadline, max(level) FROM case_supervision WHERE case_id = %s GROUP BY 1 ORDER BY 1"
    return demo.query(asked, case_id)


def moment_of(demo, case_id, name):
    return demo.ask("SELECT min(at) FROM case_event WHERE case_id = %s AND name = %s", case_id, name)[0]


def open_rows(page, numbers, label, case_id, *, place=0):
    """Click a number of the board: as many rows come as it said, this case among them."""
    page.goto("/district/")
    number = settled(page).locator(numbers, has_text=label).nth(place)
    said = re.search(r"\d+", number.inner_text().removeprefix(label))[0]
    follow(page, number)
    expect(page.locator("main")).to_contain_text(f"共 {said} 条")
    expect(row_of(page, case_id)).to_be_visible()


def test_the_whole_demo_stays_small(demo):
    supervisor = psutil.Process(demo.supervisor.pid)
    family = [supervisor, *supervisor.children(recursive=True)]

    assert sum(memory_of(process) for process in family) < 1_000_000_000


def memory_of(process):
    try:
        return process.memory_full_info().pss
    except psutil.NoSuchProcess:  # a database backend that ended meanwhile
        return 0
