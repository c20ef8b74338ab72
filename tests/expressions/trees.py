"""Random well-typed expressions: hypothesis draws a type, then a tree of that type over the names of the scope."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from rlve_dsl.expressions import ast
from rlve_dsl.expressions.ast import Node

DEPTH = 4
Trees = st.SearchStrategy[Node]


def _int(value: int) -> Node:
    return ast.Literal(value, "int", str(value))


def _real(tenths: int) -> Node:
    return ast.Literal(tenths / 10, "real", f"{tenths // 10}.{tenths % 10}")


def _money(cents: int) -> Node:
    return ast.Literal(cents, "money", f"${cents // 100}.{cents % 100:02d}")


SMALL = st.integers(0, 30)


@cache  # each strategy once: they are built of each other
def ints(depth: int, loops: tuple[str, ...] = ()) -> Trees:
    """Trees of type int; `loops` are names bound to ints around them."""
    leaf = st.one_of(SMALL.map(_int), st.sampled_from(["d", "n", *loops]).map(ast.NameRef))
    if depth == 0:
        return leaf
    below = ints(depth - 1, loops)
    return st.one_of(
        leaf,
        st.builds(lambda o, a, b: ast.Binary(o, a, b), st.sampled_from("+-*"), below, below),
        below.map(lambda a: ast.Unary("-", a)),
        st.builds(ast.Conditional, below, bools(depth - 1, loops), below),
        reals(depth - 1, loops).map(lambda a: ast.CallNode("floor", (a,))),
        lists(depth - 1, loops).map(lambda a: ast.CallNode("sum", (a,))),
        lists(depth - 1, loops).map(lambda a: ast.CallNode("count", (a,))),
        st.builds(lambda f, a, b: ast.CallNode(f, (a, b)), st.sampled_from(["min", "max"]), below, below),
        bools(depth - 1, loops).map(lambda a: ast.CallNode("score", (a,))),
        st.just(ast.FieldRef(ast.NameRef("p"), "reviews")),
        _unless_unknown(ast.NameRef("maybe"), below),
        st.builds(lambda i, b: _known(ast.Index(ast.NameRef("xs"), i), b), st.integers(0, 6).map(_int), below),
    )


def _unless_unknown(part: Node, otherwise: Trees) -> Trees:
    return otherwise.map(lambda b: _known(part, b))


def _known(part: Node, otherwise: Node) -> Node:
    return ast.Conditional(part, ast.IsKnown(part, True), otherwise)


@cache
def reals(depth: int, loops: tuple[str, ...] = ()) -> Trees:
    """Trees of type real."""
    leaf = st.one_of(SMALL.map(_real), st.just(ast.NameRef("x")), st.just(ast.FieldRef(ast.NameRef("p"), "rating")))
    if depth == 0:
        return leaf
    below, whole = reals(depth - 1, loops), ints(depth - 1, loops)
    return st.one_of(
        leaf,
        st.builds(lambda o, a, b: ast.Binary(o, a, b), st.sampled_from("+-*/"), below, st.one_of(below, whole)),
        st.builds(lambda a, b: ast.Binary("/", a, b), whole, whole),
        st.builds(lambda a, b: ast.Binary("^", a, b), below, st.integers(0, 5).map(_int)),
        st.builds(lambda a, b: ast.Binary("/", a, b), monies(depth - 1), monies(depth - 1)),
        flags(depth - 1, loops).map(lambda a: ast.CallNode("share", (a,))),
        lists(depth - 1, loops).map(lambda a: ast.CallNode("mean", (a,))),
        st.builds(lambda a, b, c: ast.CallNode("clip", (a, b, c)), below, below, below),
        below.map(lambda a: ast.CallNode("abs", (a,))),
    )


@cache
def monies(depth: int) -> Trees:
    """Trees of type money."""
    leaf = st.one_of(
        st.integers(0, 5000).map(_money), st.just(ast.NameRef("cost")), st.just(ast.FieldRef(ast.NameRef("p"), "price"))
    )
    if depth == 0:
        return leaf
    below = monies(depth - 1)
    return st.one_of(
        leaf,
        st.builds(lambda o, a, b: ast.Binary(o, a, b), st.sampled_from("+-"), below, below),
        st.builds(lambda a, b: ast.Binary("*", a, b), ints(depth - 1), below),
        st.builds(ast.Conditional, below, bools(depth - 1), below),
    )


@cache
def bools(depth: int, loops: tuple[str, ...] = ()) -> Trees:
    """Trees of type bool."""
    leaf = st.one_of(
        st.sampled_from(["true", "false"]).map(lambda t: ast.Literal(t == "true", "bool", t)),
        st.just(ast.NameRef("flag")),
    )
    if depth == 0:
        return leaf
    below = bools(depth - 1, loops)
    order, equal = st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.sampled_from(["==", "!="])
    return st.one_of(
        leaf,
        st.builds(lambda o, a, b: ast.Binary(o, a, b), st.sampled_from(["and", "or"]), below, below),
        below.map(lambda a: ast.Unary("not", a)),
        st.builds(
            lambda a, o, b, p, c: ast.Chain((a, b, c), (o, p)),
            ints(depth - 1, loops), order, reals(depth - 1, loops), order, ints(depth - 1, loops),
        ),
        st.builds(lambda a, o, b: ast.Chain((a, b), (o,)), monies(depth - 1), order, monies(depth - 1)),
        st.builds(
            lambda a, o, b, p, c: ast.Chain((a, b, c), (o, p)),
            lists(depth - 1, loops), equal, lists(depth - 1, loops), equal, lists(depth - 1, loops),
        ),
        st.builds(
            lambda o, a, b: ast.Binary(o, a, b), st.sampled_from(["in", "not in"]), ints(depth - 1, loops), lists(depth - 1, loops)
        ),
        st.builds(
            lambda o, words: ast.Binary(o, ast.NameRef("tone"), ast.ListOfNodes(tuple(ast.NameRef(w) for w in words))),
            st.sampled_from(["in", "not in"]), st.lists(st.sampled_from(["plain", "chatty", "terse"]), max_size=3),
        ),
        st.builds(
            lambda o, word: ast.Chain((ast.NameRef("tone"), ast.NameRef(word)), (o,)),
            st.sampled_from(["==", "!="]), st.sampled_from(["plain", "chatty"]),
        ),
        st.booleans().map(lambda k: ast.IsKnown(ast.FieldRef(ast.NameRef("nothing_said"), "label"), k)),
        flags(depth - 1, loops).map(lambda a: ast.CallNode("any", (a,))),
        flags(depth - 1, loops).map(lambda a: ast.CallNode("all", (a,))),
    )  # fmt: skip


@cache
def lists(depth: int, loops: tuple[str, ...] = ()) -> Trees:
    """Trees of type list of int."""
    return _lists(depth, loops, ints, "xs")


def _selected(over: Node, where: Node) -> Node:
    return ast.CallNode("select", (over, where))


@cache
def flags(depth: int, loops: tuple[str, ...] = ()) -> Trees:
    """Trees of type list of bool."""
    return _lists(depth, loops, bools, "flags")


def _lists(depth: int, loops: tuple[str, ...], of: object, name: str) -> Trees:
    leaf = st.just(ast.NameRef(name))
    if depth == 0:
        return leaf
    items = of(depth - 1, loops)  # type: ignore[operator]
    loop = f"i{len(loops)}"
    inside = (*loops, loop)
    return st.one_of(
        leaf,
        st.lists(items, min_size=1, max_size=3).map(lambda nodes: ast.ListOfNodes(tuple(nodes))),
        st.builds(
            lambda item, over, condition: ast.Comprehension(item, loop, over, condition),
            of(depth - 1, inside), lists(depth - 1, loops), st.one_of(st.none(), bools(depth - 1, inside)),  # type: ignore[operator]
        ),
        *([st.builds(_selected, lists(depth - 1, loops), bools(depth - 1, (*loops, "it")))] if name == "xs" else []),
    )  # fmt: skip


EXPRESSIONS = st.one_of(ints(DEPTH), reals(DEPTH), bools(DEPTH), monies(DEPTH), lists(DEPTH))
