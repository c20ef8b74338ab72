"""From a record to a product, as a declaration maps its columns, or the reason why it is no product."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from rlve_dsl.catalog.imports.normalise import Normaliser, normaliser
from rlve_dsl.catalog.imports.reading import Record, Rejected, excerpt
from rlve_dsl.catalog.imports.values import Doubt, at_path, price_of, real_of, text_of, truth_of, whole_of
from rlve_dsl.catalog.products.taxonomy import NO_BRAND
from rlve_dsl.files import Rows
from rlve_dsl.frozen import frozen

T = TypeVar("T")
V = TypeVar("V")

JOINT = " + "
"""Between the names of columns that are joined."""

_LONGEST_ID = 64
_LONGEST_ABOUT = 400
_LONGEST_TITLE = 500
_LONGEST_NAME = 200  # of a type, a department or a brand


@frozen
class Item:
    """A product as read: None (or an empty text) for what is not known; one entry in `attributes` for each one declared."""

    id: str
    title: str
    type: str
    department: str
    brand: str
    about: str
    price: int | None
    rating: float | None
    reviews: int | None
    in_stock: bool | None
    ships_in: int | None
    attributes: tuple[float | None, ...]


Note = tuple[str, str, str]
"""A value that was left out of a product: its field, the value, the reason."""


@dataclass(slots=True)
class Mapper:
    """Reads records by a declaration, which has no errors; `notes` holds what was left out of the last product."""

    rows: Rows
    normalisers: tuple[Normaliser, ...] = ()
    notes: list[Note] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.normalisers = tuple(normaliser(a) for a in self.rows.attributes.values())

    def read(self, record: Record | Rejected) -> Item | Rejected:
        """The product that a record describes, or why it describes none."""
        self.notes = []
        if isinstance(record, Rejected):
            return record
        try:
            return self._read(record)
        except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as failure:
            return Rejected(f"cannot be read ({type(failure).__name__})", _excerpt(record))

    def _read(self, record: Record) -> Item | Rejected:
        id_ = self._text(record, "id")
        title = self._text(record, "title")
        type_ = self._text(record, "type")
        for name, value in (("id", id_), ("title", title), ("type", type_)):
            if not value:
                return Rejected(f"no {name}", _excerpt(record))
        if len(id_.encode()) > _LONGEST_ID or any(c.isspace() or not c.isprintable() for c in id_):
            return Rejected("an id of more than 64 bytes or with spaces", id_[:80])
        for name, value, most in (("title", title, _LONGEST_TITLE), ("type", type_, _LONGEST_NAME)):
            if len(value) > most:
                return Rejected(f"a {name} of more than {most} characters", _excerpt(record))
        currency = self.rows.currency
        return Item(
            id=id_,
            title=title,
            type=type_,
            department=self._name(record, "department") or type_,
            brand=self._name(record, "brand") or NO_BRAND,
            about=" ".join(text for value in self._found(record, "about") if (text := text_of(value)))[
                :_LONGEST_ABOUT
            ].strip(),
            price=self._value(record, "price", lambda value: price_of(value, currency)),
            rating=self._value(record, "rating", lambda value: real_of(value, 0, 5)),
            reviews=self._value(record, "reviews", lambda value: whole_of(value, 0, 2**31 - 2)),
            in_stock=self._value(record, "in_stock", truth_of),
            ships_in=self._value(record, "ships_in", lambda value: whole_of(value, 0, 127)),
            attributes=tuple(self._attribute(record, n) for n in self.normalisers),
        )

    def _found(self, record: Record, name: str) -> Iterator[object]:
        return (found for path in self.rows.columns.get(name, ()) if (found := at_path(record, path)) is not None)

    def _text(self, record: Record, name: str) -> str:
        """The first text of several columns; columns written `a + b` are joined."""
        for path in self.rows.columns.get(name, ()):
            if text := ", ".join(text for part in path.split(JOINT) if (text := text_of(at_path(record, part)))):
                return text
        return ""

    def _name(self, record: Record, field: str) -> str:
        """The text of a field that products share; nothing, with a note, where it is too long to be a name."""
        text = self._text(record, field)
        if len(text) <= _LONGEST_NAME:
            return text
        self.notes.append((field, excerpt(text), f"more than {_LONGEST_NAME} characters"))
        return ""

    def _value(self, record: Record, name: str, read: Callable[[object], T | Doubt | None]) -> T | None:
        """The value in the first column that has one; None, with a note, when it is in doubt."""
        for found in self._found(record, name):
            value = _bounded(read, found)
            if isinstance(value, Doubt):
                self.notes.append((name, excerpt(found), value.reason))
                return None
            if value is not None:
                return value
        return None

    def _attribute(self, record: Record, n: Normaliser) -> float | None:
        value = _bounded(n.read, record)
        if isinstance(value, Doubt):
            self.notes.append((n.declared.name.text, "", value.reason))
            return None
        return value


def _bounded(read: Callable[[V], T | Doubt | None], value: V) -> T | Doubt | None:
    try:
        return read(value)
    except OverflowError:
        return Doubt("a number beyond all bounds")


def _excerpt(record: Record) -> str:
    try:
        return json.dumps(dict(record), ensure_ascii=False, default=str)[:160]
    except (ValueError, TypeError, RecursionError):
        return excerpt(record, 160)
