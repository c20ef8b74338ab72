"""What the clauses of a message ask for together: conditions, lists, things that are offered, proposals.

Belongs here: clauses of one sentence that belong together. Does not belong here: how well one clause fits, slots, items.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from rlve_dsl.user.consent import announces, is_bare_confirmation, is_on_condition, proposes
from rlve_dsl.user.understanding.broad import (
    asks_for_wishes,
)
from rlve_dsl.user.understanding.cases import follow_a_lack, follow_a_supposition, join_cases, words_in
from rlve_dsl.user.understanding.choice import Choice
from rlve_dsl.user.understanding.forms import WH, is_general, is_go_ahead
from rlve_dsl.user.understanding.judging import BAR, NEAR, Judge
from rlve_dsl.user.understanding.listing import join_criteria, join_general, join_lists
from rlve_dsl.user.understanding.reading import Prepared, Reading
from rlve_dsl.user.understanding.spans import offers_a_choice

_NEARER = 0.45
_WHICH = re.compile(r"\b(?:what|which|how)\b")
_WHICH_ONE = re.compile(r"\bwhich (?:of|one|order|should|do|is|would|are|can)\b")
_SAY_IT = re.compile(
    r"\b(?:name|say|add|tell me|share|mention|specify|describe|give me|provide|fill in|supply) (?:it|that|this|them|those|which one it should be)(?: please| for me| to me)?$"
    r"|\bmind (?:saying|telling me|sharing|adding it|naming it)$"
)
_WILL = re.compile(r"\b(?:i|we) (?:will|shall|am going to|would) (?!(?:like|love|need|prefer|want|have to)\b)")
_TELL = re.compile(
    r"^(?:\w+ ){0,4}(?:would|could|can|will) you (?:please |kindly |be so kind as to |be kind enough to |mind )*(?:list|name|describe|specify|state)\b"
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|do|does|did|can|could|would|will|shall|should|must|have|has|may|might|need)\b"
)
_IS_IT = re.compile(
    r"^(?:(?:and|so|ok|or) )*(?:(?:(?:is|was|would|could) (?:it|that|this)|(?:do|did) you mean)\b.*\b(?:one|order|from)\b|(?:is|was) it the\b)"
)
_ELLIPSIS = re.compile(
    r"^(?:(?:and|or) )*(?:which|what|how many|how much|when|where|who)(?: one)? (?:in|for|of|on|with|about) (?!\w+ (?:is|are|do|does)\b)"
)
_MONEY = re.compile(r"[$\u20ac\u00a3]\s?\d|\b\d+ (?:dollars|euros|pounds)\b")
_NUMBERS = frozenset(
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "single", "2", "3", "4", "5", "6"]
)
_AMOUNTS = frozenset(["more", "several", "enough", "said", "single", "pair", "right", "correct", "just", "only"])
_PROMPT = 3  # words of a prompt without a question mark: "Do go on!"
_OPEN_KINDS = ("talk", "unclear", "no_view")


class Chooser:
    """Chooses what the clauses of a message ask for.

    Args:
        prepared: The facts.
        reading: The message.
    """

    __slots__ = ("_judge", "_profiles", "_reading")

    def __init__(self, prepared: Prepared, reading: Reading) -> None:
        self._profiles = prepared.profiles
        self._reading = reading
        self._judge = Judge(prepared, reading)

    def choices(self) -> list[Choice]:
        """What each clause is, in order; whole sentences are left out."""
        sentences: dict[int, list[Choice]] = {}
        for row, span in enumerate(self._reading.spans):
            if not span.whole:
                sentences.setdefault(span.piece.sentence, []).append(Choice(span, row=row))
        before: list[Choice] = []
        for clauses in sentences.values():
            self._sentence(clauses)
            follow_a_lack(self._profiles, clauses, before)
            if clauses[0].span.piece.mark == "?":
                self._refers(clauses, before)
            before = clauses
        found = [clause for clauses in sentences.values() for clause in clauses]
        self._among(found)
        return found

    def _among(self, found: Sequence[Choice]) -> None:
        """ "Your brand? Other wishes?": among other questions, one for wishes asks for all that were left out."""
        if self._profiles.wishes and any(clause.kind == "question" for clause in found):
            for clause in found:
                if clause.kind == "general" and "any" not in clause.span.words and asks_for_wishes(clause.span.words):
                    clause.kind, clause.subjects = "question", tuple(self._profiles.wishes)
                    clause.why = "it asks for all wishes"

    def _sentence(self, clauses: list[Choice]) -> None:
        words = words_in(clauses)
        mark = clauses[0].span.piece.mark
        asking = [clause for clause in clauses if clause.span.asks]
        if _is_proposal(words, mark, asking) and not (mark == "?" and offers_a_choice([c.span.piece for c in clauses])):
            clauses[-1].kind, clauses[-1].why = "go_ahead", "it asks for a go-ahead"
        elif asking:
            self._questions(asking, mark)
            follow_a_supposition(self._profiles, clauses, asking)
        elif (mark == "?" or len(words) <= _PROMPT) and is_general(words):
            clauses[-1].kind, clauses[-1].why = "general", "it asks for whatever is open"

    def _questions(self, asking: list[Choice], mark: str) -> None:
        fits = [self._judge.fit(clause.span) for clause in asking]
        for clause, fit in zip(asking, fits, strict=True):
            self._judge.judge(clause, clause.span.words, fit)
        self._ellipses(asking)
        if join_cases(self._profiles, asking):
            return
        join_lists(self._profiles, asking, fits)
        join_criteria(self._profiles, asking)
        join_general(self._profiles, asking)
        if all(clause.kind in ("talk", "unclear") for clause in asking):
            self._whole(asking)
        if mark == "?" and all(clause.kind in _OPEN_KINDS and clause.near < _NEARER for clause in asking):
            self._amounts(asking)
            if not any(clause.kind == "question" for clause in asking):
                self._offers(asking)

    def _refers(self, clauses: Sequence[Choice], before: Sequence[Choice]) -> None:
        """ "We accept mail and courier. Which do you prefer?": a question without a thing asks for that of the statement before it."""
        if any(clause.kind not in _OPEN_KINDS or clause.near >= BAR for clause in clauses):
            return
        words = words_in([clause for clause in clauses if clause.span.asks])
        own = [clause for clause in clauses if not clause.span.asks]
        content = [term for term in self._profiles.lexicon.terms(words) if not term.light and not term.inner]
        text = " ".join(words)
        if (
            (len(content) > 1 and not all(term.plain for term in content))
            or (_WHICH.search(text) is None and _SAY_IT.search(text) is None)
            or any(c.kind == "question" for c in before)
        ):
            return
        if self._profiles.shared and not content and _WHICH_ONE.search(text):
            last = clauses[-1]
            last.kind, last.subjects, last.why = "question", tuple(self._profiles.shared), "it asks which one is meant"
            return
        found = self._found(own)
        if not found:
            found = self._found(before)
        chosen = {place for _, places in found for place in places}
        if len(chosen) == 1:
            last = clauses[-1]
            last.kind, last.subjects, last.why = "question", tuple(chosen), "it refers to the sentence before it"
            last.row = found[0][0].row

    def _found(self, statements: Sequence[Choice]) -> list[tuple[Choice, tuple[int, ...]]]:
        """The statements that are about something that holds, and what."""
        fits = [(clause, *self._judge.best(self._judge.fit(clause.span))) for clause in statements]
        return [(clause, places) for clause, places, held in fits if held and places]

    def _whole(self, asking: list[Choice]) -> None:
        """A sentence none of whose clauses is understood may be understood as a whole."""
        words = words_in(asking)
        if is_general(words):
            asking[-1].kind, asking[-1].why = "general", "it asks for whatever is open"
        elif len(asking) > 1:
            self._judge.judge(asking[-1], words, self._judge.fit(replace(asking[0].span, words=words)))

    def _amounts(self, asking: list[Choice]) -> None:
        """ "Under $50 or more?", "one mug, or two?": amounts ask for the only fact that is one of money, or a number."""
        words = words_in(asking)
        if WH.search(" ".join(words)):
            return
        money = any(_MONEY.search(clause.span.piece.text) for clause in asking)
        some = [clause for clause in asking if not _NUMBERS.isdisjoint(clause.span.words[:4])]
        if not money and not (some and (len(some) > 1 or not _AMOUNTS.isdisjoint(words))):
            return
        kind = "how_much" if money else "how_many"
        places = self._judge.of_kind(kind)
        if places and (money or self._judge.names_an_item(words)):
            clause = asking[0] if money else some[0]
            clause.kind, clause.subjects, clause.why = "question", places, "it names amounts"

    def _offers(self, asking: list[Choice]) -> None:
        """Things that are no values may be offered for an open list, for which of several it is, or for nothing."""
        words = words_in(asking)
        bare = _VERB.search(" ".join(words)) is None
        short = len(asking) > 1 and all(len(clause.span.words) <= 6 for clause in asking)
        digits = any(char.isdigit() for word in words for char in word)
        several = len(asking) > 2 and all(len(clause.span.words) <= 5 for clause in asking[:-1]) and not digits
        one = self._profiles.shared if (bare and short) or _IS_IT.search(" ".join(words)) else []
        chosen = one or (self._profiles.lists if several else [])
        if chosen and (one or max(clause.near for clause in asking) < NEAR):
            asking[0].kind, asking[0].subjects = "question", tuple(chosen)
            asking[0].why = "it names what could be the answer"

    def _ellipses(self, asking: Sequence[Choice]) -> None:
        """ "Which colour for the mug, which for the pot?": a question without its noun asks for that of the one before it."""
        for before, clause in pairwise(asking):
            words = clause.span.words
            if before.kind == "question" and _ELLIPSIS.search(" ".join(words)) and self._judge.names_an_item(words):
                clause.kind, clause.subjects, clause.why = (
                    "question",
                    before.subjects,
                    "it goes on with the same question",
                )


def _is_proposal(words: Sequence[str], mark: str, asking: Sequence[Choice]) -> bool:
    """Whether a sentence says what the speaker would do and asks whether that is all right."""
    if mark == "?" and asking and _is_tagged(words, asking[-1].span.words):
        return True
    if _TELL.search(" ".join(words)):
        return False
    if is_bare_confirmation(words) and (mark == "?" or "confirm" in words):
        return True
    only = not asking or (WH.search(" ".join(words)) is None and all(is_go_ahead(c.span.words) for c in asking))
    conditional = mark == "?" or (announces(words) and is_on_condition(words))
    if only and conditional and is_go_ahead(words) and not is_general(words):
        return True
    return mark == "?" and proposes(words)


def _is_tagged(words: Sequence[str], last: Sequence[str]) -> bool:
    """Whether a sentence says what the speaker will do and ends with "yes?" or "ok?"."""
    text = " ".join(words)
    return len(last) <= 3 and is_bare_confirmation(last) and _WILL.search(text) is not None and WH.search(text) is None
