"""Finds which facts a message asks for, by the content words that it shares with the facts' own questions.

Belongs here: English stop words, stemming and the comparison. Does not belong here: any fact or environment.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rlve_dsl.caching import cached_texts

WordSet = frozenset[str]

_WORD = re.compile(r"[a-z0-9]+")
_POINT = re.compile(r"(?<=\d)[.,](?=\d)")  # a decimal point does not end a sentence or a clause
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
_CLAUSE = re.compile(r"[,;:()&]|\b(?:and|or|also|plus|as well as)\b", re.IGNORECASE)
# A sentence that opens with a word of asking, perhaps after words such as "ok, please": group 1. One match takes the whole
# opening and never goes back, so that a search of any text takes linear time.
_OPENING = re.compile(
    r"(?:^|[.!\n])\W*(?:(?:ok(?:ay)?|so|and|also|please|then|first|now|hi|hello|great|thanks|sure|alright)\W+)*"
    r"((?:what|which|how|when|where|who|whose|whether|could|can|would|will|do|does|did|is|are|have|has|any|tell|specify|"
    r"clarify|confirm|describe|give|share|provide|state|name|remind)\b)?",
    re.IGNORECASE,
)
_PHRASE = re.compile(
    r"\b(?:tell me|let me know|(?:could|can|would|will) you|(?:need|like|want|have) to know|wondering|please (?:tell|specify|"
    r"clarify|confirm|describe|give|share|provide|state|name))\b",
    re.IGNORECASE,
)
# "how" has no content, but the "many" of "how many" has
_STOP_WORDS = frozenset(
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
_MIN_KNOWN_SHARE = 1 / 3  # of a clause's content words, that some question must contain


@cached_texts(8192)
def stem(word: str) -> str:
    """A word without its ending: "ships", "shipped" and "shipping" have one stem, and so have "colours" and "color".

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


@cached_texts(4096)
def content_words(text: str) -> WordSet:
    """The stems of a text's words, without stop words."""
    return frozenset(stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS)


class _Questions:
    """The content words of the questions for each thing, and how much each word tells about which thing is meant."""

    __slots__ = ("_weights", "known", "of")

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self.of = [tuple(content_words(text) for text in questions) for questions in texts]
        counts = Counter(word for questions in self.of for word in frozenset[str]().union(*questions))
        self.known = frozenset(counts)
        # a word in the questions for every thing has no weight, unless there is only one thing
        things = len(self.of)
        self._weights = {word: math.log(things / n) if things > 1 else 1.0 for word, n in counts.items()}

    def coverage(self, words: WordSet, question: WordSet) -> float:
        """The weight of the words as a share of the question's."""
        # fsum, as the order of a set differs from process to process
        whole = math.fsum(self._weights[word] for word in question)
        return math.fsum(self._weights[word] for word in question & words) / whole if whole else 0.0


class Matcher:
    """Finds which of the things that can be asked for a message asks for.

    A message that is a question for thing i, word for word, asks for i, and for another thing only if that has a question
    of the same words.

    Args:
        asks: The questions for each thing.
        facts: The fact that each thing belongs to; several things may belong to one fact.
    """

    __slots__ = ("_facts", "_questions", "_texts")

    def __init__(self, asks: Sequence[Sequence[str]], facts: Sequence[str]) -> None:
        self._texts = asks
        self._facts = tuple(facts)
        self._questions: _Questions | None = None

    def asked(self, message: str) -> set[int]:
        """The indices of the things that the message asks for; empty when it asks for none of them."""
        message, found = self._verbatim(_plain(message))
        for sentence in _SENTENCE.findall(_POINT.sub(" ", message)):
            if is_request(sentence):
                found |= self._sentence(sentence)
        return found

    def _verbatim(self, message: str) -> tuple[str, set[int]]:
        """The message without the questions that it contains word for word, and the things that these ask for."""
        known: dict[str, set[int]] = {}
        for index, texts in enumerate(self._texts):
            for text in texts:
                known.setdefault(" ".join(text.lower().split()), set()).add(index)
        found: set[int] = set()
        for text in sorted((text for text in known if text and text in message), key=lambda t: (-len(t), t)):
            if text in message:  # a longer question may have contained it
                found |= known[text]
                message = message.replace(text, "\n")
        return message, found

    def _indexed(self) -> _Questions:
        """The questions by their words; made when first needed, as a question word for word does not need it."""
        if self._questions is None:
            self._questions = _Questions(self._texts)
        return self._questions

    def _sentence(self, sentence: str) -> set[int]:
        questions = self._indexed()
        words = content_words(sentence) & questions.known
        if not words:
            return set()
        return {i for i, own in enumerate(questions.of) if words in own} or self._clauses(sentence)

    def _clauses(self, sentence: str) -> set[int]:
        """What the clauses of a sentence ask for.

        A clause that names a thing but no fact belongs to the clause before it ("which colour for the pan and the pot") or,
        when it comes first, to the clause after it ("for the pan, which colour").
        """
        known = self._indexed().known
        found: set[int] = set()
        facts_before: set[str] = set()
        waiting: WordSet = frozenset()
        for clause in _CLAUSE.split(sentence):
            content = content_words(clause)
            words = content & known
            if not words or len(words) < _MIN_KNOWN_SHARE * len(content):
                continue
            best = self._best(words | waiting, range(len(self._facts)))
            if best is None and facts_before:
                best = self._best(words, [i for i, fact in enumerate(self._facts) if fact in facts_before])
            if best is None:
                waiting |= words
            else:
                found |= best
                facts_before = {self._facts[i] for i in best} or facts_before
        return found

    def _best(self, words: WordSet, among: Iterable[int]) -> set[int] | None:
        """The things whose questions share most words with `words`.

        Of these, the things with a question that is asked in full win; then the fact whose questions are covered clearly
        best. None when several facts remain.
        """
        questions = self._indexed()
        scores = {
            i: max(((len(words & q), questions.coverage(words, q)) for q in questions.of[i]), default=(0, 0.0))
            for i in among
        }
        most = max((shared for shared, _ in scores.values()), default=0)
        if most == 0:
            return set()
        best = {i: coverage for i, (shared, coverage) in scores.items() if shared == most}
        if in_full := {i for i in best if any(q <= words and len(q) == most for q in questions.of[i])}:
            return in_full
        if len({self._facts[i] for i in best}) == 1:
            return set(best)
        top = max(best.values())
        facts = {self._facts[i] for i, coverage in best.items() if coverage > 0 and coverage >= top / 2}
        return {i for i in best if self._facts[i] in facts} if len(facts) == 1 else None


def is_request(text: str) -> bool:
    """Whether a text asks for something, with a question mark or by its wording.

    >>> is_request("Tell me the colour."), is_request("I have added the colour that you like.")
    (True, False)
    """
    return "?" in text or _PHRASE.search(text) is not None or any(found[1] for found in _OPENING.finditer(text))


def _plain(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.lower().splitlines())
