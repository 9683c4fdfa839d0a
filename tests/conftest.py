"""Fixtures every test may use; the database comes from linli.runtime.throwaway (addopts in pyproject.toml)."""

import pytest


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Let no test see units, posts or rules that another one remembered."""
    from linli.staff import queries

    queries.forget()
