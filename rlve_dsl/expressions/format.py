"""The canonical text of a tree: `parse(format_expression(tree)) == tree`."""

from __future__ import annotations

from rlve_dsl.expressions import ast
from rlve_dsl.expressions.ast import Node

_LEVELS = {"or": 1, "and": 2, "in": 4, "not in": 4, "+": 5, "-": 5, "*": 6, "/": 6, "^": 8}


def format_expression(node: Node) -> str:
    """The expression with canonical spacing and no parentheses that it does not need."""
    return _text(node, 0)


def _text(node: Node, above: int) -> str:
    text, level = _bare(node)
    return f"({text})" if level < above else text


def _bare(node: Node) -> tuple[str, int]:
    match node:
        case ast.Literal(source=source):
            return source, 10
        case ast.NameRef(name=name):
            return name, 10
        case ast.FieldRef(of=of, name=name):
            return f"{_text(of, 9)}.{name}", 9
        case ast.Index(of=of, by=by):
            return f"{_text(of, 9)}[{_text(by, 0)}]", 9
        case ast.Unary(operator="-", operand=operand):
            return f"-{_text(operand, 7)}", 7
        case ast.Unary(operand=operand):
            return f"not {_text(operand, 3)}", 3
        case ast.Binary(operator="^", left=left, right=right):
            return f"{_text(left, 9)} ^ {_text(right, 7)}", 8
        case ast.Binary(operator=operator, left=left, right=right) if operator in ("in", "not in"):
            return f"{_text(left, 5)} {operator} {_text(right, 5)}", 4
        case ast.Binary(operator=operator, left=left, right=right):
            level = _LEVELS[operator]
            return f"{_text(left, level)} {operator} {_text(right, level + 1)}", level
        case ast.Chain(operands=operands, operators=operators):
            parts = [_text(operands[0], 5)]
            for operator, operand in zip(operators, operands[1:], strict=True):
                parts += [operator, _text(operand, 5)]
            return " ".join(parts), 4
        case ast.IsKnown(operand=operand, wanted=wanted):
            return f"{_text(operand, 5)} is {'known' if wanted else 'unknown'}", 4
        case ast.Conditional(then=then, condition=condition, otherwise=otherwise):
            return f"{_text(then, 1)} if {_text(condition, 1)} else {_text(otherwise, 0)}", 0
        case ast.ListOfNodes(items=items):
            return f"[{', '.join(_text(item, 0) for item in items)}]", 10
        case ast.Comprehension():
            return f"[{_loop(node)}]", 10
        case ast.CallNode(name=name, positional=positional, keywords=keywords):
            if len(positional) == 1 and not keywords and isinstance(positional[0], ast.Comprehension):
                return f"{name}({_loop(positional[0])})", 10
            given = [_text(p, 0) for p in positional] + [f"{k}={_text(v, 0)}" for k, v in keywords]
            return f"{name}({', '.join(given)})", 10
    raise TypeError(f"no text for {node!r}")


def _loop(node: ast.Comprehension) -> str:
    condition = f" if {_text(node.condition, 1)}" if node.condition else ""
    return f"{_text(node.item, 0)} for {node.name} in {_text(node.over, 1)}{condition}"
