"""What the form of a message says by itself: sounds, courtesies, words without grammar, an open question with examples.

Belongs here: turns of English that need no facts and no network. Does not belong here: which facts are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rlve_dsl.user.understanding.lexicon import STOP
from rlve_dsl.user.understanding.texts import words_of

_ASKING = frozenset(("?", "what", "which", "who", "whom", "whose", "when", "where", "why", "how"))
_WAITING = frozenset(
    ("moment", "minute", "second", "minutes", "seconds", "hold", "wait", "bear", "patience", "waiting")
)
# "is there anything else it should have, such as a colour or a size?": what follows are examples, and no list of all that is asked for
_WITH_EXAMPLES = re.compile(
    r"\b(?:(?:any|some)thing (?:else|in particular|specific)|what else|(?:any|have|are there|some) other (?:wishes|requirements|preferences|things|must-haves|"
    r"needs|features|criteria)|what (?:would you like (?:it|them|the \w+) to have|matters(?: most)? to you|should (?:it|they) have))\b[^.?!;\n]{0,100}?"
    r"(?:\b(?:such as|for (?:example|instance)|e\.g\.)|, (?:like|say|maybe|perhaps) |: (?:an?|the|your|how|which|what) "
    r"|\?\s{1,3}(?:for (?:example|instance)|say|maybe|perhaps|such as|do you (?:care|have))\b)",
    re.IGNORECASE,
)
_WISHES = (
    "wishes requirements criteria criterion preferences expectations must haves specifications specs features list describe name meet fulfil fulfill "
    "satisfy share looking ideal expect expecting hear new replacement product hard main exact important importance matter matters concrete further "
    "special particular specific tick"
)
_OF_WISHES = frozenset(_WISHES.split())  # words that ask for no wish in particular
_WISHES_ASKED = re.compile(
    r"\b(?:what|which|tell me|list(?! of)|share|describe|name|know|hear|give me|any|do you have)\b[^.?!\n]{0,40}\b(?:wishes|requirements|criteria|preferences|expectations|"
    r"must-haves|specifications|specs)\b",
    re.IGNORECASE,
)
_ALL_ASKED = re.compile(
    r"\b(?:what|which features) (?:would you like|do you want|do you need|should|must|does) (?:(?:the|your) )?(?:\w+ ){0,2}\w+ (?:to |need to |have to )?have\b"
    r"|\bwhat (?:exactly )?(?:are you looking for|do you expect|matters|is important) (?:in|from|of|to|about)\b|\bdescribe (?:your|the) ideal\b",
    re.IGNORECASE,
)
_LIKENESS = re.compile(r"\b(?:versus|vs|against|or|compared|weigh)\b", re.IGNORECASE)
_ENDS = re.compile(r"[.?!;\n]")
SOUNDS = frozenset(
    ("hm", "hmm", "mm", "mhm", "uh", "um", "er", "ah", "aha", "yep", "yup", "yeah", "nope", "cheers", "ta")
)
"""Words that are sounds alone."""
_SALAD, _SCRAP = 2, 2  # questions of a message at least that is a salad of words, and words of each at most
_DIVIDES = re.compile(r"[?!.;]")


def has_no_content(tokens: Sequence[str], beside: Collection[str] = ()) -> bool:
    """Whether tokens name nothing, but for some words beside."""
    return all(token in STOP or token in beside or not token[0].isalnum() for token in tokens)


def is_salad(message: str) -> bool:
    """Whether a message is no English but words with question marks ("Reason? Money back?"); a list in lines is none."""
    if message.count("?") < _SALAD or "\n" in message.strip():
        return False
    questions = [words for part in _DIVIDES.split(message) if (words := words_of(part))]
    return len(questions) >= _SALAD and all(len(words) <= _SCRAP and STOP.isdisjoint(words) for words in questions)


def is_sound(tokens: Sequence[str]) -> bool:
    """Whether tokens are sounds alone ("Hmm.")."""
    return SOUNDS.issuperset(token for token in tokens if token[0].isalnum())


def is_courtesy(tokens: Sequence[str]) -> bool:
    """Whether tokens neither name nor ask for anything ("One moment, please.")."""
    return has_no_content(tokens, _WAITING) and _ASKING.isdisjoint(tokens)


def asks_for_wishes(message: str, said: Collection[str], *, plainly: bool = True) -> bool:
    """Whether a message asks for all that the listener wants, and nothing else: "What are your wishes for the speaker?".

    Args:
        message: The message.
        said: Words of the values of facts, such as what a product is called: those of attributes ask for one wish.
        plainly: Only where it says "wishes" or the like; otherwise "What should it have?" is enough, which may ask for one fact.

    >>> texts = "Thanks! Please tell me your wishes for the pan.", "What should it have?", "Any preferences on the colour?", "Your wishes, and the price?"
    >>> [(asks_for_wishes(text, ("pan",)), asks_for_wishes(text, ("pan",), plainly=False)) for text in texts]
    [(True, True), (False, True), (False, False), (False, False)]
    """
    forms = (_WISHES_ASKED,) if plainly else (_WISHES_ASKED, _ALL_ASKED)
    asking = [part for part in _DIVIDES.split(message) if any(form.search(part) for form in forms)]
    if len(asking) != 1 or message.count("?") > 1:
        return False
    words = words_of(asking[0])
    return all(word in STOP or word in _OF_WISHES or word in said for word in words) and not _LIKENESS.search(message)


def examples_in(message: str) -> range | None:
    """Where the sentence of an open question stands that names examples; None where there is none.

    >>> examples_in("Thanks. Anything else, such as a colour? Or a size?")
    range(7, 39)
    """
    found = _WITH_EXAMPLES.search(message)
    if found is None:
        return None
    start = max((mark.end() for mark in _ENDS.finditer(message, 0, found.start())), default=0)
    end = _ENDS.search(message, found.end())
    return range(start, end.start() if end is not None else len(message))
