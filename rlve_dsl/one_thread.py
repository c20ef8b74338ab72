"""Linear algebra on one thread: the matrices of messages and texts are so small that more threads take more time than they save.

Belongs here: how many threads are used. Does not belong here: what is computed.
"""

from __future__ import annotations

from contextlib import ContextDecorator
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController


class OneThread(ContextDecorator):
    """A block in which numpy multiplies matrices on one thread. Blocks may overlap, also of several threads of Python.

    The number of threads belongs to the process. So the first block that begins sets it, and the last one that ends sets it back.
    Threads that wait for work burn processor time between two products (`benchmarks/README.md` has the figures).
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._blocks = 0

    def __enter__(self) -> None:
        with self._lock:
            self._blocks += 1
            if self._blocks == 1:
                self._limit = _libraries().limit(limits=1)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._blocks -= 1
            if not self._blocks:
                self._limit.restore_original_limits()


@cache
def _libraries() -> ThreadpoolController:
    """The libraries of linear algebra in this process; finding them takes a millisecond."""
    return ThreadpoolController().select(user_api="blas")


on_one_thread = OneThread()
"""The block, for all: as a context or as a decorator."""
