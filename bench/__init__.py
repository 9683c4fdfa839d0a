"""Repeatable measurements, each with its peer or its physical limit beside it (测)."""
