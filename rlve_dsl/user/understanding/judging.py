"""What one clause of a message asks for: the rules that choose from how well it fits the subjects.

Belongs here: bars, margins, the difference between what does not hold and what is not understood. Does not belong here:
clauses that belong together, slots, items.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rlve_dsl.english import stem
from rlve_dsl.user.understanding import odds
from rlve_dsl.user.understanding.broad import (
    asks_about_the_case,
    asks_for_things,
    asks_for_weights,
    asks_for_wishes,
    asks_in_case_of_lack,
    asks_plainly_for_wishes,
    names_a_case,
    purpose_of,
)
from rlve_dsl.user.understanding.choice import Choice
from rlve_dsl.user.understanding.evidence import Heard, Numbers
from rlve_dsl.user.understanding.fitting import Fit, fit_of, is_of_kind
from rlve_dsl.user.understanding.forms import asks_for_money, is_general
from rlve_dsl.user.understanding.lexicon import STOP, Term
from rlve_dsl.user.understanding.profiles import without_fillers
from rlve_dsl.user.understanding.reading import Prepared, Reading
from rlve_dsl.user.understanding.spans import Span, only_leads

LIKELY = 0.55  # from here on a clause likely asks for a fact
_AGREED = 0.3  # the same for a fact that the words of the clause surely fit
_BESIDE = 0.5  # and for others that are so likely, of the likeliest one
_UNLIKELY = 0.12  # below, it asks for none where it has the words of a topic
_LEAST = 0.05  # the same for a topic of one word, and where it asks for a fact that does not hold
_ABSENT = 0.8  # from here on it surely asks for a fact that does not hold
BAR = 0.62  # from here on the words of a clause fit a subject
_NO_CASE = 0.15  # what a question without a case takes away from what to do in some case
_TIE = 0.02
SURE = 0.85  # from here on a subject fits better than any broad question
NEAR = 0.3  # from here on a subject may be meant
_KNOWN = 0.45  # from here on a word surely means something
_WHICH_ORDER = re.compile(r"\bwhich (?:of |one|order|purchase)")
_OPEN = frozenset(
    ["rest", "fill", "els", "what els", "other", "wish", "further", "requirement", "list", "important", "matter"]
)


_NEEDS = frozenset(["need", "want", "like"])
_WHY = 0.5  # from here on a question why asks for the only reason
_THESE = frozenset(["it", "them", "order", "item", "items", "product", "this", "these", "return", "back"])
_PERSON = frozenset(["who", "whose", "whom"])


class Judge:
    """Judges the clauses of a message.

    Args:
        prepared: The facts.
        reading: The message.
    """

    __slots__ = ("_evidence", "_held", "_items", "_named", "_sentences", "_subjects", "profiles")

    def __init__(self, prepared: Prepared, reading: Reading) -> None:
        self.profiles = prepared.profiles
        self._items = prepared.items
        self._named = reading.named
        self._subjects = prepared.subjects
        self._held = [subject.held > 0 for subject in prepared.subjects]
        self._evidence = prepared.evidence
        self._sentences: dict[int, list[str]] = {}
        for span in reading.spans:
            if not span.whole:
                self._sentences.setdefault(span.piece.sentence, []).extend(span.words)

    def fit(self, span: Span) -> Fit:
        """How well a clause fits the subjects."""
        fit = self._fit(span.words)
        return replace(fit, odds=tuple(odds.trees().of(self._numbers(span, fit)).tolist()))

    def numbers(self, span: Span) -> Numbers:
        """What speaks for it that a clause asks for each of the subjects."""
        return self._numbers(span, self._fit(span.words))

    def _numbers(self, span: Span, fit: Fit) -> Numbers:
        sentences = self._sentences
        at = list(sentences).index(span.piece.sentence)
        before = list(sentences.values())[at - 1] if at else ()
        heard = Heard(span, fit, before, sentences[span.piece.sentence], len(sentences), self._named)
        return self._evidence.of(heard)

    def _fit(self, words: Sequence[str]) -> Fit:
        """How well words fit; what to do in some case is asked for where a case is named."""
        fit = fit_of(self.profiles, words, self._named)
        if not self.profiles.conditional or asks_in_case_of_lack(words):
            return fit
        less = tuple(s - _NO_CASE * of.conditional for s, of in zip(fit.scores, self.profiles.traits, strict=True))
        return replace(fit, scores=less)

    def judge(self, choice: Choice, words: Sequence[str], fit: Fit) -> None:
        """Say what a clause is, by its words, or by those of its sentence."""
        choice.near = max((c for c, held in zip(fit.odds, self._held, strict=True) if held), default=0.0)
        choice.hit = max((h for h, held in zip(fit.hits, self._held, strict=True) if held), default=0.0)
        chosen, held = self.best(fit)
        topic = self.profiles.lexicon.topic(words, self.profiles.words, self.profiles.own)
        if self.profiles.shared and not held and _WHICH_ORDER.search(" ".join(words)):
            chosen, held = tuple(self.profiles.shared), True
        own = self._own(words)
        broad = () if own else self._broad(words, fit)
        if only_leads(words):
            choice.kind, choice.near, choice.hit, choice.why = "talk", 0.0, 0.0, "it only leads up to a question"
        elif own:
            mine = tuple(place for place in own if self._held[place])
            choice.kind, choice.subjects = ("question" if mine else "no_view"), mine
            choice.why = "it is a question of the file"
        elif broad:
            choice.kind, choice.subjects, choice.why = "question", broad, "it asks for all of a kind"
        elif self._general(words, fit, chosen if held else ()):
            choice.kind, choice.why = "general", "it asks for whatever is open"
        elif chosen:
            choice.kind, choice.subjects = ("question", chosen) if held else ("no_view", ())
            names = ", ".join(f"{self._subjects[place].fact[1]} {fit.odds[place]:.2f}" for place in chosen)
            choice.why = f"it likely asks for {names}{'' if held else ', which does not hold'}"
        else:
            self._judge_rest(choice, words, fit, topic)

    def _judge_rest(self, choice: Choice, words: Sequence[str], fit: Fit, topic: Sequence[str]) -> None:
        """Say what a clause is that fits no subject."""
        if not any(word not in STOP for word in words) and choice.near < _UNLIKELY:
            choice.kind, choice.why = "talk", "it has no content"
        elif asks_for_money(words) and any(self._is_amount(place) for place, held in enumerate(self._held) if held):
            choice.kind, choice.near, choice.why = "unclear", max(choice.near, BAR), "a fact is an amount of money"
        elif (
            topic
            and choice.near < (_UNLIKELY if len(topic) > 1 else _LEAST)
            and choice.hit < _KNOWN
            and not self._said_of(words, topic)
            and not _is_by_the_way(topic, words)
        ):
            choice.kind, choice.why = "no_view", f"it is about {' '.join(topic)}"
        elif (
            "why" in words
            and len(whys := self._whys()) == 1
            and ((words[0] == "why" and not _THESE.isdisjoint(words)) or fit.scores[whys[0]] >= _WHY)
        ):
            choice.kind, choice.subjects, choice.why = "question", whys, "it asks why"
        elif any(is_of_kind(self.profiles, words, place) for place, held in enumerate(self._held) if held):
            choice.kind, choice.near, choice.why = "unclear", max(choice.near, BAR), "a fact answers such questions"
        else:
            choice.kind, choice.why = "unclear", f"the nearest fact fits {choice.near:.2f}"

    def _own(self, words: Sequence[str]) -> tuple[int, ...]:
        """The subjects of which these words are a question, but for what makes it polite."""
        return self.profiles.questions.get(without_fillers(words), ())

    def _broad(self, words: Sequence[str], fit: Fit) -> tuple[int, ...]:
        """The subjects of a question that is known by its form: for weights, for a case, for all wishes."""
        profiles = self.profiles
        if profiles.conditional and asks_in_case_of_lack(words):
            sure = [
                p for p, s in enumerate(fit.scores) if s >= SURE and self._held[p] and p not in profiles.conditional
            ]
            if names_a_case(words) or not sure:
                return tuple(profiles.conditional)
        if profiles.weighed and asks_for_weights(words):
            most = max(fit.scores[place] for place in profiles.weighed)
            return tuple(place for place in profiles.weighed if fit.scores[place] > most - _TIE)
        if profiles.wishes and asks_for_wishes(words):
            other = any(s >= SURE and place not in profiles.wishes for place, s in enumerate(fit.scores))
            if asks_plainly_for_wishes(words) or (not other and not is_general(words)):
                return tuple(profiles.wishes)
        return ()

    def best(self, fit: Fit) -> tuple[tuple[int, ...], bool]:
        """The subjects that a clause likely asks for, and whether they hold."""
        if not fit.terms and max(fit.scores, default=0.0) >= BAR:  # "Why and how?"
            most = max(fit.scores)
            near = [place for place, score in enumerate(fit.scores) if score > most - _TIE]
        else:
            top = max(fit.odds, default=0.0)
            near = [place for place, chance in enumerate(fit.odds) if chance >= max(LIKELY, _BESIDE * top)]
            if not near:
                near = [
                    p for p, score in enumerate(fit.scores) if score >= SURE and fit.odds[p] >= max(_AGREED, top - _TIE)
                ]
        held = tuple(place for place in near if self._held[place])
        if held:
            return held, True
        doubtful = any(own and chance >= _LEAST for own, chance in zip(self._held, fit.odds, strict=True))
        return () if doubtful else tuple(place for place in near if fit.odds[place] >= _ABSENT), False

    def _general(self, words: Sequence[str], fit: Fit, chosen: Sequence[int]) -> bool:
        """Whether a clause asks for whatever is open, and for nothing by name."""
        if chosen and "else" in words and all(self._said(place) for place in chosen):
            return True
        if _NEEDS.isdisjoint(words) and is_general(words) and all(word in STOP or word == "else" for word in words):
            return True
        if self.profiles.wishes and is_general(words) and asks_for_wishes(words):
            return True
        if is_general(words) and (asks_about_the_case(words) or len(chosen) > 2) and not self.profiles.lists:
            return True
        own = self.profiles.own
        end = purpose_of(words)
        special = any(
            term.place < end
            and self._is_open_fact(term)
            and not term.light
            and not term.inner
            and explained >= BAR
            and not _is_open(term.key)
            and term.key not in own
            for term, explained in zip(fit.terms, fit.explained, strict=True)
        )
        about = fit.topic and any(self._subjects[p].omitted or self._subjects[p].attribute for p in chosen)
        if special or about or not is_general(words):
            return False
        things = asks_for_things(words)
        listed = self.profiles.lists and things and "know" not in words
        return not (listed and chosen)

    def _is_open_fact(self, term: Term) -> bool:
        """Whether a word may ask for something that has not been said."""
        rows = self.profiles.stems.get(term.key, ())
        return not rows or any(self._subjects[place].omitted or not self._held[place] for place, _ in rows)

    def _whys(self) -> tuple[int, ...]:
        """The subjects that hold and answer "why"."""
        traits = self.profiles.traits
        return tuple(place for place, held in enumerate(self._held) if held and "why" in traits[place].kinds)

    def _is_amount(self, place: int) -> bool:
        traits = self.profiles.traits[place]
        return "how_much" in traits.kinds and not traits.expected and not traits.listed

    def of_kind(self, kind: str) -> tuple[int, ...]:
        """The subjects of the only fact that holds and answers questions of a kind."""
        found = tuple(
            place
            for place, held in enumerate(self._held)
            if held and kind in self.profiles.traits[place].kinds and not self.profiles.traits[place].expected
        )
        return found if len({self._subjects[place].fact for place in found}) == 1 else ()

    def names_an_item(self, words: Sequence[str]) -> bool:
        """Whether words name an item."""
        return bool(self._items.named(words))

    def _said(self, place: int) -> bool:
        """Whether all that a subject asks for was said at first."""
        return self._subjects[place].held > 1 and not self._subjects[place].omitted

    def _said_of(self, words: Sequence[str], topic: Sequence[str]) -> bool:
        """Whether a value has words of the topic and others of the clause."""
        stems = {stem(word) for word in words if word not in STOP} - set(topic)
        return any(not said.isdisjoint(topic) and not said.isdisjoint(stems) for said in self.profiles.said)


def _is_open(key: str) -> bool:
    """Whether a term only says that something is open."""
    return key in _OPEN or all(root in _OPEN or root in STOP for root in key.split())


def _is_by_the_way(topic: Sequence[str], words: Sequence[str]) -> bool:
    """Whether "who", "whose" or "in which" asks, so that a topic of one word may only be where the answer is found."""
    return len(topic) == 1 and (not _PERSON.isdisjoint(words) or words[:2] in (("in", "which"), ("in", "what")))
