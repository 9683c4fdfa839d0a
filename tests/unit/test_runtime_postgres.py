import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from linli.runtime import binaries, postgres, throwaway
from linli.runtime.trouble import Trouble


@pytest.fixture
def place(tmp_path):
    place = postgres.place_for(tmp_path / "data")
    yield place
    for process in psutil.process_iter(["name"]):
        if process.info["name"] == "postgres" and _works_in(process, place.data):
            process.kill()
    subprocess.run(["rm", "-rf", place.data.parent], check=True)


def _works_in(process, folder):
    try:
        return Path(process.cwd()) == folder
    except psutil.Error:
        return False


def _start(place, tmp_path, *, durable=False):
    with (tmp_path / "postgres.log").open("ab") as log:
        process = postgres.start(place, log=log, durable=durable)
    postgres.wait_ready(place, process)
    return process


def test_the_database_finds_trigrams_in_chinese_and_tibetan():
    with throwaway.database() as url, psycopg.connect(url) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")

        found = connection.execute("SELECT '洛堆社区居委会' % '洛堆社区', 'བོད་ཡིག་' % 'བོད་ཡིག'").fetchone()

    assert found == (True, True)


def test_a_throwaway_database_leaves_nothing_on_disk():
    with throwaway.database() as url:
        socket = Path(psycopg.conninfo.conninfo_to_dict(url)["host"])
        assert (socket / ".s.PGSQL.5432").exists()

    assert not socket.exists()


def test_only_its_owner_reaches_the_socket_and_there_is_no_tcp(place, tmp_path):
    process = _start(place, tmp_path)
    listening = [line for line in psutil.Process(process.pid).net_connections("inet") if line.status == "LISTEN"]

    postgres.stop(process)

    assert place.socket.stat().st_mode & 0o777 == 0o700
    assert listening == []


def test_what_was_committed_survives_a_kill_and_the_server_starts_again(place, tmp_path):
    process = _start(place, tmp_path, durable=True)
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
        process.kill()
        process.wait()
    assert (place.data / "postmaster.pid").exists()

    again = _start(place, tmp_path)
    with psycopg.connect(place.url) as connection:
        kept = connection.execute("SELECT n FROM kept").fetchall()
    postgres.stop(again)

    assert kept == [(7,)]


def test_a_stale_pid_of_a_living_stranger_harms_neither_the_stranger_nor_the_start(place, tmp_path):
    postgres.stop(_start(place, tmp_path))
    stranger = subprocess.Popen(["sleep", "600"])
    (place.data / "postmaster.pid").write_text(f"{stranger.pid}\n{place.data}\n")

    process = _start(place, tmp_path)
    postgres.stop(process)

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_server_left_over_on_the_same_files_is_stopped_first(place, tmp_path):
    left_over = _start(place, tmp_path)

    process = _start(place, tmp_path)
    postgres.stop(process)

    assert left_over.wait(120) == 0


def test_files_of_another_major_version_are_refused_untouched(place, tmp_path):
    postgres.create(place, durable=False)
    (place.data / "PG_VERSION").write_text("16\n")

    with pytest.raises(Trouble) as refused:
        _start(place, tmp_path)

    assert f"made by PostgreSQL 16, this linli carries {binaries.major()}" in str(refused.value)
    assert not (place.data / "postmaster.pid").exists()


def test_a_folder_that_is_no_database_is_refused_untouched(place):
    place.data.mkdir()
    (place.data / "letter.txt").write_text("mine")

    with pytest.raises(Trouble):
        postgres.create(place, durable=False)

    assert (place.data / "letter.txt").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the database as somebody else")
def test_a_home_the_database_user_cannot_reach_is_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.setenv("LINLI_POSTGRES_HOME", str(tmp_path / "closed" / "home"))
    (tmp_path / "closed").mkdir(mode=0o700)

    with pytest.raises(Trouble, match="choose another LINLI_POSTGRES_HOME"):
        postgres.create(postgres.place_for(tmp_path / "data"), durable=False)


def test_a_half_made_database_is_made_anew(place):
    draft = place.data.with_name("data.new")
    draft.mkdir()
    (draft / "PG_VERSION").write_text("1")

    postgres.create(place, durable=False)

    assert (place.data / "PG_VERSION").read_text() == f"{binaries.major()}\n"


def test_a_long_path_gets_a_short_socket(tmp_path):
    long = tmp_path / ("x" * 120)

    assert len(os.fsencode(postgres._short(long / "socket"))) < 60


def test_the_server_ends_with_the_process_that_started_it(tmp_path):
    script = (
        "import sys, time; from linli.runtime import throwaway\n"
        "with throwaway.database() as url: print(url, flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    url = starter.stdout.readline().strip()
    with psycopg.connect(url) as connection:
        pid = connection.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'").fetchone()[0]

    starter.send_signal(signal.SIGKILL)
    starter.communicate()
    deadline = time.monotonic() + 120
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not psutil.pid_exists(pid)
    throwaway.sweep()
