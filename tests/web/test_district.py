"""The district's desk: every number has its rows, every post its own part, every page its budget of statements."""

import io
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook

from linli.case import actions as cases
from linli.case import queries
from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, Scope, acting
from linli.web.district import keeping, scoring
from linli.web.district.periods import period_of
from linli.whistle import actions as whistles
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db
OTHER_STREET = "540102002"


@pytest.fixture(autouse=True)
def _everything(monkeypatch):
    monkeypatch.setattr(keeping, "SLOW_SECONDS", 3600)  # a busy machine must not make a test remember
    with acting(EVERYTHING):
        yield
    keeping.forget()


@pytest.fixture
def at():
    return timezone.now()


def enter(client, post):
    client.force_login(post.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def centre(client):
    make.neighbourhood()
    return enter(client, make.post(Role.DISTRICT))


def life(at):
    """Cases in every state and age, as a fortnight leaves them."""
    make.area("540102002001", "扎细社区")
    make.unit("STREET", area_code=OTHER_STREET)
    make.unit("COMMUNITY", area_code="540102002001")
    ago = at - timedelta(days=9)
    for day in range(3):
        make.case(at=ago + timedelta(days=day), contact=make.contact())
        make.case(at=ago + timedelta(days=day), area_code="540102002001", category_code="0102", text="井盖不见了")
    make.case(at=at - timedelta(hours=2), area_code=make.DISTRICT)
    finished(ago, rating=5)
    finished(ago, rating=2)
    sent_back(ago)
    blown(ago)
    confirms.withdraw(case=make.case(at=ago), reason="已经好了", at=ago + timedelta(hours=1))
    cases.supervise(at=at)
    whistles.supervise_called(at=at)


def finished(at, *, rating):
    case, worker = make.case_in_hand(at=at, contact=make.contact())
    handling.speak(case=case, post=worker, words="马上来", at=at + timedelta(minutes=20))
    handling.finish(case=case, post=worker, result="修好了", at=at + timedelta(hours=2))
    confirms.confirm(case=case, rating=rating, at=at + timedelta(hours=3))


def sent_back(at):
    case, worker = make.case_in_hand(at=at)
    handling.finish(case=case, post=worker, result="修好了", at=at + timedelta(hours=2))
    confirms.send_back(case=case, reason="没修好", rating=1, at=at + timedelta(hours=3))


def blown(at):
    case, worker = make.case_in_hand(at=at)
    units = [make.department("城管局"), make.department("供电公司")]
    whistles.blow(
        case=case, post=worker, kind=WhistleKind.SERVICE, unit_ids=[u.pk for u in units], lead_id=units[0].pk,
        message="请来", at=at + timedelta(minutes=10),
    )  # fmt: skip


def rows_behind(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, url
    assert not answer.context["page"].messages, (url, answer.context["page"].messages)
    return answer.context["page"].count


def numbers_on(html):
    """Every link of a page to a list of ours, with the number it carries."""
    found = re.findall(
        r'<a[^>]*href="(/district/(?:cases|silent|answers|called)/\?[^"]+)"[^>]*>(.*?)</a>', html, re.DOTALL
    )
    for url, inside in found:
        words = re.sub(r"<svg.*?</svg>|<small>.*?</small>", "", inside, flags=re.DOTALL)
        number = re.search(r"tile-number\">(\d+)", words) or re.search(r"(\d+)", re.sub(r"<[^>]+>", " ", words))
        yield url.replace("&amp;", "&"), int(number.group(1))


@pytest.mark.parametrize("address", ["/district/", "/district/?area=540102001", "/district/?area=540102001001",
                                     "/district/?level=GRID", "/district/?area=540102001001001",
                                     "/district/?period=today", "/district/rates/", "/district/rates/?side=owner",
                                     "/district/rates/?side=lead", "/district/rates/?side=category",
                                     "/district/rates/?side=community", "/district/rates/?side=owner&category=0104",
                                     "/district/rates/?area=540102001&side=lead&with=year"])  # fmt: skip
def test_every_number_equals_its_rows(centre, at, address):
    life(at)

    html = centre.get(address).content.decode()

    numbers = list(numbers_on(html))
    assert len(numbers) >= 10
    wrong = [(url, number, rows) for url, number in numbers if (rows := rows_behind(centre, url)) != number]
    assert wrong == []


def test_the_board_shows_the_work_of_the_day(centre, at):
    life(at)

    shown = centre.get("/district/").context

    tiles = {tile.name: tile.number for tile in shown["tiles"]}
    assert tiles == {"open": 9, "overdue": 8, "soon": 0, "silent": 2, "supervised": 8, "outside": 0, "unplaced": 1}
    assert {tile.name: tile.number for tile in shown["moved"]} == {"opened": 12, "closed": 3}


def test_a_street_sees_its_own_part_only(client, at):
    life(at)
    street = enter(client, make.post(Role.STREET))

    shown = street.get("/district/").context
    elsewhere = street.get(f"/district/?area={OTHER_STREET}")

    assert {row.name for row in shown["areas"]} == {"洛堆社区"}
    assert {tile.name: tile.number for tile in shown["tiles"]}["open"] == 5
    assert elsewhere.status_code == 409
    assert rows_behind(street, "/district/cases/?is=open") == 5


@pytest.mark.parametrize("role", [Role.COMMUNITY, Role.DEPARTMENT, Role.GRID, Role.ADMIN, Role.AUDITOR])
@pytest.mark.parametrize("page", ["", "cases/", "silent/", "supervision/", "answers/", "rates/", "layer.json"])
def test_other_roles_are_not_let_in(client, role, page):
    make.neighbourhood()
    post = make.post(role, unit=make.unit("DISTRICT") if role is Role.AUDITOR else None)

    answer = enter(client, post).get(f"/district/{page}")

    assert answer.status_code == 403


def test_nobody_is_let_in_without_login(client):
    answer = client.get("/district/cases/")

    assert urlsplit(answer["Location"]).path == "/login/"


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("address", "budget"), [("/district/", 11), ("/district/?wall=1", 11), ("/district/cases/", 2),
    ("/district/cases/?is=silent", 2), ("/district/supervision/", 2), ("/district/silent/", 2),
    ("/district/answers/", 2), ("/district/called/", 2), ("/district/rates/", 6),
    ("/district/rates/?side=owner", 6)])  # fmt: skip
def test_a_page_keeps_its_budget_of_statements(
    centre, at, count, address, budget, django_assert_num_queries, monkeypatch
):
    # What is looked at once a second must not count by how slow the machine is.
    monkeypatch.setattr("linli.staff.queries.SECONDS_BETWEEN_LOOKS", 3600)
    monkeypatch.setattr("linli.place.queries.atlas.CHECK_SECONDS", 3600)
    monkeypatch.setattr("linli.text.queries.FRESH_SECONDS", 3600)
    for _time in range(count):
        finished(at - timedelta(days=1), rating=4)
        blown(at - timedelta(days=5))
    centre.get(address)  # units, places and categories are in memory now

    with django_assert_num_queries(budget):
        centre.get(address)


def test_a_whole_number_finds_its_case_whatever_the_filters(centre, at):
    life(at)
    case = make.case(at=at)

    answer = centre.get(f"/district/cases/?is=overdue&state=CLOSED&q={case.number}")

    assert answer["Location"] == f"/district/cases/{case.pk}/"


def test_a_redrawn_area_keeps_its_cases_with_its_successor(centre, at):
    make.case(at=at, area_code=make.COMMUNITY)
    make.area("540102001009", "新洛堆社区")
    make.area(make.GRID, "01网格", valid_to="2026-01-01", successor_code="")
    make.area(make.COMMUNITY, "洛堆社区", valid_to="2026-01-01", successor_code="540102001009")

    shown = centre.get("/district/?area=540102001").context

    assert {row.name: row.open_count for row in shown["areas"]} == {"新洛堆社区": 1}
    assert rows_behind(centre, "/district/cases/?is=open&area=540102001009") == 1


def test_an_unknown_area_is_refused(centre):
    assert centre.get("/district/?area=540102999").status_code == 409


def test_the_rates_come_as_a_table_file(centre, at):
    life(at)

    answer = centre.get("/district/rates/?export=csv")

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("街道,响应率 %,分子,n")
    assert len(lines) == 4


def test_the_scorecard_narrows_to_a_unit_and_a_category(centre, at):
    life(at)
    unit = make.unit("COMMUNITY")

    shown = [centre.get(f"/district/rates/?{asked}").context["lines"]
             for asked in ("side=owner", f"side=owner&unit={unit.pk}", "side=category&category=0102",
                           f"side=category&unit={unit.pk}")]  # fmt: skip

    counted = [{line.name: line.rates.case_count for line in lines} for lines in shown]
    assert counted[0][unit.name] == counted[1][unit.name] == 8
    assert list(counted[1]) == [unit.name]
    assert (list(counted[2].values()), list(counted[3].values())) == ([3], [8])


@pytest.mark.parametrize("asked", ["unit=999999", "unit=x", "category=zz", "area=540199", "area=540102001001001"])
def test_a_scorecard_of_what_is_not_there_is_refused(centre, asked):
    assert centre.get(f"/district/rates/?{asked}").status_code == 409


def test_a_composite_by_new_weights_holds_from_their_day(centre, at):
    finished(at - timedelta(days=1), rating=2)
    today = timezone.localdate()
    before = centre.get("/district/rates/").context["composite"]

    answer = centre.post("/district/weights/", {"response": 100, "resolution": 0, "satisfaction": 0,
                                                "from_on": today.isoformat(), "reason": "区里会议定的"})  # fmt: skip

    shown = centre.get("/district/rates/").context
    assert answer["Location"] == "/district/weights/"
    assert (before, shown["composite"], shown["weights"].words) == (65.0, 100.0, "100/0/0")
    assert "区里会议定的" in centre.get("/district/weights/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"response": 31}, "__all__"), ({"from_on": "2026-01-01"}, "from_on"), ({"reason": ""}, "reason"),
     ({"satisfaction": -5}, "satisfaction")],
)  # fmt: skip
def test_weights_that_make_no_sense_are_refused_beside_the_field(centre, wrong, field):
    said = {"response": 30, "resolution": 35, "satisfaction": 35, "from_on": timezone.localdate().isoformat()}

    answer = centre.post("/district/weights/", said | {"reason": "试一试"} | wrong)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert centre.get("/district/weights/").context["versions"] == []


def test_a_street_sets_no_weights(client):
    make.neighbourhood()

    assert enter(client, make.post(Role.STREET)).get("/district/weights/").status_code == 403


def test_the_scorecard_is_a_sheet_with_everything_left_out(centre, at):
    life(at)

    answer = centre.get("/district/rates/?export=xlsx&side=community")

    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    heads, *lines = [[cell.value for cell in row] for row in book.active.rows]
    assert {"响应率 %", "回访成功率 %", "归并", "撤回", "没有留下联系方式", "登记"} <= set(heads)
    assert [line[heads.index("撤回")] for line in lines if line[0].endswith("洛堆社区")] == [1]


def test_the_wall_has_no_controls(centre, at):
    life(at)

    html = centre.get("/district/?wall=1").content.decode()

    assert "data-wall" in html
    assert "<form" not in html.split("<main", 1)[1]
    assert "desk-nav" not in html


def test_chains_are_verified_and_a_change_shows(centre, at):
    case = make.case(at=at)
    type(case).objects.filter(pk=case.pk).update(head_hash=b"\x00" * 32)

    checked = centre.get("/district/chains/?check=1&period=today").context["checked"]

    assert [broken.number for broken in checked.broken] == [case.number]


def test_the_check_is_not_whole_when_a_case_is_gone(centre, at):
    case = make.case(at=at)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM case_event WHERE case_id = %s", [case.pk])
        cursor.execute("DELETE FROM case_case WHERE id = %s", [case.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")

    page = centre.get("/district/chains/?check=1&period=today").content.decode()

    assert ("1 条诉求的事项整件不见了" in page, "全部完好" in page) == (True, False)


@pytest.mark.parametrize(("given", "words"), [({}, "30d"), ({"period": "year"}, "year"), ({"period": "x"}, "30d"),
    ({"period": "custom", "since": "2026-02-30", "until": "2026-03-01"}, "30d"),
    ({"period": "custom", "since": "2026-03-02", "until": "2026-03-01"}, "30d"),
    ({"period": "custom", "since": "2026-03-01", "until": "2026-03-01"}, "custom")])  # fmt: skip
def test_a_period_that_makes_no_sense_becomes_thirty_days(given, words):
    assert period_of(given, at=make.AT).key == words


def test_the_period_before_a_leap_day_exists():
    leap = period_of({"period": "year"}, at=make.AT.replace(year=2028, month=2, day=29))

    assert leap.previous.last.isoformat() == "2027-02-28"


def test_what_took_long_to_count_is_kept_for_a_while_and_per_scope(monkeypatch):
    asked = []
    monkeypatch.setattr(keeping, "SLOW_SECONDS", -1)

    def counted(**given):
        asked.append(given)
        return len(asked)

    monkeypatch.setattr(keeping, "TIMES", 1e9)
    with acting(EVERYTHING):
        first = [keeping.kept(counted, prefix="5401") for _time in range(3)]
    with acting(Scope(area_code="540102001")):
        second = keeping.kept(counted, prefix="5401")

    assert (first, second) == ([1, 1, 1], 2)


def test_what_was_counted_in_a_blink_is_counted_again(monkeypatch):
    monkeypatch.setattr(keeping, "SLOW_SECONDS", 3600)
    asked = []

    keeping.kept(lambda: asked.append(1))
    keeping.kept(lambda: asked.append(1))

    assert asked == [1, 1]


def test_links_of_the_board_keep_the_area(centre, at):
    life(at)

    shown = centre.get("/district/?area=540102001&period=7d").context

    asked = [parse_qs(urlsplit(tile.url).query)["area"] for tile in shown["tiles"]]
    assert asked == [["540102001"]] * 7
    assert isinstance(shown["rates"][0], scoring.RateShown)


def unplaced(at):
    return make.case(at=at, area_code=make.DISTRICT, address="大桥头")


def test_what_nobody_could_place_is_placed_and_dispatched_in_one_step(centre, at):
    case = unplaced(at)
    waiting = rows_behind(centre, "/district/placing/")

    answer = centre.post(f"/district/placing/{case.pk}/", {"area": make.COMMUNITY, "reason": "电话核实"})

    case.refresh_from_db()
    assert answer["Location"] == f"/district/cases/{case.pk}/"
    assert (waiting, rows_behind(centre, "/district/placing/")) == (1, 0)
    assert (case.area_code, case.owner.kind, case.state) == (make.COMMUNITY, "COMMUNITY", "DISPATCHED")
    assert [event.name for event in queries.story(case)] == ["open", "correct", "dispatch"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [({}, 422), ({"area": "540199"}, 422), ({"lng": "10", "lat": "10", "reason": "x"}, 409), ({"lng": "x"}, 422)],
)
def test_a_place_that_makes_no_sense_changes_nothing(centre, at, sent, status):
    case = unplaced(at)

    answer = centre.post(f"/district/placing/{case.pk}/", {"reason": "核实"} | sent)

    case.refresh_from_db()
    assert answer.status_code == status
    assert (case.area_code, case.event_count) == (make.DISTRICT, 1)


def test_a_street_does_not_place_what_lies_elsewhere(client, at):
    case = unplaced(at)

    answer = enter(client, make.post(Role.STREET)).post(
        f"/district/placing/{case.pk}/", {"area": make.COMMUNITY, "reason": "x"}
    )

    case.refresh_from_db()
    assert (answer.status_code, case.event_count) == (403, 1)
