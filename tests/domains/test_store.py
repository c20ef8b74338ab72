"""A domain over the store: declared tools read and change its cart as the Python tools do, and see its products."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rlve_dsl
from rlve_dsl import files
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.catalog import Catalog, generate
from rlve_dsl.compiler import CompiledDomain
from rlve_dsl.errors import ScenarioError
from rlve_dsl.expressions.types import Id
from rlve_dsl.plugins import default_registry
from rlve_dsl.rng import Stream
from rlve_dsl.world import ENTITIES, TABLES, TOOLS, Journal, Refusal, Shelves, Shop, State, Tool, empty_tables, sell_out
from tests.domains.conftest import compiled

ROOT = Path(__file__).parents[2]
BASKET = (Path(__file__).parent / "basket.yaml").read_text(encoding="utf-8")
PYTHON = {tool.name: tool for tool in TOOLS}


@pytest.fixture(scope="module")
def pocket() -> Catalog:
    return generate(files.load(str(ROOT / "scenarios" / "catalogs" / "pocket.yaml")).spec)


@pytest.fixture(scope="module")
def basket() -> CompiledDomain:
    domain, found = compiled(BASKET)
    assert domain is not None and not found, found
    return domain


def open_store(catalog: Catalog, domain: CompiledDomain) -> Shop:
    tables = empty_tables([*ENTITIES, *domain.kinds.values()], {}, Shelves(catalog))
    provided: dict[str, Any] = {TABLES: tables}
    return Shop(State(catalog, provided), Journal(), provided, {}, Stream("calls"))


def say(tool: Tool, shop: Shop, given: Mapping[str, Any]) -> Any:
    """What an agent reads of a call."""
    try:
        return tool.encode(tool.call(shop, **given))
    except Refusal as refusal:
        return str(refusal)


lines = st.integers(1, 4).map(lambda n: f"L{n}")
calls = st.lists(
    st.one_of(
        st.just(("view", {})),
        lines.map(lambda line: ("remove", {"line_id": line})),
        st.tuples(lines, st.integers(-1, 101)).map(lambda p: ("set_quantity", {"line_id": p[0], "qty": p[1]})),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls)
def test_declared_tools_of_the_cart_do_what_those_in_python_do(
    pocket: Catalog, basket: CompiledDomain, script: list[tuple[str, dict[str, Any]]]
) -> None:
    shops = [open_store(pocket, basket) for _ in range(2)]
    for product in [p for p in pocket.products if p["in_stock"] and not p["has_variants"]][:3]:
        for shop in shops:
            PYTHON["cart.add"].call(shop, product_id=product["id"], qty=2)
    for name, given_ in script:
        tools = (PYTHON[f"cart.{name}"], basket.tools[f"basket.{name}"])
        one, other = (say(tool, shop, given_) for tool, shop in zip(tools, shops, strict=True))
        assert one == other
        assert shops[0].journal.as_json() == shops[1].journal.as_json() and shops[0].state == shops[1].state


def test_their_declarations_are_the_same(basket: CompiledDomain) -> None:
    for name in ("view", "remove", "set_quantity"):
        one, other = PYTHON[f"cart.{name}"], basket.tools[f"basket.{name}"]
        assert one.writes == other.writes
        assert [(p.name, p.type) for p in one.signature.parameters] == [
            (p.name, p.type) for p in other.signature.parameters
        ]


def test_a_tool_sees_products_and_what_has_sold_out(pocket: Catalog, basket: CompiledDomain) -> None:
    shop, remind = open_store(pocket, basket), basket.tools["basket.remind"]
    one, other = [p for p in pocket.products if p["in_stock"]][:2]
    sell_out(shop, other["id"])
    assert say(remind, shop, {"product_id": one["id"]}) == {
        "reminder_id": "N1", "note": "buy it", "short_name": one["short_name"],
    }  # fmt: skip
    assert say(remind, shop, {"product_id": one["id"], "note": "soon"})["reminder_id"] == "N2"
    assert say(remind, shop, {"product_id": other["id"]}) == f"{other['short_name']} is out of stock"
    assert say(remind, shop, {"product_id": "none"}) == "unknown product id `none`"
    (parameter,) = (p for p in remind.signature.parameters if p.name == "note")
    assert not parameter.required and parameter.default == "buy it"


def test_what_an_entity_declares_as_chosen_counts_as_the_agents_choice(basket: CompiledDomain) -> None:
    kind = basket.kinds["reminder"]
    assert kind.chosen == ("product_id",) and kind.record.field("product_id") == Id("product") and kind.is_numbered


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("unknown: {p:", "unknown: {q:", "`remind` has no look-up `q`"),
        ("chosen: product_id", "chosen: note", "reminder has no field `note` with an id"),
        ('default: "\\"buy it\\""', "default: 3", "text"),
        ("store: true\n", "", "`product id` is not a type"),
        ("name: basket", "name: cart", "there are tools `cart.*` already"),
    ],
)
def test_a_mistake_is_named(old: str, new: str, message: str) -> None:
    assert old in BASKET
    domain, found = compiled(BASKET.replace(old, new))
    assert domain is None and any(message in problem.message for problem in found), [p.message for p in found]


def test_a_domain_over_the_store_needs_a_catalog(tmp_path: Path) -> None:
    (tmp_path / "basket.yaml").write_text(BASKET, encoding="utf-8")
    text = (ROOT / "scenarios" / "examples" / "tidy-cart.yaml").read_text(encoding="utf-8")
    (tmp_path / "tidy.yaml").write_text(
        text.replace("tools: [cart.view, cart.set_quantity, cart.remove]", "domain: basket.yaml\ntools: [basket.*]").replace("call: cart.", "call: basket."),
        encoding="utf-8",
    )  # fmt: skip
    parts = ROOT / "scenarios"
    collection = (
        "kind: Collection\nname: tidy\nenvironments: [tidy.yaml]\n"
        f"axes: {parts}/axes/standard.yaml\nreward: {parts}/rewards/composite.yaml\nuser: {parts}/users/shopper.yaml\n"
    )
    (tmp_path / "tidies.yaml").write_text(collection, encoding="utf-8")
    with pytest.raises(ScenarioError, match="D109.*the domain sees the store, which needs a catalog"):
        rlve_dsl.load(tmp_path / "tidies.yaml", default_registry())
    (tmp_path / "tidies.yaml").write_text(
        f"{collection}catalog: {parts}/catalogs/pocket.yaml\nheld_out: 0%\n", encoding="utf-8"
    )
    scenario = rlve_dsl.load(tmp_path / "tidies.yaml")
    episode = scenario.reset("tidy-cart", level=6, seed=0)
    assert play(episode, OracleAgent(episode)).correct
