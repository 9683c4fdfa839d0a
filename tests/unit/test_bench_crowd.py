"""What the bench of moves calls a miss when twenty people take one case at the same moment."""

import pytest

from bench.moves import CROWD, missed_in

WELL = {
    "asked": CROWD,
    "took": 1,
    "events": 1,
    "answers": {"302": 1, "409": CROWD - 1},
    "told_afterwards": CROWD,
    "answers_afterwards": {"409": CROWD},
}


def test_one_takes_it_and_the_others_are_told():
    assert list(missed_in(WELL)) == []


@pytest.mark.parametrize(
    "seen",
    [
        {"took": 2},
        {"events": 2},
        {"asked": CROWD - 1},
        {"answers": {"302": 1, "500": CROWD - 1}},
        {"answers_afterwards": {"409": CROWD - 1, "503": 1}},
        {"told_afterwards": CROWD - 1},
    ],
    ids=str,
)
def test_whatever_else_is_a_miss(seen):
    assert len(list(missed_in(WELL | seen))) == 1
