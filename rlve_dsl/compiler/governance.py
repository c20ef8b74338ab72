"""The store policy of a collection: its rules compiled, and its facts as expressions over what a call is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from rlve_dsl import files
from rlve_dsl import policy as policies
from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.expressions import EvaluationError, Expression, Scope, compile_expression
from rlve_dsl.expressions.types import BOOL, DAYS, INT, MONEY, NOTHING, REAL, TEXT, Enum, Record, Type, fits, required
from rlve_dsl.plugins import Registry
from rlve_dsl.policy import Decision, Fact, Policy, Ruling, amount
from rlve_dsl.values import Value
from rlve_dsl.world import RULED, Governance

_DECIDED: Mapping[str, Type] = {
    "bool": BOOL,
    "money": MONEY,
    "days": DAYS,
    "number": INT,
    "percent": REAL,
    "text": TEXT,
}
_HUNDREDTHS = 10_000  # of a percent, in what is whole
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


def type_of_decision(decision: Decision) -> Type:
    """The type of what is decided, where it is known."""
    return Enum(decision.values) if decision.type == "enum" else _DECIDED[decision.type]


def value_of_ruling(ruling: Ruling) -> Value:
    """What is decided, as expressions read it; None where it is unknown."""
    value = ruling.value
    return value / _HUNDREDTHS if ruling.type == "percent" and isinstance(value, int) else value


class OutOfBounds(EvaluationError):
    """A fact of the policy has a value that its `min` and `max` exclude, so what was proved of the policy does not hold."""


def within_bounds(expression: Expression, fact: Fact) -> Expression:
    """The expression, which raises OutOfBounds for values that the fact cannot have."""
    low, high = fact.low, fact.high
    if low is None and high is None:
        return expression

    def checked(value: Value) -> Value:
        if value is not None and not ((low is None or low <= value) and (high is None or value <= high)):
            bound = f"its `min` is {amount(fact.type, low)}" if low is not None and value < low else ""
            bound = bound or f"its `max` is {amount(fact.type, high or 0)}"
            reason = f"the fact `{fact.name}` is {amount(fact.type, value)}, and {bound}"
            raise OutOfBounds(reason, expression.span, expression.text)
        return value

    return replace(expression, compiled=expression.compiled.then(checked))


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
