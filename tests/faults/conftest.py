"""One machine for all that is done to it; the group keeps these tests on one worker."""

import pytest

from tests.faults.harness import Machine


@pytest.fixture(scope="session")
def machine(tmp_path_factory):
    machine = Machine(tmp_path_factory.mktemp("faults") / "data")
    try:
        machine.start()
        yield machine
    finally:
        machine.remove()
