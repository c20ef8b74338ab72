"""A slow interpreter of expressions: walks the tree at each evaluation, looks up every name, shares no code with the closures."""

from __future__ import annotations

import math
from typing import Any

from rlve_dsl.expressions import ast
from rlve_dsl.expressions.ast import Node


class NoValue(Exception):
    """The expression has no value."""


def interpret(node: Node, env: dict[str, Any], money: frozenset[Node] = frozenset()) -> Any:
    """The value of a tree; `money` are the parts whose outcome is rounded to whole cents."""
    try:
        value = _value(node, env, money)
    except (ArithmeticError, ValueError) as problem:
        raise NoValue from problem
    if isinstance(value, float) and not math.isfinite(value):
        raise NoValue
    return value


def _value(node: Node, env: dict[str, Any], money: frozenset[Node]) -> Any:
    def of(part: Node) -> Any:
        return _value(part, env, money)

    match node:
        case ast.Literal(value=value):
            return value
        case ast.NameRef(name=name):
            return env.get(name, name)  # a word that is no name is an enum's value
        case ast.FieldRef(of=record, name=name):
            found = of(record)
            return None if found is None else found.get(name)
        case ast.Index(of=items, by=by):
            listed, place = of(items), of(by)
            if hasattr(listed, "at"):
                return listed.at(place)
            return listed[place] if listed is not None and 0 <= place < len(listed) else None
        case ast.Unary(operator="-", operand=operand):
            return -of(operand)
        case ast.Unary(operand=operand):
            return not of(operand)
        case ast.IsKnown(operand=operand, wanted=wanted):
            return (of(operand) is not None) == wanted
        case ast.Conditional(then=then, condition=condition, otherwise=otherwise):
            return of(then) if of(condition) else of(otherwise)
        case ast.Chain(operands=operands, operators=operators):
            values = [of(operand) for operand in operands]
            return all(_compare(o, a, b) for o, a, b in zip(operators, values, values[1:], strict=False))
        case ast.ListOfNodes(items=items):
            return [of(item) for item in items]
        case ast.Comprehension(item=item, name=name, over=over, condition=condition):
            out = []
            for element in of(over) or []:
                inner = {**env, name: element}
                if condition is None or _value(condition, inner, money):
                    out.append(_value(item, inner, money))
            return out
        case ast.CallNode(name=name, positional=positional):
            return _call(name, [of(argument) for argument in positional])
        case ast.Binary(operator="and", left=left, right=right):
            return of(left) and of(right)
        case ast.Binary(operator="or", left=left, right=right):
            return of(left) or of(right)
        case ast.Binary(operator="in", left=left, right=right):
            return of(left) in of(right)
        case ast.Binary(operator="not in", left=left, right=right):
            return of(left) not in of(right)
        case ast.Binary(operator=operator, left=left, right=right):
            value = _arithmetic(operator, of(left), of(right))
            return math.floor(value + 0.5) if node in money else value
    raise AssertionError(node)


def _compare(operator: str, a: Any, b: Any) -> bool:
    return {"<": lambda: a < b, "<=": lambda: a <= b, ">": lambda: a > b, ">=": lambda: a >= b, "==": lambda: a == b,
            "!=": lambda: a != b}[operator]()  # type: ignore[no-any-return]  # fmt: skip


def _arithmetic(operator: str, a: Any, b: Any) -> Any:
    if operator == "+":
        return a + b
    if operator == "-":
        return a - b
    if operator == "*":
        return a * b
    if operator == "/":
        return a / b
    if abs(b) > 64:
        raise NoValue
    value = float(a) ** b
    if isinstance(value, complex):
        raise NoValue
    return value


def _call(name: str, given: list[Any]) -> Any:
    values = given[0] if len(given) == 1 and isinstance(given[0], list) else given
    match name:
        case "min" | "max" if not values:
            raise NoValue
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "sum":
            total: Any = 0
            for value in values:
                total = total + value
            return total
        case "count":
            return len(values)
        case "any":
            return any(values)
        case "all":
            return all(values)
        case "share":
            return [bool(v) for v in values].count(True) / len(values) if values else 0.0
        case "mean":
            return _call("sum", [values]) / len(values) if values else 0.0
        case "floor":
            return math.floor(given[0])
        case "abs":
            return abs(given[0])
        case "clip":
            return min(max(given[0], given[1]), given[2])
        case "score":
            return 1 if given[0] else 0
    raise AssertionError(name)
