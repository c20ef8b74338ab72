"""Which facts a message asks for, by the content words that it shares with the facts' own questions.

Belongs here: English words that carry no content, stemming, and the comparison. No fact or environment is known here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

Words = frozenset[str]

_WORD = re.compile(r"[a-z0-9]+")
_POINT = re.compile(r"(?<=\d)[.,](?=\d)")  # a decimal point ends no sentence and no clause
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
_CLAUSE = re.compile(r"[,;:()&]|\b(?:and|or|also|plus|as well as)\b", re.IGNORECASE)
_REQUEST = re.compile(
    r"\?"
    r"|(?:^|[.!\n])\W*(?:(?:ok(?:ay)?|so|and|also|please|then|first|now|hi|hello|great|thanks|sure|alright)\W+)*"
    r"(?:what|which|how|when|where|who|whose|whether|could|can|would|will|do|does|did|is|are|have|has|any|tell|specify|"
    r"clarify|confirm|describe|give|share|provide|state|name|remind)\b"
    r"|\b(?:tell me|let me know|(?:could|can|would|will) you|(?:need|like|want|have) to know|wondering|please (?:tell|specify|"
    r"clarify|confirm|describe|give|share|provide|state|name))\b",
    re.IGNORECASE,
)
# "how" carries nothing, but the "many" of "how many" does
_EMPTY = frozenset(
    _WORD.findall(
        "a about after again all also am an and any anything are as ask at be been before being both but by came can choose "
        "come could d did do does done each either else find for from get give given go going got had has have having hello "
        "help hi how i if in into is it item items its just know let like ll look m make may me mind more most must my need "
        "needs no not now of off ok okay on once one or other our out over own pick please prefer put re right s say see shall "
        "share she should so some something specific specify sure t tell than thank thanks that the their them then there "
        "these they thing things this those through to too up us use ve very want was we well were what when where whether "
        "which while who whose will wish wishes with wonder would yes you your yours"
    )
)
_LEAST = 1 / 3  # of a clause's content words, those that the questions for a fact must know


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word without its ending, so that "ships", "shipped" and "shipping" are one, and so are "colours" and "color".

    >>> [stem(w) for w in ("boxes", "batteries", "colours", "glass", "shipping", "rated", "rating", "usb")]
    ['box', 'battery', 'color', 'glass', 'ship', 'rat', 'rat', 'usb']
    """
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-3] + "y" if len(word) > 4 and word.endswith("ies") else word[:-1]
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and any(vowel in root for vowel in "aeiouy"):
            word = root[:-1] if root[-1] == root[-2] and root[-1] not in "lsz" else root
            break
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 4:
        word = word[:2] + word[2:].replace("our", "or")
    return word[:-1] if word.endswith(("xe", "che", "she")) else word


@lru_cache(maxsize=4096)
def content_words(text: str) -> Words:
    """The stems of a text's words that carry content."""
    return frozenset(stem(word) for word in _WORD.findall(text.lower()) if word not in _EMPTY)


class Matcher:
    """Finds which of the things that can be asked for a message asks for.

    `asks[i]` holds the questions for thing i, `facts[i]` the fact that it belongs to (one fact may be known of many
    things). Promise: a message that is a question of thing i, word for word, asks for i, and for j only if j has a
    question of the same words.
    """

    __slots__ = ("_asks", "_facts", "_known", "_texts", "_weights")

    def __init__(self, asks: Sequence[Sequence[str]], facts: Sequence[str]) -> None:
        self._texts = asks
        self._facts = tuple(facts)
        self._asks: list[tuple[Words, ...]] | None = None

    def asked(self, message: str) -> set[int]:
        """The indices of what the message asks for; empty when it asks for nothing that is known."""
        message, found = self._verbatim(_plain(message))
        for sentence in _SENTENCE.findall(_POINT.sub(" ", message)):
            if is_request(sentence):
                found |= self._sentence(sentence)
        return found

    def _verbatim(self, message: str) -> tuple[str, set[int]]:
        """What is left of a message without the questions that it asks word for word, and what those ask for."""
        known: dict[str, set[int]] = {}
        for index, texts in enumerate(self._texts):
            for text in texts:
                known.setdefault(" ".join(text.lower().split()), set()).add(index)
        found: set[int] = set()
        for text in sorted((text for text in known if text and text in message), key=lambda t: (-len(t), t)):
            if text in message:  # still, now that longer ones are taken out
                found |= known[text]
                message = message.replace(text, "\n")
        return message, found

    def _read(self) -> list[tuple[Words, ...]]:
        """The content words of every question; read when first needed, as a message word for word needs none."""
        if self._asks is None:
            self._asks = [tuple(content_words(text) for text in texts) for texts in self._texts]
            counts: dict[str, int] = {}
            for questions in self._asks:
                for word in frozenset().union(*questions):
                    counts[word] = counts.get(word, 0) + 1
            self._known = frozenset(counts)
            # a word that every thing's questions have tells nothing apart, unless there is only one thing
            things = len(self._asks)
            self._weights = {word: math.log(things / n) if things > 1 else 1.0 for word, n in counts.items()}
        return self._asks

    def _sentence(self, sentence: str) -> set[int]:
        asks = self._read()
        words = content_words(sentence) & self._known
        if not words:
            return set()
        same = {i for i, questions in enumerate(asks) if words in questions}
        return same or self._clauses(sentence)

    def _clauses(self, sentence: str) -> set[int]:
        """What each clause asks for.

        A clause that names a thing but no fact goes with the clause before it ("which colour for the pan and the pot")
        or, when it comes first, with those after it ("for the pan, which colour").
        """
        found: set[int] = set()
        before: set[str] = set()
        waiting: Words = frozenset()
        for clause in _CLAUSE.split(sentence):
            content = content_words(clause)
            words = content & self._known
            if not words or len(words) < _LEAST * len(content):
                continue
            best = self._best(words | waiting, range(len(self._facts)))
            if best is None and before:
                best = self._best(words, [i for i, fact in enumerate(self._facts) if fact in before])
            if best is None:
                waiting |= words
            else:
                found |= best
                before = {self._facts[i] for i in best} or before
        return found

    def _best(self, words: Words, among: Iterable[int]) -> set[int] | None:
        """Those whose questions share most with the words, or None when these are several facts that it does not tell
        apart; a question that is asked in full, or of which clearly more is asked, goes before others."""
        asks = self._read()
        scores = {i: max((len(words & q), self._coverage(words, q)) for q in asks[i]) for i in among}
        most = max((shared for shared, _ in scores.values()), default=0)
        if most == 0:
            return set()
        best = {i: coverage for i, (shared, coverage) in scores.items() if shared == most}
        if whole := {i for i in best if any(q <= words and len(q) == most for q in asks[i])}:
            return whole
        top = max(best.values())
        facts = {self._facts[i] for i, coverage in best.items() if coverage > 0 and coverage >= top / 2}
        if len({self._facts[i] for i in best}) == 1:
            return set(best)
        return {i for i in best if self._facts[i] in facts} if len(facts) == 1 else None

    def _coverage(self, words: Words, question: Words) -> float:
        # fsum, as the order of a set differs from process to process
        whole = math.fsum(self._weights[word] for word in question)
        return math.fsum(self._weights[word] for word in question & words) / whole if whole else 0.0


def is_request(text: str) -> bool:
    """Whether a text asks for something: by its question mark, or by how it is put.

    >>> is_request("Tell me the colour."), is_request("I have added the colour that you like.")
    (True, False)
    """
    return _REQUEST.search(text) is not None


def _plain(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.lower().splitlines())
