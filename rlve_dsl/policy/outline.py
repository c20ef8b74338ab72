"""Clauses → statements: which clause belongs under which, read from the indentation of their lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.policy import ast
from rlve_dsl.policy.lines import Line

ClauseKind = Literal["decide", "except", "but", "adjust", "require", "forbid"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One line's clause: a Decide with its base alone, a Branch (of `except` or `but`), an Adjustment, a conduct rule."""

    kind: ClauseKind
    node: ast.Decide | ast.Branch | ast.Adjustment | ast.Require | ast.Forbid


_STATEMENTS = ("decide", "require", "forbid")
_WORDS: dict[str, ClauseKind] = {
    "decide": "decide", "except": "except", "but": "but", "require": "require", "forbid": "forbid",
    "plus": "adjust", "minus": "adjust", "at": "adjust",
}  # fmt: skip


@dataclass(slots=True)
class _Open:
    """A clause whose children are being gathered; without a `piece`, one that was told to be wrong."""

    line: Line
    kind: ClauseKind | None
    piece: Piece | None
    inner: int | None = None  # the indentation of its children
    exceptions: list[_Open] = field(default_factory=list)
    adjustments: list[_Open] = field(default_factory=list)
    layers: list[_Open] = field(default_factory=list)


def assemble(
    pieces: Sequence[tuple[Line, Piece | None]],
    conduct: bool,
    at: Callable[[ast.Place], Span],
    diagnostics: Diagnostics,
) -> tuple[tuple[ast.Statement, ...], frozenset[str]]:
    """The statements, and the decisions whose first line was told to be wrong; misplaced clauses are told and left out."""
    roots: list[_Open] = []
    above: list[_Open] = []
    outer = pieces[0][0].indent if pieces else 0
    for line, piece in pieces:
        clause = _Open(line, piece.kind if piece else _guess(line), piece)
        while above and above[-1].line.indent >= line.indent:
            above.pop()
        problem = _placed(clause, above, outer, conduct, bool(roots))
        if problem is not None:
            message, label, help = problem
            code = "P106" if "indent" in message + label else "P107"
            diagnostics.error(code, message, at(_first_word(line)), label=label, help=help)
            clause.piece = None
        elif not above:
            roots.append(clause)
        above.append(clause)
    statements = [made for root in roots if (made := _statement(root)) is not None]
    found = [re.match(r"decide\s+([\w.]+)", root.line.text) for root in roots if root.piece is None]
    return tuple(statements), frozenset(name[1] for name in found if name)


def _guess(line: Line) -> ClauseKind | None:
    word = re.match(r"[a-z]+", line.text)
    return _WORDS.get(word[0]) if word else None


def _first_word(line: Line) -> ast.Place:
    word = re.match(r"at (?:most|least)|\S+", line.text)
    return (line.start, line.start + (len(word[0]) if word else 1))


_Problem = tuple[str, str, str]  # message, label, help


def _placed(clause: _Open, above: list[_Open], outer: int, conduct: bool, begun: bool) -> _Problem | None:
    """Files the clause under what it belongs to; or says why it cannot stand there."""
    word = _word(clause)
    if clause.kind is None:
        return None if clause.piece is None else ("", "", "")  # told before
    if clause.kind in _STATEMENTS:
        return _statement_placed(clause, word, above, outer, conduct)
    if conduct:
        return f"`{word}` has no place in conduct rules", "", "they are `require … before …` and `forbid …`"
    if not above:
        label = "indent it under its `decide`" if begun else "write `decide … as …` first"
        return f"`{word}` stands under no decision", label, ""
    parent = above[-1]
    if parent.kind is None:
        return None
    if parent.kind not in ("decide", "except", "but"):
        return f"nothing stands under `{_word(parent)}`", "indent it as the line above", ""
    if parent.inner is None:
        parent.inner = clause.line.indent
    elif parent.inner != clause.line.indent:
        return (
            "this line stands under none of those above",
            f"indent it by {parent.inner}, as its neighbours",
            f"it is indented by {clause.line.indent} spaces",
        )
    return _filed(clause, word, parent)


def _filed(clause: _Open, word: str, parent: _Open) -> _Problem | None:
    if clause.kind == "but":
        if parent.kind != "decide":
            return f"`but` stands directly under `decide`, not under `{_word(parent)}`", "", ""
        parent.layers.append(clause)
        return None
    if parent.layers:
        return (
            f"`{word}` comes before `but`",
            "move it up, or indent it under the `but` that it changes",
            "what stands above a `but` is replaced where the `but` holds",
        )
    if clause.kind == "except":
        if parent.adjustments:
            return (
                f"an exception comes before the adjustments: move it above `{_word(parent.adjustments[0])}`", "",
                "adjustments change what the exceptions left",
            )  # fmt: skip
        parent.exceptions.append(clause)
    else:
        parent.adjustments.append(clause)
    return None


def _statement_placed(clause: _Open, word: str, above: list[_Open], outer: int, conduct: bool) -> _Problem | None:
    if above or clause.line.indent != outer:
        return f"`{word}` begins a rule and is not indented", f"indent it by {outer}" if outer else "", ""
    if conduct and clause.kind == "decide":
        return "a decision stands under `rules`, not under `conduct`", "", ""
    if not conduct and clause.kind != "decide":
        return f"`{word}` stands under `conduct`, not under `rules`", "", ""
    return None


def _word(clause: _Open) -> str:
    word = re.match(r"at (?:most|least)|\S+", clause.line.text)
    return word[0] if word else ""


def _statement(root: _Open) -> ast.Statement | None:
    if root.piece is None:
        return None
    node = root.piece.node
    if isinstance(node, ast.Decide):
        base = _branch(node.layers[0], root)
        layers = [_branch(below.piece.node, below) for below in root.layers if below.piece is not None]
        return replace(node, layers=(base, *layers))
    return node if isinstance(node, ast.Require | ast.Forbid) else None


def _branch(node: object, clause: _Open) -> ast.Branch:
    assert isinstance(node, ast.Branch)
    exceptions = [_branch(e.piece.node, e) for e in clause.exceptions if e.piece is not None]
    adjustments = [a.piece.node for a in clause.adjustments if a.piece is not None]
    return replace(
        node,
        exceptions=tuple(exceptions),
        adjustments=tuple(a for a in adjustments if isinstance(a, ast.Adjustment)),
    )
