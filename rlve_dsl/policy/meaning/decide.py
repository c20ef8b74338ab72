"""Rules → closures over a case: the facts, the clauses left out, and what has been decided on the way.

Unknown is None. A comparison with an unknown value is unknown; `not`, `and` and `or` carry it on (Kleene's logic), and a
clause applies where its condition is True. Arithmetic is on whole numbers; a share rounds half up.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from rlve_dsl.policy.language import ast

HUNDREDTHS_OF_A_PERCENT = 10_000


class Case:
    """One question put to a policy: `trails` gathers, decision by decision, the clauses that led to its value."""

    __slots__ = ("facts", "known", "trail", "trails", "without")

    def __init__(self, facts: Mapping[str, Any], without: frozenset[str]) -> None:
        self.facts = facts
        self.without = without
        self.known: dict[str, Any] = {}
        self.trails: dict[str, list[str]] = {}
        self.trail: list[str] = []


Run = Callable[[Case], Any]
Test = Callable[[Case], bool | None]

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": operator.eq, "is not": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_CHANGES: Mapping[str, Callable[[int, int], int]] = {
    "plus": operator.add, "minus": operator.sub, "at most": min, "at least": max,
}  # fmt: skip


def share(percent: int, of: int) -> int:
    """`percent` (in hundredths of a percent) of an amount, rounded half up.

    >>> share(1500, 999), share(5000, 1), share(5000, -1)
    (150, 1, 0)
    """
    return (percent * of + HUNDREDTHS_OF_A_PERCENT // 2) // HUNDREDTHS_OF_A_PERCENT


class Lowering:
    """Makes the closures of one policy; `counted_since` maps an event to the fact that counts its days."""

    def __init__(self, facts: Mapping[str, Any], counted_since: Mapping[str, str]) -> None:
        self.facts = facts
        self.counted_since = counted_since
        self.runs: dict[str, Run] = {}

    def decision(self, tree: ast.Decide) -> Run:
        """The decision's value for a case, reckoned once a case; those that it uses are lowered before."""
        name = tree.name
        ids = {clause.path: clause.id for clause in ast.clauses(tree)}
        layers = [self._branch(layer, (place,), ids) for place, layer in enumerate(tree.layers)]
        tests = [self._guard(layer.when, ids[(place,)]) for place, layer in enumerate(tree.layers)]
        base, *others = zip(tests, layers, strict=True)
        last_first = tuple(reversed(others))

        def run(case: Case) -> Any:
            if name in case.known:
                return case.known[name]
            outer, case.trail = case.trail, []
            for test, layer in last_first:
                if test(case):
                    value = layer(case)
                    break
            else:
                value = base[1](case)
            case.trails[name] = case.trail
            case.trail = outer
            case.known[name] = value
            return value

        self.runs[name] = run
        return run

    def _branch(self, node: ast.Branch, path: tuple[int | str, ...], ids: Mapping[Any, str]) -> Run:
        own = ids[path]
        value = self.outcome(node.value)
        exceptions = tuple(
            (self._guard(e.when, ids[(*path, place)]), self._branch(e, (*path, place), ids))
            for place, e in enumerate(node.exceptions)
        )
        adjustments = tuple(self._adjustment(a, ids[(*path, f"+{place}")]) for place, a in enumerate(node.adjustments))

        def run(case: Case) -> Any:
            case.trail.append(own)
            for test, exception in exceptions:
                if test(case):
                    result = exception(case)
                    break
            else:
                result = value(case)
            for adjust in adjustments:
                result = adjust(case, result)
            return result

        return run

    def _guard(self, when: ast.Condition | None, own: str) -> Test:
        test = (lambda case: True) if when is None else self.condition(when)
        return lambda case: own not in case.without and test(case)

    def _adjustment(self, node: ast.Adjustment, own: str) -> Callable[[Case, Any], Any]:
        guard, amount = self._guard(node.when, own), self.value(node.amount)
        change = _CHANGES[node.operator]

        def adjust(case: Case, before: Any) -> Any:
            if not guard(case):
                return before
            case.trail.append(own)
            by = amount(case)
            return None if before is None or by is None else change(before, by)

        return adjust

    def outcome(self, node: ast.Value | ast.Condition) -> Run:
        """What a branch comes to: a value, or whether a condition holds."""
        if isinstance(node, ast.Amount | ast.Ref | ast.Arithmetic | ast.Share):
            return self.value(node)
        return self.condition(node)

    def value(self, node: ast.Value) -> Run:
        """A value for a case; None where it needs an unknown one."""
        match node:
            case ast.Amount(value=value, unit="word") if value in ("yes", "no"):
                truth = value == "yes"
                return lambda case: truth
            case ast.Amount(value=value):
                return lambda case: value
            case ast.Ref(name=name):
                if name in self.facts:
                    return lambda case: case.facts.get(name)
                return self.runs[name]
            case ast.Arithmetic(operator=sign, left=left, right=right):
                return _both(
                    {"+": operator.add, "-": operator.sub, "*": operator.mul}[sign], self.value(left), self.value(right)
                )
            case ast.Share(percent=percent, of=of):
                return _both(share, self.value(percent), self.value(of))

    def condition(self, node: ast.Condition) -> Test:
        """Whether a condition holds in a case; None where that is unknown."""
        match node:
            case ast.Compare(left=left, rest=((sign, right),)):
                return _both(_COMPARE[sign], self.value(left), self.value(right))
            case ast.Compare(left=left, rest=rest):
                operands = [self.value(left), *(self.value(right) for _, right in rest)]
                pairs = zip(rest, operands, operands[1:], strict=False)
                return _every([_both(_COMPARE[sign], a, b) for (sign, _), a, b in pairs])
            case ast.OneOf(left=left, options=options, wanted=wanted):
                alternatives = [_both(operator.eq, self.value(left), self.value(option)) for option in options]
                return _any(alternatives) if wanted else _negated(_any(alternatives))
            case ast.Between(left=left, low=low, high=high):
                of = self.value(left)
                return _every([_both(operator.ge, of, self.value(low)), _both(operator.le, of, self.value(high))])
            case ast.Within(amount=amount, since=since, wanted=wanted):
                passed = self.value(ast.Ref(self.counted_since[since]))
                return _both(operator.le if wanted else operator.gt, passed, self.value(amount))
            case ast.Holds(ref=ref):
                return self.value(ref)
            case ast.Known(ref=ref, wanted=wanted):
                of = self.value(ref)
                return lambda case: (of(case) is not None) == wanted
            case ast.Not(condition=condition):
                return _negated(self.condition(condition))
            case ast.Joined(operator="and", conditions=conditions):
                return _every([self.condition(c) for c in conditions])
            case ast.Joined(conditions=conditions):
                return _any([self.condition(c) for c in conditions])


def _both(of: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    def run(case: Case) -> Any:
        a = left(case)
        if a is None:
            return None
        b = right(case)
        return None if b is None else of(a, b)

    return run


def _negated(test: Test) -> Test:
    def run(case: Case) -> bool | None:
        holds = test(case)
        return None if holds is None else not holds

    return run


def _every(tests: list[Test]) -> Test:
    def run(case: Case) -> bool | None:
        sure: bool | None = True
        for test in tests:
            holds = test(case)
            if holds is False:
                return False
            if holds is None:
                sure = None
        return sure

    return run


def _any(tests: list[Test]) -> Test:
    def run(case: Case) -> bool | None:
        sure: bool | None = False
        for test in tests:
            holds = test(case)
            if holds is True:
                return True
            if holds is None:
                sure = None
        return sure

    return run
