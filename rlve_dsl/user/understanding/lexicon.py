"""The words file: which words and phrases ask for the same thing, and how people ask for whatever is open.

Belongs here: concepts, groups of related words, words without content. Does not belong here: the facts of an episode.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from rlve_dsl.english import stem
from rlve_dsl.frozen import frozen
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

Phrase = tuple[str, ...]
Words = tuple[tuple[str, tuple[str, ...]], ...]
"""Words of an author: names of entries or words of facts, each with words and phrases that mean the same."""

_UNSAID = {("how", "much"), ("how", "many"), ("how", "long"), ("how", "many", "of"), ("how", "much", "of")}
_LIGHT = 0.3  # how much a word means that says little, such as "product"
_SURELY = 0.85  # how surely a phrase of several words means its concept at least


@frozen
class Term:
    """A word or a phrase of the words file in a text.

    Attributes:
        place: The place of its first word.
        length: How many words it has.
        concepts: The numbers of its concepts, each with how surely the words mean it, from 0 to 1.
        narrow: Those of the concepts that it asks for in a message, and means in no fact.
    """

    place: int
    length: int
    concepts: tuple[tuple[int, float], ...]
    narrow: frozenset[int]


class Lexicon:
    """Concepts and related words.

    Args:
        concepts: For each concept its words and phrases.
        narrower: For some concepts words that ask for them, and mean them in no fact.
        light: Words that say little.
        related: Groups of words that are about the same.
        general: The pattern of questions for whatever has not been said.
        values: For words of usual values other words that mean the same value.

    Attributes:
        values: For each of these other words or phrases the word that it means.
    """

    __slots__ = (
        "_concepts",
        "_lengths",
        "_light",
        "_narrower",
        "count",
        "general",
        "groups",
        "known",
        "phrases",
        "related",
        "values",
    )

    def __init__(
        self,
        concepts: Mapping[str, Sequence[str]],
        narrower: Mapping[str, Sequence[str]],
        light: Sequence[str],
        related: Sequence[Sequence[str]],
        general: str,
        values: Mapping[str, Sequence[str]],
    ) -> None:
        self.values = {other: word for word, others in values.items() for other in others}
        self.general = re.compile(general)
        self.phrases = {name: tuple(map(str, phrases)) for name, phrases in concepts.items()}
        self.count, self.groups = len(concepts), len(related)
        self.related: dict[str, tuple[int, ...]] = {}
        for group, words in enumerate(related):
            for root in dict.fromkeys(stem(word) for word in words):
                self.related[root] = (*self.related.get(root, ()), group)
        found: dict[Phrase, dict[int, bool]] = {}
        self._narrower: dict[Phrase, frozenset[int]] = {}
        for index, (name, phrases) in enumerate(concepts.items()):
            for word in narrower.get(name, ()):
                phrase = _stems(words_of(word))
                self._narrower[phrase] = self._narrower.get(phrase, frozenset()) | {index}
            for text in (name, *phrases, *narrower.get(name, ())):
                stems = _stems(words_of(str(text)))
                if text != name and stems in _UNSAID and index:
                    continue
                own = found.setdefault(stems, {})
                own[index] = own.get(index, False) or text == name
        self._light = frozenset(stem(word) for word in (*light, *STOP))
        self._concepts = {phrase: self._strengths(phrase, own) for phrase, own in found.items()}
        self._lengths: dict[str, list[int]] = {}
        for start, length in sorted({(phrase[0], len(phrase)) for phrase in self._concepts}, key=lambda of: -of[1]):
            self._lengths.setdefault(start, []).append(length)
        texts = [str(phrase) for name, phrases in concepts.items() for phrase in (name, *phrases)]
        self.known = frozenset(word for text in texts for word in words_of(text))

    def terms(self, words: Sequence[str]) -> list[Term]:
        """The words and phrases of a text that mean a concept; of those that overlap the longest one that starts first."""
        return self.terms_of(_stems(words))

    def terms_of(self, stems: Phrase) -> list[Term]:
        """The same of words of which the stems are known."""
        found: list[Term] = []
        place = 0
        while place < len(stems):
            for length in self._lengths.get(stems[place], ()):
                phrase = stems[place : place + length]
                if phrase in self._concepts:
                    narrow = self._narrower.get(phrase, frozenset())
                    found.append(Term(place, len(phrase), self._concepts[phrase], narrow))
                    break
            else:
                length = 1
            place += length
        return found

    def _strengths(self, phrase: Phrase, own: Mapping[int, bool]) -> tuple[tuple[int, float], ...]:
        """How surely a phrase means each of its concepts: a name and longer phrases do most, a word of many concepts least."""
        least = _SURELY if len(phrase) > 1 else 0.0
        light = _LIGHT if len(phrase) == 1 and phrase[0] in self._light else 1.0
        shared = max(1 / math.sqrt(len(own)), least)
        return tuple((index, light * (1.0 if is_name else shared)) for index, is_name in own.items())


@cache
def lexicon() -> Lexicon:
    """The shipped words file."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read = cast(dict[str, Any], yaml.load(WORDS_FILE.read_text(encoding="utf-8"), loader))
    patterns = [pattern.replace("{know}", read["know"]) for pattern in read["general"]]
    words = [pattern.removeprefix(r"\b") for pattern in patterns if pattern.startswith(r"\b")]
    others = [pattern for pattern in patterns if not pattern.startswith(r"\b")]
    # one `\b` for all: where each has its own, each is tried at every letter
    general = "|".join([rf"\b(?:{'|'.join(words)})", *others])
    return Lexicon(read["concepts"], read["narrower"], read["light"], read["related"], general, read["values"])


def _stems(words: Iterable[str]) -> Phrase:
    return tuple(stem(word) for word in words)
