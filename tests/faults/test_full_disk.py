import os
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from tests.faults.harness import PATIENCE_SECONDS, Machine, Neighbours
from tests.running import wait_for

pytestmark = [
    pytest.mark.faults,
    pytest.mark.xdist_group("faults"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk"),
]


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "linli-small-disk", disk], check=False
    ).returncode:
        pytest.skip("this machine does not let root mount")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.fixture
def machine(tmp_path, small_disk):
    # pytest's folders are closed to others, and the database runs as another user.
    shared = Path(tempfile.gettempdir())
    for folder in (each for each in [tmp_path, *tmp_path.parents] if shared in each.parents):
        folder.chmod(0o755)
    machine = Machine(tmp_path / "data", LINLI_POSTGRES_HOME=str(small_disk))
    try:
        machine.start()
        yield machine
    finally:
        machine.remove()


def test_a_full_disk_loses_nothing_acknowledged_and_work_goes_on_when_there_is_room(machine, small_disk):
    with Neighbours(machine) as neighbours:
        neighbours.wait_for_more(10)
        ballast = _fill(small_disk)
        faults = neighbours.faults
        wait_for(
            lambda: _use_up_reserve(machine) and neighbours.faults > faults, PATIENCE_SECONDS, "the disk to be felt"
        )
        ballast.unlink()
        neighbours.wait_for_more(10)

    neighbours.require_all_kept_once()


def test_a_full_disk_at_the_first_start_is_one_clear_line(tmp_path, small_disk):
    _fill(small_disk)
    machine = Machine(small_disk / "data")
    machine.words = tmp_path / "words"  # there is no room beside the data

    with pytest.raises(AssertionError, match=r"linli: The disk is full: "):
        machine.start()


def _fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1_000_000, 4096):
            try:
                while file.write(b"0" * size) == size:
                    pass
            except OSError:
                continue
    return ballast


def _use_up_reserve(machine) -> bool:
    """Make the server ask for new space; it keeps some of its log in reserve."""
    try:
        machine.query("SELECT pg_switch_wal()")
    except psycopg.Error:
        return True
    return False
