"""How long a call takes, whatever else the machine does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, thread_time

try:
    from resource import RUSAGE_THREAD, getrusage
except ImportError:  # not on Linux
    getrusage = None  # type: ignore[assignment]


@dataclass(slots=True)
class Took:
    """How long a call took: the seconds in which it had a processor, and those in which it waited of its own will.

    While other programs have the processor, neither grows, so that a busy machine makes no call slow.
    """

    working: float = 0.0
    waiting: float = 0.0

    @property
    def most(self) -> float:
        """The longer of the two."""
        return max(self.working, self.waiting)


@contextmanager
def timed() -> Iterator[Took]:
    """Measure the time that the block takes."""
    took, start, worked, waits = Took(), perf_counter(), thread_time(), _waits()
    yield took
    took.working = thread_time() - worked
    if _waits() > waits:
        took.waiting = perf_counter() - start - took.working


def _waits() -> int:
    """How often this thread has given its processor away of its own will; 0 where the system does not say so."""
    return getrusage(RUSAGE_THREAD).ru_nvcsw if getrusage is not None else 0
