"""Verbs of handling: do the work, give sub-tasks, ask for what it needs, rule on what was asked (办)."""

from linli.handling.actions.applying import ask, lapse_applications, object_to, take_back
from linli.handling.actions.archiving import forget_words
from linli.handling.actions.ruling import deny, grant, granted_limit, recount_due, resume, resume_due
from linli.handling.actions.tasks import (
    drop_task,
    end_tasks,
    finish_task,
    give_task,
    return_task,
    supervise_tasks,
)
from linli.handling.actions.working import correct, finish, fit, hand_on, let_go, merge, record_step, refuse, speak

__all__ = [
    "ask",
    "correct",
    "deny",
    "drop_task",
    "end_tasks",
    "finish",
    "finish_task",
    "fit",
    "forget_words",
    "give_task",
    "grant",
    "granted_limit",
    "hand_on",
    "lapse_applications",
    "let_go",
    "merge",
    "object_to",
    "record_step",
    "recount_due",
    "refuse",
    "resume",
    "resume_due",
    "return_task",
    "speak",
    "supervise_tasks",
    "take_back",
]
