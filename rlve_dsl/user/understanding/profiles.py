"""What the facts of an episode may be asked for with: their words, the concepts these mean, the kinds of their questions.

Belongs here: the vocabulary of subjects. Does not belong here: how well a clause fits it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rlve_dsl.english import stem
from rlve_dsl.user.understanding.lexicon import STOP, Floats, Lexicon, vector_of
from rlve_dsl.user.understanding.subjects import Field, Subject
from rlve_dsl.user.understanding.vocabulary import VALUE, Vocabulary, add_to, told_by, vocabulary_of

ALIKE = 0.45
"""From here on meanings are alike."""

_STOP_ROOTS = frozenset(stem(word) for word in STOP)
_LEAST_MEANT = 0.4
_SHARED = {1: 1.0, 2: 0.75, 3: 0.55}  # how much a word tells that so many facts have
_MANY_SHARED = 0.4
_FILLERS = frozenset(
    [
        "please",
        "so",
        "and",
        "then",
        "also",
        "now",
        "ok",
        "okay",
        "thanks",
        "kindly",
        "just",
        "again",
        "first",
        "or",
        "but",
    ]
)
_SMALL = frozenset(["a", "an", "the", "by", "at", "in", "or", "with", "via"])

Rows = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Traits:
    """What is special about the questions of a subject.

    Attributes:
        literal: The stems of its questions and other words.
        listed: The stems of things that one question lists, such as "price, rating and brand".
        kinds: The kinds of its questions, and those that what it means answers.
        conditional: Whether its question asks what to do if something is so.
        expected: Whether its question asks for what is expected, which is no limit.
        yes_no: Whether its questions are answered by yes or no.
    """

    literal: frozenset[str]
    listed: frozenset[str]
    kinds: frozenset[str]
    conditional: bool
    expected: bool
    yes_no: bool


class Profiles:
    """The words of the subjects of an episode.

    Args:
        subjects: What a message may be about.
        words: The words that mean the same.

    Attributes:
        traits: What is special about the questions of each subject.
        stems: For each stem or phrase the subjects that have it, each with how much it tells.
        concepts: The same for concepts.
        exact: The subjects that have an option of just these stems.
        lexicon: The words that mean the same.
        questions: The subjects by the words of their questions.
        lists: The subjects that hold for many things, none of which their question names.
        wishes: The subjects that were left out and ask for an attribute or a wish each.
        weighed: The subjects that hold and say how much criteria count.
        conditional: The subjects that hold and ask what to do if something is so.
        shared: The subjects whose question is that of others too that do not hold.
        words: The stems of what holds, but for values.
        said: The stems of each value.
        own: The stems of all values.
        size: How many words it has.
    """

    __slots__ = (
        "_content",
        "_meanings",
        "concepts",
        "conditional",
        "exact",
        "lexicon",
        "lists",
        "own",
        "questions",
        "said",
        "shared",
        "size",
        "stems",
        "traits",
        "weighed",
        "wishes",
        "words",
    )  # fmt: skip

    def __init__(self, subjects: Sequence[Subject], words: Lexicon) -> None:
        self.lexicon = words
        vocabularies = [vocabulary_of(subject.asked, words) for subject in subjects]
        said = [[(kind, told_by(kind, text, words)) for kind, text in subject.said] for subject in subjects]
        stems = [dict(of.told.stems) for of in vocabularies]
        meant = [dict(of.told.meant) for of in vocabularies]
        for place, texts in enumerate(said):
            for _, told in texts:
                add_to(stems[place], meant[place], told)
        for place, subject in enumerate(subjects):
            if subject.attribute:  # who has a wish about the edition has no wish about any option
                meant[place].pop(words.names.index("option"), None)
        self.stems = _rows(stems, subjects)
        self.concepts = _concepts(meant)
        self.traits = [_traits(of, self._kinds(place, meant[place])) for place, of in enumerate(vocabularies)]
        held = [place for place, subject in enumerate(subjects) if subject.held]
        self.lists = [place for place, subject in enumerate(subjects) if _is_list(subject)]
        self.weighed = [place for place in held if _has(subjects[place], "percentag", Field.ABOUT)]
        wishes = [place for place in held if subjects[place].attribute or _has(subjects[place], "wish", Field.ASK)]
        self.wishes = [place for place in wishes if subjects[place].omitted and place not in self.weighed]
        self.conditional = [place for place in held if self.traits[place].conditional]
        listed = words.names.index("list")
        if self.lists and listed in self.concepts:  # where something is a list, nothing else is meant by "items"
            self.concepts[listed] = [pair for pair in self.concepts[listed] if pair[0] in self.lists]
        self.shared = _shared(subjects)
        self.questions: dict[tuple[str, ...], tuple[int, ...]] = {}
        for place, subject in enumerate(subjects):
            for text in _of(subject, Field.ASK):
                plain = without_fillers(text)
                self.questions[plain] = (*self.questions.get(plain, ()), place)
        self.exact = _exact(subjects)
        self.said = [told.roots - _STOP_ROOTS for place in held for kind, told in said[place] if kind == Field.VALUE]
        self.own = frozenset().union(*self.said)
        self.words = frozenset().union(
            *(vocabularies[place].told.roots for place in held),
            *(told.roots for place in held for kind, told in said[place] if kind != Field.VALUE),
        )
        self._content = [of.content for of in vocabularies]
        self._meanings: tuple[list[int], Floats] | None = None
        self.size = sum(len(of) for of in stems) + sum(len(of) for of in meant) + 16 * sum(map(len, self._content))

    def alike(self, word: str) -> Iterator[tuple[int, float]]:
        """The subjects with a word of like meaning in their questions, each with how like it is."""
        if self._meanings is None:
            self._meanings = _meanings(self._content)
        owners, vectors = self._meanings
        if owners:
            alike = vectors @ vector_of(word)
            yield from ((owners[row], float(alike[row])) for row in np.flatnonzero(alike > ALIKE))

    def _kinds(self, place: int, meant: dict[int, float]) -> frozenset[str]:
        """The kinds of questions that the concepts of a subject answer."""
        found: frozenset[str] = frozenset()
        most = max(meant.values(), default=0.0)
        for concept, value in meant.items():
            weight = next((weight for at, weight in self.concepts.get(concept, ()) if at == place), 0.0)
            if weight > 0.6 and value >= 0.8 * most:
                found |= self.lexicon.kinds.get(concept, frozenset())
        return found


def without_fillers(words: Sequence[str]) -> tuple[str, ...]:
    """The words of a question without those that make it polite or join it to another one."""
    return tuple(word for word in words if word not in _FILLERS)


def plain_stems(words: Sequence[str]) -> tuple[str, ...]:
    """The stems of words without small ones, as options are compared."""
    return tuple(stem(word) for word in words if word not in _SMALL)


def _of(subject: Subject, *fields: Field) -> Iterator[tuple[str, ...]]:
    return (words for field, words in subject.asked if field in fields)


def _traits(of: Vocabulary, kinds: frozenset[str]) -> Traits:
    own = of.kinds if of.yes_no else of.kinds | kinds
    return Traits(of.literal, of.listed, own, of.conditional, of.expected, of.yes_no)


def _has(subject: Subject, key: str, kind: Field) -> bool:
    """Whether a subject has a word in a field."""
    return any(key in map(stem, words) for words in _of(subject, kind))


def _rows(stems: Sequence[dict[str, float]], subjects: Sequence[Subject]) -> dict[str, Rows]:
    """The subjects by word; a word that many facts have tells less."""
    facts: dict[str, set[tuple[int, str]]] = {}
    for of, subject in zip(stems, subjects, strict=True):
        for key, value in of.items():
            if value > VALUE:
                facts.setdefault(key, set()).add(subject.fact)
    rows: dict[str, Rows] = {}
    for place, of in enumerate(stems):
        for key, value in of.items():
            shared = _SHARED.get(len(facts[key]), _MANY_SHARED) if value > VALUE else 1.0
            rows.setdefault(key, []).append((place, value * shared))
    return rows


def _concepts(meant: Sequence[dict[int, float]]) -> dict[int, Rows]:
    """The subjects by concept; a subject that means it less than another one has less of it."""
    most: dict[int, float] = {}
    for of in meant:
        for concept, value in of.items():
            most[concept] = max(most.get(concept, 0.0), value)
    found: dict[int, Rows] = {}
    for place, of in enumerate(meant):
        for concept, value in of.items():
            if value >= _LEAST_MEANT:
                weight = min(1.0, value) * (value / most[concept]) ** 0.5
                found.setdefault(concept, []).append((place, weight))
    return found


def _is_list(subject: Subject) -> bool:
    named = any("it" in words for words in _of(subject, Field.ASK))
    return subject.held > 1 and not named and (subject.omitted or all(item < 0 for item in subject.items))


def _shared(subjects: Sequence[Subject]) -> list[int]:
    asks = [set(_of(subject, Field.ASK)) for subject in subjects]
    absent = [own for own, subject in zip(asks, subjects, strict=True) if not subject.held]
    return [
        place
        for place, subject in enumerate(subjects)
        if subject.held and sum(not own.isdisjoint(asks[place]) for own in absent) > 1
    ]


def _exact(subjects: Sequence[Subject]) -> dict[tuple[str, ...], frozenset[int]]:
    found: dict[tuple[str, ...], frozenset[int]] = {}
    for place, subject in enumerate(subjects):
        for words in _of(subject, Field.OPTION):
            key = plain_stems(words)
            found[key] = found.get(key, frozenset()) | {place}
    return found


def _meanings(content: Sequence[Sequence[str]]) -> tuple[list[int], Floats]:
    """The subjects and meanings of the words of questions."""
    own = [(word, place) for place, words in enumerate(content) for word in words]
    return [place for _, place in own], np.array([vector_of(word) for word, _ in own], dtype=np.float32)
