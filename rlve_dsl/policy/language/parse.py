"""From the text of a rule block to its statements: each line by the grammar, the lines by their indentation.

A line that is wrong is told and left out; the others are read as if it were not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from itertools import pairwise
from typing import Any, Literal

import lark

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions import parser_of
from rlve_dsl.files import BlockText, Text
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.lines import Line, lay_out, locate
from rlve_dsl.policy.language.mistakes import explain
from rlve_dsl.policy.language.outline import Piece, assemble, begins_clause, decided_names
from rlve_dsl.policy.language.stop import Misplaced, Said

LONGEST_LINE = 2000
DEEPEST = 40
LARGEST = 10**12

Start = Literal["start", "assumption", "value"]
STARTS: tuple[Start, ...] = ("start", "assumption", "value")


@dataclass(frozen=True, slots=True)
class Rules:
    """The statements of a block; `broken` are the decisions whose `decide` was told to be wrong."""

    statements: tuple[ast.Statement, ...]
    broken: frozenset[str] = frozenset()


def parse_rules(block: BlockText, diagnostics: Diagnostics, conduct: bool = False) -> Rules:
    """The decisions of a `rules:` block, or the rules of a `conduct:` block; every mistake is in `diagnostics`."""
    layout = lay_out(block.text)
    if not layout.lines:
        what = "`require` or `forbid`" if conduct else "`decide`"
        diagnostics.error("P102", f"there is no rule here: a rule begins with {what}", locate(block, (0, 1)))
    at = partial(locate, block)
    if tabs := [line for line in layout.lines if "\t" in block.text[line.start - line.indent : line.start]]:
        for line in tabs:
            start = block.text.index("\t", line.start - line.indent)
            diagnostics.error("P106", "a tab cannot indent", at((start, line.start)), label="write spaces")
        return Rules((), frozenset(name for line in layout.lines for name in decided_names(line.text)))
    pieces: list[tuple[Line, Piece | None]] = []
    for line in layout.lines:
        if _goes_on(pieces, line):
            continue
        pieces.append((line, parse_line(line, at, diagnostics)))
    statements, broken = assemble(pieces, conduct, at, diagnostics)
    return Rules(statements, broken)


def _goes_on(pieces: list[tuple[Line, Piece | None]], line: Line) -> bool:
    """Whether the line above was told to end in `and` or `or`, and this is what should have been in it."""
    if not pieces or pieces[-1][1] is not None or not re.search(r"(?<![\w.])(?:and|or)$", pieces[-1][0].text):
        return False
    return not begins_clause(line.text)


def parse_line(line: Line, at: Callable[[ast.Place], Span], diagnostics: Diagnostics) -> Piece | None:
    """A clause; None, and its mistake in `diagnostics`, when it is none."""
    made = _read("start", line.text, line.start, at, diagnostics)
    return made if isinstance(made, Piece) else None


def parse_assumption(source: Text, diagnostics: Diagnostics) -> ast.Assume | None:
    """`condition`, or `condition only when condition`; places count from the text's beginning."""
    made = _read("assumption", source.text, 0, lambda place: span_in(source, place), diagnostics)
    return made if isinstance(made, ast.Assume) else None


def parse_value(text: str) -> ast.Value | ast.Condition | None:
    """A value by itself, as on a command line; None when it is none."""
    made = _read("value", text, 0, lambda place: Span("", 1, 1, 1, 1), Diagnostics())
    return made if isinstance(made, ast.Node) else None  # type: ignore[return-value]


def span_in(source: Text, place: ast.Place) -> Span:
    """Where a stretch of a one-line text stands; all of it where that cannot be told (escapes, several lines)."""
    span = source.span
    if span.line != span.end_line or span.end_column - span.column != len(source.text):
        return span
    return span.within(*place)


def _read(start: Start, text: str, offset: int, at: Callable[[ast.Place], Span], diagnostics: Diagnostics) -> Any:
    said: Said | None = None
    made: Any = None
    if len(text) > LONGEST_LINE:
        said = Said("P109", "the rule is too long: make a decision of a part of it", (0, len(text)))
    else:
        try:
            made = _parser().parse(text, start=start)
        except Misplaced as problem:
            said = problem.said
        except lark.exceptions.UnexpectedInput as failure:
            said = explain(text, failure, start)
    if said is None:
        said = _excess(made)
    if said is not None:
        start_, end = said.place
        diagnostics.error(
            said.code, said.message, at((start_ + offset, end + offset)), label=said.label, help=said.help
        )
        return None
    return _moved(made, offset)


@cache
def _parser() -> lark.Lark:
    return parser_of("rlve_dsl.policy.language", _ToNodes(), list(STARTS))


def _excess(made: Piece | ast.Node) -> Said | None:
    """What is beyond the bounds of a clause; walked without recursion, since it may be deep."""
    below = [(made.node if isinstance(made, Piece) else made, 1)]
    while below:
        node, depth = below.pop()
        if depth > DEEPEST:
            return Said("P109", "the rule is too deeply nested: make a decision of a part of it", node.place)
        if isinstance(node, ast.Amount) and isinstance(node.value, int) and node.value > LARGEST:
            return Said("P104", "the number is too large", node.place)
        below.extend((child, depth + 1) for child in ast.children(node))
    return None


def _moved(made: Any, by: int) -> Any:
    """The same with every place moved."""
    if isinstance(made, tuple):
        return tuple(_moved(item, by) for item in made)
    if isinstance(made, Piece):
        return replace(made, node=_moved(made.node, by))
    if not isinstance(made, ast.Node):
        return made
    parts = {part.name: _moved(getattr(made, part.name), by) for part in fields(made) if part.name != "place"}
    return type(made)(**parts, place=(made.place[0] + by, made.place[1] + by))


def _place(first: Any, last: Any) -> ast.Place:
    start = first.place[0] if isinstance(first, ast.Node) else first.start_pos
    return (start, last.place[1] if isinstance(last, ast.Node) else last.end_pos)


def _condition(node: Any) -> ast.Condition:
    """The node where a condition is wanted: a name alone holds, a value is out of place."""
    if isinstance(node, ast.Ref):
        return ast.Holds(node, place=node.place)
    if isinstance(node, ast.Share) and isinstance(node.percent, ast.Amount) and node.percent.unit == "days":
        raise Misplaced(Said("P102", "`within` is missing here", node.place, "write `within 30 days of delivery`"))
    if isinstance(node, ast.Amount) and node.unit == "word":
        raise Misplaced(Said("P103", f"`{node.value}` is no condition", node.place, "name a fact that is yes or no"))
    if isinstance(node, ast.Amount | ast.Arithmetic | ast.Share):
        raise Misplaced(
            Said("P103", "a condition is wanted here, and this is a value", node.place, "compare it with something")
        )
    condition: ast.Condition = node
    return condition


def _value(node: Any) -> ast.Value:
    if not isinstance(node, ast.Amount | ast.Ref | ast.Arithmetic | ast.Share):
        raise Misplaced(Said("P103", "a value is wanted here, and this is a condition", node.place))
    return node


def _when(c: list[Any], word: str) -> ast.Condition | None:
    """The condition behind a keyword, if it is there."""
    for before, after in pairwise(c):
        if isinstance(before, lark.Token) and before.type == word:
            return _condition(after)
    return None


_SIGNS: dict[str, ast.Comparison] = {
    "OVER": ">", "MORE_THAN": ">", "UNDER": "<", "LESS_THAN": "<", "AT_MOST": "<=", "AT_LEAST": ">=",
}  # fmt: skip


class _ToNodes(lark.Transformer[Any, Any]):
    """Builds the nodes while the parser runs, so that no other tree is ever made."""

    def decide(self, c: list[Any]) -> Piece:
        base = ast.Branch(c[3], place=c[3].place)
        return Piece("decide", ast.Decide(str(c[1]), (base,), place=_place(c[0], c[3])))

    def exception(self, c: list[Any]) -> Piece:
        return Piece("except", ast.Branch(c[1], _condition(c[3]), place=_place(c[0], c[-1])))

    def layer(self, c: list[Any]) -> Piece:
        return Piece("but", ast.Branch(c[1], _when(c, "_WHEN"), place=_place(c[0], c[-1])))

    def adjustment(self, c: list[Any]) -> Piece:
        operator: Any = re.sub(r"\s+", " ", str(c[0]))
        made = ast.Adjustment(operator, _value(c[1]), _when(c, "_WHEN"), place=_place(c[0], c[-1]))
        return Piece("adjust", made)

    def require(self, c: list[Any]) -> Piece:
        when, unless = _when(c, "_WHEN"), _when(c, "_UNLESS")
        return Piece("require", ast.Require(str(c[1]), str(c[3]), when, unless, place=_place(c[0], c[-1])))

    def forbid(self, c: list[Any]) -> Piece:
        when, unless = _when(c, "_WHEN"), _when(c, "_UNLESS")
        return Piece("forbid", ast.Forbid(str(c[1]), when, unless, place=_place(c[0], c[-1])))

    def assumption(self, c: list[Any]) -> ast.Assume:
        return ast.Assume(_condition(c[0]), _when(c, "_ONLY_WHEN"), place=_place(c[0], c[-1]))

    def value(self, c: list[Any]) -> Any:
        return c[0]

    def either(self, c: list[Any]) -> ast.Condition:
        return self._joined("or", c)

    def both(self, c: list[Any]) -> ast.Condition:
        return self._joined("and", c)

    def _joined(self, operator: Literal["and", "or"], c: list[Any]) -> ast.Condition:
        parts: list[ast.Condition] = []
        for node in map(_condition, c[::2]):
            same = isinstance(node, ast.Joined) and node.operator == operator
            parts += node.conditions if same and isinstance(node, ast.Joined) else [node]
        return ast.Joined(operator, tuple(parts), place=_place(c[0], c[-1]))

    def negated(self, c: list[Any]) -> ast.Condition:
        return ast.Not(_condition(c[1]), place=_place(c[0], c[1]))

    def chain(self, c: list[Any]) -> ast.Condition:
        rest: Any = tuple((str(o), _value(v)) for o, v in zip(c[1::2], c[2::2], strict=True))
        return ast.Compare(_value(c[0]), rest, place=_place(c[0], c[-1]))

    def worded(self, c: list[Any]) -> ast.Condition:
        word = c[-2].type
        wording: ast.Wording = "than" if word in ("MORE_THAN", "LESS_THAN") else "over"
        return ast.Compare(_value(c[0]), ((_SIGNS[word], _value(c[-1])),), wording, place=_place(c[0], c[-1]))

    def equal(self, c: list[Any]) -> ast.Condition:
        return ast.Compare(_value(c[0]), (("is", _value(c[2])),), place=_place(c[0], c[2]))

    def unequal(self, c: list[Any]) -> ast.Condition:
        return ast.Compare(_value(c[0]), (("is not", _value(c[3])),), place=_place(c[0], c[3]))

    def options(self, c: list[Any]) -> Any:
        return tuple(_value(node) for node in c[::2])

    def one_of(self, c: list[Any]) -> ast.Condition:
        return ast.OneOf(_value(c[0]), c[-1], place=_place(c[0], c[-1][-1]))

    def none_of(self, c: list[Any]) -> ast.Condition:
        return ast.OneOf(_value(c[0]), c[-1], False, place=_place(c[0], c[-1][-1]))

    def between(self, c: list[Any]) -> ast.Condition:
        return ast.Between(_value(c[0]), _value(c[-3]), _value(c[-1]), place=_place(c[0], c[-1]))

    def known(self, c: list[Any]) -> ast.Condition:
        return ast.Known(_named(c[0]), place=_place(c[0], c[-1]))

    def unknown(self, c: list[Any]) -> ast.Condition:
        return ast.Known(_named(c[0]), False, place=_place(c[0], c[-1]))

    def within(self, c: list[Any]) -> ast.Condition:
        return ast.Within(_value(c[1]), str(c[3]), place=_place(c[0], c[3]))

    def beyond(self, c: list[Any]) -> ast.Condition:
        return ast.Within(_value(c[1]), str(c[3]), False, place=_place(c[0], c[3]))

    def arithmetic(self, c: list[Any]) -> ast.Value:
        operator: Any = str(c[1])
        return ast.Arithmetic(operator, _value(c[0]), _value(c[2]), place=_place(c[0], c[2]))

    def share(self, c: list[Any]) -> ast.Value:
        return ast.Share(_value(c[0]), _value(c[2]), place=_place(c[0], c[2]))

    def group(self, c: list[Any]) -> Any:
        return replace(c[1], place=_place(c[0], c[2]))

    def money(self, c: list[Any]) -> ast.Value:
        dollars, _, cents = str(c[0])[1:].partition(".")
        return _amount(c[0], int(dollars) * 100 + int(cents or 0), "money")

    def percent(self, c: list[Any]) -> ast.Value:
        whole, _, part = str(c[0])[:-1].partition(".")
        return _amount(c[0], int(whole) * 100 + int(part.ljust(2, "0")), "percent")

    def days(self, c: list[Any]) -> ast.Value:
        return _amount(c[0], int(str(c[0]).split()[0]), "days")

    def number(self, c: list[Any]) -> ast.Value:
        return _amount(c[0], int(c[0]), "number")

    def counted(self, c: list[Any]) -> ast.Value:
        number, noun = str(c[0]).split()
        return replace(_amount(c[0], int(number), "number"), noun=noun)

    def text(self, c: list[Any]) -> ast.Value:
        return _amount(c[0], str(c[0])[1:-1], "text")

    def word(self, c: list[Any]) -> ast.Value:
        return _amount(c[0], str(c[0]), "word")

    def name(self, c: list[Any]) -> ast.Value:
        return ast.Ref(str(c[0]), place=_place(c[0], c[0]))


def _amount(token: Any, value: int | str, unit: ast.Unit) -> ast.Amount:
    return ast.Amount(value, unit, place=(token.start_pos, token.end_pos))


def _named(node: Any) -> ast.Ref:
    if not isinstance(node, ast.Ref):
        raise Misplaced(Said("P103", "only a fact or a decision is known or unknown", node.place))
    return node
