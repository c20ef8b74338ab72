"""Which values of a fact the rules of a decision tell apart.

A number is split at the constants that it is compared with, and at every value of a decision that is compared with it. The
values of an enum are grouped where no rule tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product

from rlve_dsl.frozen import frozen
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.words import Scalar
from rlve_dsl.policy.meaning.closures import OPERATORS
from rlve_dsl.policy.meaning.policy import Fact, Policy, domain

SOMETHING_ELSE = "something else"
_MOST_VALUES = 64  # of a decision, to split what is compared with it at each
_MIRRORED: Mapping[ast.Comparison, ast.Comparison] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@frozen
class Bin:
    """Values of a fact that no rule tells apart: the numbers from `low` to `high`, or the words (or bools) `among`."""

    low: int = 0
    high: int = 0
    among: tuple[Scalar, ...] = ()


@dataclass(slots=True)
class Breakpoints:
    """Where the facts of a decision are split.

    Attributes:
        reached: The values that another decision can have; None where it is computed from facts.
        at: For each number, the first values of its bins.
        sets: For each enum or text, the sets of words that it is compared with.
        apart: The enums and texts whose values all differ.
        inputs: The numbers that other values are computed from.
    """

    policy: Policy
    reached: Callable[[str], frozenset[int] | None]
    at: dict[str, set[int]] = field(default_factory=dict)
    sets: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)
    inputs: set[str] = field(default_factory=set)

    def add(self, node: ast.Value | ast.Condition) -> None:
        """Add what a value or condition splits."""
        match node:
            case ast.Compare(left=left, rest=rest):
                for sign, right in rest:
                    self._pair(left, sign, right)
                    left = right
            case ast.OneOf(left=left, options=options):
                fact = self._fact(left)
                words = frozenset(str(option.value) for option in options if isinstance(option, ast.Amount))
                if fact is not None and _is_words(fact) and all(isinstance(option, ast.Amount) for option in options):
                    self.sets.setdefault(fact.name, []).append(words)
                else:
                    for option in options:
                        self._pair(left, "is", option)
            case ast.Between(left=left, low=low, high=high):
                self._pair(left, ">=", low)
                self._pair(left, "<=", high)
            case ast.Within(amount=amount, since=since):
                self._pair(ast.Ref(self.policy.events[since]), "<=", amount)
            case ast.Not(condition=condition):
                self.add(condition)
            case ast.Joined(conditions=conditions):
                for condition in conditions:
                    self.add(condition)
            case ast.Amount() | ast.Ref() | ast.Arithmetic() | ast.Share():
                self._add_inputs(node)

    def bins(self, fact: Fact) -> tuple[Bin, ...]:
        """The bins of a fact, in order."""
        if fact.type == "bool":
            return (Bin(among=(False,)), Bin(among=(True,)))
        if _is_words(fact):
            sets = list(dict.fromkeys(self.sets.get(fact.name, ())))
            named = sorted({word for words in sets for word in words})
            values = fact.values if fact.type == "enum" else (*named, SOMETHING_ELSE)
            if fact.name in self.apart:
                return tuple(Bin(among=(value,)) for value in values)
            groups: dict[tuple[bool, ...], list[str]] = {}
            for value in values:
                groups.setdefault(tuple(value in words for words in sets), []).append(value)
            return tuple(Bin(among=tuple(group)) for group in groups.values())
        low, high = domain(fact)
        starts = sorted({low, *(start for start in self.at.get(fact.name, ()) if low < start <= high)})
        return tuple(Bin(a, b - 1) for a, b in zip(starts, [*starts[1:], high + 1], strict=True))

    def _fact(self, node: ast.Value) -> Fact | None:
        return self.policy.facts.get(node.name) if isinstance(node, ast.Ref) else None

    def _add_inputs(self, node: ast.Value) -> None:
        """Note the facts that a value is computed from."""
        for name in self.policy.names_in(node):
            if name in self.policy.facts:
                (self.apart if _is_words(self.policy.facts[name]) else self.inputs).add(name)

    def _pair(self, left: ast.Value, sign: ast.Comparison, right: ast.Value) -> None:
        """Add what one comparison splits, on both sides."""
        for this, word, that in ((left, sign, right), (right, _MIRRORED.get(sign, sign), left)):
            fact = self._fact(this)
            if fact is None:
                if not isinstance(this, ast.Ref):
                    self._add_inputs(this)
            elif _is_words(fact):
                if isinstance(that, ast.Amount):
                    self.sets.setdefault(fact.name, []).append(frozenset({str(that.value)}))
                else:
                    self.apart.add(fact.name)
            elif fact.type != "bool":
                values = self._values(that)
                if values is None:
                    self.inputs.add(fact.name)
                else:
                    self.at.setdefault(fact.name, set()).update(s for value in values for s in _starts(word, value))

    def _values(self, node: ast.Value) -> frozenset[int] | None:
        """The values that a number can have; None where they are too many, or computed from facts."""
        match node:
            case ast.Amount(value=value):
                return frozenset({value}) if isinstance(value, int) else frozenset()
            case ast.Ref(name=name):
                values = self.reached(name) if name in self.policy.decisions else None
            case ast.Arithmetic(operator=operator, left=left, right=right):
                values = self._combined(OPERATORS[operator], left, right)
            case ast.Share(percent=percent, of=of):
                values = self._combined(OPERATORS["% of"], percent, of)
        return None if values is None or len(values) > _MOST_VALUES else values

    def _combined(self, of: Callable[[int, int], int], left: ast.Value, right: ast.Value) -> frozenset[int] | None:
        a, b = self._values(left), self._values(right)
        return None if a is None or b is None else frozenset(of(*pair) for pair in product(a, b))


def _is_words(fact: Fact) -> bool:
    return fact.type in ("enum", "text")


def _starts(sign: ast.Comparison, value: int) -> tuple[int, ...]:
    """The first values of the bins that a comparison with `value` makes."""
    return {"<": (value,), ">=": (value,), "<=": (value + 1,), ">": (value + 1,)}.get(sign, (value, value + 1))
