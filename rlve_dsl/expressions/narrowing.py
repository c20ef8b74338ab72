"""Lists that know where their items are: `[x for x in xs if x.field == value]` then looks at those items alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rlve_dsl.expressions import ast
from rlve_dsl.expressions.ast import Node
from rlve_dsl.expressions.code import Code, Compiled, function_of
from rlve_dsl.expressions.walk import Walk
from rlve_dsl.values import Value


class Reading:
    """What an expression reads of an item, as a function: always the same object, so that an index of it can be kept."""

    __slots__ = ("__weakref__", "_compiled", "_function")

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._function: Callable[[Value], Value] | None = None

    def __call__(self, item: Value) -> Value:
        if self._function is None:
            self._function = self._compiled.run({})
        return self._function(item)


def narrowed(walk: Walk, inner: Walk, condition: Node | None, name: str, variable: str, over: Code) -> Code:
    """The code of a list, or of those of its items that can fulfil an equation in the condition.

    Args:
        walk: The walk around the loop.
        inner: The walk over what is done for each item.
        name: What the item is called, and `variable` is its Python variable.
    """
    for left, right in _equations(condition):
        for of_item, value in ((left, right), (right, left)):
            if _names(of_item, walk) == {name} and name not in _names(value, walk):
                spends, walk.log.spends = walk.log.spends, False
                with inner.assuming(condition, True):  # what a part of the condition needs, the parts before it test
                    # a second code of these parts: without indexes of their own, or it would double with each loop in a loop
                    again = replace(inner, narrows=False)
                    item = replace(again, counts_texts=False).visit(of_item)
                    if walk.log.spends:  # the steps of an index that is kept would only be taken the first time
                        continue
                    walk.log.spends = spends
                    wanted = function_of(again.visit(value, item.type).code)
                read = Reading(walk.log.objects.compiled(function_of(item.code, variable)))
                return walk.log.objects.call(_narrow, over, walk.log.objects.refer(read), wanted)
    return over


def _equations(node: Node | None) -> Iterator[tuple[Node, Node]]:
    """The equations that a condition joins with `and`."""
    match node:
        case ast.Binary(operator="and", left=left, right=right):
            yield from (*_equations(left), *_equations(right))
        case ast.Chain(operands=(left, right), operators=("==",)):
            yield left, right


def _names(node: Node, walk: Walk) -> set[str]:
    """The names that a node reads; and one more for what binds names of its own, or uses a definition, which may read any."""
    if isinstance(node, ast.NameRef):
        return {node.name}
    opaque = isinstance(node, ast.Comprehension) or (
        isinstance(node, ast.CallNode) and node.name in walk.scope.definitions
    )
    below = set[str]().union(*(_names(child, walk) for child in ast.children(node)))
    return {*below, ""} if opaque else below


def _narrow(items: Sequence[Value] | None, of: Reading, value: Callable[[], Value]) -> Sequence[Value] | None:
    where = getattr(items, "where", None)
    if where is None or getattr(items, "is_small", False):
        return items
    try:
        found: Sequence[Value] = where(of, value())
    except Exception:  # noqa: BLE001 - a part of the condition before may guard this one; if none does, this will fail again
        return items
    return found
