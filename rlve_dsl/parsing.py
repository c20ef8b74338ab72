"""What the grammars of the project share: places, and one sentence about a text that does not parse.

Belongs here: the machinery. Each language brings its grammar, and a tuple of checks that say what may be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import lark

from rlve_dsl.diagnostics import Span
from rlve_dsl.frozen import frozen

Place = tuple[int, int]
"""The first character of a part of a text, and the one after its last."""


class Placed(Protocol):
    """A node of a tree."""

    @property
    def place(self) -> Place: ...


def extent(first: Placed | lark.Token, last: Placed | lark.Token) -> Place:
    """From the start of one part to the end of another."""
    start = first.start_pos if isinstance(first, lark.Token) else first.place[0]
    end = last.end_pos if isinstance(last, lark.Token) else last.place[1]
    assert start is not None and end is not None
    return (start, end)


def locate_part(span: Span, text: str, place: Place) -> Span:
    """Return where a part of `text` is in its file, when the whole is at `span`.

    That is all of `span` where the file spells the text in another way: on several lines that are not simply joined, or with
    escapes.
    """
    if span.pieces and sum(span.pieces[-1][::3]) == len(text.rstrip()):
        return span.within(*place)
    if span.line != span.end_line or span.end_column - span.column != len(text):
        return span
    return span.within(*place)


# What is wrong with a text that does not parse -----------------------------------------------------------------------


@frozen
class Mistake:
    """One mistake in a text: what a diagnostic says, and which part of the text it marks."""

    code: str
    message: str
    place: Place
    label: str = ""
    help: str = ""


class Meaningless(Exception):
    """A text parses and means nothing; a parser's callback raises it with the mistake."""

    def __init__(self, code: str, message: str, place: Place, label: str = "") -> None:
        super().__init__(message)
        self.mistake = Mistake(code, message, place, label)


@frozen
class LanguageWords:
    """How a language splits a text into tokens, and where values begin and end.

    Attributes:
        token: Matches one token in its first group.
        unfinished: Words that no value begins or ends with.
        begin: The signs that a value may begin with; otherwise it begins with a word or number.
        end: The signs that a value may end with.
        dotted_names: A name may have dots in it.
    """

    token: re.Pattern[str]
    unfinished: frozenset[str]
    begin: str
    end: str
    dotted_names: bool = False

    def tokens(self, text: str) -> tuple[str, ...]:
        """The tokens of a text."""
        return tuple(found[1] for found in self.token.finditer(text) if found[1].strip())

    def begins_value(self, token: str) -> bool:
        """Whether a value may begin with a token."""
        return self._is_value(token, token[:1], self.begin)

    def ends_value(self, token: str) -> bool:
        """Whether a value may end with a token."""
        return self._is_value(token, token[-1:], self.end)

    def _is_value(self, token: str, character: str, signs: str) -> bool:
        fits = bool(token) and (character in signs or character.isalnum() or character == "_")
        return fits and token not in self.unfinished


@dataclass(frozen=True)
class Stop:
    """Where the parser stopped in a text: at character `at`."""

    text: str
    at: int
    words: LanguageWords

    @cached_property
    def bare(self) -> str:
        """The text with quoted parts blanked; every character keeps its place."""
        return re.sub(r'"[^"\n]*"', lambda found: '"' + "_" * (len(found[0]) - 2) + '"', self.text)

    @cached_property
    def before(self) -> tuple[str, ...]:
        """The tokens before the stop."""
        return self.words.tokens(self.text[: self.at])

    @cached_property
    def after(self) -> tuple[str, ...]:
        """The tokens from the stop on."""
        return self.words.tokens(self.text[self.at :])

    @property
    def found(self) -> str:
        """The token at the stop; empty at the end."""
        return self.after[0] if self.after else ""

    @property
    def follows(self) -> str:
        """The token after that; empty at the end."""
        return self.after[1] if len(self.after) > 1 else ""

    @property
    def previous(self) -> str:
        """The token before the stop; empty at the beginning."""
        return self.before[-1] if self.before else ""

    @property
    def head(self) -> str:
        """The first token of the text."""
        return (self.before or self.after or ("",))[0]

    @property
    def here(self) -> Place:
        """The place of the token at the stop, or of the last one at the end."""
        if self.found:
            return (self.at, self.at + len(self.found))
        end = len(self.bare.rstrip())
        return (end - len(self.previous), end) if self.previous else (0, 1)

    @property
    def after_value(self) -> bool:
        """Whether a value ends just before the stop."""
        return self.words.ends_value(self.previous)

    @property
    def between_values(self) -> bool:
        """Whether one value ends and another begins at the stop."""
        return self.after_value and self.words.begins_value(self.found)

    @cached_property
    def marked(self) -> str:
        """The bare text with `▸` at the stop, in which every name is one word without digits or dots."""
        bare = self.bare
        if self.words.dotted_names:
            bare = re.sub(r"[^\W\d][\w.]*", lambda name: re.sub(r"[.\d]", "_", name[0]), bare)
        return f"{bare[: self.at]}▸{bare[self.at :]}"

    def mistake(self, code: str, message: str, label: str = "", help: str = "") -> Mistake:
        """The mistake that is made at the stop."""
        return Mistake(code, message, self.here, label, help)


Check = Callable[[Stop], Mistake | None]
Suggestion = str | Callable[[re.Match[str]], str]


@frozen
class Spelling:
    """A check for what another language, or everyday writing, spells in its own way, anywhere in the text.

    In `message`, `{0}` is what was found; `suggestion` is what would be right. The pattern is compiled when a text does not parse.
    """

    code: str
    pattern: str
    message: str
    suggestion: Suggestion = ""

    def __call__(self, stop: Stop) -> Mistake | None:
        """The first such mistake in the text."""
        return self.find(stop.bare)

    def find(self, text: str) -> Mistake | None:
        """The first such mistake in a text without quoted parts."""
        if (found := re.search(self.pattern, text)) is None:
            return None
        written = found[0].strip()
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        label = self.suggestion if isinstance(self.suggestion, str) else self.suggestion(found)
        message = self.message.format(" ".join(written.split()))
        return Mistake(self.code, message, (start, start + len(written)), label)


class At:
    """A check of what is around the place where the parser stopped.

    `pattern` is searched for in the text with `▸` where the parser stopped. A space in it stands for any white space, or
    none. The mistake is marked where the group `here` is, or else at the stop. The message and the label may name
    `{found}` and `{previous}` (see `Stop`) and the groups of the pattern.

    >>> words = LanguageWords(re.compile(r"\\s*(\\w+|.)"), frozenset(), "", "")
    >>> At("▸ =", "S202", "`{found}` compares nothing", "write `==`")(Stop("a = 1", 2, words))
    Mistake(code='S202', message='`=` compares nothing', place=(2, 3), label='write `==`', help='')
    """

    def __init__(
        self, pattern: str, code: str, message: str, label: str = "", help: str = "",
        when: Callable[[Stop], bool] | None = None,
    ) -> None:  # fmt: skip
        self._pattern = pattern.replace(" ", r"\s*")  # compiled when a text does not parse
        self._code, self._message, self._label, self._help, self._when = code, message, label, help, when

    def __call__(self, stop: Stop) -> Mistake | None:
        """The mistake, where the pattern is found and `when` holds."""
        found = re.search(self._pattern, stop.marked, re.DOTALL)
        if found is None or (self._when is not None and not self._when(stop)):
            return None
        # the mark is one character more than the text has
        places = {name: tuple(at - (at > stop.at) for at in found.span(name)) for name in found.re.groupindex}
        names = {name: " ".join(stop.text[start:end].split()) for name, (start, end) in places.items()}
        names |= {"found": stop.found, "previous": stop.previous}
        start, end = places.get("here", stop.here)
        label = self._label.format(**names)
        return Mistake(self._code, self._message.format(**names), (start, end), label, self._help)


@frozen
class Brackets:
    """A check that quotes and brackets are closed; `pairs` gives the opening bracket of each closing one."""

    code: str
    pairs: Mapping[str, str]
    unopened: str = ""
    unclosed: str = ""

    def __call__(self, stop: Stop) -> Mistake | None:
        """The quote or bracket without a partner, or with a wrong one."""
        text = stop.bare
        if text.count('"') % 2:
            return self._at(text.rindex('"'), "a text is not closed", 'add a closing `"`')
        opened: list[int] = []
        for at, character in enumerate(text):
            if character in self.pairs.values():
                opened.append(at)
            elif character in self.pairs:
                if not opened:
                    return self._at(at, f"`{character}` closes nothing", self.unopened)
                bracket = text[opened.pop()]
                if bracket != self.pairs[character]:
                    right = next(closing for closing, opening in self.pairs.items() if opening == bracket)
                    return self._at(at, f"`{character}` closes a `{bracket}`", f"write `{right}`")
        return self._at(opened[-1], f"`{text[opened[-1]]}` is not closed", self.unclosed) if opened else None

    def _at(self, at: int, message: str, label: str) -> Mistake:
        return Mistake(self.code, message, (at, at + 1), label)


def explain(
    text: str, failure: lark.exceptions.UnexpectedInput, words: LanguageWords, checks: Iterable[Check]
) -> Mistake:
    """Say what is wrong with a text that does not parse.

    Only the position is taken from the parser's own account of the failure.

    Args:
        text: What was parsed.
        failure: Why it does not parse.
        words: How the language splits a text into tokens.
        checks: Tried in order, the first that finds a mistake decides; the last one always must.
    """
    ended = isinstance(failure, lark.exceptions.UnexpectedEOF)
    ended = ended or getattr(getattr(failure, "token", None), "type", "") == "$END"
    position = getattr(failure, "pos_in_stream", None)
    at = len(text.rstrip()) if ended or not isinstance(position, int) else position
    stop = Stop(text, at, words)
    return next(mistake for check in checks if (mistake := check(stop)) is not None)
