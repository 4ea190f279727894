"""Ties a process to the one that started it: standard input's first line, its end, and the kernel's death signal.

Used by the sidecar and by the model process below it. Reads the descriptor itself: a buffered reader blocked in a
thread would hold a lock that the interpreter needs to end.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

STDIN = 0
PR_SET_PDEATHSIG = 1
# A token or an order of the parent fits many times; a stream without a newline must not fill the memory.
MAX_LINE_BYTES = 64 * 1024


def die_with_parent() -> None:
    """Asks Linux to kill this process when the thread that started it ends. Elsewhere the end of stdin has to do."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "could not ask for the parent's death signal")


def lead_own_group() -> None:
    """Moves into a process group of its own, so that one signal to the group also ends the children.

    Not on a terminal: a background group could neither read from it nor be interrupted by it.
    """
    if hasattr(os, "setpgid") and not os.isatty(STDIN) and os.getpgrp() != os.getpid():
        os.setpgid(0, 0)


def first_line() -> str:
    """The first line on standard input, without its end. Empty when input ended first."""
    line = bytearray()
    while len(line) <= MAX_LINE_BYTES:
        byte = os.read(STDIN, 1)
        if byte in (b"", b"\n"):
            return line.decode().strip()
        line += byte
    raise ValueError(f"the first line on standard input is longer than `{MAX_LINE_BYTES}` bytes")


def when_input_ends(action: Callable[[], object]) -> None:
    """Calls `action` from another thread, once, when standard input reaches its end."""

    def watch() -> None:
        try:
            while os.read(STDIN, 4096):
                continue
        except OSError:
            # A closed or broken input says the same as an ended one: nobody is there.
            action()
            return
        action()

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
