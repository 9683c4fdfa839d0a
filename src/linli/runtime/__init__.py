"""The machine room: embedded PostgreSQL and message server, process supervision, command line."""
