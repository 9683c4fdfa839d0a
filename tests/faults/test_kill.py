import psutil
import pytest

from tests.faults.harness import PATIENCE_SECONDS, Neighbours
from tests.running import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]


@pytest.mark.parametrize(
    "target", ["web worker", "web", "database backend", "database", "worker", "clock", "live", "broker"]
)
def test_no_acknowledged_appeal_is_lost_or_doubled_when_a_process_is_killed(machine, target):
    with Neighbours(machine) as neighbours:
        neighbours.wait_for_more(30)
        machine.kill(target)
        neighbours.wait_for_more(30)

    neighbours.require_all_kept_once()


@pytest.mark.parametrize("target", ["worker", "clock", "live", "broker"])
def test_a_killed_process_comes_back(machine, target):
    victim = machine.kill(target)

    wait_for(lambda: not victim.is_running() and _has(machine, target), PATIENCE_SECONDS, f"{target} to come back")


def test_jobs_are_done_again_after_the_database_was_killed(machine):
    machine.kill("database")
    wait_for(lambda: _answers(machine), PATIENCE_SECONDS, "the database to come back")
    task = "procrastinate.builtin_tasks.remove_old_jobs"

    machine.manage("procrastinate", "defer", "--priority", "100", f"builtin:{task}", '{"max_hours": 72}')

    asked = "SELECT count(*) FROM procrastinate_jobs WHERE task_name LIKE %s AND status IN ('todo', 'doing')"
    wait_for(lambda: machine.query(asked, f"%{task}") == [(0,)], PATIENCE_SECONDS, "the job to be done")


def test_nothing_is_left_running_when_the_supervisor_is_killed_and_it_starts_again(machine):
    below = psutil.Process(machine.supervisor.pid).children(recursive=True)
    before = machine.query("SELECT count(*) FROM case_case")

    machine.supervisor.kill()
    machine.supervisor.wait()
    _, left = psutil.wait_procs(below, timeout=PATIENCE_SECONDS)
    machine.start()

    assert [process.cmdline() for process in left] == []
    assert machine.query("SELECT count(*) FROM case_case") == before


def test_all_of_it_stops_when_told_to(machine):
    below = psutil.Process(machine.supervisor.pid).children(recursive=True)

    machine.stop()

    assert machine.supervisor.returncode == 0
    _, left = psutil.wait_procs(below, timeout=10)  # what has ended is buried by the kernel a moment later
    assert [process.cmdline() for process in left] == []
    assert machine.folder.running() is None
    machine.start()


def _has(machine, target):
    words = {"worker": "jobs.worker", "clock": "jobs.clock", "live": "asgi:application", "broker": "nats-server"}
    return bool(machine.processes(words[target]))


def _answers(machine):
    try:
        return machine.query("SELECT 1") == [(1,)]
    except Exception:  # noqa: BLE001 -- whatever it says while it recovers
        return False
