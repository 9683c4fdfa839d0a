"""Tools every stage may use: moves, refusals, roles, calendar, audit (公共件)."""
