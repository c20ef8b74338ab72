"""A domain over the store: declared tools read and change its cart as the Python tools do, and see its products."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl import files
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.catalog import Catalog, generate
from rlve_dsl.compiler import CompiledDomain, draw_world
from rlve_dsl.domains import store_tools
from rlve_dsl.errors import ScenarioError
from rlve_dsl.expressions.types import Id
from rlve_dsl.plugins import default_registry
from rlve_dsl.rng import Stream
from rlve_dsl.world import ENTITIES, TABLES, Journal, Refusal, Shop, State, Tool, empty_tables, sell_out
from tests.conftest import shipped
from tests.domains.conftest import compiled

ROOT = Path(__file__).parents[2]
BASKET = (Path(__file__).parent / "basket.yaml").read_text(encoding="utf-8")
STORE = {tool.name: tool for tool in store_tools()}


@pytest.fixture(scope="module")
def pocket() -> Catalog:
    return generate(files.load(str(ROOT / "scenarios" / "catalogs" / "pocket.yaml")).spec)


@pytest.fixture(scope="module")
def basket() -> CompiledDomain:
    domain, found = compiled(BASKET)
    assert domain is not None and not found, found
    return domain


def open_store(catalog: Catalog, domain: CompiledDomain) -> Shop:
    tables = empty_tables([*ENTITIES, *domain.kinds.values()])
    provided: dict[str, Any] = {TABLES: tables}
    return Shop(State(catalog, provided), Journal(), provided, {}, Stream("calls"))


def say(tool: Tool, shop: Shop, given: Mapping[str, Any]) -> Any:
    """What an agent reads of a call."""
    try:
        return tool.encode(tool.call(shop, **given))
    except Refusal as refusal:
        return str(refusal)


def test_tools_of_a_domain_and_of_the_store_change_one_cart(pocket: Catalog, basket: CompiledDomain) -> None:
    shops = [open_store(pocket, basket) for _ in range(2)]
    for product in [p for p in pocket.products if p["in_stock"] and not p["has_variants"]][:3]:
        for shop in shops:
            STORE["cart.add"].call(shop, product_id=product["id"], qty=2)
    for line in ("L2", "L9", "L1", "L2"):
        one, other = (
            say(tool, shop, {"line_id": line})
            for tool, shop in zip((STORE["cart.remove"], basket.tools["basket.remove"]), shops, strict=True)
        )
        assert one == other
        assert shops[0].journal.as_json() == shops[1].journal.as_json() and shops[0].state == shops[1].state
    assert STORE["cart.remove"].writes == basket.tools["basket.remove"].writes


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
        (
            "does: [{remove: line}]",
            "verdict: {of: return.initate}\n    does: [{remove: line}]",
            "there is no tool `return.initate`",
        ),
        ("does: [{remove: line}]", "verdict: {order: lime}\n    does: [{remove: line}]", "has no look-up `lime`"),
        (
            "does: [{remove: line}]",
            "verdict: {line: line}\n    does: [{remove: line}]",
            "`line` is CartLine, where OrderLine is wanted",
        ),
    ],
)
def test_a_mistake_is_named(old: str, new: str, message: str) -> None:
    assert old in BASKET
    domain, found = compiled(BASKET.replace(old, new))
    assert domain is None and any(message in problem.message for problem in found), [p.message for p in found]


def test_a_domain_over_the_store_needs_no_entities_and_others_do() -> None:
    alone = "kind: Domain\nname: cart_size\nstore: true\ntools: {size: {says: Tell how long the cart is., gives: count(cart)}}\n"
    domain, found = compiled(alone)
    assert domain is not None and not found
    with pytest.raises(ScenarioError, match="a domain needs `entities`"):
        compiled(alone.replace("store: true\n", ""))


def test_the_domain_of_the_store_has_no_problems_and_a_tool_with_a_point_its_whole_name() -> None:
    domain, found = compiled((ROOT / "scenarios" / "domains" / "shop.yaml").read_text(encoding="utf-8"))
    assert domain is not None and not found, [p.message for p in found]
    assert domain.tools.keys() < STORE.keys() and "cart.add" in domain.tools


ASKING = """\
kind: Domain
name: desk
store: true
tools:
  may_return:
    says: Tell whether a line of an order can be returned.
    takes: {order_id: order id, line_id: line id}
    let: {order: "orders[order_id]", line: first(l for l in order.lines if l.line_id == line_id)}
    verdict: {of: return.initiate, order: order, line: line}
    gives: {eligible: verdict.allowed, fee: verdict.fee, clauses: verdict.clauses}
"""


def test_a_tool_tells_the_verdict_of_the_store_policy_on_calls_of_another() -> None:
    domain, found = compiled(ASKING)
    assert domain is not None and not found, found
    ask, check = domain.tools["desk.may_return"], STORE["return.check_eligibility"]
    scenario = shipped("c4.yaml").compiled
    task, told = scenario.environments["returns"], set()
    for seed in range(30):
        drawn = draw_world(task, scenario.catalog, 6, seed)
        shop = Shop(
            State(scenario.catalog, drawn.provided), Journal(), drawn.provided, {}, Stream("calls"), task.governance
        )
        for order in drawn.provided["orders"]:
            for line in order["lines"]:
                given = {"order_id": order["order_id"], "line_id": line["line_id"]}
                mine, theirs = ask.call(shop, **given), check.call(shop, **given)
                assert (mine["eligible"], mine["clauses"]) == (theirs["eligible"], theirs["clauses"])
                assert ask.about is not None and ask.about(shop, given) == shop.ruled(order, line)
                told.add(mine["eligible"])
        assert ask.about(shop, {**given, "line_id": "none"}) == shop.ruled(order)
        assert ask.about(shop, {**given, "order_id": "none"}) == shop.ruled()
    assert told == {True, False}


def test_what_a_tool_needs_of_a_world_follows_from_what_it_reads() -> None:
    assert STORE["order.get_status"].needs == ("orders", "today") and STORE["return.initiate"].needs == ("orders",)
    assert STORE["order.checkout"].needs == ("today",) and STORE["cart.view"].needs == ()


def test_a_domain_over_the_store_needs_a_catalog(tmp_path: Path) -> None:
    (tmp_path / "basket.yaml").write_text(BASKET, encoding="utf-8")
    text = (ROOT / "scenarios" / "examples" / "tidy-cart.yaml").read_text(encoding="utf-8")
    (tmp_path / "tidy.yaml").write_text(
        text.replace("tools: [cart.view, cart.set_quantity, cart.remove]", "domain: basket.yaml\ntools: [cart.view, cart.set_quantity, basket.remove]").replace("call: cart.remove", "call: basket.remove"),
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
