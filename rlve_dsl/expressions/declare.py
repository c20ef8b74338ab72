"""How a primitive is declared: a Python function whose annotations are its signature in the language.

Belongs here: parameters, signatures, functions and their decorator. Other rooms declare samplers, tools, acts and events
with the same `signature_of`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Generic, TypeVar, get_type_hints

from rlve_dsl.expressions.agreement import join
from rlve_dsl.expressions.types import (
    ANY,
    DAYS,
    INT,
    MONEY,
    NOTHING,
    REAL,
    Alike,
    Keyed,
    ListOf,
    Optional,
    Over,
    Record,
    Type,
    Variable,
    fits,
    is_share,
    optional,
    required,
    type_of,
)
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Value

REQUIRED: object = inspect.Parameter.empty


@frozen
class Lambda:
    """A compiled expression over `it`: `one(item)` is its value for one item, `column(table)` for all rows of a table.

    A table is anything with `column(name)`, such as `rlve_dsl.catalog.Products`; the value is a numpy array with an entry
    for each row. `column` is None when the expression cannot be computed so.
    Lambdas with an equal `key` (not None) give equal values for equal items, so their results may be cached.
    """

    one: Callable[[Value], Value]
    column: Callable[[Value], Value] | None = None
    key: Hashable = None


if TYPE_CHECKING:
    Item = TypeVar("Item")
    Outcome = TypeVar("Outcome")

    class Each(Lambda, Generic[Item, Outcome]):
        """To a type checker, `Each[Product, bool]` is a Lambda."""

else:

    class Each:
        """`Each[Product, bool]` annotates a parameter that takes an expression over `it`; its argument is a `Lambda`."""

        def __class_getitem__(cls, arguments: tuple[object, object]) -> object:
            item, result = arguments
            return Annotated[Lambda, Over(type_of(item), type_of(result))]


@frozen
class Parameter:
    """A parameter of a primitive.

    `name` is what authors write: the Python name without an underscore at its end. A `variadic` parameter takes the
    remaining positional arguments. One that `is_share` is at least 0 and at most 1.
    """

    name: str
    type: Type
    default: object = REQUIRED
    variadic: bool = False
    is_share: bool = False

    @property
    def required(self) -> bool:
        """Whether a call must have an argument for it."""
        return self.default is REQUIRED and not self.variadic


@frozen
class Signature:
    """The parameters and the result type of a primitive; type variables connect the two."""

    parameters: tuple[Parameter, ...]
    result: Type

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of this name."""
        return next((p for p in self.parameters if p.name == name), None)


def signature_of(
    python: Callable[..., object],
    *,
    skip: int = 0,
    what: str = "",
    variadic: bool = True,
    first: str = "",
    result: bool = True,
) -> Signature:
    """The signature that the annotations of a Python function mean, without its first `skip` parameters.

    Args:
        what: What messages call it: "tool `shelf.look`".
        variadic: Whether it may end in `*args`.
        first: What it must take first, for messages.
        result: Whether what it gives is a value of the language.

    Raises:
        TypeError: When a parameter or the result has no annotation, or one that means no type of the language.

    >>> def twice(x: int, by_: float = 2.0) -> float: ...
    >>> [p.name for p in signature_of(twice).parameters], str(signature_of(twice).result)
    (['x', 'by'], 'real')
    """
    what = what or f"`{getattr(python, '__name__', python)}`"
    try:
        hints = get_type_hints(python, include_extras=True)
    except Exception as problem:
        raise TypeError(f"{what}: its annotations cannot be read: {problem}") from problem
    declared = list(inspect.signature(python).parameters.values())
    if len(declared) < skip or any(p.kind not in _POSITIONAL for p in declared[:skip]):
        raise TypeError(f"{what}: its first parameter must be the {first}")
    parameters = []
    for p in declared[skip:]:
        if p.kind not in _ORDINARY and not (variadic and p.kind is inspect.Parameter.VAR_POSITIONAL):
            raise TypeError(f"{what}: it takes `{p}`, and a primitive names each of its parameters")
        if variadic and p.kind is inspect.Parameter.KEYWORD_ONLY:
            raise TypeError(f"{what}: the parameter `{p.name}` cannot be given by its place: leave out the `*`")
        if not variadic and p.kind is inspect.Parameter.POSITIONAL_ONLY:
            raise TypeError(f"{what}: the parameter `{p.name}` cannot be given by its name: leave out the `/`")
        if p.name not in hints:
            raise TypeError(
                f"{what}: the parameter `{p.name}` has no annotation: write `{p.name}: float`, or another type"
            )
        type_ = _type_of(hints[p.name], f"{what}: the annotation of `{p.name}`")
        variable = p.kind is inspect.Parameter.VAR_POSITIONAL
        parameters.append(Parameter(p.name.rstrip("_"), type_, p.default, variable, is_share(hints[p.name])))
    if "return" not in hints:
        raise TypeError(f"{what}: its result has no annotation: write `-> float`, or another type")
    given = hints["return"]
    nothing = not result or given is None or given is type(None)
    return Signature(
        tuple(parameters), NOTHING if nothing else _type_of(given, f"{what}: the annotation of its result")
    )


def check_names(what: str, **listed: object) -> None:
    """Raise TypeError for a list of names that is a text: `needs=("box")` lacks a comma."""
    for key, names in listed.items():
        if isinstance(names, str) or not isinstance(names, Iterable) or not all(isinstance(n, str) for n in names):
            raise TypeError(f'{what}: `{key}` is {names!r}, and names in a tuple are wanted: `{key}=("name",)`')


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_ORDINARY = (*_POSITIONAL, inspect.Parameter.KEYWORD_ONLY)


def _type_of(annotation: object, what: str) -> Type:
    try:
        return type_of(annotation)
    except Exception as problem:
        shown = getattr(annotation, "__name__", None) or str(annotation)
        raise TypeError(
            f"{what} is `{shown}`, which is no type of the language (docs/plugins.md lists them)"
        ) from problem


@frozen
class Function:
    """A pure function of the expression language.

    With `columns`, `call` also takes numpy columns for single values, and then returns a column. `owner` is the plugin that brings
    it; empty for a built-in one. `at_once` says that it takes no longer for a long list or text; the items of a list that is passed
    to any other function are steps of the budget, and so are those of a list that it `makes`, as well as parts of a long text.
    """

    name: str
    call: Callable[..., Value]
    signatures: tuple[Signature, ...]
    columns: bool
    doc: str
    owner: str = ""
    at_once: bool = False

    @property
    def described(self) -> str:
        """What messages call it: `a function`, with the plugin that brings it."""
        return f"a function of the plugin `{self.owner}`" if self.owner else "a function"

    @property
    def makes(self) -> bool:
        """Whether it makes a list without taking one, so that nobody has counted its items."""
        return any(
            isinstance(required(one.result), ListOf)
            and not any(isinstance(required(p.type), ListOf | Keyed) for p in one.parameters)
            for one in self.signatures
        )


def function(
    name: str = "", *, columns: bool = False, at_once: bool = False
) -> Callable[[Callable[..., Value]], Function]:
    """Declare a function of the language; its docstring is its entry in the docs.

    Args:
        name: What authors call it; the Python name when empty.
        columns: It also takes numpy columns for single values.
        at_once: It takes no longer for a long list than for a short one.

    >>> @function()
    ... def double(x: int) -> int:
    ...     "Twice x."
    ...     return 2 * x
    >>> double.name, double.call(4)
    ('double', 8)
    """

    def declare(python: Callable[..., Value]) -> Function:
        named = name or python.__name__.rstrip("_")
        signature = signature_of(python, what=f"function `{named}`")
        return Function(named, python, (signature,), columns, inspect.getdoc(python) or "", at_once=at_once)

    return declare


def unify(wanted: Type, given: Type, bound: dict[str, Type]) -> bool:
    """Whether `given` fits `wanted`; adds the types of type variables to `bound` (real, for an int and a real).

    The order of arguments is of no account: what is `any` in one of them stays so.
    """
    match wanted, given:
        case Variable(name=name, quantity=quantity), _:
            if quantity and given not in (INT, REAL, MONEY, DAYS, NOTHING, ANY):
                return False
            before = bound.get(name, NOTHING)
            bound[name] = join(before, given) or before
            return fits(before, given) or fits(given, before)
        case Alike(name=name), _:
            before = bound.get(name, NOTHING)
            return fits(before, given) or fits(given, before)
        case Optional(item=a), _:
            return unify(a, required(given), bound)
        case ListOf(item=a), (ListOf(item=b) | Keyed(item=b)):
            return unify(a, b, bound)
        case ListOf(item=a), _ if given == ANY:
            return unify(a, ANY, bound)
        case Record(fields=a), Record() as b:
            return all((have := b.field(n)) is not None and unify(of, have, bound) for n, of in a)
    return fits(given, wanted)


def bind(pattern: Type, bound: Mapping[str, Type]) -> Type:
    """The type with its variables replaced; one that is not in `bound` becomes NOTHING."""
    match pattern:
        case Variable(name=name) | Alike(name=name):
            return bound.get(name, NOTHING)
        case Optional(item=item):
            return optional(bind(item, bound))
        case ListOf(item=item):
            return ListOf(bind(item, bound))
        case Record(name=name, fields=fields):
            return Record(name, tuple((n, bind(t, bound)) for n, t in fields))
        case Over(item=item, result=result):
            return Over(bind(item, bound), bind(result, bound))
    return pattern
