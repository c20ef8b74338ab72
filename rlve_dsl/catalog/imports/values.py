"""Reading dirty values.

Each function returns the value, None when it is missing, or a `Doubt` when it is not clear what it means.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence

from rlve_dsl.frozen import frozen

_BARE = frozenset({"yes", "no", "true", "false"})
_MISSING = frozenset({"", "none", "null", "nan", "n/a", "-", "—"})
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_TAG_OR_COMMENT = re.compile(rf"{_TAG.pattern}|<!--.*?-->", re.DOTALL)
_HUGE_REFERENCE = re.compile(r"&#[0-9]{20,};?")  # more digits than `html` reads
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b\u200e\u200f\ufeff\s]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
NUMBER = r"[0-9]+(?:[.,][0-9]+)*"
_PRICE = re.compile(rf"(?P<before>[^\d.,+-]*)(?P<number>[.,]?{NUMBER})(?P<after>[^\d.,]*)")
_SIGNS = re.compile(r"[$€£¥₹]|US\$|\b(?:USD|EUR|GBP|JPY|INR|CAD|AUD)\b")
_ALSO: Mapping[str, Sequence[str]] = {"$": ("USD", "US$"), "€": ("EUR",), "£": ("GBP",), "¥": ("JPY",), "₹": ("INR",)}
_RANGE = re.compile(rf"{NUMBER}[^\d.,]*(?:[–—]|\bto\b|(?<![a-zA-Z])-)[^\d.,]*{NUMBER}")
_LONGEST_RANGE = 100  # characters: looking for a range takes quadratic time
_NOT_ABOVE = "not above nothing"
_MOST_CENTS = 1_000_000_000


@frozen
class Doubt:
    """A value that is present but not taken, and why."""

    reason: str


def at_path(record: Mapping[str, object], path: str) -> object:
    """The value at a path of keys and indices (`details.Color`, `categories.-1`), or None. It also follows JSON in texts."""
    if path in record:
        return record[path]
    found: object = record
    rest = path
    while rest:
        if isinstance(found, str) and found.lstrip()[:1] in ("{", "["):
            try:
                found = json.loads(found)
            except (ValueError, RecursionError):
                return None
        if isinstance(found, Mapping):
            # a key may contain dots: take the longest one that exists
            key = next((k for k in _heads(rest) if k in found), None)
            if key is None:
                return None
            found, rest = found[key], rest[len(key) + 1 :]
        elif isinstance(found, Sequence) and not isinstance(found, str):
            place, _, rest = rest.partition(".")
            try:
                found = found[int(place)]
            except (ValueError, IndexError):
                return None
        else:
            return None
    return found


def _heads(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]


def text_of(value: object) -> str:
    """The text of a value, without markup, entities or line breaks; empty when it is missing.

    The items of a list are joined. So are the values of a mapping, a bare yes or no with its key.

    >>> text_of("<b>Fast</b> &amp;\\n quiet \U0001f600"), text_of(["a", "b"]), text_of("None"), text_of({"size": "M", "lid": "no"})
    ('Fast & quiet 😀', 'a b', '', 'M, lid no')
    """
    if isinstance(value, str):
        clean = value
        if "<" in clean or "&" in clean:
            clean = _without_markup(html.unescape(_HUGE_REFERENCE.sub("\ufffd", _without_markup(clean))))
        clean = _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", clean)).strip()
        return "" if clean.lower() in _MISSING else clean
    if isinstance(value, list | tuple):
        return " ".join(part for item in value if (part := text_of(item)))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {text}" if text.lower() in _BARE else text for key, text in _texts_by_key(value))
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value)


def _without_markup(text: str) -> str:
    end = (
        text.rfind("-->") + 1
    )  # no comment ends after it: looking for the end of each `<!--` there would take quadratic time
    return _TAG_OR_COMMENT.sub(" ", text[: end + 2] if end else "") + _TAG.sub(" ", text[end + 2 :] if end else text)


def _texts_by_key(value: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    return ((text_of(key), text) for key, item in value.items() if (text := text_of(item)))


def texts_of(value: object) -> list[str]:
    """The texts of a value: one for each item of a list."""
    items = value if isinstance(value, list | tuple) else [value]
    return [text for item in items if (text := text_of(item))]


def number_of(text: str) -> float | None:
    """The number that digits with separators mean; None when they could mean two numbers.

    The last separator is the decimal one, unless exactly three digits follow it. Then it groups thousands, if the number
    begins like a grouped one.

    >>> [number_of(t) for t in ("12,99", "1,299.00", "1.299,00", "1,299", "12.5", "1.2.3", "0,125", "1,234,567")]
    [12.99, 1299.0, 1299.0, 1299.0, 12.5, None, None, 1234567.0]
    """
    separators = re.findall(r"[.,]", text)
    parts = re.split(r"[.,]", text)
    if not separators:
        return float(text)
    grouped = 0 < len(parts[0]) <= 3 and not parts[0].startswith("0") and all(len(p) == 3 for p in parts[1:-1])
    if len(set(separators[:-1])) > 1:
        return None
    if len(separators) > 1 and separators[-1] == separators[0]:
        return float("".join(parts)) if grouped and len(parts[-1]) == 3 else None
    if len(separators) > 1:
        return float("".join(parts[:-1]) + "." + parts[-1]) if grouped else None
    if len(parts[1]) != 3:
        return float(f"{parts[0] or 0}.{parts[1]}")
    return float("".join(parts)) if grouped and separators[0] == "," else None


def price_of(value: object, currency: str) -> int | Doubt | None:
    """A price in cents.

    >>> [price_of(v, "$") for v in (14.99, "$1,299.00", "12,99", None, "None", "from 14.99")]
    [1499, 129900, 1299, None, None, Doubt(reason='words beside the price')]
    >>> price_of("$10.00 - $20.00", "$"), price_of("€15", "$"), price_of("€15", "€")
    (Doubt(reason='a range of prices'), Doubt(reason='another currency'), 1500)
    """
    if isinstance(value, bool) or (isinstance(value, Mapping | list | tuple) and value):
        return Doubt("not a price")
    if isinstance(value, int | float):
        return None if math.isnan(value) else _cents(float(value))
    text = text_of(value)
    if not text:
        return None
    if len(text) <= _LONGEST_RANGE and _RANGE.search(text):
        return Doubt("a range of prices")
    if text.startswith("-") and _PRICE.fullmatch(text[1:].lstrip()):
        return Doubt(_NOT_ABOVE)
    if len(re.findall(NUMBER, text)) > 1:
        return Doubt("several numbers")
    found = _PRICE.fullmatch(text)
    if found is None:
        return Doubt("not a price")
    around = f"{found['before']} {found['after']}".strip()
    if around and around.replace(" ", "") not in (currency, *_ALSO.get(currency, ())):
        return Doubt("another currency" if _SIGNS.fullmatch(around) else "words beside the price")
    number = number_of(found["number"].lstrip(",")) if found["number"][0] != "." else float(f"0{found['number']}")
    return Doubt("a number that can be read in two ways") if number is None else _cents(number)


def _cents(amount: float) -> int | Doubt:
    cents = amount * 100
    if not 0 < cents < _MOST_CENTS:  # also false for infinities
        return Doubt(_NOT_ABOVE if cents <= 0 else "beyond any price")
    if round(cents) == 0 or abs(cents - round(cents)) > 1e-6 * max(1.0, cents):
        return Doubt("parts of a cent")
    return round(cents)


def whole_of(value: object, low: int, high: int) -> int | Doubt | None:
    """A whole number within bounds."""
    real = real_of(value, low, high)
    if real is None or isinstance(real, Doubt):
        return real
    return int(real) if real.is_integer() else Doubt("not a whole number")


def real_of(value: object, low: float, high: float) -> float | Doubt | None:
    """A number within bounds."""
    if isinstance(value, bool) or (isinstance(value, Mapping | list | tuple) and value):
        return Doubt("not a number")
    if isinstance(value, int | float):
        number: float | None = float(value)
    else:
        text = text_of(value)
        if not text:
            return None
        number = number_of(text) if re.fullmatch(NUMBER, text) else None
    if number is None:
        return Doubt("not a number")
    if math.isnan(number):
        return None
    return number if low <= number <= high else Doubt(f"outside {_plain(low)} to {_plain(high)}")


def _plain(number: float) -> str:
    return f"{number:.0f}" if number == int(number) else f"{number:g}"


def truth_of(value: object) -> bool | Doubt | None:
    """Yes or no, in the usual spellings of data."""
    if isinstance(value, bool):
        return value
    text = text_of(value).lower()
    if not text:
        return None
    if text in ("true", "yes", "1", "in stock", "available"):
        return True
    if text in ("false", "no", "0", "out of stock", "unavailable"):
        return False
    return Doubt("neither yes nor no")
