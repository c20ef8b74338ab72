"""How well a clause fits the subjects: its words against theirs, and the kind of its question.

Belongs here: weights of words, what strange words take away, kinds of questions. Does not belong here: what is chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rlve_dsl.user.understanding.forms import (
    asks_for_a_limit,
    asks_for_a_list,
    asks_for_money,
    heads_of,
    kinds_of_question,
    topic_of,
)
from rlve_dsl.user.understanding.lexicon import Term
from rlve_dsl.user.understanding.profiles import Profiles, plain_stems
from rlve_dsl.user.understanding.vocabulary import SAYS, VALUE

_CONCEPT = 0.9
_HELD = 0.5  # below, no fact is about a concept
_FAMILY = 0.7  # how surely a word means a concept that is near to its own
_NEAR_CLEAR = 0.65
_CLEAR = 0.8  # how surely a word means the only one of its concepts that facts have
_ALIKE_FIT = 0.9
_ALIKE_BELOW = 0.4  # what fits better needs no likeness
_MORE = 0.4  # how much further words add to the best one
_LIGHT = 0.3
_STRANGE = 0.22  # what a word that does not fit takes away
_OWN = 0.05  # the same for a word of a value
_FOREIGN = 0.35  # the same for a word that is known to mean something else
_HEAD = 0.45  # the same for the word that "which", "what" or "how many" asks for
_MOST_STRANGE = 0.6
_LAST = (
    0.2  # what a subject without the last word of the noun phrase loses, such as the method of "which return method"
)
_COMPLEMENT = (
    0.6  # how much of its evidence a word after what is asked for has: the chemistry of "which topics in chemistry"
)
_NAMED = 0.6  # how well a word fits that names what a clause says that it is about
_BESIDE = 0.5  # the same for a word beside what a clause says that it is about
_OF = frozenset(["of", "in", "for", "at", "per", "about", "on", "with", "to", "from"])
_EXACT = 1.2
_LIST = 0.8
_LIST_STRANGE = 0.12
_KIND = 0.25
_KIND_FROM = 0.45
_KIND_ALONE = 0.75
_OTHER_KIND = 0.45
_OTHER_WAY = 0.25  # the same for "how", which may ask for many things
_NOT_SO = 0.6  # the same for a question that is answered by yes or no
_NOT_WHY = 0.9
_WHY = 0.5  # "why" asks for a reason and nothing else
TOUCHED = 0.32
"""From here on a word belongs to a fact."""
_LIMIT = 0.35
_PRICED = 0.55
_EXPECTED = 0.6  # what is expected is no limit
_WHEN = frozenset(["dat", "day", "tim"])  # these words only say the kind of the question
_MEASURED = frozenset(["how_long", "how_old"])
_NAMED_KIND = 0.3  # the same where the words name the fact: "how many hours of battery life"
_SURELY = 0.85
_AMOUNTS = frozenset(["how_many", "how_much"])
_MEASURES = frozenset(["much", "many", "long", "soon", "how", "first", "second", "third", "last"])


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a clause fits the subjects.

    Attributes:
        scores: For each subject.
        terms: The terms of the clause.
        explained: For each term how well the subject that it fits best has it.
        hits: For each subject how well the word that fits it best does so.
        topic: Whether it says what it is about, in such words.
        headed: For each subject whether it has a word of what the clause asks for; all, where that is not known.
        odds: For each subject how likely the clause asks for it; empty where nobody asked.
    """

    scores: tuple[float, ...]
    terms: tuple[Term, ...]
    explained: tuple[float, ...]
    hits: tuple[float, ...]
    headed: tuple[bool, ...]
    topic: bool
    odds: tuple[float, ...] = ()

    @property
    def content(self) -> list[Term]:
        """The terms that say something."""
        pairs = zip(self.terms, self.explained, strict=True)
        return [t for t, known in pairs if not t.light and not t.inner and not (t.plain and known < TOUCHED)]


def fit_of(profiles: Profiles, words: Sequence[str], named: frozenset[str]) -> Fit:
    """How well a clause fits the subjects.

    Args:
        profiles: The words of the subjects.
        words: The words of the clause.
        named: The stems that name items: they say nothing about the fact.
    """
    terms = tuple(term for term in profiles.lexicon.terms(words, profiles.concepts) if _counts(term, named))
    got_of = [_got(profiles, term) for term in terms]
    topic = topic_of(words)
    if not any(
        t.place in topic and max(got.values(), default=0.0) >= _NAMED for t, got in zip(terms, got_of, strict=True)
    ):
        topic = range(0)
    found = _weighed(profiles, words, terms, got_of, topic or heads_of(words), len(topic) > 0)
    scores = [
        top + _MORE * min(1.0, whole - top) - min(_MOST_STRANGE, less)
        for top, whole, less in zip(found.best, found.total, found.missed, strict=True)
    ]
    for place in profiles.exact.get(plain_stems(words), ()):
        scores[place] = max(scores[place], _EXACT)
    pairs = list(zip(terms, found.explained, strict=True))
    fit = Fit(
        scores=tuple(scores),
        terms=terms,
        explained=tuple(found.explained),
        hits=tuple(found.best),
        headed=tuple(not found.headed or most >= TOUCHED for most in found.asked),
        topic=len(topic) > 0,
    )
    scores = _by_kind(profiles, words, fit)
    if profiles.lists and max(scores) < _LIST and asks_for_a_list(words):
        strange = sum(not t.light and not t.inner and t.key not in profiles.own and e < TOUCHED for t, e in pairs)
        for place in profiles.lists:
            scores[place] = max(scores[place], _LIST - _LIST_STRANGE * strange)
    return replace(fit, scores=tuple(scores))


@dataclass(slots=True)
class _Evidence:
    """What the terms of a clause say for the subjects: the best, all together, what is against them, what is asked for."""

    best: list[float]
    total: list[float]
    missed: list[float]
    asked: list[float]
    explained: list[float]
    headed: bool = False  # whether the noun phrase that is asked for has content


def _weighed(
    profiles: Profiles,
    words: Sequence[str],
    terms: Sequence[Term],
    got_of: Sequence[dict[int, float]],
    head: range,
    topic: bool,
) -> _Evidence:
    """The evidence of terms, where `head` are the places of what is asked for."""
    count = len(profiles.traits)
    found = _Evidence([0.0] * count, [0.0] * count, [0.0] * count, [0.0] * count, [])
    phrase: dict[int, float] = {}
    for term, got in zip(terms, got_of, strict=True):
        if term.phrase:
            phrase = got
        elif term.inner and max(phrase.values(), default=0.0) >= _NAMED:
            got = {place: value for place, value in got.items() if phrase.get(place, 0.0) >= TOUCHED}
        weight = _LIGHT if term.light else 1.0
        found.explained.append(max(got.values(), default=0.0))
        if topic and term.place not in head:
            weight *= _BESIDE
        elif found.headed and term.place >= head.stop < len(words) and words[head.stop] in _OF:
            weight *= _COMPLEMENT
        for place, value in got.items():
            found.total[place] += value * weight
            found.best[place] = max(found.best[place], value * weight)
        content = not (term.inner or term.light)
        if term.place in head:
            found.headed = found.headed or (content and not term.plain)
            for place, value in got.items():
                found.asked[place] = max(found.asked[place], value)
        elif content and not topic:
            cost = _cost(profiles, term, found.explained[-1])
            for place in range(count):
                found.missed[place] += cost * (1 - got.get(place, 0.0))
    last = next((got for t, got in zip(terms, got_of, strict=True) if t.place == head.stop - 1 and not t.phrase), {})
    last_is_known = len(head) > 1 and max(last.values(), default=0.0) >= _NAMED
    for place in range(count):
        found.missed[place] += _LAST * (1 - last.get(place, 0.0)) if last_is_known else 0.0
        found.missed[place] += _HEAD * (1 - found.asked[place]) if found.headed else 0.0
    return found


def is_of_kind(profiles: Profiles, words: Sequence[str], place: int) -> bool:
    """Whether a question is of the kind that a subject answers: "when" for a day."""
    return bool(kinds_of_question(words) & profiles.traits[place].kinds)


def _counts(term: Term, named: frozenset[str]) -> bool:
    return term.key not in named and term.key not in _MEASURES and not (term.inner and term.light)


def _cost(profiles: Profiles, term: Term, explained: float) -> float:
    """What a word takes away from the subjects that it does not fit."""
    if term.plain:
        return 0.0
    if term.key in profiles.own or term.key.isdigit():
        return _OWN
    foreign = explained < 0.2 and any(strength >= 0.5 for _, strength in term.concepts)
    return _FOREIGN if foreign else _STRANGE


def _got(profiles: Profiles, term: Term) -> dict[int, float]:
    """How well a term fits the subjects: the same word, a word of the same concept, a word of like meaning."""
    got: dict[int, float] = {}
    for place, weight in profiles.stems.get(term.key, ()):
        if weight > VALUE or weight == SAYS:
            got[place] = weight
    present = [pair for pair in term.concepts if pair[0] in profiles.concepts]
    held = [weight for concept, _ in present for _, weight in profiles.concepts[concept]]
    if max(held, default=0.0) < _HELD:
        present += [
            (near, _FAMILY * strength)
            for concept, strength in term.concepts
            for near in profiles.lexicon.nearest.get(concept, ())
            if near in profiles.concepts
        ]
        present = list(dict(sorted(present, key=lambda pair: pair[1])).items())
    alone = len({place for concept, _ in present for place, _ in profiles.concepts[concept]}) == 1
    for concept, strength in present:
        if (len(present) == 1 or alone) and not term.light:
            strength = max(strength, _CLEAR if concept in dict(term.concepts) else _NEAR_CLEAR)
        for place, weight in profiles.concepts[concept]:
            got[place] = max(got.get(place, 0.0), _CONCEPT * strength * weight)
    unknown = not term.light and not term.concepts and not term.inner
    if unknown and max(got.values(), default=0.0) < _ALIKE_BELOW:
        for place, alike in profiles.alike(term.word):
            got[place] = max(got.get(place, 0.0), _ALIKE_FIT * alike)
    return got


def _by_kind(profiles: Profiles, words: Sequence[str], fit: Fit) -> list[float]:
    """The scores, with the kind of the question: "how many" asks for no reason."""
    scores = list(fit.scores)
    if asks_for_a_limit(words):
        scores = _by_limit(profiles, words, scores)
    asked = kinds_of_question(words)
    if not asked:
        return scores
    alone = all(term.key in _WHEN for term in fit.content)
    for place, traits in enumerate(profiles.traits):
        fits = bool(asked & traits.kinds)
        if "why" in asked:
            scores[place] += _WHY if "why" in traits.kinds else -_NOT_WHY
        elif fits and alone:
            scores[place] = max(scores[place], _KIND_ALONE)
        elif fits:
            scores[place] += _KIND if fit.hits[place] > _KIND_FROM else 0
        elif not (asked <= _AMOUNTS and traits.kinds & _AMOUNTS):
            other = _OTHER_WAY if asked == {"how"} else _NOT_SO if traits.yes_no else _OTHER_KIND
            scores[place] -= other * (_NAMED_KIND if fit.hits[place] >= _SURELY and asked <= _MEASURED else 1)
    return scores


def _by_limit(profiles: Profiles, words: Sequence[str], scores: Sequence[float]) -> list[float]:
    """The scores for a question about a limit: that of a price is a fact about the price, but not what is expected."""
    rows = profiles.concepts.get(profiles.lexicon.names.index("price"), ())
    priced = {place for place, weight in rows if weight > _PRICED} if asks_for_money(words) else set()
    found = []
    for place, score in enumerate(scores):
        if profiles.traits[place].expected:
            found.append(score - _EXPECTED)
        else:
            found.append(max(score + _LIMIT, _LIST) if place in priced else score)
    return found
