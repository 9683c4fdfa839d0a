"""Python's garbage collector in a process that lives long (内存回收)."""

import gc


def spare_what_is_loaded() -> None:
    """Let the collector leave alone what is loaded now, and look seldom at the rest; called once at the start.

    Otherwise it walks the program and the map kept in memory again and again, a quarter of an import's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
