"""PyYAML's error → one diagnostic that an author understands.

Most broken YAML in a scenario is an expression without its quotes, so the line is examined before YAML's own reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.files.yaml_tree.flow import Entry, entry_at, opened_at
from rlve_dsl.files.yaml_tree.nodes import CLOSING, OPENING, quoted
from rlve_dsl.files.yaml_tree.text import SourceText, balanced
from rlve_dsl.frozen import frozen

_DASHES = re.compile(r"\s*(?:-\s+)*")
_ENTRY = re.compile(r"""("[^"]*"|'[^']*'|[^\s"'{\[#][^:#]*)\s*:\s+(?=\S)""")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


@frozen
class Failure:
    """A failure of PyYAML: its own words, and where it stopped (line and column from 0)."""

    source: SourceText
    problem: str
    context: str
    opened: Any  # the mark of what was being read, or None
    line: int
    column: int

    @property
    def text(self) -> str:
        """The line where reading stopped."""
        return self.source.line(self.line + 1)

    @property
    def character(self) -> str:
        """The character where reading stopped; empty at the line's end."""
        return self.text[self.column : self.column + 1]

    def span(self, start: int, end: int, line: int | None = None) -> Span:
        """Characters `start` to `end` of a line, by default the one where reading stopped."""
        number = (self.line if line is None else line) + 1
        return Span(self.source.file, number, start + 1, number, max(end, start + 1) + 1)


def explain(problem: Any, source: SourceText, diagnostics: Diagnostics) -> None:
    """Add one diagnostic for the error: S107, S108 or S114."""
    mark = problem.problem_mark or problem.context_mark
    failure = Failure(
        source, problem.problem or "", problem.context or "", problem.context_mark, mark.line, mark.column
    )
    next(True for check in CHECKS if check(failure, diagnostics))


def _tab(at: Failure, out: Diagnostics) -> bool:
    indent = at.text[: len(at.text) - len(at.text.lstrip())]
    if "\t" not in indent:
        return False
    start = indent.index("\t")
    out.error("S108", "a tab cannot indent", at.span(start, len(indent)), label="write spaces")
    return True


def _unclosed_quote(at: Failure, out: Diagnostics) -> bool:
    if "quoted scalar" not in at.context or at.opened is None:
        return False
    line, column = at.opened.line, at.opened.column
    if "escape" in at.problem:
        start = at.text.rfind("\\", 0, at.column + 1)
        if (half := _SURROGATE.match(at.text, start)) is not None:
            message = f"`{half[0]}` is half of a character"
            out.error("S107", message, at.span(start, half.end()), label="write the character itself")
            return True
        out.error(
            "S107", f"`{at.text[start : start + 2]}` means nothing in double quotes", at.span(start, start + 2),
            label="write `\\\\` for one backslash",
        )  # fmt: skip
        return True
    if "end of stream" not in at.problem and "document" not in at.problem:
        return False
    text = at.source.line(line + 1)
    out.error("S107", "this text is never closed", at.span(column, len(text), line), label=f"add `{text[column]}`")
    return True


def _in_flow(at: Failure, out: Diagnostics) -> bool:
    if "flow" not in at.context or at.opened is None:
        return False
    before = at.text[: at.column]
    cut_by_bracket = at.character in OPENING and before.rstrip()[-1:] not in ("", *OPENING, ",", ":")
    same_line = at.opened.line == at.line
    if (not cut_by_bracket and not same_line) or _closes_another(at):
        return _unclosed_bracket(at, out)
    entry = entry_at(at.text, at.opened.column + 1 if same_line else 0, at.column)
    if "sequence" in at.context and same_line:
        entry = _entry_of_list(at)
    elif not entry.key and not same_line:
        return _unclosed_bracket(at, out)
    end = _end_of_value(at.text, entry.start, sequence="sequence" in at.context)
    text = at.text[entry.start : end]
    subject = f"`{entry.key}`" if entry.key else "this"
    out.error(
        "S114", f"{subject} lost its quotes: {_why_cut(at, text)}", at.span(entry.start, end),
        label=f"write `{quoted(text)}`",
    )  # fmt: skip
    return True


def _closes_another(at: Failure) -> bool:
    """Whether the character closes a bracket that stands around the one that is still open: `{a: [b, c: d}`."""
    around = opened_at(at.text, at.column)[:-1] if at.opened.line == at.line and at.character in CLOSING else ()
    return any(at.text[opened.column] == OPENING[CLOSING.index(at.character)] for opened in around)


def _entry_of_list(at: Failure) -> Entry:
    """The list that was being read, as the value of its key."""
    opened = opened_at(at.text, at.opened.column + 1)
    within = opened[-1].within if opened else None
    return Entry(within.key if within is not None else _entry(at.text)[0], at.opened.column)


def _why_cut(at: Failure, value: str) -> str:
    """Why a value inside brackets or braces ends where reading stopped."""
    first = value[:1]
    if first in ("'", '"'):
        return "a value that begins with a quote ends at the next one"
    if first and first in OPENING and "mapping" in at.context:
        return f"a value that begins with `{first}` ends at its `{CLOSING[OPENING.index(first)]}`"
    special = at.character.strip() and not at.character.isalnum()
    return (
        f"inside brackets and braces {f'`{at.character}` has a meaning of its own' if special else 'the value goes on'}"
    )


def _end_of_value(text: str, start: int, *, sequence: bool) -> int:
    """Where a value without its quotes ends: before the comma or bracket that ends its surroundings."""
    depth = 0
    for place in range(start, len(text)):
        character = text[place]
        if character in OPENING or character == "(":
            depth += 1
        elif character in CLOSING or character == ")":
            depth -= 1
            if depth < 0 or (sequence and depth == 0):
                return place + 1 if sequence else place
        elif character == "," and depth == 0:
            return place
    return len(text.rstrip())


def _unclosed_bracket(at: Failure, out: Diagnostics) -> bool:
    line, column = at.opened.line, at.opened.column
    text = at.source.line(line + 1)
    bracket = text[column : column + 1]
    comment = re.search(r"\s#", text[column:])
    if comment and line < at.line:
        start = column + comment.start() + 1
        out.error(
            "S114", f"` #` begins a comment, so the `{bracket}` is never closed", at.span(start, len(text), line),
            label="quote the text if `#` belongs to it",
        )  # fmt: skip
        return True
    closing = CLOSING[OPENING.index(bracket)] if bracket in OPENING else "`"
    within = opened[-1].within if (opened := opened_at(text, column + 1)) else None
    name = within.key if within is not None else _entry(text)[0]
    subject = f"the `{bracket}` of `{name}`" if name else f"this `{bracket}`"
    out.error("S107", f"{subject} is never closed", at.span(column, column + 1, line), label=f"add `{closing}`")
    return True


def _entry(line: str) -> tuple[str, str, int]:
    """The key of a line, its value and where that begins; no key for the item of a list, no value for any other line."""
    written = line.rstrip()
    dashes = _DASHES.match(written)
    start = dashes.end() if dashes else 0
    if entry := _ENTRY.match(written, start):
        return entry[1].rstrip(), written[entry.end() :], entry.end()
    return ("", written[start:], start) if "-" in written[:start] else ("", "", 0)


def _lost_quotes(at: Failure, out: Diagnostics) -> bool:
    name, value, start = _entry(at.text)
    if not value or at.column < start:
        return False
    subject = f"`{name}`" if name else "this"
    span = at.span(start, start + len(value))
    first = value[0]
    if first in "\"'":
        closing = value.find(first, 1)
        apostrophe = first == "'" and re.match(r"\w'\w", value[closing - 1 : closing + 2])
        nested = (
            first == '"' and value.endswith('"') and balanced(value[1:-1])
        )  # "x == "a"": the inner quotes belong to it
        text = value[1:-1] if nested or (apostrophe and value.endswith("'")) else value
        why = "a value that begins with a quote ends at the next one"
        if first == "'" and value[closing - 1] == "\\" and value.endswith("'"):
            text = value[1:-1].replace("\\'", "'")
            why = "in single quotes an apostrophe is written twice, without a backslash"
        label = f"write `{quoted(text)}`"
    elif first in ">|":
        why, label = f"`{first}` at its beginning opens a block of text", f"write `{quoted(value)}`"
    elif at.character in CLOSING and at.text[: at.column].count(at.character) >= at.text[: at.column].count(
        OPENING[CLOSING.index(at.character)]
    ):
        out.error("S107", f"this `{at.character}` closes nothing", at.span(at.column, at.column + 1))
        return True
    elif first in OPENING:
        why = f"a value that begins with `{first}` ends at its `{CLOSING[OPENING.index(first)]}`"
        label = f"write `{quoted(value)}`"
    elif first in "*&!%@`,]}":
        what = "a backtick" if first == "`" else f"`{first}`"
        why, label = f"{what} at its beginning has a meaning of its own", f"write `{quoted(value)}`"
    elif "mapping values" in at.problem:
        why, label = "a colon and a space make a key", f"write `{quoted(value)}`"
    elif first == "-" and "entries" in at.problem:
        out.error("S107", "a list begins on a line of its own", span, help="or write it in brackets: `[a, b]`")
        return True
    else:
        return False
    out.error("S114", f"{subject} lost its quotes: {why}", span, label=label)
    return True


def _layout(at: Failure, out: Diagnostics) -> bool:
    content = at.text.lstrip()
    start = len(at.text) - len(content)
    above = next((n for n in range(at.line - 1, -1, -1) if at.source.line(n + 1).strip()), None)
    before = "" if above is None else at.source.line(above + 1)
    glued = re.match(r"\s*(?:-\s+)*([\w.-]+:)[^\s:]", before)
    end_mark = next((n for n in range(at.line + 1) if re.match(r"\.\.\.(?:\s|$)", at.source.line(n + 1))), None)
    if end_mark is not None:
        out.error(
            "S113", "a file holds one document, and `...` ends it here", at.span(0, 3, end_mark),
            help="delete the line",
        )  # fmt: skip
    elif "mapping values" in at.problem and glued and above is not None:
        end = glued.end(1)
        out.error(
            "S107", f"`{glued[1]}` needs a space after its colon", at.span(glued.start(1), end, above),
        )  # fmt: skip
    elif "mapping values" in at.problem:
        out.error(
            "S107", "this line is indented as part of the value above", at.span(start, len(at.text)),
            help="a key with a value of its own has nothing indented under it",
        )  # fmt: skip
    elif "could not find" in at.problem and at.opened is not None:
        line = at.opened.line
        text = at.source.line(line + 1)
        out.error(
            "S107", "this line is neither a key nor a list item", at.span(at.opened.column, len(text), line),
            label="a key is followed by a colon and a space",
        )  # fmt: skip
    elif "did not find expected" in at.problem or "expected <block end>" in at.problem:
        out.error(
            "S107", "this line does not fit the lines above", at.span(start, len(at.text)),
            label="keys of one mapping, and items of one list, begin in the same column",
        )  # fmt: skip
    else:
        out.error("S107", f"YAML cannot be read here: {at.problem}", at.span(at.column, at.column + 1))
    return True


CHECKS: tuple[Callable[[Failure, Diagnostics], bool], ...] = (_tab, _unclosed_quote, _in_flow, _lost_quotes, _layout)
