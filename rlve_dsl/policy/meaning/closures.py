"""Rules as functions of one set of facts, made once when a policy is compiled: what an episode calls.

Unknown is None.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.words import Facts, Scalar
from rlve_dsl.policy.meaning.walk import Change, Operator

HUNDREDTHS_OF_A_PERCENT = 10_000


class Evaluation:
    """The state of one evaluation of a decision.

    Attributes:
        facts: The values of facts; an absent one, or None, is unknown.
        without: The ids of clauses that do not apply.
        decided: The decisions that have been made on the way.
        trails: For each of them, the clauses that applied.
        trail: The clauses that have applied so far in the decision that is being made.
    """

    __slots__ = ("decided", "facts", "trail", "trails", "without")

    def __init__(self, facts: Facts, without: frozenset[str] = frozenset()) -> None:
        self.facts = facts
        self.without = without
        self.decided: dict[str, Scalar | None] = {}
        self.trails: dict[str, list[str]] = {}
        self.trail: list[str] = []


Run = Callable[[Evaluation], Scalar | None]
Test = Callable[[Evaluation], bool | None]


def share(percent: int, of: int) -> int:
    """`percent` (in hundredths of a percent) of an amount, rounded half up.

    >>> share(1500, 999), share(5000, 1), share(5000, -1)
    (150, 1, 0)
    """
    return (percent * of + HUNDREDTHS_OF_A_PERCENT // 2) // HUNDREDTHS_OF_A_PERCENT


OPERATORS: Mapping[Operator, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "% of": share, "at most": min, "at least": max,
}  # fmt: skip
COMPARISONS: Mapping[ast.Comparison, Callable[[Any, Any], Any]] = {
    "is": operator.eq, "is not": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Closures:
    """The algebra of functions: a value and a test are functions of an Evaluation."""

    def constant(self, value: Scalar) -> Run:
        return lambda evaluation: value

    def fact(self, name: str) -> Run:
        return lambda evaluation: evaluation.facts.get(name)

    def combine(self, operator: Operator, left: Run, right: Run) -> Run:
        return _both(OPERATORS[operator], left, right)

    def compare(self, sign: ast.Comparison, left: Run, right: Run) -> Test:
        return _both(COMPARISONS[sign], left, right)

    def is_yes(self, value: Run) -> Test:
        return cast(Test, value)  # a bool value is its own test

    def is_known(self, value: Run) -> Test:
        return lambda evaluation: value(evaluation) is not None

    def negate(self, test: Test) -> Test:
        def run(evaluation: Evaluation) -> bool | None:
            holds = test(evaluation)
            return None if holds is None else not holds

        return run

    def join(self, word: Literal["and", "or"], tests: Sequence[Test]) -> Test:
        decisive = word == "or"  # one test that comes to this decides

        def run(evaluation: Evaluation) -> bool | None:
            result: bool | None = not decisive
            for test in tests:
                holds = test(evaluation)
                if holds is decisive:
                    return decisive
                if holds is None:
                    result = None
            return result

        return run

    def as_value(self, test: Test) -> Run:
        return test

    def applies(self, clause: str, condition: Test | None) -> Test:
        if condition is None:
            return lambda evaluation: clause not in evaluation.without
        return lambda evaluation: clause not in evaluation.without and condition(evaluation)

    def branch(
        self, clause: str, value: Run, exceptions: Sequence[tuple[Test, Run]], changes: Sequence[Change[Run, Test]]
    ) -> Run:
        by = tuple(_change(*change) for change in changes)

        def run(evaluation: Evaluation) -> Scalar | None:
            evaluation.trail.append(clause)
            for applies, exception in exceptions:
                if applies(evaluation):
                    result = exception(evaluation)
                    break
            else:
                result = value(evaluation)
            for change in by:
                result = change(evaluation, result)
            return result

        return run

    def decision(self, name: str, base: Run, layers: Sequence[tuple[Test, Run]]) -> Run:
        last_first = tuple(reversed(layers))

        def run(evaluation: Evaluation) -> Scalar | None:
            if name in evaluation.decided:
                return evaluation.decided[name]
            outer, evaluation.trail = evaluation.trail, []
            for applies, layer in last_first:
                if applies(evaluation):
                    value = layer(evaluation)
                    break
            else:
                value = base(evaluation)
            evaluation.trails[name] = evaluation.trail
            evaluation.trail = outer
            evaluation.decided[name] = value
            return value

        return run


def _change(
    clause: str, applies: Test, operator: Operator, amount: Run
) -> Callable[[Evaluation, Scalar | None], Scalar | None]:
    change: Callable[[Any, Any], int] = OPERATORS[operator]

    def run(evaluation: Evaluation, before: Scalar | None) -> Scalar | None:
        if not applies(evaluation):
            return before
        evaluation.trail.append(clause)
        by = amount(evaluation)
        return None if before is None or by is None else change(before, by)

    return run


def _both(of: Callable[[Any, Any], Any], left: Run, right: Run) -> Callable[[Evaluation], Any]:
    def run(evaluation: Evaluation) -> Any:
        a = left(evaluation)
        if a is None:
            return None
        b = right(evaluation)
        return None if b is None else of(a, b)

    return run
