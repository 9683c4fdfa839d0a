"""Django's PostgreSQL backend, plus the session's scope and role."""
