"""Deadlines of a case, frozen at opening from the limits in force; its clock, and how far it has run (时限)."""

from linli.case.deadlines.memory import calendar, forget, limit_table, table_named, tables_known
from linli.case.deadlines.reckoning import (
    Deadlines,
    Given,
    Period,
    Reckoned,
    Stood,
    deadlines_for,
    extension_limit,
    first_rung,
    limit_for,
    limits,
    periods_of,
    reckon,
    rungs,
    shifted,
    used_in,
)
from linli.case.deadlines.tables import LimitTable, Line, line_of

__all__ = [
    "Deadlines",
    "Given",
    "LimitTable",
    "Line",
    "Period",
    "Reckoned",
    "Stood",
    "calendar",
    "deadlines_for",
    "extension_limit",
    "first_rung",
    "forget",
    "limit_for",
    "limit_table",
    "limits",
    "line_of",
    "periods_of",
    "reckon",
    "rungs",
    "shifted",
    "table_named",
    "tables_known",
    "used_in",
]
