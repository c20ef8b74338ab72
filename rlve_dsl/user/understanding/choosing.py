"""What each clause of a message asks for: the rules that choose, from how well it fits the subjects.

Belongs here: bars, margins, clauses that belong together. Does not belong here: slots, items, what a message is as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rlve_dsl.user.understanding.forms import announces, is_bare_confirmation, is_general, is_go_ahead, is_on_condition, proposes
from rlve_dsl.user.understanding.lexicon import STOP, lexicon
from rlve_dsl.user.understanding.profiles import Fit, Profiles, head_of
from rlve_dsl.user.understanding.reading import Prepared, Reading
from rlve_dsl.user.understanding.spans import Span
from rlve_dsl.user.understanding.texts import stem

Kind = Literal["question", "general", "go_ahead", "no_view", "talk", "unclear"]
"""What a message or a clause is, first of all."""

_BAR = 0.55
_MARGIN = 0.1
_SURE = 0.85
_NEAR = 0.3
_CONDITION = re.compile(r"\b(?:if|in case|should|when|once|otherwise)\b")
_STARTS_CONDITION = re.compile(r"^(?:(?:and|or|so|but|also) )*(?:if|in case|should|when|once|in the event|where)\b")
_WH = re.compile(r"\b(?:what|which|how|when|where|who|why|whom|whose)\b")
_OFFERS = re.compile(r"\b(?:or|is it|was it|are you|do you|did you|would you|is that|are they|were they|be|rather|prefer|it is|you would like)\b")
_TOUCHED = 0.32
_QUESTION = re.compile(
    r"\b(?:what|which|how|when|where|who|why|whose)\b"
    r"|\b(?:is|are|was|were|do|does|did|can|could|would|will|shall|should|have|has|may|might) (?:you|it|the|they|there|this|that|any|your|i|we|these|both|he|she)\b"
    r"|^(?:and )?any\b|\b(?:tell me|let me know|give me|i need|please)\b"
)
_VERB = re.compile(r"\b(?:is|are|was|were|be|do|does|did|can|could|would|will|shall|should|must|have|has|may|might|need)\b")
_NAMES = re.compile(
    r"^(?:(?:and|so|ok|or) )*(?:(?:is|was|would|could|will) (?:it|that|this|the one)|(?:is|was) the"
    r"|(?:do|did|would|have) you (?:be )?(?:say|said|want|wanted|mean|mention|mentioned|ask|need|prefer|like)|you (?:said|want|wanted))\b"
)
_IS_A = re.compile(r"^(?:(?:and|so|ok|or) )*(?:is|was|are|were|does|do|did|has|have) (?:it|that|this|they)\b")
_OPEN_KINDS = ("talk", "unclear", "no_view")
_IS_IT = re.compile(r"^(?:(?:and|so|ok|or) )*(?:(?:is|was|would|could) (?:it|that|this)|(?:do|did) you mean)\b.*\b(?:one|order|from)\b")
_OPEN = frozenset(["els", "what els", "other", "wish", "further", "requirement", "list", "important", "matter"])


@dataclass(slots=True)
class Choice:
    """What a clause is.

    Attributes:
        span: The clause.
        kind: What it is.
        subjects: The subjects that it asks for.
        hit: How well its best word fits a held subject.
        values: The stems of values that it names, when these ask for the fact.
        near: How well it fits the held subject that it fits best.
        why: The reason, for people.
    """

    span: Span
    kind: Kind = "talk"
    subjects: tuple[int, ...] = ()
    near: float = 0.0
    hit: float = 0.0
    values: frozenset[str] = frozenset()
    why: str = "it asks nothing"
    row: int = field(default=0)


class Chooser:
    """Chooses what the clauses of a message ask for.

    Args:
        prepared: The facts.
        reading: The message.
    """

    __slots__ = ("_held", "_prepared", "_profiles", "_reading", "_subjects")

    def __init__(self, prepared: Prepared, reading: Reading) -> None:
        self._prepared = prepared
        self._profiles: Profiles = prepared.profiles
        self._reading = reading
        self._subjects = prepared.subjects
        self._held = [subject.held > 0 for subject in prepared.subjects]

    def choices(self) -> list[Choice]:
        """What each clause is, in order; whole sentences are left out."""
        sentences: dict[int, list[int]] = {}
        spans = self._reading.spans
        for row, span in enumerate(spans):
            sentences.setdefault(span.piece.sentence, []).append(row)
        found: list[Choice] = []
        for rows in sentences.values():
            clauses = [Choice(spans[row], row=row) for row in rows if not spans[row].whole]
            self._sentence(clauses)
            found += clauses
        return found

    def _sentence(self, clauses: list[Choice]) -> None:
        words = tuple(word for clause in clauses for word in clause.span.words)
        mark = clauses[0].span.piece.mark
        asking = [clause for clause in clauses if clause.span.asks]
        bare = is_bare_confirmation(words) and (mark == "?" or "confirm" in words)
        asked_first = not asking or all(is_go_ahead(clause.span.words) for clause in asking)
        proposed = is_go_ahead(words) and (mark == "?" or (announces(words) and is_on_condition(words))) and asked_first
        if bare or (proposed and not is_general(words)) or (mark == "?" and proposes(words)):
            clauses[-1].kind, clauses[-1].why = "go_ahead", "it asks for a go-ahead"
            return
        if not asking and mark == "?" and is_general(words):
            clauses[-1].kind, clauses[-1].why = "general", "it asks for whatever is open"
        if not asking:
            return
        fits = [self._fit(clause) for clause in asking]
        for clause, fit in zip(asking, fits, strict=True):
            self._judge(clause, fit)
        self._conditions(asking)
        self._lists(asking, fits)
        self._continuations(asking, fits)
        if all(clause.kind in ("talk", "unclear") for clause in asking):
            self._whole(asking)
        if mark == "?" and all(clause.kind in _OPEN_KINDS and clause.near < 0.45 for clause in asking):
            self._values(asking)

    def _values(self, asking: list[Choice]) -> None:
        """A fact may be asked for by what it could be: "is it the guitar?", "the lamp or the rug?"."""
        apart = any(clause.kind == "no_view" for clause in asking)
        for clause in () if apart else asking:
            words = clause.span.words
            text = " ".join(words)
            verb = _VERB.search(text) is not None
            if _WH.search(text) or (_NAMES.search(text) is None if verb else len(asking) == 1):
                continue
            fit = self._profiles.fit(words, frozenset(), True)
            chosen, held = self._best(fit.scores, fit.hits)
            if chosen and held:
                clause.kind, clause.subjects, clause.why = "question", chosen, "it names a value"
                clause.values = frozenset(map(stem, words)) & self._profiles.own
        if any(clause.kind == "question" for clause in asking):
            return
        words = tuple(word for clause in asking for word in clause.span.words)
        bare = len(asking) > 2 and all(len(clause.span.words) <= 5 for clause in asking[:-1])
        alternatives = len(asking) > 1 and all(len(clause.span.words) <= 6 for clause in asking)
        one = self._profiles.shared if (alternatives and not _VERB.search(" ".join(words))) or _IS_IT.search(" ".join(words)) else ()
        bare = bare and not any(char.isdigit() for word in words for char in word)
        chosen = tuple(one) or (tuple(self._profiles.lists) if bare else ())
        free = all(clause.hit < _TOUCHED for clause in asking)
        free = free and 3 * sum(self._owns(clause) for clause in asking) <= len(asking)
        if not chosen and free and not _VERB.search(" ".join(words)) and not self._profiles.open and not self._profiles.shared and len(asking) > 1 and any(self._means(clause) for clause in asking):
            asking[0].kind, asking[0].why = "no_view", "it offers what no fact says"
        if chosen and (one or max(clause.near for clause in asking) < _NEAR):
            asking[0].kind, asking[0].subjects, asking[0].why = "question", chosen, "it names what could be the answer"

    def _whole(self, asking: list[Choice]) -> None:
        """A sentence none of whose clauses is understood may be understood as a whole."""
        words = tuple(word for clause in asking for word in clause.span.words)
        last = asking[-1]
        if is_general(words):
            last.kind, last.why = "general", "it asks for whatever is open"
        elif len(asking) > 1:
            self._judge(last, self._profiles.fit(words, self._reading.named, False), words)

    def _fit(self, clause: Choice) -> Fit:
        words = clause.span.words
        return self._profiles.fit(words, self._reading.named, False)

    def _judge(self, clause: Choice, fit: Fit, words: Sequence[str] = ()) -> None:
        words = words or clause.span.words
        scores = fit.scores
        clause.near = max((s for s, held in zip(scores, self._held, strict=True) if held), default=0.0)
        clause.hit = max((h for h, held in zip(fit.hits, self._held, strict=True) if held), default=0.0)
        chosen, held = self._best(scores, fit.hits)
        topic = lexicon().topic(words, self._profiles.words, self._profiles.own)
        if chosen and len(topic) > 1 and all(t.key in topic and not t.phrase for t, e in zip(fit.terms, fit.explained, strict=True) if e >= _BAR):
            chosen, held, clause.near = (), False, 0.0
        top = max(scores, default=0.0)
        open_list = bool(self._profiles.lists) and "else" in words and "know" not in words and "what" in words
        if is_general(words) and not self._special(fit) and not (open_list and held):
            clause.kind, clause.why = "general", "it asks for whatever is open"
        elif held and "else" in words and all(self._subjects[p].held > 1 and not self._subjects[p].omitted for p in chosen):
            clause.kind, clause.why = "general", "it asks for whatever is open"
        elif chosen and held:
            clause.kind, clause.subjects = "question", chosen
            clause.why = ", ".join(f"the fact {self._subjects[p].fact[1]} {scores[p]:.2f}" for p in chosen)
        elif chosen:
            clause.kind = "no_view"
            clause.why = ", ".join(f"the fact {self._subjects[p].fact[1]}, which does not hold {scores[p]:.2f}" for p in chosen)
        elif not any(word not in STOP for word in words) and top < _NEAR:
            clause.kind, clause.why = "talk", "it has no content"
        elif self._option(words):
            clause.kind, clause.subjects, clause.why = "question", tuple(self._profiles.options), "it asks how the item should be"
        elif clause.near < _NEAR and topic and not self._said_of(words, topic):
            clause.kind, clause.why = "no_view", f"it is about {' '.join(topic)}"
        elif any(self._profiles.is_of_kind(words, place) for place, held in enumerate(self._held) if held):
            clause.kind, clause.near, clause.why = "unclear", max(clause.near, _BAR), "a fact answers such questions"
        elif self._strange(words, fit):
            clause.kind, clause.why = "no_view", "it is about something that no fact says"
        else:
            clause.kind, clause.why = "unclear", f"the nearest fact is {clause.near:.2f}"

    def _option(self, words: Sequence[str]) -> bool:
        """Whether it asks for something unknown of an item that comes in options: "which mount for the camera?"."""
        head = head_of(words)
        named = self._prepared.items.named(words)
        return bool(self._profiles.options and named and head >= 0 and stem(words[head]) not in self._reading.named)

    def _said_of(self, words: Sequence[str], topic: Sequence[str]) -> bool:
        """Whether a value has words of the topic and others of the clause."""
        stems = {stem(word) for word in words if word not in STOP} - set(topic)
        return any(not said.isdisjoint(topic) and not said.isdisjoint(stems) for said in self._profiles.said)

    def _special(self, fit: Fit) -> bool:
        """Whether a clause names something that a fact says, besides "what else"."""
        own = self._profiles.own
        return any(
            not term.light and not term.inner and explained >= _BAR and term.key not in _OPEN and term.key not in own
            for term, explained in zip(fit.terms, fit.explained, strict=True)
        )

    def _strange(self, words: Sequence[str], fit: Fit) -> bool:
        """Whether a clear question is about something, and no word of it belongs to a fact that holds."""
        hit = max((hit for hit, held in zip(fit.hits, self._held, strict=True) if held), default=0.0)
        content = [term for term in fit.terms if not term.light and not term.inner]
        if hit >= _TOUCHED or not content or self._profiles.shared or _QUESTION.search(" ".join(words)) is None:
            return False
        owned = [term.key in self._profiles.own for term in content]
        text = " ".join(words)
        return not all(owned) if _WH.search(text) else not any(owned) and _IS_A.search(text) is None

    def _owns(self, clause: Choice) -> bool:
        return any(stem(word) in self._profiles.own and word not in STOP for word in clause.span.words)

    @staticmethod
    def _means(clause: Choice) -> bool:
        """Whether a word of it is known to mean something."""
        return any(s >= _BAR for term in lexicon().terms(clause.span.words) if not term.light for _, s in term.concepts)

    def _best(self, scores: Sequence[float], hits: Sequence[float]) -> tuple[tuple[int, ...], bool]:
        """The subjects that a clause asks for, and whether they hold."""
        top = max(scores, default=0.0)
        if top < _BAR:
            return (), False
        near = [place for place, score in enumerate(scores) if score > top - _MARGIN and score >= _BAR]
        held = [place for place in near if self._held[place]]
        if not held:
            return tuple(near), False
        facts = {self._subjects[place].fact for place in held}
        if len(facts) > 1 and len({fact for _, fact in facts}) > 1:
            best = [place for place in held if scores[place] > max(scores[p] for p in held) - 0.02]
            if len({self._subjects[p].fact for p in best}) > 1:
                most = max(hits[p] for p in best)
                best = [p for p in best if hits[p] > most - 0.08]
            return (tuple(best), True) if len({self._subjects[p].fact for p in best}) == 1 else ((), False)
        return tuple(held), True

    def _conditions(self, asking: list[Choice]) -> None:
        """ "If it is sold out, which colour …": both clauses ask what to do in that case, and nothing else."""
        for place, clause in enumerate(asking):
            conditional = [p for p in clause.subjects if self._profiles.conditional[p]]
            text = " ".join(clause.span.words)
            if not conditional or not _STARTS_CONDITION.search(text) or re.search(r"\bwh(?:at|ich)\b|\bhow\b", text):
                continue
            beside = place + 1 if place + 1 < len(asking) else place - 1
            if 0 <= beside < len(asking) and asking[beside].kind in ("question", "unclear", "no_view", "general"):
                other = asking[beside]
                other.kind, other.subjects, other.why = "question", clause.subjects, "it says what to do in that case"

    def _lists(self, asking: list[Choice], fits: Sequence[Fit]) -> None:
        """ "How much do price, rating and brand count?": clauses with the things that one question lists ask it together."""
        for subject, listed in enumerate(self._profiles.listed):
            if not listed:
                continue
            having = [i for i, c in enumerate(asking) if listed & {stem(word) for word in c.span.words}]
            bare = [i for i in having if len(asking[i].span.words) <= 6 and not _WH.search(" ".join(asking[i].span.words))]
            surely = max(fit.scores[subject] for fit in fits) >= _BAR
            if len(bare) >= 3 or (surely and len(bare) >= 2):
                first = having[0] if having[0] + 1 in bare or having[0] in bare else bare[0]
                for place in range(first, bare[-1] + 1):
                    asking[place].kind, asking[place].subjects = "question", (subject,)
                    asking[place].why = "it lists what one question lists"

    def _continuations(self, asking: list[Choice], fits: Sequence[Fit]) -> None:
        """ "How much do price, rating and brand count": what goes on with words of the same question asks for it alone."""
        for place, clause in enumerate(asking):
            if clause.span.piece.item and len(asking) == 1:
                continue
            stems = {stem(word) for word in clause.span.words if word not in STOP}
            if not stems or len(clause.span.words) > 5 or _WH.search(" ".join(clause.span.words)):
                continue
            for other in range(len(asking)):
                if other == place or asking[other].kind != "question":
                    continue
                for subject in asking[other].subjects:
                    rivals = [p for p in clause.subjects if p != subject]
                    surely = fits[other].scores[subject] >= _SURE
                    if rivals and surely and stems <= self._profiles.literal[subject]:
                        clause.subjects, clause.why = (subject,), "it goes on with the same question"
                        break
