"""Area codes: a jurisdiction is a prefix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.place.rules import Level, ancestors, fits, from_official, level_of, parent
from linli.shared.refusals import Refused

BUILDING = "54010200900300300012"


def test_each_length_is_a_level():
    levels = [level_of(BUILDING[:length]) for length in (6, 9, 12, 15, 20)]

    assert levels == list(Level)


def test_a_grid_may_have_two_digits():
    assert level_of("54010200900301") is Level.GRID
    assert parent("5401020090030100012") == "54010200900301"
    assert parent("54010200900301") == "540102009003"


def test_the_chain_upwards_ends_at_the_district():
    assert ancestors(BUILDING) == ("540102009003003", "540102009003", "540102009", "540102")
    assert parent("540102") == ""


@given(st.from_regex(r"[0-9]{20}", fullmatch=True))
def test_every_ancestor_is_a_prefix(code):
    assert all(code.startswith(above) for above in ancestors(code))
    assert [level_of(above) for above in reversed(ancestors(code))] == list(Level)[:4]


@pytest.mark.parametrize("code", ["", "5401", "54010a", "540102 ", "５４０１０２", "1" * 21, "540102\n"])
def test_what_is_no_code_is_refused(code):
    assert not fits(code)
    with pytest.raises(Refused, match="区域编码"):
        level_of(code)


@pytest.mark.parametrize(
    ("official", "ours"),
    [
        ("540102000000", "540102"),
        ("540102009000", "540102009"),
        ("540102009003", "540102009003"),
        ("540102", "540102"),
        ("540102009", "540102009"),
    ],
)
def test_closing_zeros_of_a_statistical_code_fall_away(official, ours):
    assert from_official(official) == ours


@pytest.mark.parametrize("written", ["5401020090", "", "54010200900x", "540102009003001"])
def test_what_is_no_statistical_code_is_refused(written):
    with pytest.raises(Refused, match="统计用区划代码"):
        from_official(written)
