"""Formats rules. Parsing formatted rules gives the same tree, and comments stay at their clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.files import BlockText
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.lines import lay_out
from rlve_dsl.policy.language.outline import Piece
from rlve_dsl.policy.language.parse import parse_line, parse_rules
from rlve_dsl.policy.language.reserved import RESERVED
from rlve_dsl.policy.language.words import amount

LONGEST = 100
STEP = "  "
CONTINUED = "    "

_BARE = re.compile(r"[A-Za-z_]\w*")
_WORDED = {
    "over": {">": "is over", "<": "is under", ">=": "is at least", "<=": "is at most"},
    "than": {">": "is more than", "<": "is less than", ">=": "is at least", "<=": "is at most"},
}


def format_rules(statements: Sequence[ast.Statement]) -> str:
    """Format rules: one clause on a line, two spaces for each level, an empty line between decisions."""
    lines: list[str] = []
    for statement in statements:
        if isinstance(statement, ast.Decide) and lines:
            lines.append("")
        for depth, piece in _pieces(statement):
            lines += format_clause(piece, depth)
    return "".join(f"{line}\n" for line in lines)


def format_block(block: BlockText, diagnostics: Diagnostics, conduct: bool = False) -> str | None:
    """Format the rules in a block, with its comments.

    Returns:
        The text, or None where the rules have errors, which are then in `diagnostics`.
    """
    before = len(diagnostics.errors)
    parse_rules(block, diagnostics, conduct)
    if len(diagnostics.errors) > before:
        return None
    layout = lay_out(block.text)
    lines: list[str] = []
    open_at: list[int] = []
    for line in layout.lines:
        while open_at and open_at[-1] >= line.indent:
            open_at.pop()
        piece = parse_line(line, lambda place: block.span, diagnostics)
        assert piece is not None
        depth = len(open_at)
        open_at.append(line.indent)
        if lines and (line.gap or piece.kind == "decide"):
            lines.append("")
        lines += [STEP * depth + comment if comment else "" for comment in line.comments]
        *others, last = format_clause(piece, depth)
        lines += [*others, f"{last}  {line.remark}" if line.remark else last]
    lines += layout.rest
    return "".join(f"{line}\n" for line in lines)


def _pieces(statement: ast.Statement) -> Iterator[tuple[int, Piece]]:
    """The clauses of a statement, each with its level."""

    def below(branch: ast.Branch, depth: int) -> Iterator[tuple[int, Piece]]:
        for exception in branch.exceptions:
            yield depth, Piece("except", exception)
            yield from below(exception, depth + 1)
        for adjustment in branch.adjustments:
            yield depth, Piece("adjust", adjustment)

    if not isinstance(statement, ast.Decide):
        yield 0, Piece("require" if isinstance(statement, ast.Require) else "forbid", statement)
        return
    base, *layers = statement.layers
    yield 0, Piece("decide", statement)
    yield from below(base, 1)
    for layer in layers:
        yield 1, Piece("but", layer)
        yield from below(layer, 2)


def format_clause(piece: Piece, depth: int = 0) -> list[str]:
    """The lines of a clause without those below it: one, or one for each part of its condition where it is long."""
    parts = _parts(piece)
    margin = STEP * depth
    whole = margin + " ".join(f"{word} {_any(node)}" if node is not None else word for word, node in parts)
    if len(whole) <= LONGEST:
        return [whole]
    break_ = f"\n{margin}{CONTINUED}"
    broken = " ".join(f"{word} {_broken(node, break_)}" if node is not None else word for word, node in parts)
    return (margin + broken).split("\n")


def clause_text(tree: ast.Decide, clause: ast.Clause) -> str:
    """A clause in one line, without those below it: `except 14 days when item.category is books`."""
    if clause.is_base:
        piece = Piece("decide", tree)
    elif isinstance(clause.node, ast.Adjustment):
        piece = Piece("adjust", clause.node)
    else:
        piece = Piece("but" if len(clause.path) == 1 else "except", clause.node)
    return " ".join(line.strip() for line in format_clause(piece))


_Part = tuple[str, "ast.Value | ast.Condition | None"]


def _parts(piece: Piece) -> list[_Part]:
    """The words of a clause, each with what follows it."""
    node = piece.node
    if isinstance(node, ast.Decide):
        return [(f"decide {node.name} as", node.layers[0].value)]
    if isinstance(node, ast.Branch):
        head: _Part = (piece.kind, node.value)
        return [head, ("when", node.when)] if node.when is not None else [head]
    if isinstance(node, ast.Adjustment):
        head = (node.operator, node.amount)
        return [head, ("when", node.when)] if node.when is not None else [head]
    if isinstance(node, ast.Require):
        steps = f"one of {', '.join(node.steps)}" if len(node.steps) > 1 else node.steps[0]
        words = f"require {steps} before {node.before}"
    else:
        words = f"forbid {node.tool}{f' twice for one {node.twice}' if node.twice else ''}"
    conditions: list[_Part] = [("when", node.when), ("unless", node.unless)]
    return [(words, None), *(part for part in conditions if part[1] is not None)]


def _broken(node: ast.Value | ast.Condition, break_: str) -> str:
    if not isinstance(node, ast.Joined):
        return _any(node)
    return f"{break_}{node.operator} ".join(_operand(part, node.operator) for part in node.conditions)


def _any(node: ast.Value | ast.Condition) -> str:
    if isinstance(node, ast.Amount | ast.Ref | ast.Arithmetic | ast.Share):
        return format_value(node)
    return format_condition(node)


def format_value(node: ast.Value) -> str:
    """A value as the language writes it.

    >>> format_value(ast.Share(ast.Amount(1500, "percent"), ast.Ref("item.price")))
    '15% of item.price'
    """
    return _value(node, 0)


def _value(node: ast.Value, above: int) -> str:
    text, level = _bare_value(node)
    return f"({text})" if level < above else text


def _bare_value(node: ast.Value) -> tuple[str, int]:
    """The text of a value and its precedence: sums 1, products 2, shares 3, the rest 4."""
    match node:
        case ast.Amount(value=value, unit="text"):
            return f'"{value}"', 4
        case ast.Amount(value=str(word), unit="word"):
            bare = word in ("yes", "no") or (_BARE.fullmatch(word) and word not in RESERVED)
            return (word if bare else f'"{word}"'), 4
        case ast.Amount(value=value, unit=unit, noun=noun):
            return f"{amount(unit, value)} {noun}".rstrip(), 4
        case ast.Ref(name=name):
            return name, 4
        case ast.Share(percent=percent, of=of):
            return f"{_value(percent, 4)} of {_value(of, 3)}", 3
        case ast.Arithmetic(operator=operator, left=left, right=right):
            level = 2 if operator == "*" else 1
            return f"{_value(left, level)} {operator} {_value(right, level + 1)}", level


def format_condition(node: ast.Condition) -> str:
    """A condition as the language writes it, without needless brackets.

    >>> format_condition(ast.Not(ast.Joined("or", (ast.Holds(ast.Ref("a")), ast.Holds(ast.Ref("b"))))))
    'not (a or b)'
    """
    match node:
        case ast.Compare(left=left, rest=((sign, right),), wording="over" | "than" as wording):
            return f"{format_value(left)} {_WORDED[wording][sign]} {format_value(right)}"
        case ast.Compare(left=left, rest=rest):
            return " ".join([format_value(left), *(f"{sign} {format_value(right)}" for sign, right in rest)])
        case ast.OneOf(left=left, options=options, wanted=wanted):
            listed = ", ".join(format_value(option) for option in options)
            return f"{format_value(left)} is {'one' if wanted else 'none'} of {listed}"
        case ast.Between(left=left, low=low, high=high):
            return f"{format_value(left)} is between {format_value(low)} and {format_value(high)}"
        case ast.Within(amount=days, since=since, wanted=True):
            return f"within {_value(days, 4)} of {since}"
        case ast.Within(amount=days, since=since):
            return f"more than {_value(days, 4)} after {since}"
        case ast.Holds(ref=ref):
            return ref.name
        case ast.Known(ref=ref, wanted=wanted):
            return f"{ref.name} is {'known' if wanted else 'unknown'}"
        case ast.Not(condition=condition):
            return f"not {_operand(condition, 'not')}"
        case ast.Joined(operator=operator, conditions=conditions):
            return f" {operator} ".join(_operand(part, operator) for part in conditions)


def _operand(node: ast.Condition, of: str) -> str:
    """A condition inside another one, in brackets where it needs them."""
    loose = isinstance(node, ast.Joined) and (of != "or" or node.operator == "or")
    return f"({format_condition(node)})" if loose else format_condition(node)
