"""What the facts of an episode may be asked for with: their words, the concepts these mean, the kinds of their questions.

Belongs here: the vocabulary of subjects. Does not belong here: how well a clause fits it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rlve_dsl.english import stem
from rlve_dsl.user.understanding.forms import kinds_of_question
from rlve_dsl.user.understanding.lexicon import STOP, Floats, Term, lexicon, vector_of
from rlve_dsl.user.understanding.subjects import Field, Subject

SAYS = 0.4
VALUE = 0.55
"""How much a word of what is said, and of a value, tells of its subject; words of questions tell more."""

_FIELDS = {
    Field.ASK: 1.0,
    Field.ABOUT: 0.9,
    Field.LISTED: 0.35,
    Field.OPTION: 0.9,
    Field.SAYS: SAYS,
    Field.VALUE: VALUE,
}
_MEANT = {Field.ASK: 1.0, Field.ABOUT: 0.8, Field.LISTED: 0.0, Field.OPTION: 0.5, Field.SAYS: 0.3, Field.VALUE: 0.2}
_PART = 0.5  # how much a word tells of a longer option or value
_LIGHT = 0.3
_LEAST_MEANT = 0.4
_SHARED = {1: 1.0, 2: 0.75, 3: 0.55}  # how much a word tells that so many facts have
_MANY_SHARED = 0.4
_OPTIONS = 2.0  # how much a subject must mean options
_AUXILIARY = frozenset(["is", "was", "do", "did", "has", "have", "are", "were", "will", "would", "can", "does"])
_SMALL = frozenset(["a", "an", "the", "by", "at", "in", "or", "with", "via"])

Rows = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Traits:
    """What is special about the questions of a subject.

    Attributes:
        literal: The stems of its questions and other words.
        listed: The stems of things that one question lists, such as "price, rating and brand".
        kinds: The kinds of its questions.
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

    Attributes:
        traits: What is special about the questions of each subject.
        stems: For each stem or phrase the subjects that have it, each with how much it tells.
        concepts: The same for concepts.
        exact: The subjects that have an option of just these stems.
        owners: For each row of `vectors` its subject.
        vectors: The meanings of the words of questions.
        lists: The subjects that hold for many things, none of which their question names.
        options: The subjects that are options of an item.
        wishes: The subjects that were left out of several that ask for a wish each.
        weighed: The subjects that hold and say how much criteria count.
        conditional: The subjects that hold and ask what to do if something is so.
        shared: The subjects whose question is that of others too that do not hold.
        words: The stems of what holds, but for values.
        said: The stems of each value.
        own: The stems of all values.
        size: How many words it has.
    """

    __slots__ = (
        "concepts", "conditional", "exact", "lists", "options", "own", "owners", "said", "shared", "size", "stems", "traits", "vectors",
        "weighed", "wishes", "words",
    )  # fmt: skip

    def __init__(self, subjects: Sequence[Subject]) -> None:
        stems: list[dict[str, float]] = [{} for _ in subjects]
        meant: list[dict[int, float]] = [{} for _ in subjects]
        for place, subject in enumerate(subjects):
            for field, words in subject.texts:
                _add(stems[place], meant[place], field, words)
        self.stems = _rows(stems, subjects)
        self.concepts = _concepts(meant)
        self.traits = [_traits(subject, self._kinds(place, meant[place])) for place, subject in enumerate(subjects)]
        option = lexicon().names.index("option")
        self.options = [
            place for place, s in enumerate(subjects) if s.held and meant[place].get(option, 0.0) > _OPTIONS
        ]
        self.lists = [place for place, subject in enumerate(subjects) if _is_list(subject)]
        self.weighed = self._held_with(subjects, "percentag", Field.ABOUT)
        wishes = self._held_with(subjects, "wish", Field.ASK)
        self.wishes = [place for place in wishes if subjects[place].omitted and place not in self.weighed]
        self.conditional = [place for place, of in enumerate(self.traits) if of.conditional and subjects[place].held]
        listed = lexicon().names.index("list")
        if self.lists and listed in self.concepts:  # where something is a list, nothing else is meant by "items"
            self.concepts[listed] = [pair for pair in self.concepts[listed] if pair[0] in self.lists]
        self.shared = _shared(subjects)
        self.exact = _exact(subjects)
        self.said = [
            frozenset(stem(w) for w in words if w not in STOP)
            for s in subjects
            if s.held
            for words in _of(s, Field.VALUE)
        ]
        self.own = frozenset(word for said in self.said for word in said)
        self.words = frozenset(
            stem(w) for s in subjects if s.held for f, words in s.texts if f != Field.VALUE for w in words
        )
        self.owners, self.vectors = _meanings(subjects)
        self.size = sum(len(of) for of in stems) + sum(len(of) for of in meant) + 16 * len(self.owners)

    def _held_with(self, subjects: Sequence[Subject], key: str, field: Field) -> list[int]:
        """The subjects that hold and have a word in a field."""
        return [
            place
            for place, subject in enumerate(subjects)
            if subject.held and any(key in map(stem, words) for words in _of(subject, field))
        ]

    def _kinds(self, place: int, meant: dict[int, float]) -> frozenset[str]:
        """The kinds of questions that the concepts of a subject answer."""
        found: frozenset[str] = frozenset()
        most = max(meant.values(), default=0.0)
        for concept, value in meant.items():
            weight = next((weight for at, weight in self.concepts.get(concept, ()) if at == place), 0.0)
            if weight > 0.6 and value >= 0.8 * most:
                found |= lexicon().kinds.get(concept, frozenset())
        return found

    @property
    def open(self) -> bool:
        """Whether a bare value may be one of a list or an option."""
        return bool(self.lists or self.options)


def plain_stems(words: Sequence[str]) -> tuple[str, ...]:
    """The stems of words without small ones, as options are compared."""
    return tuple(stem(word) for word in words if word not in _SMALL)


def _of(subject: Subject, *fields: Field) -> Iterator[tuple[str, ...]]:
    return (words for field, words in subject.texts if field in fields)


def _traits(subject: Subject, kinds: frozenset[str]) -> Traits:
    asks = list(_of(subject, Field.ASK))
    yes_no = bool(asks) and all(words[0] in _AUXILIARY for words in asks)
    own = [kinds_of_question(words) for words in _of(subject, Field.ASK, Field.ABOUT)]
    return Traits(
        literal=frozenset(stem(w) for words in _of(subject, Field.ASK, Field.ABOUT, Field.LISTED) for w in words),
        listed=frozenset(stem(w) for words in _of(subject, Field.LISTED) for w in words) - {"and"},
        kinds=frozenset().union(*own, frozenset() if yes_no else kinds),
        conditional=any("if" in words for words in asks),
        expected=any("expect" in words for words in asks),
        yes_no=yes_no,
    )


def _add(stems: dict[str, float], meant: dict[int, float], field: Field, words: Sequence[str]) -> None:
    """Add a text to the words of a subject and to what they mean."""
    best: dict[int, float] = {}
    for term in lexicon().terms(words[:40]):
        part = _is_part(term, field, len(words))
        stems[term.key] = max(stems.get(term.key, 0.0), _FIELDS[field] * (_PART if part else 1))
        for concept, strength in lexicon().means(term):
            best[concept] = max(best.get(concept, 0.0), strength * _MEANT[field] * (_LIGHT if term.light else 1))
    for concept, value in best.items():
        meant[concept] = meant.get(concept, 0.0) + value


def _is_part(term: Term, field: Field, length: int) -> bool:
    """Whether a word is but a part of a longer option or value."""
    if field == Field.OPTION:
        return length > 1 and not term.phrase
    return field == Field.VALUE and (term.light or length > 3)


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


def _meanings(subjects: Sequence[Subject]) -> tuple[list[int], Floats]:
    """The subjects and meanings of the words of questions."""
    own = {
        (word, place): None
        for place, subject in enumerate(subjects)
        for words in _of(subject, Field.ASK, Field.ABOUT, Field.OPTION)
        for word in words
        if word not in STOP and not lexicon().is_light(word)
    }
    if not own:
        return [], np.zeros((0, 0), dtype=np.float32)
    return [place for _, place in own], np.array([vector_of(word) for word, _ in own], dtype=np.float32)
