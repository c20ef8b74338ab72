"""Curves over the level `d`, checked and tabulated at every level."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions import FUNCTIONS, EvaluationError, Scope, compile_expression
from rlve_dsl.expressions.types import INT, REAL, Type
from rlve_dsl.files import Axis, ExpressionText, Levels
from rlve_dsl.frozen import frozen

_TYPES: Mapping[str, Type] = {"int": INT, "real": REAL}
_CURVE_SCOPE = Scope({"d": INT}, {f.name: f for f in FUNCTIONS})


@frozen
class AxisTable:
    """One axis: its declaration and its value at each level, `values[level - low]`."""

    name: str
    axis: Axis
    curve: ExpressionText
    type: Type
    low: int
    values: tuple[int | float, ...]

    def at(self, level: int) -> int | float:
        """The value at a level of the scenario."""
        return self.values[level - self.low]


def tabulate(
    name: str,
    axis: Axis,
    levels: Levels,
    diagnostics: Diagnostics,
    *,
    curve: ExpressionText | None = None,
    follows: int | None = None,
) -> AxisTable | None:
    """Compute an axis at every level.

    Args:
        name: The name of the axis.
        axis: Its declaration.
        levels: The levels of the scenario.
        diagnostics: Receives all problems.
        curve: Replaces the declared curve.
        follows: Every level gets the value of this level.

    Returns:
        The table; None when the curve has an error at any level.
    """
    if name in _CURVE_SCOPE.names:
        diagnostics.error("R203", f"`{name}` is already the level, in curves", axis.name.span)
        return None
    source = curve or axis.curve
    expression = compile_expression(source.text, source.span, _CURVE_SCOPE, diagnostics, expected=_TYPES[axis.type])
    if expression is None:
        return None
    values: list[int | float] = []
    for level in range(levels.low, levels.high + 1):
        d = level if follows is None else follows
        try:
            value = expression({"d": d})
        except EvaluationError as problem:
            diagnostics.error("R201", f"the curve of `{name}` fails at d = {d}: {problem}", problem.span or source.span)
            return None
        if not math.isfinite(value):
            diagnostics.error("R201", f"the curve of `{name}` is not finite at d = {d}", source.span)
            return None
        values.append(value)
    _check_direction(name, axis, values, source.span, diagnostics)
    return AxisTable(name, axis, source, _TYPES[axis.type], levels.low, tuple(values))


def _check_direction(name: str, axis: Axis, values: list[int | float], span: Span, diagnostics: Diagnostics) -> None:
    steps = [b - a for a, b in pairwise(values)]
    wrong = {"harder_up": min, "allowance": min, "harder_down": max}.get(axis.role)
    if wrong is None or not steps:
        return
    worst = wrong(steps)
    if (worst < 0) if wrong is min else (worst > 0):
        way = "falls" if worst < 0 else "rises"
        diagnostics.warning("R202", f"`{name}` is {axis.role}, but its curve {way} between two levels", span)
