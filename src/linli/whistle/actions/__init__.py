"""Verbs of the whistle: blow it, answer it, agree on a counter-proposal, bring the parts together (哨)."""

from linli.whistle.actions.answering import (
    agree,
    check_answer,
    counter,
    decline,
    finish_part,
    hand_back,
    report_in,
    return_part,
    turn_down,
)
from linli.whistle.actions.archiving import forget_words
from linli.whistle.actions.blowing import blow
from linli.whistle.actions.disputing import ask_review, rule, supervise_disputes
from linli.whistle.actions.ending import end_calls, release, reopen_calls, retime_calls
from linli.whistle.actions.reckoning import during, moved_from, reckon_calls
from linli.whistle.actions.watching import supervise_called

__all__ = [
    "agree",
    "ask_review",
    "blow",
    "check_answer",
    "counter",
    "decline",
    "during",
    "end_calls",
    "finish_part",
    "forget_words",
    "hand_back",
    "moved_from",
    "reckon_calls",
    "release",
    "reopen_calls",
    "report_in",
    "retime_calls",
    "return_part",
    "rule",
    "supervise_called",
    "supervise_disputes",
    "turn_down",
]
