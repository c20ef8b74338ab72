"""Literals, names, fields, items of lists, and `is known`."""

from __future__ import annotations

import re
from collections.abc import Callable

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.expressions import ast
from rlve_dsl.expressions.agreement import described
from rlve_dsl.expressions.code import compare, constant, function_of, is_simple, method, of_scope, part
from rlve_dsl.expressions.format import format_expression
from rlve_dsl.expressions.types import (
    ANY,
    BOOL,
    DAYS,
    INT,
    MONEY,
    NOTHING,
    REAL,
    TEXT,
    Enum,
    Keyed,
    ListOf,
    Optional,
    Record,
    Type,
    fits,
    optional,
    required,
)
from rlve_dsl.expressions.walk import BROKEN, COLUMN, ROW, TABLE, NotColumnar, Typed, Walk, path_of
from rlve_dsl.values import Value

_KINDS = {
    "int": INT, "real": REAL, "percent": REAL, "bool": BOOL, "text": TEXT, "money": MONEY, "days": DAYS,
}  # fmt: skip
_MOST_LISTED = 12
"""Values of an enum that a message has; below it, all are listed."""

_HOLE = re.compile(r"\{\s*([^\W\d]\w*)[^{}]*\}")
# what authors who know Python write
_PYTHON = {
    "True": "write `true`", "False": "write `false`", "None": "write `x is unknown`", "null": "write `x is unknown`",
    "nil": "write `x is unknown`", "self": "write `it`",
}  # fmt: skip
_TRUTHS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def literal(walk: Walk, node: ast.Literal, expected: Type | None) -> Typed:
    """A value as written; where an enum is expected, a text is one of its values."""
    value = node.value
    if node.kind == "text" and isinstance(expected, Enum):
        return _enum_value(walk, str(value), node, expected)
    if node.kind == "text":
        _warn_of_holes(walk, str(value), node)
    return Typed(_KINDS[node.kind], constant(value))


def _warn_of_holes(walk: Walk, text: str, node: ast.Literal) -> None:
    """Warn of a text that looks like a template with a name that there is here."""
    hole = next((found for found in _HOLE.finditer(text) if walk.type_of(found[1]) is not None), None)
    if hole is not None:
        walk.warn(
            "R113", f"`{hole[0]}` stays as it is: a text in an expression is no template", node,
            help="put texts together with `+`; `counted(n, \"pen\")` makes words of a number",
        )  # fmt: skip


def name(walk: Walk, node: ast.NameRef, expected: Type | None) -> Typed:
    """A name that the expression binds, or one of the scope, or a value of the expected enum."""
    word = node.name
    local = walk.locals.get(word)
    if local is not None:
        return Typed(local.type, local.code, local.shape)
    if word in walk.scope.names:
        walk.log.free.add(word)
        walk.log.paths.add(word)
        return Typed(walk.scope.names[word], of_scope(word))
    if isinstance(expected, Enum):
        return _enum_value(walk, word, node, expected)
    if word in walk.scope.functions or word in walk.scope.definitions:
        return walk.error("R101", f"`{word}` is a function", node, label=f"call it: `{word}(…)`")
    if word == "it":
        return walk.error("R101", "`it` stands for an item, and there is no list of items here", node)
    label = _instead(walk, word, expected)
    is_word = expected == TEXT or any(_has_word(of, word) for of in walk.scope.names.values())
    help = f'a text stands in quotes: `"{word}"`' if is_word and not label else ""
    return walk.error("R101", f"there is no `{word}` here", node, label=label, help=help)


def _instead(walk: Walk, word: str, expected: Type | None) -> str:
    """What to write instead of a name that there is not, or why it is not here."""
    if expected == BOOL and word.lower() in _TRUTHS:
        return f"write `{_TRUTHS[word.lower()]}`"
    if word in _PYTHON:
        return _PYTHON[word]
    for name, local in reversed(walk.locals.items()):
        record = required(local.type)
        if isinstance(record, Record) and record.field(word) is not None:
            return f"write `{name}.{word}`"
    return walk.scope.absent.get(word) or did_you_mean(word, [*walk.scope.names, *walk.locals])


def _has_word(type_: Type, word: str) -> bool:
    """Whether a word is a value of an enum within a type: `red`, where a field is one of red and blue."""
    match required(type_):
        case Enum(values=values):
            return word in values
        case ListOf(item=item) | Keyed(item=item):
            return _has_word(item, word)
        case Record(fields=fields):
            return any(_has_word(of, word) for _, of in fields)
    return False


def _enum_value(walk: Walk, word: str, node: ast.Literal | ast.NameRef, expected: Enum) -> Typed:
    if word in expected.values:
        return Typed(expected, constant(word))
    count = len(expected.values)
    what = described(expected) if count <= _MOST_LISTED else f"one of the {count} values that this may have"
    return walk.error(
        "R101", f"`{word}` is not {what}", node,
        label=did_you_mean(word, expected.values), help=f"one of {', '.join(expected.values)}",
    )  # fmt: skip


def field(walk: Walk, node: ast.FieldRef, expected: Type | None) -> Typed:
    """`of.name`; unknown when the record is unknown, or a value of any type that has no such field."""
    of = walk.visit(node.of)
    if of.type == NOTHING:
        return BROKEN
    record, word, base = required(of.type), node.name, of.code
    path = path_of(node)
    if path is not None and path.partition(".")[0] not in walk.locals:
        walk.log.paths.add(path)
    if of.shape not in (ROW, TABLE):
        raise NotColumnar
    if record == ANY and of.shape == ROW:
        return Typed(ANY, walk.log.objects.call(_get, base, constant(word)))
    found = record.field(word) if isinstance(record, Record) else None
    if not isinstance(record, Record) or found is None:
        names = record.names if isinstance(record, Record) else ()
        owner = f"`{format_expression(node.of)}`"
        message = f"{owner} has no field `{word}`" if names else f"{owner} is {described(record)}, which has no fields"
        return walk.error(
            "R104", message, node,
            label=did_you_mean(word, names), help=f"its fields: {', '.join(names)}" if names else "",
        )  # fmt: skip
    if of.shape == TABLE:
        if isinstance(of.type, Optional):
            raise NotColumnar
        return Typed(found, method(base, "column", constant(word)), COLUMN)
    if isinstance(of.type, Optional):
        return Typed(optional(found), walk.log.objects.call(_if_known, base, constant(word)))
    if isinstance(found, Optional) or found == ANY:
        return Typed(found, method(base, "get", constant(word)))
    return Typed(found, part(base, word))


def _get(value: Value, word: str) -> Value:
    get = getattr(value, "get", None)
    return None if get is None else get(word)


def _if_known(record: Value, word: str) -> Value:
    return None if record is None else record.get(word)


def index(walk: Walk, node: ast.Index, expected: Type | None) -> Typed:
    """`of[by]`: an item by its position from 0, or by its key; unknown when there is none. An int is a position, except where keys
    are ints."""
    of, by = walk.visit(node.of), walk.visit(node.by)
    if NOTHING in (of.type, by.type):
        return BROKEN
    if (of.shape, by.shape) != (ROW, ROW):
        raise NotColumnar
    if isinstance(by.type, Optional):
        return walk.unknown(node.by)
    call, listed = walk.log.objects.call, required(of.type)
    if isinstance(listed, Keyed):
        key = by.code if fits(by.type, listed.key) else None
        if isinstance(by.type, Record) and by.type.field("key") == listed.key:
            key = part(by.code, "key")
        if key is not None:
            # the key of an unknown list is not evaluated, except where that cannot fail
            found = call(_at_key, of.code, key) if is_simple(by.code) else call(_at_any, of.code, function_of(key))
            return Typed(optional(listed.item), found)
        if by.type == INT:
            return Typed(optional(listed.item), call(_at_place, of.code, by.code))
        return walk.error(
            "R102", f"`{format_expression(node.by)}` is {described(by.type)}, which is no key of {listed}", node.by
        )
    if not isinstance(listed, ListOf):
        return walk.error("R102", f"`{format_expression(node.of)}` is {described(of.type)}, not a list", node.of)
    if by.type != INT:
        return walk.error("R102", f"a place in a list is an int, and this is {described(by.type)}", node.by)
    return Typed(optional(listed.item), call(_at_place, of.code, by.code))


def _at_key(items: Value, key: Value) -> Value:
    return None if items is None else items.at(key)


def _at_any(items: Value, key: Callable[[], Value]) -> Value:
    return None if items is None else items.at(key())


def _at_place(items: Value, place: int) -> Value:
    return items[place] if items is not None and 0 <= place < len(items) else None


def known(walk: Walk, node: ast.IsKnown, expected: Type | None) -> Typed:
    """`x is known`; a warning where x always is."""
    operand = walk.visit(node.operand)
    if operand.shape != ROW:
        raise NotColumnar
    sure = not isinstance(operand.type, Optional) and operand.type not in (ANY, NOTHING)
    if sure and node.operand not in walk.known and not walk.uses:
        message = f"`{format_expression(node.operand)}` is always known"
        walk.log.diagnostics.warning("R107", message, walk.place(node))
    # Python warns of `1 is None`
    code = operand.code if is_simple(operand.code) else walk.log.objects.call(_same, operand.code)
    return Typed(BOOL, compare(("is not" if node.wanted else "is",), [code, constant(None)]))


def _same(value: Value) -> Value:
    return value
