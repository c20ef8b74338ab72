"""Questions to the solver Z3: whether there is a set of facts for which a formula holds, and an example of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, cast

from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.words import Scalar
from rlve_dsl.policy.meaning.formulas import Formula, Symbol, formulas_of

if TYPE_CHECKING:
    from rlve_dsl.policy.meaning.policy import Policy

# Steps of the solver for one question, about half a second. Not seconds, so that the answer is the same on any machine.
EFFORT = 1_000_000

Answer = Literal["sat", "unsat", "unknown"]


class Example:
    """A set of facts for which a formula holds."""

    def __init__(self, solver: Solver, model: Any) -> None:
        self._solver = solver
        self._model = model

    def fact(self, name: str) -> Scalar | None:
        """The value of a fact; None where it is unknown."""
        return self.value(self._solver.formulas.facts[name], self._solver.policy.facts[name].type)

    def value(self, symbol: Symbol, type: str) -> Scalar | None:
        """The value of a symbol of this type; None where it is unknown."""
        if symbol.known is not None and not self._is_true(symbol.known):
            return None
        if type == "bool":
            return self._is_true(symbol.value)
        number = self._model.eval(symbol.value, model_completion=True).as_long()
        return self._solver.formulas.words.decode(number, type)

    def _is_true(self, formula: Formula) -> bool:
        import z3

        return bool(z3.is_true(self._model.eval(formula, model_completion=True)))


class Solver:
    """A solver that knows the facts of a policy and their bounds.

    Attributes:
        formulas: The algebra of formulas, with the constants of the facts.
        walk: The rules of the policy as formulas.
    """

    def __init__(self, policy: Policy) -> None:
        import z3

        self.policy = policy
        self.formulas, self.walk = formulas_of(policy)
        self._solver = z3.Solver()
        self._solver.set("rlimit", EFFORT)
        self._solver.add(self.formulas.bounds)

    def assume(self, assumption: ast.Assume) -> None:
        """Take an assumption of the policy as true from now on."""
        condition = self.when(assumption.condition)
        if assumption.only_when is not None:
            condition = self.formulas.some([self.formulas.opposite(condition), self.when(assumption.only_when)])
        self._solver.add(condition)

    def when(self, condition: ast.Condition | None) -> Formula:
        """The formula of a condition; true where there is none."""
        return self.formulas.truth(True) if condition is None else self.walk.condition(condition).yes

    def ask(self, *formulas: Formula) -> Answer:
        """Whether there is a set of facts for which all these formulas hold."""
        self._solver.push()
        self._solver.add(*formulas)
        answer = cast(Answer, str(self._solver.check()))
        self._solver.pop()
        return answer

    def example(self, formula: Formula, names: Iterable[str]) -> Example:
        """An example of a formula that can hold.

        Each of these facts in turn gets the first value that it can have, so that the example is always the same.
        """
        self._solver.push()
        self._solver.add(formula)
        for name in names:
            self._solver.add(self._first(name))
        self._solver.check()
        model = self._solver.model()
        self._solver.pop()
        return Example(self, model)

    def _first(self, name: str) -> Formula:
        """That a fact has its first possible value: of an enum the first, `no` of a bool, of a number the least."""
        fact, constant = self.policy.facts[name], self.formulas.facts[name].value
        if fact.type == "bool":
            no = self.formulas.opposite(constant)
            return no if self._allows(no) else constant
        if fact.type == "enum":
            options = [constant == self.formulas.words.code(value) for value in fact.values]
            return next((option for option in options if self._allows(option)), self.formulas.truth(True))
        if fact.type == "text":
            return self.formulas.truth(True)
        least = low = fact.low or 0
        step = 1
        while not self._allows(constant <= low) and step < 2**40:
            least, low, step = low + 1, low + step, step * 2
        while least < low:
            middle = (least + low) // 2
            if self._allows(constant <= middle):
                low = middle
            else:
                least = middle + 1
        return constant == low

    def _allows(self, formula: Formula) -> bool:
        return str(self._solver.check(formula)) == "sat"
