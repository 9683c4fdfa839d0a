"""Texts with places, quiet hours, when to try again; every kind has its text in every language."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.notice import texts
from linli.notice.rules import (
    ATTEMPTS_MAX,
    BODY_MAX,
    KINDS,
    LANGUAGES,
    after_quiet,
    check_text,
    filled,
    places_in,
    wait_after,
)
from linli.shared.refusals import Refused

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_the_text_we_begin_with_passes_our_own_check(kind, language):
    subject, body = texts.begun_with(kind.name, language)

    check_text(kind=kind, subject=subject, body=body)
    assert "{" not in "".join(texts.sample(kind, subject=subject, body=body, language=language))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("编号 {number} {phone}", "这类通知没有“{phone}”这一项，可用的有：{due}、{link}、{number}、{unit}。"),
        ("编号 {number", "花括号没有成对：要写成 {number} 这样。"),
        ("编号 {}", "花括号里只能写一项的名称，例如 {number}。"),
        ("编号 {number.__class__}", "花括号里只能写一项的名称，例如 {number}。"),
        ("编号 {number!r}", "花括号里只能写一项的名称，例如 {number}。"),
        ("编号 {number:>900000000}", "花括号里只能写一项的名称，例如 {number}。"),
        ("没有编号", "正文里要有“{number}”，否则收到的人不知道说的是哪一件。"),
        (" ", "标题和正文都要写。"),
        ("{number}" + "字" * BODY_MAX, "正文太长：最多 400 个字。"),
    ],
)
def test_a_wrong_text_is_refused_with_the_place_that_is_wrong(body, sentence):
    with pytest.raises(Refused) as refusal:
        check_text(kind=KINDS["resident_received"], subject="已收到", body=body)

    assert refusal.value.sentence == sentence


@given(st.text(max_size=60))
def test_any_text_at_all_is_either_filled_or_refused(words):
    try:
        places = places_in(words)
    except Refused:
        return

    assert isinstance(filled(words, dict.fromkeys(places, "好")), str)


def test_a_doubled_brace_is_a_brace():
    assert filled("{{{number}}}", {"number": "7"}) == "{7}"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (time(21, 29), None),
        (time(21, 30), datetime(2026, 11, 24, 8, 30, tzinfo=UTC)),
        (time(3, 0), datetime(2026, 11, 23, 8, 30, tzinfo=UTC)),
        (time(8, 30), None),
    ],
)
def test_quiet_hours_cross_midnight(now, expected):
    at = datetime.combine(AT.date(), now, tzinfo=UTC)

    assert after_quiet(at, starts=time(21, 30), ends=time(8, 30)) == (expected or at)


@given(st.times(), st.times(), st.datetimes(timezones=st.just(UTC)).filter(lambda moment: moment.year < 9000))
def test_after_the_quiet_hours_it_is_no_longer_quiet_and_less_than_a_day_later(starts, ends, at):
    starts, ends = starts.replace(second=0, microsecond=0), ends.replace(second=0, microsecond=0)

    when = after_quiet(at, starts=starts, ends=ends)

    assert at <= when < at + timedelta(days=1, minutes=1)
    assert after_quiet(when, starts=starts, ends=ends) == when


def test_the_waits_grow_and_end_within_a_day():
    waits = [wait_after(attempts) for attempts in range(1, ATTEMPTS_MAX + 1)]

    assert waits[:4] == [timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=8), timedelta(minutes=32)]
    assert waits == sorted(waits)
    assert sum(waits[:-1], timedelta()) < timedelta(days=1)
