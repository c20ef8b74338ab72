"""What to say about an expression that does not parse.

These checks run only after a failure, so they reject nothing that is valid. Their order is in `CHECKS`: first what
belongs to another language, then quotes and brackets, then what is around the place where the parser stopped.
"""

from __future__ import annotations

import re

from rlve_dsl.parsing import At, Brackets, Check, LanguageWords, Mistake, Spelling, Stop

_KEYWORDS = "and|or|not|in|is|if|else|for|known|unknown|true|false"
KEYWORDS = frozenset((*_KEYWORDS.split("|"), "it"))
"""The words with which expressions are written: they name nothing else."""
_OPERATORS = r"[<>=!]=|[-+*/^<>]"
WORDS = LanguageWords(
    token=re.compile(r'\s*("[^"]*"|\$?\d+(?:\.\d+)?%?|[^\W\d]\w*|[<>=!]=|.)', re.DOTALL),
    unfinished=frozenset(_KEYWORDS.split("|")) - {"true", "false"},
    begin='"$([',
    end='"%)]',
)


def _foreign(pattern: str, message: str, suggestion: str) -> Spelling:
    return Spelling("S202", pattern, message, suggestion)


_FOREIGN = (
    _foreign(r"&&|(?<!&)&(?!&)", "`{0}` is not an operator", "write `and`"),
    _foreign(r"\|\|?", "`{0}` is not an operator", "write `or`"),
    _foreign(r"\*\*", "`**` is not an operator", "write `^`"),
    _foreign(r"//", "`//` is not an operator", "write `floor(a / b)`"),
    _foreign(r"!==|===", "`{0}` is not an operator", "write `==` or `!=`"),
    _foreign(r":=", "an expression sets no names", "write `let` in the YAML"),
    _foreign(r"!(?!=)", "`!` is not an operator", "write `not`"),
    _foreign(r"<>|≠", "`{0}` is not an operator", "write `!=`"),
    _foreign(r"=>|≥", "`{0}` is not an operator", "write `>=`"),
    _foreign(r"=<|≤", "`{0}` is not an operator", "write `<=`"),
    _foreign(r"×|·", "`{0}` is not an operator", "write `*`"),
    _foreign(r"÷", "`{0}` is not an operator", "write `/`"),
    _foreign(r"[–—−]", "`{0}` is a dash, not a minus", "write `-`"),
    _foreign(r"\?", "`?` is not an operator", "write `a if condition else b`"),
    _foreign(r"\blambda\b", "`lambda` is Python", "an expression over each item uses `it`"),
    _foreign(r"(?<!\.)\b(?:import|def|class|return|yield|await|exec|eval|del|assert|while|with|try)\b(?!\s*[=.])",
        "`{0}` is Python", ""),
    _foreign(r"\bx?f\"(?=[^\"]*\")", '`f"…"` is Python', "words with values in them are templates"),
    _foreign(r";", "an expression is one thing: `;` does not belong in it", ""),
    _foreign(r"\{|\}", "braces occur only in templates", "write a list with `[…]`"),
    _foreign(r"[“”„‘’]", "`{0}` is no quote of the language", 'texts stand in `"…"`'),
    _foreign(r"'", "texts stand in double quotes", 'write `"…"`'),
    _foreign(r"\bTrue\b", "`True` is Python", "write `true`"),
    _foreign(r"\bFalse\b", "`False` is Python", "write `false`"),
    _foreign(r"\bis\s+not\s+(?:None|null|nil|unknown)\b", "`{0}` is no test of the language", "write `is known`"),
    _foreign(r"\bis\s+not\s+known\b", "`{0}` is no test of the language", "write `is unknown`"),
    _foreign(r"\b(?:None|null|nil)\b", "there is no `{0}`", "write `x is unknown`"),
    _foreign(r"\bis\s+not\b", "`is not` is not an operator", "write `!=`, or `is known`"),
    _foreign(r"\belif\b", "`elif` is Python", "write `a if p else b if q else c`"),
    _foreign(r"\b\d+\s*(?:weeks?|months?|hours?|years?)\b", "`{0}` has no unit of the language", "write it in days"),
    _foreign(r"\b\d+(?:\.\d+)?\s*(?:dollars?|cents?|USD|usd|€|EUR)", "`{0}` is not an amount of money", "write `$12.99`"),
    _foreign(r"[€£]", "money is in dollars", "write `$12.99`"),
    _foreign(r"\$\d+\.\d{3,}", "`{0}` has more than two places after the point", "write whole cents: `$12.99`"),
    _foreign(r"\$\d+\.(?!\d)|\$\d*,\d+|\$(?!\d)\s*\S?", "`{0}` is not an amount of money", "write `$12.99`"),
    _foreign(r"\b\d+\.\d+\s*days?\b", "`{0}` is not a whole number of days", "write `2 days`"),
    _foreign(r"\b\d+days?\b", "`{0}` lacks a space", "write `15 days`"),
    _foreign(r"\b\d+(?:\.\d+)?\s+%", "`{0}` has a space before `%`", "write `30%`"),
    _foreign(r"%", "`%` makes a share of a number and is not an operator", "write `mod(a, b)`, or `30%`"),
    _foreign(r"(?<![\w.\])])\.\d+", "`{0}` lacks its zero", "write `0.5`"),
    _foreign(r"(?<![\w.])\d+\.(?!\d)", "`{0}` ends in a point", "write `5`, or `5.0`"),
    _foreign(r"(?<![\w.\[(,])\b\d{1,3}(?:,\d{3})+\b(?![^(\[]*[)\]])", "`{0}` has commas in it",
        "write the digits alone: `1000`"),
    _foreign(r"[@#~`\\]", "`{0}` means nothing here", ""),
)  # fmt: skip


def _condition_without_else(stop: Stop) -> Mistake | None:
    """`a if b`, where the text or the brackets end after the condition."""
    last = max((n for n, token in enumerate(stop.before) if token == "if"), default=-1)
    if last < 0 or "else" in stop.before[last:] or "for" in stop.before[:last]:
        return None
    if last == 0:
        return Mistake("S202", "`if` stands between two values", (0, 2), "write `a if condition else b`")
    if last + 1 == len(stop.before) or stop.found not in ("", ")", "]", ","):
        return None  # the condition is missing or malformed, and another check says so
    start = stop.bare.rindex("if", 0, stop.at)
    return Mistake("S202", "`if` has no `else`", (start, start + 2), "write `a if condition else b`")


_VALUE_MISSING = re.compile(
    rf"(?:^|[(\[,=]|{_OPERATORS}|(?<![^\W\d])(?:and|or|not|in|is|if|else|for))\s*▸\s*(?:{_OPERATORS}|[,)\].]|\b(?:and|or|in|else|if)\b)"
)


def _value_missing(stop: Stop) -> Mistake | None:
    if _VALUE_MISSING.search(stop.marked) is None:
        return None
    where = f"between `{stop.previous}` and" if stop.previous else "before"
    return stop.mistake("S203", f"something is missing {where} `{stop.found}`")


CHECKS: tuple[Check, ...] = (
    *_FOREIGN,
    Brackets("S202", {")": "(", "]": "["}),
    At("▸ =(?!=)", "S202", "`=` compares nothing", "write `==`"),
    At(r"\. (?P<here>(?P<name>\w+) )▸ \(", "S202", "a value has no functions of its own: `.{name}(…)`",
        "write `{name}(x)`"),
    At(rf"(?:\.|\bfor) ▸ \b(?:{_KEYWORDS})\b|^ ▸ (?:{_KEYWORDS}) $", "S203",
        "`{found}` is a word of the language and cannot be a name"),
    At(r"\b(?P<here>is) ▸", "S202", "`is` is followed by `known` or `unknown`", "write `==`"),
    At(r"▸ is\b", "S202", "`is` is followed by `known` or `unknown`", "write `==`"),
    At(r"(?:[<>=!]=|[<>]) ▸ not\b", "S203", "`not` stands in brackets after `{previous}`", "write `(not …)`"),
    _condition_without_else,
    At(r"[(\[,] ▸ for\b", "S202", "what to make of each item is missing", "write `x for x in xs`"),
    At(r"[(\[].*▸ for\b", "S202", "a loop beside other arguments stands in brackets", "write `f([x for x in xs], …)`"),
    At(r"▸ for\b", "S202", "a loop stands in brackets", "write `[x for x in xs]`"),
    At(r"\bfor\b \w+ ▸ $", "S202", "`in` is wanted here, not `the end`", "write `for x in xs`"),
    At(r"\bfor\b \w+ ▸ (?!in\b)", "S202", "`in` is wanted here, not `{found}`", "write `for x in xs`"),
    At("▸ $", "S201", "the expression ends after `{previous}`", "something is missing here"),
    _value_missing,
    At("▸", "S203", "there is no operator between `{previous}` and `{found}`", when=lambda stop: stop.between_values),
    At("▸", "S203", "`{found}` does not belong here"),
)  # fmt: skip
