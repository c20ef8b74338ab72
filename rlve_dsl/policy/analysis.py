"""What is wrong with rules that read well: conflicts, clauses that never apply, undefined cases. Asked of an SMT solver.

Exact for what is linear over whole numbers, words, yes and no; where the solver gives up, that is said. The
formulas are made in `symbols`; each check asks whether a situation exists, and the solver's model is the witness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from rlve_dsl.diagnostics import Diagnostics, Related
from rlve_dsl.policy.english.passages import check_passages
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.words import say
from rlve_dsl.policy.meaning.breakpoints import known_when, named_in, parts_of
from rlve_dsl.policy.meaning.symbols import Symbol, Symbols

if TYPE_CHECKING:
    from rlve_dsl.policy.meaning.policy import Decision, Policy, Rule

EFFORT = (
    1_000_000  # of the solver, a question: about half a second; steps and not time, so that it is the same anywhere
)
_ENOUGH = 3  # conflicts of one decision that are worth reporting
_SHOWN = 6  # facts of a witness


@dataclass(frozen=True, slots=True)
class _At:
    """A clause, and formulas: all that it belongs to holds (`within`), no later `but` decides either (`looked_at`), and
    its own condition holds too (`applies`)."""

    clause: ast.Clause
    within: Any
    looked_at: Any
    applies: Any


def analyse(policy: Policy, diagnostics: Diagnostics) -> None:
    """Add what is wrong with the rules of a compiled policy, each finding with a witness and the places of the rules.

    P301 two equal exceptions disagree, P302 a clause never applies, P303 a condition always holds, P304 a decision is
    undefined somewhere, P305 the assumptions contradict each other, P306 nothing reads a fact, P307 the solver gave
    up; P308 a passage of the author's own leaves something out.
    """
    _unread(policy, diagnostics)
    checker = _Checker(policy, diagnostics)
    if checker.possible():
        for decision in policy.decisions.values():
            checker.check(decision)
        for rule in policy.conduct:
            checker.check_conduct(rule)
    check_passages(policy, diagnostics)


def _unread(policy: Policy, diagnostics: Diagnostics) -> None:
    read = set[str]().union(
        *(d.direct_facts for d in policy.decisions.values()), *(rule.facts for rule in policy.conduct)
    )
    for fact in policy.facts.values():
        if fact.name not in read:
            diagnostics.warning("P306", f"no rule reads the fact `{fact.name}`", fact.span)


class _Checker:
    """The checks of one policy, on one solver."""

    def __init__(self, policy: Policy, diagnostics: Diagnostics) -> None:
        import z3

        self._z3: Any = z3
        self._policy = policy
        self._diagnostics = diagnostics
        self._symbols = Symbols(policy)
        self._solver: Any = z3.Solver()
        self._solver.set("rlimit", EFFORT)
        self._solver.add(self._symbols.bounds)
        self._undecided: set[str] = set()

    def possible(self) -> bool:
        """Whether some situation satisfies every assumption; P305 at the first that leaves none."""
        for assumption in self._policy.assumptions:
            self._solver.add(self._symbols.assumption(assumption.node))
            if self._solver.check() == self._z3.unsat:
                self._diagnostics.error(
                    "P305", f"no situation satisfies `{assumption.text}` and the assumptions before it",
                    assumption.span, help="take it back, or widen the bounds of its facts",
                )  # fmt: skip
                return False
        return True

    def check(self, decision: Decision) -> None:
        """Every check of one decision."""
        places = {at.clause.path: at for at in self._places(decision)}
        reached = [at for at in places.values() if self._is_reached(decision, at)]
        for at in reached:
            self._always(decision, at)
        self._conflicts(decision, {at.clause.path: at for at in reached})
        self._undefined(decision)

    def check_conduct(self, rule: Rule) -> None:
        """P302 for a rule of conduct that binds no call."""
        node, when = rule.node, self._symbols.when
        binds = when(node.when)
        if node.unless is not None:
            binds = self._z3.And(binds, self._z3.Not(when(node.unless)))
        if self._check(binds) == self._z3.unsat:
            self._diagnostics.error(
                "P302", f"`{rule.text}` can never bind", rule.span,
                help="its `when` never holds, or its `unless` holds wherever it does",
            )  # fmt: skip

    # Places ---------------------------------------------------------------------------------------------------------

    def _places(self, decision: Decision) -> Iterator[_At]:
        """Every clause with where it is looked at: what it belongs to applies, and no later `but` does."""
        z3, when = self._z3, self._symbols.when
        layers = decision.tree.layers
        by_path = {clause.path: clause for clause in decision.clauses}

        def below(branch: ast.Branch, path: tuple[int | str, ...], within: Any, free: Any) -> Iterator[_At]:
            inside = z3.And(within, when(branch.when))
            yield _At(by_path[path], within, z3.And(within, free), z3.And(inside, free))
            for place, exception in enumerate(branch.exceptions):
                yield from below(exception, (*path, place), inside, free)
            for place, adjustment in enumerate(branch.adjustments):
                applies = z3.And(inside, free, when(adjustment.when))
                yield _At(by_path[*path, f"+{place}"], inside, z3.And(inside, free), applies)

        for place, layer in enumerate(layers):
            later = [z3.Not(when(other.when)) for other in layers[place + 1 :]]
            free = z3.And(later) if later else z3.BoolVal(True)
            yield from below(layer, (place,), z3.BoolVal(True), free)

    def _is_reached(self, decision: Decision, at: _At) -> bool:
        """Whether the clause applies somewhere; P302 where it does not, at the outermost such clause only."""
        unsat = self._z3.unsat
        clause, node = at.clause, at.clause.node
        if self._ask(at.applies, decision, clause) != unsat:
            return True
        if len(clause.path) > 1 and self._ask(at.looked_at, decision, clause) == unsat:
            return False  # what it belongs to never applies, which is said there
        what = f"{_called(clause)} of `{decision.name}` can never apply"
        related: tuple[Related, ...] = ()
        if node.when is None:
            why = "a later `but` always decides"
        elif self._ask(self._symbols.when(node.when), decision, clause) == unsat:
            why = "its condition never holds"
        elif self._ask(self._z3.And(at.within, self._symbols.when(node.when)), decision, clause) == unsat:
            why = "its condition contradicts that of the clause it belongs to"
            parent = next(c for c in decision.clauses if c.path == clause.path[:-1])
            related = (Related(decision.where(parent.node), "it belongs to this"),)
        else:
            why = "a later `but` decides wherever its condition holds"
        if "but" in why:
            later = decision.tree.layers[int(clause.path[0]) + 1 :]
            related = tuple(Related(decision.where(layer), "this comes later") for layer in later)
        span = decision.where(node if node.when is None else node.when)
        self._diagnostics.error("P302", f"{what}: {why}", span, related=related)
        return False

    def _always(self, decision: Decision, at: _At) -> None:
        """P303 where a clause's condition holds wherever it is looked at."""
        condition = at.clause.node.when
        if condition is None:
            return
        if self._ask(self._z3.And(at.looked_at, self._z3.Not(at.applies)), decision, at.clause) == self._z3.unsat:
            self._diagnostics.warning(
                "P303", f"the condition of {_called(at.clause)} of `{decision.name}` always holds here",
                decision.where(condition), help="leave the condition out, or say what it should tell apart",
            )  # fmt: skip

    # Conflicts and gaps ---------------------------------------------------------------------------------------------

    def _conflicts(self, decision: Decision, reached: dict[tuple[int | str, ...], _At]) -> None:
        """P301 for exceptions of one parent that can both apply and come to different values."""
        z3, found = self._z3, 0
        families: dict[tuple[int | str, ...], list[_At]] = {}
        for path, at in reached.items():
            if isinstance(at.clause.node, ast.Branch) and len(path) > 1:
                families.setdefault(path[:-1], []).append(at)
        for one, other in (pair for family in families.values() for pair in combinations(family, 2)):
            a, b = self._symbols.branch(_branch(one)), self._symbols.branch(_branch(other))
            if a.value.eq(b.value) and a.known is None and b.known is None:
                continue
            both = z3.And(one.applies, other.applies, self._differ(a, b))
            if self._ask(both, decision, one.clause) == z3.sat:
                found += 1
                if found > _ENOUGH:
                    return
                self._report_conflict(decision, one.clause, other.clause, a, b, both)

    def _differ(self, a: Symbol, b: Symbol) -> Any:
        z3 = self._z3
        if a.known is None and b.known is None:
            return a.value != b.value
        known = [z3.BoolVal(True) if s.known is None else s.known for s in (a, b)]
        return z3.Or(known[0] != known[1], z3.And(*known, a.value != b.value))

    def _report_conflict(
        self, decision: Decision, one: ast.Clause, other: ast.Clause, a: Symbol, b: Symbol, both: Any
    ) -> None:
        names = self._mentioned([one.node, other.node])
        model = self._model(both, names)
        values = " or ".join(self._shown(decision, symbol, model) for symbol in (a, b))
        witness = self._witness(model, names)
        self._diagnostics.error(
            "P301", f"two exceptions can both apply to `{decision.name}` and disagree", decision.where(one.node),
            label="this one", related=(Related(decision.where(other.node), "and this one"),),
            help=f"for example: {witness} → {values}; nest one under the other, or make their conditions exclusive",
        )  # fmt: skip

    def _shown(self, decision: Decision, symbol: Symbol, model: Any) -> str:
        if symbol.known is not None and not self._z3.is_true(model.eval(symbol.known, model_completion=True)):
            return "unknown"
        return say(decision, self._symbols.value_in(model, symbol, decision.type))

    def _undefined(self, decision: Decision) -> None:
        """P304 where a decision of these rules has no value although those that it uses have one."""
        known = self._symbols.decide(decision.name).known
        if known is None:
            return
        z3 = self._z3
        used = [k for name in sorted(decision.direct_uses) if (k := self._symbols.decide(name).known) is not None]
        gap = z3.And(z3.Not(known), *used)
        if self._ask(gap, decision, decision.clauses[0]) != z3.sat:
            return
        names = self._mentioned(part for clause in decision.clauses for part in parts_of(clause.node))
        model = self._model(gap, names)
        self._diagnostics.error(
            "P304", f"`{decision.name}` is undefined where a fact that it needs is unknown", decision.where(decision.tree),
            help=f"for example: {self._witness(model, names)}; say what holds then, with `is known` or another condition",
        )  # fmt: skip

    # The solver -----------------------------------------------------------------------------------------------------

    def _ask(self, formula: Any, decision: Decision, clause: ast.Clause) -> Any:
        """Whether a situation satisfies the formula; P307 where the solver cannot tell."""
        answer = self._check(formula)
        if answer == self._z3.unknown and decision.name not in self._undecided:
            self._undecided.add(decision.name)
            self._diagnostics.warning(
                "P307", f"whether {_called(clause)} of `{decision.name}` is sound could not be decided",
                decision.where(clause.node), help="sums, shares and comparisons are analysed exactly, products of facts are not",
            )  # fmt: skip
        return answer

    def _check(self, formula: Any) -> Any:
        self._solver.push()
        self._solver.add(formula)
        answer = self._solver.check()
        self._solver.pop()
        return answer

    def _model(self, formula: Any, mentioned: Iterable[str]) -> Any:
        """A model of a formula that can be satisfied: of each fact mentioned, in turn, the first value that it can have,
        so that the witness is the same whichever model the solver comes to first."""
        self._solver.push()
        self._solver.add(formula)
        self._solver.check()
        for name in mentioned:
            self._solver.add(self._symbols.at_first(self._solver, name))
        self._solver.check()
        model = self._solver.model()
        self._solver.pop()
        return model

    def _mentioned(self, nodes: Iterable[ast.Node]) -> list[str]:
        """The facts that these parts mention, those of decisions below included, and what makes them unknown."""
        names: dict[str, None] = {}
        for node in nodes:
            for name in sorted(named_in(self._policy, node)):
                if name in self._policy.facts:
                    names[name] = None
                else:
                    names |= dict.fromkeys(sorted(self._policy.decisions[name].facts))
        for name, conditions in known_when(self._policy).items():
            if name in names:
                names |= dict.fromkeys(sorted(n for c in conditions for n in named_in(self._policy, c)))
        return list(names)

    def _witness(self, model: Any, names: list[str]) -> str:
        """The values of some facts, in words."""
        said = []
        for name in names[:_SHOWN]:
            value = self._symbols.read(model, name)
            said.append(f"{name} is `{value}`" if isinstance(value, str) else f"{name} is {self._say(name, value)}")
        return ", ".join(said) or "always"

    def _say(self, name: str, value: Any) -> str:
        return "unknown" if value is None else say(self._policy.facts[name], value)


def _branch(at: _At) -> ast.Branch:
    assert isinstance(at.clause.node, ast.Branch)
    return at.clause.node


def _called(clause: ast.Clause) -> str:
    """What a clause is called in a message."""
    if isinstance(clause.node, ast.Adjustment):
        return f"an adjustment (`{clause.node.operator} …`)"
    if clause.is_base:
        return "the base"
    return "a `but`" if len(clause.path) == 1 else "an exception"
