"""④ Blow → report in → overdue (哨)."""
