import argparse
import os
import socket
from types import SimpleNamespace

import pytest

from linli.runtime import commands, doctor, ports
from linli.runtime.folder import Folder, Running
from linli.runtime.trouble import Trouble
from tests.running import quiet_port

RUNNING = Running(4711, "http://localhost:8000/", "postgresql://x", "nats://x", 8001)


@pytest.fixture
def folder(tmp_path):
    folder = Folder(tmp_path / "data")
    folder.prepare()
    yield folder
    folder.unlock()


def test_the_secret_is_made_once_and_readable_by_nobody_else(folder):
    secret = folder.secret()

    assert len(secret) >= 64
    assert folder.secret() == secret
    assert (folder.path / "secret").stat().st_mode & 0o777 == 0o600
    assert folder.secret_for("broker") not in secret


def test_a_second_linli_on_the_same_folder_is_told_who_runs_there(folder):
    folder.lock()
    folder.tell(RUNNING)
    second = Folder(folder.path)

    with pytest.raises(Trouble) as refused:
        second.lock()
    second.unlock()

    assert str(refused.value) == (
        f"Another linli is running on {folder.path} (pid 4711, http://localhost:8000/): "
        "stop it, or choose another --data."
    )
    assert folder.running() == RUNNING


def test_a_second_start_is_told_who_runs_there_and_not_that_the_port_is_busy(folder):
    folder.lock()
    folder.tell(RUNNING)

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Trouble) as refused:
        commands.up(argparse.Namespace(data=folder.path, host="127.0.0.1", port=taken.getsockname()[1]))

    assert str(refused.value).startswith(f"Another linli is running on {folder.path} (pid 4711, ")


def test_a_folder_that_is_not_there_yet_has_nobody(tmp_path):
    assert Folder(tmp_path / "new").require_nobody() is None
    assert not (tmp_path / "new").exists()


def test_a_lock_that_cannot_be_opened_is_one_clear_line(folder):
    (folder.path / "lock").mkdir()

    with pytest.raises(Trouble) as refused:
        folder.lock()

    assert str(refused.value) == f"The data folder {folder.path} cannot be used: Is a directory."


def test_nobody_is_said_to_run_after_the_folder_is_let_go(folder):
    folder.lock()
    folder.tell(RUNNING)
    folder.unlock()

    assert folder.running() is None


def test_the_note_of_a_killed_linli_is_not_believed(folder):
    folder.tell(RUNNING)

    assert folder.running() is None


def test_the_note_of_a_killed_linli_is_not_believed_while_the_next_one_starts(folder):
    folder.tell(RUNNING)
    folder.lock()

    assert folder.running() is None


def test_settings_of_the_folder_are_kept_and_added_to(folder):
    folder.keep_settings({"LINLI_DISTRICT": "540102"})
    folder.keep_settings({"LINLI_CALENDAR": "lhasa"})

    assert folder.settings() == {"LINLI_DISTRICT": "540102", "LINLI_CALENDAR": "lhasa"}


def test_a_file_in_place_of_the_folder_is_one_clear_line(tmp_path):
    (tmp_path / "data").write_text("a letter")

    with pytest.raises(Trouble) as refused:
        Folder(tmp_path / "data").prepare()

    assert str(refused.value) == f"{tmp_path / 'data'} is a file, not a folder: choose another --data."


def test_a_full_disk_is_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=12_000_000))

    with pytest.raises(Trouble) as refused:
        Folder(tmp_path / "data").prepare()

    assert str(refused.value) == f"The disk is full: {tmp_path / 'data'} has 12 MB left, linli needs at least 300 MB."


def test_room_for_the_database_is_looked_at_where_it_lies(tmp_path, monkeypatch):
    home, looked = tmp_path / "elsewhere", []
    monkeypatch.delenv("LINLI_DATABASE_URL", raising=False)
    monkeypatch.setenv("LINLI_POSTGRES_HOME", str(home))
    monkeypatch.setattr(doctor.os, "geteuid", lambda: 0)
    monkeypatch.setattr("shutil.disk_usage", lambda path: looked.append(path) or SimpleNamespace(free=12_000_000))

    finding = doctor._database_room()

    assert finding.mend == f"The disk is full: {home} has 12 MB left, linli needs at least 300 MB."
    assert looked == [tmp_path]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "data").mkdir(mode=0o500)

    with pytest.raises(Trouble) as refused:
        Folder(tmp_path / "data").prepare()

    assert "cannot be read or written: give it to this user" in str(refused.value)


def test_a_busy_port_is_one_clear_line_that_names_who_has_it():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(Trouble) as refused:
            ports.require_free("127.0.0.1", port)

    assert f"Port {port} is busy" in str(refused.value)
    assert f"pid {os.getpid()}" in str(refused.value)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_of_another_machine_is_not_called_a_busy_port(host):
    with pytest.raises(Trouble) as refused:
        ports.require_free(host, quiet_port())

    assert str(refused.value).startswith(f"{host} is no address of this machine (")
    assert "--host" in str(refused.value)


def test_a_preferred_port_is_taken_when_it_is_free():
    port = quiet_port()

    assert ports.free(preferred=port) == port


def test_another_port_is_taken_when_the_preferred_one_is_busy():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert ports.free(preferred=taken.getsockname()[1]) != taken.getsockname()[1]
