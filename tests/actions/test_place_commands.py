"""The import commands rehearse first and write when asked."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from demo import shapes
from linli.place.models import Area

pytestmark = pytest.mark.django_db
CODES = "as_of,code,name\n2023-06-30,540102000000,城关区\n2023-06-30,540102003000,吉日街道\n"


def run(*arguments):
    said = io.StringIO()
    call_command(*arguments, stdout=said)
    return said.getvalue()


def test_without_write_an_import_is_only_rehearsed(tmp_path):
    file = tmp_path / "areas.csv"
    file.write_text(CODES, encoding="gb18030")

    said = run("import_areas", str(file))

    assert said == "共 2 行：新增 2，更新 0，停用 0，不变 0；错误 0，提醒 0。（演练，未写入）\n"
    assert not Area.objects.exists()


def test_with_write_areas_and_grids_are_taken_in(tmp_path):
    drawing = shapes.draw("small")
    (tmp_path / "areas.csv").write_text(
        "as_of,code,name\n" + "".join(f"{row['as_of']},{row['code']},{row['name']}\n" for row in drawing.area_rows)
    )
    (tmp_path / "grids.geojson").write_text(json.dumps({"features": drawing.features}))

    run("import_areas", str(tmp_path / "areas.csv"), "--write")
    said = run("import_grids", str(tmp_path / "grids.geojson"), "--datum", "CGCS2000", "--write")

    assert "新增 312，更新 9，停用 0，不变 0；错误 0" in said
    assert Area.objects.filter(level="GRID").count() == 24


def test_an_error_names_its_row_and_stops_the_command(tmp_path):
    file = tmp_path / "grids.csv"
    file.write_text("code,name,wkt\n540102003004001,,POINT (1 1)\n", encoding="utf-8")

    with pytest.raises(CommandError, match="第 2 行"):
        run("import_grids", str(file), "--datum", "WGS84", "--write")

    assert not Area.objects.exists()


def test_a_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run("import_areas", str(tmp_path / "none.csv"))


def test_a_binary_file_is_refused_with_a_sentence(tmp_path):
    file = tmp_path / "areas.xlsx"
    file.write_bytes(b"PK\x03\x04\x00\x00")

    with pytest.raises(CommandError, match="编码无法识别"):
        run("import_areas", str(file))
