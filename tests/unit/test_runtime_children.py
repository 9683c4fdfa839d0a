import signal
import subprocess
import sys
import time

import psutil
import pytest

from linli.runtime import children
from linli.runtime.children import Child, Nursery, die_with_parent
from linli.runtime.logs import LogWatch
from linli.runtime.trouble import Trouble
from tests.running import wait_for

FOREVER = [sys.executable, "-c", "import time; time.sleep(600)"]


def _spawn(command=FOREVER):
    return subprocess.Popen(command, start_new_session=True)


@pytest.fixture
def said():
    return []


@pytest.fixture
def nursery(said):
    nursery = Nursery(said.append)
    yield nursery
    nursery.stop()


def _look_until(nursery, condition):
    """Look after the children until something holds; return when the last look began."""
    looks = []

    def holds_after_a_look():
        if not condition():
            looks.append(time.monotonic())
            nursery.look_after()
        return condition()

    wait_for(holds_after_a_look, 240, "what the nursery was to do")
    return looks[-1]


def test_a_killed_child_comes_back_at_once_and_it_is_said(nursery, said):
    child = Child("web", _spawn)
    nursery.add(child)
    first = child.process.pid

    child.process.kill()
    _look_until(nursery, lambda: child.process and child.process.pid != first)

    assert child.process.poll() is None
    assert said == ["web stopped (signal SIGKILL), starting again; see logs/web.log"]


def test_a_child_that_lives_on_but_says_that_it_cannot_go_on_is_started_again(nursery, said, monkeypatch):
    monkeypatch.setattr(children, "EXAMINE_SECONDS", 0.01)
    answers = iter([True, True, False, True, True, True])
    child = Child("broker", _spawn, is_broken=lambda: next(answers, False))
    nursery.add(child)
    first = child.process.pid

    _look_until(nursery, lambda: child.process and child.process.pid != first)

    assert said == [
        "broker says that it cannot go on, it is stopped; see logs/broker.log",
        "broker stopped (signal SIGKILL), starting again; see logs/broker.log",
    ]
    assert list(answers) == []


def test_a_child_that_keeps_dying_is_started_ever_more_slowly(nursery):
    child = Child("web", lambda: _spawn([sys.executable, "-c", "raise SystemExit(3)"]))
    nursery.add(child)

    looked_at = _look_until(nursery, lambda: child.deaths == 3)

    assert child.start_again_at - looked_at > 1


def test_what_a_child_started_goes_with_it(nursery):
    script = "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"
    child = Child(
        "web",
        lambda: subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True),
    )
    nursery.add(child)
    grandchild = psutil.Process(int(child.process.stdout.readline()))
    child.process.stdout.close()

    child.process.kill()
    _look_until(nursery, lambda: child.deaths == 1)

    psutil.wait_procs([grandchild], timeout=120)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_the_first_start_that_fails_is_heard_and_a_later_one_is_tried_again(nursery, said):
    def fail():
        raise Trouble("no room")

    with pytest.raises(Trouble):
        nursery.add(Child("broker", fail))
    child = nursery.children[0]
    child.deaths = 1

    nursery.look_after()

    assert said == ["broker cannot start: no room"]
    assert child.deaths == 2


def test_all_are_stopped_the_last_first(nursery):
    children = [Child(name, _spawn) for name in ("one", "two")]
    for child in children:
        nursery.add(child)
    processes = [child.process for child in children]

    nursery.stop()

    assert [process.returncode for process in processes] == [-signal.SIGTERM, -signal.SIGTERM]


@pytest.mark.skipif(sys.platform != "linux", reason="a promise of the Linux kernel")
def test_a_child_dies_with_its_killed_parent():
    script = (
        "import signal, subprocess, time\n"
        "from linli.runtime.children import die_with_parent\n"
        "child = subprocess.Popen(['sleep', '600'], preexec_fn=die_with_parent(signal.SIGTERM))\n"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    child = psutil.Process(int(parent.stdout.readline()))

    parent.kill()
    parent.communicate()
    psutil.wait_procs([child], timeout=120)

    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert callable(die_with_parent(signal.SIGTERM))


def test_only_alarming_lines_reach_the_console_with_their_process_name(tmp_path):
    (tmp_path / "web.log").write_text("ERROR of yesterday\n")
    watch = LogWatch(tmp_path)
    with (tmp_path / "web.log").open("a") as log:
        log.write("GET / 200\n2026-11-23 ERROR django.request Internal Server Error: /\n")
        log.write("FATAL:  terminating connection due to administrator command\n")

    assert watch.new_lines() == ["web | 2026-11-23 ERROR django.request Internal Server Error: /"]
    assert watch.new_lines() == []


def test_a_flood_of_alarms_is_counted_not_shown(tmp_path):
    watch = LogWatch(tmp_path)
    (tmp_path / "web.log").write_text("ERROR again\n" * 100)

    assert watch.new_lines() == ["web | ERROR again"] * 5 + ["web | and 95 more lines like these"]
