"""Numbers that a caller gives."""

from __future__ import annotations

import operator

from rlve_dsl.errors import UsageError


def integer_from(least: int, name: str, value: object) -> int:
    """The integer that a value is; raises UsageError, which begins with `name`, for anything else and for less than `least`.

    >>> integer_from(1, "in_flight", 1.5)
    Traceback (most recent call last):
    rlve_dsl.errors.UsageError: in_flight is an integer, not 1.5
    """
    try:
        if isinstance(value, bool):  # which Python counts among the integers
            raise TypeError
        number = operator.index(value)  # type: ignore[arg-type]  # it takes numpy's integers too
    except TypeError:
        raise UsageError(f"{name} is an integer, not {value!r}") from None
    if number < least:
        raise UsageError(f"{name} is at least {least}, not {number}")
    return number
