"""What the analysis reports is what enumeration finds, no more and no less."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import HealthCheck, given, settings

from rlve_dsl.diagnostics import Diagnostic, Diagnostics
from rlve_dsl.policy import Decision, Policy, analyse, ast
from tests.policy.conftest import compiled
from tests.policy.enumeration import situations
from tests.policy.generated import policies
from tests.policy.interpreter import Interpreter

ENOUGH = 3


def analysed(policy: Policy) -> list[Diagnostic]:
    found = Diagnostics()
    analyse(policy, found)
    return found.items


class Places:
    """Where the clauses of a decision are looked at and apply, situation by situation."""

    def __init__(self, policy: Policy, decision: Decision) -> None:
        self.decision = decision
        self.worlds = [Interpreter(policy, facts) for facts in situations(policy)]
        self.by_path = {clause.path: clause for clause in decision.clauses}

    def looked_at(self, world: Interpreter, clause: ast.Clause) -> bool:
        layers = self.decision.tree.layers
        if any(world.test(layer.when) is True for layer in layers[int(clause.path[0]) + 1 :]):
            return False
        above = [self.by_path[clause.path[:depth]] for depth in range(1, len(clause.path))]
        return all(world.test(parent.node.when) is True for parent in above)

    def applies(self, world: Interpreter, clause: ast.Clause) -> bool:
        return self.looked_at(world, clause) and world.test(clause.node.when) is True


def expected(policy: Policy, decision: Decision) -> dict[str, set[Any]]:
    places = Places(policy, decision)
    found: dict[str, set[Any]] = {"P301": set(), "P302": set(), "P303": set(), "P304": set()}
    reached = []
    for clause in decision.clauses:
        looked = [w for w in places.worlds if places.looked_at(w, clause)]
        if any(places.applies(w, clause) for w in places.worlds):
            reached.append(clause)
            if clause.node.when is not None and all(places.applies(w, clause) for w in looked):
                found["P303"].add(clause.id)
        elif looked or len(clause.path) == 1:
            found["P302"].add(clause.id)
    for one, other in combinations(reached, 2):
        if len(one.path) < 2 or one.path[:-1] != other.path[:-1]:
            continue
        if not (isinstance(one.node, ast.Branch) and isinstance(other.node, ast.Branch)):
            continue
        if any(
            places.applies(w, one) and places.applies(w, other)
            and w.branch(decision.name, one.node) != w.branch(decision.name, other.node)
            for w in places.worlds
        ):  # fmt: skip
            found["P301"].add((one.id, other.id))
    if any(
        w.decide(decision.name) is None and all(w.decide(used) is not None for used in decision.direct_uses)
        for w in places.worlds
    ):
        found["P304"].add(decision.name)
    return found


def reported(items: list[Diagnostic], decision: Decision) -> dict[str, set[Any]]:
    at = {decision.where(c.node): c.id for c in decision.clauses}
    conditions = {decision.where(c.node.when): c.id for c in decision.clauses if c.node.when is not None}
    found: dict[str, set[Any]] = {"P301": set(), "P302": set(), "P303": set(), "P304": set()}
    for item in items:
        if f"`{decision.name}`" not in item.message or item.code not in found:
            continue
        assert item.span is not None
        match item.code:
            case "P301":
                found["P301"].add((at[item.span], at[item.related[0].span]))
            case "P304":
                found["P304"].add(decision.name)
            case code:
                found[code].add({**at, **conditions}[item.span])
    return found


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(policies())
def test_a_finding_is_reported_if_and_only_if_enumeration_finds_it(text: str) -> None:
    policy, problems = compiled(text)
    assert policy is not None, problems
    items = analysed(policy)
    assert not [item for item in items if item.code in ("P305", "P307")], text
    for decision in policy.decisions.values():
        want, got = expected(policy, decision), reported(items, decision)
        if len(want["P301"]) > ENOUGH:
            assert len(got["P301"]) == ENOUGH and got["P301"] <= want["P301"], text
            got["P301"] = want["P301"]
        assert got == want, text
