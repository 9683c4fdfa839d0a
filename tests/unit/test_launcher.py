import shutil
import stat
import subprocess
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).resolve().parents[2] / "linli"


@pytest.fixture
def bare(tmp_path):
    """A checkout on a machine that has a shell and little else."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "cmp", "rm", "cp"):
        (programs / name).symlink_to(shutil.which(name))
    shutil.copy(LAUNCHER, tmp_path / "linli")
    (tmp_path / "requirements.lock").write_text("")
    return tmp_path


def _program(bare, name, words):
    path = bare / "bin" / name
    path.write_text(f"#!/bin/sh\n{words}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def _run(bare):
    surroundings = {"PATH": str(bare / "bin"), "HOME": str(bare)}
    return subprocess.run([bare / "linli", "demo"], env=surroundings, capture_output=True, text=True, check=False)


def test_a_machine_without_python_is_told_in_one_line(bare):
    done = _run(bare)

    assert done.returncode == 1
    assert done.stderr == (
        "linli: Python 3.11 or later is needed, found no Python at all: "
        "install python3.11 (or set LINLI_PYTHON to one).\n"
    )


def test_a_machine_with_an_old_python_is_told_which_it_has(bare):
    _program(bare, "python3", '[ "$1" = --version ] && echo "Python 3.9.2" || exit 1')

    done = _run(bare)

    assert done.returncode == 1
    assert done.stderr == (
        "linli: Python 3.11 or later is needed, found Python 3.9.2: install python3.11 (or set LINLI_PYTHON to one).\n"
    )


def test_a_python_without_venv_is_told_what_to_install(bare):
    _program(bare, "python3", '[ "$1" = -m ] && exit 1 || exit 0')

    done = _run(bare)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "linli: Python's venv module is incomplete: install the package python3-venv, or uv, and run ./linli again."
    )


def test_what_a_person_names_lies_where_the_person_stands(bare):
    (bare / ".venv" / "bin").mkdir(parents=True)
    (bare / ".venv" / "linli-installed.lock").write_text("")
    words = f'case "$*" in *__path__*) echo {bare}/src/linli;; *linli.runtime*) pwd; echo "$@";; esac'
    _program(bare, "../.venv/bin/python", words)
    (bare / "elsewhere").mkdir()

    command = [bare / "linli", "backup", "mine"]
    surroundings = {"PATH": str(bare / "bin"), "HOME": str(bare)}
    done = subprocess.run(
        command, cwd=bare / "elsewhere", env=surroundings, capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines() == [str(bare / "elsewhere"), "-P -m linli.runtime backup mine"]


def test_the_launcher_is_plain_posix_shell():
    assert LAUNCHER.read_text().startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", LAUNCHER], check=False).returncode == 0
