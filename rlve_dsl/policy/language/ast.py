"""The syntax tree of the rules of a store policy: frozen nodes with their places in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, fields
from typing import Literal

from rlve_dsl.frozen import frozen

Place = tuple[int, int]
Path = tuple[int | str, ...]


@frozen
class Node:
    """A part of the rules. `place` is its start and end (exclusive) in the text; nodes are equal without it."""

    place: Place = field(compare=False, kw_only=True, default=(0, 0))


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below a node, in written order."""
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
    """Each fact or decision (`name`), and each event of `within … of event`, that a tree reads, in written order."""
    match node:
        case Ref(name=name):
            yield "name", name
        case Within(since=since):
            yield "event", since
    for child in children(node):
        yield from names(child)


# Values -------------------------------------------------------------------------------------------------------------

Unit = Literal["money", "days", "percent", "number", "text", "word"]


@frozen
class Amount(Node):
    """A value written in the rules: `$5`, `30 days`, `10%`, `24 items`, `"a text"`, `yes`, a value of an enum.

    The parser reads a bare value of an enum as a Ref, and a quoted one as a text; the checker makes them words.

    Attributes:
        value: Whole cents, days, hundredths of a percent or things; or a text or word.
        noun: What a number counts, where the author wrote it: `items`.
    """

    value: int | str
    unit: Unit
    noun: str = ""


@frozen
class Ref(Node):
    """A fact (`order.total`) or a decision (`return_window`)."""

    name: str


@frozen
class Arithmetic(Node):
    """`left + right`, `left - right`, `left * right`."""

    operator: Literal["+", "-", "*"]
    left: Value
    right: Value


@frozen
class Share(Node):
    """`10% of order.total`, rounded half up to a whole cent, day or number."""

    percent: Value
    of: Value


Value = Amount | Ref | Arithmetic | Share
VALUES = (Amount, Ref, Arithmetic, Share)


# Conditions ---------------------------------------------------------------------------------------------------------

Comparison = Literal["is", "is not", "<", "<=", ">", ">="]
Wording = Literal["signs", "over", "than"]


@frozen
class Compare(Node):
    """`left is right`, `left <= right`, or a chain: `0 < order.total <= $50`. Every pair of neighbours must hold.

    `wording` is for the formatter only: whether the author wrote `is over $50`, `is more than $50` or `> $50`.
    """

    left: Value
    rest: tuple[tuple[Comparison, Value], ...]
    wording: Wording = "signs"


@frozen
class OneOf(Node):
    """`left is one of a, b`, or `is none of` when not `wanted`."""

    left: Value
    options: tuple[Value, ...]
    wanted: bool = True


@frozen
class Between(Node):
    """`left is between low and high`, both ends included."""

    left: Value
    low: Value
    high: Value


@frozen
class Within(Node):
    """`within 30 days of delivery`: the fact declared `since: delivery` is at most 30 days; more when not `wanted`."""

    amount: Value
    since: str
    wanted: bool = True


@frozen
class Holds(Node):
    """A bool fact or decision as a condition: `order.is_gift`."""

    ref: Ref


@frozen
class Known(Node):
    """`order.days_delivered is known`, or `is unknown` when not `wanted`."""

    ref: Ref
    wanted: bool = True


@frozen
class Not(Node):
    """`not condition`."""

    condition: Condition


@frozen
class Joined(Node):
    """`a and b and c`, or `a or b or c`: two or more conditions."""

    operator: Literal["and", "or"]
    conditions: tuple[Condition, ...]


Condition = Compare | OneOf | Between | Within | Holds | Known | Not | Joined


# Decisions ----------------------------------------------------------------------------------------------------------


@frozen
class Adjustment(Node):
    """`plus 15 days when customer.tier is premium`. Adjustments apply in written order, after the exceptions."""

    operator: Literal["plus", "minus", "at most", "at least"]
    amount: Value
    when: Condition | None = None


@frozen
class Branch(Node):
    """A value with its exceptions and adjustments: the base of a decision, an exception, or a `but`.

    The first exception whose condition holds replaces `value`; the adjustments then apply to the result.

    Attributes:
        value: For a bool decision it may be a condition. A bool fact or decision by itself is a Ref.
        when: None for a base, and perhaps for a `but`.
    """

    value: Value | Condition
    when: Condition | None = None
    exceptions: tuple[Branch, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()


@frozen
class Decide(Node):
    """`decide name as …`: the base, then each `but`. The last layer whose `when` holds, or is absent, decides."""

    name: str
    layers: tuple[Branch, ...]


# Conduct ------------------------------------------------------------------------------------------------------------


ANY_CHANGE = "any change"
"""What stands for every tool that changes something."""


@frozen
class Tools(Node):
    """Tools that a rule of conduct names."""

    names: tuple[str, ...]


@frozen
class Require(Node):
    """`require one of user.find, order.get before return.initiate [when …] [unless …]`: one of the steps comes before.

    A step is a tool, or `confirmation`. `before` is a tool, or ANY_CHANGE.
    """

    steps: tuple[str, ...]
    before: str
    when: Condition | None = None
    unless: Condition | None = None


@frozen
class Forbid(Node):
    """`forbid order.checkout [twice for one cart_id] [when cart.total > $500] [unless customer.verified]`.

    `twice` is an argument: only a second call with the same value is forbidden. Empty where every call is.
    """

    tool: str
    twice: str = ""
    when: Condition | None = None
    unless: Condition | None = None


Statement = Decide | Require | Forbid


@frozen
class Assume(Node):
    """An assumption about facts: `condition` holds; or with `only_when`, it holds only where that holds."""

    condition: Condition
    only_when: Condition | None = None


@frozen
class Clause:
    """A clause of a decision: its base, an exception, a `but`, or an adjustment.

    Attributes:
        number: Its number in written order; the base is 0.
        path: The number of its layer, and of the exception at each step down. The number of an adjustment follows a `+`.
    """

    decision: str
    number: int
    node: Branch | Adjustment
    path: Path

    @property
    def id(self) -> str:
        """`return_window.2`: it stays the same when other decisions or the layout change."""
        return f"{self.decision}.{self.number}"

    @property
    def is_base(self) -> bool:
        """Whether it is the base of its decision."""
        return self.path == (0,)

    @property
    def value(self) -> Value | Condition:
        """Its value or amount, without the clauses below it."""
        return self.node.value if isinstance(self.node, Branch) else self.node.amount

    @property
    def parts(self) -> tuple[Value | Condition, ...]:
        """Its value and its condition, without the clauses below it."""
        return (self.value,) if self.node.when is None else (self.value, self.node.when)


def clauses(decide: Decide) -> Iterator[Clause]:
    """The clauses of a decision in written order, the base first."""

    def below(branch: Branch, path: Path) -> Iterator[tuple[Branch | Adjustment, Path]]:
        yield branch, path
        for place, exception in enumerate(branch.exceptions):
            yield from below(exception, (*path, place))
        for place, adjustment in enumerate(branch.adjustments):
            yield adjustment, (*path, f"+{place}")

    nodes = (pair for place, layer in enumerate(decide.layers) for pair in below(layer, (place,)))
    for number, (node, path) in enumerate(nodes):
        yield Clause(decide.name, number, node, path)
