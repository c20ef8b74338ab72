"""The types of the language, and how Python annotations of primitives spell them.

At run time an int, real, bool or text is a Python int, float, bool or str; money is whole cents, days are whole days; an
enum or id is its text; a list is any sequence; a record is anything with `[name]` and `.get(name)`; unknown is None.
"""

from __future__ import annotations

import types as _pytypes
import typing
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints, is_typeddict

from rlve_dsl.frozen import frozen


@frozen
class Type:
    """The root of all types; compare with `==`."""


@frozen
class Scalar(Type):
    """int, real, bool, text, money, days, or `any`: a value whose type is known only at run time, such as a filter's."""

    name: str

    def __str__(self) -> str:
        return self.name


@frozen
class Id(Type):
    """The identifier of a product, variant, line or order."""

    of: str

    def __str__(self) -> str:
        return f"{self.of} id"


@frozen
class Enum(Type):
    """One of a list of names, written without quotes."""

    values: tuple[str, ...]
    name: str = ""

    def __str__(self) -> str:
        return self.name or f"one of {', '.join(self.values)}"


@frozen
class ListOf(Type):
    """A finite sequence."""

    item: Type

    def __str__(self) -> str:
        return f"list of {self.item}"


@frozen
class Optional(Type):
    """A value that may be unknown; never nested (see `optional`)."""

    item: Type

    def __str__(self) -> str:
        return f"{self.item}, which may be unknown"


@frozen
class Record(Type):
    """Named fields; two records are the same type when name and fields are. `doc` says what it is and what its fields hold."""

    name: str
    fields: tuple[tuple[str, Type], ...]
    doc: str = field(default="", compare=False, repr=False)

    def __hash__(self) -> int:
        # without the fields: types are keys of caches that every call reads, and a record may be deep
        return hash((self.name, len(self.fields)))

    def field(self, name: str) -> Type | None:
        """The type of a field, or None when there is no such field."""
        return _fields(self).get(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The field names in order."""
        return tuple(name for name, _ in self.fields)

    def __str__(self) -> str:
        return self.name


@cache
def _fields(record: Record) -> Mapping[str, Type]:
    return dict(record.fields)


@frozen
class Keyed(Type):
    """A list whose items also have keys: `said.variant[i]`, where `i` is a key or a record with a field `key`.

    At run time it is a sequence with `.at(key)`, which gives the item or None.
    """

    key: Type
    item: Type

    def __str__(self) -> str:
        return f"{self.item} by {self.key}"


@frozen
class Variable(Type):
    """A type that a call decides, such as T in `first(list of T) -> T?`; a quantity is int, real, money or days."""

    name: str
    quantity: bool = False

    def __str__(self) -> str:
        return "a quantity" if self.quantity else "anything"


@frozen
class Alike(Type):
    """A value that is compared with values of a type variable: its type and theirs go together, and it does not decide theirs."""

    name: str

    def __str__(self) -> str:
        return "anything"


@frozen
class Over(Type):
    """An expression that is evaluated for each item: `it` has the type `item`, the value the type `result`."""

    item: Type
    result: Type

    def __str__(self) -> str:
        return f"an expression over each {self.item}"


INT = Scalar("int")
REAL = Scalar("real")
BOOL = Scalar("bool")
TEXT = Scalar("text")
MONEY = Scalar("money")
DAYS = Scalar("days")
ANY = Scalar("any")
NOTHING = Scalar("nothing")  # the item of `[]`, and the type of an expression that failed to check

Cents = Annotated[int, MONEY]
Days = Annotated[int, DAYS]
SHARE = "share"
Share = Annotated[float, SHARE]
"""A share of something, or a probability: at least 0 and at most 1."""
ProductId = Annotated[str, Id("product")]
VariantId = Annotated[str, Id("variant")]
LineId = Annotated[str, Id("line")]
OrderId = Annotated[str, Id("order")]


def optional(item: Type) -> Type:
    """The same type, whose value may be unknown."""
    return item if isinstance(item, Optional) else Optional(item)


def required(item: Type) -> Type:
    """The same type, whose value is known."""
    return item.item if isinstance(item, Optional) else item


def fits(given: Type, wanted: Type) -> bool:
    """Whether a value of type `given` may be used where `wanted` is expected.

    >>> fits(INT, REAL), fits(Optional(INT), INT), fits(ListOf(INT), ListOf(REAL)), fits(MONEY, INT)
    (True, False, True, False)
    """
    if given == wanted or ANY in (given, wanted) or given == NOTHING:
        return True
    match given, wanted:
        case Optional(a), Optional(b):
            return fits(a, b)
        case _, Optional(b):
            return fits(given, b)
        case (ListOf(a), ListOf(b)) | (Keyed(item=a), ListOf(b)):
            return fits(a, b)
        case Enum(values=a), Enum(values=b):
            return set(a) <= set(b)
        case Enum(), Scalar("text"):
            return True
        case Record(fields=a), Record(fields=b):
            have = dict(a)
            return all(name in have and fits(have[name], of) for name, of in b)
    return given == INT and wanted == REAL


DEEPEST_TYPE = 50
"""Lists and records one within another."""

MOST_FIELDS = 10_000
"""Fields of a record with those of the records in it, each as often as it is there: whoever goes through it goes through so many."""


@cache
def fields_in(type_: Type) -> int:
    """How many fields the records of a type have, with those of the records in them, each as often as it is there.

    >>> pair = Record("pair", (("a", INT), ("b", INT)))
    >>> fields_in(Record("pairs", (("x", pair), ("y", ListOf(pair)))))
    6
    """
    match type_:
        case Optional(item=item) | ListOf(item=item) | Keyed(item=item):
            return fields_in(item)
        case Record(fields=fields):
            return len(fields) + sum(fields_in(field) for _, field in fields)
    return 0


@cache
def depth_of(type_: Type) -> int:
    """How many lists and records are one within another.

    >>> depth_of(INT), depth_of(Record("row", (("a", ListOf(Optional(INT))),)))
    (0, 2)
    """
    match type_:
        case Optional(item=item):
            return depth_of(item)
        case ListOf(item=item) | Keyed(item=item):
            return 1 + depth_of(item)
        case Record(fields=fields):
            return 1 + max((depth_of(field) for _, field in fields), default=0)
    return 0


def excess_of(type_: Type) -> str:
    """Why an author may not give a name to values of a type, as words of a message: they are too large. Empty for any other."""
    if depth_of(type_) > DEEPEST_TYPE:
        return f"more than {DEEPEST_TYPE} lists and records, one within another"
    if fields_in(type_) > MOST_FIELDS:
        return f"a record with more than {MOST_FIELDS:,} fields, with those of the records in it, each as often as it is there"
    return ""


FEW_FIELDS = 50
"""Fields of a record without lists that take no time worth counting."""


@cache
def is_vast(type_: Type) -> bool:
    """Whether a type has records that hold lists or many fields, or is of what nobody knows: comparing its values may take long,
    also where they are no lists.

    >>> pair = Record("pair", (("a", INT), ("b", INT)))
    >>> is_vast(ListOf(INT)), is_vast(pair), is_vast(Record("lists", (("a", ListOf(INT)),)))
    (False, False, True)
    """
    match type_:
        case Optional(item=item) | ListOf(item=item) | Keyed(item=item):
            return is_vast(item)
        case Record(fields=fields):
            parts = [required(field) for _, field in fields]
            return fields_in(type_) > FEW_FIELDS or any(isinstance(p, ListOf | Keyed) or is_vast(p) for p in parts)
    return type_ == ANY


@cache
def sorts_in(type_: Type) -> tuple[str, ...]:
    """The sorts of ids that values of a type may hold, in order.

    >>> sorts_in(ListOf(Id("order")))
    ('order',)
    """
    match required(type_):
        case Id(of=sort):
            return (sort,)
        case ListOf(item=item) | Keyed(item=item):
            return sorts_in(item)
        case Record(fields=fields):
            return tuple(dict.fromkeys(sort for _, field in fields for sort in sorts_in(field)))
    return ()


_PLAIN: Mapping[object, Type] = {int: INT, float: REAL, bool: BOOL, str: TEXT, Any: ANY}


def type_of(annotation: object) -> Type:
    """The language's type for a Python annotation of a primitive's parameter or result.

    It may be int, float, bool, str, `Annotated[…, <Type>]`, `Literal["a", "b"]`, `T | None`, `Sequence[T]`, `list[T]`,
    `tuple[T, ...]`, a TypedDict, a TypeVar (a quantity, when it has constraints), or a class with a `__language_type__`.

    >>> str(type_of(Cents)), str(type_of(list[int]))
    ('money', 'list of int')

    Raises:
        TypeError: No type of the language corresponds to the annotation.
    """
    if isinstance(annotation, Type):
        return annotation
    declared: Type | None = getattr(annotation, "__language_type__", None)
    if declared is not None:
        return declared
    if isinstance(annotation, type) and is_typeddict(annotation):
        hints = get_type_hints(annotation, include_extras=True)
        fields = tuple((name, type_of(hint)) for name, hint in hints.items())
        return Record(annotation.__name__, fields, " ".join((annotation.__doc__ or "").split()))
    if isinstance(annotation, typing.TypeVar):
        return Variable(annotation.__name__, quantity=bool(annotation.__constraints__))
    if (plain := _PLAIN.get(annotation)) is not None:
        return plain
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return next((m for m in arguments[1:] if isinstance(m, Type)), None) or type_of(arguments[0])
    if origin is typing.Literal:
        return Enum(tuple(arguments))
    if origin in (typing.Union, _pytypes.UnionType) and type(None) in arguments:
        (item,) = [a for a in arguments if a is not type(None)]
        return optional(type_of(item))
    if origin in (list, tuple, Sequence):
        return ListOf(type_of(arguments[0]))
    raise TypeError(f"no type of the language for {annotation!r}")


def is_share(annotation: object) -> bool:
    """Whether an annotation is `Share`, or one that may be unknown.

    >>> is_share(Share), is_share(Share | None), is_share(float)
    (True, True, False)
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (typing.Union, _pytypes.UnionType):
        return any(map(is_share, arguments))
    return origin is Annotated and SHARE in arguments
