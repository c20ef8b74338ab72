"""The tree of a store policy's rules: frozen nodes with their place in the text. Nothing here knows types or values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Literal

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the rules; `place` is its start and end (exclusive) in the text and no part of equality."""

    place: Place = field(compare=False, kw_only=True, default=(0, 0))


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in the order of their fields."""
    for part in fields(node):
        if part.name != "place":
            yield from _nodes(getattr(node, part.name))


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)


def names(node: Node) -> Iterator[tuple[Literal["name", "event"], str]]:
    """Every fact or decision (`name`) and every event of `within … of event` that a tree reads, in written order."""
    match node:
        case Ref(name=name):
            yield "name", name
        case Within(since=since):
            yield "event", since
    for child in children(node):
        yield from names(child)


# Values -------------------------------------------------------------------------------------------------------------

Unit = Literal["money", "days", "percent", "number", "text", "word"]


@dataclass(frozen=True, slots=True)
class Amount(Node):
    """A value as written: whole cents, days, hundredths of a percent, a whole number, a quoted text, or a bare word
    (`yes`, `no`, a value of an enum).

    The parser takes a bare value of an enum for a Ref and a quoted one for a text; checking makes both words.
    """

    value: int | str
    unit: Unit
    noun: str = ""  # what a number counts, where the author wrote it: `24 items`


@dataclass(frozen=True, slots=True)
class Ref(Node):
    """A fact (`order.total`) or a decision (`return_window`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`left + right`, `left - right`, `left * right`."""

    operator: Literal["+", "-", "*"]
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Share(Node):
    """`10% of order.total`, rounded half up to the cent (or day, or whole number)."""

    percent: Value
    of: Value


Value = Amount | Ref | Arithmetic | Share


# Conditions ---------------------------------------------------------------------------------------------------------

Comparison = Literal["is", "is not", "<", "<=", ">", ">="]
Wording = Literal["signs", "over", "than"]


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """`left is right`, `left <= right`, and chains of them: `0 < order.total <= $50`; every neighbouring pair holds.

    `wording` is the author's family of words for `<`, `<=`, `>`, `>=`, kept for the formatter: `is over $50`, `is more
    than $50`, or the sign; a chain has signs. It means nothing.
    """

    left: Value
    rest: tuple[tuple[Comparison, Value], ...]
    wording: Wording = "signs"


@dataclass(frozen=True, slots=True)
class OneOf(Node):
    """`left is one of a, b`; `is none of` when not `wanted`."""

    left: Value
    options: tuple[Value, ...]
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`left is between low and high`, both included."""

    left: Value
    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class Within(Node):
    """`within 30 days of delivery`: the days fact declared `since: delivery` is at most that; more, when not `wanted`."""

    amount: Value
    since: str
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Holds(Node):
    """A fact or decision of type bool by itself: `order.is_gift`."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Known(Node):
    """`order.days_delivered is known`; `is unknown` when not `wanted`."""

    ref: Ref
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Not(Node):
    """`not condition`."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Joined(Node):
    """`a and b and c`, or the same with `or`; at least two conditions."""

    operator: Literal["and", "or"]
    conditions: tuple[Condition, ...]


Condition = Compare | OneOf | Between | Within | Holds | Known | Not | Joined


# Decisions ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Adjustment(Node):
    """`plus 15 days when customer.tier is premium`: applied in written order to what the exceptions left."""

    operator: Literal["plus", "minus", "at most", "at least"]
    amount: Value
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Branch(Node):
    """A value, its exceptions and its adjustments: the base of a decision, an exception, or a `but`.

    `when` is None for a base and may be for a `but`. A bool decision's value may be a condition; a bool fact or decision
    that is the whole value is a Ref.
    An exception that holds takes the place of `value`, and has its own exceptions and adjustments; the adjustments here
    then apply to what came out.
    """

    value: Value | Condition
    when: Condition | None = None
    exceptions: tuple[Branch, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class Decide(Node):
    """`decide name as …`: layers, the base first; the last one whose `when` holds (or is absent) decides."""

    name: str
    layers: tuple[Branch, ...]


# Conduct ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Require(Node):
    """`require order.get_status before return.initiate [when …] [unless …]`; `step` is a tool, or `confirmation` of the
    user."""

    step: str
    before: str
    when: Condition | None = None
    unless: Condition | None = None


@dataclass(frozen=True, slots=True)
class Forbid(Node):
    """`forbid order.checkout [when cart.total > $500] [unless customer.verified]`."""

    tool: str
    when: Condition | None = None
    unless: Condition | None = None


Statement = Decide | Require | Forbid


@dataclass(frozen=True, slots=True)
class Assume(Node):
    """A relation between facts: `condition` holds, or with `only_when`, holds only where that does."""

    condition: Condition
    only_when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a decision in written order, numbered from 0 (the base): what a passage says, and what a question may
    turn on. `path` leads from the decision to the node: the layer's number, then for each step down the number of the
    exception; an adjustment's own number follows a `+`.
    """

    decision: str
    number: int
    node: Branch | Adjustment
    path: tuple[int | str, ...]

    @property
    def id(self) -> str:
        """`return_window.2`: stable under changes of other decisions and of wording."""
        return f"{self.decision}.{self.number}"

    @property
    def is_base(self) -> bool:
        """Whether it is the value that holds when nothing else does."""
        return self.path == (0,)


def clauses(decide: Decide) -> Iterator[Clause]:
    """The clauses of a decision in the order in which they are written, the base first."""
    number = 0

    def below(
        branch: Branch, path: tuple[int | str, ...]
    ) -> Iterator[tuple[Branch | Adjustment, tuple[int | str, ...]]]:
        yield branch, path
        for place, exception in enumerate(branch.exceptions):
            yield from below(exception, (*path, place))
        for place, adjustment in enumerate(branch.adjustments):
            yield adjustment, (*path, f"+{place}")

    for place, layer in enumerate(decide.layers):
        for node, path in below(layer, (place,)):
            yield Clause(decide.name, number, node, path)
            number += 1
