"""What to say of a text that does not parse: checks that run only after a failure, so that they reject nothing valid."""

from __future__ import annotations

import re

import lark

from rlve_dsl.diagnostics import Diagnostics, Span

# (pattern, message, what would be right); tried in order, the first that matches speaks
_FOREIGN = (
    (r"&&", "`&&` is not an operator", "write `and`"),
    (r"\|\|", "`||` is not an operator", "write `or`"),
    (r"\*\*", "`**` is not an operator", "write `^`"),
    (r"//", "`//` is not an operator", "write `floor(a / b)`"),
    (r"!(?!=)", "`!` is not an operator", "write `not`"),
    (r"<>", "`<>` is not an operator", "write `!=`"),
    (r"=>", "`=>` is not an operator", "write `>=`"),
    (r"=<", "`=<` is not an operator", "write `<=`"),
    (r"\?", "`?` is not an operator", "write `a if condition else b`"),
    (r"\blambda\b", "`lambda` is Python", "an expression over each item uses `it`"),
    (r"\b(?:import|def|class|return|yield|await|exec|eval)\b", "`{0}` is Python, not an expression", ""),
    (r";", "an expression is one thing: `;` does not belong in it", ""),
    (r"\{|\}", "braces occur only in templates", "write a list with `[…]`"),
    (r"'", "texts stand in double quotes", 'write `"…"`'),
    (r"\bTrue\b|\bFalse\b", "`{0}` is Python", "write `true` or `false`"),
    (r"\bNone\b|\bnull\b", "there is no `{0}`", "write `x is unknown`"),
    (r"\bis\s+not\b", "`is not` is not an operator", "write `!=`, or `is unknown`"),
    (r"\d+\s*(?:weeks?|months?|hours?|years?)\b", "`{0}` has no unit of the language", "write it in days: `14 days`"),
    (r"\$\s|\$\.|\$\d+,\d", "`{0}` is not an amount of money", "write `$12.99`"),
)


def explain(text: str, span: Span, problem: lark.exceptions.UnexpectedInput, diagnostics: Diagnostics) -> None:
    """Add the one sentence that says what is wrong with `text`."""
    bare = _blank_texts(text)
    for pattern, message, mend in _FOREIGN:
        if (found := re.search(pattern, bare)) is not None:
            diagnostics.error("S202", message.format(found[0].strip()), span.within(*found.span()), label=mend)
            return
    if text.count('"') % 2:
        at = text.rindex('"')
        diagnostics.error("S202", "a text is not closed", span.within(at, at + 1), label='add a closing `"`')
        return
    if (unbalanced := _unbalanced(bare)) is not None:
        at, what = unbalanced
        diagnostics.error("S202", what, span.within(at, at + 1))
        return
    if (assigned := re.search(r"(?<![<>=!])=(?!=)", bare)) is not None and not _in_call(bare, assigned.start()):
        diagnostics.error("S202", "`=` compares nothing", span.within(*assigned.span()), label="write `==`")
        return
    at = getattr(problem, "pos_in_stream", None)
    if at is None or at >= len(text.rstrip()) or isinstance(problem, lark.exceptions.UnexpectedEOF):
        end = len(text.rstrip())
        diagnostics.error("S201", "the expression ends too early", span.within(max(0, end - 1), end))
        return
    word = re.match(r"\w+|.", text[at:], re.DOTALL)
    found_text = word[0] if word else text[at]
    diagnostics.error("S203", f"`{found_text}` does not belong here", span.within(at, at + len(found_text)))


def _blank_texts(text: str) -> str:
    return re.sub(r'"[^"\n]*"', lambda m: '"' + " " * (len(m[0]) - 2) + '"', text)


def _unbalanced(text: str) -> tuple[int, str] | None:
    closing = {")": "(", "]": "["}
    open_at: list[tuple[int, str]] = []
    for at, character in enumerate(text):
        if character in "([":
            open_at.append((at, character))
        elif character in closing:
            if not open_at or open_at[-1][1] != closing[character]:
                return at, f"`{character}` closes nothing"
            open_at.pop()
    return (open_at[-1][0], f"`{open_at[-1][1]}` is not closed") if open_at else None


def _in_call(text: str, at: int) -> bool:
    depth = 0
    for character in reversed(text[:at]):
        depth += (character == ")") - (character == "(")
        if depth < 0:
            return True
    return False
