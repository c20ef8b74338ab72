"""The Python code of an expression: a tree of Python's own `ast`, which is compiled when the expression is first evaluated.

The tree is built from checked parts, never from text: all that code can do is what the functions of this module and the
visitors build. The names of the scope are looked up in `env`; names that the expression binds are Python variables, whose
names have a dot or a `#` in them, or are `it`, so that none is taken for another. The code sees no built-ins of Python.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import TypeAlias

from rlve_dsl.values import Value

Code: TypeAlias = ast.expr
"""The code of a part of an expression."""

Run: TypeAlias = Callable[[Mapping[str, Value]], Value]

_LOAD, _STORE = ast.Load(), ast.Store()
_AT = {"lineno": 1, "col_offset": 0}  # Python wants a place of each node; errors have the place of the whole expression
_UNARY: dict[str, type[ast.unaryop]] = {"-": ast.USub, "not": ast.Not}
_BINARY: dict[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div}
_LOGIC: dict[str, type[ast.boolop]] = {"and": ast.And, "or": ast.Or}
_COMPARE: dict[str, type[ast.cmpop]] = {
    "<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE, "==": ast.Eq, "!=": ast.NotEq, "in": ast.In,
    "not in": ast.NotIn, "is": ast.Is, "is not": ast.IsNot,
}  # fmt: skip


class Objects:
    """The Python objects that code refers to, such as the functions that it calls; `by_name` are those of its variables."""

    def __init__(self) -> None:
        self.by_name: dict[str, object] = {}
        self._names: dict[int, str] = {}

    def refer(self, thing: object) -> Code:
        """The code that means this object."""
        name = self._names.get(id(thing))
        if name is None:
            name = self._names[id(thing)] = f"#{len(self._names)}"
            self.by_name[name] = thing  # which keeps it, so that no other object gets its id
        return variable(name)

    def call(self, function: Callable[..., Value], *arguments: Code) -> Code:
        """The call of a Python function."""
        return ast.Call(self.refer(function), list(arguments), [], **_AT)

    def call_by_name(self, function: Callable[..., Value], arguments: dict[str, Code]) -> Code:
        """The call of a Python function with keyword arguments, which are evaluated in this order."""
        given = [ast.keyword(name, argument, **_AT) for name, argument in arguments.items()]
        return ast.Call(self.refer(function), [], given, **_AT)

    def compiled(self, code: Code) -> Compiled:
        """The function of `env` that code means; all objects that it refers to are known by now."""
        return Compiled(code, self.by_name)


class Compiled:
    """A function of `env`. It is compiled at the first call of `run`, as many an expression is never evaluated.

    Attributes:
        tree: The code; None once it is compiled, as it takes more memory than what it is compiled to.
        objects: The objects that it refers to, by its variables.
    """

    __slots__ = ("objects", "run", "tree")

    def __init__(self, code: Code, objects: Mapping[str, object]) -> None:
        self.tree: Code | None = code
        self.objects = objects
        self.run: Run = self._first

    @classmethod
    def of(cls, run: Run) -> Compiled:
        """What Python code computes."""
        made = cls(constant(None), {})
        made.run, made.tree = run, None
        return made

    def then(self, function: Callable[[Value], Value]) -> Compiled:
        """What a function makes of its value."""
        if self.tree is None:
            run = self.run
            return Compiled.of(lambda env: function(run(env)))
        name = f"#{len(self.objects)}"
        return Compiled(ast.Call(variable(name), [self.tree], [], **_AT), {**self.objects, name: function})

    def _first(self, env: Mapping[str, Value]) -> Value:
        code = self.tree
        if code is not None:  # else another thread has been here
            module = compile(ast.Expression(function_of(code, "env")), "<expression>", "eval")
            self.run = FunctionType(module, {"__builtins__": {}, **self.objects})()
            self.tree = None
        return self.run(env)


def constant(value: float | bool | str | None) -> Code:
    """A value as it is."""
    return ast.Constant(value, None, **_AT)


def variable(name: str) -> Code:
    """A Python variable."""
    return ast.Name(name, _LOAD, **_AT)


def of_scope(name: str) -> Code:
    """The value of a name of the scope."""
    return part(variable("env"), name)


def part(record: Code, name: str) -> Code:
    """`record[name]`."""
    return ast.Subscript(record, constant(name), _LOAD, **_AT)


def method(of: Code, name: str, *arguments: Code) -> Code:
    """The call of a method."""
    return ast.Call(ast.Attribute(of, name, _LOAD, **_AT), list(arguments), [], **_AT)


def unary(operator: str, operand: Code) -> Code:
    """`-x`, `not x`."""
    return ast.UnaryOp(_UNARY[operator](), operand, **_AT)


def binary(operator: str, left: Code, right: Code) -> Code:
    """`+`, `-`, `*` or `/` of two values."""
    return ast.BinOp(left, _BINARY[operator](), right, **_AT)


def logic(operator: str, *operands: Code) -> Code:
    """`and` or `or` of operands, which are evaluated from left to right until the outcome is known."""
    return ast.BoolOp(_LOGIC[operator](), list(operands), **_AT)


def compare(operators: tuple[str, ...], operands: list[Code]) -> Code:
    """`a < b <= c`, `a in b`, `a is b`."""
    return ast.Compare(operands[0], [_COMPARE[operator]() for operator in operators], operands[1:], **_AT)


def choose(condition: Code, then: Code, otherwise: Code) -> Code:
    """`then if condition else otherwise`."""
    return ast.IfExp(condition, then, otherwise, **_AT)


def list_of(items: list[Code]) -> Code:
    """A new list."""
    return ast.List(items, _LOAD, **_AT)


def joined(left: Code, right: Code) -> Code:
    """A new list with the items of two."""
    return list_of([ast.Starred(items, _LOAD, **_AT) for items in (left, right)])


def collect(item: Code, name: str, over: Code, condition: Code | None) -> Code:
    """`[item for name in over if condition]`."""
    target = ast.Name(name, _STORE, **_AT)
    loop = ast.comprehension(target, over, [] if condition is None else [condition], is_async=0)
    return ast.ListComp(item, [loop], **_AT)


def function_of(code: Code, *names: str) -> ast.Lambda:
    """A function of variables with these names."""
    arguments = ast.arguments([], [ast.arg(name, None, None, **_AT) for name in names], None, [], [], None, [])
    return ast.Lambda(arguments, code, **_AT)


def with_values(code: Code, values: dict[str, Code]) -> Code:
    """The code, in which variables have these values."""
    return ast.Call(function_of(code, *values), list(values.values()), [], **_AT)


def is_simple(code: Code) -> bool:
    """Whether code only looks up a name, so that it may be repeated."""
    if isinstance(code, ast.Subscript):
        return isinstance(code.value, ast.Name) and code.value.id == "env"
    return isinstance(code, ast.Name)
