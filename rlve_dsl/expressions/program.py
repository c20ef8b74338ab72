"""One Python function made of many expressions, such as a whole tool: what they read are variables of the function."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType
from typing import Any, TypeAlias

from rlve_dsl.expressions.calls import python_name
from rlve_dsl.expressions.code import Code, Objects, choose, collect, compare, constant, method, part, variable
from rlve_dsl.expressions.evaluation import NO_VALUE, EvaluationError
from rlve_dsl.expressions.scope import Expression
from rlve_dsl.values import Value

Statement: TypeAlias = ast.stmt

_FILE = "<program>"
_LOAD, _STORE = ast.Load(), ast.Store()
_AT = {"lineno": 1, "col_offset": 0}


class Program:
    """The code of a function, while it is put together.

    A name of the scope is a Python variable of the same name; other variables of the function have a dot before theirs.
    Errors in an expression have its place: the code of each expression has a line number of its own.

    Attributes:
        reads: The names of the scope that are read, in the order in which they are first read.
        bound: The names that the function itself gives a value.
    """

    def __init__(self) -> None:
        self.reads: dict[str, None] = {}
        self.bound: set[str] = set()
        self._objects = Objects()
        self._lines: list[Expression] = []  # from line 2; what is of no expression is in line 1

    def refer(self, thing: object) -> Code:
        """The code that means a Python object."""
        return self._objects.refer(thing)

    def call(self, function: Callable[..., object], *arguments: Code) -> Code:
        """The call of a Python function."""
        return self._objects.call(function, *arguments)

    def value(self, expression: Expression) -> Code:
        """The code of an expression."""
        tree = expression.compiled.tree
        if tree is None:
            return self.call(expression, self.names(expression.free))
        self._lines.append(expression)
        code: Code = self._moved(tree, len(self._lines) + 1, expression.compiled.objects)
        if expression.check is not None:
            code = ast.copy_location(self.call(expression.check, code), code)
        return code

    def names(self, names: Iterable[str]) -> Code:
        """A mapping of these names of the scope to their values."""
        return self.record({name: self.name(name) for name in sorted(names)})

    def name(self, name: str) -> Code:
        """The value of a name of the scope."""
        self.reads.setdefault(name)
        return variable(python_name(name))

    def _moved(self, part: Any, line: int, objects: Mapping[str, object]) -> Any:
        """A copy of code of an expression: with variables for what it looks up in the scope, and with its line."""
        match part:
            case list():
                return [self._moved(one, line, objects) for one in part]
            case ast.Subscript(value=ast.Name(id="env"), slice=ast.Constant(value=str(name))):
                moved: ast.AST = self.name(name)
            case ast.Name(id=name) if name in objects:
                moved = self.refer(objects[name])
            case ast.AST():
                moved = type(part)(*(self._moved(getattr(part, field), line, objects) for field in part._fields))
            case _:
                return part
        if isinstance(moved, ast.expr | ast.stmt | ast.arg | ast.keyword | ast.excepthandler):
            moved.lineno, moved.col_offset = line, 0
        return moved

    def function(self, given: Iterable[str], named: Mapping[str, Value], body: list[Statement]) -> Callable[..., Any]:
        """The Python function that runs these statements.

        It raises an EvaluationError with its place where an expression has no value.

        Args:
            given: The variables that are passed by position.
            named: The names of the scope that are passed by name, each with its value when it is left out.
            body: The statements.
        """
        problem = ".problem"
        handler = ast.ExceptHandler(
            self.refer(NO_VALUE), problem, [self.stop(self.call(self._located, variable(problem)))], **_AT
        )
        guarded = ast.Try(body, [handler], [], [], **_AT)
        arguments = ast.arguments(
            [_argument(name) for name in given], [], None, [_argument(python_name(name)) for name in named],
            [None] * len(named), None, [],
        )  # fmt: skip
        definition = ast.FunctionDef("program", arguments, [guarded], [], None, None, **_AT)
        module = compile(ast.Module([definition], []), _FILE, "exec")
        code = next(part for part in module.co_consts if hasattr(part, "co_code"))
        known = self._objects.by_name
        made = FunctionType(code, {"__builtins__": {}, **known})
        made.__kwdefaults__ = {python_name(name): value for name, value in named.items()}
        return made

    def _located(self, problem: Exception) -> EvaluationError:
        """The error of the expression whose line the function was in."""
        trace = problem.__traceback__
        assert trace is not None, "it has been raised"
        if trace.tb_lineno == 1:
            return problem if isinstance(problem, EvaluationError) else EvaluationError(str(problem))
        expression = self._lines[trace.tb_lineno - 2]
        return EvaluationError.of(problem, expression.span, expression.text)

    # What code is made of ---------------------------------------------------------------------------------------------

    constant = staticmethod(constant)
    variable = staticmethod(variable)
    part = staticmethod(part)
    method = staticmethod(method)
    choose = staticmethod(choose)

    @staticmethod
    def attribute(of: Code, name: str) -> Code:
        """`of.name`."""
        return ast.Attribute(of, name, _LOAD, **_AT)

    @staticmethod
    def same(left: Code, right: Code) -> Code:
        """`left is right`."""
        return compare(("is",), [left, right])

    def bind(self, name: str) -> str:
        """The variable of a name that the function gives a value."""
        self.bound.add(name)
        return python_name(name)

    def collect(self, item: Code, name: str, over: Code) -> Code:
        """`[item for name in over]`."""
        return collect(item, self.bind(name), over, None)

    def named(self, name: str, code: Code) -> Code:
        """The value of code, which a name of the scope has from then on."""
        return ast.NamedExpr(ast.Name(self.bind(name), _STORE, **_AT), code, **_AT)

    def assign(self, name: str, code: Code) -> Statement:
        """Give a name of the scope a value."""
        return self.keep(self.bind(name), code)

    @property
    def unbound(self) -> list[str]:
        """The names of the scope that are read, and that the function does not give a value itself."""
        return [name for name in self.reads if name not in self.bound]

    def load(self, name: str, code: Code) -> Statement:
        """Give a name of the scope the value that it has outside of the function."""
        return self.keep(python_name(name), code)

    def for_each(self, name: str, over: Code, body: list[Statement]) -> Statement:
        """`for name in over: …`."""
        return ast.For(ast.Name(self.bind(name), _STORE, **_AT), over, body, [], None, **_AT)

    @staticmethod
    def record(fields: Mapping[str, Code]) -> Code:
        """A new record with these fields."""
        return ast.Dict([constant(name) for name in fields], list(fields.values()), **_AT)

    @staticmethod
    def last(codes: Sequence[Code]) -> Code:
        """The value of the last of some codes, which are evaluated in order."""
        if len(codes) == 1:
            return codes[0]
        return ast.Subscript(ast.Tuple(list(codes), _LOAD, **_AT), constant(-1), _LOAD, **_AT)

    @staticmethod
    def keep(variable: str, code: Code) -> Statement:
        """`variable = code`."""
        return ast.Assign([ast.Name(variable, _STORE, **_AT)], code, None, **_AT)

    @staticmethod
    def do(code: Code) -> Statement:
        """Evaluate code for what it does."""
        return ast.Expr(code, **_AT)

    @staticmethod
    def when(condition: Code, then: list[Statement], otherwise: Sequence[Statement] = ()) -> Statement:
        """`if condition: …`."""
        return ast.If(condition, then, list(otherwise), **_AT)

    @staticmethod
    def give(code: Code) -> Statement:
        """`return code`."""
        return ast.Return(code, **_AT)

    @staticmethod
    def stop(problem: Code) -> Statement:
        """Raise a problem."""
        return ast.Raise(problem, constant(None), **_AT)


def _argument(name: str) -> ast.arg:
    return ast.arg(name, None, None, **_AT)
