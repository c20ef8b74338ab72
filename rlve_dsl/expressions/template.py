"""Templates: text with `{expression}` in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field
from functools import lru_cache
from typing import NamedTuple

from rlve_dsl.caching import LONGEST_KEPT
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions.agreement import described
from rlve_dsl.expressions.compile import compile_expression
from rlve_dsl.expressions.display import Wording, has_words, wording
from rlve_dsl.expressions.parse import called_in
from rlve_dsl.expressions.scope import Expression, Scope
from rlve_dsl.expressions.types import TEXT, Keyed, ListOf, Record, required
from rlve_dsl.frozen import frozen
from rlve_dsl.parsing import locate_part
from rlve_dsl.values import Names

_HOLE = re.compile(r'\{((?:[^{}"]|"[^"\n]*")*)\}')  # quoted text in an expression may have braces in it


class Segment(NamedTuple):
    """A part of rendered text.

    Attributes:
        text: The words.
        is_value: Whether they are the value of an expression.
        mention: A shorter name for the same thing, for who has heard the whole one; empty when there is none.
    """

    text: str
    is_value: bool
    mention: str = ""


@frozen
class Template:
    """A compiled template: `render` fills it, `segments` also says which parts are values.

    `fixed` are the parts of a template without values.
    """

    text: str
    span: Span
    free: frozenset[str]
    paths: frozenset[str]
    parts: tuple[Segment | Hole, ...] = field(repr=False, compare=False)
    fixed: tuple[Segment, ...] | None = field(repr=False, compare=False)

    @property
    def holes(self) -> int:
        """How many places for values it has."""
        return sum(isinstance(part, Hole) for part in self.parts)

    def filled(self, text: str) -> str:
        """The text with these words in the place of every value."""
        return "".join(text if isinstance(part, Hole) else part.text for part in self.parts)

    def segments(self, env: Names) -> tuple[Segment, ...]:
        """The rendered text in parts, none of them empty."""
        if self.fixed is not None:
            return self.fixed
        found: list[Segment] = []
        for part in self.parts:
            if isinstance(part, Segment):
                found.append(part)
            else:
                found += part.segments(env)
        return tuple(found)

    def render(self, env: Names) -> str:
        """The text with the values in their places."""
        if self.fixed is not None:
            return self.text
        return "".join([part.words(part.value(env)) if isinstance(part, Hole) else part.text for part in self.parts])

    def texts(self, env: Names) -> tuple[str, ...]:
        """The texts of a template that is nothing but a list of texts, and otherwise the rendered text alone."""
        only = self.parts[0] if len(self.parts) == 1 else None
        if isinstance(only, Hole) and only.value.type == ListOf(TEXT):
            return tuple(only.value(env))
        return (self.render(env),)


@frozen
class Hole:
    """A place for a value: its expression, and the function that words it.

    A record with a field `shown` is `a_sentence`: only the text of that field counts as the value. A record with a field
    `mention` has a shorter name there.
    """

    value: Expression
    words: Wording
    a_sentence: bool
    has_mention: bool = False

    @staticmethod
    def of(expression: Expression) -> Hole:
        """The hole that an expression fills."""
        record = required(expression.type)
        fields = record.names if isinstance(record, Record) else ()
        return Hole(expression, wording(expression.type), "shown" in fields, "mention" in fields)

    def segments(self, env: Names) -> Sequence[Segment]:
        """The words for the value, in parts."""
        value = self.value(env)
        text = self.words(value)
        shown = value["shown"] if self.a_sentence and value is not None else ""
        if not shown or shown not in text:
            return (shared_segment(text, True, value["mention"] if self.has_mention and value is not None else ""),)
        before, _, after = text.partition(shown)
        return [
            s
            for s in (shared_segment(before, False), shared_segment(shown, True), shared_segment(after, False))
            if s.text
        ]


def shared_segment(text: str, is_value: bool, mention: str = "") -> Segment:
    """A part of a text. Live episodes share short ones."""
    return _kept(text, is_value, mention) if len(text) <= LONGEST_KEPT else Segment(text, is_value, mention)


_kept = lru_cache(maxsize=1 << 14)(Segment)


def compile_template(text: str, span: Span, scope: Scope, diagnostics: Diagnostics) -> Template | None:
    """Compile a template; None, with all problems in `diagnostics`, when it has errors."""
    before = len(diagnostics.errors)
    parts: list[Segment | Hole] = []
    end = 0
    for hole in _HOLE.finditer(text):
        _words(text[end : hole.start()], end, text, span, parts, diagnostics)
        inner = locate_part(span, text, hole.span(1) if hole[1].strip() else hole.span())
        expression = compile_expression(hole[1], inner, scope, diagnostics)
        if expression is not None:
            _check_shown(expression, diagnostics)
            parts.append(Hole.of(expression))
        end = hole.end()
    _words(text[end:], end, text, span, parts, diagnostics)
    if len(diagnostics.errors) > before:
        return None
    expressions = [part.value for part in parts if isinstance(part, Hole)]
    free = frozenset[str]().union(*(e.free for e in expressions))
    paths = frozenset[str]().union(*(e.paths for e in expressions))
    fixed = None if expressions else tuple(part for part in parts if isinstance(part, Segment))
    return Template(text, span, free, paths, tuple(parts), fixed)


def called_in_template(text: str) -> frozenset[str]:
    """The names of the functions that the expressions of a template call.

    >>> sorted(called_in_template('half(x) is {third(x)}'))
    ['third']
    """
    return frozenset[str]().union(*(called_in(hole[1]) for hole in _HOLE.finditer(text)))


def _check_shown(expression: Expression, diagnostics: Diagnostics) -> None:
    # a value that may be unknown is allowed: what tests it (a fact's `if`) is another expression
    type_ = required(expression.type)
    shown = required(type_.item) if isinstance(type_, ListOf | Keyed) else type_
    if isinstance(shown, ListOf | Keyed) or (isinstance(shown, Record) and not has_words(shown)):
        helps = f"name one of its fields: {', '.join(shown.names)}" if isinstance(shown, Record) else ""
        diagnostics.error(
            "R112", f"`{expression.text.strip()}` is {described(expression.type)}, which has no words",
            expression.span, help=helps,
        )  # fmt: skip


def _words(
    words: str, start: int, text: str, span: Span, parts: list[Segment | Hole], diagnostics: Diagnostics
) -> None:
    for brace in "{}":
        if brace in words:
            at = start + words.index(brace)
            where = locate_part(span, text, (at, at + 1))
            diagnostics.error("S205", f"`{brace}` has no partner", where, help="a value in words is `{…}`")
            return
    if words:
        parts.append(Segment(words, False))
