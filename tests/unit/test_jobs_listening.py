"""The ear at a message server of its own."""

import asyncio
import subprocess
from contextlib import suppress

import pytest

from linli.jobs.alarms import listening
from linli.jobs.alarms.listening import Ear
from linli.jobs.alarms.moments import Moments
from linli.runtime import broker as brokers
from linli.runtime import ports
from linli.runtime.door import Door
from linli.runtime.folder import Folder
from tests.running import run_alone


@pytest.fixture
def broker(tmp_path):
    folder = Folder(tmp_path / "data")
    folder.prepare()
    made = brokers.configure(folder, Door(port=ports.free()))
    process = subprocess.Popen(made.command())
    try:
        brokers.wait_ready(made, process)
        yield made
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("seconds", [0.001, 0.05], ids=["too short to ask", "long enough"])
def test_an_ear_that_hears_nothing_for_a_while_is_not_mute(broker, caplog, monkeypatch, seconds):
    monkeypatch.setattr(listening, "FETCH_SECONDS", seconds)
    ear = Ear(broker.url, Moments(), taken_in=lambda: None)

    async def listen_for_a_while():
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                await ear.listen()
        await ear.broker.close()

    run_alone(listen_for_a_while())

    assert (ear.mute_since, caplog.messages) == (None, [])
