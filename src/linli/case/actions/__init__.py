"""Verbs of a case: open it, move it, watch it (案)."""

from linli.case.actions.archiving import Archived, archive
from linli.case.actions.assigning import assign
from linli.case.actions.attaching import attach
from linli.case.actions.clock import (
    extend,
    fit,
    locked,
    resume,
    run_again,
    send_back_clock,
    stood_of,
    suspend,
)
from linli.case.actions.desk import (
    add_words,
    contact,
    correct,
    hand_on,
    keep_route,
    note,
    refuse,
    supervise_by_hand,
    take,
    withdraw,
)
from linli.case.actions.ending import end
from linli.case.actions.holding import held
from linli.case.actions.importing import import_file
from linli.case.actions.indexing import index_cases, index_words
from linli.case.actions.merging import merge, unmerge
from linli.case.actions.moving import allow, ensure_unmoved, move
from linli.case.actions.opening import Opened, follow_token, join, open_case, open_many
from linli.case.actions.partitioning import ensure_event_years, make_event_years
from linli.case.actions.raising import found_lead, raise_if_stuck
from linli.case.actions.recounting import is_recount_due, recount, recounted, rehearse_days
from linli.case.actions.rulebook import bring_days, bring_limits, read_days, recall_limits, withdraw_days
from linli.case.actions.splitting import Part, link, split
from linli.case.actions.taking_in import OTHER_CONTENT, Outcome, Taken, take_in
from linli.case.actions.watching import clear, clear_by_hand, climb, supervise

__all__ = [
    "OTHER_CONTENT",
    "Archived",
    "Opened",
    "Outcome",
    "Part",
    "Taken",
    "add_words",
    "allow",
    "archive",
    "assign",
    "attach",
    "bring_days",
    "bring_limits",
    "clear",
    "clear_by_hand",
    "climb",
    "contact",
    "correct",
    "end",
    "ensure_event_years",
    "ensure_unmoved",
    "extend",
    "fit",
    "follow_token",
    "found_lead",
    "hand_on",
    "held",
    "import_file",
    "index_cases",
    "index_words",
    "is_recount_due",
    "join",
    "keep_route",
    "link",
    "locked",
    "make_event_years",
    "merge",
    "move",
    "note",
    "open_case",
    "open_many",
    "raise_if_stuck",
    "read_days",
    "recall_limits",
    "recount",
    "recounted",
    "refuse",
    "rehearse_days",
    "resume",
    "run_again",
    "send_back_clock",
    "split",
    "stood_of",
    "supervise",
    "supervise_by_hand",
    "suspend",
    "take",
    "take_in",
    "unmerge",
    "withdraw",
    "withdraw_days",
]
