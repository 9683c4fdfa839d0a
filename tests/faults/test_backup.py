import subprocess
import sys

import pytest

from linli.runtime.fingerprints import REPOSITORY
from tests.faults.harness import Machine, Neighbours

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]


@pytest.fixture
def machines(tmp_path):
    machines = Machine(tmp_path / "first"), Machine(tmp_path / "second")
    yield machines
    for machine in machines:
        machine.remove()


def _linli(*arguments):
    command = [sys.executable, "-m", "linli.runtime", *map(str, arguments)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_a_backup_made_while_people_report_goes_on_elsewhere(machines, tmp_path):
    first, second = machines
    first.start()
    with Neighbours(first, people=2) as neighbours:
        neighbours.wait_for_more(10)
        acknowledged = dict(neighbours.acknowledged)
        saved = _linli("backup", tmp_path / "backup", "--data", first.folder.path)
    first.stop()

    restored = _linli("restore", tmp_path / "backup", "--data", second.folder.path)
    second.start()

    assert (saved.returncode, restored.returncode) == (0, 0), saved.stderr + restored.stderr
    neighbours.machine, neighbours.acknowledged = second, acknowledged
    neighbours.require_all_kept_once()
    assert second.folder.secret() == first.folder.secret()
    with Neighbours(second, people=1) as neighbours:
        neighbours.wait_for_more(3)


def test_a_backup_never_overwrites_and_a_restore_never_mixes(tmp_path):
    (tmp_path / "there").mkdir()

    into_existing = _linli("restore", tmp_path / "there", "--data", tmp_path / "there")
    of_nothing = _linli("backup", tmp_path / "new", "--data", tmp_path / "there")

    assert into_existing.stderr == f"linli: {tmp_path / 'there'} holds no backup (database.dump is missing).\n"
    assert of_nothing.stderr == f"linli: No linli is running on {tmp_path / 'there'}: start it, then back it up.\n"
    assert not (tmp_path / "new").exists()
