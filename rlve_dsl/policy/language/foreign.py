"""Spellings that belong to another language, or to everyday writing, and what to write instead.

They are looked for only in a clause that does not parse, and not in quoted parts.
"""

from __future__ import annotations

import re

from rlve_dsl.parsing import Mistake, Spelling, Suggestion
from rlve_dsl.quantities import format_money


def _sign(pattern: str, message: str, suggestion: Suggestion) -> Spelling:
    return Spelling("P101", pattern, message, suggestion)


def _word(pattern: str, message: str, suggestion: Suggestion) -> Spelling:
    return Spelling("P101", rf"(?<![\w.])(?:{pattern})(?![\w.])", message, suggestion)


def _amount(pattern: str, message: str, suggestion: Suggestion) -> Spelling:
    return Spelling("P104", pattern, message, suggestion)


def _digits(found: re.Match[str]) -> str:
    return f"write `{found[0].replace(',', '')}`"


def _cents(found: re.Match[str]) -> str:
    dollars, _, part = found[0].lstrip("$").partition(".")
    return f"write `${dollars or 0}.{(part + '00')[:2]}`"


def _weeks(found: re.Match[str]) -> str:
    return (
        f"write `{int(found[1]) * 7} days`" if found[2].startswith("week") and len(found[1]) < 5 else "write it in days"
    )


def _whole(found: re.Match[str]) -> str:
    whole, _, part = found[0].partition(".")
    if int(whole or 0) == 0 and len(part) <= 2:
        return f"write a share: `{int(part.ljust(2, '0'))}% of …`"
    return f"write `${found[0]}` or `{found[0]}%`" if len(part) == 2 else "numbers are whole"


def _when(found: re.Match[str]) -> str:
    """A base holds without a condition, so that in its line `when` would be the next mistake."""
    base = found.string.lstrip().startswith("decide")
    return "write `except … when …` under it" if base else "write `when`"


_NUMBERS = "two|three|four|five|six|seven|eight|nine|ten|fourteen|fifteen|twenty|thirty|forty|sixty|ninety|one|a|an"

# The first one that is found decides.
FOREIGN: tuple[Spelling, ...] = (
    _sign("[\u00a0\u2000-\u200b\u202f\u3000\ufeff]", "this is a space of another sort", "write a plain one"),
    _sign(r"==", "`==` is not an operator", "write `is`"),
    _sign(r"!=|<>|≠", "`{0}` is not an operator", "write `is not`"),
    _sign(r"=<|≤", "`{0}` is not an operator", "write `<=`"),
    _sign(r"=>|≥", "`{0}` is not an operator", "write `>=`"),
    _sign(r"(?<![<>])=", "`=` is not an operator", "write `is`"),
    _sign(r"&&?", "`{0}` is not an operator", "write `and`"),
    _sign(r"\|\|?", "`{0}` is not an operator", "write `or`"),
    _sign(r"!", "`!` is not an operator", "write `not`"),
    _sign(r"//|--", "a comment begins with `#`, not with `{0}`", "write `#`"),
    _sign(r"×|·", "`{0}` is not an operator", "write `*`"),
    _sign(r"[/÷]", "there is no division: `{0}` is not an operator", "write a share, `50% of …`"),
    _sign(r"[–—−]", "`{0}` is a dash, not a minus", "write `-`"),
    _sign(r"[“”„‟]", "`{0}` is no quote of the language", 'texts stand in `"…"`'),
    _word(r"(?:is|was|does|has)n['’]t", "`{0}` is too short", "write `is not`"),
    _word(r"isnt|arent|wasnt|doesnt|hasnt", "there is no `{0}`", "write `is not`"),
    _sign(r"['‘’]", "texts stand in double quotes", 'write `"…"`'),
    _sign(r"[\[\]{}]", "there are no brackets like `{0}`", "write a list as `is one of a, b`"),
    _sign(r";", "a rule is one line: `;` does not belong in it", ""),
    _sign(r"\?", "`?` means nothing here", ""),
    _word(r"elif|elsif|elseif", "there is no `{0}`", "write another `except … when …`"),
    _word(r"else|otherwise|default", "there is no `{0}`", "what holds otherwise stands behind `decide … as`"),
    _word(r"if|whenever|where|provided(?:\s+that)?|in case", "there is no `{0}`", _when),
    _word(r"for|because|on", "there is no `{0}`", _when),
    _word(r"then", "there is no `then`", "the value stands before `when`"),
    _word(r"(?:None|null|nil)", "there is no `{0}`", "write `is unknown`"),
    _word(r"(?:is\s+)?not\s+in", "`{0}` is not an operator", "write `is none of`"),
    _word(r"(?:is\s+)?in", "`{0}` is not an operator", "write `is one of`"),
    _word(r"(?:is\s+)?(?:any\s+of|either(?:\s+of)?)", "`{0}` is not an operator", "write `is one of`"),
    _word(r"atleast|at\s+minimum", "there is no `{0}`", "write `at least`"),
    _word(r"atmost|at\s+maximum", "there is no `{0}`", "write `at most`"),
    _word(r"is\s+neither", "`{0}` is not an operator", "write `is none of`"),
    _word(r"(?:is\s+)?(?:equals|equal\s+to|the\s+same\s+as|equal)|are|was|were", "`{0}` is not an operator", "write `is`"),
    _word(r"(?:is\s+)?(?:no|not)\s+(?:more|over|greater|higher)(?:\s+than)?|up\s+to", "`{0}` is not an operator",
        "write `at most`"),
    _word(r"(?:is\s+)?(?:no|not)\s+(?:less|under|fewer|lower)(?:\s+than)?", "`{0}` is not an operator", "write `at least`"),
    _word(r"(?:is\s+)?(?:greater|bigger|larger|higher)(?:\s+than)?|exceeds|(?:is\s+)?above", "`{0}` is not an operator",
        "write `is over`, or `is more than`"),
    _word(r"(?:is\s+)?(?:smaller|fewer|lower)(?:\s+than)?|(?:is\s+)?below", "`{0}` is not an operator",
        "write `is under`, or `is less than`"),
    _amount(r"(?<![\w.$])(\d+)\s*-?\s*(weeks?|months?|years?|hours?)\b", "`{0}` is no amount of the language", _weeks),
    _amount(r"(?<![\w.])(\d+)-?(days?)\b", "`{0}` lacks a space", lambda found: f"write `{found[1]} {found[2]}`"),
    _amount(r"(?<![\w.])\d+\.\d+\s*days?\b", "`{0}` is not a whole number of days", "write whole days: `2 days`"),
    _amount(rf"(?i)(?<![\w.])(?:{_NUMBERS})(?:[ -](?:one|two|three|five))?\s+(?:days?|weeks?|months?)\b",
        "`{0}` is spelt out", "write the number in digits: `30 days`"),
    _amount(r"\$\d{1,3}(?:,\d{3})+(?:\.\d+)?", "`{0}` has a comma in it", _digits),
    _amount(r"\$\d+(?:\.(?!\d)|\.\d{3,})|\$\.\d+", "`{0}` is no amount of money", _cents),
    _amount(r"\$\s+\d+(?:\.\d\d)?", "`{0}` has a space in it", lambda found: f"write `${found[0].lstrip('$ ')}`"),
    _amount(r"(?<![\w.$])(\d+(?:\.\d\d)?)\s*\$", "the `$` stands before the number", lambda found: f"write `${found[1]}`"),
    _amount(r"(\$\d+(?:\.\d\d)?)\s*(?:dollars?|USD|usd|bucks?)\b", "`{0}` says dollars twice",
        lambda found: f"write `{found[1]}`"),
    _amount(r"(?<![\w.$])(\d+(?:\.\d\d)?)\s*(?:dollars?|USD|usd|bucks?)\b", "`{0}` is no amount of the language",
        lambda found: f"write `${found[1]}`"),
    _amount(r"(?<![\w.$])(\d+)\s*cents?\b", "`{0}` is no amount of the language",
        lambda found: f"write `{format_money(int(found[1][:9]))}`"),
    _amount(r"[€£¥]", "money is in dollars", "write `$12.99`"),
    _amount(r"(?<![\w.])([a-z][\w.]*)\s*%", "no `%` follows a name: `{0}`", lambda found: f"write `{found[1]} of …`"),
    _amount(r"(?<![\w.])(\d+(?:\.\d+)?)(?:\s+%|\s*per\s?cent\b)", "`{0}` is no percentage of the language",
        lambda found: f"write `{found[1]}%`"),
    _amount(r"(?<![\w.,$])\d{1,3}(?:,\d{3})+(?![\w%])", "`{0}` has commas in it", _digits),
    _amount(r"(?<![\w.$])(?:\d+\.\d+|\.\d+)(?![\d%])", "`{0}` is not a whole number", _whole),
    _sign(r"\.(?=\s*$)", "a rule ends without a full stop", "leave it out"),
    _sign(r":(?=\s*$)", "a rule ends without a colon", "leave it out"),
    _sign(r"[:@~`\\^]", "`{0}` means nothing here", ""),
)  # fmt: skip


def foreign_in(text: str) -> Mistake | None:
    """The first such spelling in a text without quoted parts."""
    return next((mistake for foreign in FOREIGN if (mistake := foreign.find(text)) is not None), None)
