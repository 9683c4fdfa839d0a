"""A PostgreSQL that lives as long as one test run; loaded by pytest before Django reads its settings (测试数据库).

Without LINLI_DATABASE_URL the first process of a run starts an embedded server and tells its workers by environment
variable. The kernel stops it when the run is killed; the next run removes what was left on disk.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from linli.runtime import postgres

PREFIX = "linli-throwaway-"


@contextmanager
def database() -> Iterator[str]:
    """Start a server in a new temporary folder, give its address, remove it all at the end."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    place = postgres.place_for(folder)
    process: subprocess.Popen[bytes] | None = None
    try:
        with (folder / "postgres.log").open("wb") as log:
            process = postgres.start(place, log=log, durable=False)
        postgres.wait_ready(place, process)
        yield place.url
    finally:
        if process:
            postgres.stop(process)
        shutil.rmtree(place.data.parent, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Remove what killed runs left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        note = folder / "database-name"
        if not pid.isdigit() or psutil.pid_exists(int(pid)):
            continue
        if note.exists() and os.geteuid() == 0:
            shutil.rmtree(postgres.root_home() / note.read_text().strip(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Have a database and a data folder before pytest-django reads the settings."""
    if not os.environ.get("LINLI_DATA"):
        os.environ["LINLI_DATA"] = tempfile.mkdtemp(prefix="linli-test-data-")
        early_config.add_cleanup(_remove_data)
    if not os.environ.get("LINLI_DATABASE_URL"):
        server = ExitStack()
        os.environ["LINLI_DATABASE_URL"] = server.enter_context(database())
        early_config.add_cleanup(server.close)
    return (yield)


def _remove_data() -> None:
    shutil.rmtree(os.environ.pop("LINLI_DATA"), ignore_errors=True)
