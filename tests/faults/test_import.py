"""A hotline file whose import is broken off by force is imported whole all the same, every row once."""

import csv
import io
from collections import Counter

import pytest

from tests.faults.harness import PATIENCE_SECONDS
from tests.running import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

ROWS, BAD_EVERY = 16_000, 500
BEGIN = """
from datetime import UTC, datetime
from pathlib import Path
from linli.case.tasks import import_hotline_file
from linli.intake import actions as intake
from linli.shared.scope import EVERYTHING, acting
from linli.staff import queries as staff
with acting(EVERYTHING):
    post = staff.every_post()[0]
    file = intake.keep_file(name="12345.csv", content=Path({path!r}).read_bytes(), rows={rows},
        columns=dict(number="编号", text="内容", phone="电话"), post_id=post.pk, at=datetime.now(UTC))
    at = datetime.now(UTC)
    intake.start_file(file=file, post_id=post.pk, at=at)
    begin = import_hotline_file.configure(schedule_in={{"seconds": 3}})  # not before the test looks
    begin.defer(file_id=str(file.pk), at=at.isoformat())
    print(file.pk)
"""


@pytest.mark.parametrize("target", ["worker", "database backend", "database"])
def test_a_file_is_imported_whole_when_a_process_is_killed_in_the_middle(machine, tmp_path, target):
    letter = target[-1].upper()
    path = tmp_path / "12345.csv"
    path.write_text(hotline_file(letter), encoding="utf-8")
    file_id = machine.manage("shell", "-v", "0", "-c", BEGIN.format(path=str(path), rows=ROWS)).splitlines()[-1]

    wait_for(lambda: 0 < _counts(machine, file_id)[1] < ROWS, PATIENCE_SECONDS, "the import to be on its way")
    machine.kill(target)
    wait_for(lambda: _counts(machine, file_id)[0] == "DONE", PATIENCE_SECONDS, "the import to come to its end")

    bad = ROWS // BAD_EVERY
    assert _counts(machine, file_id) == ("DONE", ROWS, ROWS - bad, 0, bad)
    kept = machine.query("SELECT external_number FROM intake_appeal WHERE starts_with(external_number, %s)", letter)
    assert Counter(number for (number,) in kept) == Counter(
        f"{letter}{serial}" for serial in range(ROWS) if serial % BAD_EVERY
    )
    whole = machine.query(
        "SELECT count(*) FROM intake_appeal a JOIN case_case c ON c.first_appeal_id = a.id"
        " JOIN case_event e ON e.case_id = c.id AND e.sequence = 1 WHERE starts_with(a.external_number, %s)",
        letter,
    )
    assert whole == [(ROWS - bad,)]
    rejected = next((machine.folder.path / "hotline").glob(f"{file_id}.rejected.csv"))
    lines = list(csv.reader(io.StringIO(rejected.read_text("utf-8-sig"))))[1:]
    assert [int(line[0]) for line in lines] == [serial + 2 for serial in range(0, ROWS, BAD_EVERY)]


def hotline_file(letter):
    """A heading and so many rows; one in 500 says nothing."""
    lines = ["编号,内容,电话"]
    for serial in range(ROWS):
        text = f"楼道灯坏了三天，第{serial}件" if serial % BAD_EVERY else ""
        lines.append(f"{letter}{serial},{text},139{serial:08d}")
    return "\r\n".join(lines)


def _counts(machine, file_id):
    asked = (
        "SELECT state, done_count, opened_count, repeated_count, rejected_count FROM intake_hotlinefile WHERE id = %s"
    )
    try:
        return machine.query(asked, file_id)[0]
    except Exception:  # noqa: BLE001 -- whatever it says while it recovers
        return "", 0, 0, 0, 0
