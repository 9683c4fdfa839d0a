"""Addresses in words: what is certain comes first, what is possible is offered with a score."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.place.rules.address import Called, WordIndex
from linli.place.rules.codes import Level
from linli.place.rules.names import alike, bare_name, short_name

STREET, COMMUNITY, GRID = "540102009", "540102009003", "540102009003001"
BUILDING = f"{GRID}00002"
INDEX = WordIndex(
    [
        Called("540102", Level.DISTRICT, "城关区"),
        Called(STREET, Level.STREET, "金珠西路街道", (), ("Jinzhu West Road Subdistrict",)),
        Called(COMMUNITY, Level.COMMUNITY, "洛堆社区", (), ("Luodui Community",)),
        Called("540102009005", Level.COMMUNITY, "当巴社区"),
        Called(GRID, Level.GRID, "01网格", ("路程巷",)),
        Called("540102009003002", Level.GRID, "02网格", ("平安巷",)),
        Called("540102009005001", Level.GRID, "01网格", ("平安巷", "八一大院")),
        Called(f"{GRID}00001", Level.BUILDING, "路程巷3号院1栋"),
        Called(BUILDING, Level.BUILDING, "路程巷3号院2栋"),
        Called(f"{GRID}00003", Level.BUILDING, "路程巷13号院2栋"),
        Called("54010200900500100001", Level.BUILDING, "2栋"),
        Called("540102003", Level.STREET, "吉日街道", (), ("སྐྱིད་རས་ཁྲོམ་གཞུང།", "Jiri Subdistrict")),
        Called("540102003004", Level.COMMUNITY, "吉日社区", ("旧吉日居委会",)),
        Called("540102013204", Level.COMMUNITY, "纳金村"),
    ]
)


@pytest.mark.parametrize(
    "address",
    [
        "洛堆社区路程巷3号院2栋",
        "西藏自治区拉萨市城关区金珠西路街道洛堆社区路程巷3号院2栋1单元301室",
        "洛堆社区居委会 路程巷 三号院 二栋",
        "洛堆路程巷３号院２幢",
        "路程巷3号院2号楼,楼道灯坏了三天",
        "路程巷3号2栋",
        "住在洛堆的路程巷 3 号院、2 栋",
    ],
)
def test_one_building_is_found_however_its_address_is_written(address):
    best = INDEX.find(address)[0]

    assert (best.code, best.score) == (BUILDING, 1.0)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("路程巷3号院", GRID),
        ("路程巷33号院", GRID),
        ("洛堆社区第一网格", GRID),
        ("洛堆社区01网格", GRID),
        ("当巴社区平安巷", "540102009005001"),
        ("八一大院2栋", "54010200900500100001"),
        ("吉日街道办事处", "540102003"),
        ("吉日居委会", "540102003004"),
        ("旧吉日居委会", "540102003004"),
        ("纳金村委会门口", "540102013204"),
        ("Luodui Community, Lhasa", COMMUNITY),
        ("སྐྱིད་རས་ཁྲོམ་གཞུང་", "540102003"),
    ],
)
def test_the_deepest_area_that_the_words_name_comes_first(words, code):
    best = INDEX.find(words)[0]

    assert (best.code, best.score) == (code, 1.0)


def test_a_lane_in_two_communities_names_what_is_around_both_first_and_then_both():
    found = INDEX.find("平安巷路灯不亮")

    assert [(match.code, match.score) for match in found] == [
        (STREET, 1.0),
        ("540102009003002", 0.333),
        ("540102009005001", 0.333),
    ]


def test_a_short_bare_name_alone_is_hardly_believed_and_the_larger_area_comes_first():
    found = INDEX.find("吉日那边")

    assert [(match.code, match.score) for match in found] == [("540102003", 0.4), ("540102003004", 0.133)]


def test_a_long_bare_name_alone_is_believed_a_little_more():
    assert [(match.code, match.score) for match in INDEX.find("金珠西路堵车")] == [(STREET, 0.6)]


def test_two_streets_with_one_lane_name_are_both_below_even():
    index = WordIndex(
        [Called("540102003004001", Level.GRID, "01网格", ("和平巷",)), Called(GRID, Level.GRID, "01网格", ("和平巷",))]
    )

    assert [match.score for match in index.find("和平巷5号")] == [0.333, 0.333]


def test_words_that_contradict_each_other_lower_the_score():
    found = INDEX.find("吉日街道当巴社区")

    assert {match.code for match in found} == {"540102003", "540102009005"}
    assert found[0].score < 0.5


def test_the_words_that_were_understood_are_told():
    assert INDEX.find("洛堆社区路程巷3号院2栋")[0].words == ("洛堆社区", "路程巷3号院2栋")


@pytest.mark.parametrize("words", ["", "城关区", "北京市朝阳区", "Jirik", "3号院", "１", "\x00", "网格"])
def test_nothing_is_guessed_where_nothing_is_named(words):
    assert INDEX.find(words) == []


def test_many_grids_of_one_number_are_no_answer_without_their_community():
    areas = [Called(f"540102009{number:03d}001", Level.GRID, "01网格") for number in range(1, 41)]

    found = WordIndex(areas).find("01网格")

    assert found[0].code == STREET
    assert all(match.score < 0.1 for match in found[1:])


@given(st.text(max_size=60))
def test_any_text_is_read_and_scores_stay_between_nothing_and_certain(text):
    assert all(0 < match.score <= 1 for match in INDEX.find(text))


@given(st.text(alphabet="洛堆社区路程巷3号院12栋吉日平安 网格", max_size=24))
def test_no_area_is_offered_twice_and_the_best_comes_first(text):
    found = INDEX.find(text)

    assert len({match.code for match in found}) == len(found)
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)


@given(st.text(alphabet="洛堆社区第一二三十百零0０12３号幢楼 　，Luodui Jiri", max_size=40))
def test_writing_alike_twice_changes_nothing_more(text):
    assert alike(alike(text)) == alike(text)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("十二栋", "12栋"),
        ("二十号院", "20号院"),
        ("一百零三号", "103号"),
        ("第三网格", "3网格"),
        ("二〇一室", "201室"),
        ("八一社区", "八一社区"),
        ("３号楼", "3栋"),
        ("Luodui  Community", "luodui community"),
        ("洛堆 社区", "洛堆社区"),
    ],
)
def test_numbers_and_marks_are_written_one_way(written, read):
    assert alike(written) == read


@pytest.mark.parametrize(
    ("level", "official", "short", "bare"),
    [
        (Level.COMMUNITY, "洛堆社区居委会", "洛堆社区", "洛堆"),
        (Level.COMMUNITY, "恩惠苑居委会", "恩惠苑社区", "恩惠苑"),
        (Level.COMMUNITY, "次角林村委会", "次角林村", "次角林"),
        (Level.COMMUNITY, "扎细新村社区居委会", "扎细新村社区", "扎细新村"),
        (Level.STREET, "八廓街道办事处", "八廓街道", "八廓"),
        (Level.STREET, "纳金乡", "纳金乡", "纳金"),
        (Level.DISTRICT, "城关区", "城关区", "城关区"),
    ],
)
def test_official_names_have_a_short_and_a_bare_form(level, official, short, bare):
    assert short_name(level, official) == short
    assert bare_name(level, short) == bare
