"""A slow interpreter of rules, as docs/policies.md explains them, with which closures, columns and formulas are compared."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from rlve_dsl.policy import Policy, ast

COMPARE = {"is": operator.eq, "is not": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
           ">=": operator.ge}  # fmt: skip
Facts = Mapping[str, Any]


class Interpreter:
    """`policy` where these are the facts, the clauses of `without` left out."""

    def __init__(self, policy: Policy, facts: Facts, without: frozenset[str] = frozenset()) -> None:
        self.policy, self.facts, self.without = policy, facts, without

    def decide(self, name: str) -> Any:
        decision = self.policy.decisions[name]
        written = [layer for place, layer in enumerate(decision.tree.layers) if self.id(name, layer) not in self.without
                   or place == 0]  # fmt: skip
        for layer in reversed(written):
            if self.test(layer.when) is True:
                return self.branch(name, layer)
        raise AssertionError("a base has no condition")

    def id(self, name: str, node: ast.Branch | ast.Adjustment) -> str:
        return next(c.id for c in self.policy.decisions[name].clauses if c.node is node)

    def branch(self, name: str, branch: ast.Branch) -> Any:
        value = self.outcome(branch.value)
        for exception in branch.exceptions:
            if self.id(name, exception) not in self.without and self.test(exception.when) is True:
                value = self.branch(name, exception)
                break
        for adjustment in branch.adjustments:
            if self.id(name, adjustment) not in self.without and self.test(adjustment.when) is True:
                amount = self.value(adjustment.amount)
                if value is None or amount is None:
                    value = None
                else:
                    change = {"plus": operator.add, "minus": operator.sub, "at most": min, "at least": max}
                    value = change[adjustment.operator](value, amount)
        return value

    def outcome(self, node: ast.Value | ast.Condition) -> Any:
        if isinstance(node, ast.Amount | ast.Ref | ast.Arithmetic | ast.Share):
            return self.value(node)
        return self.test(node)

    def value(self, node: ast.Value) -> Any:
        match node:
            case ast.Amount(value=value, unit=unit):
                return value == "yes" if unit == "word" and value in ("yes", "no") else value
            case ast.Ref(name=name):
                return self.facts.get(name) if name in self.policy.facts else self.decide(name)
            case ast.Arithmetic(operator=sign, left=left, right=right):
                a, b = self.value(left), self.value(right)
                return None if a is None or b is None else {"+": a + b, "-": a - b, "*": a * b}[sign]
            case ast.Share(percent=percent, of=of):
                a, b = self.value(percent), self.value(of)
                return None if a is None or b is None else (a * b * 2 + 10_000) // 20_000

    def test(self, node: ast.Condition | None) -> bool | None:
        match node:
            case None:
                return True
            case ast.Compare(left=left, rest=rest):
                values = [self.value(left), *(self.value(right) for _, right in rest)]
                return both(*(compare(sign, a, b) for (sign, _), a, b in zip(rest, values, values[1:], strict=False)))
            case ast.OneOf(left=left, options=options, wanted=wanted):
                found = either(*(compare("is", self.value(left), self.value(option)) for option in options))
                return found if wanted else no(found)
            case ast.Between(left=left, low=low, high=high):
                value = self.value(left)
                return both(compare(">=", value, self.value(low)), compare("<=", value, self.value(high)))
            case ast.Within(amount=amount, since=since, wanted=wanted):
                passed = self.facts.get(self.policy.events[since])
                return compare("<=" if wanted else ">", passed, self.value(amount))
            case ast.Holds(ref=ref):
                value = self.value(ref)
                return None if value is None else bool(value)
            case ast.Known(ref=ref, wanted=wanted):
                return (self.value(ref) is not None) is wanted
            case ast.Not(condition=condition):
                return no(self.test(condition))
            case ast.Joined(operator="and", conditions=conditions):
                return both(*map(self.test, conditions))
            case ast.Joined(conditions=conditions):
                return either(*map(self.test, conditions))


def compare(sign: str, a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else bool(COMPARE[sign](a, b))


def no(test: bool | None) -> bool | None:
    return None if test is None else not test


def both(*tests: bool | None) -> bool | None:
    return False if False in tests else None if None in tests else True


def either(*tests: bool | None) -> bool | None:
    return no(both(*map(no, tests)))
