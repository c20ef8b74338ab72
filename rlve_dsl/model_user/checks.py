"""The checks that a model's wording of a sentence has to pass. A sentence that fails one is said as the template has it.

A check reads text alone. So it cannot see everything: a wish that is no value of any fact is not noticed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from rlve_dsl.caching import cached_texts
from rlve_dsl.english import stem
from rlve_dsl.expressions import Segment
from rlve_dsl.model_user.numbers import numbers_in

_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nothing|neither|nor|without|except|cannot|hardly|hate|dislike)\b|n['’]t\b", re.IGNORECASE
)
# what agrees to what somebody is about to do; a mere yes may as well answer whether something is so
_GOES_AHEAD = re.compile(
    r"\b(?:go (?:right )?(?:ahead|for it)|do (?:it|that|so)|please do|proceed|carry on|confirm(?:ed)?|agreed?|approved?|"
    r"permission|by all means|yes,? please)\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"\b(?:yes|yep|yeah|yup|sure|of course|absolutely|certainly|definitely|(?:fine|all right|alright|ok(?:ay)?) "
    r"(?:by|with) me|that['’]s (?:fine|ok(?:ay)?|all right|alright)|ok(?:ay)?(?!\?)|"
    r"sounds (?:good|great|fine|perfect|lovely|wonderful|excellent)|deal|accept(?:ed)?|(?:works|good) for me|suits me|i['’]m in|"
    r"count me in|you(?:['’]ve)? got it|let['’]s (?:do|go))\b(?!\?)",
    re.IGNORECASE,
)
# a word that agrees where it stands by itself: "a red one would be great" wishes for something
_ALONE = re.compile(
    r"(?:^|[,.;:!—–-])\s*(?:great|perfect|lovely|wonderful|excellent|exactly|correct|right|fine|good|cool|done|sold)\s*(?:[,.;:!—–-]|$)",
    re.IGNORECASE,
)
# what speaks to a model about its task, and not to a shop assistant about a wish
_INSTRUCTION = re.compile(
    r"\b(?:instruct(?:s|ed|ions?)?|prompts?|ignor(?:e|es|ed|ing)|disregard(?:s|ed|ing)?|overrid(?:e|es|ing)|overrul(?:e|es|ing))\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"\b\w[\w-]*\w(?:\.[^\W\d_]{2,})+\b")  # a dot between letters, as in `example.com`
_MARKUP = re.compile(r"://|[<>{}\[\]`|]|[^\S ]|[^\w\s]{5}")
_WORD = re.compile(r"[^\W_]+")
_SHORTEST = 4  # letters of a value that is found with signs between them: "a red door" must not hold "ardo"
_LONGER = 80  # characters that a wording may have beyond twice its template
_MORE_WORDS = 8  # that a wording may have beyond those of its template: more would say something else, too


def problem_of(wording: str, template: Sequence[Segment], others: Iterable[str], secrets: Iterable[str]) -> str | None:
    """Why a wording must not be said, in a few words that can be counted; None when it may be.

    Args:
        wording: What the model wrote for one sentence.
        template: The sentence.
        others: The values of other sentences that the user may say or has said.
        secrets: The values that have not been disclosed.
    """
    text = "".join(segment.text for segment in template)
    values = values_of(template)
    plain, plain_text = _plain(wording), _plain(text)
    if not wording.strip():
        return "nothing said"
    if len(wording) > longest(template) or len(wording.split()) > len(text.split()) + _MORE_WORDS:
        return "too long"
    if not wording.isprintable() or set(_MARKUP.findall(wording)) - set(_MARKUP.findall(text)):
        return "markup"
    if set(_LINK.findall(plain.lower())) - set(_LINK.findall(plain_text.lower())):
        return "markup"
    if _INSTRUCTION.search(plain) and not _INSTRUCTION.search(plain_text):
        return "instruction added"
    if places_of(values, wording) is None:
        return "value left out"
    if any(not letter.isascii() and letter not in plain_text for letter in plain if letter.isalpha()):
        return "foreign letters"  # they may look like others
    if any(_hints_at(plain, secret) and not _hints_at(plain_text, secret) for secret in secrets):
        return "undisclosed value"
    if any(_contains(plain, other) and not _contains(plain_text, other) for other in others):
        return "value of another sentence"
    if numbers_in(plain) - numbers_in(plain_text):
        return "number added"
    if _agreements(plain) - _agreements(plain_text):
        return "consent added"
    denied, denies = bool(_NEGATION.search(plain)), bool(_NEGATION.search(plain_text))
    if denied > denies or (values and denied != denies):
        return "negation"
    return None


def _agreements(text: str) -> frozenset[str]:
    """How a text agrees: to what somebody is about to do, or at least to something."""
    found = {"goes ahead": _GOES_AHEAD.search(text), "yes": _YES.search(text) or _ALONE.search(text)}
    return frozenset(how for how, words in found.items() if words)


def values_of(template: Iterable[Segment]) -> tuple[str, ...]:
    """The values in a sentence, in order, that are more than blanks and signs."""
    return tuple(s.text.strip(" ,;:.") for s in template if s.is_value and is_sayable(s.text))


def longest(template: Iterable[Segment]) -> int:
    """How many characters a wording of a sentence may have."""
    return 2 * sum(len(segment.text) for segment in template) + _LONGER


def is_sayable(text: str) -> bool:
    """Whether a text has more than blanks and signs."""
    return any(map(str.isalnum, text))


def places_of(values: Sequence[str], wording: str) -> tuple[tuple[int, int], ...] | None:
    """Where a wording has these values, as whole words and in this order; None when it does not have them all.

    Their order matters: `if the pan is gone, the pot will do` must not become `if the pot is gone, the pan will do`.

    >>> places_of(("red", "pan"), "The Red one, for the pan"), places_of(("pan", "red"), "The red one, for the pan")
    (((4, 7), (21, 24)), None)
    """
    places: list[tuple[int, int]] = []
    start = 0
    for value in values:
        found = _pattern(value).search(wording, start)
        if found is None:
            return None
        places.append(found.span())
        start = found.end()
    return tuple(places)


def _plain(text: str) -> str:
    """The text with plain letters and digits: without accents, width and raised places."""
    apart = unicodedata.normalize("NFKD", text)
    return apart if apart.isascii() else "".join(mark for mark in apart if not unicodedata.combining(mark))


def _contains(text: str, value: str) -> bool:
    return _pattern(_plain(value)).search(text) is not None


def _hints_at(text: str, value: str) -> bool:
    """Whether a text has a value, also with other endings (`damage` for `damaged`) or with its letters apart (`d a m a g e d`)."""
    value = _plain(value)
    if _contains(text, value) or _spread(value).search(text) is not None:
        return True
    stems = _stems(value)
    words = _stems(text)
    return any(words[start : start + len(stems)] == stems for start in range(len(words) - len(stems) + 1))


@cached_texts(1024)
def _stems(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in _WORD.findall(text.lower()))


@cached_texts(4096)
def _spread(value: str) -> re.Pattern[str]:
    """The letters of a value, or of its stem with another ending, with signs and blanks anywhere between them."""
    words = [word for word in _WORD.findall(value.lower())]
    endings = ("", "e", "ed", "es", "s", "ing")
    whole = {"".join(words), *("".join((*words[:-1], stem(words[-1]), end)) for end in endings if words)}
    texts = sorted(r"[\W_]*".join(map(re.escape, letters)) for letters in whole if len(letters) >= _SHORTEST)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(texts) or '(?!)'})(?![^\W_])", re.IGNORECASE)


@cached_texts(4096)
def _pattern(value: str) -> re.Pattern[str]:
    """The value as whole words, in capitals or not, with any blanks between its words."""
    words = r"\s+".join(map(re.escape, value.split()))
    return re.compile(rf"(?<![^\W_]){words}(?![^\W_])", re.IGNORECASE)
