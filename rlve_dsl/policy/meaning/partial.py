"""Values that may be unknown, over numbers and truths of any kind: what columns and formulas have in common.

Every alternative of a decision is computed, and then one is chosen. Words are whole numbers (`WordCodes`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, Literal, TypeVar

from rlve_dsl.frozen import frozen
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.words import Scalar
from rlve_dsl.policy.meaning.closures import COMPARISONS, HUNDREDTHS_OF_A_PERCENT, OPERATORS
from rlve_dsl.policy.meaning.walk import Change, Operator

N = TypeVar("N")  # numbers
B = TypeVar("B")  # truths

OTHER_TEXT = "another text"  # one that no rule names, in examples of the solver


@frozen
class Partial(Generic[N, B]):
    """A value, and where it is known (None: everywhere).

    Of a `traced` value, and of what is computed from it, `Columns` notes the comparisons.
    """

    value: N
    known: B | None = None
    traced: bool = False


@frozen
class Test(Generic[B]):
    """Where a condition is known to hold, and where it is known to fail (None: everywhere else)."""

    yes: B
    no: B | None = None


class WordCodes:
    """Numbers for the words and texts of a policy. Equal words have equal numbers."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._words: list[str] = []

    def code(self, word: str) -> int:
        """The number of a word; a new word gets the next number."""
        if word not in self._codes:
            self._codes[word] = len(self._words)
            self._words.append(word)
        return self._codes[word]

    def encode(self, value: Scalar) -> int:
        """A value as a number."""
        return self.code(value) if isinstance(value, str) else int(value)

    def decode(self, number: int, type: str) -> Scalar:
        """The value of a fact or decision of this type that a number stands for."""
        if type == "bool":
            return bool(number)
        if type not in ("enum", "text"):
            return int(number)
        return self._words[number] if 0 <= number < len(self._words) else OTHER_TEXT


class PartialAlgebra(ABC, Generic[N, B]):
    """The algebra of values that may be unknown. A subclass says what numbers and truths are."""

    words: WordCodes

    @abstractmethod
    def fact(self, name: str) -> Partial[N, B]:
        """The value of a fact."""

    @abstractmethod
    def literal(self, value: int) -> N:
        """A whole number, or a bool."""

    @abstractmethod
    def truth(self, value: bool) -> B:
        """True or false."""

    @abstractmethod
    def holds(self, value: N) -> B:
        """The truth of a bool value."""

    @abstractmethod
    def number(self, truth: B) -> N:
        """A truth as a bool value."""

    @abstractmethod
    def opposite(self, truth: B) -> B:
        """Negation."""

    @abstractmethod
    def every(self, truths: Sequence[B]) -> B:
        """Conjunction."""

    @abstractmethod
    def some(self, truths: Sequence[B]) -> B:
        """Disjunction."""

    @abstractmethod
    def quotient(self, number: N, by: int) -> N:
        """Division by a positive number, rounded down."""

    @abstractmethod
    def pick(self, where: B, this: Any, that: Any) -> Any:
        """`this` where the truth holds, and `that` elsewhere; both are numbers, or both truths."""

    def constant(self, value: Scalar) -> Partial[N, B]:
        return Partial(self.literal(self.words.code(value) if isinstance(value, str) else value))

    def combine(self, operator: Operator, left: Partial[N, B], right: Partial[N, B]) -> Partial[N, B]:
        a: Any = left.value
        b: Any = right.value
        match operator:
            case "at most":
                value = self.pick(a <= b, a, b)
            case "at least":
                value = self.pick(a >= b, a, b)
            case "% of":
                value = self.quotient(a * b + HUNDREDTHS_OF_A_PERCENT // 2, HUNDREDTHS_OF_A_PERCENT)
            case _:
                value = OPERATORS[operator](a, b)
        return Partial(value, self._known([left, right]), left.traced or right.traced)

    def compare(self, sign: ast.Comparison, left: Partial[N, B], right: Partial[N, B]) -> Test[B]:
        return self._test(COMPARISONS[sign](left.value, right.value), self._known([left, right]))

    def is_yes(self, value: Partial[N, B]) -> Test[B]:
        return self._test(self.holds(value.value), value.known)

    def is_known(self, value: Partial[N, B]) -> Test[B]:
        return Test(self.where_known(value))

    def negate(self, test: Test[B]) -> Test[B]:
        return Test(self.fails(test), None if test.no is None else test.yes)

    def join(self, word: Literal["and", "or"], tests: Sequence[Test[B]]) -> Test[B]:
        join, meet = (self.every, self.some) if word == "and" else (self.some, self.every)
        yes = join([test.yes for test in tests])
        if all(test.no is None for test in tests):
            return Test(yes)
        return Test(yes, meet([self.fails(test) for test in tests]))

    def as_value(self, test: Test[B]) -> Partial[N, B]:
        return Partial(self.number(test.yes), None if test.no is None else self.some([test.yes, test.no]))

    def applies(self, clause: str, condition: Test[B] | None) -> Test[B]:
        return Test(self.truth(True)) if condition is None else condition

    def branch(
        self,
        clause: str,
        value: Partial[N, B],
        exceptions: Sequence[tuple[Test[B], Partial[N, B]]],
        changes: Sequence[Change[Partial[N, B], Test[B]]],
    ) -> Partial[N, B]:
        for applies, exception in reversed(exceptions):  # of two that apply, the first counts
            value = self._choose(applies.yes, exception, value)
        for change in changes:
            value = self._choose(change.applies.yes, self.combine(change.operator, value, change.amount), value)
        return value

    def decision(
        self, name: str, base: Partial[N, B], layers: Sequence[tuple[Test[B], Partial[N, B]]]
    ) -> Partial[N, B]:
        for applies, layer in layers:
            base = self._choose(applies.yes, layer, base)
        return base

    def where_known(self, value: Partial[N, B]) -> B:
        """Where a value is known."""
        return self.truth(True) if value.known is None else value.known

    def fails(self, test: Test[B]) -> B:
        """Where a test is known to fail."""
        return self.opposite(test.yes) if test.no is None else test.no

    def _choose(self, where: B, this: Partial[N, B], that: Partial[N, B]) -> Partial[N, B]:
        known = None
        if this.known is not None or that.known is not None:
            known = self.pick(where, self.where_known(this), self.where_known(that))
        return Partial(self.pick(where, this.value, that.value), known, this.traced or that.traced)

    def _known(self, values: Sequence[Partial[N, B]]) -> B | None:
        known = [value.known for value in values if value.known is not None]
        return self.every(known) if len(known) > 1 else next(iter(known), None)

    def _test(self, found: B, known: B | None) -> Test[B]:
        if known is None:
            return Test(found)
        return Test(self.every([known, found]), self.every([known, self.opposite(found)]))
