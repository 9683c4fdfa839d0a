"""Memories look at the database again after a while, and never while the connection is busy."""

import time

from linli.shared import looks


def test_a_memory_is_looked_at_again_after_its_while() -> None:
    now = time.monotonic()
    assert looks.is_due(now - 2.0, 1.0)
    assert not looks.is_due(now, 60.0)


def test_what_runs_by_heart_looks_at_nothing_and_what_comes_after_does() -> None:
    long_ago = time.monotonic() - 1000.0
    with looks.by_heart():
        assert not looks.is_due(long_ago, 1.0)
    assert looks.is_due(long_ago, 1.0)
