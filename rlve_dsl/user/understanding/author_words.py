"""Words of an author that mean the same as words of facts, and whether there are such words.

Belongs here: which words an entry of a User file stands for. Does not belong here: messages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rlve_dsl.english import stem
from rlve_dsl.user.understanding.lexicon import STOP, Phrase, lexicon
from rlve_dsl.user.understanding.texts import words_of


def meant_by(name: str, roots: Collection[str]) -> Phrase:
    """The words that an author's words are read as: the first phrase of the entry of which facts have every word, or else its name.

    Args:
        name: The name of the entry, in words: one of the words file has more phrases.
        roots: The stems of the words of the facts.
    """
    phrases = _phrases_of(name)
    return next((phrase for phrase in phrases if _are_in(phrase, roots)), phrases[0])


class WordsOfFacts:
    """The words of facts, and what they are about, before any episode.

    Args:
        texts: All texts of the facts.
    """

    __slots__ = ("_about", "_roots", "_words")

    def __init__(self, texts: Iterable[str]) -> None:
        read = [words_of(text) for text in dict.fromkeys(texts)]
        self._words = frozenset(word for words in read for word in words if word not in STOP)
        self._roots = frozenset(stem(word) for words in read for word in words)
        self._about = frozenset(concept for words in read for concept in _about(words))

    def have(self, name: str) -> bool:
        """Whether an entry of this name means something: one of its phrases is there, or a word of its name, or what it is about."""
        return (
            any(_are_in(phrase, self._roots) for phrase in _phrases_of(name))
            or self.have_a_word_of(name)
            or not self._about.isdisjoint(_about(words_of(name)))
        )

    def have_a_word_of(self, name: str) -> bool:
        """Whether a word of a name is there that says something by itself."""
        return any(stem(word) in self._roots for word in words_of(name) if word not in STOP)

    def names(self) -> frozenset[str]:
        """The names that an entry may have and mean something here: words of the facts, and entries of the words file, with `_`."""
        entries = (name for name in lexicon().phrases if self.have(name))
        return self._words | frozenset(name.replace(" ", "_") for name in entries)


def _phrases_of(name: str) -> list[Phrase]:
    return [words_of(phrase) for phrase in (name, *lexicon().phrases.get(name, ()))]


def _are_in(phrase: Phrase, roots: Collection[str]) -> bool:
    return all(stem(word) in roots for word in phrase)


def _about(words: Phrase) -> set[int]:
    """The concepts of the words file that words mean in a fact."""
    return {number for term in lexicon().terms(words) for number, _ in term.concepts if number not in term.narrow}
