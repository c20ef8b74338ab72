"""What is wrong with a value that a plugin's primitive gave, as the end of a sentence."""

from __future__ import annotations

from typing import Any

from rlve_dsl import world
from rlve_dsl.expressions import mismatch, no_number, shown
from rlve_dsl.expressions.types import Type

__all__ = ["fault_of_trouble", "fault_of_value", "no_number", "shown"]


def fault_of_trouble(value: Any, args: tuple[Any, ...]) -> str:
    """What is wrong with what a disturbance gave."""
    wanted = world.fault_of_trouble(value)
    return f"gave {shown(value)}, and {wanted}" if wanted else ""


def fault_of_value(value: Any, type_: Type, *, any_size: bool = False) -> str:
    """How a value is not of a type, as the end of a sentence; empty when it is. With `any_size`, numbers may be too large.

    >>> from rlve_dsl.expressions.types import INT
    >>> fault_of_value("three", INT)
    "gave 'three', and int is wanted"
    """
    how = mismatch(value, type_, any_size=any_size)
    return f"gave {how}" if how else ""
