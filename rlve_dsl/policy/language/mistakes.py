"""What to say about a clause that does not parse.

These checks run only after a failure, so they reject nothing that is valid. Their order is in `CLAUSE_CHECKS`: first how
a clause begins, then what belongs to another language, quotes and brackets, the shape of the clause, and at last what is
around the place where the parser stopped.
"""

from __future__ import annotations

import re

from rlve_dsl.parsing import At, Brackets, Check, Mistake, Stop
from rlve_dsl.policy.language.foreign import FOREIGN
from rlve_dsl.policy.language.misshapen import BEGINNING, CONDITION_MISSING, SHAPE
from rlve_dsl.policy.language.reserved import RESERVED, SIGNS, WANTS_MORE, WORDS


def _capitals(stop: Stop) -> Mistake | None:
    for found in re.finditer(r"(?<![\w.])[A-Za-z]+(?![\w.])", stop.bare):
        word = found[0].lower()
        if word != found[0] and word in RESERVED:
            return Mistake("P101", f"`{found[0]}` is written in small letters", found.span(), f"write `{word}`")
    return None


def _letters(stop: Stop) -> Mistake | None:
    """A word with letters that names do not have."""
    found = re.search(r"[\w.]*[^\W\d_\x00-\x7f][\w.]*", stop.bare)
    if found is None:
        return None
    message = f"`{found[0]}` is no name: names have the letters a to z"
    return Mistake("P103", message, found.span(), f'a value stands in quotes: `"{found[0]}"`')


def _reserved(stop: Stop) -> Mistake | None:
    """A word of the language where a name should be."""
    if stop.found not in RESERVED or stop.after_value:
        return None
    days, last = stop.found in ("day", "days"), stop.previous == "is" and not stop.follows
    if not (days or last or stop.follows in ("is", ",", *SIGNS)):
        return None
    label = "a value of a list stands in quotes" if stop.previous in ("is", "of", ",", "not") else ""
    return stop.mistake("P108", f"`{stop.found}` is a word of the language and cannot be a name", label)


_LEFT_OPEN = {
    "as": "say what holds at first", "when": "say on what condition", "unless": "say on what condition",
    "of": "say of what", "is": "say what it is", "except": "say what holds instead",
    "and": "write `and` at the beginning of the next line, not at the end of this one",
    "or": "write `or` at the beginning of the next line, not at the end of this one",
}  # fmt: skip


def _nothing_follows(stop: Stop) -> Mistake | None:
    if stop.found:
        return None
    label = _LEFT_OPEN.get(stop.previous, "something is missing here")
    return stop.mistake("P102", f"the rule ends after `{stop.previous}`", label)


def _than(stop: Stop) -> Mistake | None:
    if stop.previous != "than" or stop.before[-2:-1] in (("more",), ("less",)):
        return None
    at = stop.bare.rindex("than", 0, stop.at)
    return Mistake("P103", f"`than` does not follow `{''.join(stop.before[-2:-1])}`", (at, at + 4), "leave it out")


def _no_value(stop: Stop) -> bool:
    return not WORDS.begins_value(stop.found)


def _after_value(stop: Stop) -> bool:
    return stop.after_value


def _between_values(stop: Stop) -> bool:
    return stop.between_values


def _both_are_words(stop: Stop) -> bool:
    """Whether the words on both sides may be one value."""
    return stop.between_values and all(re.fullmatch(r"[a-z_]+", word) for word in (stop.previous, stop.found))


def _event_rows(word: str, joint: str) -> tuple[Check, ...]:
    """`within 30 days of delivery` or `more than 30 days after delivery`, with a part missing."""
    spelt = word.replace(" ", r"\s+")
    begun = rf"(?:(?<![^\W\d])(?:when|and|or|not|unless)|\() {spelt}\b (?P<days>\d[\d.]*(?:\s+days?\b)?|[^\s()▸]+)"
    label = f"write `{word} {{days}} {joint} delivery`"
    return (
        At(rf"\b{spelt} ▸", "P102", f"`{word}` does not say how many days", f"write `{word} 30 days {joint} delivery`"),
        At(rf"{begun} (?:{joint} ▸|▸ (?:$|\)|(?:and|or|when|unless)\b))", "P102",
            f"`{word} {{days}}` does not say {joint} what", label),
        At(rf"{begun} ▸", "P101", f"`{joint}` is wanted here, not `{{found}}`", label),
    )  # fmt: skip


def _opens_condition(stop: Stop) -> bool:
    return stop.before[-2:] != ("is", "not")


_ARTICLES = "the|a|an|my|their|its"
_QUOTED = 'one value of several words stands in quotes: `"{previous} {found}"`'
_RANGE = "write `is between a and b`"
_SINCE_BETWEEN = r"\bbetween\b(?!.*\b(?:between|and)\b.*▸).*"
_WANTS_VALUE = rf"(?:^|[(,]|[-+*<>]=?|\b(?:{'|'.join(sorted(WANTS_MORE))})) ▸"

_COMPARED = r"(?:(?<![^\W\d])(?:when|unless|and|or|not)|\() ▸"
_COMPARING = r"(?P<here>(?:less|more|at|one)\b(?: \w+)?|(?:is|over|under|between)\b|[<>]=?)"
_DAYS_SINCE = r"(?=(?: \S+){0,2} \d+ days?\b.*\b(?:after|of|since)\b)"

_ANYWHERE: tuple[Check, ...] = (
    _letters,
    _capitals,
    *FOREIGN,
    Brackets("P105", {")": "("}, "leave it out, or open it before with `(`", "add a closing `)`"),
)
_EVENTS: tuple[Check, ...] = (
    At(rf"▸ (?:{_ARTICLES})\b", "P101", "`{found}` means nothing here", "write the name of a fact alone"),
    At(rf"\b(?P<here>{_ARTICLES}) ▸", "P101", "`{here}` means nothing here", "write the name of a fact alone"),
    At(r"▸ within\b", "P103", "`within` begins a condition and stands behind no fact",
        "write `within 30 days of delivery`", when=lambda stop: stop.after_value or stop.previous == "is"),
    *_event_rows("within", "of"),
    *_event_rows("more than", "after"),
    At(r"▸ one\b of\b", "P102", "`is` is missing before `one of`", "write `is one of`", when=_after_value),
    At(r"\bis\b(?: not\b)? one ▸", "P102", "`of` is missing after `one`", "write `is one of`"),
)  # fmt: skip
_VALUES: tuple[Check, ...] = (
    # lists
    At(r", ▸ (?:and|or)\b", "P103", "alternatives are separated by commas alone", "leave `{found}` out"),
    At(", ▸ $", "P103", "the list ends in a comma", "leave it out"),
    At(", ▸ ,", "P103", "there is nothing between two commas"),
    At(r"\(.*▸ ,", "P103", "a list stands without brackets", "write `is one of a, b`"),
    At(r"\bbetween\b.*▸ ,", "P101", "`between` takes two values with `and` between them", "write `and`"),
    At(r"\b(?:is|not)\b.*▸ ,", "P103", "a comma separates the values of `is one of`", "write `is one of a, b`"),
    At("▸ ,", "P103", "`,` does not belong here", "conditions are joined with `and` or `or`"),
    # between
    At(rf"{_SINCE_BETWEEN}▸ (?:to\b|or\b|[-,])", "P101", "`and` is wanted here, not `{found}`", _RANGE),
    At(rf"{_SINCE_BETWEEN}▸ \S", "P101", "`and` is wanted here, not `{found}`", _RANGE, when=_after_value),
    At(rf"(?:{_SINCE_BETWEEN}|\bbetween\b.*\band) ▸ $", "P102", "`between` takes two values", _RANGE),
    # names
    At(r"▸ days?\b (?:since|after|of|from)\b", "P103", "days since an event are a fact",
        "write its name, or `within 30 days of delivery`", when=lambda stop: not stop.after_value),
    _reserved,
    # `x > 1 and < 5`, `when is a`, `when less than 14 days after delivery`
    At(r"\b(?P<word>and|or) ▸ (?P=word)\b", "P103", "`{found}` is there twice", "leave one out"),
    At(rf"{_COMPARED} (?P<here>(?:under|less than|at most)\b|<=?){_DAYS_SINCE}", "P103", "`{here}` compares nothing here",
        "write `within 30 days of delivery`", when=_opens_condition),
    At(rf"{_COMPARED} {_COMPARING}{_DAYS_SINCE}", "P103", "`{here}` compares nothing here",
        "write `more than 30 days after delivery`", when=_opens_condition),
    At(rf"{_COMPARED} {_COMPARING}", "P103", "nothing is compared by `{here}`", "write a fact before it: `x {here} …`",
        when=_opens_condition),
    # values
    _nothing_follows,
    _than,
    At(r"\bnot ▸ (?:between|within|over|under)\b", "P103",
        "`not` stands before the whole condition, not before `{found}`", "write `not x is {found} …`"),
    At(rf"{_WANTS_VALUE} (?P<here>-(?: \S+)?)", "P104", "`{here}` is less than nothing",
        "write `minus …`, or subtract from something"),
    At("^ ▸", "P103", "something is missing before `{found}`", when=_no_value),
    At(_WANTS_VALUE, "P103", "something is missing between `{previous}` and `{found}`", when=_no_value),
    At(r"\bis\b (?:more|less) ▸", "P102", "`than` is missing after `{previous}`", "write `is {previous} than`",
        when=_between_values),
    At(r"▸ to\b", "P101", "`to` makes no range", _RANGE, when=_between_values),
    At(r"\bfrom ▸", "P101", "`from` makes no range", _RANGE, when=_between_values),
    At(r"(?:,|\b(?:one|none)\b of\b) [^\s,]+(?: days?)? ▸ [^\W\d_]", "P103",
        "a comma is missing between `{previous}` and `{found}`", _QUOTED, when=_both_are_words),
    At(r"(?:,|\b(?:one|none)\b of\b) [^\s,]+(?: days?)? ▸ [^\W\d_]", "P103",
        "a comma is missing between `{previous}` and `{found}`", when=_between_values),
    At(r"\bis\b(?: not\b)? [^\s,]+ ▸ [^\W\d_]", "P103",
        "nothing says how `{previous}` and `{found}` belong together", _QUOTED, when=_both_are_words),
    At(r"▸ (?:ago|old)\b", "P101", "`{found}` means nothing here", "leave it out", when=_between_values),
    At(r"▸ (?:known|unknown)\b", "P102", "`is` is missing before `{found}`", "write `is {found}`",
        when=_between_values),
    At("▸", "P103", "nothing says how `{previous}` and `{found}` belong together",
        "write `is`, `is over`, `and` or the like between them", when=_between_values),
    At(r"▸ (?:(?:is|over|under|at|more|less)\b|[-+*<>])", "P103", "`{found}` follows another comparison",
        "join the two with `and`, each whole by itself", when=_after_value),
    At("▸", "P103", "`{found}` does not belong here"),
)  # fmt: skip

EXPRESSION_CHECKS: tuple[Check, ...] = (*_ANYWHERE, *_EVENTS, *_VALUES)
CLAUSE_CHECKS: tuple[Check, ...] = (*BEGINNING, *_ANYWHERE, *SHAPE, *_EVENTS, *CONDITION_MISSING, *_VALUES)
