"""What every test may rely on; the database comes from linli.runtime.throwaway (addopts in pyproject.toml)."""

import pytest

from linli.runtime.check import find_chromium

HEAVY = ("browser", "faults")  # each such module starts a whole linli: its tests stay together on one core


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep a module that starts a whole machine on one worker; without Chromium leave the browser tests out."""
    has_chromium = bool(find_chromium())
    for item in items:
        if any(item.get_closest_marker(name) for name in HEAVY) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
        if item.get_closest_marker("browser") and not has_chromium:
            item.add_marker(pytest.mark.skip(reason="Chromium is missing: install the package “chromium”"))


@pytest.fixture(scope="session")
def chromium_path():
    """Where the browser of this machine is."""
    return find_chromium()
