"""What the readers of all formats share: records and rejects, opening a file, and the error that data cannot be read."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, cast

from rlve_dsl.diagnostics import Diagnostic
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import Rows
from rlve_dsl.frozen import frozen

Record = Mapping[str, object]
LONGEST_LINE = 4_000_000
"""Bytes (of CSV, characters) of a line of data, and characters of a record of CSV."""

TOO_LONG = f"a line of more than {LONGEST_LINE // 1_000_000} MB"
NOT_UTF8 = "not UTF-8"
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff")
_SHOWN = 80


@frozen
class Rejected:
    """A record that is no product, and why; `excerpt` shows some of it."""

    reason: str
    excerpt: str


@contextmanager
def opened(rows: Rows, path: str) -> Iterator[IO[bytes]]:
    """A file of text, unpacked, at its beginning; one in UTF-16 or UTF-32 is an error."""
    with gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb") as file:
        if file.peek(2)[:2] in _OTHER_ENCODINGS:
            raise unreadable(
                rows, f"`{path}` is in UTF-16 or UTF-32 (by its byte order mark)", "convert it to UTF-8, which is read"
            )
        yield cast(IO[bytes], file)


def not_utf8(line: bytes) -> Rejected:
    """The rejection of a line that holds bytes that are not UTF-8."""
    return Rejected(NOT_UTF8, repr(line[:_SHOWN]))


def excerpt(value: object, length: int = _SHOWN) -> str:
    """The beginning of a value's text; empty when Python cannot write it (too deep, or a number too long)."""
    try:
        return str(value)[:length]
    except (ValueError, RecursionError):
        return ""


def unreadable(rows: Rows, message: str, help: str) -> ScenarioError:
    """The error that the data of a declaration cannot be read, at the place that names them."""
    span = rows.place.span if rows.place else rows.span
    return ScenarioError([Diagnostic("R621", message, span, help=help)], {})


def top_level_columns(rows: Rows, only: Sequence[str] = ()) -> set[str]:
    """The top-level columns that a declaration reads, for all or for `only` some fields of products."""
    paths = [path for name, paths in rows.columns.items() if not only or name in only for path in paths]
    if not only:
        paths += [path for attribute in rows.attributes.values() for path in attribute.columns]
    parts = [part for path in paths for part in path.split(" + ")]
    return {part.split(".")[0] for part in parts} | set(parts)
