"""A slow interpreter of expressions: walks the tree at each evaluation, looks up every name, builds no code."""

from __future__ import annotations

import math
from typing import Any

from rlve_dsl.expressions import ast
from rlve_dsl.expressions.ast import Node

MADE_HERE = (ast.Comprehension, ast.ListOfNodes)


class NoValue(Exception):
    """The expression has no value."""


class Budget:
    """How many items of lists may still be gone through."""

    def __init__(self, most: int = 1_000_000) -> None:
        self.left = most

    def through(self, items: Any) -> Any:
        """A list is gone through."""
        self.left -= _size(items)
        if self.left < 0:
            raise NoValue
        return items

    def made(self, items: list[Any]) -> list[Any]:
        """A list is made: one of lists costs as much as to go through it."""
        return self.through(items) if any(isinstance(item, list) for item in items) else items


def _size(items: Any) -> int:
    return len(items) + sum(_size(item) for item in items if isinstance(item, list))


def interpret(node: Node, env: dict[str, Any], budget: Budget | None = None) -> Any:
    """The value of a tree; NoValue when it has none, or its loops exceed the budget."""
    try:
        value = _value(node, env, budget or Budget())
    except (ArithmeticError, ValueError) as problem:
        raise NoValue from problem
    if isinstance(value, float) and not math.isfinite(value):
        raise NoValue
    return value


def _value(node: Node, env: dict[str, Any], budget: Budget) -> Any:
    def of(part: Node) -> Any:
        return _value(part, env, budget)

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
            left = of(operands[0])
            for sign, operand in zip(operators, operands[1:], strict=True):
                right = of(operand)
                lists = left is not right and isinstance(left, list) and isinstance(right, list)
                if lists and len(left) == len(right):
                    budget.through(left)
                if not _compare(sign, left, right):
                    return False
                left = right
            return True
        case ast.ListOfNodes(items=items):
            return budget.made([of(item) for item in items])
        case ast.Comprehension(item=item, name=name, over=over, condition=condition):
            out, elements = [], of(over) or []
            budget.through(elements)
            for element in elements:
                inner = {**env, name: element}
                if condition is None or _value(condition, inner, budget):
                    out.append(_value(item, inner, budget))
            return budget.made(out)
        case ast.CallNode(name="select", positional=(items, condition)):
            out, elements = [], of(items)
            if not isinstance(items, MADE_HERE):
                budget.through(elements)
            for element in elements:
                if _value(condition, {**env, "it": element}, budget):
                    out.append(element)
            return out
        case ast.CallNode(name=name, positional=positional):
            given = [of(argument) for argument in positional]
            if name != "count":
                for argument, items in zip(positional, given, strict=True):
                    if isinstance(items, list) and not isinstance(argument, MADE_HERE):
                        budget.through(items)
            return _call(name, given)
        case ast.Binary(operator="and", left=left, right=right):
            return of(left) and of(right)
        case ast.Binary(operator="or", left=left, right=right):
            return of(left) or of(right)
        case ast.Binary(operator="in" | "not in" as sign, left=left, right=right):
            item, items = of(left), of(right)
            if not isinstance(right, MADE_HERE):
                budget.through(items)
            return (item in items) == (sign == "in")
        case ast.Binary(operator=operator, left=left, right=right):
            value = _arithmetic(operator, of(left), of(right))
            return budget.made(budget.through(value)) if isinstance(value, list) else value
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
