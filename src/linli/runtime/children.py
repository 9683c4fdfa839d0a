"""Child processes that never outlive the process that started them (子进程)."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """Return what a child runs before its program: ask the kernel for this signal when the parent is gone."""
    parent = os.getpid()

    def ask() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(sign))
            if os.getppid() != parent:  # the parent died before the kernel heard us
                os._exit(1)

    return ask
