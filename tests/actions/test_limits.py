"""Versions of the limits, and days off that arrive while cases are open."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from linli.case import actions as cases
from linli.case import forms
from linli.case.deadlines import limit_table, table_named
from linli.case.models import Case, DayOverlay, Event, LimitRow, LimitVersion
from linli.case.rules import Deadline
from linli.handling import actions as handling
from linli.intake.forms import Row
from linli.shared.models import AuditEntry
from linli.shared.refusals import Refused
from linli.shared.urgency import Urgency
from linli.whistle import actions as whistles
from linli.whistle.models import Called
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db
LIGHT = "0104"


def rows(*more, without=()):
    """The shipped table as a file holds it, with rows of the district after it."""
    heads, *cells = forms.written(limit_table(at=make.AT))
    kept = [dict(zip(heads, each, strict=True)) for each in cells]
    kept = [each for each in kept if (each[forms.DEADLINE], each[forms.URGENCY]) not in without]
    kept = [each for each in kept if each[forms.CATEGORY] != LIGHT] + [dict.fromkeys(heads, "") | each for each in more]
    return [Row(number, each) for number, each in enumerate(kept, 2)]


def row(**cells):
    names = {"deadline": forms.DEADLINE, "category": forms.CATEGORY, "urgency": forms.URGENCY, "kind": forms.KIND}
    names |= {"condition": forms.CONDITION, "limit": forms.LIMIT, "closing": forms.CLOSING}
    return {names[name]: cell for name, cell in ({"deadline": "办结"} | cells).items()}


STAIRS = (
    row(category=LIGHT, limit="2个工作日", closing="灯亮了"),
    row(category=LIGHT, condition="楼梯、摔", limit="4个紧急工作时", closing="先装临时灯"),
)


def brought(*more, active_on=date(2026, 11, 23), at=make.AT):
    reading = forms.read_limits(rows(*more))
    assert reading.errors == ()
    return cases.bring_limits(lines=reading.lines, active_on=active_on, reason="区里的规定", at=at)


def test_what_is_exported_can_be_brought_back_unchanged():
    before = limit_table(at=make.AT)

    brought(row(category=LIGHT, limit="3个工作日"))

    after = limit_table(at=make.AT)
    assert after.version == "limits-2026-11-23"
    for urgency in Urgency:
        for deadline in forms.SET_HERE:
            assert after.line(deadline, urgency=urgency).limit == before.line(deadline, urgency=urgency).limit
    assert AuditEntry.objects.get(verb="bring_limits").subject == "limits-2026-11-23"


def test_the_words_of_an_appeal_choose_the_line_of_its_category():
    brought(*STAIRS)

    plain = make.case(at=make.later(hours=1), category_code=LIGHT)
    dark = make.case(at=make.later(hours=1), category_code=LIGHT, text="楼梯灯坏了，有人摔倒。")

    assert (plain.limit_words, plain.limit_version) == ("2 working days", "limits-2026-11-23")
    assert (dark.limit_words, dark.due_at) == ("4 urgent hours", make.later(hours=5))
    line = table_named(dark.limit_version).numbered(int(dark.limit_rule.partition("#")[2]))
    assert (line.condition, line.closing_test) == ("楼梯、摔", "先装临时灯")


def test_a_case_keeps_the_version_it_was_opened_under():
    old, worker = make.case_in_hand(category_code=LIGHT)
    assert (old.limit_words, old.limit_version) == ("3 working days", "lhasa-1")

    brought(*STAIRS, at=make.later(hours=1))
    handling.correct(case=old, post=worker, at=make.later(hours=2), category_code="0101")
    handling.correct(case=old, post=worker, at=make.later(hours=3), category_code=LIGHT)

    assert (old.limit_words, old.limit_version) == ("3 working days", "lhasa-1")


def test_a_version_holds_from_its_day_and_can_be_recalled_before():
    version = brought(*STAIRS, active_on=date(2026, 12, 1))
    assert limit_table(at=make.AT).version == "lhasa-1"
    assert limit_table(at=make.later(days=10)).version == "limits-2026-12-01"

    cases.recall_limits(name=version.name, reason="数字有误", at=make.later(days=1))

    assert limit_table(at=make.later(days=10)).version == "lhasa-1"
    assert LimitVersion.objects.get().recalled_at == make.later(days=1)


def test_a_version_that_was_in_force_is_not_recalled_and_its_rows_never_change():
    version = brought(*STAIRS)

    with pytest.raises(Refused):
        cases.recall_limits(name=version.name, reason="改主意", at=make.later(days=1))
    with pytest.raises(DatabaseError), transaction.atomic():
        LimitRow.objects.filter(version=version).update(limit_words="1 working day")

    assert LimitVersion.objects.get().recalled_at is None


@pytest.mark.parametrize("day", [date(2026, 11, 22), date(2029, 1, 1)])
def test_a_day_gone_by_or_far_ahead_is_refused_and_nothing_is_written(day):
    with pytest.raises(Refused):
        brought(*STAIRS, active_on=day)

    assert LimitVersion.objects.count() == AuditEntry.objects.count() == 0


WRONG = [
    (row(category="7777", limit="2个工作日"), "没有“7777”这个分类。"),
    (row(category=LIGHT, limit="快点"), "看不懂时限“快点”，请写成 5个工作日、24个紧急工作时、7个自然日。"),
    (row(limit="2个工作日"), "“分类代码”“诉求类型”“紧急程度”要填一个，而且只填一个。"),
    (row(urgency="紧急", condition="夜里", limit="1个紧急工作时"), "只有按分类的时限才能分情形。"),
    (row(deadline="签收", kind="求助", limit="2个工作日"), "按诉求类型只能规定办结的时限。"),
    (
        row(deadline="睡觉", category=LIGHT, limit="2个工作日"),
        "“时限种类”里的“睡觉”看不懂，请填：签收、联系居民、报到、办结。",
    ),
    (row(urgency="紧急", limit="3个紧急工作时"), None),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG, ids=range(len(WRONG)))
def test_every_wrong_row_is_named(wrong, words):
    file = rows(wrong)

    errors = forms.read_limits(file).errors

    assert [error.row for error in errors] == [file[-1].number]
    assert words is None or errors[0].refusal.sentence == words


def test_a_table_with_a_hole_is_refused_as_a_whole():
    errors = forms.read_limits(rows(*STAIRS, without={("联系居民", "紧急")})).errors

    assert [(error.row, error.refusal.sentence) for error in errors] == [
        (0, "缺一行：紧急程度“紧急”的“联系居民”时限。")
    ]


def test_a_desk_chooses_another_condition_and_the_limit_counts_from_the_opening():
    brought(*STAIRS)
    case, worker = make.case_in_hand(at=make.later(hours=1), category_code=LIGHT)
    table = table_named(case.limit_version)
    dark = next(line for line in table.choices(Deadline.FINISH, LIGHT) if line.condition)

    handling.fit(case=case, post=worker, line=dark.number, reason="现场看是楼梯间", at=make.later(hours=2))

    assert (case.limit_words, case.due_at) == ("4 urgent hours", make.later(hours=5))
    with pytest.raises(Refused):
        handling.fit(case=case, post=worker, line=dark.number, reason="再选一次", at=make.later(hours=3))


FESTIVAL = "kind,from,to,name\noff,2026-11-24,2026-11-25,演练节\n".encode()


def test_days_off_that_arrive_move_open_cases_and_the_old_time_is_kept():
    case, worker = make.case_in_hand(category_code=LIGHT)
    department = make.department()
    whistles.blow(
        case=case, post=worker, kind=WhistleKind.SERVICE, unit_ids=[department.pk], lead_id=department.pk, message="",
        at=make.later(hours=7),
    )  # fmt: skip
    due_at, called = case.due_at, Called.objects.get()
    assert cases.rehearse_days(file_name="a.csv", content=FESTIVAL, at=make.later(hours=8)).moved == 1

    cases.bring_days(file_name="a.csv", content=FESTIVAL, at=make.later(hours=8))
    assert handling.recount_due(at=make.later(hours=8)) == 0  # other processes have not looked yet
    assert handling.recount_due(at=make.later(hours=8, seconds=6)) == 1
    assert handling.recount_due(at=make.later(hours=9)) == 0

    case.refresh_from_db()
    assert case.due_at == due_at + timedelta(days=4)  # two days off, and then the weekend
    event = Event.objects.get(name="recount")
    assert event.detail["due_at_before"] == due_at.isoformat()
    assert Called.objects.get().report_in_due_at == called.report_in_due_at + timedelta(days=2)


def test_days_withdrawn_give_the_old_time_back():
    case, _worker = make.case_in_hand(category_code=LIGHT)
    due_at = case.due_at
    overlay = cases.bring_days(file_name="a.csv", content=FESTIVAL, at=make.later(hours=1))
    handling.recount_due(at=make.later(hours=2))

    cases.withdraw_days(overlay_id=overlay.pk, reason="日期有误", at=make.later(hours=3))
    handling.recount_due(at=make.later(hours=4))

    assert Case.objects.get().due_at == due_at
    assert Event.objects.filter(name="recount").count() == 2


@pytest.mark.parametrize("content", [b"kind,from,to,name\noff,yesterday,,x\n", b"\xff\xfe\x00", b"kind,from,to,name\n"])
def test_a_file_of_days_that_cannot_be_read_changes_nothing(content):
    with pytest.raises(Refused):
        cases.bring_days(file_name="a.csv", content=content, at=make.AT)

    assert DayOverlay.objects.count() == AuditEntry.objects.count() == 0


def test_an_elsewhere_opened_case_is_not_touched_by_days_that_do_not_concern_it():
    case, worker = make.case_in_hand(category_code=LIGHT, contact=make.contact())
    handling.speak(case=case, post=worker, words="约好了", at=make.later(hours=1))
    far = "kind,from,to,name\noff,2027-08-01,2027-08-07,雪顿节\n".encode()

    cases.bring_days(file_name="far.csv", content=far, at=make.later(hours=1))

    assert handling.recount_due(at=make.later(hours=2)) == 0
    assert not Event.objects.filter(name="recount").exists()
