"""Which types may be combined: in a list, in arithmetic, in a comparison. Nothing here reports a mistake or compiles."""

from __future__ import annotations

from rlve_dsl.expressions import ast
from rlve_dsl.expressions.ast import Node
from rlve_dsl.expressions.format import format_expression
from rlve_dsl.expressions.types import (
    ANY,
    DAYS,
    INT,
    MONEY,
    NOTHING,
    REAL,
    TEXT,
    Enum,
    Id,
    Keyed,
    ListOf,
    Optional,
    Over,
    Record,
    Type,
    Variable,
    fits,
    optional,
    required,
)
from rlve_dsl.quantities import Unit, with_unit

NUMBERS = (INT, REAL)
QUANTITIES = (INT, REAL, MONEY, DAYS)


def join(a: Type, b: Type) -> Type | None:
    """The smallest type that both types fit, or None. What is `any` in one of them is `any` in it."""
    if ANY in (a, b):
        return ANY
    if a == b or b == NOTHING:
        return a
    if a == NOTHING:
        return b
    match a, b:
        case (Optional(), _) | (_, Optional()):
            inner = join(required(a), required(b))
            return None if inner is None else optional(inner)
        case (ListOf(item=x) | Keyed(item=x), ListOf(item=y) | Keyed(item=y)):
            inner = join(x, y)
            return None if inner is None else ListOf(inner)
        case (Record() as x, Record() as y) if fits(a, b) or fits(b, a):
            return _joined_record(x, y) if fits(a, b) else _joined_record(y, x)
    if fits(a, b):
        return b
    if fits(b, a):
        return a
    if isinstance(a, Enum) and isinstance(b, Enum):
        return Enum((*a.values, *(v for v in b.values if v not in a.values)))
    return None


def _joined_record(more: Record, fewer: Record) -> Record:
    """The fields that both records have."""
    fields = tuple((name, join(of, more.field(name) or NOTHING) or of) for name, of in fewer.fields)
    return fewer if fields == fewer.fields else Record(fewer.name, fields)


def arithmetic(sign: str, a: Type, b: Type) -> Type | None:
    """The type of `a sign b`, or None when that has no meaning."""
    if ANY in (a, b):
        return REAL if all(t in (*NUMBERS, ANY) for t in (a, b)) else None
    if a in NUMBERS and b in NUMBERS:
        if sign in "/^":
            return REAL
        return INT if a == b == INT else REAL
    if sign in "+-" and a == b and a in (MONEY, DAYS):
        return a
    if sign == "+" and a == b == TEXT:
        return TEXT
    if sign == "*" and (a in (MONEY, DAYS)) != (b in (MONEY, DAYS)) and (a in NUMBERS or b in NUMBERS):
        return a if a in (MONEY, DAYS) else b
    if sign == "/" and a in (MONEY, DAYS):
        return REAL if a == b else a if b in NUMBERS else None
    return None


def comparison_problem(sign: str, a: Type, b: Type) -> str | None:
    """Why values of two types cannot be compared by `sign`, or None when they can."""
    if sign in ("==", "!="):
        left, right = required(a), required(b)
        same = fits(left, right) or fits(right, left) or (left in NUMBERS and right in NUMBERS)
        return None if same else f"{described(left)} never equals {described(right)}"
    if ANY in (a, b) or (a in NUMBERS and b in NUMBERS) or (a == b and a in (MONEY, DAYS, TEXT)):
        return None
    if a == b:
        return f"{described(a)} has no order"
    return f"cannot compare {described(a)} with {described(b)}"


def unit_hint(given: Type, wanted: Type, node: Node) -> str:
    """What to write instead of a number without its unit, or an empty string."""
    sign = ""
    if isinstance(node, ast.Unary):
        sign, node = "-", node.operand
    unit: Unit | None = "money" if required(wanted) == MONEY else "days" if required(wanted) == DAYS else None
    if given in NUMBERS and unit is not None:
        if given == INT and isinstance(node, ast.NameRef | ast.FieldRef):
            return f"write a unit: `{sign}{format_expression(node)} * {with_unit('1', unit)}`"
        if isinstance(node, ast.Literal):
            return f"write a unit: `{sign}{with_unit(node.source, unit)}`"
    if given == REAL and required(wanted) == INT:
        return "round it with `floor`, `ceil` or `round`"
    return ""


def field_hint(given: Type, wanted: Type, node: Node) -> str:
    """Which field to write of a record where another type is wanted, or an empty string where none has it, or more than two."""
    record = required(given)
    if not isinstance(record, Record) or wanted == ANY:
        return ""
    of_type = [name for name, of in record.fields if of != ANY and fits(required(of), required(wanted))]
    texts = [f"`{format_expression(node)}.{name}`" for name in of_type]
    return f"write {' or '.join(texts)}" if 0 < len(texts) <= 2 else ""


def lacking(given: Type, wanted: Type) -> str:
    """The fields that a record, or the records of a list, would need to have; an empty string for other types.

    >>> from rlve_dsl.expressions.types import Record
    >>> lacking(Record("Row", (("a", INT),)), Record("Wanted", (("a", INT), ("b", INT))))
    'it has no `b`'
    """
    given, wanted = required(given), required(wanted)
    if isinstance(given, ListOf) and isinstance(wanted, ListOf):
        given, wanted = required(given.item), required(wanted.item)
    if not isinstance(given, Record) or not isinstance(wanted, Record):
        return ""
    names = [name for name, _ in wanted.fields if given.field(name) is None]
    return f"it has no {' and no '.join(f'`{name}`' for name in names)}" if names else ""


def described(type_: Type) -> str:
    """A type in a sentence: `an int`, `text`, `a list of int`, `a Product`."""
    match type_:
        case Variable(quantity=True):
            return "a quantity"
        case Variable() | Over():
            return str(type_)
        case Optional(item=item):
            return f"{described(item)}, which may be unknown"
        case ListOf(item=item) if item == NOTHING or isinstance(item, Variable):
            return "a list of quantities" if isinstance(item, Variable) and item.quantity else "a list"
        case ListOf() | Keyed() | Record() | Id() | Enum():
            return str(type_) if str(type_).startswith("one of") else _with_article(str(type_))
    return str(type_) if type_ in (TEXT, MONEY, DAYS) else _with_article(str(type_)) if type_ != ANY else "any value"


def _with_article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiouAEIOU' else 'a'} {word}"
