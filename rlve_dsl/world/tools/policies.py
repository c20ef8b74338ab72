"""Searching the store's policy: its passages, ranked by meaning and by the words that they share with the query."""

from __future__ import annotations

import re
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.caching import cached_texts
from rlve_dsl.catalog import Catalog, Texts
from rlve_dsl.errors import Refusal
from rlve_dsl.policy import PassageRow, Policy, passages
from rlve_dsl.world.queries import check_query
from rlve_dsl.world.tool import Shop, tool

MOST = 40  # passages that one search shows
_WORD = re.compile(r"[a-z0-9]+")
_TOPIC = re.compile(r"[;,]|\band\b", re.IGNORECASE)
_EMPTY = frozenset(
    _WORD.findall(
        "a an and are be can do does for from how i if in is it me my of on or the their they this to was what when where "
        "whether which who with would you your"
    )
)


class PolicyPage(TypedDict):
    """The results of a search of the policy. `total` counts all passages, shown or not."""

    total: int
    passages: list[PassageRow]


@tool("policy.search", needs=("policy",), rows=("passages", "passage_id"))
def search(shop: Shop, query: str, top_k: int = 10) -> PolicyPage:
    """Search the store's policy, best match first. A passage is one rule; rules about one thing build on each other in the order
    of their numbers.

    query: what to look for, in words; several things are separated by commas
    top_k: the most passages to show, at most 40
    """
    if top_k < 1:
        raise Refusal("top_k must be at least 1")
    check_query(query)
    if shop.governance is None:
        raise Refusal("this store has no written policy")
    policy = shop.governance.policy
    index, texts = _index(policy, shop.catalog), passages(policy)
    match = _match(query, index)
    best, matches = np.argsort(-match, kind="stable")[: min(top_k, MOST)].tolist(), match.tolist()
    return {"total": len(texts), "passages": [index.row(place, matches[place]) for place in best]}


def _match(query: str, index: _Index) -> NDArray[np.int64]:
    """How well each passage fits the query, 0 to 100: its best fit to any part of the query."""
    parts = [part for part in _TOPIC.split(query) if part.strip()] or [query]
    best: NDArray[np.int64] = np.max([index.match(part) for part in parts], axis=0)
    return best


class _Index:
    """The passages of a policy: their vectors, the words of their titles, and all their words."""

    def __init__(self, policy: Policy, catalog: Catalog) -> None:
        texts = self._passages = passages(policy)
        self._rows: dict[tuple[int, int], PassageRow] = {}
        self._titles = [_words(p.title) for p in texts]
        self._words = [_words(f"{p.title} {p.text}") for p in texts]
        self._texts = Texts(catalog.embedder, [f"{p.title}: {p.text}" for p in texts])
        self.match = cached_texts(4096)(self._match)

    def row(self, place: int, match: int) -> PassageRow:
        """A passage as a result shows it. Nobody changes a row, so all live episodes that show it share it."""
        found = self._rows.get((place, match))
        if found is None:
            of = self._passages[place]
            found = self._rows[place, match] = {
                "passage_id": of.id,
                "about": of.title,
                "text": of.text,
                "refers": list(of.refers),
                "match": match,
            }
        return found

    def _match(self, query: str) -> NDArray[np.int64]:
        """Half by meaning, half by the share of the query's words in the passage; words in its title count twice."""
        meant = self._texts.match(query)
        words = _words(query)
        if not words:
            return meant
        pairs = zip(self._titles, self._words, strict=True)
        shared = [100 * (len(words & title) + len(words & all_)) // (2 * len(words)) for title, all_ in pairs]
        return (meant + np.array(shared, dtype=np.int64) + 1) // 2


_indices: dict[tuple[str, str], _Index] = {}


def _index(policy: Policy, catalog: Catalog) -> _Index:
    key = (policy.digest, catalog.embedder.name)
    if key not in _indices:
        if len(_indices) >= 8:
            _indices.clear()
        _indices[key] = _Index(policy, catalog)
    return _indices[key]


@cached_texts(4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()) if word not in _EMPTY)


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
