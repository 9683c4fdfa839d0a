"""The worker: does the jobs that transactions left, over every interruption of the database (后台任务).

A job is kept until it is done. Jobs of a worker that was killed are taken up again, so every task is repeatable.
What nobody waits for has a slot of its own, so that ten thousand comparisons keep no import and no notice waiting.
"""

import asyncio
import logging
import os
from collections.abc import Coroutine, Sequence
from typing import Any

import django

from linli.jobs.staying import first_of, told_to_stop
from linli.shared.collector import spare_what_is_loaded

PROMPT, PROMPT_SLOTS = ("imports", "notices", "scans", "builtin", "default"), 4
PATIENT, PATIENT_SLOTS = ("analysis",), 1
STALLED_SECONDS = 30
POLL_SECONDS = 5.0
FINISH_SECONDS = 8.0
STOP_SECONDS_MAX = 12
PAUSE_SECONDS_MAX = 5.0

log = logging.getLogger(__name__)


def main() -> None:
    """Run until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    django.setup()
    from linli.shared.scope import EVERYTHING, acting  # noqa: PLC0415 -- after the apps are registered

    spare_what_is_loaded()
    with acting(EVERYTHING):
        asyncio.run(_work_for_ever())


async def _work_for_ever() -> None:
    stopping = told_to_stop(within=STOP_SECONDS_MAX)
    pause = 0.2
    while not stopping.is_set():
        began = asyncio.get_running_loop().time()
        try:
            await _work(stopping)
        except Exception:
            log.warning("the worker was interrupted, going on in %.1f s", pause, exc_info=True)
        pause = 0.2 if asyncio.get_running_loop().time() - began > 30 else min(pause * 2, PAUSE_SECONDS_MAX)
        await first_of(stopping.wait(), asyncio.sleep(pause))


async def _work(stopping: asyncio.Event) -> None:
    from procrastinate.contrib.django import app  # noqa: PLC0415 -- after the apps are registered

    with app.replace_connector(_connector()) as working:
        async with working.open_async():
            prompt, patient = _doing(working, PROMPT, PROMPT_SLOTS), _doing(working, PATIENT, PATIENT_SLOTS)
            await first_of(stopping.wait(), _take_up_stalled(working), prompt, patient)


def _doing(working: Any, queues: Sequence[str], slots: int) -> Coroutine[Any, Any, None]:
    doing: Coroutine[Any, Any, None] = working.run_worker_async(
        queues=list(queues),
        concurrency=slots,
        install_signal_handlers=False,
        fetch_job_polling_interval=POLL_SECONDS,
        shutdown_graceful_timeout=FINISH_SECONDS,
        delete_jobs="successful",
    )
    return doing


def _connector() -> Any:
    from django.conf import settings  # noqa: PLC0415 -- after the apps are registered
    from procrastinate import PsycopgConnector  # noqa: PLC0415 -- see above
    from procrastinate.contrib.django.utils import connector_params  # noqa: PLC0415 -- see above

    parameters = connector_params()
    if settings.DATABASE_ROLE:
        parameters["options"] = f"{parameters.get('options', '')} -c role={settings.DATABASE_ROLE}".strip()
    return PsycopgConnector(kwargs=parameters, min_size=1, max_size=PROMPT_SLOTS + PATIENT_SLOTS + 3)


async def _take_up_stalled(working: Any) -> None:
    """Put jobs of killed workers back into the queue."""
    while True:
        for job in await working.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
            log.warning("job %s (%s) was left by a stopped worker and is done again", job.id, job.task_name)
            await working.job_manager.retry_job(job)
        await asyncio.sleep(STALLED_SECONDS)


if __name__ == "__main__":
    main()
