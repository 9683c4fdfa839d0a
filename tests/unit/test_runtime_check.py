"""What ``./linli test`` does about its browser: it finds one, brings one, or says so; in CI it never goes without."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from linli.runtime import check

ROOT = Path(__file__).resolve().parents[2]
BROWSER_TEST = "tests/browser/test_together.py::test_typing_in_the_search_chooses_nothing_and_opens_nothing"


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """The only programs of a machine, and what was said on its console."""
    monkeypatch.delenv("LINLI_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(check, "APT_PAUSES", (0, 0, 0))
    monkeypatch.setattr(check.os, "geteuid", lambda: 0)
    program(tmp_path, "env", 'while [ "$1" != apt-get ]; do shift; done; exec "$@"')
    return tmp_path


@pytest.fixture
def said(monkeypatch):
    said = []
    monkeypatch.setattr(check, "tell", said.append)
    return said


def program(folder, name, words):
    (folder / name).write_text(f"#!/bin/sh\n{words}\n")
    (folder / name).chmod(0o755)


def test_a_program_that_only_points_elsewhere_is_no_browser(programs):
    program(programs, "chromium-browser", "echo 'install the snap' >&2; exit 1")
    assert check.find_chromium() == ""

    program(programs, "google-chrome", "echo 'Chrome 150'")

    assert check.find_chromium() == str(programs / "google-chrome")


def test_a_failed_installation_is_tried_again(programs, said):
    works = (
        f"[ -e {programs}/tried ] && printf '#!/bin/sh\\n' > {programs}/chromium && /bin/chmod +x {programs}/chromium"
    )
    fails = f": > {programs}/tried; echo 'E: Failed to fetch' >&2; exit 100"
    program(programs, "apt-get", f'case "$*" in *install*) {works} || {{ {fails}; }};; esac')

    check._provide_chromium()

    assert check.find_chromium() == str(programs / "chromium")
    assert said == [
        "Installing Chromium for the browser tests …",
        "apt-get could not install Chromium: E: Failed to fetch",
    ]


def test_without_a_browser_ci_fails_in_one_line_before_the_tests(programs, said, monkeypatch):
    program(programs, "apt-get", "echo 'E: Unable to locate package chromium' >&2; exit 100")
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(check, "prepare", lambda: None)
    monkeypatch.setattr(check, "_check_form", list)

    assert check.run([]) == 1

    assert said[-2:] == [
        "apt-get could not install Chromium: E: Unable to locate package chromium",
        f"✗ browser tests: {check.NO_CHROMIUM}. With CI set they are not skipped, so this run has failed.",
    ]


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("true", "1 error")])
def test_a_browser_test_without_a_browser_is_skipped_at_home_and_fails_in_ci(ci, outcome, tmp_path):
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_CHROM", "PYTEST"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", BROWSER_TEST]

    done = subprocess.run(
        command, cwd=ROOT, env={**surroundings, "CI": ci, "PATH": str(tmp_path)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert outcome in done.stdout, done.stdout + done.stderr
    assert check.NO_CHROMIUM in done.stdout
    assert (done.returncode == 0) is (ci == "")
