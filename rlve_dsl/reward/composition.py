"""The composite reward of an episode: weighted terms, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import Expression, Scope, compile_expression, one_budget, show
from rlve_dsl.expressions.types import BOOL, REAL
from rlve_dsl.files import Reward
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Names, Value


@frozen
class TermValue:
    """A reward term of one episode: it adds `weight * value` to the reward; `reason` says how the value came about."""

    name: str
    weight: float
    value: float
    reason: str


@frozen
class Breakdown:
    """A reward with its terms, and whether the episode passes; a hard failure has a reason and no terms."""

    reward: float
    terms: tuple[TermValue, ...]
    correct: bool
    reason: str = ""


@frozen
class Composition:
    """A compiled `Reward` file."""

    spec: Reward
    lets: tuple[tuple[str, Expression], ...]
    terms: tuple[tuple[str, float, Expression], ...]
    correct_when: Expression | None

    def score(self, outcome: Mapping[str, Value]) -> Breakdown:
        """Reward an episode.

        Args:
            outcome: How the episode ended: the names that terms may read.
        """
        with one_budget():
            return self._score(dict(outcome))

    def _score(self, env: Names) -> Breakdown:
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
        """Reward an episode that a hard failure ended: the lowest reward, unless the file gives another."""
        reward = self.spec.hard_failures.get(failure, self.spec.range[0])  # type: ignore[call-overload]
        return Breakdown(reward, (), False, reason)


def explain(expression: Expression, env: Mapping[str, Value]) -> str:
    """The formula with the numbers and texts that it read: ``2 * f1 - 1, where f1 = 0.5``."""
    given = [f"{path} = {words}" for path, parts in _in_order(expression.paths) if (words := _worded(_at(parts, env)))]
    return f"{expression.text}, where {', '.join(given)}" if given else expression.text


@lru_cache(maxsize=1024)
def _in_order(paths: frozenset[str]) -> tuple[tuple[str, list[str]], ...]:
    return tuple((path, path.split(".")) for path in sorted(paths))


def _at(parts: list[str], env: Mapping[str, Value]) -> Value:
    value: Value = env
    for part in parts:
        value = value.get(part) if hasattr(value, "get") else None
    return value


def _worded(value: object) -> str:
    """The words for a number or a list of sentences; empty for anything else."""
    if type(value) is float:
        return show(value, REAL)
    if isinstance(value, list) and all(isinstance(item, str) and " " in item for item in value):
        return "; ".join(value)
    return show(value, REAL) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def compose(spec: Reward, scope: Scope, diagnostics: Diagnostics) -> Composition | None:
    """Compile a reward file for the names in `scope`, which every outcome has; None when it has errors."""
    lets = []
    for name, source in spec.let.items():
        expression = compile_expression(source.text, source.span, scope, diagnostics)
        if (taken := scope.taken(name)) is not None:
            diagnostics.error("R203", f"`{name}` is already {taken}", source.span)
            scope = scope.blurred(name)
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
