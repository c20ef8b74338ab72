"""How like the tokens of a message are to the words of facts.

Belongs here: numbers for each token and each fact. Does not belong here: how they are weighed (`reader`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rlve_dsl.english import stem
from rlve_dsl.frozen import frozen
from rlve_dsl.user.understanding.facts_read import FIELDS, FactsRead
from rlve_dsl.user.understanding.lexicon import STOP, Lexicon
from rlve_dsl.user.understanding.meanings import Numbers, meanings_of, products_of

_PLACES = {
    "first": 0,
    "1st": 0,
    "former": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "fourth": 3,
    "4th": 3,
    "fifth": 4,
}
_PART = 4  # letters of the shortest word that stands for one that ends in it
_LAST = frozenset(["last", "latter"])
NUMBERS = 2 * FIELDS + 2 + 4 + 4
"""How many numbers there are for a token and a fact."""
_ITEMS = 4
COVERED = 3 + _ITEMS
"""How many numbers there are for a fact: how much of three fields the message has, and what the best token tells of its item."""
LINKS = slice(2 * FIELDS, 2 * FIELDS + 2)
"""Those of the numbers that are made by the words file."""
_COMPARED = 4


@frozen
class Likeness:
    """How like tokens are to facts.

    Attributes:
        numbers: The numbers of each token and each fact.
        covered: For each fact how much of its questions, its other words and its options the message has; whether it names the
            fact's item or another one, by its name or by its place.
    """

    numbers: Numbers
    covered: Numbers


def likeness_of(tokens: Sequence[str], facts: FactsRead, lexicon: Lexicon) -> Likeness:
    """How like tokens are to facts."""
    roots = [stem(token) for token in tokens]
    words = [place for place, token in enumerate(tokens) if token[0].isalnum()]
    content = [place for place in words if tokens[place] not in STOP]
    found = np.zeros((len(tokens), len(facts.fields), NUMBERS))
    alike = _alike([tokens[place] for place in content], facts)
    same = np.array([facts.roots.get(roots[place], -1) for place in content])[:, None] == facts.stems
    best = best_by_field(np.concatenate([alike, same & facts.content])[:, facts.texts], facts)
    found[content, :, :FIELDS], found[content, :, FIELDS : 2 * FIELDS] = best[: len(content)], best[len(content) :]
    about = 2 * FIELDS
    for term in lexicon.terms_of(tuple([roots[place] for place in words])):
        span = found[words[term.place] : words[term.place + term.length - 1] + 1, :, about]
        for concept, strength in term.concepts:
            np.maximum(span, facts.concepts[concept] * strength, out=span)
    for place in content:
        if groups := lexicon.related.get(roots[place]):
            found[place, :, about + 1] = facts.related[list(groups)].max(axis=0) * len(groups) ** -0.5
    compared = np.stack(
        [
            np.maximum(found[:, :, 0], found[:, :, 1]), np.maximum(found[:, :, FIELDS], found[:, :, FIELDS + 1]),
            found[:, :, about], found[:, :, about + 1],
        ],
        axis=2,
    )  # fmt: skip
    found[:, :, about + 2 : about + 2 + _COMPARED] = compared - best_other(compared, facts)
    items = found[:, :, NUMBERS - _ITEMS :]
    _add_items(items, tokens, roots, facts)
    covered = np.concatenate([_covered(alike, facts), items.max(axis=0)], axis=1)
    return Likeness(np.round(found, 4), np.round(covered, 4))


def _alike(words: Sequence[str], facts: FactsRead) -> Numbers:
    """For each word with content and each word of the facts how much they mean the same."""
    vectors, lengths = meanings_of(words)
    found = products_of(vectors, facts.vectors) / (lengths[:, None] * facts.lengths)
    found *= facts.content
    return found


def best_by_field(rows: Numbers, facts: FactsRead) -> Numbers:
    """The best of each row for each fact and field; a row has a number for each word of each text. 0 for a text without words."""
    found = np.zeros((len(rows), len(facts.starts)))
    if len(facts.starts) > 1:
        np.maximum.reduceat(rows, facts.starts[1:], axis=1, out=found[:, 1:])
    by_field: Numbers = found[:, facts.fields]
    return by_field


def best_other(rows: Numbers, facts: FactsRead, least: float = 0.0) -> Numbers:
    """The best of each number among the facts of other families; `least` where there is no other one.

    Args:
        rows: For each token and fact some numbers.
        facts: The facts.
        least: What no fact is worth.
    """
    families = facts.families
    if len(facts.family_starts) < 2:
        return np.full_like(rows, least)
    best = np.maximum.reduceat(rows[:, facts.by_family], facts.family_starts, axis=1)
    two = np.partition(best, -2, axis=1)[:, -2:]
    own = best[:, families]
    found: Numbers = np.where(own >= two[:, 1:], two[:, :1], two[:, 1:])
    return found


def _add_items(found: Numbers, tokens: Sequence[str], roots: Sequence[str], facts: FactsRead) -> None:
    """Whether a token names the fact's item, or another one, by its name or by its place."""
    if not facts.order:
        return
    for place, (token, root) in enumerate(zip(tokens, roots, strict=True)):
        named = facts.item_stems.get(root) or _compound(token, root, facts)
        if named and len(named) < max(2, len(facts.order)):
            own = np.logical_or.reduce([facts.items == item for item in named])
            found[place, :, 0] = own / len(named)
            found[place, :, 1] = ~own & (facts.items >= 0)
        at = len(facts.order) - 1 if token in _LAST else _PLACES.get(token, -1)
        if 0 <= at < len(facts.order):
            own = facts.items == facts.order[at]
            found[place, :, 2], found[place, :, 3] = own, ~own & (facts.items >= 0)


def _compound(token: str, root: str, facts: FactsRead) -> frozenset[int]:
    """The items with a word that ends in a token: the watch of "smartwatch"."""
    if len(token) < _PART or token in STOP or root in facts.roots:
        return frozenset()
    ends = [items for root, items in facts.item_stems.items() if root.endswith(token)]
    return frozenset().union(*ends)


def _covered(alike: Numbers, facts: FactsRead) -> Numbers:
    """For each fact how much of the words of the first fields the message has, on the average."""
    best = alike.max(axis=0, initial=0.0)[facts.texts]
    content = facts.content[facts.texts].astype(np.float64)
    found = np.zeros(len(facts.starts))
    if len(facts.starts) > 1:
        sums = np.add.reduceat(best, facts.starts[1:])
        found[1:] = sums / np.maximum(np.add.reduceat(content, facts.starts[1:]), 1)
    return found[facts.fields[:, : COVERED - _ITEMS]]
