"""What the words of a message say for each subject: its own words, the concepts they mean, the kind of its question.

Belongs here: the vocabulary of an episode's facts and how a clause fits it. Does not belong here: what is disclosed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rlve_dsl.user.understanding.forms import kinds_of_question
from rlve_dsl.user.understanding.lexicon import STOP, Term, lexicon, vector_of
from rlve_dsl.user.understanding.subjects import Field, Subject
from rlve_dsl.user.understanding.texts import stem

_FIELDS = {Field.ASK: 1.0, Field.ABOUT: 0.9, Field.LISTED: 0.35, Field.OPTION: 0.9, Field.SAYS: 0.4, Field.VALUE: 0.55}
_MEANT = {Field.ASK: 1.0, Field.ABOUT: 0.8, Field.LISTED: 0.0, Field.OPTION: 0.5, Field.SAYS: 0.3, Field.VALUE: 0.2}
_PART = 0.5  # how much a word tells of a longer option or value
_LEAST_MEANT = 0.4
_SHARED = {1: 1.0, 2: 0.75, 3: 0.55}
_CONCEPT = 0.9
_ALIKE = 0.45  # from here on meanings are alike
_ALIKE_FIT = 0.9
_ALIKE_BELOW = 0.4  # what fits better needs no likeness
_CLEAR = 0.75
_MORE = 0.4  # how much further hits add to the best one
_LIGHT = 0.3
_STRANGE = 0.22  # what a word that does not fit takes away
_OWN = 0.05  # the same for a word of a value
_FOREIGN = 0.35  # the same for a word that is known to mean something else
_HEAD = 0.45  # the same for the word that "which", "what" or "how many" asks for
_MOST_STRANGE = 0.6
_KIND = 0.25
_OTHER_KIND = 0.45
_NOT_SO = 0.6  # the same for a question that is answered by yes or no
_WHY = 0.5  # "why" asks for a reason and nothing else
_EXACT = 1.2
_SMALL = frozenset(["a", "an", "the", "by", "at", "in", "only", "or", "with", "via"])
_BARE_KIND = 0.75
_LIMIT = 0.35
_BOUNDED = 0.6  # what is expected is no limit
_AUXILIARY = frozenset(["is", "was", "do", "did", "has", "have", "are", "were", "will", "would", "can", "does"])
_BOUND = re.compile(
    r"\b(?:max|maximum|most|limit|cap|ceiling|upper|top|highest|exceed|go over|go above|at most|no more|stay (?:under|below)|up to|bound|too (?:much|expensive))\b"
)
_PAID = frozenset(["price", "prices", "pay", "paying", "spend", "spending", "cost", "costs", "money", "budget"])
_STRICT = frozenset(["how", "how_many", "how_much", "how_old", "who", "where", "why", "when", "how_long"])

_QUANTITY = frozenset(["much", "many", "long", "soon", "how", "first", "second", "third", "last"])
_LIST = re.compile(
    r"\b(?:(?:which|what|the|other|remaining|missing|all|your|more|further|these|those|seven|six|five|four|three|two|list of|names? of|kinds? of|types? of|\d) "
    r"(?:other |remaining |missing |more |further |kinds? of |types? of |two |three |four |five |six |seven |eight |\d )*"
    r"(?:items?|products?|things?|pieces|gear|list|goods|stuff|articles?)"
    r"|items? (?:\d|one|two|three|four|five|six|seven)|(?:the|other|remaining) (?:other |remaining |last )?(?:two|three|four|five|six|seven|rest|others)"
    r"|what (?:is|are|else is) (?:missing|left|still missing)|(?:what|anything) else|(?:two|three|four|five|six) (?:more|others|to go|left|remaining)"
    r"|what (?:do|would|should|can|did) (?:you|i) (?:like to |want to |like me to |want me to |still )*(?:need|buy|get|find|look for|pick up|shop for)"
    r"|shopping list|(?:complete|full|whole|entire) list|baby items|your list|the list)\b"
)
_LISTED_FIT = 0.8
Rows = dict[str, list[tuple[int, float]]]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a clause fits the subjects.

    Attributes:
        scores: For each subject; below 0.5 it hardly fits.
        terms: The terms of the clause.
        explained: For each term how well the subject that it fits best has it.
        hits: For each subject how well the word that fits it best does so.
    """

    scores: tuple[float, ...]
    terms: tuple[Term, ...]
    explained: tuple[float, ...]
    hits: tuple[float, ...]

    @property
    def known(self) -> bool:
        """Whether a word of it says something."""
        return any(not term.light and not term.inner for term in self.terms)


class Profiles:
    """The words of the subjects of an episode.

    Args:
        subjects: What a message may be about.
    """

    __slots__ = ("_concepts", "_count", "_exact", "_expected", "_kinds", "_owners", "_stems", "_vectors", "_yes_no", "conditional", "listed", "literal", "lists", "open", "options", "own", "said", "shared", "size", "words")

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._count = len(subjects)
        stems: list[dict[str, float]] = [{} for _ in subjects]
        meant: list[dict[int, float]] = [{} for _ in subjects]
        self.literal: list[frozenset[str]] = []
        self.listed: list[frozenset[str]] = []
        self._expected: list[bool] = []
        self._yes_no: list[bool] = []
        kinds: list[set[str]] = [set() for _ in subjects]
        for place, subject in enumerate(subjects):
            self.literal.append(
                frozenset(stem(w) for field, words in subject.texts if field <= Field.LISTED for w in words)
            )
            self.listed.append(frozenset(stem(w) for f, words in subject.texts if f == Field.LISTED for w in words) - {"and"})
            self._expected.append(any("expect" in words for f, words in subject.texts if f == Field.ASK))
            yes_no = [words[0] in _AUXILIARY for f, words in subject.texts if f == Field.ASK]
            self._yes_no.append(bool(yes_no) and all(yes_no))
            for field, words in subject.texts:
                self._add(stems[place], meant[place], field, words)
                if field <= Field.ABOUT:
                    kinds[place] |= kinds_of_question(words)
        self.lists = [place for place, s in enumerate(subjects) if s.held > 1 and (s.omitted or all(i < 0 for i in s.items)) and not any(f == Field.ASK and "it" in w for f, w in s.texts)]
        option = lexicon().names.index("option")
        self.open = bool(self.lists) or any(of.get(option, 0.0) > 2 and s.held for of, s in zip(meant, subjects, strict=True))
        self.options = [
            place for place, (of, s) in enumerate(zip(meant, subjects, strict=True)) if of.get(option, 0.0) > 2 and s.held
        ]
        self.said = [frozenset(map(stem, words)) for s in subjects if s.held for f, words in s.texts if f == Field.VALUE]
        self._exact: dict[tuple[str, ...], set[int]] = {}
        for place, subject in enumerate(subjects):
            for f, words in subject.texts:
                if f == Field.OPTION:
                    self._exact.setdefault(tuple(stem(word) for word in words if word not in _SMALL), set()).add(place)
        self.own = frozenset(w for s in subjects if s.held for f, words in s.texts if f == Field.VALUE for w in map(stem, words))
        asks = [{words for f, words in s.texts if f == Field.ASK} for s in subjects]
        self.shared = [
            place for place, own in enumerate(asks)
            if subjects[place].held and sum(bool(own & other) for other, s in zip(asks, subjects, strict=True) if not s.held) > 1
        ]
        own = {
            (word, place): None
            for place, s in enumerate(subjects)
            for f, words in s.texts
            if f in (Field.ASK, Field.ABOUT, Field.OPTION)
            for word in words
            if word not in STOP and not lexicon().is_light(word)
        }
        self._owners = [place for _, place in own]
        self._vectors = np.array([vector_of(word) for word, _ in own]).reshape(len(own), -1)
        self.conditional = [_is_conditional(subject) for subject in subjects]
        self.words = frozenset(
            stem(w) for s in subjects if s.held for f, words in s.texts if f != Field.VALUE for w in words
        )
        self._stems = _rows(stems, self._holders(stems, subjects))
        self._concepts: dict[int, list[tuple[int, float]]] = {}
        most: dict[int, float] = {}
        for of in meant:
            for concept, value in of.items():
                most[concept] = max(most.get(concept, 0.0), value)
        names = lexicon().kinds
        for place, of in enumerate(meant):
            for concept, value in of.items():
                if value >= _LEAST_MEANT:
                    weight = min(1.0, value) * (value / most[concept]) ** 0.5
                    self._concepts.setdefault(concept, []).append((place, weight))
                    if weight > 0.6 and value >= 0.8 * max(of.values()) and not self._yes_no[place]:
                        kinds[place] |= names.get(concept, frozenset())
        self._kinds = [frozenset(of) for of in kinds]
        self.size = sum(len(of) for of in stems) + sum(len(of) for of in meant)

    @staticmethod
    def _add(stems: dict[str, float], meant: dict[int, float], field: Field, words: Sequence[str]) -> None:
        best: dict[int, float] = {}
        for term in lexicon().terms(words[:40]):
            weight = _FIELDS[field] * (_PART if (field == Field.OPTION and len(words) > 1 and not term.phrase) or (field == Field.VALUE and (term.light or len(words) > 3)) else 1)
            stems[term.key] = max(stems.get(term.key, 0.0), weight)
            for concept, strength in term.concepts:
                best[concept] = max(best.get(concept, 0.0), strength * _MEANT[field] * (_LIGHT if term.light else 1))
        for concept, value in best.items():
            meant[concept] = meant.get(concept, 0.0) + value

    @staticmethod
    def _holders(stems: Sequence[dict[str, float]], subjects: Sequence[Subject]) -> dict[str, int]:
        facts: dict[str, set[tuple[int, str]]] = {}
        for of, subject in zip(stems, subjects, strict=True):
            for key, value in of.items():
                if value > _FIELDS[Field.VALUE]:
                    facts.setdefault(key, set()).add(subject.fact)
        return {key: len(of) for key, of in facts.items()}

    def fit(self, words: Sequence[str], named: frozenset[str], values: bool) -> Fit:
        """How well a clause fits.

        Args:
            words: Its words.
            named: The stems that name items: they say nothing about the fact.
            values: Whether values may name the fact: in a clause that offers or repeats them.
        """
        terms = tuple(term for term in lexicon().terms(words) if term.key not in named and term.key not in _QUANTITY and not (term.inner and term.light))
        best, total, missed = ([0.0] * self._count for _ in range(3))
        explained: list[float] = []
        head = head_of(words)
        for term in terms:
            got = self._got(term, values)
            weight = _LIGHT if term.light else 1.0
            explained.append(max(got.values(), default=0.0))
            for place, value in got.items():
                value *= weight
                total[place] += value
                best[place] = max(best[place], value)
            if not term.inner and not term.light:
                cost = _HEAD if term.place == head else _STRANGE
                if term.key in self.own and term.place != head:
                    cost = _OWN
                elif explained[-1] < 0.2 and any(strength >= 0.5 for _, strength in term.concepts):
                    cost = max(cost, _FOREIGN)
                for place in range(self._count):
                    missed[place] += cost * (1 - got.get(place, 0.0))
        scores = [
            top + _MORE * min(1.0, whole - top) - min(_MOST_STRANGE, less)
            for top, whole, less in zip(best, total, missed, strict=True)
        ]
        exact = self._exact.get(tuple(stem(word) for word in words if word not in _SMALL), ())
        scores = [max(score, _EXACT) if place in exact else score for place, score in enumerate(scores)]
        scores = self._by_kind(words, scores, terms, best)
        if self.lists and max(scores) < _LISTED_FIT and _LIST.search(" ".join(words)):
            for place in self.lists:
                strange = sum(not t.light and not t.inner and t.key not in self.own and e < 0.3 for t, e in zip(terms, explained, strict=True))
                scores[place] = max(scores[place], _LISTED_FIT - 0.15 * strange)
        return Fit(tuple(scores), terms, tuple(explained), tuple(best))

    def _got(self, term: Term, values: bool) -> dict[int, float]:
        got: dict[int, float] = {}
        for place, weight in self._stems.get(term.key, ()):
            if values or weight > _FIELDS[Field.VALUE] or weight == _FIELDS[Field.SAYS]:
                got[place] = weight
        present = [pair for pair in term.concepts if pair[0] in self._concepts]
        for concept, strength in present:
            if len(present) == 1 and not term.light:
                strength = max(strength, _CLEAR)  # here the word can mean nothing else
            for place, weight in self._concepts[concept]:
                value = _CONCEPT * strength * weight
                if value > got.get(place, 0.0):
                    got[place] = value
        if not term.light and not term.concepts and not term.inner and max(got.values(), default=0.0) < _ALIKE_BELOW and self._owners:
            alike = self._vectors @ vector_of(term.word)
            for row in np.flatnonzero(alike > _ALIKE):
                place = self._owners[row]
                got[place] = max(got.get(place, 0.0), _ALIKE_FIT * float(alike[row]))
        return got

    def is_of_kind(self, words: Sequence[str], place: int) -> bool:
        """Whether a question is of the kind that a subject answers: "when" for a day."""
        return bool(kinds_of_question(words) & _STRICT & self._kinds[place])

    def _by_kind(self, words: Sequence[str], scores: list[float], terms: Sequence[Term], hits: Sequence[float]) -> list[float]:
        """The scores, with the kind of the question: "how many" asks for no reason."""
        if _BOUND.search(" ".join(words)):
            money = lexicon().names.index("price")
            priced = {place for place, weight in self._concepts.get(money, ()) if weight > 0.3}
            paid = not _PAID.isdisjoint(words)
            scores = [
                score - _BOUNDED if expected else max(score + _LIMIT, _LISTED_FIT) if paid and place in priced else score
                for place, (score, expected) in enumerate(zip(scores, self._expected, strict=True))
            ]
        asked = kinds_of_question(words) & _STRICT
        if not asked:
            return scores
        content = any(not term.light and not term.inner for term in terms)
        found = []
        for place, score in enumerate(scores):
            if "why" in asked:
                found.append(score + (_WHY if "why" in self._kinds[place] else -_WHY))
            elif asked & self._kinds[place]:
                found.append((score + _KIND if hits[place] > 0.3 else score) if content else max(score, _BARE_KIND))
            else:
                less = 0.25 if asked == {"how"} else _NOT_SO if self._yes_no[place] else _OTHER_KIND
                found.append(score - less)
        return found


def _rows(stems: Sequence[dict[str, float]], holders: dict[str, int]) -> Rows:
    rows: Rows = {}
    for place, of in enumerate(stems):
        for key, value in of.items():
            shared = _SHARED.get(holders.get(key, 1), 0.4) if value > _FIELDS[Field.VALUE] else 1.0
            rows.setdefault(key, []).append((place, value * shared if value > _FIELDS[Field.VALUE] else value))
    return rows


def head_of(words: Sequence[str]) -> int:
    """The place of the word that "which", "what", "how much" or "how many" asks for; -1 for none."""
    for place, word in enumerate(words[:-1]):
        at = place + 1
        if word == "how" and words[at] in ("many", "much"):
            at += 1
        elif word not in ("which", "what"):
            continue
        if at + 2 < len(words) and words[at] in _SORTS and words[at + 1] == "of":
            at += 2
        if at < len(words) and words[at] not in STOP:
            return at
    return -1


_SORTS = frozenset(["kind", "kinds", "type", "types", "sort", "sorts", "style"])


def _is_conditional(subject: Subject) -> bool:
    """Whether its question asks what to do if something is so."""
    return any(field == Field.ASK and "if" in words for field, words in subject.texts)
