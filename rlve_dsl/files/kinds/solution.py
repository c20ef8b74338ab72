"""`solution:` of an environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.texts import ExpressionText, Name
from rlve_dsl.files.kinds.world import Loop


@dataclass(frozen=True, slots=True)
class Ask:
    """Solution: ask for everything not yet said (`facts` empty) or for these facts."""

    span: Span
    facts: tuple[Name, ...] = ()
    condition: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """Solution: call a tool and bind its result."""

    tool: Name
    span: Span
    arguments: Mapping[str, ExpressionText] = field(default_factory=dict)
    name: Name | None = None
    condition: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """Solution: bind a value."""

    name: Name
    value: ExpressionText
    span: Span


@dataclass(frozen=True, slots=True)
class NextTurn:
    """Solution: what follows waits for the next turn."""

    span: Span


@dataclass(frozen=True, slots=True)
class ForEach:
    """Solution: do the same for each item, side by side as far as the tool budget allows; `name` is the list of `gives`."""

    loop: Loop
    do: tuple[Action, ...]
    span: Span
    condition: ExpressionText | None = None
    name: Name | None = None
    gives: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """Solution: do again, at most `times` times, until `until` holds."""

    times: ExpressionText
    do: tuple[Action, ...]
    span: Span
    until: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """Solution: give the answer."""

    span: Span
    answer: Mapping[str, ExpressionText] = field(default_factory=dict)


Action = Ask | Call | Value | NextTurn | ForEach | Repeat | Finish
