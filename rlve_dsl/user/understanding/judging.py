"""What one clause of a message asks for: the rules that choose from how well it fits the subjects.

Belongs here: bars, margins, the difference between what does not hold and what is not understood. Does not belong here:
clauses that belong together, slots, items.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rlve_dsl.english import stem
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
from rlve_dsl.user.understanding import odds
from rlve_dsl.user.understanding.choice import Choice
from rlve_dsl.user.understanding.evidence import Heard, Numbers
from rlve_dsl.user.understanding.fitting import Fit, fit_of, is_of_kind
from rlve_dsl.user.understanding.forms import asks_for_money, heads_of, is_general
from rlve_dsl.user.understanding.lexicon import STOP, Term
from rlve_dsl.user.understanding.profiles import without_fillers
from rlve_dsl.user.understanding.reading import Prepared, Reading
from rlve_dsl.user.understanding.spans import Span, only_leads

LIKELY = 0.5  # from here on a clause likely asks for a fact
_BESIDE = 0.5  # and for others that are so likely, of the likeliest one
_UNLIKELY = 0.03  # below, it asks for none
BAR = 0.62  # from here on the words of a clause fit a subject
_NO_CASE = 0.15  # what a question without a case takes away from what to do in some case
_TIE = 0.02
SURE = 0.85  # from here on a subject fits better than any broad question
_VALUE = 0.48  # from here on words name a value
NEAR = 0.3  # from here on a subject may be meant
_KNOWN = 0.45  # from here on a word surely means something
TOUCHED = 0.32  # from here on a word belongs to a fact
WH = re.compile(r"\b(?:what|which|how|when|where|who|why|whom|whose)\b")
_WHICH_ORDER = re.compile(r"\bwhich (?:of |one|order|purchase)")
_IS_A = re.compile(r"^(?:(?:and|so|ok|or) )*(?:is|was|are|were|does|do|did|has|have) (?:it|that|this|they)\b")
_QUESTION = re.compile(
    r"\b(?:what|which|how|when|where|who|why|whose)\b"
    r"|\b(?:is|are|was|were|do|does|did|can|could|would|will|shall|should|have|has|may|might) (?:you|it|the|they|there|this|that|any|your|i|we|these|both|he|she)\b"
    r"|^(?:and )?any\b|\b(?:tell me|let me know|give me|i need|please)\b"
)
_OPEN = frozenset(
    ["rest", "fill", "els", "what els", "other", "wish", "further", "requirement", "list", "important", "matter"]
)


_WHY = 0.5  # from here on a question why asks for the only reason
_UNSURE = 0.7  # below, the form of a question may show that it asks something else
_SENDS = re.compile(r"\b(?:send|ship|return|bring|get|give|post|mail)\b.*\b(?:back|it|them)\b")
_STATES = re.compile(r"^(?:(?:and|so|ok) )*(?:(?:it|that|this) is|you (?:are|want|would))\b")
_THESE = frozenset(["it", "them", "order", "item", "items", "product", "this", "these", "return", "back"])
_PERSON = frozenset(["who", "whose", "whom"])
_MOVING = frozenset(["go", "back", "return", "send", "ship", "giv", "wear", "it", "them", "all", "to"])
_WHETHER = re.compile(
    r"^(?:(?:and|so|but|ok|also) )*(?:do|does|is|are|was|were|did|should|will|has|have) (?!(?:there|you (?:have|know|remember|recall|mind))\b)"
)


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
        if chosen and sum(word not in STOP for word in topic) > 1 and _only_of(topic, fit):
            chosen, held, choice.near = (), False, 0.0
        if chosen and self._is_misled(words, fit, chosen):
            chosen, held = (), False
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
        elif self._option(words):
            choice.kind, choice.subjects = "question", tuple(self.profiles.options)
            choice.why = "it asks how the item should be"
        elif asks_for_money(words) and any(self._is_amount(place) for place, held in enumerate(self._held) if held):
            choice.kind, choice.near, choice.why = "unclear", max(choice.near, BAR), "a fact is an amount of money"
        elif (
            choice.near < _UNLIKELY
            and choice.hit < _KNOWN
            and topic
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
        elif choice.near < _UNLIKELY and self._strange(words, fit):
            choice.kind, choice.why, choice.strange = "no_view", "it is about something that no fact says", True
        else:
            choice.kind, choice.why = "unclear", f"the nearest fact fits {choice.near:.2f}"

    def _is_misled(self, words: Sequence[str], fit: Fit, chosen: Sequence[int]) -> bool:
        """Whether a clause asks something else than the subjects that its words fit.

        It does where nothing that is held comes in such numbers ("how many rooms"), and where it asks whether something is so
        and not why or how it is ("do all three go back?").
        """
        text = " ".join(words)
        traits = [self.profiles.traits[place] for place in chosen]
        top = max(fit.scores[place] for place in chosen)
        if "how many" in text:
            head = heads_of(words)
            strange = any(t.place in head and e < TOUCHED for t, e in zip(fit.terms, fit.explained, strict=True))
            return strange and top < _UNSURE and not any("how_many" in of.kinds for of in traits)
        pairs = list(zip(fit.terms, fit.explained, strict=True))
        if "how" in words and _SENDS.search(text) and all("why" in of.kinds and "how" not in of.kinds for of in traits):
            return True
        if not _WHETHER.search(text) or WH.search(text) or "or" in words:
            return False
        if all(of.yes_no for of in traits):
            return top < _UNSURE and any(not t.light and not t.inner and e < TOUCHED for t, e in pairs)
        if not all(of.kinds & {"why", "how"} for of in traits):
            return False
        return all(set(term.key.split()) <= _MOVING for term, explained in pairs if explained >= BAR)

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
        if not fit.content and max(fit.scores, default=0.0) >= BAR:  # "Why and how?"
            most = max(fit.scores)
            near = [place for place, score in enumerate(fit.scores) if score > most - _TIE]
        else:
            top = max(fit.odds, default=0.0)
            near = [place for place, chance in enumerate(fit.odds) if chance >= max(LIKELY, _BESIDE * top)]
        held = tuple(place for place in near if self._held[place])
        return (held, True) if held else (tuple(near), False)

    def by_values(self, words: Sequence[str]) -> tuple[int, ...]:
        """The subjects that hold and have the values that words name best."""
        fit = fit_of(self.profiles, words, frozenset(), values=True)
        most = max(fit.scores, default=0.0)
        if most < _VALUE:
            return ()
        near = [place for place, score in enumerate(fit.scores) if score > most - _TIE and self._held[place]]
        return tuple(near) if len({self._subjects[place].fact for place in near}) == 1 else ()

    def _general(self, words: Sequence[str], fit: Fit, chosen: Sequence[int]) -> bool:
        """Whether a clause asks for whatever is open, and for nothing by name."""
        if chosen and "else" in words and all(self._said(place) for place in chosen):
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

    def _option(self, words: Sequence[str]) -> bool:
        """Whether it asks for something unknown of an item that comes in options: "which mount for the camera?"."""
        head = heads_of(words)
        named = self._items.named(words)
        return bool(self.profiles.options and named and head and stem(words[head[-1]]) not in self._named)

    def _said_of(self, words: Sequence[str], topic: Sequence[str]) -> bool:
        """Whether a value has words of the topic and others of the clause."""
        stems = {stem(word) for word in words if word not in STOP} - set(topic)
        return any(not said.isdisjoint(topic) and not said.isdisjoint(stems) for said in self.profiles.said)

    def _strange(self, words: Sequence[str], fit: Fit) -> bool:
        """Whether a clear question is about something, and no word of it belongs to a fact that holds."""
        hit = max((hit for hit, held in zip(fit.hits, self._held, strict=True) if held), default=0.0)
        text = " ".join(words)
        if (
            hit >= TOUCHED
            or not fit.content
            or _STATES.search(text)
            or self.profiles.shared
            or _QUESTION.search(text) is None
        ):
            return False
        owned = [term.key in self.profiles.own for term in fit.content]
        known = any(strength >= _KNOWN for term in fit.content for _, strength in term.concepts)
        if WH.search(text):
            return known and not any(owned)
        return known and not any(owned) and _IS_A.search(text) is None


def _is_open(key: str) -> bool:
    """Whether a term only says that something is open."""
    return key in _OPEN or all(root in _OPEN or root in STOP for root in key.split())


def _only_of(topic: Sequence[str], fit: Fit) -> bool:
    """Whether what fits a subject are only words of a topic: the number of "phone number"."""
    pairs = zip(fit.terms, fit.explained, strict=True)
    return all(term.key in topic and not term.phrase for term, explained in pairs if explained >= BAR)


def _is_by_the_way(topic: Sequence[str], words: Sequence[str]) -> bool:
    """Whether "who", "whose" or "in which" asks, so that a topic of one word may only be where the answer is found."""
    return len(topic) == 1 and (not _PERSON.isdisjoint(words) or words[:2] in (("in", "which"), ("in", "what")))
