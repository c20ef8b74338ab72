"""The checks of a policy. Each asks the solver for facts for which something is wrong, and shows them as an example.

The solver is asked only about what the cells of the policy do not show to be sound (`cases`). The answers are exact for sums, shares and comparisons. Where the solver gives up, P307 says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

from rlve_dsl.diagnostics import Diagnostics, Related
from rlve_dsl.policy.analysis.cases import Cases
from rlve_dsl.policy.analysis.reach import Reach, reaches
from rlve_dsl.policy.english.passages import check_passages
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.words import Scalar, say
from rlve_dsl.policy.meaning.formulas import Formula, Symbol
from rlve_dsl.policy.meaning.solver import Answer, Example, Solver

if TYPE_CHECKING:
    from rlve_dsl.policy.meaning.policy import Decision, Policy, Promise, Rule

_MOST_CONFLICTS = 3  # of one decision that are reported
_MOST_SHOWN = 6  # facts of an example


def analyse(policy: Policy, diagnostics: Diagnostics) -> None:
    """Check the rules of a compiled policy.

    Adds a diagnostic for each problem, with the places of the rules and an example: P301 two exceptions disagree, P302 a
    clause never applies, P303 a condition always holds, P304 a decision has no value somewhere, P305 the assumptions
    contradict each other, P306 no rule reads a fact, P307 the solver gave up, P308 an author's passage leaves something
    out, P309 a promise does not hold.
    """
    read = frozenset[str]().union(
        *(d.direct_facts for d in policy.decisions.values()), *(rule.facts for rule in policy.conduct)
    )
    for fact in policy.facts.values():
        if fact.name not in read:
            diagnostics.warning("P306", f"no rule reads the fact `{fact.name}`", fact.span)
    checks = _Checks(policy, diagnostics)
    if checks.assumptions():
        for decision in policy.decisions.values():
            checks.decision(decision)
        for rule in policy.conduct:
            checks.conduct(rule)
        for promise in policy.promises:
            checks.promise(promise)
    check_passages(policy, diagnostics)


class _Checks:
    """The checks of one policy, with one solver."""

    def __init__(self, policy: Policy, diagnostics: Diagnostics) -> None:
        self._policy = policy
        self._diagnostics = diagnostics
        self._cases = Cases(policy)
        self._given_up: set[str] = set()

    @cached_property
    def _solver(self) -> Solver:
        """The solver, which takes the assumptions as true."""
        solver = Solver(self._policy)
        for assumption in self._policy.assumptions:
            solver.assume(assumption.node)
        return solver

    def _every(self, formulas: Sequence[Formula]) -> Formula:
        return self._solver.formulas.every(formulas)

    def _not(self, formula: Formula) -> Formula:
        return self._solver.formulas.opposite(formula)

    def assumptions(self) -> bool:
        """False, and P305, at the first assumption that contradicts those before it."""
        if not self._policy.assumptions or self._cases.agree():
            return True
        solver = Solver(self._policy)
        for assumption in self._policy.assumptions:
            solver.assume(assumption.node)
            if solver.ask() == "unsat":
                self._diagnostics.error(
                    "P305", f"no situation satisfies `{assumption.text}` and the assumptions before it",
                    assumption.span, help="take it back, or widen the bounds of its facts",
                )  # fmt: skip
                return False
        return True

    def decision(self, decision: Decision) -> None:
        """P301 to P304 of one decision."""
        if self._cases.are_sound(decision):
            return
        found = reaches(decision, self._solver.formulas, self._solver.walk)
        reached = [reach for reach in found if self._is_reached(decision, reach)]
        for reach in reached:
            self._always(decision, reach)
        self._conflicts(decision, reached)
        self._undefined(decision)

    def conduct(self, rule: Rule) -> None:
        """P302 for a rule of conduct that never applies."""
        if self._cases.binds(rule):
            return
        binds = [self._solver.when(rule.node.when)]
        if rule.node.unless is not None:
            binds.append(self._not(self._solver.when(rule.node.unless)))
        if self._solver.ask(*binds) == "unsat":
            self._diagnostics.error(
                "P302", f"`{rule.text}` can never bind", rule.span,
                help="its `when` never holds, or its `unless` holds wherever it does",
            )  # fmt: skip

    def promise(self, promise: Promise) -> None:
        """P309, with an example, where a promise does not hold; P307 where the solver gave up."""
        if self._cases.keeps(promise):
            return
        node = promise.node
        condition = self._solver.when(node.condition)
        broken = (
            self._not(condition)
            if node.only_when is None
            else self._every([condition, self._not(self._solver.when(node.only_when))])
        )
        answer = self._solver.ask(broken)
        if answer == "unknown":
            self._diagnostics.warning(
                "P307", f"whether the promise `{promise.text}` holds could not be decided", promise.span,
                help="sums, shares and comparisons are analysed exactly, products of facts are not",
            )  # fmt: skip
        if answer != "sat":
            return
        parts = [part for part in (node.condition, node.only_when) if part is not None]
        named = [name for name in dict.fromkeys(self._policy.names_in(*parts)) if name in self._policy.decisions]
        decisions = [self._policy.decisions[name] for name in named]
        example = self._solver.example(broken, self._read_by(parts))
        decided = [
            f"{d.name} is {say(d, example.value(self._solver.walk.decision(d.name), d.type))}" for d in decisions
        ]
        facts = self._facts_of(example, self._read_by(parts))
        self._diagnostics.error(
            "P309", f"the promise `{promise.text}` does not hold", promise.span,
            related=tuple(Related(d.where(d.tree), f"`{d.name}` is decided here") for d in decisions),
            help=f"for example: {' → '.join(filter(None, (facts, ' and '.join(decided))))}",
        )  # fmt: skip

    # Clauses --------------------------------------------------------------------------------------------------------

    def _is_reached(self, decision: Decision, reach: Reach[Formula]) -> bool:
        """Whether a clause applies somewhere. P302 where it does not, for the outermost of such clauses only."""
        clause, node = reach.clause, reach.clause.node

        def never(*formulas: Formula) -> bool:
            return self._ask(decision, clause, *formulas) == "unsat"

        if not never(reach.applies):
            return True
        if len(clause.path) > 1 and never(reach.looked_at):
            return False
        own = self._solver.when(node.when)
        related: tuple[Related, ...] = ()
        if node.when is None:
            why = "a later `but` always decides"
        elif never(own):
            why = "its condition never holds"
        elif never(reach.within, own):
            why = "its condition contradicts that of the clause it belongs to"
            parent = next(c for c in decision.clauses if c.path == clause.path[:-1])
            related = (Related(decision.where(parent.node), "it belongs to this"),)
        else:
            why = "a later `but` decides wherever its condition holds"
        if "but" in why:
            later = decision.tree.layers[int(clause.path[0]) + 1 :]
            related = tuple(Related(decision.where(layer), "this comes later") for layer in later)
        self._diagnostics.error(
            "P302", f"{_called(clause)} of `{decision.name}` can never apply: {why}",
            decision.where(node if node.when is None else node.when), related=related,
        )  # fmt: skip
        return False

    def _always(self, decision: Decision, reach: Reach[Formula]) -> None:
        """P303 where the condition of a clause holds wherever it is looked at."""
        condition = reach.clause.node.when
        if condition is None:
            return
        if self._ask(decision, reach.clause, reach.looked_at, self._not(reach.applies)) == "unsat":
            self._diagnostics.warning(
                "P303", f"the condition of {_called(reach.clause)} of `{decision.name}` always holds here",
                decision.where(condition), help="leave the condition out, or say what it should tell apart",
            )  # fmt: skip

    # Conflicts and gaps ---------------------------------------------------------------------------------------------

    def _conflicts(self, decision: Decision, reached: Iterable[Reach[Formula]]) -> None:
        """P301 for exceptions of one clause that can apply together and have different values."""
        siblings: dict[ast.Path, list[Reach[Formula]]] = {}
        for reach in reached:
            if reach.is_exception:
                siblings.setdefault(reach.clause.path[:-1], []).append(reach)
        found = 0
        for one, other in (pair for family in siblings.values() for pair in combinations(family, 2)):
            a, b = (self._solver.walk.exception(reach.clause) for reach in (one, other))
            if a.value.eq(b.value) and a.known is None and b.known is None:
                continue
            both = self._every([one.applies, other.applies, self._differ(a, b)])
            if self._ask(decision, one.clause, both) == "sat":
                found += 1
                if found > _MOST_CONFLICTS:
                    return
                self._report_conflict(decision, (one.clause, other.clause), (a, b), both)

    def _differ(self, a: Symbol, b: Symbol) -> Formula:
        if a.known is None and b.known is None:
            return a.value != b.value
        known = [self._solver.formulas.where_known(symbol) for symbol in (a, b)]
        return self._solver.formulas.some([known[0] != known[1], self._every([*known, a.value != b.value])])

    def _report_conflict(
        self, decision: Decision, clauses: tuple[ast.Clause, ast.Clause], symbols: tuple[Symbol, Symbol], both: Formula
    ) -> None:
        one, other = clauses
        shown, facts = self._example(both, [one.node, other.node], symbols, decision)
        self._diagnostics.error(
            "P301", f"two exceptions can both apply to `{decision.name}` and disagree", decision.where(one.node),
            label="this one", related=(Related(decision.where(other.node), "and this one"),),
            help=f"for example: {facts} → {' or '.join(shown)}; nest one under the other, or make their conditions exclusive",
        )  # fmt: skip

    def _undefined(self, decision: Decision) -> None:
        """P304 where a decision has no value although the decisions that it uses have one."""
        known = self._solver.walk.decision(decision.name).known
        if known is None:
            return
        used = [self._solver.walk.decision(name).known for name in sorted(decision.direct_uses)]
        gap = self._every([self._not(known), *(other for other in used if other is not None)])
        if self._ask(decision, decision.clauses[0], gap) != "sat":
            return
        parts = [part for clause in decision.clauses for part in clause.parts]
        _, facts = self._example(gap, parts, (), decision)
        self._diagnostics.error(
            "P304", f"`{decision.name}` is undefined where a fact that it needs is unknown", decision.where(decision.tree),
            help=f"for example: {facts}; say what holds then, with `is known` or another condition",
        )  # fmt: skip

    # The solver -----------------------------------------------------------------------------------------------------

    def _ask(self, decision: Decision, clause: ast.Clause, *formulas: Formula) -> Answer:
        """The solver's answer; P307, once for a decision, where it gave up."""
        answer = self._solver.ask(*formulas)
        if answer == "unknown" and decision.name not in self._given_up:
            self._given_up.add(decision.name)
            self._diagnostics.warning(
                "P307", f"whether {_called(clause)} of `{decision.name}` is sound could not be decided",
                decision.where(clause.node), help="sums, shares and comparisons are analysed exactly, products of facts are not",
            )  # fmt: skip
        return answer

    def _example(
        self, formula: Formula, nodes: Iterable[ast.Node], symbols: Iterable[Symbol], decision: Decision
    ) -> tuple[list[str], str]:
        """Values of the decision, and the facts that these nodes read, in words, for which the formula holds."""
        names = self._read_by(nodes)
        example = self._solver.example(formula, names)
        values = [example.value(symbol, decision.type) for symbol in symbols]
        return [say(decision, value) for value in values], self._facts_of(example, names) or "always"

    def _facts_of(self, example: Example, names: Sequence[str]) -> str:
        """The first of these facts in words, as an example has them."""
        return ", ".join(f"{name} is {self._shown(name, example.fact(name))}" for name in names[:_MOST_SHOWN])

    def _read_by(self, nodes: Iterable[ast.Node]) -> list[str]:
        """The facts that these nodes read, those of other decisions included, and the facts that make them unknown."""
        names: dict[str, None] = {}
        for node in nodes:
            for name in sorted({*self._policy.names_in(node)}):
                if name in self._policy.facts:
                    names[name] = None
                else:
                    names |= dict.fromkeys(sorted(self._policy.decisions[name].facts))
        for name, conditions in self._policy.known_when().items():
            if name in names:
                names |= dict.fromkeys(sorted({*self._policy.names_in(*conditions)}))
        return list(names)

    def _shown(self, name: str, value: Scalar | None) -> str:
        return f"`{value}`" if isinstance(value, str) else say(self._policy.facts[name], value)


def _called(clause: ast.Clause) -> str:
    """What a clause is called in a message."""
    if isinstance(clause.node, ast.Adjustment):
        return f"an adjustment (`{clause.node.operator} …`)"
    if clause.is_base:
        return "the base"
    return "a `but`" if len(clause.path) == 1 else "an exception"
