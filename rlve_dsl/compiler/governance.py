"""The store policy of a collection: its rules compiled, and its facts as expressions over what a call is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rlve_dsl import files
from rlve_dsl import policy as policies
from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.domains import supplies
from rlve_dsl.expressions import Expression, Scope, compile_expression
from rlve_dsl.expressions.types import Record, required
from rlve_dsl.plugins import Registry
from rlve_dsl.policy import Fact, Policy
from rlve_dsl.world import RULED, Governance


def compile_governance(
    source: files.Policy,
    registry: Registry,
    diagnostics: Diagnostics,
    *,
    analysed: bool,
    more_tools: Iterable[str] | None = (),
) -> Governance | None:
    """The policy of a file, compiled, and with expressions for its facts; None when it has errors.

    With `analysed`, a solver also looks for mistakes in the rules. `more_tools` are those of a domain, which rules of conduct may
    name too; None where it cannot be read.
    """
    registry = registry.view(source.plugins)
    tools = None if more_tools is None else (*registry.tools, *more_tools)
    changing = [name for name, tool in registry.tools.items() if tool.writes]
    policy = policies.compile_policy(source, diagnostics, tools, changing)
    if policy is None:
        return None
    before = len(diagnostics.errors)
    if analysed:
        policies.analyse(policy, diagnostics)
    _check_governed(source, registry, diagnostics)
    _check_arguments(policy, registry, diagnostics)
    scope = Scope(RULED, registry.functions, elsewhere=registry.elsewhere)
    facts: dict[str, Expression] = {}
    for bound, text in source.bind.items():
        if bound not in policy.facts:
            facts |= _group(bound, text, policy.facts, scope, diagnostics)
    for bound, text in source.bind.items():  # a fact that is bound by itself replaces what its group gives
        if bound in policy.facts:
            expression = compile_expression(text.text, text.span, scope, diagnostics)
            if expression is not None and supplies(expression, policy.facts[bound], diagnostics):
                facts[bound] = expression
    return None if len(diagnostics.errors) > before else Governance(policy, facts)


def _check_governed(source: files.Policy, registry: Registry, diagnostics: Diagnostics) -> None:
    """Report what `governs:` says of a tool that does not follow it. Those of a domain are checked with its tools."""
    asked = sorted({tool.asks_of for tool in registry.tools.values() if tool.asks_of})
    for name, entry in source.governs.items():
        of = registry.tools[name].asks_of if name in registry.tools else None
        if of is None or name in asked:
            continue
        diagnostics.error(
            "P220", f"`{name}` asks {f'the policy about calls of `{of}`' if of else 'nothing of the policy'}",
            entry.name.span, label="so nothing follows this",
            help=f"tools ask it about calls of {', '.join(f'`{one}`' for one in asked)}; rules of conduct may be about any tool",
        )  # fmt: skip


def _check_arguments(policy: Policy, registry: Registry, diagnostics: Diagnostics) -> None:
    """Report an argument after `twice for one` that the tool does not take. Those of a domain are checked with its tools."""
    for rule in policy.conduct:
        for name, tool in registry.tools.items() if rule.twice else ():
            known = [parameter.name for parameter in tool.signature.parameters]
            if rule.is_about(name, changes=False) and rule.twice not in known:
                diagnostics.error(
                    "P218", f"`{name}` takes no `{rule.twice}`", rule.span, label=did_you_mean(rule.twice, known)
                )


def _group(
    group: str, text: files.ExpressionText, facts: Mapping[str, Fact], scope: Scope, diagnostics: Diagnostics
) -> dict[str, Expression]:
    """The facts of a group, `order.total` and `order.status`, read from the fields of one record of the world."""
    members = {name.removeprefix(f"{group}."): fact for name, fact in facts.items() if name.startswith(f"{group}.")}
    whole = compile_expression(text.text, text.span, scope, diagnostics)
    if whole is None:
        return {}
    record = required(whole.type)
    if not isinstance(record, Record):
        diagnostics.error(
            "R225", f"`{text.text}` is {whole.type}, and a group of facts is read from a record's fields", text.span
        )
        return {}
    found: dict[str, Expression] = {}
    for name, fact in members.items():
        if record.field(name) is None:
            continue  # no call supplies this fact
        path = text.text if re.fullmatch(r"[\w.]+", text.text) else f"({text.text})"
        made = compile_expression(f"{path}.{name}", text.span, scope, diagnostics)
        if made is not None and supplies(made, fact, diagnostics):
            found[f"{group}.{name}"] = made
    return found
