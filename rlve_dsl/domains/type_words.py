"""The types that authors name in words: `money`, `list of product id`, `one of a, b`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from rlve_dsl.expressions.types import (
    ANY,
    BOOL,
    DAYS,
    INT,
    MONEY,
    REAL,
    TEXT,
    Enum,
    Id,
    ListOf,
    Record,
    Type,
    optional,
)

STORE_IDS = ("product", "variant", "line", "order")
"""The sorts of ids of the built-in store."""

_PLAIN: Mapping[str, Type] = {"text": TEXT, "int": INT, "real": REAL, "bool": BOOL, "money": MONEY, "days": DAYS}
_NO_RECORDS: Mapping[str, Record] = {}


def parse_type(text: str, ids: Collection[str] = STORE_IDS, records: Mapping[str, Record] = _NO_RECORDS) -> Type | None:
    """The type that an author's words name.

    Args:
        text: The words.
        ids: The sorts of ids that there are.
        records: The records that there are, by name.

    >>> parse_type("list of product id")
    ListOf(item=Id(of='product'))
    >>> parse_type("sheep") is None
    True
    """
    text = text.strip()
    if text in _PLAIN:
        return _PLAIN[text]
    if text in records:
        return records[text]
    if (matched := re.fullmatch(r"(\w+) id", text)) and matched[1] in ids:
        return Id(matched[1])
    if text.startswith("list of "):
        item = parse_type(text.removeprefix("list of "), ids, records)
        return ListOf(item) if item else None
    if text.startswith("one of "):
        values = [v.strip() for v in text.removeprefix("one of ").split(",")]
        return Enum(tuple(values)) if all(re.fullmatch(r"[a-z_]\w*", v) for v in values) else None
    return None


def parse_field_type(text: str, ids: Collection[str], records: Mapping[str, Record]) -> Type | None:
    """As `parse_type`, for what a domain declares: with `?` at its end the value may be unknown, and `any` is whatever JSON
    holds.

    >>> parse_field_type("money?", (), {})
    Optional(item=Scalar(name='money'))
    """
    text = text.strip()
    if text.endswith("?"):
        item = parse_field_type(text[:-1], ids, records)
        return optional(item) if item else None
    if text.startswith("list of "):
        item = parse_field_type(text.removeprefix("list of "), ids, records)
        return ListOf(item) if item else None
    return ANY if text == "any" else parse_type(text, ids, records)


def known_types(ids: Collection[str], records: Collection[str] = ()) -> str:
    """The types that there are, for a message."""
    named = [*_PLAIN, *(f"`{sort} id`" for sort in ids), *records, "`one of a, b`", "`list of …`"]
    return f"types: {', '.join(named)}"
