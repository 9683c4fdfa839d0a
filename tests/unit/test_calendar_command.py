"""The command `linli due`."""

import json
import subprocess
import sys

import pytest

from linli.shared.calendar import command


def test_it_prints_the_deadline_with_its_zone(capsys):
    assert command.main(["--from", "2026-02-14T17:00", "--limit", "5 working days", "--calendar", "lhasa"]) == 0

    assert capsys.readouterr().out == "2026-03-04T17:00:00+08:00\n"


def test_a_moment_with_a_zone_is_taken_at_its_word(capsys):
    assert command.main(["--from", "2026-02-14T09:00Z", "--limit", "5个工作日", "--calendar", "lhasa"]) == 0

    assert capsys.readouterr().out == "2026-03-04T17:00:00+08:00\n"


def test_a_forecast_is_said_to_be_one(capsys):
    assert command.main(["--from", "2026-12-31T10:00", "--limit", "1 working day"]) == 0

    said = capsys.readouterr()
    assert said.out == "2027-01-04T10:00:00+08:00\n"
    assert said.err == "provisional: the holidays of 2027 are not all known yet\n"


def test_a_program_reads_json(capsys):
    assert command.main(["--from", "2026-12-31T10:00", "--limit", "1 working day", "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == {
        "due_at": "2027-01-04T10:00:00+08:00", "calendar": "statutory", "is_provisional": True}  # fmt: skip


def test_an_overlay_is_laid_on_top(tmp_path, capsys):
    path = tmp_path / "local.csv"
    path.write_text("kind,from,to,name\noff,2026-08-12,2026-08-18,雪顿节\n", encoding="utf-8")

    assert command.main(["--from", "2026-08-11T10:00", "--limit", "1 working day", "--overlay", str(path)]) == 0

    assert capsys.readouterr().out == "2026-08-19T10:00:00+08:00\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "the following arguments are required: --from, --limit"),
        (["--from", "noon", "--limit", "1 working day"],
         "cannot read the moment 'noon': write for example 2026-02-14T17:00"),
        (["--from", "1999-01-01", "--limit", "1 working day"], "the calendar covers the years 2004 to 2060, not 1999"),
        (["--from", "2026-01-01", "--limit", "0 working days"],
         "a limit of 0 is not between 1 and 3650: 0 working days"),
        (["--from", "2026-01-01", "--limit", "1 working day", "--calendar", "mars"],
         "there is no calendar 'mars': choose one of statutory, beijing, five-workday, lhasa"),
        (["--from", "2026-01-01", "--limit", "1 working day", "--speed", "9"], "unrecognized arguments: --speed 9"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_clear_line(arguments, line, capsys):
    assert command.main(arguments) == 2

    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"linli due: {line}\n")


def test_it_starts_without_django_and_numpy():
    script = "import sys, linli.shared.calendar.command; print({'django', 'numpy'} & set(sys.modules))"

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert said.stdout == "set()\n"
