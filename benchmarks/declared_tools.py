"""What a call of a declared tool costs, beside Python tools that do comparable work, and what it costs to begin an episode.

    python -m benchmarks.declared_tools [--data ../shared/data/tau2-retail/db.json]

Prints the median of several runs in microseconds. Only ratios mean something on another machine.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path

import rlve_dsl
from rlve_dsl import files
from rlve_dsl.catalog import generate, no_products
from rlve_dsl.compiler import CompiledDomain, Drawn, Loader, Task, compile_domain, draw_world, governance_of
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.plugins import default_registry
from rlve_dsl.rng import Stream
from rlve_dsl.values import Names
from rlve_dsl.world import ENTITIES, TABLES, Governance, Journal, Refusal, Shelves, Shop, State, Tool, empty_tables

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


def python_tools() -> Iterator[Row]:
    """Tools of the built-in store: a look-up, and a look-up with a ruling and an effect."""
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
        yield "python: order.list", microseconds(lambda: tools["order.list"].call(shop))  # noqa: B023
        yield "python: return.initiate, with its ruling", microseconds(start)
        return


def cart_tools() -> Iterator[Row]:
    """Tools of the cart in Python, and the same ones declared in a domain over the store."""
    domain, catalog = basket(), generate(files.load(str(ROOT / "scenarios" / "catalogs" / "pocket.yaml")).spec)
    tables = empty_tables([*ENTITIES, *domain.kinds.values()], {}, Shelves(catalog))
    provided: Names = {TABLES: tables}
    shop = Shop(State(catalog, provided), Journal(), provided, {}, Stream("benchmark"))
    for product in [p for p in catalog.products if p["in_stock"] and not p["has_variants"]][:3]:
        default_registry().tools["cart.add"].call(shop, product_id=product["id"])
    for sort, tools, prefix in (("python", default_registry().tools, "cart"), ("declared", domain.tools, "basket")):
        view, change = tools[f"{prefix}.view"], tools[f"{prefix}.set_quantity"]
        yield f"{sort}: {prefix}.view", microseconds(partial(view.call, shop))
        yield f"{sort}: {prefix}.set_quantity", microseconds(partial(_change, change, shop, cycle((2, 3))))


def _change(tool: Tool, shop: Shop, quantities: Iterator[int]) -> object:
    return tool.call(shop, line_id="L2", qty=next(quantities))


def basket() -> CompiledDomain:
    """The domain whose tools are those of the cart."""
    loader, found = Loader(default_registry(), try_levels=False), Diagnostics()
    read = loader.read(str(ROOT / "tests" / "domains" / "basket.yaml"), files.Domain)
    assert read is not None
    domain = compile_domain(read[0], None, loader.registry, found)
    assert domain is not None, found.items
    return domain


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
        yield "declared: clinic.list_appointments", microseconds(lambda: listed.call(shop, patient_id=patient))  # noqa: B023
        yield "declared: clinic.book, with its ruling", microseconds(book)
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
    yield "declared: begin over 1,000 orders", microseconds(begin)
    yield "declared: retail.get_order_details", microseconds(lambda: show.call(shop, order_id=order))
    yield "declared: retail.find_user_id_by_email", microseconds(lambda: find.call(shop, email=email))
    yield (
        "declared: retail.cancel_pending_order, with its ruling",
        microseconds(lambda: cancel.call(begin(), order_id=order, reason="no longer needed")),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=str(DATA))
    data = parser.parse_args().data
    rows = [*python_tools(), *cart_tools(), *clinic_tools(), *(retail_tools(data) if Path(data).is_file() else ())]
    for name, value in rows:
        print(f"{name:<56}{value:>8.1f} µs")


if __name__ == "__main__":
    main()
