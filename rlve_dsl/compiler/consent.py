"""Consent: what the user says against a call that the agent is about to make, and which calls an agent asks for.

Belongs here: the entries of `confirm:`, compiled. Does not belong here: facts, reactions, what a message proposes.
"""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.compiler.context import Context
from rlve_dsl.compiler.conversation import Facts, disclosed
from rlve_dsl.compiler.names import ACTION, proposed
from rlve_dsl.expressions import Expression, Scope, Template
from rlve_dsl.expressions.types import BOOL
from rlve_dsl.files import Conversation as UserSection
from rlve_dsl.files import Environment, Refusal
from rlve_dsl.frozen import frozen
from rlve_dsl.policy import CONFIRMATION
from rlve_dsl.world import Governance, Tool


@frozen
class RefusalPlan:
    """What the user says against a call that the agent is about to make. `fact` and `element` say which slot it discloses.

    It is for the tools in `before`, or for every tool where that is empty.
    """

    before: tuple[str, ...]
    when: Expression
    says: Template
    fact: str | None
    element: Expression | None


def compile_refusals(
    source: UserSection, facts: Facts, tools: Mapping[str, Tool], scope: Scope, context: Context
) -> tuple[RefusalPlan, ...]:
    """What the user refuses, without the entries with errors, in file order."""
    action = proposed(context.keys, context.tools_known)
    plans = [_refusal(refusal, facts, tools, scope.extended({ACTION: action}), context) for refusal in source.confirm]
    return tuple(plan for plan in plans if plan is not None)


def needs_consent(tool: Tool, governance: Governance | None) -> bool:
    """Whether an agent may ask the user before a call of the tool: it changes something, or a rule of the store wants that."""
    return bool(tool.writes) or _is_wanted(tool, governance)


def _is_wanted(tool: Tool, governance: Governance | None) -> bool:
    """Whether a rule of the store wants a call of the tool confirmed."""
    rules = governance.policy.conduct if governance is not None else ()
    return any(r.is_about(tool.name, changes=bool(tool.writes)) and CONFIRMATION in r.steps for r in rules)


def warn_of_easy_consent(source: Environment, tools: Mapping[str, Tool], context: Context) -> None:
    """Warn of tools that the policy wants confirmed, and that the user agrees to whatever they are called with."""
    if any(not refusal.before for refusal in source.user.confirm):
        return  # it is about every tool
    refused = {name.text for refusal in source.user.confirm for name in refusal.before}
    governance = context.shared.governance
    easy = [name for name, tool in tools.items() if name not in refused and _is_wanted(tool, governance)]
    if easy:
        listed = " and ".join(f"`{name}`" for name in easy)
        context.diagnostics.warning(
            "R235", f"the policy wants {listed} confirmed, and the user agrees to every such call", source.name.span,
            help="say under `confirm:` when the user does not agree",
        )  # fmt: skip


def _refusal(
    refusal: Refusal, facts: Facts, tools: Mapping[str, Tool], scope: Scope, context: Context
) -> RefusalPlan | None:
    asked = {name: tool for name, tool in tools.items() if needs_consent(tool, context.shared.governance)}
    unknown = [name for name in refusal.before if name.text not in asked]
    for name in unknown:
        if name.text in tools:
            context.diagnostics.error(
                "R205", f"`{name.text}` changes nothing, so no agent asks before it", name.span,
                help=f"tools that change something: {', '.join(asked)}",
            )  # fmt: skip
        else:
            context.unknown("tool of this environment", name, asked)
    when = context.expression(refusal.when, scope, BOOL)
    says = context.template(refusal.says, scope)
    fact, element = disclosed(refusal.discloses, facts, scope, context) if refusal.discloses else (None, None)
    if unknown or when is None or says is None or (refusal.discloses and fact is None):
        return None
    return RefusalPlan(tuple(name.text for name in refusal.before), when, says, fact, element)
