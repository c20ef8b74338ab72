"""Orders and what becomes of them: the history that is drawn, and the tools that show, place, return and exchange."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any, get_args

import jsonschema
import pytest

from rlve_dsl.catalog import Catalog
from rlve_dsl.domains import store_tools
from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.expressions import Lambda
from rlve_dsl.expressions.types import Record, type_of
from rlve_dsl.rng import Stream
from rlve_dsl.world import RULED, SAMPLERS, Draw, Draws, Order, Refusal, Shop, schema_of, sell_out
from rlve_dsl.world.orders import Customer, OrderLine, OrderStatus, case_of, total_of
from tests.conftest import shipped

TOOL = {declared.name: declared for declared in store_tools()}
SAMPLER = {declared.name: declared for declared in SAMPLERS}
BOOKISH = Lambda(lambda p: p["price"] < 3000, None, "cheap")
Open = Callable[..., Shop]


def draw(catalog: Catalog, *path: object) -> Draw:
    return Draws(Stream("orders"), catalog).at(path)


def orders(catalog: Catalog, *path: object, **arguments: Any) -> list[Order]:
    return list(SAMPLER["order_history"].call(draw(catalog, *path), **arguments))


def visit(catalog: Catalog, open_shop: Open, *path: object, **arguments: Any) -> Shop:
    """A shop that the shopper has ordered from before."""
    use = draw(catalog, *path)
    SAMPLER["shopper_profile"].call(use)
    SAMPLER["order_history"].call(use, **arguments)
    return open_shop(catalog, use.provided)


def call(shop: Shop, name: str, **arguments: Any) -> Any:
    declared = TOOL[name]
    result = declared.call(shop, **declared.arguments(json.loads(json.dumps(arguments))))
    sent = json.loads(json.dumps(declared.encode(result)))
    jsonschema.validate(sent, schema_of(declared.signature.result))
    return sent


# The history ----------------------------------------------------------------------------------------------------------


def test_fewer_orders_are_the_first_of_more(shelves: Catalog) -> None:
    for seed in range(20):
        longest = orders(shelves, seed, count=6)
        for count in range(6):
            assert orders(shelves, seed, count=count) == longest[:count]
        assert orders(shelves, seed, count=6) == longest


@pytest.mark.parametrize(("balanced", "least", "most"), [(False, 0.3, 0.5), (True, 0.13, 0.27)])
def test_four_in_ten_orders_are_delivered_or_as_many_as_have_any_other_status(
    shelves: Catalog, balanced: bool, least: float, most: float
) -> None:
    drawn = Counter(orders(shelves, seed, count=1, balanced=balanced)[0]["status"] for seed in range(300))
    assert least < drawn["delivered"] / 300 < most and len(drawn) == len(get_args(OrderStatus))
    if balanced:
        assert all(least < count / 300 < most for count in drawn.values())


def test_an_order_adds_up_and_its_dates_agree(shelves: Catalog) -> None:
    for seed in range(40):
        use = draw(shelves, seed)
        drawn = SAMPLER["order_history"].call(use, count=5)
        today = date.fromisoformat(use.provided["today"])
        for order in drawn:
            assert order["total"] == sum(line["price"] * line["qty"] for line in order["lines"])
            assert (today - date.fromisoformat(order["ordered_on"])).days == order["days_ago"]
            assert (order["days_delivered"] is None) == (order["status"] != "delivered")
            assert order["days_delivered"] is None or 0 <= order["days_delivered"] <= 60 and order["days_ago"] > 0
            for line in order["lines"]:
                assert line["product_id"] == line["product"]["id"] and line["price"] == line["product"]["price"]
                assert not line["opened"] or order["status"] == "delivered"
                labels = {v["variant_id"]: v["label"] for v in shelves.variants(line["product"].row)}
                assert line["label"] == labels.get(line["variant_id"] or "")
                assert (line["variant_id"] is None) == (not labels)


def test_the_name_of_what_was_bought_says_no_other_option() -> None:
    scenario = shipped("c8.yaml")
    named = 0
    for seed in range(4):
        names = scenario.reset("returns", level=8, seed=seed).parts[0].names
        for line in (line for order in names["orders"] for line in order["lines"]):
            product = line["product"]
            options = [v["label"] for v in product.catalog.variants(product.row)]
            in_name = [label for label in options if f" {label} " in f" {line['short_name']} "]
            assert not in_name or line["label"] in in_name
            named += bool(in_name)
    assert named


def test_ids_are_different_and_say_which_order_a_line_is_of(shelves: Catalog) -> None:
    for seed in range(40):
        drawn = orders(shelves, seed, count=8)
        lines = [line["line_id"] for order in drawn for line in order["lines"]]
        assert len({order["order_id"] for order in drawn}) == 8 and len(set(lines)) == len(lines)
        assert all(line["line_id"].startswith(f"{o['order_id']}-") for o in drawn for line in o["lines"])


def test_the_place_of_a_line_does_not_tell_when_it_was_drawn(shelves: Catalog) -> None:
    firsts = Counter(orders(shelves, seed, count=1)[0]["lines"][0]["line_id"].rpartition("-")[2] for seed in range(90))
    assert firsts.keys() == {"1", "2", "3"} and firsts["1"] < 75


def test_names_tell_the_lines_of_a_history_apart(shelves: Catalog) -> None:
    for seed in range(20):
        names = [line["short_name"] for order in orders(shelves, seed, count=7) for line in order["lines"]]
        assert len(set(names)) == len(names)


def test_products_are_those_asked_for(pocket: Catalog) -> None:
    for order in orders(pocket, count=3, lines=1, where=BOOKISH):
        assert [line["price"] < 3000 for line in order["lines"]] == [True]
    with pytest.raises(Unsatisfiable, match="no product with another short name"):
        orders(pocket, count=pocket.size + 1)


def test_every_status_occurs_and_the_first_are_delivered_when_that_is_asked_for(shelves: Catalog) -> None:
    drawn = [order for seed in range(60) for order in orders(shelves, seed, count=4, delivered=2)]
    assert {order["status"] for order in drawn} == set(get_args(OrderStatus))
    for seed in range(30):
        asked, usual = orders(shelves, seed, count=4, delivered=2), orders(shelves, seed, count=4)
        assert [order["status"] for order in asked[:2]] == ["delivered", "delivered"]
        assert asked[2:] == usual[2:], "nothing else changes"


def test_a_shopper_is_somebody_to_the_store(pocket: Catalog) -> None:
    customers = [SAMPLER["shopper_profile"].call(draw(pocket, seed)) for seed in range(60)]
    assert {customer["tier"] for customer in customers} == {"none", "basic", "premium"}
    assert {customer["verified"] for customer in customers} == {True, False}
    assert SAMPLER["shopper_profile"].call(draw(pocket), verified=1.0)["verified"] is True


def test_without_a_policy_everything_is_allowed_and_nothing_is_at_an_edge(pocket: Catalog) -> None:
    plain = orders(pocket, count=3, edge=0.0)
    assert orders(pocket, count=3, edge=1.0, tool="return.initiate") == plain
    ruling = SAMPLER["ruling"].call(draw(pocket), tool="return.initiate", order=plain[0], line=plain[0]["lines"][0])
    assert ruling == {"allowed": True, "fee": 0, "case": case_of(plain[0]["lines"][0]["line_id"])}


def test_a_shopper_has_one_history_and_stays_who_they_are(shelves: Catalog) -> None:
    for seed in range(20):
        drawn = Draws(Stream("shared", seed), shelves)
        shopper = SAMPLER["shopper_profile"].call(drawn.at(("one",)))
        known = SAMPLER["order_history"].call(drawn.at(("one",)), count=5, delivered=2)
        assert SAMPLER["shopper_profile"].call(drawn.at(("other",)), verified=0.0) == shopper
        again = SAMPLER["order_history"].call(drawn.at(("other",)), count=5, delivered=1)
        assert sorted(o["order_id"] for o in again) == sorted(o["order_id"] for o in known)
        assert again[0]["status"] == "delivered" and drawn.provided["orders"] == known
        with pytest.raises(
            Unsatisfiable, match="wanted 6 orders, 1 of them delivered, and the shopper has a history of 5"
        ):
            SAMPLER["order_history"].call(drawn.at(("third",)), count=6, delivered=1)
    drawn = Draws(Stream("shared"), shelves)
    SAMPLER["order_history"].call(drawn.at(("one",)), count=1, delivered=1)
    with pytest.raises(Unsatisfiable, match="1 delivered"):
        SAMPLER["order_history"].call(drawn.at(("other",)), count=1, delivered=2)
    for negative in ({"count": -1}, {"count": 1, "delivered": -1}):
        with pytest.raises(Unsatisfiable, match="a count is at least 0"):
            SAMPLER["order_history"].call(drawn.at(("other",)), **negative)


# Looking --------------------------------------------------------------------------------------------------------------


def test_the_list_shows_what_was_ordered_and_not_what_became_of_it(shelves: Catalog, open_shop: Open) -> None:
    shop = visit(shelves, open_shop, count=6)
    account = call(shop, "order.list")
    customer = shop.provided["shopper"]
    assert (account["tier"], account["verified"]) == (customer["tier"], customer["verified"])
    dates = [order["ordered_on"] for order in account["orders"]]
    assert dates == sorted(dates, reverse=True) and len(dates) == 6
    by_id = {order["order_id"]: order for order in shop.provided["orders"]}
    for shown in account["orders"]:
        assert shown["total"] == by_id[shown["order_id"]]["total"] / 100
        ids = [line["line_id"] for line in shown["lines"]]
        assert ids == sorted(line["line_id"] for line in by_id[shown["order_id"]]["lines"])
    assert not any(word in json.dumps(account) for word in get_args(OrderStatus))


def test_the_list_looks_back_as_far_as_asked(shelves: Catalog, open_shop: Open) -> None:
    shop = visit(shelves, open_shop, count=7)
    ages = sorted(order["days_ago"] for order in shop.provided["orders"])
    for days in (0, ages[2], ages[-1]):
        assert len(call(shop, "order.list", days=days)["orders"]) == sum(age <= days for age in ages)
    with pytest.raises(Refusal, match="at least 0"):
        call(shop, "order.list", days=-1)


def test_a_shopper_whom_nobody_drew_has_no_membership(pocket: Catalog, open_shop: Open) -> None:
    use = draw(pocket)
    SAMPLER["order_history"].call(use, count=1)
    assert call(open_shop(pocket, use.provided), "order.list").keys() == {"orders"}


def test_the_status_of_an_order_is_shown_with_its_delivery(shelves: Catalog, open_shop: Open) -> None:
    shop = visit(shelves, open_shop, count=8, delivered=1)
    today = date.fromisoformat(call(shop, "time.now")["today"])
    for order in shop.provided["orders"]:
        shown = call(shop, "order.get_status", order_id=order["order_id"])
        assert shown["status"] == order["status"] and shown["is_gift"] == order["is_gift"]
        assert shown.get("days_delivered") == order["days_delivered"]
        if order["days_delivered"] is not None:
            assert (today - date.fromisoformat(shown["delivered_on"])).days == order["days_delivered"]
    with pytest.raises(Refusal, match="unknown order id `R1`"):
        call(shop, "order.get_status", order_id="R1")


def test_all_that_rules_can_read_is_shown_somewhere(shelves: Catalog, open_shop: Open) -> None:
    shop = visit(shelves, open_shop, count=4, delivered=4)
    order = shop.provided["orders"][0]
    account, details = call(shop, "order.list"), call(shop, "order.get_status", order_id=order["order_id"])
    for shown, record in ((account, Customer), (details, Order), (details["lines"][0], OrderLine)):
        of = type_of(record)
        assert isinstance(of, Record)
        assert set(of.names) - {"product", "variant_id", "label"} <= shown.keys()
    assert RULED.keys() == shop.ruled().keys()


# Ordering -------------------------------------------------------------------------------------------------------------


def test_checking_out_places_an_order_and_empties_the_cart(shelves: Catalog, open_shop: Open) -> None:
    shop = visit(shelves, open_shop, count=2)
    bare = next(p for p in shelves.products if p["in_stock"] and not p["has_variants"])
    varied = next(p for p in shelves.products if p["in_stock"] and p["has_variants"])
    option = shelves.variants(varied.row)[0]
    call(shop, "cart.add", product_id=bare["id"], qty=2)
    call(shop, "cart.add", product_id=varied["id"], variant_id=option["variant_id"])
    placed = call(shop, "order.checkout", shipping="express", is_gift=True)
    assert placed["total"] == (2 * bare["price"] + varied["price"]) / 100 and placed["fee"] == 0
    assert not shop.table("cart_line")
    (order,) = shop.table("placed_order")
    assert (order["shipping"], order["is_gift"], order["status"]) == ("express", True, "processing")
    assert order["total"] == total_of(order["lines"]) and order["ordered_on"] == shop.provided["today"]
    shown = call(shop, "order.list", days=0)["orders"]
    assert placed["order_id"] in [o["order_id"] for o in shown]
    details = call(shop, "order.get_status", order_id=placed["order_id"])
    assert {(line.get("label"), line["qty"]) for line in details["lines"]} == {
        (None, 2),
        (option["label"], 1),
    }
    call(shop, "cart.add", product_id=bare["id"])
    assert call(shop, "order.checkout")["order_id"] != placed["order_id"]


def test_what_cannot_be_ordered_is_refused(shelves: Catalog, open_shop: Open) -> None:
    shop = visit(shelves, open_shop, count=1)
    with pytest.raises(Refusal, match="the cart is empty"):
        call(shop, "order.checkout")
    bare = next(p for p in shelves.products if p["in_stock"] and not p["has_variants"])
    call(shop, "cart.add", product_id=bare["id"])
    sell_out(shop, bare["id"])
    with pytest.raises(Refusal, match="out of stock"):
        call(shop, "order.checkout")
    assert len(shop.table("cart_line")) == 1 and not shop.table("placed_order")


# Sending back ---------------------------------------------------------------------------------------------------------


def line_in(shop: Shop, order: int = 0) -> dict[str, str]:
    chosen = shop.provided["orders"][order]
    return {"order_id": chosen["order_id"], "line_id": chosen["lines"][0]["line_id"]}


def test_a_return_is_of_one_whole_line(shelves: Catalog, open_shop: Open) -> None:
    shop = visit(shelves, open_shop, count=3, delivered=3)
    line, bought = line_in(shop), shop.provided["orders"][0]["lines"][0]
    case = case_of(line["line_id"])
    verdict = call(shop, "return.check_eligibility", **line)
    assert verdict == {"case": case, "eligible": True, "fee": 0, "clauses": []}
    started = call(shop, "return.initiate", **line, reason="late", method="courier")
    assert started["refund"] == bought["price"] * bought["qty"] / 100 and started["fee"] == 0
    assert started["case"] == case
    assert [(r["line_id"], r["reason"], r["method"]) for r in shop.table("started_return")] == [
        (line["line_id"], "late", "courier")
    ]
    details = call(shop, "order.get_status", order_id=line["order_id"])
    assert [x["line_id"] for x in details["lines"] if x["returned"]] == [line["line_id"]]
    assert call(shop, "return.check_eligibility", **line)["eligible"] is False
    with pytest.raises(Refusal, match="being returned already"):
        call(shop, "return.initiate", **line, reason="late", method="courier")


def test_an_exchange_follows_a_return_once(shelves: Catalog, open_shop: Open) -> None:
    shop = visit(shelves, open_shop, count=2, delivered=2)
    line = line_in(shop)
    varied = next(p for p in shelves.products if p["in_stock"] and p["has_variants"])
    option = shelves.variants(varied.row)[1]
    wanted = {"product_id": varied["id"], "variant_id": option["variant_id"]}
    with pytest.raises(Refusal, match="no return of line"):
        call(shop, "return.exchange", **line, **wanted)
    call(shop, "return.initiate", **line, reason="damaged", method="mail")
    sold_out = next(p for p in shelves.products if not p["in_stock"])
    for reason, product in [
        ("unknown product", {"product_id": "x"}),
        ("out of stock", {"product_id": sold_out["id"]}),
        ("choose one", {"product_id": varied["id"]}),
        ("no variant", {"product_id": varied["id"], "variant_id": "x"}),
    ]:
        with pytest.raises(Refusal, match=reason):
            call(shop, "return.exchange", **line, **product)
    assert call(shop, "return.exchange", **line, **wanted) == {**line, **wanted, "label": option["label"]}
    with pytest.raises(Refusal, match="being replaced already"):
        call(shop, "return.exchange", **line, **wanted)
    assert len(shop.table("sent_exchange")) == 1


@pytest.mark.parametrize("name", ["return.check_eligibility", "return.initiate", "return.exchange"])
def test_what_there_is_not_cannot_be_sent_back(shelves: Catalog, open_shop: Open, name: str) -> None:
    shop = visit(shelves, open_shop, count=2)
    more: dict[str, Any] = {
        "return.check_eligibility": {},
        "return.initiate": {"reason": "late", "method": "mail"},
        "return.exchange": {"product_id": shelves.product(0)["id"]},
    }[name]
    mine, other = line_in(shop), line_in(shop, 1)
    with pytest.raises(Refusal, match="unknown order id"):
        call(shop, name, **{**mine, "order_id": "R0"}, **more)
    with pytest.raises(Refusal, match="has no line"):
        call(shop, name, **{**mine, "line_id": other["line_id"]}, **more)
    assert len(shop.journal) == 0


def test_a_call_says_what_it_is_about(shelves: Catalog, open_shop: Open) -> None:
    shop = visit(shelves, open_shop, count=2)
    about = TOOL["return.initiate"].about
    assert about is not None
    order = shop.provided["orders"][1]
    named = about(shop, line_in(shop, 1))
    assert (named["order"], named["line"]) == (order, order["lines"][0])
    assert named["shopper"] == shop.provided["shopper"] and not named["cart"]
    unknown = about(shop, {"order_id": "R0", "line_id": "R0-1"})
    assert (unknown["order"], unknown["line"]) == (None, None)
    astray = about(shop, {**line_in(shop, 1), "line_id": line_in(shop)["line_id"]})
    assert (astray["order"], astray["line"]) == (order, None)
    bare = next(p for p in shelves.products if p["in_stock"] and not p["has_variants"])
    call(shop, "cart.add", product_id=bare["id"])
    checkout = TOOL["order.checkout"].about
    assert checkout is not None
    assert checkout(shop, {"is_gift": True})["order"]["total"] == bare["price"]
    assert TOOL["cart.add"].about is None
