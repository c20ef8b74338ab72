"""The composite reward of an episode: weighted terms, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import Expression, Scope, compile_expression, show
from rlve_dsl.expressions.types import BOOL, REAL
from rlve_dsl.files import Reward


@dataclass(frozen=True, slots=True)
class TermValue:
    """One term as it came out: `weight * value` is its share of the reward; `reason` says what the value was made of."""

    name: str
    weight: float
    value: float
    reason: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A reward, the terms it is the sum of, and whether the episode passes; a hard failure has no terms and one reason."""

    reward: float
    terms: tuple[TermValue, ...]
    correct: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Composition:
    """A compiled `Reward` file."""

    spec: Reward
    lets: tuple[tuple[str, Expression], ...]
    terms: tuple[tuple[str, float, Expression], ...]
    correct_when: Expression | None

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
        correct = bool(self.correct_when(env) if self.correct_when else env["correct"])
        return Breakdown(round(min(high, max(low, total)), 9), tuple(values), correct)

    def fail(self, failure: str, reason: str) -> Breakdown:
        """The reward of an episode that a hard failure ended; the lowest of the range unless the file says otherwise."""
        reward = self.spec.hard_failures.get(failure, self.spec.range[0])  # type: ignore[call-overload]
        return Breakdown(reward, (), False, reason)


def explain(expression: Expression, env: Mapping[str, Any]) -> str:
    """The formula with the numbers and texts it was given: ``2 * f1 - 1, where f1 = 0.5``."""
    given = [f"{path} = {said}" for path, parts in _in_order(expression.paths) if (said := _worded(_at(parts, env)))]
    return f"{expression.text}, where {', '.join(given)}" if given else expression.text


@lru_cache(maxsize=1024)
def _in_order(paths: frozenset[str]) -> tuple[tuple[str, list[str]], ...]:
    return tuple((path, path.split(".")) for path in sorted(paths))


def _at(parts: list[str], env: Mapping[str, Any]) -> Any:
    value: Any = env
    for part in parts:
        value = value.get(part) if hasattr(value, "get") else None
    return value


def _worded(value: object) -> str:
    """A number, or a list of sentences; empty for anything else."""
    if isinstance(value, list) and all(isinstance(item, str) and " " in item for item in value):
        return "; ".join(value)
    return show(value, REAL) if isinstance(value, int | float) and not isinstance(value, bool) else ""


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
    passes = spec.correct_when
    correct = compile_expression(passes.text, passes.span, scope, diagnostics, expected=BOOL) if passes else None
    complete = len(lets) == len(spec.let) and len(terms) == len(spec.terms) and (passes is None or correct is not None)
    return Composition(spec, tuple(lets), tuple(terms), correct) if complete else None
