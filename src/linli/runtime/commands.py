"""What each command of ./linli does (命令)."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from linli.runtime import assets, backup, check, doctor, fingerprints, first_run, ports
from linli.runtime.folder import Folder
from linli.runtime.system import System, opened, sample_logins, tell
from linli.runtime.trouble import Trouble

HOME = fingerprints.REPOSITORY / ".linli"
OWN = HOME / "own"
DEMO = HOME / "demo"


def demo(chosen: argparse.Namespace) -> int:
    """Run a made-up district; make it the first time."""
    default = DEMO if chosen.scale == "small" else DEMO.with_name(f"demo-{chosen.scale}")
    with _started(chosen.data or default, chosen, is_demo=True) as system:
        first_run.seed(system, scale=chosen.scale, seed=chosen.seed)
        system.serve(lambda: _farewell(system))
    tell("Stopped.")
    return 0


def up(chosen: argparse.Namespace) -> int:
    """Run one's own district; ask for its areas and first administrator the first time."""
    with _started(chosen.data or OWN, chosen) as system:
        first_run.lead(system, asks=sys.stdin.isatty() and not chosen.no_questions)
        system.serve(lambda: _farewell(system))
    tell("Stopped.")
    return 0


def look(chosen: argparse.Namespace) -> int:
    """Say what is missing here and how to mend it."""
    return doctor.report(chosen.data or _usual_folder(), chosen.port)


def back_up(chosen: argparse.Namespace) -> int:
    """Copy a running linli into a new folder."""
    backup.save(Folder(chosen.data or _usual_folder()), chosen.target)
    return 0


def restore(chosen: argparse.Namespace) -> int:
    """Make a new data folder from a backup."""
    backup.bring_back(chosen.source, Folder(chosen.data))
    return 0


def due(arguments: Sequence[str]) -> int:
    """Say when a limit is over; needs neither database nor data folder."""
    from linli.shared.calendar import command

    return command.main(arguments)


def measurements() -> list[str]:
    """Name the measurements of bench/: the files that can be run; what they share stands beside them."""
    files = (fingerprints.REPOSITORY / "bench").glob("*.py")
    return sorted(path.stem for path in files if "\ndef main(" in path.read_text(encoding="utf-8"))


def bench(arguments: Sequence[str]) -> int:
    """Run one measurement of bench/, or name them all."""
    names = measurements()
    if not arguments or arguments[0] not in names:
        raise Trouble(f"Say which measurement: {', '.join(names) or 'there are none yet'}.")
    ours = os.pathsep.join([str(fingerprints.REPOSITORY / "src"), str(fingerprints.REPOSITORY)])
    return _run("-m", f"bench.{arguments[0]}", *arguments[1:], env={**os.environ, "PYTHONPATH": ours})


def manage(arguments: Sequence[str]) -> int:
    """Run a Django command on the linli that is running, or start its database for as long as the command takes."""
    path, rest = _data_option(list(arguments))
    folder = Folder(path or _usual_folder())
    running = folder.running()
    if running:
        system = System(folder, database_url=running.database_url, live_port=running.live_port)
        return _run("-m", "django", *rest, env=system.surroundings(as_owner=True))
    with opened(System(folder)) as system:
        return _run("-m", "django", *rest, env=system.surroundings(as_owner=True))


def verify_history(arguments: Sequence[str]) -> int:
    """Recompute the chains of all events of a period and name every row that was changed."""
    place = 2 if arguments[:1] == ["--data"] else 1 if arguments and arguments[0].startswith("--data=") else 0
    return manage([*arguments[:place], "verify_history", *arguments[place:]])


def device(arguments: Sequence[str]) -> int:
    """Be a device, or many."""
    from linli.runtime import simulator

    return simulator.run(arguments, _usual_folder)


PASSED_ON: dict[str, Callable[[Sequence[str]], int]] = {
    "test": check.run,
    "due": due,
    "bench": bench,
    "manage": manage,
    "verify-history": verify_history,
    "device": device,
}
PASSED_ON_HELP = {
    "test": "every check of the code, then the tests; arguments go to pytest alone",
    "due": "when a limit is over: --from 2026-02-14T17:00 --limit “5 working days” --calendar lhasa",
    "bench": "a measurement: NAME [--json]",
    "verify-history": "recompute the history of every case and call: [--data DIR] [--since DAY] [--until DAY]",
    "device": "a simulated device: press SERIAL · heartbeat SERIAL · fleet --devices N",
    "manage": "a Django command on the data folder: [--data DIR] COMMAND …",
}


@contextmanager
def _started(path: Path, chosen: argparse.Namespace, *, is_demo: bool = False) -> Iterator[System]:
    folder = Folder(path)
    folder.require_nobody()  # before the port, which that other linli has too
    ports.require_free(chosen.host, chosen.port)
    assets.build(tell)
    with opened(System(folder, host=chosen.host, port=chosen.port, is_demo=is_demo)) as system:
        yield system


def _farewell(system: System) -> None:
    logins = sample_logins(system.folder)
    if logins:
        tell("\nSample logins, one per desk:")
        for login in logins:
            tell(f"  {login['username']:<14} {login['password']:<18} {login.get('desk', '')} {login.get('unit', '')}")
    tell(f"\n{_door_line(system)}")
    tell(f"linli 邻里 is running: {system.url}\nData: {system.folder.path}   Stop: Ctrl-C")


def _door_line(system: System) -> str:
    assert system.broker is not None  # noqa: S101 -- serve() starts it before it says farewell
    door = system.broker.door
    trust = f"   Give them the certificate {door.authority}" if door.authority else ""
    return f"Devices come in at {door.url}{trust}"


def _usual_folder() -> Path:
    """Choose the folder meant when none is named: the environment's, one's own district, else the demo."""
    if os.environ.get("LINLI_DATA"):
        return Path(os.environ["LINLI_DATA"])
    existing = [path for path in (OWN, DEMO) if path.exists()]
    running = [path for path in existing if Folder(path).running()]
    return [*running, *existing, OWN][0]


def _data_option(arguments: list[str]) -> tuple[Path | None, list[str]]:
    if arguments and arguments[0].startswith("--data="):
        return Path(arguments[0].partition("=")[2]), arguments[1:]
    if len(arguments) > 1 and arguments[0] == "--data":
        return Path(arguments[1]), arguments[2:]
    return None, arguments


def _run(*arguments: str, env: dict[str, str]) -> int:
    """Run it where the person stands, because the files it is given lie there; -P: but no code is taken from there."""
    return subprocess.run([sys.executable, "-P", *arguments], env=env, check=False).returncode
