"""Clauses → statements: which clause belongs under which, read from the indentation of their lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.lines import Line

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
    indent: int
    inner: int | None = None  # the indentation of its children
    exceptions: list[_Open] = field(default_factory=list)
    adjustments: list[_Open] = field(default_factory=list)
    layers: list[_Open] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Misplaced:
    code: str
    message: str
    label: str = ""
    help: str = ""


def assemble(
    pieces: Sequence[tuple[Line, Piece | None]],
    conduct: bool,
    at: Callable[[ast.Place], Span],
    diagnostics: Diagnostics,
) -> tuple[tuple[ast.Statement, ...], frozenset[str]]:
    """The statements, and the names that wrong `decide` lines may have meant; misplaced clauses are told and left out."""
    statements: list[_Open] = []
    broken: set[str] = set()
    above: list[_Open] = []
    outer = pieces[0][0].indent if pieces else 0
    for line, piece in pieces:
        clause = _Open(line, piece.kind if piece else _guess(line), piece, line.indent)
        left = [parent for parent in above if parent.indent < line.indent]
        if clause.kind in _STATEMENTS:
            problem = _statement_placed(clause, left, outer, conduct)
            clause.indent, above = outer, [clause]  # what follows belongs to it, wherever it stands
            statements.append(clause)
        elif clause.kind is None:
            continue  # told before; what stands under it is as if under the line above
        else:
            problem = _placed(clause, left, conduct, bool(statements))
            if left or problem is None:
                above = [*left, clause]
        if problem is not None:
            diagnostics.error(
                problem.code, problem.message, at(_first_word(line)), label=problem.label, help=problem.help
            )
            clause.piece = None
        if clause.kind == "decide" and clause.piece is None:
            broken |= decided_names(line.text)
    made = [statement for root in statements if (statement := _statement(root)) is not None]
    return tuple(made), frozenset(broken)


def _guess(line: Line) -> ClauseKind | None:
    word = re.match(r"[a-z]+", line.text)
    return _WORDS.get(word[0]) if word else None


def begins_clause(text: str) -> bool:
    """Whether a line begins with one of the words that clauses begin with."""
    word = re.match(r"[a-z]+(?![\w.])", text)
    return word is not None and word[0] in _WORDS


def decided_names(text: str) -> set[str]:
    """The names that a `decide` line may mean, well written or not; an empty one where it has none."""
    if (written := re.match(r"decide(?![\w.])(.*?)(?:(?<![\w.])as(?![\w.])|$)", text, re.DOTALL)) is None:
        return set()
    words = re.findall(r"[\w.]+", written[1])
    return {words[0], "_".join(words)} if words else {""}


def _first_word(line: Line) -> ast.Place:
    word = re.match(r"at (?:most|least)|\S+", line.text)
    return (line.start, line.start + (len(word[0]) if word else 1))


def _placed(clause: _Open, above: list[_Open], conduct: bool, begun: bool) -> _Misplaced | None:
    """Files the clause under what it belongs to; or says why it cannot stand there."""
    word = _word(clause)
    if conduct:
        return _Misplaced(
            "P107", f"`{word}` has no place in conduct rules", "", "they are `require … before …` and `forbid …`"
        )
    if not above:
        if begun:
            return _Misplaced("P106", f"`{word}` stands under no decision", "indent it under its `decide`")
        return _Misplaced("P107", f"`{word}` stands under no decision", "write `decide … as …` first")
    parent = above[-1]
    if parent.kind not in ("decide", "except", "but"):
        return _Misplaced("P106", f"nothing stands under `{_word(parent)}`", "indent it as the line above")
    if parent.inner is None:
        parent.inner = clause.indent
    elif parent.inner != clause.indent:
        return _Misplaced(
            "P106",
            "this line stands under none of those above",
            f"indent it by {parent.inner}, as its neighbours",
            f"it is indented by {clause.indent} spaces",
        )
    return _filed(clause, word, parent)


def _filed(clause: _Open, word: str, parent: _Open) -> _Misplaced | None:
    if clause.kind == "but":
        if parent.kind != "decide":
            return _Misplaced("P107", f"`but` stands directly under `decide`, not under `{_word(parent)}`")
        parent.layers.append(clause)
        return None
    if parent.layers:
        return _Misplaced(
            "P107",
            f"`{word}` comes before `but`",
            "move it up, or indent it under the `but` that it changes",
            "what stands above a `but` is replaced where the `but` holds",
        )
    if clause.kind == "except":
        if parent.adjustments:
            first = _word(parent.adjustments[0])
            return _Misplaced(
                "P107", "an exception comes before the adjustments", f"move it above `{first}`",
                "adjustments change what the exceptions left",
            )  # fmt: skip
        parent.exceptions.append(clause)
    else:
        parent.adjustments.append(clause)
    return None


def _statement_placed(clause: _Open, above: list[_Open], outer: int, conduct: bool) -> _Misplaced | None:
    if above or clause.line.indent != outer:
        return _Misplaced(
            "P106", f"`{_word(clause)}` begins a rule and is not indented", f"indent it by {outer}" if outer else ""
        )
    if conduct and clause.kind == "decide":
        return _Misplaced("P107", "a decision stands under `rules`, not under `conduct`")
    if not conduct and clause.kind != "decide":
        return _Misplaced("P107", f"`{_word(clause)}` stands under `conduct`, not under `rules`")
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
