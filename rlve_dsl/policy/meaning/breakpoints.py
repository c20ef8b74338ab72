"""Where the facts of a decision are split: at what rules compare them with.

A number is split at the constants that it is compared with and at every value that a decision compared with it can reach; the
values of an enum that no rule tells apart are one. Does not belong here: the grid of all combinations (`cells`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from rlve_dsl.policy.language import ast
from rlve_dsl.policy.meaning.columns import Columns, Words

if TYPE_CHECKING:
    from rlve_dsl.policy.meaning.policy import Fact, Policy

SOMETHING_ELSE = "something else"
_MANY = 64  # values of a decision up to which each is a breakpoint of what is compared with it
_UNBOUNDED: Mapping[str, tuple[int, int]] = {
    "money": (0, 100_000), "days": (0, 365), "percent": (0, 10_000), "number": (0, 100),
}  # fmt: skip
_TURNED: Mapping[str, str] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Bin:
    """Values of one fact that no rule tells apart: `low`..`high` of a number, or the words (or bools) `among`."""

    low: int = 0
    high: int = 0
    among: tuple[Any, ...] = ()


def domain(fact: Fact) -> tuple[int, int]:
    """The least and greatest value of a number; where the author gave no bound, a customary one."""
    low, high = _UNBOUNDED[fact.type]
    low = low if fact.low is None else fact.low
    return low, max(low, high) if fact.high is None else fact.high


def known_when(policy: Policy) -> Mapping[str, tuple[ast.Condition, ...]]:
    """Fact → where alone it is known, by an assumption `x is known only when …`; it is known there and nowhere else."""
    found: dict[str, tuple[ast.Condition, ...]] = {}
    for assumption in policy.assumptions:
        node = assumption.node
        if isinstance(node.condition, ast.Known) and node.condition.wanted and node.only_when is not None:
            name = node.condition.ref.name
            found[name] = (*found.get(name, ()), node.only_when)
    return found


def named_in(policy: Policy, node: ast.Node) -> set[str]:
    """The facts and decisions that a value or condition names, the fact behind a `within` included."""
    return {name if kind == "name" else policy.fact_since(name).name for kind, name in ast.names(node)}


@dataclass(slots=True)
class Cuts:
    """What splits the facts of a decision. `reached` gives the values that another decision can have, None when they are
    reckoned from facts.

    `at` are the first values of new bins, `sets` what an enum is compared with, `apart` the facts all of whose values
    differ, `reckoned` those that values are reckoned from.
    """

    policy: Policy
    reached: Callable[[str], frozenset[int] | None]
    at: dict[str, set[int]] = field(default_factory=dict)
    sets: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)
    reckoned: set[str] = field(default_factory=set)

    def add(self, node: ast.Node) -> None:
        """Add what a value or condition splits."""
        match node:
            case ast.Compare(left=left, rest=rest):
                for sign, right in rest:
                    self.pair(left, sign, right)
                    left = right
            case ast.OneOf(left=left, options=options):
                if _is_word(left, self.policy) and all(isinstance(option, ast.Amount) for option in options):
                    words = frozenset(str(option.value) for option in options if isinstance(option, ast.Amount))
                    self.sets.setdefault(named_in(self.policy, left).pop(), []).append(words)
                else:
                    for option in options:
                        self.pair(left, "is", option)
            case ast.Between(left=left, low=low, high=high):
                self.pair(left, ">=", low)
                self.pair(left, "<=", high)
            case ast.Within(amount=amount, since=since):
                self.pair(ast.Ref(self.policy.fact_since(since).name), "<=", amount)
            case ast.Not(condition=condition):
                self.add(condition)
            case ast.Joined(conditions=conditions):
                for condition in conditions:
                    self.add(condition)
            case ast.Amount() | ast.Ref() | ast.Arithmetic() | ast.Share():
                self.value(node)

    def value(self, node: ast.Value) -> None:
        """The facts that a value is reckoned from, and the enums that it is."""
        for name in named_in(self.policy, node):
            if name in self.policy.facts:
                (self.apart if self.policy.facts[name].type in ("enum", "text") else self.reckoned).add(name)

    def pair(self, left: ast.Value, sign: str, right: ast.Value) -> None:
        """What one comparison splits, on either side."""
        for this, word, that in ((left, sign, right), (right, _TURNED.get(sign, sign), left)):
            fact = self.policy.facts.get(this.name) if isinstance(this, ast.Ref) else None
            if fact is None:
                if not isinstance(this, ast.Ref):
                    self.value(this)
                continue
            if fact.type in ("enum", "text"):
                if isinstance(that, ast.Amount):
                    self.sets.setdefault(fact.name, []).append(frozenset({str(that.value)}))
                else:
                    self.apart.add(fact.name)
            elif fact.type != "bool":
                reached = self.reach(that)
                if reached is None:
                    self.reckoned.add(fact.name)
                else:
                    self.at.setdefault(fact.name, set()).update(c for v in reached for c in _starts(word, v))

    def reach(self, node: ast.Value) -> frozenset[int] | None:
        """The values that a number may have; None when there are too many, or a fact is among what it is reckoned from."""
        match node:
            case ast.Amount(value=value):
                return frozenset({value}) if isinstance(value, int) else frozenset()
            case ast.Ref(name=name) if name in self.policy.decisions:
                values = self.reached(name)
                return None if values is None or len(values) > _MANY else values
            case ast.Ref():
                return None
        sides = (node.left, node.right) if isinstance(node, ast.Arithmetic) else (node.percent, node.of)
        reached = [self.reach(side) for side in sides]
        if None in reached:
            return None
        found = set()
        for a, b in product(*(sorted(side or ()) for side in reached)):
            one, other = ast.Amount(a, "number"), ast.Amount(b, "number")
            whole = (
                ast.Arithmetic(node.operator, one, other) if isinstance(node, ast.Arithmetic) else ast.Share(one, other)
            )
            found.add(int(Columns(self.policy, {}, Words()).value(whole).values))
        return frozenset(found) if len(found) <= _MANY else None


def _is_word(node: ast.Value, policy: Policy) -> bool:
    fact = policy.facts.get(node.name) if isinstance(node, ast.Ref) else None
    return fact is not None and fact.type in ("enum", "text")


def _starts(sign: str, value: int) -> tuple[int, ...]:
    """The first values of the bins that a comparison with `value` makes."""
    return {"<": (value,), ">=": (value,), "<=": (value + 1,), ">": (value + 1,)}.get(sign, (value, value + 1))


def parts_of(node: ast.Branch | ast.Adjustment) -> Iterator[ast.Node]:
    """The value and the condition of a clause, without the clauses below it."""
    yield node.value if isinstance(node, ast.Branch) else node.amount
    if node.when is not None:
        yield node.when


def bins_of(fact: Fact, cuts: Cuts) -> tuple[Bin, ...]:
    if fact.type == "bool":
        return (Bin(among=(False,)), Bin(among=(True,)))
    if fact.type in ("enum", "text"):
        sets = list(dict.fromkeys(cuts.sets.get(fact.name, ())))
        named = sorted({word for words in sets for word in words})
        values = fact.values if fact.type == "enum" else (*named, SOMETHING_ELSE)
        if fact.name in cuts.apart:
            return tuple(Bin(among=(value,)) for value in values)
        groups: dict[tuple[bool, ...], list[str]] = {}
        for value in values:
            groups.setdefault(tuple(value in words for words in sets), []).append(value)
        return tuple(Bin(among=tuple(group)) for group in groups.values())
    low, high = domain(fact)
    starts = sorted({low, *(c for c in cuts.at.get(fact.name, ()) if low < c <= high)})
    return tuple(Bin(a, b - 1) for a, b in zip(starts, [*starts[1:], high + 1], strict=True))
