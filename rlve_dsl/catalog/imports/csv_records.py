"""Reading CSV: a header, then records, where one stray quote costs one line and not the rest of the file."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice
from typing import TextIO

from rlve_dsl.catalog.imports.reading import (
    LONGEST_LINE,
    TOO_LONG,
    Record,
    Rejected,
    excerpt,
    not_utf8,
    opened,
    top_level_columns,
    unreadable,
)
from rlve_dsl.files import Rows

_BROKEN_BYTE = re.compile(r"[\udc80-\udcff]")  # what `surrogateescape` makes of a byte that is not UTF-8
_UNCLOSED = "a quote that is not closed"


class _Lines:
    """The lines of a text for a reader of CSV, which takes a line more while a quoted field goes on.

    Where that was in vain, all lines but the first are given again. No line is given more than three times, so many stray
    quotes do not take quadratic time: how a quoted field goes on from a line does not depend on where it began, so no
    later field goes on through the lines through which one went on in vain.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._again: deque[str | None] = deque()  # lines to be given once more; None for one that is too long
        self._in_vain = 0  # up to this line, no quoted field goes on
        self._size = 0  # characters of the record
        self._number = 0  # of the last line of the record
        self.taken: list[str] = []  # the lines of the record
        self.given = 0

    def begin(self) -> None:
        """Forget the last record."""
        self.taken, self._size = [], 0

    def give_back(self) -> bool:
        """Keep only the first line of the record, and give the others again; whether there are others."""
        others = self.taken[1:]
        if others:
            self._in_vain = max(self._in_vain, self._number)
            self._again.extendleft(reversed(others))
            self._number -= len(others)
            self.taken = self.taken[:1]
        return bool(others)

    @property
    def place(self) -> str:
        """Where the record is."""
        first = self._number - max(len(self.taken), 1) + 1
        return f"line {first}" if first == self._number else f"lines {first} to {self._number}"

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.taken and self._number < self._in_vain:
            raise csv.Error(_UNCLOSED)
        line = self._again.popleft() if self._again else self._new()
        if line == "":
            raise StopIteration
        if self.taken and (line is None or self._size + len(line) > LONGEST_LINE):
            self._again.appendleft(line)
            raise csv.Error(_UNCLOSED)
        self._number += 1
        self.given += 1
        if line is None:
            raise csv.Error(TOO_LONG)
        self.taken.append(line)
        self._size += len(line)
        return line

    def _new(self) -> str | None:
        """The next line of the text; empty at its end, None for one that is too long."""
        line = self._text.readline(LONGEST_LINE + 1)
        if len(line) <= LONGEST_LINE:
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(LONGEST_LINE)
        return None


class CsvFields:
    """The records of a text of CSV, as lists of fields; an empty list for an empty line.

    A record that goes on in vain costs its first line: the next record begins with its second one.
    """

    def __init__(self, text: TextIO) -> None:
        self._lines = _Lines(text)
        self._reader = csv.reader(self._lines, strict=True)

    @property
    def place(self) -> str:
        """Where the last record is: `line 3`."""
        return self._lines.place

    @property
    def lines_read(self) -> int:
        """How many lines were looked at; one that is looked at twice counts twice."""
        return self._lines.given

    def __iter__(self) -> Iterator[list[str] | Rejected]:
        return self

    def __next__(self) -> list[str] | Rejected:
        lines = self._lines
        lines.begin()
        try:
            fields = next(self._reader)
        except csv.Error as failure:
            unclosed = lines.give_back() or "unexpected end" in str(failure)
            first = lines.taken[0] if lines.taken else ""
            return Rejected(f"not CSV: {_UNCLOSED if unclosed else failure}", f"{self.place}: {first.rstrip()[:80]}")
        broken = next((line for line in lines.taken if _BROKEN_BYTE.search(line)), None)
        return fields if broken is None else not_utf8(broken.encode(errors="surrogateescape"))


def csv_records(rows: Rows, path: str, skip: int) -> Iterator[Record | Rejected]:
    """Read the records of a file of CSV after its header, without the first `skip`.

    Raises:
        ScenarioError: When the header cannot be read, or names a wanted column twice (R621).
    """
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with (
        opened(rows, path) as file,
        io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="") as text,
    ):
        found = CsvFields(text)
        full = (fields for fields in found if fields != [])
        header = _header(rows, path, next(full, []))
        for fields in islice(full, skip, None):
            yield _record(header, fields, found.place)


def _header(rows: Rows, path: str, header: list[str] | Rejected) -> list[str]:
    if isinstance(header, Rejected):
        raise unreadable(
            rows, f"the header of `{path}` cannot be read: {header.reason}", f"it begins so: {header.excerpt}"
        )
    wanted = top_level_columns(rows)
    for name, count in Counter(header).items():
        if count > 1 and name in wanted:
            raise unreadable(
                rows,
                f"the header of `{path}` has {count} columns `{name}`",
                "give each a name of its own: nobody can tell which of them is meant",
            )
    return header


def _record(header: list[str], fields: list[str] | Rejected, place: str) -> Record | Rejected:
    if isinstance(fields, Rejected):
        return fields
    if len(fields) > len(header):
        return Rejected("more fields than columns", f"{place}: {excerpt(fields[len(header) :])}")
    values: list[str | None] = [*fields, *[None] * (len(header) - len(fields))]
    return dict(zip(header, values, strict=True))
