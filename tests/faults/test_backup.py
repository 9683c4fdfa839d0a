import pytest

from linli.runtime.postgres import root_home
from tests.faults.harness import Machine, Neighbours, linli

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]


@pytest.fixture
def machines(tmp_path):
    machines = Machine(tmp_path / "first"), Machine(tmp_path / "second")
    yield machines
    for machine in machines:
        machine.remove()


def test_a_backup_made_while_people_report_goes_on_elsewhere(machines, tmp_path):
    first, second = machines
    first.start()
    with Neighbours(first, people=2) as neighbours:
        neighbours.wait_for_more(10)
        acknowledged = dict(neighbours.acknowledged)
        saved = linli("backup", tmp_path / "backup", "--data", first.folder.path)
    first.stop()

    restored = linli("restore", tmp_path / "backup", "--data", second.folder.path)
    second.start()

    assert (saved.returncode, restored.returncode) == (0, 0), saved.stderr + restored.stderr
    neighbours.machine, neighbours.acknowledged = second, acknowledged
    neighbours.require_all_kept_once()
    assert second.folder.secret() == first.folder.secret()
    with Neighbours(second, people=1) as neighbours:
        neighbours.wait_for_more(3)


def test_a_backup_never_overwrites_and_a_restore_never_mixes(tmp_path):
    (tmp_path / "there").mkdir()

    into_existing = linli("restore", tmp_path / "there", "--data", tmp_path / "there")
    of_nothing = linli("backup", tmp_path / "new", "--data", tmp_path / "there")

    assert into_existing.stderr == f"linli: {tmp_path / 'there'} holds no backup (database.dump is missing).\n"
    assert of_nothing.stderr == f"linli: No linli is running on {tmp_path / 'there'}: start it, then back it up.\n"
    assert not (tmp_path / "new").exists()


def test_a_restore_that_fails_half_way_leaves_nothing_to_be_started(tmp_path):
    before = set(root_home().glob("halfway*"))
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "database.dump").write_bytes(b"PGDMP, and then half a disk")
    (tmp_path / "backup" / "secret").write_text("secret\n")

    failed = linli("restore", tmp_path / "backup", "--data", tmp_path / "halfway")

    assert failed.returncode == 1
    assert failed.stderr.startswith("linli: pg_restore failed: ")
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]
    assert set(root_home().glob("halfway*")) == before
