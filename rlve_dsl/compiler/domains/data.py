"""Rows of entities from a JSON file: each file is read once, and its rows are shared by all episodes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256

from rlve_dsl.errors import RlveError, system_reason
from rlve_dsl.expressions.types import ANY, BOOL, DAYS, INT, MONEY, REAL, TEXT, Enum, Id, ListOf, Optional, Record, Type
from rlve_dsl.files import LARGEST_DATA, read_regular
from rlve_dsl.frozen import frozen
from rlve_dsl.quantities import cents_of
from rlve_dsl.values import Json, Value
from rlve_dsl.world import Kind, Row, Rows

EVERY = "*"
_UP = "^"
_ABSENT = object()


class DataError(RlveError):
    """A file of rows does not hold what a domain says of it."""


@frozen
class Source:
    """Where the rows of a kind are in a document: the path to them, and the paths to fields within a row.

    In a path, `*` stands for every entry of an object or a list. A path within a row may begin with `^`, for the entry that
    holds the row.
    """

    kind: Kind
    at: tuple[str, ...]
    read: tuple[tuple[str, str], ...]


@lru_cache(maxsize=8)
def _document(path: str, digest: str) -> Json:
    """The content of a JSON file with this digest."""
    document: Json = json.loads(read_regular(path, LARGEST_DATA))
    return document


def document_of(path: str) -> Json:
    """The content of a JSON file that has been read; nobody may change it."""
    return _document(path, digest_of(path))


def entries_in(document: Json, path: str) -> Iterator[tuple[tuple[str, ...], tuple[Json, ...]]]:
    """The entries that a path leads to: where each stands, and the entries that it is in, itself last."""
    return _entries(document, path.split("."), ())


def digest_of(path: str) -> str:
    """What identifies the content of a file. Raises DataError when it cannot be read."""
    try:
        return sha256(read_regular(path, LARGEST_DATA)).hexdigest()
    except OSError as problem:
        raise DataError(f"`{path}` cannot be read: {system_reason(problem)}") from None


@lru_cache(maxsize=64)
def rows_in_file(path: str, digest: str, source: Source) -> Rows:
    """The rows of a kind in a file with this digest, read once. Raises DataError for what does not fit."""
    try:
        document = _document(path, digest)
    except ValueError as problem:
        raise DataError(f"`{path}` is not JSON: {problem}") from None
    return Rows(rows_in(document, source))


def rows_in(document: Json, source: Source) -> Mapping[str, Row]:
    """The rows of a kind in a document, by id. Raises DataError for what does not fit."""
    rows: dict[str, Row] = {}
    read = dict(source.read)
    for path, chain in _entries(document, source.at, ()):
        row: Row = {}
        for name, type_ in source.kind.record.fields:
            found = _found(chain, read.get(name, name))
            try:
                row[name] = value_of(found, type_)
            except DataError as problem:
                raise DataError(f"`{'.'.join(path)}`: `{name}` {problem}") from None
        key = row[source.kind.key]
        if key in rows:
            raise DataError(f"`{'.'.join(path)}`: there are two {source.kind.noun} {key}")
        rows[key] = row
    return rows


def _entries(
    part: Json, path: Sequence[str], before: tuple[str, ...], around: tuple[Json, ...] = ()
) -> Iterator[tuple[tuple[str, ...], tuple[Json, ...]]]:
    """The entries that a path leads to, each with the entries that it is in: the innermost last."""
    if not path:
        yield before, around
        return
    step, *rest = path
    if step == EVERY:
        pairs = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        for name, entry in pairs:
            yield from _entries(entry, rest, (*before, str(name)), (*around, entry))
    elif isinstance(part, dict) and step in part:
        yield from _entries(part[step], rest, (*before, step), around)


def _found(chain: tuple[Json, ...], path: str) -> object:
    """What a path within a row leads to."""
    up = len(path) - len(path.lstrip(_UP))
    if up >= len(chain):
        return _ABSENT
    found: Json = chain[-1 - up]
    for step in filter(None, path[up:].split(".")):
        if not isinstance(found, dict) or step not in found:
            return _ABSENT
        found = found[step]
    return found


def value_of(data: object, type_: Type) -> Value:
    """The value of the language that JSON data holds. A text becomes a word of an enum by its letters alone.

    Raises:
        DataError: The data do not fit the type.
    """
    match type_:
        case Optional(item=item):
            return None if data is _ABSENT or data is None else value_of(data, item)
        case _ if data is _ABSENT or data is None:
            raise DataError("is missing")
        case Id() | Enum() if not isinstance(data, str | int) or isinstance(data, bool):
            raise DataError(f"is {data!r}, where a text is wanted")
        case Id():
            return str(data)
        case Enum(values=values):
            word = re.sub(r"[^a-z0-9]+", "_", str(data).lower()).strip("_")
            if word not in values:
                raise DataError(f"is {data!r}, which is none of {', '.join(values)}")
            return word
        case ListOf(item=item) if isinstance(data, list):
            return [value_of(entry, item) for entry in data]
        case Record(fields=fields) if isinstance(data, dict):
            return {name: _field(data, name, of) for name, of in fields}
    return data if type_ == ANY else _scalar(data, type_)


def _field(data: Mapping[str, object], name: str, type_: Type) -> Value:
    try:
        return value_of(data.get(name, _ABSENT), type_)
    except DataError as problem:
        raise DataError(f"holds a `{name}` that {problem}") from None


def _scalar(data: object, type_: Type) -> Value:
    if type_ == BOOL and isinstance(data, bool):
        return data
    if isinstance(data, int | float) and not isinstance(data, bool):
        if type_ == MONEY:
            return cents_of(float(data))
        if type_ == REAL:
            return float(data)
        if type_ in (INT, DAYS) and float(data).is_integer():
            return int(data)
    if type_ == TEXT and isinstance(data, str):
        return data
    raise DataError(f"is {str(data)[:40]!r}, where {type_} is wanted")
