"""What to say of a text that does not parse: checks that run only after a failure, so that they reject nothing valid.

They are ordered: first what belongs to another language, then quotes and brackets, then what stands where the parser
stopped. The parser's own account of the failure is used for its position only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import lark

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions.ast import Place, stretch

# (pattern, message, what would be right); tried in order, the first that matches speaks
_FOREIGN = (
    (r"&&|(?<!&)&(?!&)", "`{0}` is not an operator", "write `and`"),
    (r"\|\|?", "`{0}` is not an operator", "write `or`"),
    (r"\*\*", "`**` is not an operator", "write `^`"),
    (r"//", "`//` is not an operator", "write `floor(a / b)`"),
    (r"!==|===", "`{0}` is not an operator", "write `==` or `!=`"),
    (r":=", "an expression sets no names", "write `let` in the YAML"),
    (r"!(?!=)", "`!` is not an operator", "write `not`"),
    (r"<>|≠", "`{0}` is not an operator", "write `!=`"),
    (r"=>|≥", "`{0}` is not an operator", "write `>=`"),
    (r"=<|≤", "`{0}` is not an operator", "write `<=`"),
    (r"×|·", "`{0}` is not an operator", "write `*`"),
    (r"÷", "`{0}` is not an operator", "write `/`"),
    (r"[–—−]", "`{0}` is a dash, not a minus", "write `-`"),
    (r"\?", "`?` is not an operator", "write `a if condition else b`"),
    (r"\blambda\b", "`lambda` is Python", "an expression over each item uses `it`"),
    (
        r"(?<!\.)\b(?:import|def|class|return|yield|await|exec|eval|del|assert|while|with|try)\b(?!\s*[=.])",
        "`{0}` is Python",
        "",
    ),
    (r"\bx?f\"(?=[^\"]*\")", '`f"…"` is Python', "words with values in them are templates"),
    (r";", "an expression is one thing: `;` does not belong in it", ""),
    (r"\{|\}", "braces occur only in templates", "write a list with `[…]`"),
    (r"[“”„‘’]", "`{0}` is no quote of the language", 'texts stand in `"…"`'),
    (r"'", "texts stand in double quotes", 'write `"…"`'),
    (r"\bTrue\b", "`True` is Python", "write `true`"),
    (r"\bFalse\b", "`False` is Python", "write `false`"),
    (r"\b(?:None|null|nil)\b", "there is no `{0}`", "write `x is unknown`"),
    (r"\bis\s+not\b", "`is not` is not an operator", "write `!=`, or `is known`"),
    (r"\belif\b", "`elif` is Python", "write `a if p else b if q else c`"),
    (r"\b\d+\s*(?:weeks?|months?|hours?|years?)\b", "`{0}` has no unit of the language", "write it in days"),
    (r"\b\d+(?:\.\d+)?\s*(?:dollars?|cents?|USD|usd|€|EUR)", "`{0}` is not an amount of money", "write `$12.99`"),
    (r"[€£]", "money is in dollars", "write `$12.99`"),
    (r"\$\d+\.\d{3,}", "`{0}` has more than two places after the point", "write whole cents: `$12.99`"),
    (r"\$\d+\.(?!\d)|\$\d*,\d+|\$(?!\d)\s*\S?", "`{0}` is not an amount of money", "write `$12.99`"),
    (r"\b\d+\.\d+\s*days?\b", "`{0}` is not a whole number of days", "write `2 days`"),
    (r"\b\d+days?\b", "`{0}` lacks a space", "write `15 days`"),
    (r"\b\d+(?:\.\d+)?\s+%", "`{0}` has a space before `%`", "write `30%`"),
    (r"%", "`%` makes a share of a number and is not an operator", "write `mod(a, b)`, or `30%`"),
    (r"(?<![\w.\])])\.\d+", "`{0}` lacks its zero", "write `0.5`"),
    (r"(?<![\w.])\d+\.(?!\d)", "`{0}` ends in a point", "write `5`, or `5.0`"),
    (
        r"(?<![\w.\[(,])\b\d{1,3}(?:,\d{3})+\b(?![^(\[]*[)\]])",
        "`{0}` has commas in it",
        "write the digits alone: `1000`",
    ),
    (r"[@#~`\\]", "`{0}` means nothing here", ""),
)
_KEYWORDS = frozenset(["and", "or", "not", "in", "is", "if", "else", "for", "known", "unknown", "true", "false"])
_TOKEN = re.compile(r'\s*("[^"]*"|\$?\d+(?:\.\d+)?%?|[^\W\d]\w*|[<>=!]=|.)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where the parser stopped: the text with quoted parts blanked, the tokens before and from there on."""

    bare: str
    at: int
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def found(self) -> str:
        """What stands there; empty at the end."""
        return self.after[0] if self.after else ""

    @property
    def previous(self) -> str:
        """What stands just before; empty at the beginning."""
        return self.before[-1] if self.before else ""


@dataclass(frozen=True, slots=True)
class _Said:
    code: str
    message: str
    place: Place
    label: str = ""


def explain(text: str, span: Span, problem: lark.exceptions.UnexpectedInput, diagnostics: Diagnostics) -> None:
    """Add the one sentence that says what is wrong with `text`."""
    bare = _blank_texts(text)
    found = next(_foreign(bare), None) or _unclosed(text, bare)
    if found is None:
        position = getattr(problem, "pos_in_stream", None)
        ended = not isinstance(position, int) or isinstance(problem, lark.exceptions.UnexpectedEOF)
        ended = ended or getattr(getattr(problem, "token", None), "type", "") == "$END"
        at = len(text.rstrip()) if ended or not isinstance(position, int) else position
        stop = _Stop(text, at, _tokens(text[:at]), _tokens(text[at:]))
        found = next(said for check in _CHECKS if (said := check(stop)) is not None)
    diagnostics.error(found.code, found.message, stretch(span, text, found.place), label=found.label)


def _foreign(bare: str) -> Iterator[_Said]:
    for pattern, message, mend in _FOREIGN:
        if (match := re.search(pattern, bare)) is not None:
            yield _Said("S202", message.format(match[0].strip()), match.span(), mend)


def _unclosed(text: str, bare: str) -> _Said | None:
    if text.count('"') % 2:
        at = text.rindex('"')
        return _Said("S202", "a text is not closed", (at, at + 1), 'add a closing `"`')
    closing = {")": "(", "]": "["}
    opened: list[tuple[int, str]] = []
    for at, character in enumerate(bare):
        if character in "([":
            opened.append((at, character))
        elif character in closing:
            if not opened:
                return _Said("S202", f"`{character}` closes nothing", (at, at + 1))
            _, bracket = opened.pop()
            if bracket != closing[character]:
                right = "]" if bracket == "[" else ")"
                return _Said("S202", f"`{character}` closes a `{bracket}`", (at, at + 1), f"write `{right}`")
    if not opened:
        return None
    at, bracket = opened[-1]
    return _Said("S202", f"`{bracket}` is not closed", (at, at + 1))


# What stands where the parser stopped; tried in order, the last always speaks ----------------------------------------


def _single_equals(stop: _Stop) -> _Said | None:
    if stop.found != "=":
        return None
    return _Said("S202", "`=` compares nothing", (stop.at, stop.at + 1), "write `==`")


def _method(stop: _Stop) -> _Said | None:
    if stop.found != "(" or len(stop.before) < 2 or stop.before[-2] != ".":
        return None
    name = stop.previous
    start = stop.bare.rindex(name, 0, stop.at)
    return _Said("S202", f"a value has no functions of its own: `.{name}(…)`", (start, stop.at), f"write `{name}(x)`")


def _is(stop: _Stop) -> _Said | None:
    if stop.previous != "is" and stop.found != "is":
        return None
    start = stop.bare.rindex("is", 0, stop.at) if stop.previous == "is" else stop.at
    return _Said("S202", "`is` is followed by `known` or `unknown`", (start, start + 2), "write `==`")


def _condition_without_else(stop: _Stop) -> _Said | None:
    last = max((n for n, token in enumerate(stop.before) if token == "if"), default=-1)
    if last < 0 or "else" in stop.before[last:] or "for" in stop.before[:last]:
        return None
    if last == 0:
        return _Said("S202", "`if` stands between two values", (0, 2), "write `a if condition else b`")
    if last + 1 == len(stop.before) and stop.found not in ("", ")", "]", ","):
        return None  # its condition is missing or malformed: something else says so
    if last + 1 == len(stop.before):
        return None
    if stop.found and stop.found not in (")", "]", ","):
        return None
    start = stop.bare.rindex("if", 0, stop.at)
    return _Said("S202", "`if` has no `else`", (start, start + 2), "write `a if condition else b`")


def _loop(stop: _Stop) -> _Said | None:
    if stop.found == "for":
        if stop.previous in ("(", "[", ","):
            return _Said(
                "S202", "what to make of each item is missing", (stop.at, stop.at + 3), "write `x for x in xs`"
            )
        if "(" in stop.before or "[" in stop.before:
            return _Said(
                "S202", "a loop beside other arguments stands in brackets", (stop.at, stop.at + 3),
                "write `f([x for x in xs], …)`",
            )  # fmt: skip
        return _Said("S202", "a loop stands in brackets", (stop.at, stop.at + 3), "write `[x for x in xs]`")
    if len(stop.before) >= 2 and stop.before[-2] == "for" and stop.found != "in":
        word = stop.found or "the end"
        return _Said("S202", f"`in` is wanted here, not `{word}`", _at(stop), "write `for x in xs`")
    return None


def _keyword_as_name(stop: _Stop) -> _Said | None:
    wants_name = stop.previous in (".", "for")
    if stop.found not in _KEYWORDS or not (wants_name or (stop.previous == "" and len(stop.after) == 1)):
        return None
    return _Said("S203", f"`{stop.found}` is a word of the language and cannot be a name", _at(stop))


def _nothing_follows(stop: _Stop) -> _Said | None:
    if stop.found:
        return None
    end = len(stop.bare.rstrip())
    word = stop.previous
    return _Said("S201", f"the expression ends after `{word}`", (end - len(word), end), "something is missing here")


def _value_missing(stop: _Stop) -> _Said | None:
    starts = stop.previous in ("", "(", "[", ",", "=") or stop.previous in _KEYWORDS - {
        "known",
        "unknown",
        "true",
        "false",
    }
    operators = ("+", "-", "*", "/", "^", "<", ">", "==", "!=", "<=", ">=")
    if stop.found in (*operators, ",", ")", "]", ".", "and", "or", "in", "else", "if") and (
        starts or stop.previous in operators
    ):
        if stop.previous == ",":
            return _Said("S203", f"something is missing between `,` and `{stop.found}`", _at(stop))
        if not stop.previous:
            return _Said("S203", f"something is missing before `{stop.found}`", _at(stop))
        return _Said("S203", f"something is missing between `{stop.previous}` and `{stop.found}`", _at(stop))
    return None


def _two_values(stop: _Stop) -> _Said | None:
    def is_value(token: str, opening: str) -> bool:
        return (
            bool(token) and token not in _KEYWORDS - {"true", "false"} and (token[0].isalnum() or token[0] in opening)
        )

    if not (is_value(stop.previous, '"$)]') and is_value(stop.found, '"$([')):
        return None
    return _Said("S203", f"there is no operator between `{stop.previous}` and `{stop.found}`", _at(stop))


def _anything(stop: _Stop) -> _Said | None:
    return _Said("S203", f"`{stop.found}` does not belong here", _at(stop))


_CHECKS: tuple[Callable[[_Stop], _Said | None], ...] = (
    _single_equals, _method, _keyword_as_name, _is, _condition_without_else, _loop, _nothing_follows, _value_missing,
    _two_values, _anything,
)  # fmt: skip


def _at(stop: _Stop) -> Place:
    return (stop.at, stop.at + max(1, len(stop.found)))


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(match[1] for match in _TOKEN.finditer(text) if match[1].strip())


def _blank_texts(text: str) -> str:
    return re.sub(r'"[^"\n]*"', lambda m: '"' + " " * (len(m[0]) - 2) + '"', text)
