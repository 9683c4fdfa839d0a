"""A measurement that misses its aim says so, and ends with 1: nobody has to read the figures to know."""

import pytest

from bench import call, desk, locate, rates, search, start

LIST = {"cases": 5_000_000, "lists_per_second": 260.0, "statements_per_list": 7.0, "refused": 0}
SEARCH = {"search": "common", "as": "district", "p50_ms": 99.0}
CARD = {"what": "whole scorecard", "ms": 250.0, "ratio": 1.4}
PAGE = {"what": "the page", "ms": 290.0, "refused": 0}
STORM = {"devices": 5_000, "back_seconds": 29.9, "lost": 0, "twice": 0, "not_told": 0}
CALL = {
    "presses": 300,
    "lost": 0,
    "unseen": {"hop": 0, "desk": 0, "push": 0},
    "desk_ms": {"p50": 20.0, "p99": 149.9},
    "desk_to_hop_p99": 5.0,
    "storm": STORM,
}
POINTS = {"polygons": 1_150, "points_per_second": 900_000, "same_answers": True}


@pytest.mark.parametrize(
    ("changed", "flat", "words"),
    [
        ({}, 1.3, []),
        ({"lists_per_second": 249.9}, 1.0, ["249.9/s < 250/s at 5,000,000 cases"]),
        ({"statements_per_list": 8.1}, 1.0, ["8.1 statements > 8 at 5,000,000 cases"]),
        ({"refused": 2}, 1.0, ["2 answers were no list at 5,000,000 cases"]),
        ({}, 1.31, ["the first size is 1.31 times as fast as the last, > 1.3"]),
    ],
)
def test_a_list_that_gets_slower_with_the_years_is_missed(changed, flat, words):
    assert list(desk.missed([LIST | changed], flat=flat)) == words


def test_a_slow_kind_of_search_does_not_hide_behind_fast_ones():
    searches = [SEARCH, SEARCH | {"search": "a place", "p50_ms": 101.0}, SEARCH]

    assert list(search.missed({"cases": 5_000_000, "searches": searches})) == [
        "a place as district: 101.0 ms > 100 ms at 5,000,000 cases"
    ]


@pytest.mark.parametrize(
    ("card", "page", "words"),
    [
        ({}, {}, []),
        ({"ms": 300.0}, {}, ["whole scorecard: 300.0 ms >= 300 ms"]),
        ({"ratio": 1.6}, {}, ["whole scorecard: 1.6 times the bare sum > 1.5"]),
        ({}, {"ms": 301.0}, ["the page: 301.0 ms >= 300 ms"]),
        ({}, {"refused": 1}, ["the page: 1 answers were no page"]),
    ],
)
def test_a_slow_scorecard_is_missed_as_a_question_and_as_a_page(card, page, words):
    assert list(rates.missed([CARD | card], [PAGE | page])) == words


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, []),
        ({"points_per_second": 499_999}, ["499,999 points/s < 500,000 among 1,150 polygons"]),
        ({"same_answers": False}, ["other answers than the search tree among 1,150 polygons"]),
    ],
)
def test_a_slow_or_wrong_search_for_grids_is_missed(changed, words):
    assert list(locate.missed([POINTS | changed])) == words


@pytest.mark.parametrize(
    ("seconds", "size", "words"),
    [
        (7.9, 999_999_999, []),
        (8.0, 1, ["8.0 s until the first page >= 8 s"]),
        (1.0, 1_200_000_000, ["1200 MB at the most >= 1000 MB"]),
    ],
)
def test_a_slow_start_and_a_heavy_demo_are_missed(seconds, size, words):
    assert list(start.missed({"cold_start_seconds": seconds, "peak_bytes": size})) == words


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, []),
        ({"lost": 1}, ["1 presses are no calls"]),
        ({"unseen": {"hop": 0, "desk": 2, "push": 0}}, ["2 of 300 presses were not seen: desk"]),
        ({"desk_ms": {"p50": 20.0, "p99": 150.0}}, ["p99 to the desk 150.0 ms >= 150 ms"]),
        ({"desk_to_hop_p99": 5.01}, ["p99 to the desk 5.01 times the hop's > 5"]),
        ({"storm": STORM | {"back_seconds": 30.0}}, ["5,000 devices were back after 30.0 s >= 30 s"]),
        ({"storm": STORM | {"lost": 1}}, ["1 presses of the storm are no calls"]),
        ({"storm": STORM | {"twice": 1}}, ["1 presses of the storm are two calls"]),
        ({"storm": STORM | {"not_told": 1}}, ["1 presses of the storm were never answered"]),
    ],
)
def test_a_press_that_is_late_or_lost_is_missed(changed, words):
    assert list(call.missed(CALL | changed)) == words
