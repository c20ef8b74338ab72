"""The composite reward of an episode: weighted terms, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.rules import Expression, Scope, compile_expression, show
from rlve_dsl.rules.types import REAL
from rlve_dsl.spec import Reward


@dataclass(frozen=True, slots=True)
class TermValue:
    """One term as it came out: `weight * value` is its share of the reward; `reason` says what the value was made of."""

    name: str
    weight: float
    value: float
    reason: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A reward and the terms it is the sum of; a hard failure has no terms and one reason."""

    reward: float
    terms: tuple[TermValue, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Composition:
    """A compiled `Reward` file."""

    spec: Reward
    lets: tuple[tuple[str, Expression], ...]
    terms: tuple[tuple[str, float, Expression], ...]

    def score(self, outcome: Mapping[str, Any]) -> Breakdown:
        """The reward of an episode that ended in `outcome` (the names the terms may read), within the spec's range."""
        env = dict(outcome)
        for name, expression in self.lets:
            env[name] = expression(env)
        values = []
        total = 0.0
        for name, weight, expression in self.terms:
            value = float(expression(env))
            total += weight * value
            values.append(TermValue(name, weight, value, explain(expression, env)))
        low, high = self.spec.range
        return Breakdown(round(min(high, max(low, total)), 9), tuple(values))

    def fail(self, failure: str, reason: str) -> Breakdown:
        """The reward of an episode that a hard failure ended; the lowest of the range unless the file says otherwise."""
        return Breakdown(self.spec.hard_failures.get(failure, self.spec.range[0]), (), reason)  # type: ignore[call-overload]


def explain(expression: Expression, env: Mapping[str, Any]) -> str:
    """The formula with the numbers it was given: ``2 * f1 - 1, where f1 = 0.5``."""
    given = [
        f"{path} = {show(value, REAL)}" for path in sorted(expression.paths) if _is_number(value := _look_up(path, env))
    ]
    return f"{expression.text}, where {', '.join(given)}" if given else expression.text


def _look_up(path: str, env: Mapping[str, Any]) -> Any:
    value: Any = env
    for part in path.split("."):
        value = value.get(part) if hasattr(value, "get") else None
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def compose(spec: Reward, scope: Scope, diagnostics: Diagnostics) -> Composition | None:
    """The reward file compiled against the names that an episode's outcome offers; None when it has errors."""
    lets = []
    for name, source in spec.let.items():
        expression = compile_expression(source.text, source.span, scope, diagnostics)
        if (taken := scope.taken(name)) is not None:
            diagnostics.error("R203", f"`{name}` is already {taken}", source.span)
        elif expression is not None:
            lets.append((name, expression))
            scope = scope.extended({name: expression.type})
    terms = []
    for name, term in spec.terms.items():
        expression = compile_expression(term.value.text, term.value.span, scope, diagnostics, expected=REAL)
        if expression is not None:
            terms.append((name, term.weight, expression))
    complete = len(lets) == len(spec.let) and len(terms) == len(spec.terms)
    return Composition(spec, tuple(lets), tuple(terms)) if complete else None
