"""The list every desk uses, on real rows: units stand for any rows."""

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import NullIf
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from linli.staff.models import Unit
from linli.web.lists import Column, Filter, List, due_cell
from linli.web.lists.export import harmless
from tests import make

pytestmark = pytest.mark.django_db

COLUMNS = (
    Column(key="name", label="单位", is_main=True, sort="name"),
    Column(key="kind", label="类别", sort="kind"),
    Column(key="phone", label="电话", sort="phone_or_none"),
    Column(key="is_active", label="在用"),
)
FILTERS = (
    Filter(
        key="kind", label="类别", choices=(("DEPARTMENT", "部门"), ("HEALTH", "卫生站")), fields=("kind",), is_tabs=True
    ),
    Filter(key="q", label="查找", kind="words", fields=("name", "phone")),
)


def units_list(**changes: Any) -> List:
    return List(
        **(
            {
                "name": "units",
                "title": "单位",
                "columns": COLUMNS,
                "filters": FILTERS,
                "order": "name",
                "url": "/units/KEY/",
                "page_size": 2,
            }
            | changes
        )
    )


def units() -> Any:
    # An annotation that can be empty, as a time of finishing can be.
    return Unit.objects.annotate(phone_or_none=NullIf(F("phone"), Value("")))


def request(query: str = "") -> Any:
    found = RequestFactory().get(f"/units/?{query}")
    found.user, found.post = AnonymousUser(), None
    return found


def page(query: str = "", **changes: Any) -> Any:
    return units_list(**changes).page(request(query), units())


def made(*names: str, **columns: Any) -> None:
    for name in names:
        make.unit("DEPARTMENT", name=name, **columns)


def names(found: Any) -> list[str]:
    return [unit.name for unit in found.rows]


def asked(url: str) -> str:
    return url.partition("?")[2]


def walk(query: str, **changes: Any) -> tuple[list[list[str]], list[list[str]]]:
    """All pages forwards, then all of them backwards."""
    there, back = [page(query, **changes)], []
    while there[-1].next_url:
        there.append(page(asked(there[-1].next_url), **changes))
    here = there[-1]
    while here.previous_url:
        here = page(asked(here.previous_url), **changes)
        back.append(names(here))
    return [names(each) for each in there], back


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_one_statement_and_at_most_one_count(count: int) -> None:
    made(*(f"部门{number}" for number in range(count)))

    with CaptureQueriesContext(
        connection,
    ) as whole:
        render_to_string("parts/list.html", {"page": page(page_size=50)})
    with CaptureQueriesContext(connection) as part:
        render_to_string("parts/list.html", {"page": page(page_size=2)})

    assert len(whole) == 1
    assert len(part) == (1 if count < 2 else 2)


@pytest.mark.parametrize("sort", ["name", "-name", "kind", "-kind", "phone", "-phone"])
def test_paging_over_ties_and_empty_values_shows_every_row_once_both_ways(sort: str) -> None:
    made("甲", "乙", phone="")
    made("丙", "丁", "戊", phone="0891-1")
    made("己", phone="0891-2")
    made("庚", phone="")

    there, back = walk(f"sort={sort}")

    assert sorted(name for each in there for name in each) == sorted("甲乙丙丁戊己庚")
    assert [len(each) for each in there] == [2, 2, 2, 1]
    assert back == there[-2::-1]


def test_descending_is_ascending_backwards() -> None:
    made("甲", "乙", phone="")
    made("丙", "丁", phone="0891-1")

    up, _back = walk("sort=phone")
    down, _back = walk("sort=-phone")

    assert [name for each in down for name in each] == [name for each in up for name in each][::-1]


def test_paging_reads_no_offset_and_one_range_of_the_index() -> None:
    made("甲", "乙", "丙")
    following = asked(page().next_url)

    with CaptureQueriesContext(connection) as statements:
        page(following)

    rows = statements.captured_queries[0]["sql"]
    assert "OFFSET" not in rows
    assert '("staff_unit"."name", "staff_unit"."id") > (' in rows


def test_a_row_that_came_meanwhile_is_not_shown_twice() -> None:
    made("A", "C", "E")
    first = page()
    made("B")

    second = page(asked(first.next_url))

    assert (names(first), names(second)) == (["A", "C"], ["E"])


def test_counting_stops_at_the_limit() -> None:
    made("甲", "乙", "丙", "丁", "戊")

    assert page(count_max=3).count_words == "3+ 条"
    assert page(count_max=5).count_words == "共 5 条"
    assert page(page_size=9).count_words == "共 5 条"


def test_filters_narrow_and_stay_in_the_address() -> None:
    made("水务局", "水利站", "水厂", "城管局")

    found = page("q=水&kind=DEPARTMENT")

    assert found.count == 3
    following = QueryDict(asked(found.next_url))
    assert (following["q"], following["kind"]) == ("水", "DEPARTMENT")
    assert found.tabs[0].choices[1].is_chosen


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("kind=NOBODY", "“NOBODY”不在可选范围里，没有按它筛选。"),
        ("sort=password", "不能按“password”排序，已用原来的顺序。"),
        ("after=not-a-token", "这个翻页链接已经不能用了，现在显示第一页。"),
        ("before=WyJuYW1lIl0:1:x", "这个翻页链接已经不能用了，现在显示第一页。"),
    ],
)
def test_what_makes_no_sense_in_the_address_is_left_out_and_said_so(query: str, message: str) -> None:
    made("甲", "乙", "丙")

    found = page(query)

    assert found.messages == [message]
    assert names(found) == names(page())


def test_a_token_of_another_order_shows_the_first_page() -> None:
    made("甲", "乙", "丙")
    token = QueryDict(asked(page().next_url))["after"]

    found = page(f"sort=-kind&after={token}")

    assert found.messages == ["这个翻页链接已经不能用了，现在显示第一页。"]


def test_control_characters_and_long_words_are_harmless() -> None:
    made("甲")

    found = page("q=%00%01" + "长" * 4000)

    assert (found.rows, found.messages) == ([], [])


def test_a_row_is_a_link_that_opens_beside_the_list_and_is_escaped() -> None:
    made("<b>甲</b>")

    found = page()

    pk = found.rows[0].pk
    assert f'<a href="/units/{pk}/" data-open="{pk}">&lt;b&gt;甲&lt;/b&gt;</a>' in found.body


def test_the_sorted_column_says_so_and_turns_round() -> None:
    made("甲", "乙")

    head = page("sort=name").heads[0]

    assert (head.sorted, asked(head.url)) == ("ascending", "sort=-name")


def test_an_empty_list_says_that_all_is_done_and_a_filtered_one_how_to_see_more() -> None:
    done = render_to_string("parts/list.html", {"page": page()})
    none = render_to_string("parts/list.html", {"page": page("q=没有")}, request=request("q=没有"))

    assert "都办完了" in done
    assert "没有符合条件的" in none


def test_two_lists_on_a_page_keep_each_others_parameters() -> None:
    made("甲", "乙", "丙")

    found = page("b-sort=-name&other=1", prefix="b-")

    following = QueryDict(asked(found.next_url))
    assert following["other"] == "1"
    assert following["b-sort"] == "-name"
    assert "b-after" in following


def exported(kind: str, query: str = "", **changes: Any) -> bytes:
    answer = units_list(**changes).answer(request(f"{query}&export={kind}"), units(), "unused.html")
    return b"".join(answer.streaming_content)


def test_csv_holds_the_whole_filtered_list_for_excel() -> None:
    made("水务局", "水利站", "水厂", "城管局", phone="0891")

    content = exported("csv", "q=水")

    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == ["单位", "类别", "电话", "在用"]
    assert sorted(row[0] for row in rows[1:]) == ["水利站", "水务局", "水厂"]


def test_xlsx_can_be_read_back() -> None:
    made("水务局")

    sheet = load_workbook(io.BytesIO(exported("xlsx"))).active

    assert sheet is not None
    assert [[cell.value for cell in row] for row in sheet.rows] == [
        ["单位", "类别", "电话", "在用"],
        ["水务局", "DEPARTMENT", None, "是"],
    ]


def test_an_export_keeps_the_order_on_the_screen() -> None:
    made("A", "C", "B")

    rows = list(csv.reader(io.StringIO(exported("csv", "sort=-name").decode("utf-8-sig"))))

    assert [row[0] for row in rows[1:]] == ["C", "B", "A"]


def test_an_export_says_where_it_stopped() -> None:
    made("甲", "乙", "丙")

    rows = list(csv.reader(io.StringIO(exported("csv", export_max=2).decode("utf-8-sig"))))

    assert len(rows) == 4
    assert rows[3] == ["只导出了前 2 行，请缩小筛选范围再导出其余的。"]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+86 139", "'+86 139"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1", "'-1"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("甲\x00\x0b乙", "甲乙"),
        ("平常话", "平常话"),
    ],
)
def test_a_spreadsheet_shows_words_and_does_not_calculate_them(words: str, shown: str) -> None:
    assert harmless(words) == shown


def test_a_due_time_is_told_in_words_with_an_icon_for_each_tone() -> None:
    shown = due_cell(make.AT)

    assert 'class="due is-late"' in shown
    assert f'data-due="{make.AT.isoformat()}"' in shown
    assert "已超" in shown
