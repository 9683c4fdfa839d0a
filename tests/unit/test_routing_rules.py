"""The responsibility list on plain values: the first rule that holds, hours of the week, duty lists."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.routing.rules import (
    OFF_OFFICE,
    OFFICE,
    SKIPPED,
    Asked,
    Book,
    Duties,
    Rule,
    Skip,
    Verdict,
    World,
    considered,
    line_of,
    week,
)
from linli.shared.refusals import Refused

MONDAY_TEN = datetime(2026, 11, 23, 10, 0)
COMMUNITY, NEIGHBOUR, STREET = "540102001001", "540102001002", "540102001"


def world(closed=(), outside=()):
    return World(
        is_open=lambda unit: unit not in closed,
        is_office=lambda local: local.isoweekday() <= 5 and 9 <= local.hour < 18,
        has_duty=lambda unit, _category: unit not in outside,
    )


def book(*rules, closed_areas=None):
    now = closed_areas or {}
    return Book(line_of(rule, area_now=lambda code: now.get(code, code)) for rule in rules)


def rule(pk, unit=1, **terms):
    return Rule(id=pk, version=1, position=terms.pop("position", pk), unit_id=unit, **terms)


def asked(category="0104", area=COMMUNITY, local=MONDAY_TEN):
    return Asked(category, area, local)


def test_the_first_rule_in_order_wins_whatever_its_number():
    late, early = rule(1, unit=11, category="01", position=20), rule(2, unit=12, category="0104", position=10)

    assert book(late, early).find(asked(), world()).rule == early


def test_equal_positions_are_told_apart_by_number():
    assert book(rule(8, unit=1, position=10), rule(7, unit=2, position=10)).find(asked(), world()).rule.id == 7


@pytest.mark.parametrize(
    ("terms", "verdict"),
    [
        ({}, Verdict.MATCHED),
        ({"category": "01"}, Verdict.MATCHED),
        ({"category": "0105"}, Verdict.OTHER_CATEGORY),
        ({"area": STREET}, Verdict.MATCHED),
        ({"area": NEIGHBOUR}, Verdict.OTHER_AREA),
        ({"area": COMMUNITY + "001"}, Verdict.OTHER_AREA),
        ({"valid_from": date(2026, 11, 23)}, Verdict.MATCHED),
        ({"valid_from": date(2026, 11, 24)}, Verdict.NOT_YET),
        ({"valid_to": date(2026, 11, 23)}, Verdict.MATCHED),
        ({"valid_to": date(2026, 11, 22)}, Verdict.EXPIRED),
        ({"hours": "1-5 09:30-18:00"}, Verdict.MATCHED),
        ({"hours": "6-7 09:30-18:00"}, Verdict.OTHER_HOURS),
        ({"hours": OFFICE}, Verdict.MATCHED),
        ({"hours": OFF_OFFICE}, Verdict.OTHER_HOURS),
        ({"unit": 66}, Verdict.UNIT_CLOSED),
        ({"unit": 77}, Verdict.OUTSIDE_DUTY),
    ],
)
def test_a_rule_says_why(terms, verdict):
    line = book(rule(1, **terms)).lines[0]

    assert line.verdict(asked(), world(closed={66}, outside={77})) is verdict


def test_a_rule_that_fits_and_cannot_send_is_skipped_and_recorded():
    rules = [rule(1, unit=66), rule(2, unit=77), rule(3, unit=5)]

    found = book(*rules).find(asked(), world(closed={66}, outside={77}))

    assert found.rule.id == 3
    assert found.skipped == (Skip(1, 1, Verdict.UNIT_CLOSED), Skip(2, 1, Verdict.OUTSIDE_DUTY))


def test_a_rule_for_a_closed_area_is_skipped_where_its_successor_lies_now():
    closed = rule(1, unit=5, area="540102001009")

    found = book(closed, closed_areas={"540102001009": COMMUNITY}).find(asked(), world())

    assert (found.rule, found.skipped) == (None, (Skip(1, 1, Verdict.AREA_CLOSED),))


def test_without_a_rule_nothing_is_found():
    assert book().find(asked(), world()).rule is None


def test_a_rule_below_one_that_takes_everything_is_named():
    rules = [
        rule(1, unit=5, category="01"),
        rule(2, unit=6, category="0104", area=STREET),
        rule(3, unit=6, category="02"),
        rule(4, unit=6, category="0104", hours=OFFICE),
    ]

    assert book(*rules).hidden(world()) == {2: 1, 4: 1}
    assert book(*rules).hidden(world(closed={5})) == {}


RULES = st.fixed_dictionaries(
    {
        "position": st.integers(1, 5),
        "unit": st.integers(1, 4),
        "category": st.sampled_from(["", "01", "0104", "0105", "02"]),
        "area": st.sampled_from(["", "540102", STREET, COMMUNITY, COMMUNITY + "001", NEIGHBOUR]),
        "hours": st.sampled_from(["", OFFICE, OFF_OFFICE, "1-5 18:00-09:00", "6-7"]),
        "valid_to": st.sampled_from([None, date(2026, 11, 20), date(2026, 12, 1)]),
    }
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(RULES, max_size=8),
    st.sampled_from(["0104", "0105", "02", "03", "99"]),
    st.sampled_from(["540102", STREET, COMMUNITY, COMMUNITY + "00100001", NEIGHBOUR]),
    st.datetimes(datetime(2026, 11, 16), datetime(2026, 12, 6)),
)
def test_the_quick_way_says_what_reading_every_rule_says(drawn, category, area, local):
    lines = book(*[rule(number, **terms) for number, terms in enumerate(drawn, 1)])
    question, present = Asked(category, area, local), world(closed={3}, outside={4})

    found, told = lines.find(question, present), considered(lines, question, present)

    matched = [line.rule for line, verdict in told if verdict is Verdict.MATCHED]
    assert found.rule == (matched[0] if matched else None)
    assert [skip.rule_id for skip in found.skipped] == [line.rule.id for line, said in told if said in SKIPPED]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("", ""),
        ("周一至周五 09:30-18:00", "1-5 09:30-18:00"),
        ("周一到周五09:30-13:00，15:30-18:00；周六、周日 10:00-14:00", "1-5 09:30-13:00,15:30-18:00; 6-7 10:00-14:00"),
        ("1-5 9:30-18:00; 6-7", "1-5 09:30-18:00; 6-7 00:00-24:00"),
        ("每天 18:00-09:00", "1-7 18:00-09:00"),
        ("12:00-14:00", "1-7 12:00-14:00"),
        ("周一、三、五 08:00-24:00", "1,3,5 08:00-24:00"),
        (OFFICE, OFFICE),
    ],
)
def test_hours_are_read_as_people_write_them_and_read_again_as_kept(said, kept):
    assert week(said).words == kept
    assert week(kept).words == kept


@pytest.mark.parametrize(
    "said", ["早上", "周八", "5-1 09:00-10:00", "09:00-09:00", "25:00-26:00", "9-10", "09:61-10:00"]
)
def test_hours_nobody_can_read_are_refused(said):
    with pytest.raises(Refused):
        week(said)


@pytest.mark.parametrize(
    ("hours", "moment", "holds"),
    [
        ("1-5 09:30-18:00", datetime(2026, 11, 23, 9, 30), True),
        ("1-5 09:30-18:00", datetime(2026, 11, 23, 18, 0), False),
        ("5 18:00-09:00", datetime(2026, 11, 28, 8, 59), True),
        ("5 18:00-09:00", datetime(2026, 11, 28, 9, 0), False),
        ("7 22:00-06:00", datetime(2026, 11, 23, 5, 0), True),
    ],
)
def test_hours_past_midnight_end_the_next_morning(hours, moment, holds):
    assert week(hours).holds(moment, is_office=lambda _local: False) is holds


def test_a_community_without_a_list_is_not_narrowed_and_one_with_lists_is_by_all_of_them():
    duties = Duties({"540102": frozenset({"01"}), COMMUNITY: frozenset({"0203"})})

    assert Duties().covers(area=COMMUNITY, category="0999")
    assert duties.covers(area=COMMUNITY, category="0104")
    assert duties.covers(area=COMMUNITY, category="0203")
    assert not duties.covers(area=NEIGHBOUR, category="0203")
