"""The roll-ups: whatever happened and however far they have come, they say what a recount over the tables says."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.case import actions as cases
from linli.case.models import Case
from linli.case.states import Relation
from linli.confirm import actions as confirms
from linli.confirm.actions.calling import Tried
from linli.confirm.rules import Outcome, Way
from linli.handling import actions as handling
from linli.report import actions as rolling
from linli.report import queries as reports
from linli.report.models import Cell, Fact, Mark
from linli.report.queries.rates import SIDES
from linli.report.queries.scorecard import KEY_COUNT, spans
from linli.shared.refusals import Refused
from linli.shared.roles import Role
from linli.whistle import actions as whistles
from linli.whistle.states import WhistleKind
from tests import make

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 11, 1), date(2026, 12, 31)
PERIOD = {"since": make.AT - timedelta(days=22, hours=10), "until": make.AT + timedelta(days=38, hours=14)}
OTHER = "540102002001"


def scored(prefix=make.DISTRICT):
    """What the roll-ups and their tail say, whole and by each side."""
    card = reports.scorecard(prefix=prefix, first=FIRST, last=LAST)
    alone = {"of_units": False, "of_categories": True, "of_areas": False}
    by_category = reports.scorecard(prefix=prefix, first=FIRST, last=LAST, **alone)
    sides = {side: (by_category if side == "category" else card).by(side) for side in SIDES}
    return card.total(), sides


def counted(prefix=make.DISTRICT):
    """What the tables say."""
    sides = {side: reports.three_rates_by(side, prefix=prefix, **PERIOD) for side in SIDES}
    return reports.three_rates(prefix=prefix, **PERIOD), {side: _with_n(rates) for side, rates in sides.items()}


def told_again():
    """What the events alone say."""
    card = reports.retold_scorecard(prefix=make.DISTRICT, first=FIRST, last=LAST)
    return card.total(), {side: card.by(side) for side in SIDES}


def _with_n(found):
    return {key: rates for key, rates in found.items() if rates.case_count or rates.resolution.n or rates.call_back.n}


def world():
    make.neighbourhood()
    make.area(OTHER, "扎细社区")
    make.unit("STREET", area_code=OTHER[:9])
    make.unit("COMMUNITY", area_code=OTHER)
    return make.post(Role.DISTRICT), [make.department("城管局"), make.department("供电公司")]


def case_at(hours, **columns):
    received = make.received(**({"contact": make.contact()} | columns))
    return Case.objects.get(pk=cases.open_case(received=received, at=make.later(hours=hours)).case_id)


def test_nothing_counts_nothing():
    total, sides = scored()

    assert (total.response.n, total.composite, sides["street"]) == (0, None, {})


def test_before_and_after_the_roll_up_the_answer_is_the_same():
    worker, _units = world()
    case = case_at(0)
    before = scored()

    rolled = rolling.roll_up(at=make.AT)
    again = rolling.roll_up(at=make.AT)

    assert (rolled, again) == (1, 0)
    assert scored() == before == counted()
    assert Fact.objects.get().case_id == case.pk
    assert worker.role == Role.DISTRICT


def test_counts_are_whole_numbers_however_far_the_roll_up_has_come():
    make.case()
    rolling.roll_up(at=make.AT)
    kept = reports.scorecard(prefix=make.DISTRICT, first=FIRST, last=LAST)
    make.case()
    with_tail = reports.scorecard(prefix=make.DISTRICT, first=FIRST, last=LAST)

    for card, count in ((kept, 1), (with_tail, 2)):
        assert card.total().case_count == count
        assert {type(number) for row in card.rows for number in row[KEY_COUNT:]} == {int}


def test_a_case_that_moves_elsewhere_leaves_no_trace_in_the_old_sums():
    worker, _units = world()
    case = case_at(0)
    rolling.roll_up(at=make.AT)
    cases.correct(case=case, post=worker, area_code=OTHER, reason="核实", at=make.later(hours=1))
    live = scored()

    rolling.roll_up(at=make.later(hours=1))

    assert scored() == live == counted()
    assert list(scored()[1]["community"]) == [OTHER]
    assert {cell.area_code: cell.cases for cell in Cell.objects.filter(kind="B", grain="D")} == {
        make.COMMUNITY: 0,
        OTHER: 1,
    }


VERBS = st.lists(
    st.tuples(
        st.sampled_from(
            ["open", "open_elsewhere", "open_anonymous", "take", "contact", "blow", "finish", "ask", "confirm",
             "send_back", "not_reached", "reached", "unsolved", "refused", "lapse", "withdraw", "refuse", "exempt",
             "merge", "dispatch", "correct", "roll"]
        ),
        st.integers(0, 5),
        st.integers(0, 60),
    ),
    min_size=4,
    max_size=22,
)  # fmt: skip


class World:
    """Makes whatever step is asked of whichever case; what the rules refuse does not happen."""

    def __init__(self):
        self.post, self.units = world()
        self.hour = 0
        self.cases = []

    def step(self, verb, which, hours):
        self.hour += hours
        at = make.later(hours=self.hour)
        if verb == "roll":
            rolling.roll_up(at=at)
        elif verb.startswith("open"):
            self._open(verb)
        elif self.cases:
            case = Case.objects.get(pk=self.cases[which % len(self.cases)])
            try:
                with transaction.atomic():
                    getattr(self, verb)(case, at, which)
            except Refused:
                pass

    def _open(self, verb):
        more = {"open_elsewhere": {"area_code": OTHER, "category_code": "0102"}, "open_anonymous": {"contact": None}}
        self.cases.append(case_at(self.hour, **more.get(verb, {})).pk)

    def take(self, case, at, _n):
        owner = make.post(Role.COMMUNITY, unit=case.owner) if case.owner.kind == "COMMUNITY" else self.post
        cases.take(case=case, post=owner, at=at)

    def contact(self, case, at, _n):
        handling.speak(case=case, post=self.post, words="马上来", at=at)

    def blow(self, case, at, n):
        whistles.blow(case=case, post=self.post, kind=WhistleKind.SERVICE, unit_ids=[unit.pk for unit in self.units],
                      lead_id=self.units[n % 2].pk, message="", at=at)  # fmt: skip

    def finish(self, case, at, _n):
        handling.finish(case=case, post=self.post, result="好了", at=at)

    def ask(self, _case, at, _n):
        confirms.ask_finished(at=at)

    def confirm(self, case, at, n):
        confirms.confirm(case=case, rating=n % 5 + 1, at=at)

    def send_back(self, case, at, n):
        confirms.send_back(case=case, reason="没好", rating=n % 5 + 1, at=at)

    def not_reached(self, case, at, _n):
        self._try(case, at, outcome=Outcome.NOT_REACHED)

    def reached(self, case, at, n):
        self._try(case, at, outcome=Outcome.REACHED, is_solved=True, rating=n or None)

    def unsolved(self, case, at, n):
        self._try(case, at, outcome=Outcome.REACHED, is_solved=False, rating=n or None)

    def refused(self, case, at, n):
        self._try(case, at, outcome=Outcome.REFUSED, is_last=n > 3)

    def _try(self, case, at, **said):
        confirms.record_try(case=case, post=self.post, tried=Tried(way=Way.PHONE, words="电话", **said), at=at)

    def lapse(self, _case, at, _n):
        confirms.lapse_due(at=at)

    def withdraw(self, case, at, _n):
        confirms.withdraw(case=case, reason="不用了", at=at)

    def refuse(self, case, at, n):
        route = ("UNLAWFUL", "EMERGENCY")[n % 2]
        handling.refuse(case=case, post=self.post, route=route, reason="不合规定", at=at)

    def exempt(self, case, at, _n):
        cases.move(case=case, name="exempt", role=Role.DISTRICT, post=self.post, at=at, exempted_at=at,
                   known=frozenset({Relation.DECIDER}), detail={})  # fmt: skip

    def merge(self, case, at, n):
        into = Case.objects.get(pk=self.cases[(n + 1) % len(self.cases)])
        handling.merge(case=case, into=into, post=self.post, reason="同一件", at=at)

    def dispatch(self, case, at, n):
        cases.hand_on(case=case, post=self.post, to_unit_id=self.units[n % 2].pk, reason="归他", at=at)

    def correct(self, case, at, n):
        cases.correct(case=case, post=self.post, at=at, reason="核实", category_code=("0102", "0104")[n % 2],
                      area_code=(make.COMMUNITY, OTHER)[n // 3])  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(verbs=VERBS)
def test_after_any_verbs_the_roll_ups_equal_a_recount(verbs):
    point = transaction.savepoint()
    try:
        there = World()
        for verb, which, hours in verbs:
            there.step(verb, which, hours)

        expected = counted()
        assert scored() == expected
        assert told_again() == expected
        rolling.roll_up(at=make.later(hours=there.hour))
        assert scored() == expected
        for rates in [expected[0], *expected[1]["unit"].values()]:
            for rate in (rates.response, rates.resolution, rates.satisfaction, rates.call_back):
                assert 0 <= rate.met <= rate.n
    finally:
        transaction.savepoint_rollback(point)


def test_a_street_is_scored_for_its_own_part():
    there = World()
    for verb in ("open", "open_elsewhere", "open_elsewhere"):
        there.step(verb, 0, 1)
    rolling.roll_up(at=make.AT)

    assert scored(OTHER[:9]) == counted(OTHER[:9])
    assert scored(OTHER[:9])[0].case_count == 2


def test_one_unit_and_one_category_are_scored_from_the_facts():
    there = World()
    for verb in (("open", 0, 0), ("open_elsewhere", 0, 0), ("take", 0, 1), ("blow", 0, 1), ("finish", 0, 1),
                 ("confirm", 0, 1)):  # fmt: skip
        there.step(*verb)
    rolling.roll_up(at=make.AT)
    there.step("take", 1, 1)

    card = reports.scorecard(prefix=make.DISTRICT, first=FIRST, last=LAST, category_code="0104")

    for unit_id in (there.units[0].pk, None):
        expected = reports.three_rates(prefix=make.DISTRICT, unit_id=unit_id, category_code="0104", **PERIOD)
        assert card.total(unit_id=unit_id) == expected
    assert card.total().case_count == 1


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), [("M", date(2026, 1, 1), date(2027, 1, 1))]),
        (date(2026, 3, 5), date(2026, 3, 9), [("D", date(2026, 3, 5), date(2026, 3, 10))]),
        (
            date(2026, 1, 15),
            date(2026, 3, 14),
            [
                ("M", date(2026, 2, 1), date(2026, 3, 1)),
                ("D", date(2026, 1, 15), date(2026, 2, 1)),
                ("D", date(2026, 3, 1), date(2026, 3, 15)),
            ],
        ),
        (date(2026, 1, 31), date(2026, 2, 1), [("D", date(2026, 1, 31), date(2026, 2, 2))]),
    ],
)
def test_a_period_is_parted_into_whole_months_and_days(first, last, expected):
    assert list(spans(first, last)) == expected


def test_a_second_roll_up_waits_for_nobody_and_does_nothing(monkeypatch):
    world()
    case_at(0)
    Mark.objects.all().delete()

    assert rolling.roll_up(at=make.AT) == 0


@pytest.mark.parametrize("wrong", [{"responded": 5}, {"cases": -1}, {"kind": "X"}])
def test_the_database_lets_no_rate_rise_above_one(wrong):
    world()
    case_at(0)
    rolling.roll_up(at=make.AT)

    with pytest.raises(IntegrityError), transaction.atomic():
        Cell.objects.filter(kind="B").update(**wrong)


def test_the_command_holds_what_is_kept_against_the_events(capsys):
    there = World()
    for verb in ("open", "take", "finish", "confirm"):
        there.step(verb, 0, 1)
    rolling.roll_up(at=make.later(hours=9))

    call_command("verify_rates", since=FIRST, until=LAST)
    said = capsys.readouterr().out
    Cell.objects.filter(kind="B").update(solved=0)

    assert said == "equal: 1 cases from 2026-11-01 to 2026-12-31\n"
    with pytest.raises(CommandError, match="not what the events say"):
        call_command("verify_rates", since=FIRST, until=LAST)


@pytest.mark.parametrize(("route", "hours", "expected"), [("EMERGENCY", 1, (0, 0)), ("UNLAWFUL", 1, (1, 1)),
                                                          ("UNLAWFUL", 200, (0, 1))])  # fmt: skip
def test_a_refusal_counts_as_its_way_says(route, hours, expected):
    worker, _units = world()
    case = case_at(0)
    handling.refuse(case=case, post=worker, route=route, reason="不合规定", at=make.later(hours=hours))

    total = scored()[0]

    assert (total.response.met, total.response.n) == expected
    assert total.exclusions["refused"] == 1 - expected[1]
