"""The tree of an expression: frozen nodes with their place in the text. Nothing here knows types or values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, fields, replace
from typing import Any

from rlve_dsl.frozen import frozen
from rlve_dsl.parsing import Place


@frozen
class Node:
    """A part of an expression. Two nodes are equal wherever they are in a text."""

    place: Place = field(compare=False, kw_only=True, default=(0, 0))


@frozen
class Literal(Node):
    """A value as written: `kind` is int, real, bool, text, money (cents), days, or percent (a share, as a real)."""

    value: int | float | bool | str
    kind: str
    source: str = ""


@frozen
class NameRef(Node):
    """A name of the scope, or the value of an enum."""

    name: str


@frozen
class FieldRef(Node):
    """`of.name`."""

    of: Node
    name: str


@frozen
class Index(Node):
    """`of[by]`."""

    of: Node
    by: Node


@frozen
class Unary(Node):
    """`-operand` or `not operand`."""

    operator: str
    operand: Node


@frozen
class Binary(Node):
    """Arithmetic, `and`, `or`, `in`, `not in`."""

    operator: str
    left: Node
    right: Node


@frozen
class Chain(Node):
    """`a < b <= c`: true when each comparison of two neighbours is."""

    operands: tuple[Node, ...]
    operators: tuple[str, ...]


@frozen
class IsKnown(Node):
    """`operand is known`, or `is unknown` when not `wanted`."""

    operand: Node
    wanted: bool


@frozen
class Conditional(Node):
    """`then if condition else otherwise`."""

    then: Node
    condition: Node
    otherwise: Node


@frozen
class ListOfNodes(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@frozen
class Comprehension(Node):
    """`item for name in over if condition`, in brackets or as the sole argument of a call."""

    item: Node
    name: str
    over: Node
    condition: Node | None


@frozen
class CallNode(Node):
    """`name(positional…, keyword=…)`."""

    name: str
    positional: tuple[Node, ...]
    keywords: tuple[tuple[str, Node], ...] = ()


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in the order of the node's fields."""
    for part in fields(node):
        yield from _nodes(getattr(node, part.name))


def _nodes(part: object) -> Iterator[Node]:
    if isinstance(part, Node):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from _nodes(item)


def put_in(node: Node, parts: Mapping[str, Node]) -> Node:
    """The node with other nodes in the place of names, except where a loop inside it binds the name."""
    if not parts:
        return node
    if isinstance(node, NameRef):
        return _placed(parts[node.name], node.place) if node.name in parts else node
    if isinstance(node, Comprehension):
        inner = {name: part for name, part in parts.items() if name != node.name}
        condition = None if node.condition is None else put_in(node.condition, inner)
        return replace(node, item=put_in(node.item, inner), over=put_in(node.over, parts), condition=condition)
    return _rebuilt(node, lambda part: put_in(part, parts))


def _placed(node: Node, place: Place) -> Node:
    """The node as if all of it stood at this place."""
    return replace(_rebuilt(node, lambda part: _placed(part, place)), place=place)


def _rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with each node directly below it changed."""

    def changed(part: object) -> object:
        if isinstance(part, Node):
            return change(part)
        return tuple(map(changed, part)) if isinstance(part, tuple) else part

    parts: dict[str, Any] = {f.name: changed(getattr(node, f.name)) for f in fields(node) if f.name != "place"}
    return replace(node, **parts)
