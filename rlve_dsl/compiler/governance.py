"""The store policy of a collection: its rules compiled, and its facts as expressions over what a call is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rlve_dsl import files
from rlve_dsl import policy as policies
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import Expression, Scope, compile_expression
from rlve_dsl.expressions.types import BOOL, DAYS, INT, MONEY, NOTHING, TEXT, Enum, Record, Type, fits, required
from rlve_dsl.plugins import Registry
from rlve_dsl.policy import Fact
from rlve_dsl.world import RULED, Governance

_SORTS: Mapping[str, Type] = {"bool": BOOL, "money": MONEY, "days": DAYS, "number": INT, "text": TEXT}


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
    policy = policies.compile_policy(
        source, diagnostics, None if more_tools is None else (*registry.tools, *more_tools)
    )
    if policy is None:
        return None
    before = len(diagnostics.errors)
    if analysed:
        policies.analyse(policy, diagnostics)
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


def supplies(expression: Expression, fact: Fact, diagnostics: Diagnostics) -> bool:
    """Whether the values of the expression are values of the fact. A text can supply an enum."""
    given = required(expression.type)
    if fact.type == "enum":
        fine = given == TEXT or (isinstance(given, Enum) and set(given.values) <= set(fact.values))
    else:
        fine = fact.type in _SORTS and fits(given, _SORTS[fact.type])
    if not fine and given != NOTHING:
        diagnostics.error(
            "R225", f"`{expression.text}` is {given}, and cannot supply `{fact.name}`, which is {fact.type}",
            expression.span, help=f"its values are: {', '.join(fact.values)}" if fact.values else "",
        )  # fmt: skip
    return fine
