"""`kind: Reward`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.texts import ExpressionText, Name


@dataclass(frozen=True, slots=True)
class Term:
    """A weighted part of the reward."""

    name: Name
    weight: float
    value: ExpressionText
    span: Span


HardFailure = Literal["malformed_action", "illegal_call", "forbidden"]


@dataclass(frozen=True, slots=True)
class Reward:
    """`kind: Reward`: the weighted sum of the terms, clipped to `range`; a hard failure replaces it.

    `correct_when` says when an episode passes, given whether its environment says so (`correct`), which alone decides
    when it is absent.
    """

    name: Name
    range: tuple[float, float]
    terms: Mapping[str, Term]
    span: Span
    let: Mapping[str, ExpressionText] = field(default_factory=dict)
    hard_failures: Mapping[HardFailure, float] = field(default_factory=dict)
    correct_when: ExpressionText | None = None
