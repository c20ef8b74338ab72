"""Questions about a decision that has too many cells for a table: the solver says which situations there are.

The solver is asked whether there is a situation, and never for an example: its examples depend on what it was asked before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import cached_property

from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.words import Scalar
from rlve_dsl.policy.meaning.formulas import Formula, Symbol
from rlve_dsl.policy.meaning.policy import Fact, Policy, domain
from rlve_dsl.policy.meaning.solver import Solver
from rlve_dsl.rng import Stream

_MOST_ANSWERS = 8  # of one depth; where there are more, a question is drawn without them
_TRIES = 3
_LEAST = -(2**31)
BOUNDARY = 0.5  # the probability that an amount is one of the rules, or beside one: day 30 or day 31


class Solved:
    """The questions about one decision.

    Raises:
        Unsatisfiable: The decision reads a text, which the solver has no values for.
    """

    def __init__(self, policy: Policy, decision: str, facts: Sequence[str]) -> None:
        import z3

        self._policy = policy
        self._decision = policy.decisions[decision]
        self._facts = [policy.facts[name] for name in facts]
        if text := [fact.name for fact in self._facts if fact.type == "text"]:
            raise Unsatisfiable(
                f"`{decision}` reads too many facts for a table, and the text `{text[0]}`",
                "name other `decisions:` for the sampler, or let a decision of its own decide a part",
            )
        self._solver = Solver(policy)
        for assumption in policy.assumptions:
            self._solver.assume(assumption.node)
        formulas, whole = self._solver.formulas, self._solver.walk
        self._bounds = [self._within(fact, *domain(fact)) for fact in self._facts if fact.type not in ("bool", "enum")]
        self._value = whole.decision(decision)
        used = (*sorted(self._decision.uses), decision)
        self._clauses = [clause for name in used for clause in policy.decisions[name].clauses]
        removed = [
            policy.walk(formulas, {clause.id}, whole).decision(decision)
            for clause in self._clauses
            if not clause.is_base
        ]
        turns = [z3.If(self._differ(self._value, other), 1, 0) for other in removed]
        self._depth = z3.Sum(turns) if turns else z3.IntVal(0)
        self._most = len(turns)
        self._answers: dict[int, tuple[Scalar, ...]] = {}

    @cached_property
    def depths(self) -> tuple[int, ...]:
        """The depths of its questions."""
        return tuple(depth for depth in range(self._most + 1) if self._can(*self._at(depth)))

    def answers(self, depth: int) -> tuple[Scalar, ...]:
        """The different answers to its questions of a depth, in order; of many amounts, the least ones and one more."""
        if depth not in self._answers:
            self._answers[depth] = tuple(self._found(depth))
        return self._answers[depth]

    def situation(self, depth: int, stream: Stream) -> dict[str, Scalar | None]:
        """Values of the facts for which the question has this depth.

        The answer is drawn first, each as often as the others. Where there are many, it follows from the values.
        """
        answers, fixed = self.answers(depth), self._at(depth)
        if len(answers) <= _MOST_ANSWERS:
            answer = stream.child("answer").choice(answers)
            fixed.append(self._is(self._value, self._decision.type, answer))
        values: dict[str, Scalar | None] = {}
        for fact in stream.child("order").shuffled(self._facts):
            symbol = self._solver.formulas.facts[fact.name]
            for value in self._candidates(fact, stream.child(fact.name), fixed):
                equal = self._is(symbol, fact.type, value)
                if self._can(*fixed, equal):
                    fixed.append(equal)
                    values[fact.name] = value
                    break
            else:
                raise Unsatisfiable(f"the solver finds no situation for a question about `{self._decision.name}`")
        return {fact.name: values[fact.name] for fact in self._facts}

    # Answers --------------------------------------------------------------------------------------------------------

    def _found(self, depth: int) -> Iterator[Scalar]:
        type_ = self._decision.type
        if type_ in ("bool", "enum"):
            options: Sequence[Scalar] = (False, True) if type_ == "bool" else sorted(self._decision.values)
            yield from (v for v in options if self._can(*self._at(depth), self._is(self._value, type_, v)))
            return
        value, at = self._value.value, self._at(depth)
        start = _LEAST if self._can(*at, value < 0) else 0
        if (least := self._least(value, start, at)) is None:
            return
        yield least
        for _ in range(_MOST_ANSWERS):
            if (least := self._least(value, least + 1, at)) is None:
                return
            yield least

    def _least(self, value: Formula, start: int, at: Sequence[Formula]) -> int | None:
        """The least amount of at least `start` that the decision can be."""
        if not self._can(*at, value >= start):
            return None
        low, high, step = start, start, 1
        while not self._can(*at, value >= low, value <= high):
            low, high, step = high + 1, high + step, 2 * step
        while low < high:
            middle = (low + high) // 2
            if self._can(*at, value >= low, value <= middle):
                high = middle
            else:
                low = middle + 1
        return low

    # Situations -----------------------------------------------------------------------------------------------------

    def _candidates(self, fact: Fact, stream: Stream, fixed: Sequence[Formula]) -> Iterator[Scalar]:
        """Values to try; of an amount, the last is one that there is."""
        if fact.type in ("bool", "enum"):
            options: Sequence[Scalar] = (False, True) if fact.type == "bool" else fact.values
            yield from stream.shuffled(options)
            return
        low, high = domain(fact)
        boundaries = [v for v in self._boundaries(fact) if low <= v <= high]
        for attempt in range(_TRIES):
            own = stream.child(attempt)
            yield own.choice(boundaries) if boundaries and own.chance(BOUNDARY) else own.integer(low, high)
        halves = stream.child("halves")
        while low < high:
            middle = (low + high) // 2
            one, other = (low, middle), (middle + 1, high)
            if halves.chance(0.5):
                one, other = other, one
            low, high = one if self._can(*fixed, self._within(fact, *one)) else other
        yield low

    def _boundaries(self, fact: Fact) -> list[int]:
        amounts = {
            a.value for clause in self._clauses for part in clause.parts for a in _amounts(part) if a.unit == fact.type
        }
        numbers = [int(amount) for amount in amounts if not isinstance(amount, str)]
        return sorted({number + off for number in numbers for off in (-1, 0, 1)})

    # Formulas -------------------------------------------------------------------------------------------------------

    def _can(self, *formulas: Formula) -> bool:
        return self._solver.ask(*self._bounds, *formulas) == "sat"

    def _at(self, depth: int) -> list[Formula]:
        """That the decision is known, and turns on so many clauses."""
        return [self._solver.formulas.where_known(self._value), self._depth == depth]

    def _within(self, fact: Fact, low: int, high: int) -> Formula:
        value = self._solver.formulas.facts[fact.name].value
        return self._solver.formulas.every([value >= low, value <= high])

    def _is(self, symbol: Symbol, type: str, value: Scalar) -> Formula:
        if type == "bool":
            return symbol.value if value else self._solver.formulas.opposite(symbol.value)
        return symbol.value == self._solver.formulas.words.encode(value)

    def _differ(self, a: Symbol, b: Symbol) -> Formula:
        formulas = self._solver.formulas
        known = [formulas.where_known(symbol) for symbol in (a, b)]
        return formulas.some([known[0] != known[1], formulas.every([*known, a.value != b.value])])


def _amounts(node: object) -> Iterator[ast.Amount]:
    """The amounts that are written in a part of rules."""
    if isinstance(node, ast.Amount):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from _amounts(part)
    elif is_dataclass(node):
        for field in fields(node):
            yield from _amounts(getattr(node, field.name))
