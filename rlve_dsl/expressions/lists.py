"""Lists: `[a, b]`, and `[x for y in ys if c]`."""

from __future__ import annotations

from dataclasses import replace

from rlve_dsl.expressions import ast
from rlve_dsl.expressions.agreement import described, join
from rlve_dsl.expressions.code import Code, collect, constant, list_of, variable
from rlve_dsl.expressions.columns import beside_column
from rlve_dsl.expressions.evaluation import looped, looped_once, nested
from rlve_dsl.expressions.format import format_expression
from rlve_dsl.expressions.narrowing import narrowed
from rlve_dsl.expressions.types import ANY, NOTHING, TEXT, Enum, Keyed, ListOf, Type, required
from rlve_dsl.expressions.walk import (
    BROKEN,
    COLUMN,
    COLUMNS,
    ROW,
    Local,
    NotColumnar,
    Typed,
    Walk,
    condition,
    has_lists,
    shape_of,
)


def listed(walk: Walk, node: ast.ListOfNodes, expected: Type | None) -> Typed:
    """`[a, b]`: all items have one type, unless a list of any type is expected."""
    if (words := _words(walk, node, expected)) is not None:
        return words
    wanted = expected.item if isinstance(expected, ListOf) else ANY if expected == ANY else None
    items = [walk.visit(item, wanted) for item in node.items]
    joined: Type = wanted if wanted is not None and (not items or wanted == ANY) else NOTHING
    for part, typed in zip(node.items, items, strict=True):
        if typed.type == NOTHING and typed is BROKEN:
            return BROKEN
        previous, found = joined, ANY if wanted == ANY else join(joined, typed.type)
        if found is None:
            before = described(previous)
            message = f"`{format_expression(part)}` is {described(typed.type)}, and the items before it are {before}"
            return walk.error("R102", message, part)
        joined = found
    shape = COLUMNS if shape_of(*items) == COLUMN else ROW
    codes = [typed.code if shape == ROW else beside_column(walk, typed) for typed in items]
    type_, code = ListOf(joined), list_of(codes)
    return Typed(type_, _nested(walk, type_, code), shape)


def _nested(walk: Walk, type_: Type, code: Code) -> Code:
    """The code of a new list; one of lists may not have too many items."""
    if not has_lists(type_):
        return code
    walk.log.spends = True
    return walk.log.objects.call(nested, code)


def _words(walk: Walk, node: ast.ListOfNodes, expected: Type | None) -> Typed | None:
    """A list of bare words as texts, for a sampler: `over: [price, rating]`."""
    if not walk.bare_text or (isinstance(expected, ListOf) and expected.item not in (TEXT, NOTHING)):
        return None
    words = []
    for item in node.items:
        if isinstance(item, ast.NameRef) and walk.type_of(item.name) is None:
            words.append(item.name)
        elif isinstance(item, ast.Literal) and item.kind == "text":
            words.append(str(item.value))
        else:
            return None
    if not any(isinstance(item, ast.NameRef) for item in node.items):
        return None
    return Typed(ListOf(Enum(tuple(dict.fromkeys(words)))), list_of([constant(word) for word in words]))


def comprehension(walk: Walk, node: ast.Comprehension, expected: Type | None) -> Typed:
    """`[item for name in over if condition]`; an unknown list counts as empty."""
    over, name = walk.visit(node.over), node.name
    if (taken := walk.taken(name)) is not None:
        start = walk.text.index(name, walk.text.index("for", node.item.place[1]) + len("for"))
        place = replace(node, place=(start, start + len(name)))
        return walk.error("R108", f"`{name}` is already {taken}", place, help="choose another name")
    if over.type == NOTHING:
        return BROKEN
    items = required(over.type)
    if not isinstance(items, ListOf | Keyed):
        return walk.error("R102", f"`{format_expression(node.over)}` is {described(over.type)}, not a list", node.over)
    if over.shape != ROW:
        raise NotColumnar
    bound = walk.new_variable(name)
    inner = walk.within(name, Local(items.item, variable(bound)))
    test = condition(inner, node.condition) if node.condition is not None else None
    with inner.assuming(node.condition, True):
        item = inner.visit(node.item, expected.item if isinstance(expected, ListOf) else None)
    if test is not None and test.shape != ROW:
        raise NotColumnar
    if item.type == NOTHING and item is BROKEN:
        return BROKEN
    shape = COLUMNS if shape_of(item) == COLUMN else ROW
    is_made = walk.is_made(node.over)  # its items are bounded and counted when it is made
    source = over.code if is_made else walk.named(over)
    if isinstance(items, Keyed) and walk.narrows:
        source = narrowed(walk, inner, node.condition, name, bound, source)
    walk.log.spends = True
    counted = source if is_made else walk.log.objects.call(looped if walk.in_loop else looped_once, source)
    type_, code = ListOf(item.type), collect(item.code, bound, counted, test.code if test else None)
    return Typed(type_, _nested(walk, type_, code), shape)
