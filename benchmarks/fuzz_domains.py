"""Mutates domain files and calls: each file gives a domain or diagnostics, each call a result or a refusal, never a traceback.

    python -m benchmarks.fuzz_domains [N] [--seed S]

N domain files are made from the shipped ones by changes of words, lines and characters. In those that compile, random calls are
made; after each, the state must be the fold of the journal. One in four files is a file of fixed tasks instead. Prints what was
tried, and the first failures.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import traceback
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from rlve_dsl import files
from rlve_dsl.catalog import Catalog, generate, no_products
from rlve_dsl.compiler import CompiledDomain, Loader, compile_domain, governance_of
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.errors import ScenarioError
from rlve_dsl.expressions.types import BOOL, DAYS, INT, MONEY, REAL, Enum, Id, ListOf, Type, required
from rlve_dsl.plugins import default_registry
from rlve_dsl.rng import Stream
from rlve_dsl.values import Json, Names
from rlve_dsl.world import ENTITIES, TABLES, Governance, Journal, Refusal, Shop, State, WireError, empty_tables, replay

SCENARIOS = Path(__file__).parents[1] / "scenarios"
EXAMPLES = SCENARIOS / "examples"
STORE = SCENARIOS / "domains" / "shop.yaml"
DOMAINS = (
    *(EXAMPLES / name for name in ("clinic/clinic.yaml", "library/library.yaml", "tau2-retail/retail.yaml")),
    STORE,
)
TASKS = EXAMPLES / "clinic" / "requests.jsonl"
_WORDS = re.compile(r'[\w.]+|[\[\]{}:,"|?]|==|>=')
_ODD = (
    "\x00",
    "'",
    '"',
    "{",
    "}",
    "\t",
    "é",
    "*",
    "&a",
    "!x",
    "- ",
    ": ",
    "#",
    "0",
    "-1",
    "1e999",
    "?",
    "$",
    "$1e9",
    "\u2028",
)
_CALLS = 30
_SHOWN = 5  # failures that are printed


@dataclass
class Tally:
    """What happened so far; `failures` are the tracebacks, each with what it came from."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def failed(self, where: str, text: str) -> None:
        """Note a traceback of the exception that is being handled."""
        self.counts["tracebacks"] += 1
        if len(self.failures) < _SHOWN:
            self.failures.append(f"{where}\n{text}\n{traceback.format_exc()}")


def mutated(text: str, words: list[str], chance: random.Random) -> str:
    """The text with one to three changes."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        lines = text.splitlines(keepends=True)
        if not lines:
            return text
        at = chance.randrange(len(lines))
        match chance.randrange(7):
            case 0 | 1 | 2:
                found = list(_WORDS.finditer(text))
                if found:
                    word = chance.choice(found)
                    text = text[: word.start()] + chance.choice(words) + text[word.end() :]
            case 3:
                text = "".join(lines[:at] + lines[at + 1 :])
            case 4:
                text = "".join([*lines[:at], lines[at], *lines[at:]])
            case 5:
                other = chance.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
                text = "".join(lines)
            case _:
                place = chance.randrange(len(text))
                text = text[:place] + chance.choice(_ODD) + text[place + chance.randrange(2) :]
    return text


def try_domain(text: str, path: Path, governance: Governance | None, chance: random.Random, tally: Tally) -> None:
    """Compile a text as a domain and make calls in it."""
    found = Diagnostics()
    registry = default_registry()
    try:
        spec = files.load_text(text, str(path), registry.vocabulary()).spec
    except ScenarioError:
        tally.counts["not read"] += 1
        return
    if not isinstance(spec, files.Domain):
        tally.counts["other kinds"] += 1
        return
    domain = compile_domain(spec, governance, registry, found)
    if domain is None:
        assert found.errors, "a domain that does not compile has an error"
        tally.counts["not compiled"] += 1
        return
    tally.counts["compiled"] += 1
    make_calls(domain, governance, chance, tally)


def make_calls(domain: CompiledDomain, governance: Governance | None, chance: random.Random, tally: Tally) -> None:
    """Make random calls; after each, the state must be the fold of the journal."""
    shop = open_shop(domain, governance, Stream("fuzz", chance.randrange(1000)))
    tools = list(domain.tools.values())
    for _ in range(_CALLS if tools else 0):
        tool = chance.choice(tools)
        args = {p.name: _value(p.type, shop, chance) for p in tool.signature.parameters if chance.random() < 0.97}
        before = len(shop.journal)
        try:
            result = tool.call(shop, **tool.arguments(args))
            json.dumps(tool.encode(result))
            tally.counts["calls made"] += 1
        except (Refusal, WireError):
            tally.counts["calls refused"] += 1
            assert len(shop.journal) == before, "a refused call changes nothing"
        assert replay(shop.journal, shop.catalog, shop.provided) == shop.state, "the state is the fold of its journal"


def open_shop(domain: CompiledDomain, governance: Governance | None, stream: Stream) -> Shop:
    """A world as an episode begins. A store has products, an order, and something in the cart."""
    provided: Names = {TABLES: domain.begin(stream), "today": "2024-05-31"}
    if not domain.spec.store:
        return Shop(State(no_products(), provided), Journal(), provided, {}, Stream("calls"), governance)
    tables = empty_tables([*ENTITIES, *domain.kinds.values()], domain.tables).drawing_from(stream)
    shop = Shop(State(products(), {**provided, TABLES: tables}), Journal(), {}, {}, Stream("calls"), governance)
    tools, bought = (
        default_registry().tools,
        [p for p in products().products if p["in_stock"] and not p["has_variants"]],
    )
    for product in bought[:3]:
        tools["cart.add"].call(shop, product_id=product["id"], qty=2)
    tools["order.checkout"].call(shop)
    tools["cart.add"].call(shop, product_id=bought[3]["id"])
    provided[TABLES] = shop.state.tables
    return Shop(State(products(), provided), Journal(), provided, {}, Stream("calls"), governance)


@cache
def products() -> Catalog:
    """The products of the store."""
    loaded = files.load(SCENARIOS / "catalogs" / "pocket.yaml").spec
    assert isinstance(loaded, files.Catalog)
    return generate(loaded)


def _ids(sort: str, shop: Shop) -> list[str]:
    """Ids of the store that calls may name."""
    orders = shop.state.tables.of("placed_order") if "placed_order" in shop.state.tables.kinds else ()
    lines = [line["line_id"] for order in orders for line in order["lines"]]
    known = {
        "product": [str(product["id"]) for product in shop.catalog.products[:12]],
        "order": [str(order["order_id"]) for order in orders],
        "line": [*lines, "L4"],
        "variant": ["V1"],
    }
    return known.get(sort) or ["none"]


def _value(type_: Type, shop: Shop, chance: random.Random) -> Json:
    """A value of the type, or now and then of another."""
    if chance.random() < 0.03:
        return chance.choice([None, "", -1, 10**20, [], {}, True, 1.5, "é", ["x"], 1e300])
    match required(type_):
        case Id(of=sort) if sort in shop.state.tables.kinds:
            table = shop.state.tables.of(sort)
            keys = [row[shop.state.tables.kinds[sort].key] for row in table.rows[:50]] or ["none"]
            return str(chance.choice([*keys, *list(table.over)[-3:]]))
        case Id(of=sort):
            return chance.choice(_ids(sort, shop))
        case Enum(values=values):
            return chance.choice(values)
        case ListOf(item=item):
            return [_value(item, shop, chance) for _ in range(chance.randrange(3))]
        case kind if kind in (INT, DAYS):
            return chance.choice([0, 1, 3, -2, 1000])
        case kind if kind in (MONEY, REAL):
            return chance.choice([0, 1.25, -3, 99999])
        case kind if kind == BOOL:
            return chance.random() < 0.5
    return chance.choice(["Ana Diaz", "no longer needed", "x", "", "Ida Holm"])


def try_tasks(text: str, folder: Path, tally: Tally) -> None:
    """Read a text as a file of fixed tasks."""
    path = folder / "tasks.jsonl"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        files.load_tasks(str(path))
        tally.counts["tasks read"] += 1
    except ScenarioError:
        tally.counts["tasks not read"] += 1


def fuzz(many: int, seed: int, folder: Path) -> Tally:
    """Try so many mutated files."""
    tally, chance = Tally(), random.Random(seed)
    paths = [path for path in DOMAINS if _playable(path)]
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    policies = {path: _policy(path) for path in paths}
    words = sorted({word for text in texts.values() for word in _WORDS.findall(text)})
    tasks = TASKS.read_text(encoding="utf-8")
    for number in range(many):
        path = chance.choice(paths)
        is_tasks = number % 4 == 3
        text = mutated(tasks if is_tasks else texts[path], [*words, *_ODD], chance)
        try:
            if is_tasks:
                try_tasks(text, folder, tally)
            else:
                try_domain(text, path, policies[path] if chance.random() < 0.7 else None, chance, tally)
        except Exception:  # noqa: BLE001 - this is what it looks for
            tally.failed(f"file {number} from {'tasks' if is_tasks else path.name}", text)
    return tally


def _playable(path: Path) -> bool:
    """Whether the data of a domain are there."""
    spec = files.load(path).spec
    assert isinstance(spec, files.Domain)
    return all(entity.data is None or Path(entity.data.file.path).is_file() for entity in spec.entities.values())


def _policy(path: Path) -> Governance | None:
    loader = Loader(default_registry(), try_levels=False)
    file = SCENARIOS / "policies" / "standard.yaml" if path == STORE else path.parent / "policy.yaml"
    read = loader.read(str(file), files.Policy)
    return governance_of(*read, loader, loader.diagnostics) if read is not None else None


def main() -> None:
    """Run from the command line; the exit status is 1 when there was a traceback."""
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("many", nargs="?", type=int, default=1000, metavar="N", help="how many files (1000)")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = fuzz(arguments.many, arguments.seed, Path(folder))
    for failure in tally.failures:
        print(failure)
    print(", ".join(f"{count:,} {what}" for what, count in sorted(tally.counts.items())))
    raise SystemExit(1 if tally.failures else 0)


if __name__ == "__main__":
    main()
