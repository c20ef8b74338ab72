"""An environment's world: its steps, loops and events."""

from __future__ import annotations

from dataclasses import dataclass

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.texts import ExpressionText, Name
from rlve_dsl.files.kinds.user import Draw


@dataclass(frozen=True, slots=True)
class Loop:
    """`for_each: name in expression`."""

    name: Name
    over: ExpressionText
    span: Span


@dataclass(frozen=True, slots=True)
class Step:
    """A binding of the world, the goal or a record's field: exactly one of `draw`, `value` and `record`.

    With `loop` it is made once for each item and binds the list; with `condition` it is unknown where that is false.
    """

    name: Name
    span: Span
    draw: Draw | None = None
    value: ExpressionText | None = None
    record: tuple[Step, ...] = ()
    loop: Loop | None = None
    condition: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to the world by itself, after the results of turn `after_turn` are out."""

    event: Name
    of: ExpressionText
    after_turn: ExpressionText
    span: Span
