"""Keyword arguments of primitives: checked against a signature, evaluated to what the Python function takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import pytest

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import Arguments, Cents, Each, Lambda, Share, compile_arguments, signature_of
from rlve_dsl.expressions.types import INT, MONEY, Enum
from tests.expressions.conftest import PRODUCT, SCOPE, at, env

T = TypeVar("T")


class Item:
    """Stands for a record in an annotation."""

    __language_type__ = PRODUCT


def pick(count: int, where: Each[Item, bool] | None = None, distinct: Each[Item, Any] | None = None) -> int: ...  # type: ignore[empty-body]
def choose(of: Sequence[T]) -> T: ...  # type: ignore[empty-body]
def weigh(over: Sequence[str], alpha: Sequence[float], boosted: Sequence[str] = ()) -> None: ...
def between(from_: int, to: int = 9, cap: Cents | None = None) -> int: ...  # type: ignore[empty-body]
def named(name: str) -> None: ...
def chance(share: Share, otherwise: Share | None = None) -> None: ...


def compiled(python: Any, *, optional_values: bool = False, **given: str) -> tuple[Arguments | None, list[str]]:
    found = Diagnostics()
    arguments = compile_arguments(
        signature_of(python), {name.rstrip("_"): (text, at(text)) for name, text in given.items()}, at("x"), SCOPE, found,
        f"sampler `{python.__name__}`", optional_values=optional_values,
    )  # fmt: skip
    return arguments, [f"{d.code} {d.message}" for d in found.items]


def values(python: Any, **given: Any) -> dict[str, Any]:
    arguments, problems = compiled(python, **given)
    assert arguments is not None, problems
    return arguments.values(env())


def test_values_go_by_their_python_names() -> None:
    assert values(between, from_="d", to="n") == {"from_": 3, "to": 10}


def test_what_is_unknown_leaves_a_default_alone() -> None:
    assert values(between, from_="d", to="maybe", cap="cost") == {"from_": 3, "cap": 1999}
    assert values(between, optional_values=True, from_="maybe") == {}
    assert compiled(between, from_="maybe")[1] == ["R103 `maybe` may be unknown"]


def test_expressions_over_items_are_lambdas() -> None:
    given = values(pick, count="2", where="it.price > cost and it.in_stock", distinct="it.brand")
    assert isinstance(given["where"], Lambda) and given["where"].column is not None
    assert [given["where"].one(p) for p in env()["pool"]] == [
        p["price"] > 1999 and p["in_stock"] for p in env()["pool"]
    ]
    assert given["distinct"].one(env()["p"]) == env()["p"]["brand"]


def test_a_key_is_asked_for_each_expression_over_items() -> None:
    arguments, _ = compiled(pick, count="n", where="it.reviews > d")
    assert arguments is not None
    assert arguments.free == {"n", "d"}
    bound = arguments.values(env(), lambda expression, names: tuple(names[name] for name in sorted(expression.free)))
    assert bound["where"].key == (3,)


def test_bare_words_in_a_list_are_themselves_where_a_sampler_asks_for_texts() -> None:
    assert values(weigh, over="[price, rating]", alpha="[2, 1.5]") == {"over": ["price", "rating"], "alpha": [2, 1.5]}
    chosen, _ = compiled(choose, of="[plain, chatty]")
    assert chosen is not None and chosen.result == Enum(("plain", "chatty"))
    assert compiled(named, name="hello")[1] == ["R101 there is no `hello` here"]
    assert compiled(weigh, over="[price, cost]", alpha="[1]")[1][0] == "R101 there is no `price` here"


def test_a_result_follows_from_the_arguments() -> None:
    for text, result in (("xs", INT), ("[cost, $3]", MONEY), ("pool", PRODUCT)):
        arguments, _ = compiled(choose, of=text)
        assert arguments is not None and arguments.result == result


@pytest.mark.parametrize(
    ("python", "given", "wanted"),
    [
        (between, {"frm": "1"}, ["R110 sampler `between` has no argument `frm`", "R110 sampler `between` needs `from`"]),
        (between, {"from_": "cost"}, ["R102 `cost` is money, where an int is wanted"]),
        (between, {"from_": "1", "to": "2.5"}, ["R102 `2.5` is a real, where an int is wanted"]),
        (pick, {"count": "1", "where": "it.price"}, ["R102 `it.price` is money, where a bool is wanted"]),
        (pick, {"count": "1", "where": "it.prise > $1"}, ["R104 `it` has no field `prise`"]),
        (choose, {"of": "d"}, ["R102 sampler `choose` wants a list for `of`, and `d` is an int"]),
        (between, {"from_": "1 +", "to": "dd"}, ["S201 the expression ends after `+`", "R101 there is no `dd` here"]),
    ],
)  # fmt: skip
def test_all_problems_are_reported(python: Any, given: dict[str, str], wanted: list[str]) -> None:
    arguments, problems = compiled(python, **given)
    assert arguments is None
    assert problems == wanted


@pytest.mark.parametrize("share", ["0", "1", "30%", "0.5 + 0.5", "d / 2", "3 * d"])
def test_a_share_is_from_0_to_1_or_depends_on_the_level(share: str) -> None:
    assert compiled(chance, share=share)[1] == []


@pytest.mark.parametrize("share", ["30", "300%", "1 - 2", "0 - 0.001"])
def test_a_fixed_share_beyond_0_to_1_is_reported(share: str) -> None:
    assert compiled(chance, share=share)[1] == [f"R236 `share` cannot be `{share}`"]
    assert compiled(chance, share="0", otherwise=share)[1] == [f"R236 `otherwise` cannot be `{share}`"]
