"""From clauses to statements: which clause belongs under which, read from the indentation of their lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rlve_dsl.diagnostics import Diagnostics, Span, suggest
from rlve_dsl.frozen import frozen
from rlve_dsl.parsing import Mistake
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.lines import Line

ClauseKind = Literal["decide", "except", "but", "adjust", "require", "forbid"]

MOST_CLAUSES = 100
"""Clauses under one `decide`."""

DEEPEST_CLAUSE = 20
"""Clauses that stand one under another."""

_STATEMENTS = ("decide", "require", "forbid")
_WORDS: dict[str, ClauseKind] = {
    "decide": "decide", "except": "except", "but": "but", "require": "require", "forbid": "forbid",
    "plus": "adjust", "minus": "adjust", "at": "adjust",
}  # fmt: skip


@frozen
class Piece:
    """The clause of one line: a Decide without exceptions, a Branch (of `except` or `but`), an Adjustment, a conduct rule."""

    kind: ClauseKind
    node: ast.Decide | ast.Branch | ast.Adjustment | ast.Require | ast.Forbid


@dataclass(slots=True)
class _Clause:
    """A clause, and those that are indented under it; `piece` is None when it has a mistake."""

    line: Line
    kind: ClauseKind | None
    piece: Piece | None
    indent: int
    inner: int | None = None  # the indentation of the clauses under it
    exceptions: list[_Clause] = field(default_factory=list)
    adjustments: list[_Clause] = field(default_factory=list)
    layers: list[_Clause] = field(default_factory=list)
    size: int = 0  # of the root of a statement: how many clauses are under it
    told: set[str] = field(default_factory=set)  # of the root: what there is too much of under it

    @property
    def word(self) -> str:
        """The word that it begins with."""
        word = re.match(r"at (?:most|least)|\S+", self.line.text)
        return word[0] if word else ""

    def misplaced(self, code: str, message: str, label: str = "", help: str = "") -> Mistake:
        """The mistake that the clause is where it is."""
        return Mistake(code, message, (self.line.start, self.line.start + (len(self.word) or 1)), label, help)


def assemble(
    pieces: Sequence[tuple[Line, Piece | None]],
    conduct: bool,
    at: Callable[[ast.Place], Span],
    diagnostics: Diagnostics,
) -> tuple[tuple[ast.Statement, ...], frozenset[str]]:
    """Put the clauses of a block together; misplaced ones are reported and left out.

    Args:
        pieces: Each line with its clause, or None for a line with a mistake.
        conduct: The block is `conduct:`, not `rules:`.
        at: Gives the place of a part of the block in its file.
        diagnostics: Receives all problems.

    Returns:
        The statements, and the names that `decide` lines with a mistake may define.
    """
    statements: list[_Clause] = []
    broken: set[str] = set()
    above: list[_Clause] = []
    outer = pieces[0][0].indent if pieces else 0
    for line, piece in pieces:
        clause = _Clause(line, piece.kind if piece else _guess(line), piece, line.indent)
        if clause.kind is None:
            continue  # reported before; what is under it counts as under the line above
        parents = [parent for parent in above if parent.indent < line.indent]
        if clause.kind in _STATEMENTS:
            problem = _place_statement(clause, parents, outer, conduct)
            clause.indent, above = outer, [clause]  # what follows belongs to it, however it is indented
            statements.append(clause)
        else:
            excess = _excess(parents)
            problem = (
                clause.misplaced("P109", excess, "make a decision of a part of it")
                if excess
                else _place(clause, parents, conduct, bool(statements))
            )
            if (parents or problem is None) and len(parents) <= DEEPEST_CLAUSE:
                above = [*parents, clause]
        if problem is not None:
            if problem.code != "P109" or problem.message not in parents[0].told:
                span = at(problem.place)
                diagnostics.error(problem.code, problem.message, span, label=problem.label, help=problem.help)
            if problem.code == "P109":
                parents[0].told.add(problem.message)  # every further clause is too much as well
            clause.piece = None
        if clause.kind == "decide" and clause.piece is None:
            broken |= decided_names(re.sub(r"^[a-z]+", "decide", line.text))
    made = [statement for root in statements if (statement := _statement(root)) is not None]
    return tuple(made), frozenset(broken)


def _guess(line: Line) -> ClauseKind | None:
    """The kind of a line with a mistake; a word that is nearly one of a clause is taken for it."""
    word = re.match(r"[a-z]+", line.text)
    return _WORDS.get(word[0]) or _WORDS.get(suggest(word[0], _WORDS) or "") if word else None


def begins_clause(text: str) -> bool:
    """Whether a line begins with one of the words that clauses begin with."""
    word = re.match(r"[a-z]+(?![\w.])", text)
    return word is not None and word[0] in _WORDS


def decided_names(text: str) -> set[str]:
    """The names that a `decide` line may define, even one with a mistake; an empty name when it has none."""
    if (written := re.match(r"decide(?![\w.])(.*?)(?:(?<![\w.])as(?![\w.])|$)", text, re.DOTALL)) is None:
        return set()
    words = re.findall(r"[\w.]+", written[1])
    return {words[0], "_".join(words)} if words else {""}


def _excess(parents: list[_Clause]) -> str:
    """What there is too much of above a clause."""
    if not parents:
        return ""
    parents[0].size += 1
    if parents[0].size > MOST_CLAUSES:
        return f"a decision has at most {MOST_CLAUSES} clauses"
    return f"at most {DEEPEST_CLAUSE} clauses stand one under another" if len(parents) > DEEPEST_CLAUSE else ""


def _place(clause: _Clause, parents: list[_Clause], conduct: bool, begun: bool) -> Mistake | None:
    """Put a clause under the one it belongs to, or say why it cannot be there."""
    word = clause.word
    if conduct:
        message = f"`{word}` has no place in conduct rules"
        return clause.misplaced("P107", message, help="they are `require … before …` and `forbid …`")
    if not parents:
        code, label = ("P106", "indent it under its `decide`") if begun else ("P107", "write `decide … as …` first")
        return clause.misplaced(code, f"`{word}` stands under no decision", label)
    parent = parents[-1]
    if parent.kind not in ("decide", "except", "but"):
        return clause.misplaced("P106", f"nothing stands under `{parent.word}`", "indent it as the line above")
    if parent.inner not in (None, clause.indent):
        return clause.misplaced(
            "P106", "this line stands under none of those above", f"indent it by {parent.inner}, as its neighbours",
            f"it is indented by {clause.indent} spaces",
        )  # fmt: skip
    parent.inner = clause.indent
    if clause.kind == "but":
        if parent.kind != "decide":
            return clause.misplaced("P107", f"`but` stands directly under `decide`, not under `{parent.word}`")
        parent.layers.append(clause)
    elif parent.layers:
        return clause.misplaced(
            "P107", f"`{word}` comes before `but`", "move it up, or indent it under the `but` that it changes",
            "what stands above a `but` is replaced where the `but` holds",
        )  # fmt: skip
    elif clause.kind == "except" and parent.adjustments:
        return clause.misplaced(
            "P107", "an exception comes before the adjustments", f"move it above `{parent.adjustments[0].word}`",
            "adjustments change what the exceptions left",
        )  # fmt: skip
    else:
        (parent.exceptions if clause.kind == "except" else parent.adjustments).append(clause)
    return None


def _place_statement(clause: _Clause, parents: list[_Clause], outer: int, conduct: bool) -> Mistake | None:
    if parents or clause.line.indent != outer:
        message = f"`{clause.word}` begins a rule and is not indented"
        return clause.misplaced("P106", message, f"indent it by {outer}" if outer else "")
    if conduct and clause.kind == "decide":
        return clause.misplaced("P107", "a decision stands under `rules`, not under `conduct`")
    if not conduct and clause.kind != "decide":
        return clause.misplaced("P107", f"`{clause.word}` stands under `conduct`, not under `rules`")
    return None


def _statement(root: _Clause) -> ast.Statement | None:
    node = root.piece.node if root.piece is not None else None
    if isinstance(node, ast.Decide):
        layers = [_branch(node.layers[0], root), *(_branch(node, clause) for node, clause in _whole(root.layers))]
        return replace(node, layers=tuple(layers))
    return node if isinstance(node, ast.Require | ast.Forbid) else None


def _whole(clauses: list[_Clause]) -> list[tuple[object, _Clause]]:
    return [(clause.piece.node, clause) for clause in clauses if clause.piece is not None]


def _branch(node: object, clause: _Clause) -> ast.Branch:
    assert isinstance(node, ast.Branch)
    return replace(
        node,
        exceptions=tuple(_branch(below, exception) for below, exception in _whole(clause.exceptions)),
        adjustments=tuple(below for below, _ in _whole(clause.adjustments) if isinstance(below, ast.Adjustment)),
    )
