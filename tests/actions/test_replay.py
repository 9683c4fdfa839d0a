"""The replay in small: a thousand cases of ten years come in, and plain SQL over the raw rows says the same of them."""

import csv
import gzip
import os
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from bench import replay
from linli.case.models import Case
from linli.report import queries as reports
from tests import make

pytestmark = pytest.mark.django_db

REAL = Path(os.environ.get("LINLI_TEST_DATA", "/work/shared/data")) / "nyc_council_cases.csv.gz"
ROWS = 1_000
SECOND = "540102001002"


@pytest.fixture(autouse=True)
def _two_communities():
    make.neighbourhood()
    make.area(SECOND, "扎细社区")
    make.unit("COMMUNITY", area_code=SECOND)


def made_up(count=ROWS):
    """Cases of ten years, one in twenty still open."""
    chance = Random(11)
    for serial in range(count):
        opened = date(2015, 1, 1) + timedelta(days=chance.randrange(4000))
        closed = "" if chance.random() < 0.05 else (opened + timedelta(days=int(chance.expovariate(0.05)))).isoformat()
        yield {"unique_key": f"M{serial}", "opendate": opened.isoformat(), "closedate": closed,
               "complaint_type": "Housing", "descriptor": "Heat", "council_dist": f"C{serial % 7}"}  # fmt: skip


def real():
    """Every so-many-th real row of the whole file."""
    with gzip.open(REAL, "rt", encoding="utf-8", newline="") as file:
        yield from (row for place, row in enumerate(csv.DictReader(file)) if place % 341 == 0)


def thousand():
    """A thousand rows, real ones where the file is there; among them a number twice and three closed too early."""
    rows = list(real() if REAL.exists() else made_up())[:ROWS]
    closed = [row for row in rows if row["closedate"]]
    backwards = [row | {"unique_key": f"B{place}", "closedate": "2001-01-01"} for place, row in enumerate(closed[:3])]
    return [*rows, *backwards, rows[0], rows[-1] | {"descriptor": "other words"}]


def test_a_thousand_cases_of_ten_years_are_counted_as_plain_sql_counts_them(tmp_path):
    figures = replay.replay(thousand(), folder=tmp_path)

    assert (figures["differences"], figures["missed"]) == ([], [])
    assert (figures["rows"], figures["cases"], figures["named_by_row"]) == (ROWS + 5, ROWS, 5)


def test_rows_turned_away_without_need_are_a_difference(tmp_path, monkeypatch):
    monkeypatch.setattr("linli.intake.past._past", _nothing)

    found = replay.replay(made_up(20), folder=tmp_path)["differences"]

    assert Case.objects.count() == 0
    assert found[0].startswith("rows turned away: [2, 3, 4,")
    assert "cases: 0 here, 20 in the table" in found


def test_a_brought_in_case_that_counted_would_be_a_difference(tmp_path, monkeypatch):
    monkeypatch.setitem(reports.rates.CASE_COUNTS, "n", reports.rates.Count("pk"))

    found = replay.replay(made_up(20), folder=tmp_path)["differences"]

    assert any(words.startswith("response rate of 2015, over the tables: (") for words in found)


def _nothing(*_row, **_columns):
    from linli.shared.refusals import Refused

    raise Refused("不行。")
