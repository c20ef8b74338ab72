"""What the user can say: facts as slots, reactions, and the record `said` that a solution learns them from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rlve_dsl.compiler.bindings import CompiledLoop, compile_loop, within
from rlve_dsl.compiler.draft import EnvironmentDraft
from rlve_dsl.expressions import Expression, Scope, Template, compile_expression
from rlve_dsl.expressions.types import BOOL, NOTHING, REAL, Id, Keyed, Record, Type, fits, optional
from rlve_dsl.files import ExpressionText, Fact, Reaction

_REFERENCE = re.compile(r"\s*(\w+)\s*(?:\[(.+)\])?\s*")


@dataclass(frozen=True, slots=True)
class FactPlan:
    """A compiled fact: one slot, or one for each item of its loop."""

    name: str
    loop: CompiledLoop | None
    condition: Expression | None
    value: Expression
    says: Template
    asks: tuple[Template, ...]
    omit: Expression | None

    @property
    def always_said(self) -> bool:
        """Whether every opening states it."""
        return self.omit is None

    @property
    def said_type(self) -> Type:
        """The type of `said.<fact>` in a solution."""
        if self.loop is not None:
            key = Id(self.loop.key)
            return Keyed(key, Record(f"said {self.name}", (("value", self.value.type), ("key", key))))
        record = Record(f"said {self.name}", (("value", self.value.type),))
        return record if self.always_said and self.condition is None else optional(record)


@dataclass(frozen=True, slots=True)
class ReactionPlan:
    """A compiled reaction; `fact` and `element` say which slot it discloses."""

    act: str
    loop: CompiledLoop | None
    lets: tuple[tuple[str, Expression], ...]
    when: Expression
    says: Template
    fact: str | None
    element: Expression | None


def compile_facts(draft: EnvironmentDraft) -> None:
    """Fill `facts` with a plan for each fact, and the scope `said`."""
    scope = draft.scopes["user"]
    plans: list[FactPlan] = []
    for fact in draft.spec.user.facts:
        if any(fact.name.text == plan.name for plan in plans):
            draft.diagnostics.error("R206", f"there are two facts `{fact.name.text}`", fact.name.span)
            continue
        plan = _fact(fact, scope, draft)
        if plan is not None:
            plans.append(plan)
    opening = draft.spec.user.opening
    draft.parts["opening"] = draft.template(opening, scope) if opening else None
    draft.parts["facts"] = tuple(plans)
    broken = [f.name.text for f in draft.spec.user.facts if all(f.name.text != p.name for p in plans)]
    draft.scopes["said"] = Scope(
        {"said": Record("said", (*((p.name, p.said_type) for p in plans), *((name, NOTHING) for name in broken)))},
        scope.functions,
    )


def _fact(fact: Fact, scope: Scope, draft: EnvironmentDraft) -> FactPlan | None:
    loop = compile_loop(fact.loop, scope, draft) if fact.loop else None
    inner = within(fact.loop, loop, scope)
    condition = draft.expression(fact.condition, inner, BOOL) if fact.condition else None
    value = draft.expression(fact.value, inner)
    if value is None:
        return None
    if fact.loop is not None and fact.loop.name.text == "value":
        draft.diagnostics.error("R203", "`value` is what the fact says, and no item of a list", fact.name.span)
        return None
    worded = inner.extended({"value": value.type})
    says = draft.template(fact.says, worded)
    asks = [draft.template(ask, inner) for ask in fact.asks]
    omit = draft.expression(fact.omit, inner, REAL) if fact.omit else None
    if fact.omit is not None and not fact.asks:
        draft.diagnostics.error(
            "R207",
            f"`{fact.name.text}` can be omitted, but nothing says how to ask for it",
            fact.name.span,
            help="add `ask:` with the question that discloses it",
        )
    if says is None or None in asks:
        return None
    if (fact.loop and loop is None) or (fact.omit and omit is None) or (fact.condition and condition is None):
        return None
    return FactPlan(fact.name.text, loop, condition, value, says, tuple(a for a in asks if a), omit)


def compile_reactions(draft: EnvironmentDraft) -> None:
    """Fill `reactions`, in file order."""
    plans = [_reaction(reaction, draft) for reaction in draft.spec.user.reactions]
    draft.parts["reactions"] = tuple(plan for plan in plans if plan is not None)


def _reaction(reaction: Reaction, draft: EnvironmentDraft) -> ReactionPlan | None:
    scope = draft.scopes["outcome"]
    if reaction.act.text not in draft.registry.acts:
        draft.unknown("act", reaction.act, draft.registry.acts)
        return None
    loop = compile_loop(reaction.loop, scope, draft) if reaction.loop else None
    scope = within(reaction.loop, loop, scope)
    lets = []
    for name, source in reaction.let.items():
        if (taken := scope.taken(name)) is not None:
            draft.diagnostics.error("R203", f"`{name}` is already {taken}", source.span)
            return None
        expression = draft.expression(source, scope)
        if expression is None:
            return None
        lets.append((name, expression))
        scope = scope.extended({name: expression.type})
    when = draft.expression(reaction.when, scope, BOOL)
    says = draft.template(reaction.says, scope)
    fact, element = _disclosed(reaction.discloses, scope, draft) if reaction.discloses else (None, None)
    if when is None or says is None or (reaction.loop and loop is None) or (reaction.discloses and fact is None):
        return None
    return ReactionPlan(reaction.act.text, loop, tuple(lets), when, says, fact, element)


def _disclosed(source: ExpressionText, scope: Scope, draft: EnvironmentDraft) -> tuple[str | None, Expression | None]:
    """The fact and the element that `discloses: fact[element]` names."""
    matched = _REFERENCE.fullmatch(source.text)
    plans = {plan.name: plan for plan in draft.parts["facts"]}
    if (
        matched is not None
        and matched[1] not in plans
        and any(matched[1] == f.name.text for f in draft.spec.user.facts)
    ):
        return None, None  # a fact with errors, which have been reported
    if matched is None or matched[1] not in plans:
        draft.diagnostics.error(
            "R208", f"`{source.text}` names no fact", source.span, help=f"facts: {', '.join(plans) or 'none'}"
        )
        return None, None
    plan = plans[matched[1]]
    if (plan.loop is not None) != (matched[2] is not None):
        how = f"`{plan.name}[…]` with an item of `{plan.loop.key}`" if plan.loop else f"`{plan.name}` alone"
        draft.diagnostics.error("R208", f"`{source.text}` does not name one slot", source.span, label=f"write {how}")
        return None, None
    if plan.loop is None:
        return plan.name, None
    start, end = matched.span(2)
    element = compile_expression(matched[2], source.span.within(start, end), scope, draft.diagnostics)
    if element is None:
        return None, None
    if not fits(element.type, optional(plan.loop.item)):
        draft.diagnostics.error(
            "R208", f"`{matched[2]}` is {element.type}, not an item of `{plan.loop.key}`", source.span
        )
        return None, None
    return plan.name, element
