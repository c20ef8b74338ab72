"""Playing side by side: while one user waits for something outside, such as a model, other episodes go on.

Only one episode moves at a time, so what episodes share needs no locks. Belongs here: who may move. Does not belong here:
episodes, or what users wait for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager


class _Held(threading.local):
    """The lock that this thread holds while its job moves; None outside of `side_by_side`."""

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


def side_by_side(jobs: Sequence[Callable[[], None]], at_once: int = 1) -> None:
    """Do all jobs. While one of them waits (see `waiting`), others move; otherwise one moves at a time.

    Args:
        jobs: What to do.
        at_once: How many jobs may be under way together. With 1, they are done one after the other, in this thread.

    Raises:
        Exception: What a job raises. Jobs that have begun are finished before.
    """
    if at_once <= 1 or len(jobs) <= 1:
        for job in jobs:
            job()
        return
    from concurrent.futures import ThreadPoolExecutor  # not at the top: most episodes are played alone

    floor = threading.Lock()

    def do(job: Callable[[], None]) -> None:
        with floor:
            _HELD.floor = floor
            try:
                job()
            finally:
                _HELD.floor = None

    pool = ThreadPoolExecutor(min(at_once, len(jobs)), thread_name_prefix="episode")
    try:
        for done in [pool.submit(do, job) for job in jobs]:
            done.result()
    finally:
        pool.shutdown(cancel_futures=True)
