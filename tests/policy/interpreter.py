"""The meaning of rules read slowly off the tree, as docs/policies.md says it: what the closures are checked against."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from math import floor
from typing import Any

from rlve_dsl.policy import Policy, ast


def decide(policy: Policy, name: str, facts: Mapping[str, Any], without: Collection[str] = ()) -> Any:
    """The decision's value; None where it is unknown."""
    return _Reading(policy, facts, without).decision(name)


class _Reading:
    def __init__(self, policy: Policy, facts: Mapping[str, Any], without: Collection[str]) -> None:
        self.policy, self.facts, self.without = policy, facts, without

    def decision(self, name: str) -> Any:
        decision = self.policy.decisions[name]
        self_ids = {id(clause.node): clause.id for clause in decision.clauses}
        result = None
        for layer in decision.tree.layers:  # the last that holds replaces all before it
            if self.in_force(layer, self_ids):
                result = self.branch(layer, self_ids)
        return result

    def in_force(self, node: ast.Branch | ast.Adjustment, ids: Mapping[int, str]) -> bool:
        return ids[id(node)] not in self.without and (node.when is None or self.condition(node.when) is True)

    def branch(self, node: ast.Branch, ids: Mapping[int, str]) -> Any:
        holding = [exception for exception in node.exceptions if self.in_force(exception, ids)]
        value = self.branch(holding[0], ids) if holding else self.outcome(node.value)
        for adjustment in node.adjustments:
            if not self.in_force(adjustment, ids):
                continue
            amount = self.value(adjustment.amount)
            if value is None or amount is None:
                value = None
                continue
            match adjustment.operator:
                case "plus":
                    value = value + amount
                case "minus":
                    value = value - amount
                case "at most":
                    value = min(value, amount)
                case "at least":
                    value = max(value, amount)
        return value

    def outcome(self, node: ast.Value | ast.Condition) -> Any:
        if isinstance(node, ast.Amount | ast.Ref | ast.Arithmetic | ast.Share):
            return self.value(node)
        return self.condition(node)

    def name(self, name: str) -> Any:
        return self.decision(name) if name in self.policy.decisions else self.facts.get(name)

    def value(self, node: ast.Value) -> Any:
        match node:
            case ast.Amount(value="yes" | "no" as word, unit="word"):
                return word == "yes"
            case ast.Amount(value=value):
                return value
            case ast.Ref(name=name):
                return self.name(name)
            case ast.Arithmetic(operator=operator, left=left, right=right):
                a, b = self.value(left), self.value(right)
                if a is None or b is None:
                    return None
                return {"+": a + b, "-": a - b, "*": a * b}[operator]
            case ast.Share(percent=percent, of=of):
                a, b = self.value(percent), self.value(of)
                return None if a is None or b is None else floor(Fraction(a * b, 10_000) + Fraction(1, 2))

    def condition(self, node: ast.Condition) -> bool | None:
        match node:
            case ast.Compare(left=left, rest=rest):
                values = [self.value(left), *(self.value(right) for _, right in rest)]
                return self.all(
                    [
                        None if a is None or b is None else self.compare(sign, a, b)
                        for (sign, _), a, b in zip(rest, values, values[1:], strict=False)
                    ]
                )
            case ast.OneOf(left=left, options=options, wanted=wanted):
                value, others = self.value(left), [self.value(option) for option in options]
                same = [None if value is None or other is None else value == other for other in others]
                return self.all([self.opposite(s) for s in same]) if not wanted else self.any(same)
            case ast.Between(left=left, low=low, high=high):
                value, a, b = self.value(left), self.value(low), self.value(high)
                return self.all(
                    [
                        None if value is None or a is None else a <= value,
                        None if value is None or b is None else value <= b,
                    ]
                )
            case ast.Within(amount=amount, since=since, wanted=wanted):
                (counted,) = [name for name, fact in self.policy.facts.items() if fact.since == since]
                passed, allowed = self.facts.get(counted), self.value(amount)
                return None if passed is None or allowed is None else (passed <= allowed) == wanted
            case ast.Holds(ref=ref):
                held: bool | None = self.name(ref.name)
                return held
            case ast.Known(ref=ref, wanted=wanted):
                return (self.name(ref.name) is not None) == wanted
            case ast.Not(condition=condition):
                return self.opposite(self.condition(condition))
            case ast.Joined(operator="and", conditions=conditions):
                return self.all([self.condition(c) for c in conditions])
            case ast.Joined(conditions=conditions):
                return self.any([self.condition(c) for c in conditions])

    def compare(self, sign: str, a: Any, b: Any) -> bool:
        if sign in ("is", "is not"):
            return (a == b) == (sign == "is")
        less, same = a < b, a == b
        return {"<": less, "<=": less or same, ">": not less and not same, ">=": not less}[sign]

    def opposite(self, held: bool | None) -> bool | None:
        return None if held is None else not held

    def all(self, held: list[bool | None]) -> bool | None:
        return False if False in held else None if None in held else True

    def any(self, held: list[bool | None]) -> bool | None:
        return True if True in held else None if None in held else False
