"""Every sampler: what it promises, its prefixes, and the independence of its streams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.catalog import Catalog, Product, meets, part_of
from rlve_dsl.errors import RlveError, Unsatisfiable
from rlve_dsl.expressions import Lambda
from rlve_dsl.expressions.types import REAL, Record
from rlve_dsl.rng import Stream
from rlve_dsl.world import SAMPLERS, Draw, Draws, Governance, sampler
from rlve_dsl.world.samplers.wants import apportioned
from tests.policy.conftest import compiled, store_text

SAMPLER = {declared.name: declared for declared in SAMPLERS}
IN_STOCK = Lambda(lambda p: p["in_stock"], lambda t: t.column("in_stock"), "in stock")
SHORT_NAME = Lambda(lambda p: p["short_name"])
KIND = Lambda(lambda p: p["kind"])
NOTHING = Lambda(lambda p: False)


def governed(name: str) -> Governance | None:
    """A store policy, for a sampler that asks one."""
    if "policy" not in SAMPLER[name].needs:
        return None
    policy, _ = compiled(store_text())
    assert policy is not None
    return Governance(policy, {})


def draw(catalog: Catalog, *path: object, governance: Governance | None = None) -> Draw:
    return Draws(Stream("test"), catalog, governance=governance).at(path)


def sample(name: str, catalog: Catalog, *path: object, **arguments: Any) -> Any:
    return SAMPLER[name].call(draw(catalog, *path, governance=governed(name)), **arguments)


def test_products_satisfy_what_was_asked_and_are_different(shelves: Catalog) -> None:
    for seed in range(20):
        products = sample("sample_products", shelves, seed, count=5, where=IN_STOCK, distinct=SHORT_NAME)
        assert len({p["id"] for p in products}) == len({p["short_name"] for p in products}) == 5
        assert all(p["in_stock"] for p in products)


def test_fewer_products_are_the_first_of_more(pocket: Catalog) -> None:
    for seed in range(20):
        longest = sample("sample_products", pocket, seed, count=6, distinct=KIND)
        for count in range(6):
            assert sample("sample_products", pocket, seed, count=count, distinct=KIND) == longest[:count]


def test_products_are_found_even_when_nearly_all_are_needed(pocket: Catalog) -> None:
    every = sample("sample_products", pocket, count=pocket.size)
    assert {p.row for p in every} == set(range(pocket.size))
    with pytest.raises(Unsatisfiable, match=f"wanted {pocket.size + 1} products and found {pocket.size}"):
        sample("sample_products", pocket, count=pocket.size + 1)
    with pytest.raises(Unsatisfiable, match="found 0 among 0"):
        sample("sample_products", pocket, count=1, where=NOTHING)


def test_an_alike_product_is_another_of_the_kind(shelves: Catalog) -> None:
    for row in range(0, 60, 7):
        product = shelves.product(row)
        other = sample("sample_product", shelves, row, alike=product, where=IN_STOCK)
        assert other["kind"] == product["kind"] and other != product and other["in_stock"]
    with pytest.raises(Unsatisfiable, match="no other"):
        sample("sample_product", shelves, alike=shelves.product(0), where=NOTHING)
    with pytest.raises(Unsatisfiable, match=f"among {shelves.size}"):
        sample("sample_product", shelves, where=NOTHING)


def test_a_history_of_visits_refuses_two_things_of_one_name(shelves: Catalog) -> None:
    class Named(Product):
        def __getitem__(self, name: str) -> object:
            return "mug" if name == "short_name" else super().__getitem__(name)

    with pytest.raises(Unsatisfiable, match="the same short name"):
        sample("visit_history", shelves, include=[Named(shelves, 0), Named(shelves, 1)], distractors=1)


def test_a_part_gives_its_own_products_and_distractors_of_both(pocket: Catalog) -> None:
    part = part_of(pocket, 0.4, True)
    mine = set(part.products.rows.tolist())
    drawn = {p.row for seed in range(30) for p in sample("sample_products", part, seed, count=2)}
    assert drawn <= mine and len(drawn) > 2
    visited = {p.row for seed in range(30) for p in sample("visit_history", part, seed, include=[], distractors=3)}
    assert visited & mine and visited - mine


def test_a_history_holds_what_it_must_and_names_tell_it_apart(shelves: Catalog) -> None:
    for seed in range(10):
        wanted = sample("sample_products", shelves, seed, count=4, distinct=SHORT_NAME)
        use = draw(shelves, seed, "visits")
        visits = SAMPLER["visit_history"].call(use, include=wanted, distractors=6)
        assert len(visits) == 10 and set(wanted) <= set(visits)
        assert len({p["short_name"] for p in visits}) == 10
        assert use.provided["visits"] == visits


def test_a_longer_history_keeps_the_distractors_of_a_shorter_one(shelves: Catalog) -> None:
    short = sample("visit_history", shelves, include=[], distractors=3)
    assert set(short) <= set(sample("visit_history", shelves, include=[], distractors=9))


def test_more_stock_outs_contain_fewer_and_enough_stay(shelves: Catalog) -> None:
    among = [p for p in shelves.products if p["kind"] == shelves.product(0)["kind"]]
    stocked = [p for p in among if p["in_stock"]]
    for seed in range(20):
        before: set[Product] = set()
        for probability in (0.0, 0.2, 0.5, 0.9, 1.0):
            out = sample("stock_outs", shelves, seed, among=among, probability=probability, keep=2)
            assert before <= set(out) <= set(stocked)
            assert len(stocked) - len(out) >= 2
            assert out == [p for p in among if p in out], "in the order of the list"
            before = set(out)
        assert len(before) == len(stocked) - 2
        assert sample("stock_outs", shelves, seed, among=among, probability=1.0) == stocked
        assert sample("stock_outs", shelves, seed, among=among, probability=1.0, keep=99) == []


def test_a_variant_decides_what_the_product_comes_in(pocket: Catalog) -> None:
    product = next(p for p in pocket.products if p["has_variants"] and len(pocket.variants(p.row)) >= 3)
    wanted = Counter()
    for seed in range(60):
        use = draw(pocket, seed)
        variant = SAMPLER["sample_variant"].call(use, of=product, probability=1.0, options=2)
        offered = use.provided["offers"][product["id"]]
        assert variant in offered and len(offered) == 2
        assert all(option in pocket.variants(product.row) for option in offered)
        wanted[variant["label"]] += 1
        use = draw(pocket, seed)
        assert SAMPLER["sample_variant"].call(use, of=product, probability=0.0) is None
        assert use.provided["offers"] == {product["id"]: ()}
    assert len(wanted) == len(pocket.variants(product.row)), "any variant may be wanted"
    bare = next(p for p in pocket.products if not p["has_variants"])
    assert sample("sample_variant", pocket, of=bare, probability=1.0) is None


def test_wishes_hold_and_fewer_are_the_first_of_more(shelves: Catalog) -> None:
    for row in range(0, 40, 5):
        product = shelves.product(row)
        most = len(shelves.wishes(row))
        every = sample("sample_constraints", shelves, row, of=product, count=most, slack=0.5)
        assert len({c["field"] for c in every}) == most
        assert all(meets.call(product, c) for c in every)
        for count in range(most):
            assert sample("sample_constraints", shelves, row, of=product, count=count, slack=0.5) == every[:count]
        exact = sample("sample_constraints", shelves, row, of=product, count=most)
        assert [c["field"] for c in exact] == [c["field"] for c in every], "slack moves bounds, not the choice"
        assert all(c in shelves.wishes(row) for c in exact)


def test_wishes_leave_out_what_they_are_told_to(shelves: Catalog) -> None:
    product = shelves.product(0)
    most = len(shelves.wishes(0))
    left = sample("sample_constraints", shelves, of=product, count=most - 2, except_=["price", "brand"])
    assert not {"price", "brand"} & {c["field"] for c in left}
    with pytest.raises(Unsatisfiable, match=f"wanted {most} wishes .* there are {most - 1}"):
        sample("sample_constraints", shelves, of=product, count=most, except_=["price"])
    with pytest.raises(Unsatisfiable, match="a count is at least 0"):
        sample("sample_constraints", shelves, of=product, count=-1)


OVER = ["price", "rating", "shipping", "brand", "match"]


def test_weights_sum_to_one_on_the_grid(pocket: Catalog) -> None:
    for seed in range(50):
        weights = sample("sample_weights", pocket, seed, over=OVER, alpha=[2, 2, 1, 1, 1], step=0.05)
        assert list(weights) == OVER
        units = [round(w * 20) for w in weights.values()]
        assert sum(units) == 20 and all(u / 20 == w for u, w in zip(units, weights.values(), strict=True))


def test_what_wishes_speak_of_weighs_more(pocket: Catalog) -> None:
    def mean(provided: dict[str, Any], **more: Any) -> float:
        total = 0.0
        for seed in range(80):
            use = Draw(Stream(seed), pocket, dict(provided))
            total += SAMPLER["sample_weights"].call(use, over=OVER, alpha=[2] * 5, step=0.05, boost=3, **more)["brand"]
        return total / 80

    plain = mean({})
    assert mean({"wishes": {("P1", "brand"): {}}}) > plain + 0.1
    assert mean({"wishes": {("P1", "brand"): {}}}, boosted=[]) == plain
    assert mean({}, boosted=["brand"]) == mean({"wishes": {("P1", "brand"): {}}})


def test_the_type_of_weights_names_what_they_are_over() -> None:
    declared = SAMPLER["sample_weights"]
    assert declared.result is not None
    assert declared.result({"over": "[price, brand]"}) == Record("Weights", (("price", REAL), ("brand", REAL)))


@pytest.mark.parametrize(
    "bad",
    [
        {"alpha": [2]},
        {"step": 0.3},
        {"step": 0},
        {"alpha": [0.5] * 5},
        {"over": [], "alpha": []},
        {"over": ["price", "price"], "alpha": [1, 1]},
    ],
)
def test_weights_that_cannot_be_say_so(pocket: Catalog, bad: dict[str, Any]) -> None:
    with pytest.raises(Unsatisfiable):
        sample("sample_weights", pocket, **{"over": OVER, "alpha": [2] * 5, **bad})


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=8), st.integers(1, 100))
def test_largest_remainder_is_within_a_unit_of_exact(shares: list[float], units: int) -> None:
    parts = apportioned(shares, units)
    assert sum(parts) == units
    assert all(abs(part - share / sum(shares) * units) < 1 + 1e-6 for part, share in zip(parts, shares, strict=True))


def test_plain_values(pocket: Catalog) -> None:
    for seed in range(50):
        assert 2 <= sample("sample_int", pocket, seed, from_=2, to=4) <= 4
        assert sample("sample_int", pocket, seed, from_=2, to=4, probability=0.0, otherwise=1) == 1
        assert sample("sample_int", pocket, seed, from_=2, to=4, probability=0.0) == 2
        assert sample("sample_choice", pocket, seed, of=["a", "b"]) in "ab"
        assert sample("sample_bool", pocket, seed, probability=1.0) is True
        assert sample("sample_bool", pocket, seed, probability=0.0) is False
    with pytest.raises(Unsatisfiable):
        sample("sample_choice", pocket, of=[])
    with pytest.raises(Unsatisfiable):
        sample("sample_int", pocket, from_=3, to=2)


def test_a_probability_moves_only_the_threshold(pocket: Catalog) -> None:
    for seed in range(30):
        values = [
            sample("sample_int", pocket, seed, from_=2, to=4, probability=p, otherwise=1) for p in (0.1, 0.5, 1.0)
        ]
        drawn = [v for v in values if v != 1]
        assert len(set(drawn)) <= 1 and values == sorted(values)


def test_fewer_choices_are_the_first_of_more_and_none_comes_twice(pocket: Catalog) -> None:
    items = ["a", "b", "c", "d", "e"]
    for seed in range(20):
        every = sample("sample_choices", pocket, seed, of=items, count=5)
        assert sorted(every) == items
        for count in range(5):
            assert sample("sample_choices", pocket, seed, of=items, count=count) == every[:count]
    with pytest.raises(Unsatisfiable, match="wanted 6 items, of which there are 5"):
        sample("sample_choices", pocket, of=items, count=6)


def test_a_product_of_a_type_is_one_and_satisfies_the_rest(shelves: Catalog) -> None:
    stocked = {p["type"] for p in shelves.products if p["in_stock"]}
    for seed, type_ in enumerate(sorted(stocked)):
        product = sample("sample_product", shelves, seed, type=type_, where=IN_STOCK)
        assert product["type"] == type_ and product["in_stock"]
        other = sample("sample_product", shelves, seed, type=type_, alike=product)
        assert other["kind"] == product["kind"] and other != product
    with pytest.raises(Unsatisfiable, match="found no `sheep` that fits"):
        sample("sample_product", shelves, type="sheep")


ROWS = [{"id": str(number), "even": number % 2 == 0} for number in range(1000)]
EVEN = Lambda(lambda row: row["even"])


def test_entities_fit_and_are_different_and_fewer_are_the_first_of_more(pocket: Catalog) -> None:
    for seed in range(20):
        rows = ROWS[: 12 + seed]
        fitting = [row for row in rows if row["even"]]
        every = sample("sample_entities", pocket, seed, of=rows, count=len(fitting), where=EVEN)
        assert sorted(int(row["id"]) for row in every) == [int(row["id"]) for row in fitting]
        for count in range(len(fitting)):
            assert sample("sample_entities", pocket, seed, of=rows, count=count, where=EVEN) == every[:count]
    with pytest.raises(Unsatisfiable, match="wanted 1 of 5 rows, of which 0 fit"):
        sample("sample_entity", pocket, of=ROWS[:5], where=NOTHING)
    with pytest.raises(Unsatisfiable, match="empty"):
        sample("sample_entity", pocket, of=[])


PARTS = [[f"a{n}" for n in range(20)], [f"b{n}" for n in range(20)]]


def test_combinations_are_different_and_fewer_are_the_first_of_more(pocket: Catalog) -> None:
    most = sample("sample_combinations", pocket, of=PARTS, count=300)
    assert len(set(most)) == 300 and all(a in PARTS[0] and b in PARTS[1] for a, b in map(str.split, most))
    for count in (0, 1, 7):
        assert sample("sample_combinations", pocket, of=PARTS, count=count) == most[:count]


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_held_out_combinations_are_in_held_out_episodes_alone(pocket: Catalog, share: float) -> None:
    drawn = {
        held: {
            text
            for seed in range(400)
            for text in sample(
                "sample_combinations", part_of(pocket, 0.0, held), seed, of=PARTS, count=5, held_out=share
            )
        }
        for held in (True, False)
    }
    assert not drawn[True] & drawn[False]
    assert len(drawn[True]) == pytest.approx(share * 400, rel=0.3)
    words = {word for text in drawn[True] for word in text.split()}
    assert words <= {word for text in drawn[False] for word in text.split()}, "every word is known, no combination is"


@pytest.mark.parametrize("of", [[], [["a"], []], [["a", "b"]]])
def test_too_few_combinations_are_told(pocket: Catalog, of: list[list[str]]) -> None:
    with pytest.raises(Unsatisfiable, match="sample_combinations wanted 4 combinations"):
        sample("sample_combinations", pocket, of=of, count=4)


USES: dict[str, Callable[[Catalog], dict[str, Any]]] = {
    "sample_products": lambda c: {"count": 3},
    "sample_product": lambda c: {},
    "visit_history": lambda c: {"include": [c.product(0)], "distractors": 3},
    "stock_outs": lambda c: {"among": list(c.products)[:12], "probability": 0.5},
    "sample_variant": lambda c: {"of": next(p for p in c.products if p["has_variants"]), "probability": 0.7},
    "sample_constraints": lambda c: {"of": c.product(0), "count": 3, "slack": 0.3},
    "sample_weights": lambda c: {"over": OVER, "alpha": [2] * 5},
    "sample_int": lambda c: {"from_": 0, "to": 1000},
    "sample_choice": lambda c: {"of": range(1000)},
    "sample_choices": lambda c: {"of": range(1000), "count": 3},
    "sample_bool": lambda c: {"probability": 0.5},
    "sample_combinations": lambda c: {"of": PARTS, "count": 3},
    "shopper_profile": lambda c: {},
    "order_history": lambda c: {"count": 2},
    "ruling": lambda c: {"tool": "return.initiate"},
    "sample_question": lambda c: {"depth": 1},
    "sample_entity": lambda c: {"of": ROWS},
    "sample_entities": lambda c: {"of": ROWS, "count": 3},
}
DRAWS_NOTHING = {"ruling"}


def test_every_sampler_is_tried() -> None:
    assert USES.keys() == SAMPLER.keys()


@pytest.mark.parametrize("name", USES)
def test_a_draw_depends_on_its_path_alone(shelves: Catalog, name: str) -> None:
    arguments = USES[name](shelves)
    values = [sample(name, shelves, "world", path, **arguments) for path in range(12)]
    assert name in DRAWS_NOTHING or any(v != values[0] for v in values), "another path, another value"
    draws = Draws(Stream("test"), shelves)
    for path in reversed(range(12)):
        draws.at(("world", "something else", path)).stream.bits()
        use = Draw(draws.at(("world", path)).stream, shelves, governance=governed(name))
        assert SAMPLER[name].call(use, **arguments) == values[path]


def test_slots_merge_or_are_set_once(pocket: Catalog) -> None:
    use = draw(pocket)
    use.provide("offers", {"a": 1})
    use.provide("offers", {"b": 2})
    use.provide("visits", [])
    assert use.provided == {"offers": {"a": 1, "b": 2}, "visits": []}
    with pytest.raises(RlveError, match="`visits` is provided twice"):
        use.provide("visits", [])


def test_what_samplers_provide_is_declared(pocket: Catalog) -> None:
    for name, declared in SAMPLER.items():
        use = draw(pocket, name, governance=governed(name))
        declared.call(use, **USES[name](pocket))
        assert use.provided.keys() == set(declared.provides)


def test_a_sampler_reads_like_a_function(pocket: Catalog) -> None:
    @sampler("sample_coin")
    def coin(draw: Draw, sides: int = 2) -> int:
        """A side."""
        return draw.stream.integer(1, sides)

    assert (coin.name, coin.doc, coin.provides) == ("sample_coin", "A side.", ())
    assert coin.call(draw(pocket), sides=1) == 1


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("sample_products", {"count": 10**9}),
        ("visit_history", {"include": [], "distractors": 10**9}),
        ("order_history", {"count": 10**9}),
        ("order_history", {"count": 10, "lines": 10**9}),
        ("sample_weights", {"over": ["price", "rating"], "alpha": [1.0, 1.0], "step": 1e-300}),
        ("sample_weights", {"over": ["price", "rating"], "alpha": [1.0, 1.0], "step": 1e-6}),
    ],
)
def test_a_sampler_does_not_draw_without_end(pocket: Catalog, name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Unsatisfiable, match=r"at most 1,000|needs a step"):
        sample(name, pocket, **arguments)


@pytest.mark.parametrize("name", ["sample_choices", "sample_products"])
def test_fewer_things_than_none_cannot_be_drawn(pocket: Catalog, name: str) -> None:
    given = {"of": [1, 2, 3]} if name == "sample_choices" else {}
    with pytest.raises(Unsatisfiable, match=f"{name} wanted -3, and a count is at least 0"):
        sample(name, pocket, 0, count=-3, **given)
