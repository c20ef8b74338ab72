"""Random rules that are well typed over the facts of HEADER, in the form in which the parser makes them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from hypothesis import strategies as st

from rlve_dsl.policy import ast

HEADER = """\
kind: Policy
name: random
facts:
  paid: {type: money}
  tax: {type: money}
  age: {type: days, since: delivery}
  rate: {type: percent}
  items: {type: number, unit: items}
  note: {type: text}
  gift: {type: bool}
  order.open: {type: bool}
  tier: {type: enum, values: [none, basic, premium, over]}
decisions:
  fee: {type: money}
  window: {type: days}
  count: {type: number}
  eligible: {type: bool}
  method: {type: enum, values: [ground, air]}
rules: |
"""

Value = st.SearchStrategy[ast.Value]
Condition = st.SearchStrategy[ast.Condition]

QUANTITIES = {"money": ("paid", "tax"), "days": ("age",), "percent": ("rate",), "number": ("items",)}
WORDS = {"tier": ("none", "basic", "premium", "over"), "method": ("ground", "air")}
FACTS: dict[str, st.SearchStrategy[Any]] = {
    "paid": st.integers(0, 20_000), "tax": st.integers(0, 2_000), "age": st.integers(0, 60),
    "rate": st.integers(0, 10_000), "items": st.integers(0, 12), "note": st.sampled_from(["", "a b", "#1"]),
    "gift": st.booleans(), "order.open": st.booleans(), "tier": st.sampled_from(WORDS["tier"]),
}  # fmt: skip
SITUATIONS = st.fixed_dictionaries({name: st.none() | values for name, values in FACTS.items()})


def word(value: str) -> ast.Value:
    """A value of an enum as the parser reads it: a word of the language stands in quotes."""
    return ast.Amount(value, "text") if value == "over" else ast.Ref(value)


def added(operator: Any, left: ast.Value, right: ast.Value) -> ast.Value:
    """A sum or difference; a difference of two plain amounts is a mistake."""
    plain = isinstance(left, ast.Amount) and isinstance(right, ast.Amount)
    return ast.Arithmetic("+" if plain else operator, left, right)


@cache
def quantities(kind: str, depth: int) -> Value:
    """Values of a type that can be added."""
    amounts = {"money": st.integers(0, 30_000), "percent": st.integers(0, 12_000)}.get(kind, st.integers(0, 90))
    nouns = st.sampled_from(["", "items"]) if kind == "number" else st.just("")
    leaf: Value = st.one_of(
        st.builds(lambda value, noun: ast.Amount(value, kind, noun), amounts, nouns),  # type: ignore[arg-type]
        st.sampled_from(QUANTITIES[kind]).map(ast.Ref),
    )
    if depth == 0:
        return leaf
    below, numbers = quantities(kind, depth - 1), quantities("number", depth - 1)
    return st.one_of(
        leaf,
        st.builds(added, st.sampled_from("+-"), below, below),
        st.builds(lambda a, b: ast.Arithmetic("*", a, b), numbers, below),
        st.builds(lambda a, b: ast.Arithmetic("*", a, b), below, numbers),
        st.builds(ast.Share, quantities("percent", depth - 1), below),
    )


@cache
def conditions(depth: int, names: tuple[str, ...] = ("gift", "order.open")) -> Condition:
    """Conditions over the facts; `names` are the bool facts and decisions."""
    kinds = st.sampled_from(sorted(QUANTITIES))
    order = st.sampled_from(["<", "<=", ">", ">="])
    inner = max(depth - 1, 0)
    leaf: Condition = st.one_of(
        st.sampled_from(names).map(lambda name: ast.Holds(ast.Ref(name))),
        kinds.flatmap(
            lambda kind: st.builds(
                lambda a, sign, b: ast.Compare(a, ((sign, b),)),
                quantities(kind, inner), st.sampled_from(["is", "is not", "<", "<=", ">", ">="]), quantities(kind, inner),
            )
        ),
        kinds.flatmap(
            lambda kind: st.builds(
                lambda a, s, b, t, c: ast.Compare(a, ((s, b), (t, c))),
                quantities(kind, 0), order, quantities(kind, inner), order, quantities(kind, 0),
            )
        ),
        kinds.flatmap(
            lambda kind: st.builds(
                lambda a, sign, b, w: ast.Compare(a, ((sign, b),), w if sign in "<>" else "over"),
                quantities(kind, inner), order, quantities(kind, inner), st.sampled_from(["over", "than"]),
            )
        ),
        kinds.flatmap(lambda kind: st.builds(ast.Between, *[quantities(kind, inner)] * 3)),
        st.builds(
            lambda words, wanted: ast.OneOf(ast.Ref("tier"), tuple(map(word, words)), wanted),
            st.lists(st.sampled_from(WORDS["tier"]), min_size=1, max_size=3), st.booleans(),
        ),
        st.builds(
            lambda value, sign: ast.Compare(ast.Ref("tier"), ((sign, word(value)),)),
            st.sampled_from(WORDS["tier"]), st.sampled_from(["is", "is not"]),
        ),
        st.sampled_from(["", "a b", "#1"]).map(lambda t: ast.Compare(ast.Ref("note"), (("is", ast.Amount(t, "text")),))),
        st.builds(lambda yes: ast.Compare(ast.Ref("gift"), (("is", ast.Amount(yes, "word")),)), st.sampled_from(["yes", "no"])),
        st.builds(
            lambda amount, wanted: ast.Within(amount, "delivery", wanted), quantities("days", inner), st.booleans()
        ),
        st.builds(lambda name, wanted: ast.Known(ast.Ref(name), wanted), st.sampled_from(sorted(FACTS)), st.booleans()),
    )  # fmt: skip
    if depth == 0:
        return leaf
    below = conditions(depth - 1, names)
    return st.one_of(
        leaf,
        below.map(ast.Not),
        st.builds(joined, st.sampled_from(["and", "or"]), st.lists(below, min_size=2, max_size=3)),
    )


def joined(operator: Any, parts: Sequence[ast.Condition]) -> ast.Condition:
    """As the parser joins: what is joined by the same word is one node."""
    flat: list[ast.Condition] = []
    for part in parts:
        same = isinstance(part, ast.Joined) and part.operator == operator
        flat += part.conditions if same and isinstance(part, ast.Joined) else [part]
    return ast.Joined(operator, tuple(flat))


def whole(condition: ast.Condition) -> ast.Value | ast.Condition:
    """A condition that is the whole value of a bool decision."""
    return condition.ref if isinstance(condition, ast.Holds) else condition


@cache
def outcomes(kind: str) -> st.SearchStrategy[ast.Value | ast.Condition]:
    """What a decision of a type may come to."""
    if kind == "enum":
        return st.sampled_from(WORDS["method"]).map(ast.Ref)
    if kind == "bool":
        yes_no = st.sampled_from(["yes", "no"]).map(lambda yes: ast.Amount(yes, "word"))
        return st.one_of(yes_no, conditions(1).map(whole))
    return quantities(kind, 1)


@cache
def adjustments(kind: str) -> st.SearchStrategy[tuple[ast.Adjustment, ...]]:
    """Adjustments of a decision of a type; none where it is no quantity."""
    if kind not in QUANTITIES:
        return st.just(())
    one = st.builds(
        ast.Adjustment, st.sampled_from(["plus", "minus", "at most", "at least"]), quantities(kind, 1),
        st.none() | conditions(1),
    )  # fmt: skip
    return st.lists(one, max_size=2).map(tuple)


@cache
def branches(kind: str, depth: int, guarded: bool | None) -> st.SearchStrategy[ast.Branch]:
    """A base (not guarded), an exception (guarded) or a `but` (None: either)."""
    when = conditions(1) if guarded else st.none() if guarded is False else st.none() | conditions(1)
    below = st.lists(branches(kind, depth - 1, True), max_size=2) if depth else st.just([])
    return st.builds(ast.Branch, outcomes(kind), when, below.map(tuple), adjustments(kind))


DECIDED = {"fee": "money", "window": "days", "count": "number", "eligible": "bool", "method": "enum"}


def decides(name: str) -> st.SearchStrategy[ast.Decide]:
    """The rule of a decision of HEADER."""
    kind = DECIDED[name]
    layers = st.lists(branches(kind, 1, None), max_size=1)
    return st.builds(lambda base, buts: ast.Decide(name, (base, *buts)), branches(kind, 2, False), layers)


RULES = st.tuples(*(decides(name) for name in DECIDED))

CONDUCT = st.lists(
    st.one_of(
        st.builds(ast.Require, st.sampled_from([("confirmation",), ("cart.view",), ("cart.view", "confirmation")]),
                  st.sampled_from(["cart.add", ast.ANY_CHANGE]),
                  st.none() | conditions(2), st.none() | conditions(2)),
        st.builds(ast.Forbid, st.sampled_from(["cart.add", ast.ANY_CHANGE]), st.sampled_from(["", "product_id"]), st.none() | conditions(2), st.none() | conditions(2)),
    ), min_size=1, max_size=4,
).map(tuple)  # fmt: skip
