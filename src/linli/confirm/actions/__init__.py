"""Verbs of confirming: the resident's word on the outcome, and the call-backs that ask for it (评)."""

from linli.confirm.actions.answering import EVERYWHERE, confirm, lapse_due, send_back, withdraw
from linli.confirm.actions.archiving import forget_words
from linli.confirm.actions.calling import ask_finished, ask_not_to_be_called, record_try, remind_due
from linli.confirm.actions.recounting import recount_due

__all__ = [
    "EVERYWHERE",
    "ask_finished",
    "ask_not_to_be_called",
    "confirm",
    "forget_words",
    "lapse_due",
    "record_try",
    "recount_due",
    "remind_due",
    "send_back",
    "withdraw",
]
