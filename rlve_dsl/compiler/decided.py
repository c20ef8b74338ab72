"""Decisions of the policy that a world or a solution asks for, over facts that expressions give."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl import files
from rlve_dsl.compiler.context import Context
from rlve_dsl.domains import supplies, type_of_decision, value_of_ruling, within_bounds
from rlve_dsl.expressions import Expression, Scope, computed
from rlve_dsl.expressions.types import Enum, Optional, optional
from rlve_dsl.values import Value


def compile_decided(source: files.Decided, scope: Scope, context: Context) -> Expression | None:
    """What the policy decides, as an expression over the names that its facts read; None when there are errors.

    It may be unknown where a fact may be unknown, or a fact that the decision reads is not given.
    """
    governance = context.shared.governance
    if governance is None:
        context.diagnostics.error(
            "R221", "`decided` asks the store policy, and the collection names none", source.span,
            help="add `policy:` with the path of a Policy file to the collection",
        )  # fmt: skip
        return None
    policy = governance.policy
    decision = policy.decisions.get(source.decision.text)
    if decision is None:
        context.unknown("decision", source.decision, policy.decisions)
    given: dict[str, Expression] = {}
    for name, text in source.given.items():
        fact = policy.facts.get(name)
        if fact is None:
            context.unknown("fact of the policy", files.key_of(source.given, name, text.span), policy.facts)
            continue
        expected = optional(Enum(tuple(fact.values))) if fact.type == "enum" else None
        made = context.expression(text, scope, expected)
        if made is not None and supplies(made, fact, context.diagnostics):
            given[name] = within_bounds(made, fact)
    if decision is None or len(given) < len(source.given):
        return None
    type_ = type_of_decision(decision)
    if not decision.facts <= given.keys() or any(isinstance(e.type, Optional) for e in given.values()):
        type_ = optional(type_)

    def decided(names: Mapping[str, Value]) -> Value:
        return value_of_ruling(policy.decide(decision.name, {name: fact(names) for name, fact in given.items()}))

    free = frozenset[str]().union(*(e.free for e in given.values()))
    paths = frozenset[str]().union(*(e.paths for e in given.values()))
    return computed(f"decided {decision.name}", source.span, type_, free, decided, paths)
