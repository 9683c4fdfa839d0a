"""What a resident sees: report, follow, confirm; no login, no script needed (居民)."""
