"""Rules as formulas of the solver Z3: facts are constants, and a decision is a formula over them.

All numbers are whole, so that linear rules are decided exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from rlve_dsl.policy.meaning.partial import Partial, PartialAlgebra, WordCodes
from rlve_dsl.policy.meaning.walk import Walk

if TYPE_CHECKING:
    import z3

    from rlve_dsl.policy.meaning.policy import Fact, Policy

Formula: TypeAlias = "z3.BoolRef"
Term: TypeAlias = "z3.ExprRef"
Symbol: TypeAlias = "Partial[Term, Formula]"


class Formulas(PartialAlgebra["Term", "Formula"]):
    """The algebra of formulas. A bool is a formula, any other value a whole number.

    Attributes:
        facts: The constants of facts.
        bounds: What the declared values of the facts say of their constants.
    """

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        import z3

        self._z3 = z3
        self.words = WordCodes()
        self.bounds: list[Formula] = []
        self.facts: dict[str, Symbol] = {name: Partial(self._constant(fact)) for name, fact in facts.items()}

    def fact(self, name: str) -> Symbol:
        return self.facts[name]

    def literal(self, value: int) -> Term:
        return self._z3.BoolVal(value) if isinstance(value, bool) else self._z3.IntVal(value)

    def truth(self, value: bool) -> Formula:
        return self._z3.BoolVal(value)

    def holds(self, value: Term) -> Formula:
        return value

    def number(self, truth: Formula) -> Term:
        return truth

    def opposite(self, truth: Formula) -> Formula:
        return self._z3.Not(truth)

    def every(self, truths: Sequence[Formula]) -> Formula:
        return self._z3.And(truths)

    def some(self, truths: Sequence[Formula]) -> Formula:
        return self._z3.Or(truths)

    def quotient(self, number: Term, by: int) -> Term:
        return number / by  # Z3 rounds a quotient of whole numbers down where the divisor is positive

    def pick(self, where: Formula, this: Any, that: Any) -> Any:
        return self._z3.If(where, this, that)

    def _constant(self, fact: Fact) -> Term:
        z3 = self._z3
        if fact.type == "bool":
            return z3.Bool(fact.name)
        constant = z3.Int(fact.name)
        if fact.type == "enum":
            codes = [self.words.code(value) for value in fact.values]
            self.bounds += [constant >= min(codes), constant <= max(codes)]
            if len(codes) <= max(codes) - min(codes):
                self.bounds.append(z3.Or([constant == code for code in codes]))
        if fact.type not in ("enum", "text"):
            self.bounds.append(constant >= (0 if fact.low is None else fact.low))
        if fact.high is not None:
            self.bounds.append(constant <= fact.high)
        return constant


def formulas_of(policy: Policy) -> tuple[Formulas, Walk[Symbol, Any]]:
    """The formulas of a policy, in which a fact is known only where the assumptions say so."""
    formulas = Formulas(policy.facts)
    always_known = policy.walk(formulas)
    for name, conditions in policy.known_when().items():
        known = formulas.every([always_known.condition(condition).yes for condition in conditions])
        formulas.facts[name] = Partial(formulas.facts[name].value, known)
    return formulas, policy.walk(formulas)
