"""The words file: which words and phrases ask for the same thing, and what people ask shoppers about besides.

Belongs here: concepts, topics, words without content. Does not belong here: the facts of an episode.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import yaml
from numpy.typing import NDArray

from rlve_dsl.catalog import STATIC
from rlve_dsl.english import stem
from rlve_dsl.user.understanding.texts import words_of

WORDS_FILE = Path(__file__).parent / "words.yaml"

_STOP = """
a about after again all also am an and any anything are as ask at be been before being both but by came can could d
did do does done each either every everything find for from get give given go going got had has have having
hello help her here hi him his how i if in into is it its just know least let ll look m may maybe me might mind more
most must my myself need needs no not now of off oh ok okay on once one ones or other our ourselves out over own
please put re right s say see shall she should so some something sorry still such sure t take tell than thank thanks
that the their them then there these they thing things this those through to too up us use ve very was we well were
what when where whether which while who whose why will wish with wonder would yes yet you your yours yourself
specify share confirm note noted quick quickly bit little want like love prefer exactly actually perhaps kindly
happen great perfect wonderful lovely good fine nice glad happy question questions two three four first last
"""
STOP = frozenset(_STOP.split())
"""Words that say nothing about what is asked, by themselves."""

_MEASURES = frozenset(
    [
        "many",
        "much",
        "big",
        "larg",
        "long",
        "soon",
        "fast",
        "old",
        "which",
        "how",
        "when",
        "where",
        "number",
        "maximum",
        "minimum",
        "limit",
        "cap",
        "rang",
        "top",
        "highest",
        "lowest",
        "certain",
        "specific",
    ]
)
"""Stems that are no topic by themselves."""

_LITTLE = 3  # words of a phrase that means nothing else where it is of little words

Phrase = tuple[str, ...]
_UNSAID = {("how", "much"), ("how", "many"), ("how", "long"), ("how", "many", "of"), ("how", "much", "of")}


@dataclass(frozen=True, slots=True)
class Term:
    """A word with content, or a phrase of the words file.

    Attributes:
        key: Its stem, or the stems of the phrase.
        word: The word, or the first one of the phrase.
        concepts: The indices of its concepts, each with how surely the words mean it, from 0 to 1.
        phrase: Whether it is a phrase of several words.
        inner: Whether it is a word of a phrase that is a term too.
        light: Whether it says little about what is asked, such as "product".
        plain: Whether it is a usual word of questions that is never what is asked for, such as "convenient".
        place: The place of its first word.
    """

    key: str
    word: str
    concepts: tuple[tuple[int, float], ...]
    phrase: bool
    inner: bool
    light: bool
    place: int
    plain: bool = False


class Lexicon:
    """Concepts and topics.

    Args:
        concepts: For each concept its words and phrases.
        topics: For each topic its words and phrases.
        kinds: For each kind of question the concepts that answer it.
        light: Words that say little.
        plain: Words of usual questions that are never what is asked for.
        criteria: What things are compared by when their weights are asked for.
        nearest: For some concepts those that their words may mean where no fact is about them.
        general: The pattern of questions for whatever has not been said.
        related: Groups of words that are about the same.
        added: Words that an author has added.
        narrower: For some concepts words that ask for them, and mean them in no fact.
    """

    __slots__ = (
        "_concept_sets",
        "_concepts",
        "_light",
        "_longest",
        "_narrower",
        "_phrases",
        "_plain",
        "_topics",
        "added",
        "criteria",
        "general",
        "groups",
        "kinds",
        "known",
        "names",
        "nearest",
        "related",
    )

    def __init__(
        self,
        concepts: Mapping[str, Sequence[str]],
        topics: Sequence[Sequence[str]],
        kinds: Mapping[str, Sequence[str]],
        light: Sequence[str],
        plain: Sequence[str],
        criteria: Sequence[str],
        narrower: Mapping[str, Sequence[str]],
        nearest: Mapping[str, Sequence[str]],
        general: str,
        related: Sequence[Sequence[str]],
        added: frozenset[str] = frozenset(),
    ) -> None:
        self.added = added
        self.related: dict[str, tuple[int, ...]] = {}
        for group, words in enumerate(related):
            for root in dict.fromkeys(stem(word) for word in words):
                self.related[root] = (*self.related.get(root, ()), group)
        self.groups = len(related)
        self.general = re.compile(general)
        self.names = tuple(concepts)
        found: dict[Phrase, dict[int, bool]] = {}
        self._narrower: set[tuple[Phrase, int]] = set()
        for index, (name, phrases) in enumerate(concepts.items()):
            self._narrower |= {(_stems(words_of(word)), index) for word in narrower.get(name, ())}
            for phrase in (name, *phrases, *narrower.get(name, ())):
                stems = _stems(words_of(str(phrase)))
                if phrase != name and stems in _UNSAID and index:
                    continue
                own = found.setdefault(stems, {})
                own[index] = own.get(index, False) or phrase == name
        self._concepts = {phrase: _strengths(phrase, own) for phrase, own in found.items()}
        self._concept_sets = {phrase: frozenset(index for index, _ in own) for phrase, own in self._concepts.items()}
        self._longest = max(len(phrase) for phrase in self._concepts)
        self._phrases = frozenset(phrase[0] for phrase in self._concepts)
        self._light = frozenset(stem(word) for word in light)
        self._plain = frozenset(stem(word) for word in plain)
        self.criteria = frozenset(stem(word) for word in criteria)
        asides = [_stems(words_of(str(phrase))) for topic in topics for phrase in topic]
        self._topics = frozenset(
            phrase
            for phrase in asides
            if any(root not in STOP and root not in _MEASURES and root not in self._light for root in phrase)
        )
        self.known = frozenset(
            word for phrases in (*concepts.values(), *topics) for phrase in phrases for word in words_of(str(phrase))
        ) | frozenset(word for name in concepts for word in words_of(name))
        place = {name: index for index, name in enumerate(self.names)}
        self.nearest = {place[name]: [place[other] for other in others] for name, others in nearest.items()}
        self.kinds: dict[int, frozenset[str]] = {}
        for kind, of in kinds.items():
            for name in of:
                self.kinds[place[name]] = self.kinds.get(place[name], frozenset()) | {kind}

    def terms(self, words: Sequence[str], held: Collection[int] | None = None) -> list[Term]:
        """The terms of a text: its words with content, and its phrases.

        A short phrase of little words, such as "which one", counts where one of its concepts is in `held`.
        """
        stems = _stems(words)
        found: list[Term] = []
        covered = 0
        for place, (word, root) in enumerate(zip(words, stems, strict=True)):
            if place >= covered and root in self._phrases:
                for length in range(min(self._longest, len(words) - place), 1, -1):
                    phrase = stems[place : place + length]
                    if phrase in self._concepts and self._counts(phrase, words[place : place + length], held):
                        found.append(Term(" ".join(phrase), word, self._concepts[phrase], True, False, False, place))
                        covered = place + length
                        break
            concepts = self._concepts.get((root,), ())
            if concepts or word not in STOP:
                inner = place < covered
                light = root in self._light or word in STOP
                found.append(
                    Term(root, word, () if inner else concepts, False, inner, light, place, root in self._plain)
                )
        return found

    def _counts(self, phrase: Phrase, words: Sequence[str], held: Collection[int] | None) -> bool:
        """Whether a phrase is a term where facts are about the concepts `held`."""
        if held is None or len(phrase) > _LITTLE or any(concept in held for concept in self._concept_sets[phrase]):
            return True
        return any(
            word not in STOP and root not in self._light and root not in self._plain
            for word, root in zip(words, phrase, strict=True)
        )

    def means(self, term: Term) -> list[tuple[int, float]]:
        """The concepts that a term means in a fact, each with how surely."""
        key = tuple(term.key.split())
        return [(concept, strength) for concept, strength in term.concepts if (key, concept) not in self._narrower]

    def is_light(self, word: str) -> bool:
        """Whether a word says little."""
        return stem(word) in self._light

    def topic(self, words: Sequence[str], own: Collection[str], values: Collection[str]) -> Phrase:
        """What people ask shoppers about besides, if words name such a thing, as stems; `own` are stems that facts have, `values` those of values."""
        stems = _stems(words)
        for place in range(len(stems)):
            for length in range(min(6, len(stems) - place), 0, -1):
                phrase = stems[place : place + length]
                if (
                    phrase in self._topics
                    and any(root not in own and root not in STOP and root not in _MEASURES for root in phrase)
                    and (length > 1 or (phrase[0] not in self._light and phrase[0] not in values))
                ):
                    return phrase
        return ()


def _strengths(phrase: Phrase, own: Mapping[int, bool]) -> tuple[tuple[int, float], ...]:
    """How surely a phrase means each of its concepts: a concept's name and longer phrases do most, a word of many concepts least."""
    shared = 1 / math.sqrt(len(own))
    least = 0.85 if len(phrase) > 1 else 0.0
    return tuple((index, 1.0 if is_name else max(shared, least)) for index, is_name in own.items())


Words = tuple[tuple[str, tuple[str, ...]], ...]
"""More words that mean the same: concepts, each with words and phrases."""


@cache
def lexicon() -> Lexicon:
    """The shipped words file."""
    return lexicon_with(())


@lru_cache(maxsize=64)
def lexicon_with(words: Words) -> Lexicon:
    """The shipped words file with the words of an author: for its concepts, and for others that the author names."""
    read = _read()
    concepts = {name: [*phrases] for name, phrases in read["concepts"].items()}
    for name, phrases in words:
        concepts.setdefault(name, []).extend(phrases)
    return Lexicon(
        concepts,
        read["topics"],
        read["kinds"],
        read["light"],
        read["plain"],
        read["criteria"],
        read["narrower"],
        read["nearest"],
        "|".join(pattern.replace("{know}", read["know"]) for pattern in read["general"]),
        read["related"],
        frozenset(word for _, phrases in words for phrase in phrases for word in words_of(phrase)),
    )


@cache
def _read() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return cast(dict[str, Any], yaml.load(WORDS_FILE.read_text(encoding="utf-8"), loader))


Floats = NDArray[np.float32]


@lru_cache(maxsize=1 << 14)
def vector_of(word: str) -> Floats:
    """The meaning of a word, of length 1."""
    vector: Floats = STATIC.encode([word[:40]])[0].astype(np.float32)
    length = float(np.sqrt(np.dot(vector, vector)))
    return vector / np.float32(length) if length else vector


def _stems(words: Iterable[str]) -> Phrase:
    return tuple(stem(word) for word in words)
