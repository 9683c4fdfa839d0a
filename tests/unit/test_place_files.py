"""Files people bring: any Chinese encoding, and a clear sentence where it is none."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.place import forms
from linli.place.actions.columns import KNOWN_AS, read_count, read_date, read_list, read_name, renamed
from linli.place.rules.findings import Fault, Unfit
from linli.place.rules.shapes import CORNERS_MAX, read_shape
from linli.shared.refusals import Refused

TABLE = "code,name\n540102003,吉日街道\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_read_in_every_chinese_encoding(encoding):
    rows = forms.read_table(TABLE.encode(encoding))

    assert rows == [{"code": "540102003", "name": "吉日街道"}]


def test_a_table_pasted_from_a_spreadsheet_may_have_tabs_and_quoted_line_breaks():
    rows = forms.read_table('code\tname\r\n1\t"吉日\n街道"\r\n'.encode())

    assert rows == [{"code": "1", "name": "吉日\n街道"}]


def test_cells_beyond_the_header_are_left_out_and_missing_ones_are_absent():
    assert forms.read_table(b"code,name\n1,a,b,c\n2\n") == [{"code": "1", "name": "a"}, {"code": "2"}]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b"PK\x03\x04\x00\x00\x00", b"\x81"])
def test_what_is_no_text_is_refused(content):
    with pytest.raises(Refused, match="编码无法识别"):
        forms.read_table(content)


@pytest.mark.parametrize("content", [b"", b"code,name\n"])
def test_a_table_without_rows_is_refused(content):
    with pytest.raises(Refused, match="没有数据行"):
        forms.read_table(content)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(forms, "FILE_BYTES_MAX", 10)

    with pytest.raises(Refused, match="请分开导入"):
        forms.read_table(TABLE.encode())


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(forms, "ROWS_MAX", 2)

    with pytest.raises(Refused, match="超过 2 行"):
        forms.read_table(b"code\n1\n2\n3\n")
    with pytest.raises(Refused, match="超过 2 行"):
        forms.read_features(json.dumps({"features": [{}, {}, {}]}).encode())


@pytest.mark.parametrize("content", [b"{", b"[" * 100_000, b'{"a": NaN', b"nothing"])
def test_what_is_no_geojson_is_refused(content):
    with pytest.raises(Refused, match="不是有效的 GeoJSON"):
        forms.read_features(content)


@pytest.mark.parametrize("content", [b"[]", b"{}", b'{"features": []}', b'{"features": [1]}', b'{"features": {}}'])
def test_geojson_without_features_is_refused(content):
    with pytest.raises(Refused, match="FeatureCollection"):
        forms.read_features(content)


def test_geojson_is_told_from_a_table():
    assert forms.looks_like_features(b"\xef\xbb\xbf \n{")
    assert not forms.looks_like_features(TABLE.encode())


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("POLYGON ((0 0, 1 0, 1 1, 0 0))", "Polygon"),
        ("polygon z((0 0 5, 1 0 5, 1 1 5, 0 0 5))", "Polygon"),
        ("SRID=4490;POLYGON((0 0,4 0,4 4,0 0),(2 1,3 1,3 2,2 1))", "Polygon"),
        ("MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))", "MultiPolygon"),
    ],
)
def test_well_known_text_is_read(written, kind):
    assert read_shape(written).geom_type == kind


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("POLYGON ((0 0, 1 0, 1 1))", Fault.UNCLOSED),
        ("POLYGON ((0 0, 1 0, 1 1, 2 2))", Fault.UNCLOSED),
        ("POINT (1 1)", Fault.NOT_A_POLYGON),
        ("LINESTRING (1 1, 2 2)", Fault.NOT_A_POLYGON),
        ("POLYGON EMPTY", Fault.UNREADABLE),
        ("POLYGON ((", Fault.UNREADABLE),
        ("POLYGON ()", Fault.UNREADABLE),
        ("POLYGON ((a b, c d, e f, a b))", Fault.UNREADABLE),
        ("POLYGON ((0, 1, 2, 0))", Fault.UNREADABLE),
        ("路程巷", Fault.UNREADABLE),
        ("POLYGON ((0 0, 0 0, 0 0, 0 0))", Fault.INVALID),
        ("POLYGON ((0 0, 500 0, 1 1, 0 0))", Fault.NOT_ON_EARTH),
        ({"type": "Polygon", "coordinates": [[[0, 0]] * (CORNERS_MAX + 1)]}, Fault.TOO_MANY_CORNERS),
        ({"type": "Polygon", "coordinates": [[[10**400, 0]] * 4]}, Fault.UNREADABLE),
        ({"type": "MultiPolygon", "coordinates": [[]]}, Fault.UNREADABLE),
        ({"type": ["Polygon"], "coordinates": []}, Fault.NOT_A_POLYGON),
        (7, Fault.UNREADABLE),
    ],
)
def test_a_bad_outline_is_told_apart(written, fault):
    with pytest.raises(Unfit) as unfit:
        read_shape(written)

    assert unfit.value.fault is fault


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
nested = st.recursive(scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner))


@given(kind=scalars | st.sampled_from(["Polygon", "MultiPolygon"]), coordinates=nested)
def test_any_geometry_is_read_or_told_apart(kind, coordinates):
    try:
        shape = read_shape({"type": kind, "coordinates": coordinates})
    except Unfit:
        return
    assert shape.is_valid


@given(st.from_regex(r"(POLYGON|MULTIPOLYGON) ?[ZM]? ?\([()0-9., ]{0,40}\)", fullmatch=True))
def test_any_well_known_text_is_read_or_told_apart(written):
    try:
        shape = read_shape(written)
    except Unfit:
        return
    assert shape.is_valid


@given(row=st.dictionaries(st.sampled_from(sorted(KNOWN_AS)), nested))
def test_any_cell_is_read_or_told_apart(row):
    cells = renamed(row)
    for read, column in ((read_name, "name"), (read_list, "aliases"), (read_count, "people"), (read_date, None)):
        with suppress(Unfit):
            read(cells, column)
