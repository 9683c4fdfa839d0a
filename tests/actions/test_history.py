"""``./linli manage bring_in_history``: cases of an earlier system come in with their own times, whole and by row."""

import csv
import gzip
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from linli.case import actions as cases
from linli.case import chains
from linli.case.models import Case, Event
from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.intake.models import Appeal
from linli.report import actions as rolling
from linli.report import queries as reports
from linli.shared.roles import Role
from tests import make

pytestmark = pytest.mark.django_db
HEADINGS = ("编号", "内容", "反映时间", "办结时间", "区域代码")
GOOD = ("A1", "楼道灯坏了三天", "2019-03-01 09:30", "2019-03-04 10:00", make.COMMUNITY)
STILL_OPEN = ("A2", "路面有坑", "2025-11-03 08:00", "", make.COMMUNITY)
BACKWARDS = ("A3", "垃圾没人清", "2020-05-02 08:00", "2020-05-01 08:00", make.COMMUNITY)
NOBODY = dict.fromkeys(("merged", "withdrawn", "exempted", "refused", "brought_in"), 0)
BEIJING = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _begin_anew():
    make.neighbourhood()


def written(tmp_path, *rows, headings=HEADINGS, encoding="utf-8", pack=False):
    path = tmp_path / ("past.csv.gz" if pack else "past.csv")
    text = "\r\n".join(",".join(row) for row in (headings, *rows)).encode(encoding)
    path.write_bytes(gzip.compress(text) if pack else text)
    return path


def rejected(path):
    with path.with_name(f"{path.name}.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_closed_case_keeps_its_times_and_its_chain_is_whole(tmp_path):
    call_command("bring_in_history", written(tmp_path, GOOD))

    case = Case.objects.get()
    opened, closed = datetime(2019, 3, 1, 9, 30, tzinfo=BEIJING), datetime(2019, 3, 4, 10, 0, tzinfo=BEIJING)
    assert (case.state, case.close_reason, case.opened_at, case.closed_at) == ("CLOSED", "BROUGHT_IN", opened, closed)
    assert (case.next_supervision_at, case.rating, case.is_solved) == (None, None, None)
    assert list(Event.objects.filter(case=case).order_by("sequence").values_list("name", "at")) == [
        ("open", opened),
        ("bring_in", closed),
    ]
    assert chains.is_whole(case)


def test_an_open_case_goes_on_here_with_a_deadline_from_when_it_was_opened(tmp_path):
    call_command("bring_in_history", written(tmp_path, STILL_OPEN))

    case = Case.objects.get()
    assert (case.state, case.closed_at, case.owner.area_code) == ("DISPATCHED", None, make.COMMUNITY)
    assert case.opened_at < case.due_at < case.opened_at + timedelta(days=40)


def test_what_was_closed_before_it_was_opened_is_named_by_row_and_nothing_is_dropped(tmp_path):
    path = written(tmp_path, GOOD, BACKWARDS, STILL_OPEN, ("", "没有编号", "2020-01-01", "", ""), encoding="gb18030")

    call_command("bring_in_history", path)

    assert sorted(Appeal.objects.values_list("external_number", flat=True)) == ["A1", "A2"]
    assert [(row["行 row"], row["原因 reason"], row["编号"], row["内容"]) for row in rejected(path)] == [
        ("3", "办结时间早于反映时间。", "A3", "垃圾没人清"),
        ("5", "没有编号。", "", "没有编号"),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("B1", "灯坏了", "", "", ""), "没有反映时间。"),
        (("B1", "灯坏了", "1987-01-01", "", ""), "反映时间太早。"),
        (("B1", "灯坏了", "2020-01-01", "2999-01-01", ""), "办结时间不能晚于现在。"),
        (("B1", "灯坏了", "2020-01-01", "去年", ""), "看不懂时间“去年”。"),
        (("B1", "灯坏了", "2020-01-01", "", "999999"), "没有“999999”这个区域代码。"),
    ],
)
def test_a_row_that_cannot_be_a_past_case_says_why(tmp_path, row, reason):
    path = written(tmp_path, row)

    call_command("bring_in_history", path)

    assert [each["原因 reason"] for each in rejected(path)] == [reason]
    assert Case.objects.count() == 0


def test_a_file_brought_twice_counts_once(tmp_path, capsys):
    path = written(tmp_path, GOOD, STILL_OPEN, pack=True)
    call_command("bring_in_history", path)

    call_command("bring_in_history", path)

    assert "补录 0 件，已经登记过 2 件，未导入 0 行" in capsys.readouterr().out
    assert (Case.objects.count(), Event.objects.count()) == (2, 3)


def test_a_rehearsal_writes_nothing(tmp_path, capsys):
    call_command("bring_in_history", written(tmp_path, GOOD, BACKWARDS), dry_run=True)

    assert "补录 1 件，已经登记过 0 件，未导入 1 行" in capsys.readouterr().out
    assert Case.objects.count() == 0


@pytest.mark.parametrize("headings", [("甲", "乙"), ("编号", "内容")])
def test_a_table_without_the_needed_columns_is_refused(tmp_path, headings):
    with pytest.raises(CommandError, match="请指定哪一列是"):
        call_command("bring_in_history", written(tmp_path, ("A1", "灯坏了"), headings=headings))


@pytest.mark.parametrize("row", [GOOD, STILL_OPEN])
def test_no_rate_counts_what_was_answered_elsewhere_and_the_list_says_so(tmp_path, row):
    call_command("bring_in_history", written(tmp_path, row))
    first, last = date(2019, 1, 1), date(2025, 12, 31)

    rates = reports.three_rates(
        prefix=make.DISTRICT, since=datetime(2019, 1, 1, tzinfo=BEIJING), until=datetime(2026, 1, 1, tzinfo=BEIJING)
    )
    before = reports.scorecard(prefix=make.DISTRICT, first=first, last=last).total()
    rolling.roll_up(at=make.AT)
    after = reports.scorecard(prefix=make.DISTRICT, first=first, last=last).total()

    assert (rates.response.n, rates.resolution.n, rates.satisfaction.n) == (0, 0, 0)
    assert rates.exclusions == NOBODY | {"brought_in": 1}
    assert before == after == rates
    assert reports.retold_scorecard(prefix=make.DISTRICT, first=first, last=last).total() == rates
    assert Case.objects.filter(reports.CASES["excluded_brought_in"](make.AT)).count() == 1


def test_a_case_left_open_elsewhere_and_answered_here_is_still_in_no_rate(tmp_path):
    call_command("bring_in_history", written(tmp_path, STILL_OPEN))
    case = Case.objects.get()
    worker = make.post(Role.COMMUNITY)
    at = datetime(2026, 11, 24, tzinfo=BEIJING)
    cases.take(case=case, post=worker, at=at)
    handling.finish(case=case, post=worker, result="补好了", at=at)
    confirms.confirm(case=case, rating=5, at=at)

    first, last = date(2025, 1, 1), date(2025, 12, 31)
    total = reports.scorecard(prefix=make.DISTRICT, first=first, last=last).total()

    assert (total.response.n, total.resolution.n, total.satisfaction.n) == (0, 0, 0)
    assert reports.retold_scorecard(prefix=make.DISTRICT, first=first, last=last).total() == total
