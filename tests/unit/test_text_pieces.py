"""The pieces of a text: what stands in it is found by them, and numbers of different kinds never meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.case.finding import OPEN_PIECE, UNITS
from linli.text.rules import code_piece, pieces, single_pieces, terms_of, wanted_pieces

HAN = st.text("水管灯楼道路程巷井盖漏坏三", min_size=2, max_size=12)


@given(before=HAN, term=HAN, after=HAN)
def test_any_stretch_of_two_or_more_characters_is_found_in_its_text(before, term, after):
    assert wanted_pieces([term]) <= pieces(before + term + after)


@given(st.text(max_size=60))
def test_every_piece_fits_a_column_of_the_database(text):
    assert all(-(2**31) <= piece < 2**31 for piece in pieces(text) | single_pieces(text))


@given(st.text(max_size=60))
def test_no_piece_of_a_text_is_taken_for_a_unit_a_week_or_for_open(text):
    assert all(not UNITS <= piece <= OPEN_PIECE for piece in pieces(text))


def test_full_width_and_capital_letters_are_read_as_plain_ones():
    assert pieces("Ｇ３１８国道") == pieces("g318国道")


def test_tibetan_is_read_by_syllable():
    assert pieces("ཆུ་ཁོལ") == pieces("ཁོལ་ཆུ")


@pytest.mark.parametrize(
    ("words", "terms"),
    [
        ("  水管  漏水 水管 ", ("水管", "漏水")),
        ("！！ ，", ()),
        ("一二 三四 五六 七八 九十 天地", ("一二", "三四", "五六", "七八", "九十")),
    ],
)
def test_terms_are_told_apart_by_spaces_and_are_at_most_five(words, terms):
    assert terms_of(words) == terms


def test_a_lone_character_beside_others_is_not_asked_for():
    assert wanted_pieces(["3号"]) == pieces("3")
    assert wanted_pieces(["狗"]) == single_pieces("狗")


def test_codes_have_numbers_that_do_not_change():
    # They are kept in the database, which computes the same (linli_code_piece).
    assert (code_piece("540102001001"), code_piece("540102001")) == (556461868, 660547679)
