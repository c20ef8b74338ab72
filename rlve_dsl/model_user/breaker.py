"""A circuit breaker: after several failures in a row, a server is left alone for a while."""

from __future__ import annotations


class Breaker:
    """Says whether a server may be asked.

    After `failures` failures in a row, the next `pause` requests are not made. Then one request is a try: its success ends
    the pause, and its failure begins another.

    >>> breaker = Breaker(failures=1, pause=2)
    >>> breaker.failed()
    >>> [breaker.allows() for _ in range(4)]  # two are not made, the third is a try, and the fourth waits for it
    [False, False, True, False]
    >>> breaker.succeeded()
    >>> breaker.allows()
    True
    """

    def __init__(self, failures: int, pause: int) -> None:
        self._most = failures
        self._pause = pause
        self._failures = 0
        self._left = 0
        self._trying = False

    def allows(self) -> bool:
        """Whether this request may be made."""
        if self._failures < self._most:
            return True
        if self._left > 0:
            self._left -= 1
            return False
        if self._trying:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        """A reply came."""
        self._failures = 0
        self._trying = False

    def failed(self) -> None:
        """No reply came."""
        self._failures += 1
        self._trying = False
        if self._failures >= self._most:
            self._left = self._pause
