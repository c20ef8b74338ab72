"""What supplies the facts of a policy, and how what it decides is read by expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import EvaluationError, Expression
from rlve_dsl.expressions.types import BOOL, DAYS, INT, MONEY, NOTHING, REAL, TEXT, Enum, Type, fits, required
from rlve_dsl.policy import Decision, Fact, Ruling, amount
from rlve_dsl.values import Value

_DECIDED: Mapping[str, Type] = {
    "bool": BOOL,
    "money": MONEY,
    "days": DAYS,
    "number": INT,
    "percent": REAL,
    "text": TEXT,
}
_HUNDREDTHS = 10_000  # of a percent, in what is whole
_SORTS: Mapping[str, Type] = {"bool": BOOL, "money": MONEY, "days": DAYS, "number": INT, "text": TEXT}


def type_of_decision(decision: Decision) -> Type:
    """The type of what is decided, where it is known."""
    return Enum(decision.values) if decision.type == "enum" else _DECIDED[decision.type]


def value_of_ruling(ruling: Ruling) -> Value:
    """What is decided, as expressions read it; None where it is unknown."""
    value = ruling.value
    return value / _HUNDREDTHS if ruling.type == "percent" and isinstance(value, int) else value


class OutOfBounds(EvaluationError):
    """A fact of the policy has a value that its `min` and `max` exclude, so what was proved of the policy does not hold."""


def within_bounds(expression: Expression, fact: Fact) -> Expression:
    """The expression, which raises OutOfBounds for values that the fact cannot have."""
    low, high = fact.low, fact.high
    if low is None and high is None:
        return expression

    def checked(value: Value) -> Value:
        if value is not None and not ((low is None or low <= value) and (high is None or value <= high)):
            bound = f"its `min` is {amount(fact.type, low)}" if low is not None and value < low else ""
            bound = bound or f"its `max` is {amount(fact.type, high or 0)}"
            reason = f"the fact `{fact.name}` is {amount(fact.type, value)}, and {bound}"
            raise OutOfBounds(reason, expression.span, expression.text)
        return value

    return replace(expression, compiled=expression.compiled.then(checked))


def supplies(expression: Expression, fact: Fact, diagnostics: Diagnostics) -> bool:
    """Whether the values of the expression are values of the fact. A text can supply an enum."""
    given = required(expression.type)
    if fact.type == "enum":
        fine = given == TEXT or (isinstance(given, Enum) and set(given.values) <= set(fact.values))
    else:
        fine = fact.type in _SORTS and fits(given, _SORTS[fact.type])
    if not fine and given != NOTHING:
        diagnostics.error(
            "R225", f"`{expression.text}` is {given}, and cannot supply `{fact.name}`, which is {fact.type}",
            expression.span, help=f"its values are: {', '.join(fact.values)}" if fact.values else "",
        )  # fmt: skip
    return fine
