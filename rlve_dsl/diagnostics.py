"""Spans and diagnostics, and how they are rendered as text and JSON. No I/O, and no checks."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rlve_dsl.frozen import frozen
from rlve_dsl.values import Json, JsonObject

Severity = Literal["error", "warning"]

PLUGIN_HINT = "if a plugin brings it, the file must list the plugin: `plugins: [NAME]`"
"""What is said of the name of a primitive that is like no known one."""

DOMAIN_HINT = f"if a domain declares it, the file must name the domain: `domain: FILE`; {PLUGIN_HINT}"
"""The same of a tool, which a domain may declare."""


@frozen
class Span:
    """A part of a source file: lines and columns count from 1, the end column is exclusive.

    `pieces` are for a text that was folded from several lines: the character with which each line begins in the text, the
    line's number, the column of its first character, and its length.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    pieces: tuple[tuple[int, int, int, int], ...] = field(default=(), compare=False, repr=False)

    def within(self, start: int, end: int) -> Span:
        """The part from character `start` to `end` (0-based, end exclusive) of the text that stands in a span.

        Of text that was folded, the part that is on the line where it begins. A longer span without `pieces` is returned whole.

        >>> Span("a.yaml", 3, 10, 3, 20).within(2, 5)
        Span(file='a.yaml', line=3, column=12, end_line=3, end_column=15)
        """
        if self.pieces:
            first, line, column, length = next(
                (piece for piece in reversed(self.pieces) if piece[0] <= start), self.pieces[0]
            )
            begins = min(max(start - first, 0), max(length - 1, 0))
            ends = max(min(end - first, length), begins + 1)
            return Span(self.file, line, column + begins, line, column + ends)
        if self.line != self.end_line:
            return self
        return Span(self.file, self.line, self.column + start, self.line, self.column + max(end, start + 1))

    def __lt__(self, other: Span) -> bool:
        """Whether it comes first in the order in which problems are told."""
        mine, theirs = (self.file, self.line, self.column), (other.file, other.line, other.column)
        return (mine, self.end_line, self.end_column) < (theirs, other.end_line, other.end_column)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@frozen
class Related:
    """A second place that explains a diagnostic."""

    span: Span
    text: str


@frozen
class Diagnostic:
    """One problem, as the author of a scenario reads it.

    `message` is one lowercase sentence without a full stop, the author's own words in backticks.
    `label` stands under the marked source and says what would be right; `help` is one more line.
    """

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    related: tuple[Related, ...] = ()
    help: str = ""
    severity: Severity = "error"

    def as_json(self) -> JsonObject:
        """The diagnostic as JSON; the keys are the names of the fields."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "span": _span_json(self.span),
            "label": self.label,
            "related": [{"span": _span_json(r.span), "text": r.text} for r in self.related],
            "help": self.help,
        }


MOST_SHOWN = 100
"""Diagnostics that are shown as text."""


@dataclass(slots=True)
class Diagnostics:
    """The problems of one pass, collected: a pass returns them and does not raise."""

    items: list[Diagnostic] = field(default_factory=list)

    def error(
        self,
        code: str,
        message: str,
        span: Span | None = None,
        *,
        label: str = "",
        related: tuple[Related, ...] = (),
        help: str = "",
    ) -> None:
        """Add an error; the arguments are the fields of `Diagnostic`."""
        self.items.append(Diagnostic(code, message, span, label, related, help))

    def warning(
        self,
        code: str,
        message: str,
        span: Span | None = None,
        *,
        label: str = "",
        related: tuple[Related, ...] = (),
        help: str = "",
    ) -> None:
        """Add a warning; the arguments are those of an error."""
        self.items.append(Diagnostic(code, message, span, label, related, help, severity="warning"))

    @property
    def are_enough(self) -> bool:
        """Whether a report does not show another one, so that nobody needs to look for what an author meant: this takes longer than
        all else about an unknown name."""
        return len(self.items) >= MOST_SHOWN

    def extend(self, items: Iterable[Diagnostic]) -> None:
        """Add all of another pass's problems."""
        self.items.extend(items)

    @property
    def errors(self) -> list[Diagnostic]:
        """The errors; they stop compilation."""
        return [d for d in self.items if d.severity == "error"]


_LONGEST_NAME = 100  # characters of a name that is compared with others: this takes quadratic time
_WIDEST = 400  # characters of a line that are shown


def suggest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate nearest to a misspelt `name`, or None when nothing is near.

    >>> suggest("promte_at", ["promote_at", "trials"])
    'promote_at'
    >>> suggest("aks", ["ask", "call"])
    'ask'
    >>> suggest("zebra", ["promote_at", "trials"]) is None
    True
    """
    if len(name) > _LONGEST_NAME:
        return None
    near = {candidate for candidate in candidates if len(candidate) <= _LONGEST_NAME}
    close = difflib.get_close_matches(name, sorted(near), n=1, cutoff=0.7)
    return close[0] if close else next((other for other in sorted(near) if _is_swapped(name, other)), None)


def _is_swapped(name: str, other: str) -> bool:
    """Whether two letters beside each other have changed places: `aks` for `ask`."""
    differs = [place for place, (a, b) in enumerate(zip(name, other, strict=False)) if a != b]
    if len(name) != len(other) or len(differs) != 2 or differs[1] != differs[0] + 1:
        return False
    first, second = differs
    return name[first] == other[second] and name[second] == other[first]


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """``did you mean `x`?`` for the nearest candidate, or an empty string."""
    near = suggest(name, candidates)
    return f"did you mean `{near}`?" if near else ""


def render_text(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> str:
    """Diagnostics as a compiler prints them, with the marked source line where `sources` has the file's text.

    It shows the first hundred, and says how many more there are.
    """
    found = list(diagnostics)
    lines = {file: text.splitlines() for file, text in sources.items()}
    shown = [_render_one(d, lines) for d in found[:MOST_SHOWN]]
    return "\n\n".join([*shown, f"… and {len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else shown)


def _render_one(diagnostic: Diagnostic, sources: Mapping[str, Sequence[str]]) -> str:
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"]
    places = [] if diagnostic.span is None else [("-->", diagnostic.span, "^", diagnostic.label)]
    places += [(":::", r.span, "-", r.text) for r in diagnostic.related]
    gutter = max((len(str(span.line)) for _, span, _, _ in places), default=1)
    for arrow, span, mark, label in places:
        lines.append(f"{' ' * gutter}{arrow} {span}")
        text = _line_of(sources.get(span.file), span.line)
        if text is None:
            if label:
                lines.append(f"{' ' * gutter} = {label}")
            continue
        end = span.end_column if span.end_line == span.line else len(text) + 1
        width = max(1, min(end, len(text) + 1) - span.column)
        column = span.column - 1
        if len(text) > _WIDEST:
            cut = max(0, column - _WIDEST // 4)
            text, column = text[cut : cut + _WIDEST], column - cut
            width = max(1, min(width, _WIDEST - column))
        lines.append(f"{' ' * gutter} |")
        lines.append(f"{span.line:>{gutter}} | {text}")
        lines.append(f"{' ' * gutter} | {' ' * column}{mark * width} {label}".rstrip())
    if diagnostic.help:
        lines.append(f"{' ' * gutter} = help: {diagnostic.help}")
    return "\n".join(lines)


def _line_of(lines: Sequence[str] | None, line: int) -> str | None:
    return lines[line - 1] if lines is not None and 0 < line <= len(lines) else None


def _span_json(span: Span | None) -> Json:
    if span is None:
        return None
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
