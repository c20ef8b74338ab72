"""A policy decided for many situations at once, on numpy columns: what tables of cells are made with.

Belongs here: the meaning of the rules over columns. `Policy.decide` says the same of one situation at a time, with its
derivation; `tests/policy/test_columns.py` holds the two together.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.policy.language import ast

if TYPE_CHECKING:
    from rlve_dsl.policy.meaning.policy import Policy

Values = NDArray[np.int64]
Truth = NDArray[np.bool_]

_ORDER: Mapping[str, Callable[[Any, Any], Any]] = {
    "is": operator.eq, "is not": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """Values, and where they are known (None: everywhere). Words are codes of `Words`, yes is 1 and no 0.

    `reckoned` marks a fact that other values are reckoned from, and then those values (see `Columns.signs`).

    Arrays broadcast against one another: a fact that varies along one axis of a grid is an array along that axis.
    """

    values: Values
    known: Truth | None = None
    reckoned: bool = False

    @property
    def where_known(self) -> Truth:
        """Where the value is known, as an array."""
        return np.ones(self.values.shape, dtype=bool) if self.known is None else self.known


@dataclass(frozen=True, slots=True)
class Test:
    """Where a condition is known to hold, and where it is known not to (None: everywhere else)."""

    yes: Truth
    no: Truth | None = None

    @property
    def fails(self) -> Truth:
        """Where the condition is known not to hold."""
        return ~self.yes if self.no is None else self.no

    def negated(self) -> Test:
        """The opposite condition."""
        return Test(self.fails, None if self.no is None else self.yes)

    def joined(self, other: Test, word: str) -> Test:
        """Both (`and`) or one of them (`or`), unknown where it hangs on an unknown one (Kleene's logic)."""
        exact = self.no is None and other.no is None
        if word == "and":
            return Test(self.yes & other.yes, None if exact else self.fails | other.fails)
        return Test(self.yes | other.yes, None if exact else self.fails & other.fails)


class Words:
    """Codes for the words and texts of a policy: equal words have equal codes."""

    __slots__ = ("_codes", "_words")

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._words: list[str] = []

    def code(self, word: str) -> int:
        """The word's number; a new word gets the next."""
        if word not in self._codes:
            self._codes[word] = len(self._words)
            self._words.append(word)
        return self._codes[word]

    def word(self, code: int) -> str:
        """The word of a number."""
        return self._words[code]


def encode(value: Any, type: str, words: Words) -> int:
    """A known value of a fact or decision as a number."""
    return words.code(value) if type in ("enum", "text") else int(value)


def decode(number: int, type: str, words: Words) -> Any:
    """The value that a number stands for."""
    if type == "bool":
        return bool(number)
    return words.word(number) if type in ("enum", "text") else int(number)


class Columns:
    """The decisions of `policy` over columns of facts.

    A fact that `facts` lacks is unknown. `without` names clauses taken as not written; `base` is the same situation with
    all clauses, whose decisions are reused where no clause left out can change them. `signs` gathers for every comparison
    and limit of a reckoned value on which side it lies (-1, 0, 1): between two situations of equal signs, what is decided
    comes about in the same way.
    """

    def __init__(
        self,
        policy: Policy,
        facts: Mapping[str, Column],
        words: Words,
        without: Collection[str] = (),
        base: Columns | None = None,
    ) -> None:
        self.policy = policy
        self.facts = facts
        self._words = words
        self._without = frozenset(without)
        self._base = base
        self._touched = {clause.rpartition(".")[0] for clause in without}
        self._decided: dict[str, Column] = {}
        self._held: dict[int, Test] = {}
        self._touching: dict[int, bool] = {}
        self.signs: list[Values] = []

    def decide(self, decision: str) -> Column:
        """The decision in every situation."""
        if self._base is not None and not self._is_touched(decision):
            return self._base.decide(decision)
        if decision not in self._decided:
            self._decided[decision] = self._layers(decision)
        return self._decided[decision]

    def holds(self, condition: ast.Condition) -> Test:
        """Where a condition holds and where it does not."""
        key = id(condition)
        if self._base is not None and not self._reads_touched(condition):
            return self._base.holds(condition)
        if key not in self._held:
            self._held[key] = self._holds(condition)
        return self._held[key]

    # Decisions ------------------------------------------------------------------------------------------------------

    def _is_touched(self, decision: str) -> bool:
        return decision in self._touched or not self._touched.isdisjoint(self.policy.decisions[decision].uses)

    def _reads_touched(self, node: ast.Condition | ast.Value) -> bool:
        key = id(node)
        if key not in self._touching:
            names = [name for kind, name in ast.names(node) if kind == "name" and name in self.policy.decisions]
            self._touching[key] = any(self._is_touched(name) for name in names)
        return self._touching[key]

    def _layers(self, name: str) -> Column:
        decision = self.policy.decisions[name]
        ids = {id(clause.node): clause.id for clause in decision.clauses}
        base, *buts = decision.tree.layers
        out = self._branch(base, ids)
        for layer in buts:
            if ids[id(layer)] not in self._without:
                out = _choose(self._when(layer.when), self._branch(layer, ids), out)
        return out

    def _branch(self, branch: ast.Branch, ids: Mapping[int, str]) -> Column:
        out = self._result(branch.value)
        for exception in reversed(branch.exceptions):  # of two that hold, which then agree, the first is given
            if ids[id(exception)] not in self._without:
                out = _choose(self._when(exception.when), self._branch(exception, ids), out)
        for adjustment in branch.adjustments:
            if ids[id(adjustment)] not in self._without:
                out = _choose(self._when(adjustment.when), self._adjusted(out, adjustment), out)
        return out

    def _when(self, condition: ast.Condition | None) -> Truth:
        return np.array(True) if condition is None else self.holds(condition).yes

    def _result(self, value: ast.Value | ast.Condition) -> Column:
        if isinstance(value, ast.Amount | ast.Ref | ast.Arithmetic | ast.Share):
            return self.value(value)
        test = self.holds(value)
        return Column(test.yes.astype(np.int64), None if test.no is None else test.yes | test.no)

    def _adjusted(self, column: Column, adjustment: ast.Adjustment) -> Column:
        amount = self.value(adjustment.amount)
        a, b = column.values, amount.values
        match adjustment.operator:
            case "plus":
                values = a + b
            case "minus":
                values = a - b
            case "at most":
                values = np.minimum(a, b)
            case "at least":
                values = np.maximum(a, b)
        if adjustment.operator.startswith("at "):
            self._note(column, amount)
        return Column(values, _both(column.known, amount.known), column.reckoned or amount.reckoned)

    def _note(self, left: Column, right: Column) -> None:
        if left.reckoned or right.reckoned:
            self.signs.append(np.sign(left.values - right.values))

    # Values ---------------------------------------------------------------------------------------------------------

    def value(self, node: ast.Value) -> Column:
        """A value in every situation."""
        match node:
            case ast.Amount(value=amount, unit=unit):
                return Column(np.array(self._amount(amount, unit), dtype=np.int64))
            case ast.Ref(name=name):
                if name in self.policy.decisions:
                    return self.decide(name)
                fact = self.facts.get(name)
                return Column(np.array(0, dtype=np.int64), np.array(False)) if fact is None else fact
            case ast.Arithmetic(operator=sign, left=left, right=right):
                a, b = self.value(left), self.value(right)
                combine = {"+": operator.add, "-": operator.sub, "*": operator.mul}[sign]
                return Column(combine(a.values, b.values), _both(a.known, b.known), a.reckoned or b.reckoned)
            case ast.Share(percent=percent, of=of):
                p, whole = self.value(percent), self.value(of)
                reckoned = p.reckoned or whole.reckoned
                return Column((p.values * whole.values + 5000) // 10000, _both(p.known, whole.known), reckoned)

    def _amount(self, value: int | str, unit: str) -> int:
        if unit == "word" and value in ("yes", "no"):
            return int(value == "yes")
        return self._words.code(value) if isinstance(value, str) else value

    # Conditions -----------------------------------------------------------------------------------------------------

    def _compare(self, sign: str, left: Column, right: Column) -> Test:
        self._note(left, right)
        known = _both(left.known, right.known)
        found: Truth = _ORDER[sign](left.values, right.values)
        return Test(found) if known is None else Test(found & known, ~found & known)

    def _holds(self, node: ast.Condition) -> Test:
        match node:
            case ast.Compare(left=left, rest=rest):
                parts = []
                before = self.value(left)
                for sign, right in rest:
                    after = self.value(right)
                    parts.append(self._compare(sign, before, after))
                    before = after
                return _all(parts, "and")
            case ast.OneOf(left=left, options=options, wanted=wanted):
                column = self.value(left)
                found = _all([self._compare("is", column, self.value(option)) for option in options], "or")
                return found if wanted else found.negated()
            case ast.Between(left=left, low=low, high=high):
                column = self.value(left)
                above, below = (
                    self._compare(">=", column, self.value(low)),
                    self._compare("<=", column, self.value(high)),
                )
                return above.joined(below, "and")
            case ast.Within(amount=amount, since=since, wanted=wanted):
                passed = self.value(ast.Ref(self.policy.fact_since(since).name))
                return self._compare("<=" if wanted else ">", passed, self.value(amount))
            case ast.Holds(ref=ref):
                return self._compare("is", self.value(ref), Column(np.array(1)))
            case ast.Known(ref=ref, wanted=wanted):
                known = Test(self.value(ref).where_known)
                return known if wanted else known.negated()
            case ast.Not(condition=condition):
                return self.holds(condition).negated()
            case ast.Joined(operator=word, conditions=conditions):
                return _all([self.holds(condition) for condition in conditions], word)


def _both(a: Truth | None, b: Truth | None) -> Truth | None:
    if a is None or b is None:
        return b if a is None else a
    return a & b


def _all(tests: list[Test], word: str) -> Test:
    return reduce(lambda a, b: a.joined(b, word), tests)


def _choose(where: Truth, this: Column, that: Column) -> Column:
    values = np.where(where, this.values, that.values)
    reckoned = this.reckoned or that.reckoned
    if this.known is None and that.known is None:
        return Column(values, None, reckoned)
    return Column(values, np.where(where, this.where_known, that.where_known), reckoned)
