"""Every job finds a worker, and what nobody waits for stands in nobody's way."""

from linli.jobs import worker


def test_the_worker_looks_at_the_queue_of_every_task():
    from procrastinate.contrib.django import app

    queues = {task.queue for task in app.tasks.values()}

    assert queues
    assert queues - {*worker.PROMPT, *worker.PATIENT} == set()


def test_comparisons_take_no_slot_of_an_import():
    assert not set(worker.PROMPT) & set(worker.PATIENT)
    assert "imports" in worker.PROMPT
    assert "analysis" in worker.PATIENT
