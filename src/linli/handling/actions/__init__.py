"""Verbs of handling: work on a case, give sub-tasks, finish it (办)."""

from linli.handling.actions.tasks import (
    drop_task,
    end_tasks,
    finish_task,
    give_task,
    return_task,
    supervise_tasks,
)
from linli.handling.actions.working import finish, let_go, merge, record_step, refuse, speak

__all__ = [
    "drop_task",
    "end_tasks",
    "finish",
    "finish_task",
    "give_task",
    "let_go",
    "merge",
    "record_step",
    "refuse",
    "return_task",
    "speak",
    "supervise_tasks",
]
