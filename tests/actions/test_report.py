"""The board and the three rates, counted from real cases."""

from datetime import timedelta

import pytest

from linli.confirm import actions as confirms
from linli.handling import actions as handling
from linli.report import queries as reports
from tests import make

pytestmark = pytest.mark.django_db

PERIOD = {"prefix": make.DISTRICT, "since": make.AT - timedelta(days=1), "until": make.AT + timedelta(days=1)}


def finished(**columns):
    case, worker = make.case_in_hand(contact=make.contact(), **columns)
    handling.speak(case=case, post=worker, words="马上来", at=make.later(minutes=20))
    handling.finish(case=case, post=worker, result="修好了", at=make.later(hours=2))
    return case


def test_no_case_gives_no_rate_instead_of_zero():
    rates = reports.three_rates(**PERIOD)

    assert (rates.response.share, rates.resolution.share, rates.satisfaction.share, rates.composite) == (None,) * 4


def test_rates_count_the_last_word_of_each_resident():
    confirms.confirm(case=finished(), rating=5, at=make.later(hours=3))
    sent_back = finished()
    confirms.send_back(case=sent_back, reason="没修好", rating=1, at=make.later(hours=3))
    make.case()

    rates = reports.three_rates(**PERIOD)

    assert (rates.response.met, rates.response.n) == (2, 3)
    assert (rates.resolution.met, rates.resolution.n) == (1, 2)
    assert (rates.satisfaction.met, rates.satisfaction.n) == (1, 2)
    assert rates.composite == pytest.approx((30 * 2 / 3 + 35 * 0.5 + 35 * 0.5) / 100 * 100, abs=0.05)


def test_a_withdrawn_case_leaves_the_rates_and_is_listed_as_excluded():
    confirms.withdraw(case=make.case(), reason="已经好了", at=make.later(hours=1))

    rates = reports.three_rates(**PERIOD)

    assert (rates.response.n, rates.excluded_count) == (0, 1)


def test_the_board_counts_open_overdue_and_by_area(django_assert_num_queries):
    make.case()
    finished()
    reports.board(prefix=make.DISTRICT, at=make.AT)  # units and places are in memory now

    with django_assert_num_queries(4):
        board = reports.board(prefix=make.DISTRICT, at=make.later(days=30))
    areas = reports.by_area(prefix=make.DISTRICT, digits=12, at=make.later(days=30))

    assert (board.open_count, board.overdue_count, board.by_state["FINISHED"]) == (2, 1, 1)
    assert [(row.code, row.open_count, row.overdue_count) for row in areas] == [(make.COMMUNITY, 2, 1)]
