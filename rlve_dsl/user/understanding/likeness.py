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
from rlve_dsl.user.understanding.meanings import Numbers, meanings_of

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
        by_number: Each number, for each token and fact.
        covered: For each fact how much of its questions, its other words and its options the message has; whether it names the
            fact's item or another one, by its name or by its place.
    """

    by_number: Numbers
    covered: Numbers

    @property
    def numbers(self) -> Numbers:
        """The numbers of each token and each fact."""
        return self.by_number.transpose(1, 2, 0)


def likeness_of(tokens: Sequence[str], facts: FactsRead, lexicon: Lexicon) -> Likeness:
    """How like tokens are to facts."""
    roots = [stem(token) for token in tokens]
    words = [place for place, token in enumerate(tokens) if token[0].isalnum()]
    content = [place for place in words if tokens[place] not in STOP]
    found = np.zeros((NUMBERS, len(facts.fields), len(tokens)), dtype=np.float32)
    both = np.empty((2, len(facts.words), len(content)), dtype=np.float32)
    alike = both[0] = _alike([tokens[place] for place in content], facts)
    same = facts.stems[:, None] == np.array([facts.roots.get(roots[place], -1) for place in content], dtype=np.int64)
    np.logical_and(same, facts.content[:, None], out=both[1])
    best = best_by_field(both.take(facts.blocks.words, axis=1), facts)
    found[: 2 * FIELDS, :, content] = best.reshape(2 * FIELDS, len(facts.fields), len(content))
    about = 2 * FIELDS
    for term in lexicon.terms_of(tuple([roots[place] for place in words])):
        span = found[about, :, words[term.place] : words[term.place + term.length - 1] + 1]
        for concept, strength in term.concepts:
            np.maximum(span, (facts.concepts[concept] * strength)[:, None], out=span)
    for place in content:
        if groups := lexicon.related.get(roots[place]):
            best_of = facts.related[groups[0]] if len(groups) == 1 else facts.related[list(groups)].max(axis=0)
            np.multiply(best_of, len(groups) ** -0.5, out=found[about + 1, :, place])
    compared = found[about + 2 : about + 2 + _COMPARED]
    np.maximum(found[0 : 2 * FIELDS : FIELDS], found[1 : 2 * FIELDS : FIELDS], out=compared[:2])
    compared[2:] = found[about : about + 2]
    compared -= best_other(compared, facts)
    items = found[NUMBERS - _ITEMS :]
    _add_items(items, tokens, roots, facts)
    covered = np.concatenate([_covered(alike, facts), items.max(axis=2).T], axis=1)
    return Likeness(np.ascontiguousarray(found.transpose(0, 2, 1)).round(4), covered.round(4))


def _alike(words: Sequence[str], facts: FactsRead) -> Numbers:
    """For each word of the facts and each word with content how much they mean the same."""
    vectors, lengths = meanings_of(words)
    found: Numbers = facts.vectors.astype(np.float32) @ vectors.astype(np.float32).T  # whole numbers, which are exact
    found *= facts.weights[:, None]
    found /= lengths
    return found


def best_by_field(rows: Numbers, facts: FactsRead) -> Numbers:
    """The best word of each field of each fact, for each token; 0 for a field without words.

    Args:
        rows: Some numbers for each word of the facts' blocks and each token.
        facts: The facts.
    """
    many, _, tokens = rows.shape
    found = np.zeros((many, len(facts.starts), tokens), dtype=np.float32)
    start, text = 0, 1
    for words, texts in facts.blocks.sizes:
        block = rows[:, start : start + words * texts].reshape(many, words, texts, tokens)
        np.maximum.reduce(block, axis=1, out=found[:, text : text + texts])
        start += words * texts
        text += texts
    return found.take(facts.blocks.fields, axis=1)


def best_other(rows: Numbers, facts: FactsRead, least: float = 0.0) -> Numbers:
    """The best of each number among the facts of other families; `least` where there is no other one.

    Args:
        rows: Some numbers for each fact, which is the last axis but one.
        facts: The facts.
        least: What no fact is worth.
    """
    families, others = facts.families, facts.others
    if not others.size:
        return np.full_like(rows, least)
    found: Numbers = rows.take(others, axis=-2).max(axis=-2)
    return found if len(others) == len(families) else found.take(families, axis=-2)


def _add_items(found: Numbers, tokens: Sequence[str], roots: Sequence[str], facts: FactsRead) -> None:
    """Whether a token names the fact's item, or another one, by its name or by its place."""
    if not facts.order:
        return
    for place, (token, root) in enumerate(zip(tokens, roots, strict=True)):
        named = facts.item_stems.get(root) or _compound(token, root, facts)
        if named and len(named) < max(2, len(facts.order)):
            own = np.logical_or.reduce([facts.items == item for item in named])
            found[0, :, place] = own / len(named)
            found[1, :, place] = ~own & (facts.items >= 0)
        at = len(facts.order) - 1 if token in _LAST else _PLACES.get(token, -1)
        if 0 <= at < len(facts.order):
            own = facts.items == facts.order[at]
            found[2, :, place], found[3, :, place] = own, ~own & (facts.items >= 0)


def _compound(token: str, root: str, facts: FactsRead) -> frozenset[int]:
    """The items with a word that ends in a token: the watch of "smartwatch"."""
    if len(token) < _PART or token in STOP or root in facts.roots:
        return frozenset()
    ends = [items for root, items in facts.item_stems.items() if root.endswith(token)]
    return frozenset().union(*ends)


def _covered(alike: Numbers, facts: FactsRead) -> Numbers:
    """For each fact how much of the words of the first fields the message has, on the average."""
    best = alike.max(axis=1, initial=0.0)[facts.texts]
    found = np.zeros(len(facts.starts), dtype=np.float32)
    if len(facts.starts) > 1:
        np.divide(np.add.reduceat(best, facts.starts[1:]), facts.sizes[1:], out=found[1:])
    return found[facts.fields[:, : COVERED - _ITEMS]]
