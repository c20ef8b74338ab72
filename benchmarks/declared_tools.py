"""What a call of a declared tool costs, of the store and of other domains, and what it costs to begin an episode.

    python -m benchmarks.declared_tools [--data ../shared/data/tau2-retail/db.json]

Prints the median of several runs in microseconds. Only ratios mean something on another machine.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import cycle
from pathlib import Path

import rlve_dsl
from rlve_dsl import files
from rlve_dsl.catalog import no_products
from rlve_dsl.compiler import CompiledDomain, Drawn, Loader, Task, compile_domain, draw_world, governance_of
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.plugins import default_registry
from rlve_dsl.rng import Stream
from rlve_dsl.values import Names
from rlve_dsl.world import TABLES, Governance, Journal, Refusal, Shop, State, Tool

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "scenarios" / "examples"
DATA = ROOT.parent / "shared" / "data" / "tau2-retail" / "db.json"
_RUNS, _CALLS = 15, 400

Row = tuple[str, float]


def microseconds(what: Callable[[], object]) -> float:
    """The median processor time of a call: other processes of the machine do not count."""
    what()
    times = []
    for _ in range(_RUNS):
        start = time.process_time()
        for _ in range(_CALLS):
            what()
        times.append((time.process_time() - start) / _CALLS)
    return statistics.median(times) * 1e6


def shop_of(task: Task, drawn: Drawn, scenario: rlve_dsl.Scenario) -> Shop:
    """A store as an episode begins."""
    state = State(scenario.compiled.catalog, drawn.provided)
    return Shop(state, Journal(), drawn.provided, drawn.axes, drawn.stream, task.governance)


def store_tools() -> Iterator[Row]:
    """Tools of the store, which its domain declares."""
    scenario = rlve_dsl.load(ROOT / "scenarios" / "c4.yaml")
    task, tools = scenario.compiled.environments["returns"], default_registry().tools
    for seed in range(50):
        drawn = draw_world(task, scenario.compiled.catalog, 6, seed)
        names = drawn.parts[0].names
        order, line = names["purchase"]["order_id"], names["target"]["line_id"]

        def start(drawn: Drawn = drawn, order: str = order, line: str = line) -> object:
            shop = shop_of(task, drawn, scenario)
            return tools["return.initiate"].call(shop, order_id=order, line_id=line, reason="damaged", method="mail")

        try:
            start()
        except Refusal:
            continue
        shop = shop_of(task, drawn, scenario)
        yield "order.list", microseconds(partial(tools["order.list"].call, shop))
        yield "order.get_status", microseconds(partial(tools["order.get_status"].call, shop, order_id=order))
        yield "return.initiate, with its ruling", microseconds(start)
        yield from _cart_tools(shop_of(task, drawn, scenario), tools)
        return


def _cart_tools(shop: Shop, tools: Mapping[str, Tool]) -> Iterator[Row]:
    """Tools of a cart with three lines."""
    for product in [p for p in shop.catalog.products[:60] if p["in_stock"] and not p["has_variants"]][:3]:
        tools["cart.add"].call(shop, product_id=product["id"])
    first = shop.table("cart_line")[0]["product_id"]
    quantities = cycle((2, 3))
    yield "cart.view", microseconds(partial(tools["cart.view"].call, shop))
    yield (
        "cart.set_quantity",
        microseconds(lambda: tools["cart.set_quantity"].call(shop, line_id="L2", qty=next(quantities))),
    )
    yield "cart.add, to a line; and set back", microseconds(lambda: _add(shop, tools, first))


def _add(shop: Shop, tools: Mapping[str, Tool], product: str) -> None:
    tools["cart.add"].call(shop, product_id=product)
    tools["cart.set_quantity"].call(shop, line_id="L1", qty=1)


def clinic_tools() -> Iterator[Row]:
    """Tools of the clinic: a look-up, and look-ups with a ruling and two effects."""
    scenario = rlve_dsl.load(EXAMPLES / "clinic" / "clinic-desk.yaml")
    task = scenario.compiled.environments["appointments"]
    tools = task.parts["appointments"].tools
    for seed in range(50):
        drawn = draw_world(task, no_products(), 6, seed)
        names = drawn.parts[0].names
        patient = names["caller"]["patient_id"]
        slot = next((slot["slot_id"] for slot in names["slots"] if not slot["taken"]), "")

        def book(drawn: Drawn = drawn, patient: str = patient, slot: str = slot) -> object:
            return tools["clinic.book"].call(shop_of(task, drawn, scenario), patient_id=patient, slot_id=slot)

        try:
            book()
        except Refusal:
            continue
        shop = shop_of(task, drawn, scenario)
        listed = tools["clinic.list_appointments"]
        yield "clinic.list_appointments", microseconds(lambda: listed.call(shop, patient_id=patient))  # noqa: B023
        yield "clinic.book, with its ruling", microseconds(book)
        return


def retail(data: str) -> tuple[CompiledDomain, Governance | None]:
    """The retail domain over its data, with its policy."""
    loader, found = Loader(default_registry(), try_levels=False), Diagnostics()
    policy = loader.read(str(EXAMPLES / "tau2-retail" / "policy.yaml"), files.Policy)
    read = loader.read(str(EXAMPLES / "tau2-retail" / "retail.yaml"), files.Domain)
    assert policy is not None and read is not None
    governance = governance_of(*policy, loader, found)
    domain = compile_domain(read[0], governance, loader.registry, found, data)
    assert domain is not None, found.items
    return domain, governance


def retail_tools(data: str) -> Iterator[Row]:
    """Tools over a database of 500 users and 1,000 orders, and beginning an episode over it."""
    domain, governance = retail(data)

    def begin() -> Shop:
        provided: Names = {TABLES: domain.begin(Stream("benchmark"))}
        return Shop(State(no_products(), provided), Journal(), provided, {}, Stream("benchmark"), governance)

    shop = begin()
    show, find = domain.tools["retail.get_order_details"], domain.tools["retail.find_user_id_by_email"]
    email = next(iter(shop.state.tables.of("user")))["email"]
    order = next(o["order_id"] for o in shop.state.tables.of("order") if o["status"] == "pending")
    cancel = domain.tools["retail.cancel_pending_order"]
    yield "begin over 1,000 orders", microseconds(begin)
    yield "retail.get_order_details", microseconds(lambda: show.call(shop, order_id=order))
    yield "retail.find_user_id_by_email", microseconds(lambda: find.call(shop, email=email))
    yield (
        "retail.cancel_pending_order, with its ruling",
        microseconds(lambda: cancel.call(begin(), order_id=order, reason="no longer needed")),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=str(DATA))
    data = parser.parse_args().data
    rows = [*store_tools(), *clinic_tools(), *(retail_tools(data) if Path(data).is_file() else ())]
    for name, value in rows:
        print(f"{name:<56}{value:>8.1f} µs")


if __name__ == "__main__":
    main()
