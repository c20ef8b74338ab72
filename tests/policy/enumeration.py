"""Every situation of a small policy."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from rlve_dsl.policy import Policy, ast
from tests.policy.interpreter import Interpreter


def situations(policy: Policy) -> Iterator[dict[str, Any]]:
    """Every situation that the assumptions allow; `x is known only when` leaves a fact unknown elsewhere, and only there."""
    domains: list[list[Any]] = []
    for fact in policy.facts.values():
        if fact.type == "bool":
            domains.append([False, True])
        elif fact.type == "enum":
            domains.append(list(fact.values))
        else:
            assert fact.low is not None and fact.high is not None
            domains.append(list(range(fact.low, fact.high + 1)))
    seen: set[tuple[Any, ...]] = set()
    for values in product(*domains):
        facts: dict[str, Any] = dict(zip(policy.facts, values, strict=True))
        for assumption in policy.assumptions:
            node = assumption.node
            if isinstance(node.condition, ast.Known) and Interpreter(policy, facts).test(node.only_when) is not True:
                facts[node.condition.ref.name] = None
        world = Interpreter(policy, facts)
        fine = all(
            a.node.only_when is not None
            and world.test(a.node.condition) is not True
            or (world.test(a.node.condition) if a.node.only_when is None else world.test(a.node.only_when)) is not False
            for a in policy.assumptions
        )
        if fine and tuple(facts.values()) not in seen:
            seen.add(tuple(facts.values()))
            yield facts
