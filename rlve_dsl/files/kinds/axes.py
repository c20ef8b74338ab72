"""`kind: Axes`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.texts import ExpressionText, Name, Text

Role = Literal["harder_up", "harder_down", "allowance", "shape"]


@dataclass(frozen=True, slots=True)
class Axis:
    """A difficulty axis: a value for every level `d`."""

    name: Name
    type: Literal["int", "real"]
    curve: ExpressionText
    role: Role
    span: Span
    symbol: Text | None = None


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels a scenario has, both ends included; written `0..12`."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Axes:
    """`kind: Axes`."""

    name: Name
    axes: Mapping[str, Axis]
    span: Span
    levels: Levels = Levels(0, 12)
