"""Rosters, leave and the ladder on screen: who may read and write them, files, errors that name the rung."""

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.call.models import LadderRung, LadderVersion, Leave, Shift
from linli.shared.models import AuditEntry, Export
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING, acting
from tests import make

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TOLD = {Role.GRID, Role.COMMUNITY, Role.STREET, Role.HEALTH, Role.DISTRICT}
LADDER = {Role.DISTRICT, Role.ADMIN}
DESKS = [Role.GRID, Role.COMMUNITY, Role.STREET, Role.DEPARTMENT, Role.HEALTH, Role.DISTRICT, Role.ADMIN, Role.AUDITOR]
PAGES = {"": TOLD, "roster.csv": TOLD, "roster.ics": TOLD, "leave/": TOLD, "ladder/": LADDER, "ladder/edit/": LADDER}
WRITES = {
    "add/": TOLD, "copy/": TOLD, "1/withdraw/": TOLD, "leave/take/": TOLD, "leave/1/withdraw/": TOLD,
    "ladder/edit/": LADDER,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _everything(settings):
    with acting(EVERYTHING):
        yield


@pytest.fixture
def enter(client):
    make.neighbourhood()

    def entered(role=Role.COMMUNITY, **columns):
        post = make.post(role, **columns)
        client.force_login(post.account, backend=BACKEND)
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "at": 1}]
        session.save()
        return post

    return entered


def hours(day=0, begins=9, ends=17):
    today = timezone.localdate() + timedelta(days=1 + day)
    return {"starts_at": f"{today}T{begins:02d}:00", "ends_at": f"{today}T{ends:02d}:00"}


def written():
    return Shift.objects.count(), Leave.objects.count(), LadderVersion.objects.count(), AuditEntry.objects.count()


@pytest.mark.parametrize("role", DESKS)
@pytest.mark.parametrize("page", PAGES)
def test_only_whoever_it_concerns_reads(client, enter, page, role):
    enter(role)

    assert (client.get(f"/duty/{page}").status_code == 200) == (role in PAGES[page])


@pytest.mark.parametrize("page", {**PAGES, **WRITES})
def test_nobody_reads_or_writes_without_logging_in(client, page):
    make.neighbourhood()

    assert client.get(f"/duty/{page}").status_code in {302, 405}
    assert client.post(f"/duty/{page}").status_code in {302, 405}
    assert written() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("page", "role"), [(p, role) for p, may in WRITES.items() for role in DESKS if role not in may]
)
def test_other_desks_write_nothing(client, enter, page, role):
    post = enter(role)

    answer = client.post(f"/duty/{page}", {"on_duty": post.pk, "away": post.pk, "reason": "试", "number": 0} | hours())

    assert (answer.status_code, written()) == (403, (0, 0, 0, 0))


def test_a_grid_worker_reads_the_roster_and_writes_nobody_on_it(client, enter):
    grid = enter(Role.GRID, area_code=make.GRID)
    other = make.post(Role.COMMUNITY)

    page = client.get("/duty/").content.decode()
    answer = client.post("/duty/add/", {"on_duty": other.pk} | hours())

    assert "排上" not in page
    assert (answer.status_code, written()) == (422, (0, 0, 0, 0))
    assert grid.unit == other.unit


def test_another_units_roster_is_refused(client, enter):
    enter(Role.COMMUNITY)
    other = make.unit("HEALTH")

    assert client.get("/duty/", {"unit": other.code}).status_code == 409
    assert client.post("/duty/copy/", {"unit": other.code, "week": "2026-11-23"}).status_code == 409
    assert written() == (0, 0, 0, 0)


def test_a_shift_is_put_on_the_roster_repeated_and_taken_off(client, enter):
    post = enter()
    until = timezone.localdate() + timedelta(days=3)

    answer = client.post("/duty/add/", {"on_duty": post.pk, "until": until.isoformat()} | hours(), follow=True)

    assert (answer.status_code, Shift.objects.count()) == (200, 3)
    shift = Shift.objects.order_by("starts_at").first()
    assert timezone.localtime(shift.starts_at).hour == 9
    client.post(f"/duty/{shift.pk}/withdraw/")
    assert Shift.objects.filter(withdrawn_at__isnull=False).count() == 1


@pytest.mark.parametrize(
    "broken", [{"ends_at": "x"}, {"on_duty": "0"}, {"ends_at": "2020-01-01T00:00"}, {"until": "9"}]
)
def test_what_cannot_be_read_is_said_and_kept_on_the_page(client, enter, broken):
    post = enter()

    answer = client.post("/duty/add/", {"on_duty": post.pk} | hours() | broken)

    assert (answer.status_code, written()) == (422, (0, 0, 0, 0))
    assert hours()["starts_at"] in answer.content.decode()


def test_a_gap_says_that_everybody_is_told(client, enter):
    enter()

    following = timezone.localdate() + timedelta(days=7)
    page = client.get("/duty/", {"week": following.isoformat()}).content.decode()

    assert page.count("没有人值班，通知全体") == 7
    assert "现在没有人值班：呼叫会通知本单位全体。" in page


@pytest.mark.parametrize("week", ["x", "0001-01-01", "9999-12-31", "2026-13-01", ""])
def test_a_week_that_is_none_is_this_or_the_nearest(client, enter, week):
    enter()

    assert client.get("/duty/", {"week": week}).status_code == 200


def test_the_roster_is_a_table_and_a_calendar_and_leaves_a_line_in_the_ledger(client, enter):
    post = enter()
    client.post("/duty/add/", {"on_duty": post.pk} | hours())

    table, calendar = client.get("/duty/roster.csv"), client.get("/duty/roster.ics")

    assert post.account.name in table.content.decode("utf-8-sig").splitlines()[1]
    lines = calendar.content.decode().split("\r\n")
    assert (lines[0], lines[-2], lines.count("BEGIN:VEVENT")) == ("BEGIN:VCALENDAR", "END:VCALENDAR", 1)
    assert all(len(line.encode()) <= 75 for line in lines)
    assert Export.objects.count() == 2


def test_leave_is_taken_for_oneself_and_ended(client, enter):
    grid = enter(Role.GRID, area_code=make.GRID)
    instead = make.post(Role.COMMUNITY)

    client.post("/duty/leave/take/", {"away": grid.pk, "substitute": instead.pk} | hours())

    taken = Leave.objects.get()
    assert (taken.post, taken.substitute) == (grid, instead)
    client.post(f"/duty/leave/{taken.pk}/withdraw/")
    taken.refresh_from_db()
    assert taken.withdrawn_at is not None


def test_nobody_takes_leave_for_another_or_ends_it(client, enter):
    enter(Role.GRID, area_code=make.GRID)
    other = make.post(Role.COMMUNITY)
    theirs = Leave.objects.create(post=other, starts_at=make.AT, ends_at=timezone.now() + timedelta(days=9))

    taken = client.post("/duty/leave/take/", {"away": other.pk} | hours())
    ended = client.post(f"/duty/leave/{theirs.pk}/withdraw/")

    theirs.refresh_from_db()
    assert (taken.status_code, ended.status_code, theirs.withdrawn_at, Leave.objects.count()) == (422, 409, None, 1)


# The ladder ------------------------------------------------------------------------------------------


def edition(*rows, reason="夜里人少", number=0, **more):
    said = {"reason": reason, "number": number, "rungs-TOTAL_FORMS": len(rows), "rungs-INITIAL_FORMS": 0} | more
    for place, (audience, seconds, begins, ends) in enumerate(rows):
        cells = {"audience": audience, "after_seconds": seconds, "from_time": begins, "until_time": ends}
        said |= {f"rungs-{place}-{name}": value for name, value in cells.items()}
    return said


def test_an_edition_is_kept_and_shown_with_its_reason(client, enter):
    enter(Role.DISTRICT)

    answer = client.post("/duty/ladder/edit/", edition(("STREET", 10, "22:00", "06:00"), ("GRID", "", "", "")))

    assert answer.status_code == 302
    rung = LadderRung.objects.get()
    assert (rung.audience, rung.after_seconds, rung.from_time.hour) == ("STREET", 10, 22)
    page = client.get("/duty/ladder/").content.decode()
    assert "夜里人少" in page
    assert "22:00–06:00" in page


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (("COMMUNITY", 31, "", ""), "“社区值班”最迟 30 秒"),
        (("GRID", 1, "", ""), "“网格员”最迟 0 秒"),
        (("STREET", 10, "22:00", ""), "“街道”的时段要写明开始和结束"),
        (("STREET", -1, "", ""), "“街道”：秒数不能小于 0"),
    ],
)
def test_a_rung_that_cannot_be_is_named_and_nothing_is_written(client, enter, row, named):
    enter(Role.DISTRICT)

    answer = client.post("/duty/ladder/edit/", edition(row))

    assert (answer.status_code, written()) == (422, (0, 0, 0, 0))
    assert named in answer.content.decode()


@pytest.mark.parametrize("said", [{"rungs-TOTAL_FORMS": "x"}, {"number": "x"}, {"since_at": "x"}, {"reason": " "}])
def test_a_form_that_cannot_be_read_writes_nothing(client, enter, said):
    enter(Role.DISTRICT)

    answer = client.post("/duty/ladder/edit/", edition(("STREET", 10, "", "")) | said)

    assert (answer.status_code, written()) == (422, (0, 0, 0, 0))


def test_who_began_from_an_older_edition_is_told_so(client, enter):
    enter(Role.DISTRICT)
    client.post("/duty/ladder/edit/", edition(("STREET", 10, "", "")))

    answer = client.post("/duty/ladder/edit/", edition(("STREET", 20, "", ""), number=0))

    assert (answer.status_code, LadderVersion.objects.count()) == (422, 1)
    assert "别人刚刚改过通知阶梯" in answer.content.decode()


@pytest.mark.parametrize("asked", [make.GRID, "01网格"])
def test_a_place_is_tried_and_nothing_is_written(client, enter, asked):
    enter(Role.DISTRICT)

    page = client.get("/duty/ladder/", {"q": asked}).content.decode()

    assert "没有这样的岗位或人" in page
    assert "上一级通知不到，马上轮到" in page
    assert written() == (0, 0, 0, 0)


@pytest.mark.parametrize("asked", ["没有的地方", "999", "\x00", "x" * 500])
def test_a_place_that_is_none_is_said(client, enter, asked):
    enter(Role.DISTRICT)

    assert "找不到这个地方或设备。" in client.get("/duty/ladder/", {"q": asked}).content.decode()
