"""Playing side by side: while one user waits for something outside, such as a model, other episodes go on.

Only one episode moves at a time, so what episodes share needs no locks. Belongs here: who may move. Does not belong here:
episodes, or what users wait for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class _Held(threading.local):
    """The lock that this thread holds while its job moves; None outside of `SideBySide`."""

    floor: threading.Lock | None = None


_HELD = _Held()


@contextmanager
def waiting() -> Iterator[None]:
    """Let others move until the block ends. Put it around a wait in `User.respond`; alone, it does nothing.

    The block must not touch anything that episodes share.
    """
    floor = _HELD.floor
    if floor is None:
        yield
        return
    floor.release()
    try:
        yield
    finally:
        floor.acquire()


class SideBySide:
    """Does jobs in threads of which one moves at a time: while one of them waits (see `waiting`), others move.

    Args:
        at_once: How many jobs may be under way together.
    """

    def __init__(self, at_once: int) -> None:
        from concurrent.futures import ThreadPoolExecutor  # not at the top: most episodes are played alone

        self._floor = threading.Lock()
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="episode")

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Begin a job, and return what will hold its result."""
        return self._pool.submit(self._do, job)

    def close(self) -> None:
        """Finish jobs that have begun, and forget the others."""
        self._pool.shutdown(cancel_futures=True)

    def _do(self, job: Callable[[], T]) -> T:
        with self._floor:
            _HELD.floor = self._floor
            try:
                return job()
            finally:
                _HELD.floor = None
