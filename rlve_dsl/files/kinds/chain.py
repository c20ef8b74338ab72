"""`kind: Environment` with `compose:`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.axes import Axis
from rlve_dsl.files.kinds.texts import ExpressionText, Name, Reference, TemplateText, Text


@dataclass(frozen=True, slots=True)
class Chaining:
    """`compose:`: which environments are chained, how many an episode has, and how one follows another.

    `switch` is the probability that an intent is raised before the one before it has been answered; `repeat` lets an
    environment come more than once; `says` announces an intent (`part` is its number).
    """

    of: tuple[Reference, ...]
    count: ExpressionText
    span: Span
    switch: ExpressionText | None = None
    says: TemplateText | None = None
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """`kind: Environment` with `compose:`: several environments in one conversation."""

    name: Name
    title: Text
    compose: Chaining
    reward: ExpressionText
    correct_when: ExpressionText
    span: Span
    brief: TemplateText | None = None
    axes: Mapping[str, Axis] = field(default_factory=dict)
    turns: ExpressionText | None = None
