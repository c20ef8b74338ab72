"""How long searches take, and how many of the best products they find, in a catalog of any size.

python -m benchmarks.search_speed [--size N] [--top-k K] [--folder DIR]

Generates the catalog, writes its index into the folder (which is kept when given, and used again) and opens it mapped. Every
query is asked once, after others have loaded the pages. Its time includes its embedding and the filter. `ran` leaves out the
time in which a busy machine ran something else. Recall compares with the same search over every product.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.relevance.known_items import by_brand_and_model, by_description
from benchmarks.relevance.paraphrases import paraphrases
from rlve_dsl.catalog import Catalog, Filter, build_index, generate, open_index
from rlve_dsl.catalog.search.index import Index
from rlve_dsl.catalog.search.vectors import Vectors
from rlve_dsl.files import load

GENERAL = Path(__file__).parents[1] / "scenarios" / "catalogs" / "general.yaml"


class Stages:
    """Prints how long each stage of a build takes."""

    def __init__(self) -> None:
        self._stage, self._since, self._ran = "", time.perf_counter(), time.process_time()

    def __call__(self, stage: str, done: int, of: int) -> None:
        if stage != self._stage:
            self.end()
            self._stage = stage

    def end(self) -> None:
        now, ran = time.perf_counter(), time.process_time()
        if self._stage:
            print(f"  {self._stage}: {now - self._since:.1f} s, of which ran {ran - self._ran:.1f} s", flush=True)
        self._since, self._ran = now, ran


def queries(catalog: Catalog, each: int) -> list[str]:
    """Queries of every sort, in turn."""
    sorts: list[Sequence[str]] = [
        [item.query for item in by_brand_and_model(catalog, each, "speed")],
        [item.query for item in by_description(catalog, each, "speed")],
        [q.query for q in paraphrases("paraphrases")][:each],
        [q.query for q in paraphrases("needs")][:each],
        ["black", "charger", "wool", "wine", "mug", "set of 4", "kettle", "blue", "steel", "gift"][:each],
    ]
    return [query for column in range(each) for sort in sorts for query in sort[column : column + 1]]


def filters(catalog: Catalog) -> dict[str, tuple[Filter, ...]]:
    """Filters that leave about 0.1%, 1%, 10% and 30% of the products of any type, and filters by type and department."""
    prices, ratings = np.sort(catalog.column("price")), catalog.column("rating")
    good = float(np.quantile(ratings, 0.9))
    share = float((ratings >= good).mean())

    def cheap(part: float) -> Filter:
        return {"field": "price", "op": "at_most", "value": int(prices[int(part * len(prices))])}

    rated: Filter = {"field": "rating", "op": "at_least", "value": good}
    product_type = catalog.taxonomy.types[len(catalog.taxonomy.types) // 2]
    return {
        "0.1%": (cheap(0.001 / share), rated),
        "1%": (cheap(0.01 / share), rated),
        "10%": (cheap(0.10),),
        "30%": (cheap(0.30),),
        "a product type": ({"field": "type", "op": "is", "value": product_type.name},),
        "a department": ({"field": "department", "op": "is", "value": product_type.department},),
    }


def timed(ask: Callable[[str], Any], asked: Sequence[str]) -> tuple[list[Any], list[float], list[float]]:
    """The answers, the milliseconds that each took, and the milliseconds that this thread ran meanwhile."""
    answers, took, ran = [], [], []
    for query in asked:
        start, running = time.perf_counter(), time.thread_time()
        answers.append(ask(query))
        took.append(1e3 * (time.perf_counter() - start))
        ran.append(1e3 * (time.thread_time() - running))
    return answers, took, ran


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=200_000)
    parser.add_argument("--top-k", type=int, default=200)
    parser.add_argument("--queries", type=int, default=30, help="of each sort")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    start = time.perf_counter()
    catalog = generate(load(str(GENERAL)).spec, given.size)  # type: ignore[arg-type]
    print(f"generated {catalog.size:,} products: {time.perf_counter() - start:.1f} s", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        if not (folder / "index.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            stages, start = Stages(), time.perf_counter()
            build_index(folder, catalog, catalog.embedder, stages)
            stages.end()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            bytes_ = sum(f.stat().st_size for f in folder.iterdir())
            print(f"index: {time.perf_counter() - start:.1f} s, {bytes_ / 1e6:.0f} MB, peak memory {peak:.1f} GB")
        start = time.perf_counter()
        index = open_index(folder, catalog)
        print(f"opened in {1e3 * (time.perf_counter() - start):.1f} ms")
        measure(catalog, forgetful(index), exact(index), given.top_k, queries(catalog, given.queries))


def exact(index: Any) -> Index:
    """The same index, without lists: it reads every product for every query."""
    return _changed(index, _vectors=Vectors(index._vectors._flat))


def forgetful(index: Any) -> Index:
    """The same index, which does not remember the queries that it has read."""
    return _changed(index, _read=index._read.__wrapped__)


def _changed(index: Index, **parts: Any) -> Index:
    other = Index.__new__(Index)
    other.__dict__ |= {**index.__dict__, **parts}
    return other


def measure(catalog: Catalog, index: Index, whole: Index, top_k: int, asked: Sequence[str]) -> None:
    table = Table(title=f"{catalog.size:,} products, top {top_k}, {len(asked)} queries")
    headings = ("filter", "left", "filter ran p50", "p50 ms", "p99 ms", "ran p50", "ran p99", "again p50", "again p99")
    for heading in (*headings, f"recall@{top_k}"):
        table.add_column(heading, justify="left" if heading == "filter" else "right")
    for name, conditions in {"none": (), **filters(catalog)}.items():

        def ask(query: str, conditions: tuple[Filter, ...] = conditions) -> Any:
            rows = catalog.filter(conditions) if conditions else None
            return index.search(query, rows, top_k)[0]

        timed(ask, [query + " please" for query in asked[:40]])
        found, took, ran = timed(ask, asked)
        _, _, filtering = timed(lambda _: catalog.filter(conditions), asked[:20])  # noqa: B023
        rows = catalog.filter(conditions) if conditions else None
        best = [whole.search(query, rows, top_k)[0] for query in asked]
        _, _, again = timed(ask, asked)  # by now every page that it needs is loaded
        recalls = [len(np.intersect1d(f, b)) / max(1, len(b)) for f, b in zip(found, best, strict=True)]
        table.add_row(
            name,
            f"{1 if rows is None else len(rows) / catalog.size:.2%}",
            f"{np.median(filtering):.1f}" if conditions else "",
            f"{np.median(took):.1f}",
            f"{np.quantile(took, 0.99):.1f}",
            f"{np.median(ran):.1f}",
            f"{np.quantile(ran, 0.99):.1f}",
            f"{np.median(again):.1f}",
            f"{np.quantile(again, 0.99):.1f}",
            f"{np.mean(recalls):.3f}",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
