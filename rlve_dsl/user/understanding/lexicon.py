"""The words file: which words and phrases ask for the same thing, and what people ask shoppers about besides.

Belongs here: concepts, topics, words without content. Does not belong here: the facts of an episode.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from rlve_dsl.catalog import STATIC
from rlve_dsl.user.understanding.arrays import Floats
from rlve_dsl.user.understanding.texts import stem, words_of

WORDS_FILE = Path(__file__).parent / "words.yaml"

STOP = frozenset(
    [
        "a",
        "about",
        "after",
        "again",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "anything",
        "are",
        "as",
        "ask",
        "at",
        "be",
        "been",
        "before",
        "being",
        "both",
        "but",
        "by",
        "came",
        "can",
        "could",
        "d",
        "did",
        "do",
        "does",
        "done",
        "each",
        "either",
        "every",
        "everything",
        "find",
        "for",
        "from",
        "get",
        "give",
        "given",
        "give",
        "go",
        "going",
        "got",
        "had",
        "has",
        "have",
        "having",
        "hello",
        "help",
        "her",
        "here",
        "hi",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "know",
        "least",
        "let",
        "ll",
        "look",
        "m",
        "may",
        "maybe",
        "me",
        "might",
        "mind",
        "more",
        "most",
        "must",
        "my",
        "myself",
        "need",
        "needs",
        "no",
        "not",
        "now",
        "of",
        "off",
        "oh",
        "ok",
        "okay",
        "on",
        "once",
        "one",
        "ones",
        "or",
        "other",
        "our",
        "ourselves",
        "out",
        "over",
        "own",
        "please",
        "put",
        "re",
        "right",
        "s",
        "say",
        "see",
        "shall",
        "she",
        "should",
        "so",
        "some",
        "something",
        "sorry",
        "still",
        "such",
        "sure",
        "t",
        "take",
        "tell",
        "than",
        "thank",
        "thanks",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "thing",
        "things",
        "this",
        "those",
        "through",
        "to",
        "too",
        "up",
        "us",
        "use",
        "ve",
        "very",
        "was",
        "we",
        "well",
        "were",
        "what",
        "when",
        "where",
        "whether",
        "which",
        "while",
        "who",
        "whose",
        "why",
        "will",
        "wish",
        "with",
        "wonder",
        "would",
        "yes",
        "yet",
        "you",
        "your",
        "yours",
        "yourself",
        "specify",
        "share",
        "confirm",
        "note",
        "noted",
        "quick",
        "quickly",
        "bit",
        "little",
        "want",
        "like",
        "love",
        "prefer",
        "exactly",
        "actually",
        "perhaps",
        "kindly",
        "happen",
        "great",
        "perfect",
        "wonderful",
        "lovely",
        "good",
        "fine",
        "nice",
        "glad",
        "happy",
        "question",
        "questions",
        "two",
        "three",
        "four",
        "first",
        "last",
    ]
)
"""Words that say nothing about what is asked, by themselves."""

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A word with content, or a phrase of the words file.

    Attributes:
        key: Its stem, or the words of the phrase.
        vector: Its meaning.
        concepts: The indices of its concepts.
        phrase: Whether it is a phrase of several words.
    """

    key: str
    vector: Floats
    concepts: frozenset[int]
    phrase: bool


class Lexicon:
    """Concepts and topics.

    Args:
        concepts: For each concept its words and phrases.
        topics: For each topic its words and phrases.
    """

    __slots__ = ("_concepts", "_longest", "_phrases", "known", "names", "topics")

    def __init__(self, concepts: Mapping[str, Sequence[str]], topics: Sequence[Sequence[str]]) -> None:
        self.names = tuple(concepts)
        self._concepts: dict[Phrase, set[int]] = {}
        for index, (name, phrases) in enumerate(concepts.items()):
            for phrase in (name, *phrases):
                self._concepts.setdefault(_stems(words_of(str(phrase))), set()).add(index)
        self._longest = max(len(phrase) for phrase in self._concepts)
        self.topics = tuple(tuple(str(phrase) for phrase in topic) for topic in topics)
        self.known = frozenset(
            word
            for phrases in (*concepts.values(), *self.topics)
            for phrase in phrases
            for word in words_of(str(phrase))
        ) | frozenset(word for name in concepts for word in words_of(name))
        self._phrases = frozenset(phrase[0] for phrase in self._concepts)

    @property
    def size(self) -> int:
        """How many concepts there are."""
        return len(self.names)

    def terms(self, words: Sequence[str]) -> list[Term]:
        """The terms of a text: its words with content, and its phrases."""
        stems = _stems(words)
        found: list[Term] = []
        covered = 0
        for place, (word, root) in enumerate(zip(words, stems, strict=True)):
            if place >= covered and root in self._phrases:
                for length in range(min(self._longest, len(words) - place), 1, -1):
                    phrase = stems[place : place + length]
                    if phrase in self._concepts:
                        found.append(self._term(phrase, words[place : place + length]))
                        covered = place + length
                        break
            concepts = self._concepts.get((root,))
            if concepts or word not in STOP:
                found.append(_word(word, root, frozenset(concepts or ())))
        return found

    def _term(self, phrase: Phrase, words: Sequence[str]) -> Term:
        vectors = [vector_of(word) for word in words if word not in STOP] or [np.zeros(STATIC.dimensions, np.float32)]
        total = np.sum(vectors, axis=0)
        return Term(" ".join(phrase), unit(total), frozenset(self._concepts[phrase]), True)


@cache
def lexicon() -> Lexicon:
    """The shipped words file."""
    read = yaml.load(WORDS_FILE.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return Lexicon(read["concepts"], read["topics"])


def vector_of(word: str) -> Floats:
    """The meaning of a word, of length 1."""
    return unit(STATIC.encode([word[:40]])[0].astype(np.float32))


def unit(vector: Floats) -> Floats:
    """A vector of length 1 in the same direction; zero stays zero."""
    length = float(np.sqrt(np.dot(vector, vector)))
    return vector / np.float32(length) if length else vector


_WORDS: dict[tuple[str, frozenset[int]], Term] = {}


def _word(word: str, root: str, concepts: frozenset[int]) -> Term:
    key = (word, concepts)
    if key not in _WORDS:
        if len(_WORDS) > 1 << 15:
            _WORDS.clear()
        _WORDS[key] = Term(root, vector_of(word), concepts, False)
    return _WORDS[key]


def _stems(words: Iterable[str]) -> Phrase:
    return tuple(stem(word) for word in words)
