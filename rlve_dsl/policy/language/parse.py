"""From the text of a rule block to its statements: each line by the grammar, the lines by their indentation.

A line with a mistake is reported and left out; the other lines are read as if it were not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache, partial
from itertools import pairwise
from typing import Literal, TypeVar, cast

import lark
from lark import Token, v_args

from rlve_dsl import quantities
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.files import BlockText, Text
from rlve_dsl.frozen import frozen
from rlve_dsl.grammars import parser_of
from rlve_dsl.parsing import Meaningless, Mistake, explain, extent, locate_part
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.lines import Line, lay_out, locate
from rlve_dsl.policy.language.mistakes import CLAUSE_CHECKS, EXPRESSION_CHECKS
from rlve_dsl.policy.language.outline import Piece, assemble, begins_clause, decided_names
from rlve_dsl.policy.language.reserved import WORDS

LONGEST_LINE = 2000
DEEPEST = 40
LARGEST = 10**12

Start = Literal["start", "assumption"]
STARTS: tuple[Start, ...] = ("start", "assumption")
Locate = Callable[[ast.Place], Span]
Part = TypeVar("Part")


@frozen
class Rules:
    """The statements of a block; `broken` are the decisions whose `decide` line has a mistake."""

    statements: tuple[ast.Statement, ...]
    broken: frozenset[str] = frozenset()


def parse_rules(block: BlockText, diagnostics: Diagnostics, conduct: bool = False) -> Rules:
    """Parse the decisions of a `rules:` block, or the rules of a `conduct:` block.

    Every mistake is in `diagnostics`.
    """
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
        if not _completes(pieces, line):
            pieces.append((line, parse_line(line, at, diagnostics)))
    statements, broken = assemble(pieces, conduct, at, diagnostics)
    return Rules(statements, broken)


def _completes(pieces: list[tuple[Line, Piece | None]], line: Line) -> bool:
    """Whether the line above was reported for its final `and` or `or`, and this line is what follows that word."""
    if not pieces or pieces[-1][1] is not None or not re.search(r"(?<![\w.])(?:and|or)$", pieces[-1][0].text):
        return False
    return not begins_clause(line.text)


def parse_line(line: Line, at: Locate, diagnostics: Diagnostics) -> Piece | None:
    """Parse one clause; None, with the mistake in `diagnostics`, when it has one."""
    made = _read("start", line.text, line.start, at, diagnostics)
    return made if isinstance(made, Piece) else None


def parse_assumption(source: Text, diagnostics: Diagnostics) -> ast.Assume | None:
    """Parse `condition`, or `condition only when condition`; places count from the start of the text."""
    at = partial(locate_part, source.span, source.text)
    made = _read("assumption", source.text, 0, at, diagnostics)
    return made if isinstance(made, ast.Assume) else None


def _read(start: Start, text: str, offset: int, at: Locate, diagnostics: Diagnostics) -> Piece | ast.Node | None:
    made = _made(start, text)
    mistake = made if isinstance(made, Mistake) else _excess(made)
    if mistake is None:
        return _moved(made, offset) if isinstance(made, Piece | ast.Node) else None
    first, last = mistake.place
    span = at((first + offset, last + offset))
    diagnostics.error(mistake.code, mistake.message, span, label=mistake.label, help=mistake.help)
    return None


def _made(start: Start, text: str) -> Piece | ast.Node | Mistake:
    if len(text) > LONGEST_LINE:
        return Mistake("P109", "the rule is too long: make a decision of a part of it", (0, len(text)))
    try:
        return _parser().parse(text, start=start)  # type: ignore[return-value]  # our transformer makes nodes
    except Meaningless as problem:
        return problem.mistake
    except lark.exceptions.UnexpectedInput as failure:
        return explain(text, failure, WORDS, CLAUSE_CHECKS if start == "start" else EXPRESSION_CHECKS)


@cache
def _parser() -> lark.Lark:
    return parser_of("rlve_dsl.policy.language", _ToNodes(), STARTS)


def _excess(made: Piece | ast.Node) -> Mistake | None:
    """What is too large or too deep. A loop, because recursion could fail on a deep tree."""
    below = [(made.node if isinstance(made, Piece) else made, 1)]
    while below:
        node, depth = below.pop()
        if depth > DEEPEST:
            return Mistake("P109", "the rule is too deeply nested: make a decision of a part of it", node.place)
        if isinstance(node, ast.Amount) and isinstance(node.value, int) and node.value > LARGEST:
            return Mistake("P104", "the number is too large", node.place)
        below.extend((child, depth + 1) for child in ast.children(node))
    return None


def _moved(part: Part, by: int) -> Part:
    """The same part with every place moved."""
    moved: object = part
    if isinstance(part, tuple):
        moved = tuple(_moved(item, by) for item in part)
    elif isinstance(part, Piece):
        moved = replace(part, node=_moved(part.node, by))
    elif isinstance(part, ast.Node):
        parts = {field.name: _moved(getattr(part, field.name), by) for field in fields(part)}
        moved = type(part)(**{**parts, "place": (part.place[0] + by, part.place[1] + by)})
    return cast(Part, moved)


def _condition(node: object) -> ast.Condition:
    """The node where a condition is expected: a name alone holds, a value does not belong there."""
    assert isinstance(node, ast.Node)
    match node:
        case ast.Ref():
            return ast.Holds(node, place=node.place)
        case ast.Share(percent=ast.Amount(unit="days")):
            raise Meaningless("P102", "`within` is missing here", node.place, "write `within 30 days of delivery`")
        case ast.Amount(unit="word", value=word):
            raise Meaningless("P103", f"`{word}` is no condition", node.place, "name a fact that is yes or no")
        case ast.Amount() | ast.Arithmetic() | ast.Share():
            message = "a condition is wanted here, and this is a value"
            raise Meaningless("P103", message, node.place, "compare it with something")
    return cast(ast.Condition, node)


def _value(node: object) -> ast.Value:
    assert isinstance(node, ast.Node)
    if not isinstance(node, ast.Amount | ast.Ref | ast.Arithmetic | ast.Share):
        raise Meaningless("P103", "a value is wanted here, and this is a condition", node.place)
    return node


def _named(node: ast.Node) -> ast.Ref:
    if not isinstance(node, ast.Ref):
        raise Meaningless("P103", "only a fact or a decision is known or unknown", node.place)
    return node


def _after(parts: tuple[ast.Node | Token, ...], keyword: str) -> ast.Condition | None:
    """The condition after a keyword, if there is one."""
    for before, after in pairwise(parts):
        if isinstance(before, Token) and before.type == keyword:
            return _condition(after)
    return None


_COMPARISONS: dict[str, ast.Comparison] = {
    "OVER": ">", "MORE_THAN": ">", "UNDER": "<", "LESS_THAN": "<", "AT_MOST": "<=", "AT_LEAST": ">=",
}  # fmt: skip


@v_args(inline=True)
class _ToNodes(lark.Transformer[Token, ast.Node]):
    """One method for each alternative of the grammar. Lark passes all its tokens and nodes, in order."""

    def decide(self, first: Token, name: Token, _as: Token, value: ast.Value) -> Piece:
        base = ast.Branch(value, place=value.place)
        return Piece("decide", ast.Decide(str(name), (base,), place=extent(first, value)))

    def exception(self, first: Token, value: ast.Value, _when: Token, condition: ast.Node) -> Piece:
        return Piece("except", ast.Branch(value, _condition(condition), place=extent(first, condition)))

    def layer(self, *parts: ast.Node | Token) -> Piece:
        value = cast(ast.Value, parts[1])
        return Piece("but", ast.Branch(value, _after(parts, "_WHEN"), place=extent(parts[0], parts[-1])))

    def adjustment(self, *parts: ast.Node | Token) -> Piece:
        operator = cast(Literal["plus", "minus", "at most", "at least"], " ".join(str(parts[0]).split()))
        place = extent(parts[0], parts[-1])
        return Piece("adjust", ast.Adjustment(operator, _value(parts[1]), _after(parts, "_WHEN"), place=place))

    def require(self, *parts: ast.Node | Token) -> Piece:
        when, unless = _after(parts, "_WHEN"), _after(parts, "_UNLESS")
        place = extent(parts[0], parts[-1])
        steps, before = cast(ast.Tools, parts[1]), cast(ast.Tools, parts[3])
        return Piece("require", ast.Require(steps.names, before.names[0], when, unless, place=place))

    def forbid(self, *parts: ast.Node | Token) -> Piece:
        when, unless = _after(parts, "_WHEN"), _after(parts, "_UNLESS")
        tool, place = cast(ast.Tools, parts[1]), extent(parts[0], parts[-1])
        following = pairwise(parts)
        twice = next((str(name) for word, name in following if isinstance(word, Token) and word.type == "_TWICE"), "")
        return Piece("forbid", ast.Forbid(tool.names[0], twice, when, unless, place=place))

    def steps(self, *parts: Token) -> ast.Tools:
        names = tuple(str(part) for part in parts if part.type == "NAME")
        return ast.Tools(names, place=extent(parts[0], parts[-1]))

    def target(self, tool: Token) -> ast.Tools:
        return ast.Tools((" ".join(tool.split()),), place=extent(tool, tool))

    def assumption(self, *parts: ast.Node | Token) -> ast.Assume:
        return ast.Assume(_condition(parts[0]), _after(parts, "_ONLY_WHEN"), place=extent(parts[0], parts[-1]))

    def either(self, *parts: ast.Node | Token) -> ast.Condition:
        return _joined("or", parts)

    def both(self, *parts: ast.Node | Token) -> ast.Condition:
        return _joined("and", parts)

    def negated(self, first: Token, node: ast.Node) -> ast.Condition:
        return ast.Not(_condition(node), place=extent(first, node))

    def chain(self, left: ast.Node, *rest: ast.Node | Token) -> ast.Condition:
        signs = [cast(ast.Comparison, str(sign)) for sign in rest[::2]]
        compared = tuple(zip(signs, map(_value, rest[1::2]), strict=True))
        return ast.Compare(_value(left), compared, place=extent(left, rest[-1]))

    def worded(self, left: ast.Node, *rest: ast.Node | Token) -> ast.Condition:
        word, right = cast(Token, rest[-2]).type, rest[-1]
        wording: ast.Wording = "than" if word in ("MORE_THAN", "LESS_THAN") else "over"
        return ast.Compare(_value(left), ((_COMPARISONS[word], _value(right)),), wording, place=extent(left, right))

    def equal(self, left: ast.Node, _is: Token, right: ast.Node) -> ast.Condition:
        return ast.Compare(_value(left), (("is", _value(right)),), place=extent(left, right))

    def unequal(self, left: ast.Node, _is: Token, _not: Token, right: ast.Node) -> ast.Condition:
        return ast.Compare(_value(left), (("is not", _value(right)),), place=extent(left, right))

    def options(self, *parts: ast.Node | Token) -> tuple[ast.Value, ...]:
        return tuple(map(_value, parts[::2]))

    def one_of(self, left: ast.Node, *rest: Token | tuple[ast.Value, ...]) -> ast.Condition:
        options = cast(tuple[ast.Value, ...], rest[-1])
        return ast.OneOf(_value(left), options, place=extent(left, options[-1]))

    def none_of(self, left: ast.Node, *rest: Token | tuple[ast.Value, ...]) -> ast.Condition:
        options = cast(tuple[ast.Value, ...], rest[-1])
        return ast.OneOf(_value(left), options, False, place=extent(left, options[-1]))

    def between(self, left: ast.Node, *rest: ast.Node | Token) -> ast.Condition:
        return ast.Between(_value(left), _value(rest[-3]), _value(rest[-1]), place=extent(left, rest[-1]))

    def known(self, node: ast.Node, *rest: Token) -> ast.Condition:
        return ast.Known(_named(node), place=extent(node, rest[-1]))

    def unknown(self, node: ast.Node, *rest: Token) -> ast.Condition:
        return ast.Known(_named(node), False, place=extent(node, rest[-1]))

    def within(self, first: Token, amount: ast.Node, _of: Token, event: Token) -> ast.Condition:
        return ast.Within(_value(amount), str(event), place=extent(first, event))

    def beyond(self, first: Token, amount: ast.Node, _after: Token, event: Token) -> ast.Condition:
        return ast.Within(_value(amount), str(event), False, place=extent(first, event))

    def arithmetic(self, left: ast.Node, sign: Token, right: ast.Node) -> ast.Value:
        operator = cast(Literal["+", "-", "*"], str(sign))
        return ast.Arithmetic(operator, _value(left), _value(right), place=extent(left, right))

    def share(self, percent: ast.Node, _of: Token, of: ast.Node) -> ast.Value:
        return ast.Share(_value(percent), _value(of), place=extent(percent, of))

    def group(self, first: Token, node: ast.Node, last: Token) -> ast.Node:
        return replace(node, place=extent(first, last))

    def money(self, token: Token) -> ast.Value:
        return _amount(token, quantities.parse_money(token), "money")

    def percent(self, token: Token) -> ast.Value:
        try:
            return _amount(token, quantities.parse_percent(token), "percent")
        except ValueError:
            message = f"`{token}` has more than two places after the point"
            raise Meaningless("P104", message, extent(token, token), "write `12.25%`") from None

    def days(self, token: Token) -> ast.Value:
        return _amount(token, quantities.parse_days(token), "days")

    def number(self, token: Token) -> ast.Value:
        return _amount(token, int(token), "number")

    def counted(self, token: Token) -> ast.Value:
        number, noun = token.split()
        return replace(_amount(token, int(number), "number"), noun=noun)

    def text(self, token: Token) -> ast.Value:
        return _amount(token, str(token)[1:-1], "text")

    def word(self, token: Token) -> ast.Value:
        return _amount(token, str(token), "word")

    def name(self, token: Token) -> ast.Value:
        return ast.Ref(str(token), place=extent(token, token))


def _joined(operator: Literal["and", "or"], parts: tuple[ast.Node | Token, ...]) -> ast.Condition:
    """Conditions joined by one word; those that a part joins by the same word become its neighbours."""
    conditions: list[ast.Condition] = []
    for node in map(_condition, parts[::2]):
        same = isinstance(node, ast.Joined) and node.operator == operator
        conditions += node.conditions if same and isinstance(node, ast.Joined) else [node]
    return ast.Joined(operator, tuple(conditions), place=extent(parts[0], parts[-1]))


def _amount(token: Token, value: int | str, unit: ast.Unit) -> ast.Amount:
    return ast.Amount(value, unit, place=extent(token, token))
