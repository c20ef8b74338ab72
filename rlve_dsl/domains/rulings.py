"""What a declared tool asks of the policy, over the facts that its arguments and look-ups supply."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.domains.facts import supplies, type_of_decision, value_of_ruling, within_bounds
from rlve_dsl.domains.made import expression
from rlve_dsl.expressions import Code, Expression, Program, Scope, Statement
from rlve_dsl.expressions.types import (
    BOOL,
    MONEY,
    NOTHING,
    TEXT,
    Enum,
    ListOf,
    Optional,
    Record,
    Type,
    fits,
    optional,
    required,
)
from rlve_dsl.files import ExpressionText, Name, key_of
from rlve_dsl.frozen import frozen
from rlve_dsl.policy import Policy
from rlve_dsl.values import Names
from rlve_dsl.world import RULED, Governance, Refusal, Verdict, ruled

FEE = "fee"
"""What the fee of a call is called in a tool."""


VERDICT = "verdict"
"""What the verdict of the store policy is called in a tool."""

VERDICT_TYPE = Record("verdict", (("allowed", BOOL), ("fee", MONEY), ("reason", TEXT), ("clauses", ListOf(TEXT))))


class Disallowed(Refusal):
    """The policy does not allow a call; the message is its reason."""


@frozen
class RuledOn:
    """What the store policy rules about in a call: the names of the order and of its line, as far as there are such; and the
    tool for whose calls it does."""

    tool: str
    order: str | None
    line: str | None

    def things(self, program: Program, state: Code) -> Code:
        """The code of what the facts of the policy read of a call."""
        order, line = (program.constant(None) if n is None else program.name(n) for n in (self.order, self.line))
        return program.call(ruled, state, order, line)

    def statements(self, program: Program, governance: Code, state: Code) -> list[Statement]:
        """Ask for the verdict on a call."""
        return [program.assign(VERDICT, program.call(self._verdict, governance, self.things(program, state)))]

    def _verdict(self, governance: Governance | None, about: Names) -> Names:
        found = Verdict() if governance is None else governance.verdict(self.tool, about)
        return {
            "allowed": found.allowed, "fee": found.fee_cents, "reason": found.reason, "clauses": list(found.clauses),
        }  # fmt: skip


def compile_about(
    name: str, declared: files.DeclaredTool, scope: Scope, tools: Collection[str] | None, diagnostics: Diagnostics
) -> RuledOn | None:
    """What the store policy rules about in a call of this tool; None when it does not, or there are errors.

    Args:
        name: The full name of the tool.
        tools: The full names of all tools; None in a domain that does not see the store.
    """
    about = declared.verdict
    if about is None:
        return None
    if tools is None:
        diagnostics.error(
            "D114", "`verdict` asks the policy of the store, which this domain does not see", about.span,
            help="write `store: true` in the domain; a policy of the domain is asked with `allow`, `fee` and `rulings`",
        )  # fmt: skip
        return None
    sound = about.of is None or about.of.text in tools
    if about.of is not None and not sound:
        label = did_you_mean(about.of.text, tools)
        diagnostics.error("R205", f"there is no tool `{about.of.text}`", about.of.span, label=label)
    for what, given in (("order", about.order), ("line", about.line)):
        wanted = required(RULED[what])
        if given is None:
            continue
        found = scope.names.get(given.text)
        if found is None:
            names = [source.name.text for source in declared.let]
            diagnostics.error(
                "R205", f"`{name}` has no look-up `{given.text}`", given.span, label=did_you_mean(given.text, names)
            )
        elif found != NOTHING and not fits(required(found), wanted):
            diagnostics.error("R102", f"`{given.text}` is {found}, where {wanted} is wanted", given.span)
            sound = False
        sound = sound and found is not None
    if not sound:
        return None
    order, line = (given.text if given is not None else None for given in (about.order, about.line))
    return RuledOn(about.of.text if about.of is not None else name, order, line)


@frozen
class Asked:
    """The decisions that a tool asks for, and the facts that a call of it supplies.

    `rulings` are decisions by what the tool calls them, each with its type.
    """

    allow: str | None
    fee: str | None
    facts: Mapping[str, Expression]
    rulings: Mapping[str, tuple[str, Type]] = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether it asks for anything."""
        return self.allow is not None or self.fee is not None or bool(self.rulings)

    def code_of_facts(self, program: Program) -> Code:
        """The code of the values of the facts."""
        return program.record({name: program.value(fact) for name, fact in self.facts.items()})

    def statements(self, program: Program, governance: Code) -> list[Statement]:
        """Ask the policy about a call, and give the names of its fee and rulings their values.

        Without a policy, all is allowed and free, and rulings are unknown.
        """
        if not self.asks:
            return []
        answers, no_policy = ".answers", program.same(governance, program.constant(None))
        facts = program.choose(no_policy, program.constant(None), self.code_of_facts(program))
        names = ([FEE] if self.fee is not None else []) + list(self.rulings)
        return [
            program.keep(answers, program.call(self._decide, governance, facts)),
            *(program.assign(n, program.part(program.variable(answers), n)) for n in names),
        ]

    def _decide(self, governance: Governance | None, facts: Names) -> Names:
        """The fee and the rulings.

        Raises:
            Disallowed: The policy does not allow the call.
        """
        if governance is None:
            return {**dict.fromkeys(self.rulings), FEE: 0}
        policy, answers = governance.policy, Names()
        if self.allow is not None:
            ruling = policy.decide(self.allow, facts)
            if not ruling.value:
                raise Disallowed(ruling.reason)
        if self.fee is not None:
            answers[FEE] = int(policy.decide(self.fee, facts).value or 0)
        for name, (decision, _) in self.rulings.items():
            answers[name] = value_of_ruling(policy.decide(decision, facts))
        return answers


def compile_rulings(
    full_name: str,
    declared: files.DeclaredTool,
    bind: Mapping[str, ExpressionText],
    scope: Scope,
    governance: Governance | None,
    diagnostics: Diagnostics,
) -> Asked:
    """What a tool asks. It supplies the facts that its decisions and rules of conduct read, as far as their expressions read
    nothing but what the tool has."""
    allow = declared.allow.text if declared.allow else None
    fee = declared.fee.text if declared.fee else None
    if governance is None:
        return Asked(allow, fee, {}, {name: (asked.text, NOTHING) for name, asked in declared.rulings.items()})
    policy = governance.policy
    about = [rule for rule in policy.conduct if rule.is_about(full_name, changes=bool(declared.does))]
    for rule in about:
        if rule.twice and rule.twice not in declared.takes:
            diagnostics.error(
                "P218",
                f"`{full_name}` takes no `{rule.twice}`",
                rule.span,
                label=did_you_mean(rule.twice, declared.takes),
            )
    read = {fact for rule in about for fact in rule.facts}
    for asked in (allow, fee, *(asked.text for asked in declared.rulings.values())):
        if asked is not None and asked in policy.decisions:
            read |= policy.decisions[asked].facts
    facts: dict[str, Expression] = {}
    for name, source in bind.items():
        if name in read and (found := _fact(name, source, scope, policy, diagnostics)) is not None:
            facts[name] = found
    for decision, type_ in ((declared.allow, "bool"), (declared.fee, "money")):
        if decision is not None:
            _check_decision(declared, decision, type_, facts, policy, diagnostics)
    rulings: dict[str, tuple[str, Type]] = {}
    for name, decision in declared.rulings.items():
        _check_decision(declared, decision, None, facts, policy, diagnostics)
        if (ruled := policy.decisions.get(decision.text)) is not None:
            of = type_of_decision(ruled)
            sure = all(f in facts and not isinstance(facts[f].type, Optional) for f in ruled.facts)
            rulings[name] = decision.text, of if sure else optional(of)
    return Asked(allow, fee, facts, rulings)


def _fact(
    name: str, source: ExpressionText, scope: Scope, policy: Policy, diagnostics: Diagnostics
) -> Expression | None:
    """The expression of a fact; None where the tool has not what it reads, or there are errors."""
    fact, found = policy.facts[name], Diagnostics()
    expected = Enum(tuple(fact.values)) if fact.type == "enum" else None
    made = expression(source, scope, found, expected)
    if made is None:
        if any(problem.code != "R101" for problem in found.errors):
            diagnostics.extend(found.items)
        return None
    return within_bounds(made, fact) if supplies(made, fact, diagnostics) else None


def _check_decision(
    declared: files.DeclaredTool,
    asked: Name,
    type_: str | None,
    facts: Mapping[str, Expression],
    policy: Policy,
    diagnostics: Diagnostics,
) -> None:
    decision = policy.decisions.get(asked.text)
    if decision is None:
        diagnostics.error(
            "R205", f"the policy `{policy.name}` has no decision `{asked.text}`", asked.span,
            label=did_you_mean(asked.text, policy.decisions), help=f"its decisions: {', '.join(policy.decisions)}",
        )  # fmt: skip
        return
    if type_ is not None and decision.type != type_:
        diagnostics.error("R102", f"`{asked.text}` is {decision.type}, where {type_} is wanted", asked.span)
    missing = sorted(decision.facts - facts.keys())
    if missing:
        diagnostics.warning(
            "D106", f"`{declared.name.text}` supplies no {', '.join(f'`{name}`' for name in missing)}, which "
            f"`{asked.text}` reads", asked.span,
            help="`bind:` says what supplies a fact; it may read the tool's arguments and look-ups",
        )  # fmt: skip


def check_bindings(
    bind: Mapping[str, ExpressionText], used: set[str], governance: Governance | None, diagnostics: Diagnostics
) -> None:
    """Report what is bound and no fact of the policy, or supplied by no tool."""
    if governance is None:
        return
    facts = governance.policy.facts
    for name, source in bind.items():
        if name not in facts:
            diagnostics.error(
                "R205", f"the policy `{governance.policy.name}` has no fact `{name}`",
                key_of(bind, name, source.span).span, label=did_you_mean(name, facts),
            )  # fmt: skip
        elif name not in used:
            diagnostics.warning(
                "D106", f"no tool asks for `{name}` and has everything that `{source.text}` reads", source.span,
                help="a fact reads the arguments and look-ups of the tools whose decisions read it",
            )  # fmt: skip
