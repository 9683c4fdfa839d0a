"""Limits in words, and the profiles made of them."""

import pytest

from linli.shared.calendar import Limit, TimerKind, profile
from linli.shared.urgency import URGENCY_LABELS, Urgency


@pytest.mark.parametrize(
    ("words", "amount", "kind", "said"),
    [
        ("5 working days", 5, TimerKind.WORKING_DAYS, "5 working days"),
        ("1 working day", 1, TimerKind.WORKING_DAYS, "1 working day"),
        ("2 working hours", 2, TimerKind.WORKING_HOURS, "2 working hours"),
        ("24 urgent hours", 24, TimerKind.URGENT_HOURS, "24 urgent hours"),
        ("30 urgent minutes", 30, TimerKind.URGENT_HOURS, "30 urgent minutes"),
        ("  7 Natural Days ", 7, TimerKind.NATURAL_DAYS, "7 natural days"),
        ("5个工作日", 5, TimerKind.WORKING_DAYS, "5 working days"),
        ("4 个工作时", 4, TimerKind.WORKING_HOURS, "4 working hours"),
        ("2紧急工作时", 2, TimerKind.URGENT_HOURS, "2 urgent hours"),
        ("7个自然日", 7, TimerKind.NATURAL_DAYS, "7 natural days"),
    ],
)
def test_a_limit_is_read_and_said_in_words(words, amount, kind, said):
    limit = Limit.parse(words)

    assert (limit.amount, limit.kind, str(limit)) == (amount, kind, said)
    assert Limit.parse(str(limit)) == limit


@pytest.mark.parametrize(
    "words", ["", "5", "five working days", "5 days", "-1 working days", "1.5 working hours", "2 natural hours",
              "2 urgent days", "3 natural minutes", "5 working days later", "٣ working days", "x" * 10_000],
)  # fmt: skip
def test_words_that_are_no_limit_are_refused_in_one_short_sentence(words):
    with pytest.raises(ValueError, match="cannot read the limit") as refused:
        Limit.parse(words)

    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "words", ["0 working days", "3651 natural days", "87601 urgent hours", "999999999 working days"]
)
def test_a_limit_out_of_proportion_is_refused(words):
    with pytest.raises(ValueError, match="is not between 1 and"):
        Limit.parse(words)


def test_days_have_neither_minutes_nor_a_length_in_minutes():
    with pytest.raises(ValueError, match="cannot be given in minutes"):
        Limit(5, TimerKind.WORKING_DAYS, in_minutes=True)
    with pytest.raises(ValueError, match="no fixed number of minutes"):
        _ = Limit(5, TimerKind.WORKING_DAYS).minutes


@pytest.mark.parametrize(
    ("words", "label"),
    [("5 working days", "5个工作日"), ("24 urgent hours", "24个紧急工作时"), ("30 urgent minutes", "30分钟"),
     ("90 working minutes", "90分钟（工作时间）")],
)  # fmt: skip
def test_people_see_a_limit_in_chinese(words, label):
    assert Limit.parse(words).label == label


@pytest.mark.parametrize("name", ["beijing", "five-workday", "lhasa"])
def test_every_profile_has_a_limit_for_every_urgency(name):
    table = profile(name)

    for limits in (table.dispatch, table.report_in, table.contact, table.feedback):
        assert set(limits) == set(Urgency)
    assert table.ladder == (0.75, 1.0, 1.5, 2.0)
    assert table.call_back == Limit.parse("3 natural days")
    assert profile(table.version) is not None
    assert profile(table.version).name == name


def test_the_default_deadlines_are_those_of_the_rules():
    table = profile("beijing")

    assert table.version == "beijing-1"
    assert [str(table.dispatch[each]) for each in Urgency] == [
        "1 urgent hour", "2 urgent hours", "24 urgent hours", "24 urgent hours"]  # fmt: skip
    assert str(table.report_in[Urgency.URGENT]) == "30 urgent minutes"
    assert str(table.report_in[Urgency.GENERAL]) == "4 working hours"
    assert [str(table.feedback[each]) for each in Urgency] == [
        "2 urgent hours", "24 urgent hours", "7 natural days", "15 natural days"]  # fmt: skip


def test_lhasa_answers_a_question_in_three_working_days_unless_it_is_pressing():
    table = profile("lhasa")

    assert str(table.contact[Urgency.GENERAL]) == "1 urgent hour"
    assert str(table.feedback_for(urgency=Urgency.GENERAL, kind="CONSULT")) == "3 working days"
    assert str(table.feedback_for(urgency=Urgency.GENERAL, kind="HELP")) == "7 working days"
    assert str(table.feedback_for(urgency=Urgency.GENERAL, kind="REPORT")) == "7 natural days"
    assert str(table.feedback_for(urgency=Urgency.URGENT, kind="HELP")) == "2 urgent hours"


def test_an_unknown_profile_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="choose one of beijing, five-workday, lhasa"):
        profile("mars")


def test_every_urgency_has_a_label():
    assert set(URGENCY_LABELS) == set(Urgency)
