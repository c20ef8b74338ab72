"""The facts that a message may ask for, as numbers: their words with their meanings, what they are about, what sort of answer they have.

Belongs here: everything that does not depend on a message. Does not belong here: messages, the weights of the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.english import stem
from rlve_dsl.frozen import frozen
from rlve_dsl.user.facts import Question, Slot
from rlve_dsl.user.understanding.blocks import LONGEST, Blocks, Ints, blocks_of
from rlve_dsl.user.understanding.items import item_of, item_stems, items_of, values_among, without_items
from rlve_dsl.user.understanding.lexicon import STOP, Lexicon
from rlve_dsl.user.understanding.meanings import Numbers, Wholes, meanings_of
from rlve_dsl.user.understanding.sorts import SORTS, sorts_of_question, sorts_of_value
from rlve_dsl.user.understanding.texts import words_of

Words = tuple[str, ...]

FIELDS = 5
"""The fields of a fact: its questions, other words for it, its options, what is said, the value."""
ASKS, VALUES = 0, 4
ASKED_FIELDS = 2
"""The first fields are those by which a fact is asked for."""
_OF_CONCEPTS = (1.0, 0.9, 0.5, 0.25, 0.15)  # how much a word of each field means what the fact is about

_AUXILIARY = frozenset(
    ["is", "was", "do", "did", "has", "have", "are", "were", "will", "would", "can", "does", "should", "may"]
)
_ABSENT, _OMITTED, _LEFT_OUT, _MANY_LEFT_OUT = (
    0,
    1,
    [1, 6],
    9,
)  # the numbers of traits that tell whether a fact holds and was left out
_MOST = 16  # facts that are counted
PLACES = 4  # places in a list of items that are told apart
TRAITS = 10 + PLACES + SORTS
"""How many numbers describe a fact by itself."""


@frozen
class FactsRead:
    """Some facts as numbers.

    Attributes:
        written: The different texts, in words; the first one has none.
        words: The different words of all texts.
        texts: For each different text the places of its words, of all texts one after another.
        starts: Where each text starts in `texts`.
        sizes: How many words with content each text has, at least 1.
        fields: For each fact the text of each field, 0 for none.
        vectors: For each word of `words` its meaning, in whole numbers.
        lengths: The lengths of these.
        content: For each word of `words` whether it says something by itself.
        weights: For each word of `words` what its products count: 0 without content, else less the longer its vector is.
        stems: For each word of `words` the number of its stem in `roots`.
        roots: The number of each stem.
        concepts: For each concept and fact how surely the fact is about it.
        related: The same of groups of related words.
        blocks: The same texts by their size.
        families: For each fact the number of its family: facts of one name in one request.
        others: For each family the facts of all other ones, the last of them again where another family has more.
        items: For each fact the number of the item that it is about, -1 for none.
        order: The items in their order.
        item_stems: For each stem of items' names these items.
        item_words: For each item the words of its name.
        traits: For each fact the numbers that describe it.
        held: How many of the facts hold; these are the first ones.
    """

    written: tuple[Words, ...]
    words: tuple[str, ...]
    texts: Ints
    starts: Ints
    sizes: Numbers
    fields: Ints
    vectors: Wholes
    lengths: Numbers
    content: NDArray[np.bool_]
    weights: Numbers
    stems: Ints
    roots: dict[str, int]
    concepts: Numbers
    related: Numbers
    blocks: Blocks
    families: Ints
    others: Ints
    items: Ints
    order: tuple[int, ...]
    item_stems: dict[str, frozenset[int]]
    item_words: tuple[Words, ...]
    traits: Numbers
    held: int


@frozen
class _AskedRead:
    """How a fact is asked for, whatever other facts there are.

    Attributes:
        texts: The words of each field: of questions, other words, options.
        concepts: For each concept, and one more, how surely they are about it.
        related: The same of groups of related words.
        is_yes_no: Whether all questions can be answered with yes or no.
        sorts: For each sort of question whether it has one.
    """

    texts: tuple[Words, ...]
    concepts: Numbers
    related: Numbers
    is_yes_no: bool
    sorts: tuple[bool, ...]


@frozen
class _SaidRead:
    """What is said of a fact, whatever other facts there are: the same of the other fields."""

    texts: tuple[Words, ...]
    concepts: Numbers
    sorts: tuple[bool, ...]


def read_facts(held: Sequence[Slot], absent: Sequence[Slot], lexicon: Lexicon) -> FactsRead:
    """Facts as numbers."""
    slots = (*held, *absent)
    names = items_of(slots)
    number_of = {name: number for number, name in enumerate(names)}
    items = [number_of.get(item_of(slot, names) or "", -1) for slot in slots]
    order = tuple(dict.fromkeys(item for item in items if item >= 0))
    asked = [_asked(s.fact, s.asks, s.about, s.options, values_among(s.asks, names), lexicon) for s in slots]
    said = [_said(slot.says, values_among([slot.says], names), lexicon) for slot in slots]
    of_slots = [(*a.texts, *s.texts) for a, s in zip(asked, said, strict=True)]
    texts: dict[Words, int] = {(): 0}
    for of in of_slots:
        for text in of:
            texts.setdefault(text, len(texts))
    places: dict[str, int] = {}
    text_words = [places.setdefault(word, len(places)) for text in texts for word in text]
    words = tuple(places)
    vectors, lengths = meanings_of(words)
    content = np.array([word not in STOP for word in words], dtype=bool)
    stems = [stem(word) for word in words]
    roots = {root: index for index, root in enumerate(dict.fromkeys(stems))}
    fields = np.array([[texts[text] for text in of] for of in of_slots], dtype=np.int64).reshape(-1, FIELDS)
    families = _numbered((slot.part, slot.fact) for slot in slots)
    item_words = tuple(words_of(name) for name in names)
    return FactsRead(
        written=tuple(texts),
        words=words,
        texts=np.array(text_words, dtype=np.int64),
        starts=np.cumsum([0, *map(len, texts)])[:-1],
        sizes=np.array([max(1, sum(word not in STOP for word in text)) for text in texts], dtype=np.float32),
        fields=fields,
        vectors=vectors,
        lengths=lengths,
        content=content,
        weights=content.astype(np.float32) / lengths,
        stems=np.array([roots[root] for root in stems], dtype=np.int64),
        roots=roots,
        concepts=_columns(
            [np.maximum(a.concepts, s.concepts) for a, s in zip(asked, said, strict=True)], lexicon.count
        ),
        related=_columns([read.related for read in asked], lexicon.groups),
        blocks=blocks_of(list(map(len, texts)), np.array(text_words, dtype=np.int64), fields),
        families=families,
        others=_others(families),
        items=np.array(items, dtype=np.int64),
        order=order,
        item_stems=item_stems(item_words, (word for of in of_slots for text in of[:ASKED_FIELDS] for word in text)),
        item_words=item_words,
        traits=_traits(slots, len(held), items, order, asked, said),
        held=len(held),
    )


def as_if_held(facts: FactsRead) -> FactsRead:
    """The same facts, as if those that do not hold did and the opening had left them out."""
    held, traits = facts.held, facts.traits.copy()
    absent = len(traits) - held
    traits[held:, _ABSENT] = 0
    traits[held:, _LEFT_OUT] = 1
    left_out = int(facts.traits[:held, _OMITTED].sum()) + absent
    traits[:, _MANY_LEFT_OUT] = min(left_out, _MOST) / _MOST
    return replace(facts, traits=traits, held=held + absent)


def _numbered(keys: Iterable[Hashable]) -> Ints:
    """The same number for the same key."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def _others(families: Ints) -> Ints:
    """For each family the facts of all other ones."""
    of_facts = families.tolist()
    found = [
        [fact for fact, of in enumerate(of_facts) if of != family] for family in range(max(of_facts, default=-1) + 1)
    ]
    most = max(map(len, found), default=0)
    return np.array([of + of[-1:] * (most - len(of)) for of in found], dtype=np.int64).reshape(len(found), most)


def _columns(columns: Sequence[Numbers], count: int) -> Numbers:
    return np.array(columns, dtype=np.float32).reshape(-1, count + 1).T.copy()


@lru_cache(maxsize=1 << 11)
def _asked(
    fact: str,
    asks: tuple[Question, ...],
    about: tuple[str, ...],
    options: tuple[str, ...],
    items: tuple[str, ...],
    lexicon: Lexicon,
) -> _AskedRead:
    """How a fact is asked for; `items` are those that its questions name."""
    name = fact.replace("_", " ")
    questions = [without_items(ask, items) for ask in asks] or [name]
    texts = tuple(_joined(map(words_of, of)) for of in (questions, (name, *about), options))
    written = ["".join("it" if s.is_value else s.text for s in ask).lower() for ask in asks]
    return _AskedRead(
        texts=texts,
        concepts=_weighed(texts, _OF_CONCEPTS, lexicon, _concepts_of, lexicon.count),
        related=_weighed(texts[:ASKED_FIELDS], _OF_CONCEPTS, lexicon, _groups_of, lexicon.groups),
        is_yes_no=bool(written) and all(ask.split(" ")[0] in _AUXILIARY for ask in written),
        sorts=sorts_of_question("\n".join((*written, *about))),
    )


@lru_cache(maxsize=1 << 11)
def _said(says: Question, items: tuple[str, ...], lexicon: Lexicon) -> _SaidRead:
    """What is said of a fact: around the value, and the value; `items` are those that it names."""
    said = [segment for segment in says if not (segment.is_value and segment.text in items)]
    texts = tuple(_joined(words_of(s.text[:200]) for s in said if s.is_value is value) for value in (False, True))
    return _SaidRead(
        texts=texts,
        concepts=_weighed(texts, _OF_CONCEPTS[-len(texts) :], lexicon, _concepts_of, lexicon.count),
        sorts=sorts_of_value(" ".join(s.text for s in says if s.is_value)[:100]),
    )


def _joined(texts: Iterable[Words]) -> Words:
    return tuple(dict.fromkeys(word for words in texts for word in words))[:LONGEST]


Weights = dict[int, float]


def _concepts_of(words: Words, lexicon: Lexicon) -> Weights:
    best: Weights = {}
    for term in lexicon.terms(words):
        for concept, strength in term.concepts:
            if concept not in term.narrow:
                best[concept] = max(best.get(concept, 0.0), strength)
    return best


def _groups_of(words: Words, lexicon: Lexicon) -> Weights:
    best: Weights = {}
    for word in words:
        groups = lexicon.related.get(stem(word), ()) if word not in STOP else ()
        for group in groups:
            best[group] = max(best.get(group, 0.0), len(groups) ** -0.5)
    return best


def _weighed(
    texts: Sequence[Words],
    weights: Sequence[float],
    lexicon: Lexicon,
    of: Callable[[Words, Lexicon], Weights],
    count: int,
) -> Numbers:
    """For each concept or group how surely a fact with these texts is about it. One more is of none."""
    found = np.zeros(count + 1, dtype=np.float32)
    for words, weight in zip(texts, weights, strict=False):
        for concept, strength in of(words, lexicon).items():
            found[concept] = max(found[concept], weight * strength)
    return found


def _traits(
    slots: Sequence[Slot],
    held: int,
    items: Sequence[int],
    order: Sequence[int],
    asked: Sequence[_AskedRead],
    said: Sequence[_SaidRead],
) -> Numbers:
    left_out = sum(slot.omitted for slot in slots[:held])
    same: dict[object, list[int]] = {}
    for place, (slot, read) in enumerate(zip(slots, asked, strict=True)):
        same.setdefault((slot.part, slot.fact, read.texts[ASKS]), []).append(place)
    found = np.zeros((len(slots), TRAITS), dtype=np.float32)
    for siblings in same.values():
        one_is_omitted = any(slots[place].omitted for place in siblings)
        for place in siblings:
            slot = slots[place]
            at = order.index(items[place]) if items[place] >= 0 else len(order)
            found[place] = [
                place >= held,
                slot.omitted,
                bool(slot.options),
                asked[place].is_yes_no,
                items[place] >= 0,
                len(siblings) > 1,
                one_is_omitted,
                bool(order) and items[place] == order[-1],
                min(len(slots), _MOST) / _MOST,
                min(left_out, _MOST) / _MOST,
                *(at == of for of in range(PLACES)),
                *asked[place].sorts,
                *said[place].sorts,
            ]
    return found
