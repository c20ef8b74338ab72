"""What a person or a model writes for a value, read where it can mean one thing only.

Every reader gives None for a text that means nothing, or more than one thing. `docs/language.md` has the table of what is
read (see "What counts as the same value").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from rlve_dsl.english import NUMBER_WORDS

LONGEST = 300
"""The most characters of a text that is read as a value."""
_LONGEST_NUMBER = 9  # digits of a word that is read as a number

_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBERS = {word: number for number, word in enumerate(NUMBER_WORDS)}
NUMBERS |= {word: 10 * number for number, word in enumerate(_TENS, start=2)}
"""The whole numbers that are one word: 0 to 20 and the tens."""

_IN_WORDS = re.compile(
    rf"(?:({'|'.join(_TENS)})(?:[- ]({'|'.join(NUMBER_WORDS[1:10])}))?|({'|'.join(NUMBER_WORDS)}))\b"
)

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_AMOUNT = re.compile(
    rf"(?P<sign>[-+−]?)\s*(?P<money>(?:us\s?)?\$|usd\b)?\s*(?P<sign2>[-−]?)(?P<number>{_NUMBER})\s*(?P<unit>%|[a-z]*)"
)
_AMOUNT_INSIDE = re.compile(rf"(?<![\w.,$%/-]){_AMOUNT.pattern}(?![\w%$/-]|[.,]\d)")
_SAME_UNIT = {"percent": "%", "pct": "%", "dollar": "$", "usd": "$"}
_UNITS_IN_SENTENCES = frozenset({"%", "$", "day", "cent"})
_DIGITS = re.compile(r"\d[\d,.]*")
_WORD = re.compile(r"[a-z]+(?:['’]t)?")
_NAME_PART = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
_APART = re.compile(r"[\s_-]+")
_TRUTHS = {"yes": True, "true": True, "no": False, "false": False}
_FIRST_TRUTH = re.compile(r"(yes|no)\s*[,.;:!—–]")
_NOTHING = frozenset({"", "null", "none"})

# With one of these words, a sentence may mean something else than the one value in it.
_DENIALS = frozenset({"not", "no", "never", "neither", "nor", "without", "cannot"})
_CONTRACTED = ("'t", "’t")
_DOUBTS = _DENIALS | {
    "or", "but", "unless", "except", "if", "maybe", "perhaps", "either", "instead", "than", "less", "more", "under", "over", "above",
    "below", "about", "around", "roughly", "approximately", "nearly", "almost", "least", "most", "up", "between", "from", "minus",
    "plus", "per", "each", "every", "half", "double", "twice", "dozen", "hundred", "thousand", "million",
}  # fmt: skip


_THIS = frozenset({"the", "this", "that", "which", "other"})


def number_at(words: Sequence[str], place: int) -> int | None:
    """The whole number that a word of a sentence is; "the one" is none.

    >>> [number_at(("take", "two", "of", "the", "one"), place) for place in range(5)]
    [None, 2, None, None, None]
    """
    word = words[place]
    if word == "one" and place and words[place - 1] in _THIS:
        return None
    return int(word) if word.isdecimal() and len(word) <= _LONGEST_NUMBER else NUMBERS.get(word)


class Amount(NamedTuple):
    """A number with its unit: `$`, `%`, `day`, another word in the singular, or none."""

    unit: str
    number: Decimal


def plain(text: str) -> str:
    """The text without what never matters: case, the kind of space, space and full stops at its ends."""
    return " ".join(text.casefold().split()).rstrip(".").rstrip()


def amount_of(text: str) -> Amount | None:
    """Read a text that is an amount and nothing else.

    >>> amount_of("$1,005.50"), amount_of("two percent"), amount_of("39 dollars"), amount_of("about $5")
    (Amount(unit='$', number=Decimal('1005.50')), Amount(unit='%', number=Decimal('2')), Amount(unit='$', number=Decimal('39')), None)
    """
    if len(text) > LONGEST:
        return None
    found = _AMOUNT.fullmatch(_in_digits(plain(text)))
    return None if found is None else _amount(found)


def only_amount_in(text: str) -> Amount | None:
    """Read an amount, or a sentence that has exactly one number, where no word puts it in doubt.

    >>> only_amount_in("The fee is $39.00."), only_amount_in("It is not $39."), only_amount_in("15% within 30 days")
    (Amount(unit='$', number=Decimal('39.00')), None, None)
    """
    if (amount := amount_of(text)) is not None or len(text) > LONGEST:
        return amount
    sentence = plain(text)
    words = _WORD.findall(sentence)
    if is_doubtful(words):
        return None
    numbers = [word for word in words if word in NUMBERS and word != "one"]
    if not _DIGITS.search(sentence) and len(numbers) == 1:
        written = _IN_WORDS.search(sentence)
        assert written is not None
        sentence = sentence[: written.start()] + _in_digits(sentence[written.start() :])
    elif numbers:
        return None
    found = _AMOUNT_INSIDE.search(sentence)
    if found is None or len(_DIGITS.findall(sentence)) != 1:
        return None
    # a word after the number is its unit only if it is a unit; `2 dozen` is not 2
    unit = _unit(found["unit"])
    if unit and unit not in _UNITS_IN_SENTENCES:
        return Amount("$", _signed(found)) if found["money"] else None
    return _amount(found)


def _in_digits(text: str) -> str:
    """The text with the number in words that it begins with in digits."""
    found = _IN_WORDS.match(text)
    if found is None:
        return text
    tens, ones, small = (NUMBERS.get(word or "", 0) for word in found.groups())
    return f"{tens + ones + small}{text[found.end() :]}"


def _unit(word: str) -> str:
    singular = word if word == "%" else word.removesuffix("s")
    return _SAME_UNIT.get(singular, singular)


def _signed(found: re.Match[str]) -> Decimal:
    number = Decimal(found["number"].replace(",", ""))
    return -number if (found["sign"] in ("-", "−")) != (found["sign2"] in ("-", "−")) else number


def _amount(found: re.Match[str]) -> Amount | None:
    unit, number = _unit(found["unit"]), _signed(found)
    if unit == "cent":
        unit, number = "$", number / 100
        return None if found["money"] else Amount(unit, number)
    if found["money"]:
        return Amount("$", number) if unit in ("", "$") else None  # an amount of two units is no amount
    return Amount(unit, number)


def is_doubtful(words: Iterable[str]) -> bool:
    """Whether one of these words can turn what a sentence says into something else."""
    return any(word in _DOUBTS or word.endswith(_CONTRACTED) for word in words)


def truth_of(text: str) -> bool | None:
    """Read yes or no, true or false, also where `yes,` or `no,` begins a sentence that does not take it back.

    >>> truth_of("Yes"), truth_of("false"), truth_of("No, it is not covered."), truth_of("Yes, but only today.")
    (True, False, False, None)
    """
    if len(text) > LONGEST:
        return None
    sentence = plain(text)
    if sentence in _TRUTHS:
        return _TRUTHS[sentence]
    found = _FIRST_TRUTH.match(sentence)
    if found is None:
        return None
    truth, rest = _TRUTHS[found[1]], _WORD.findall(sentence[found.end() :])
    if any(word in _TRUTHS for word in rest):
        return None
    if not truth:  # `no, it is not` says no twice
        rest = [word for word in rest if word not in _DENIALS and not word.endswith(_CONTRACTED)]
    return None if is_doubtful(rest) else truth


def is_nothing(text: str) -> bool:
    """Whether a text says that there is no value: empty, `null` or `none`."""
    return len(text) < 8 and plain(text) in _NOTHING


def folded(text: str) -> str:
    """A name as it is compared: case, full stops at the end, and the difference of space, `_` and `-` do not count."""
    return _APART.sub(" ", plain(text)).strip()


def name_of(text: str, names: Iterable[str]) -> str | None:
    """The one name of a list that a text writes in its own way.

    >>> name_of("Out-for-delivery", ["delivered", "out_for_delivery"])
    'out_for_delivery'
    """
    if len(text) > LONGEST:
        return None
    wanted = folded(text)
    found = [name for name in names if folded(name) == wanted]
    return found[0] if len(found) == 1 else None


def only_name_in(text: str, names: Iterable[str]) -> str | None:
    """The name that a text is, or the only one in a sentence, where no other word puts it in doubt.

    >>> only_name_in("It has been shipped.", ["delivered", "shipped"]), only_name_in("It is not shipped.", ["shipped"])
    ('shipped', None)
    """
    listed = [*names]
    if (name := name_of(text, listed)) is not None or len(text) > LONGEST:
        return name
    sentence = f" {' '.join(_NAME_PART.findall(text.casefold()))} "
    found = set()
    for name in sorted(listed, key=lambda name: (-len(name), name)):  # `out for delivery` before `delivery`
        written = f" {folded(name)} "
        if written in sentence:
            found.add(name)
            sentence = sentence.replace(written, " … ")
    return found.pop() if len(found) == 1 and not is_doubtful(sentence.split()) else None
