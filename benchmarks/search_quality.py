"""How well search finds what shoppers want: a table of recall for known items and of precision for paraphrases.

python -m benchmarks.search_quality [CATALOG.yaml] [--size N] [--queries N] [--embedder NAME] [--weights]

Odd entries of every set are for development (`dev`), even ones for testing. `--weights` compares ways of mixing meaning and
words, on the development half; it ranks every product for every query, so keep the catalog small.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.relevance.known_items import KnownItem, by_brand_and_model, by_description
from benchmarks.relevance.paraphrases import Paraphrase, paraphrases
from rlve_dsl.catalog import Catalog, embedder_named, generate
from rlve_dsl.catalog.search.fusion import LENGTH
from rlve_dsl.files import load

GENERAL = Path(__file__).parents[1] / "scenarios" / "catalogs" / "general.yaml"
SEEN = 10

Ranking = Callable[[str], Sequence[int]]


def recall(rank: Ranking, items: Sequence[KnownItem]) -> float:
    """The share of items that are among the first results for their query."""
    return float(np.mean([item.row in rank(item.query)[:SEEN] for item in items]))


def precision(catalog: Catalog, rank: Ranking, queries: Sequence[Paraphrase]) -> float:
    """The mean share of the first results that are of a right type."""
    types = [catalog.values("type", np.asarray(rank(q.query)[:SEEN], dtype=np.int64)) for q in queries]
    return float(np.mean([np.isin(found, list(q.types)).sum() / SEEN for found, q in zip(types, queries, strict=True)]))


class Mixtures:
    """Rankings by other scores than the shipped one; every product is scored for every query."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.rows = np.arange(catalog.size)
        self.index: Any = catalog._index
        self._parts: dict[str, tuple[Any, Any]] = {}

    def parts(self, query: str) -> tuple[Any, Any]:
        """Meaning and words of every product for a query, each at most about 1."""
        if query not in self._parts:
            vector, words = self.index._read(query)
            meaning = self.index._vectors.products(vector, self.rows) / LENGTH**2
            self._parts[query] = meaning, words.held(self.rows) / max(1, words.total)
        return self._parts[query]

    def weighted(self, share: float) -> Ranking:
        """Words have this share of the score, meaning has the rest."""

        def rank(query: str) -> list[int]:
            meaning, words = self.parts(query)
            return self._first((1 - share) * meaning + share * words)

        return rank

    def by_ranks(self, share: float) -> Ranking:
        """Reciprocal ranks (constant 60), weighted."""

        def rank(query: str) -> list[int]:
            both = []
            for part in self.parts(query):
                order = np.lexsort((self.rows, -part))
                ranks = np.empty(len(order))
                ranks[order] = np.arange(len(order))
                both.append(1 / (60 + ranks))
            return self._first((1 - share) * both[0] + share * both[1])

        return rank

    def _first(self, scores: Any) -> list[int]:
        return np.lexsort((self.rows, -np.round(scores, 9)))[:SEEN].tolist()


def bm25(catalog: Catalog) -> Ranking:
    """tantivy's own ranking of the same texts, for comparison."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=False, tokenizer_name="en_stem")
    builder.add_unsigned_field("row", stored=True)
    index = tantivy.Index(builder.build())
    writer = index.writer(num_threads=1)
    for row, text in enumerate(catalog.searched_texts(0, catalog.size)):
        writer.add_document(tantivy.Document(text=text, row=row))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def rank(query: str) -> list[int]:
        parsed, _ = index.parse_query_lenient(query, ["text"])
        return [searcher.doc(address)["row"][0] for _, address in searcher.search(parsed, SEEN).hits]

    return rank


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalog", nargs="?", default=str(GENERAL))
    parser.add_argument("--size", type=int)
    parser.add_argument("--queries", type=int, default=400, help="known items of each sort")
    parser.add_argument("--embedder", default="static")
    parser.add_argument("--weights", action="store_true", help="compare mixtures on the development half")
    given = parser.parse_args()
    catalog = generate(load(given.catalog).spec, given.size, embedder_named(given.embedder))  # type: ignore[arg-type]
    known = {
        "brand + model": list(by_brand_and_model(catalog, given.queries, "1")),
        "description": list(by_description(catalog, given.queries, "1")),
    }
    said = {name: paraphrases(name) for name in ("paraphrases", "needs")}

    def shipped(query: str) -> list[int]:
        return catalog.search(query, None, SEEN).rows.tolist()

    halves = {"dev": slice(0, None, 2), "test": slice(1, None, 2)}
    rankings: dict[str, Ranking] = {"search": shipped}
    if given.weights:
        halves.pop("test")
        mixtures = Mixtures(catalog)
        rankings["tantivy BM25"] = bm25(catalog)
        rankings |= {f"words {share:.0%}": mixtures.weighted(share) for share in (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1)}
        rankings |= {f"ranks, words {share:.0%}": mixtures.by_ranks(share) for share in (0.3, 0.5, 0.7)}
    table = Table(title=f"{catalog.name}, {catalog.size:,} products, embedder {catalog.embedder.name}")
    for heading in (
        "ranking",
        "half",
        *(f"{sort}: recall@{SEEN}" for sort in known),
        *(f"{sort}: P@{SEEN}" for sort in said),
    ):
        table.add_column(heading, justify="left" if heading in ("ranking", "half") else "right")
    for name, rank in rankings.items():
        for half, part in halves.items():
            figures = [recall(rank, items[part]) for items in known.values()]
            figures += [precision(catalog, rank, queries[part]) for queries in said.values()]
            table.add_row(name, half, *(f"{figure:.3f}" for figure in figures))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
