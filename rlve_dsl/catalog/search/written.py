"""Filters as an agent writes them: read where they can mean one thing only, and refused with what is close."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from rlve_dsl.catalog.products.table import NAMED, Table
from rlve_dsl.catalog.products.taxonomy import Attribute
from rlve_dsl.catalog.products.wishes import Filter, FilterError, UnknownField
from rlve_dsl.catalog.search.filters import FLAGS, Filters
from rlve_dsl.readings import LONGEST, amount_of, folded, name_of, truth_of
from rlve_dsl.values import Value

_MOST_COMPARED = 2000  # names that are compared letter by letter
_MOST_NAMED = 30  # names that a message lists when it lists them all
_SOME = 5  # names that it lists otherwise
_LONGEST_COMPARED = 64  # characters


class UnknownValue(FilterError):
    """A filter asks for a name that no product has in this field; `close` lists names that are like it."""

    def __init__(self, field: str, value: str, close: Sequence[str], known: Sequence[str]) -> None:
        shown = value if len(value) <= _LONGEST_COMPARED else f"{value[:_LONGEST_COMPARED]}…"
        hint = f"close: {_listed(close)}" if close else _all_or_some(known)
        super().__init__(f"no product has the {field} `{shown}`; {hint}")
        self.field = field
        self.close = tuple(close)


def _all_or_some(known: Sequence[str]) -> str:
    """What a message says of the names that there are: all of them, or how many and some from everywhere in the list."""
    if len(known) <= _MOST_NAMED:
        return f"there are {_listed(known) or 'none'}"
    return f"there are {len(known):,}, such as {_listed(known[:: -(-len(known) // _SOME)])}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


class _Names:
    """The names of one field, found by what they have in common with a written name."""

    def __init__(self, names: Iterable[str]) -> None:
        self.all = [*dict.fromkeys(names)]
        self._by_form: dict[str, list[str]] = {}
        self._by_word: dict[str, list[str]] = {}
        for name in self.all:
            form = folded(name)
            self._by_form.setdefault(form, []).append(name)
            for word in dict.fromkeys(form.split()):
                self._by_word.setdefault(word, []).append(name)

    def find(self, written: str) -> str | None:
        """The one name that this is, apart from case, spaces, `_` and `-`."""
        found = self._by_form.get(folded(written), ()) if len(written) <= LONGEST else ()
        return found[0] if len(found) == 1 else None

    def close(self, written: str) -> list[str]:
        """At most three names like it: first those that say more or less with the same words, then the most similar."""
        if len(written) > _LONGEST_COMPARED:
            return []
        form = folded(written)
        words = set(form.split())
        sharing = [name for word in sorted(words) for name in self._by_word.get(word, ())[:_MOST_COMPARED]]
        names = [*dict.fromkeys(sharing), *(self.all if len(self.all) <= _MOST_COMPARED else ())]
        forms = {folded(name[:_LONGEST_COMPARED]): name for name in names[:_MOST_COMPARED]}
        same_words = [name for near, name in forms.items() if (own := set(near.split())) <= words or words <= own]
        similar = [forms[near] for near in difflib.get_close_matches(form, forms, n=3, cutoff=0.6)]
        return [*dict.fromkeys([*same_words[:2], *similar])][:3]

    def unknown(self, field: str, written: str) -> UnknownValue:
        """The error that says that nothing has this name."""
        return UnknownValue(field, written, self.close(written), self.all)


class WrittenFilters:
    """Reads the filters of one table."""

    def __init__(self, table: Table, filters: Filters) -> None:
        self._table = table
        self._filters = filters
        self._names: dict[str, _Names] = {}

    def read(self, written: Filter, hidden: Sequence[str] = ()) -> Filter:
        """The filter in its own form.

        Args:
            written: The filter, whose price is in cents.
            hidden: Fields that it may not name.

        Raises:
            UnknownField: When it names a field that no product has, or a hidden one.
            UnknownValue: When no product has this kind, type, department or brand, or this word for an attribute.
            WrongValue: When the field does not take its value or op.
        """
        field = self._field(written["field"], hidden)
        read: Filter = {"field": field, "op": written["op"], "value": self._value(field, written["value"])}
        self._filters.check(read)
        return read

    def _field(self, written: str, hidden: Sequence[str]) -> str:
        if written in self._filters.fields and written not in hidden:
            return written
        known = [name for name in self._filters.fields if name not in hidden]
        if (field := name_of(written, known)) is None:
            raise UnknownField(written, known)
        return field

    def _value(self, field: str, value: Value) -> Value:
        if field in NAMED:
            return self._name(field, value) if isinstance(value, str) else value
        if field in FLAGS:
            return value if not isinstance(value, str) or (read := truth_of(value)) is None else read
        attributes = self._filters.attributes(field)
        if attributes:
            return self._attribute_value(field, attributes, value)
        return _number(value, ("", "day") if field == "ships_in" else ("",)) if field != "price" else value

    def _name(self, field: str, value: str) -> str:
        table = self._table.names(field)
        if table.find(value) is not None:
            return value
        if field not in self._names:
            self._names[field] = _Names(table[code] for code in range(len(table)))
        names = self._names[field]
        if (name := names.find(value)) is None:
            raise names.unknown(field, value)
        return name

    def _attribute_value(self, field: str, attributes: Mapping[int, Attribute], value: Value) -> Value:
        """A word as the attribute's own word, and a number with the attribute's unit as a number."""
        if field not in self._names:
            words = (v for a in attributes.values() for v in a.values if isinstance(v, str))
            self._names[field] = _Names(words)
        names, kinds = self._names[field], {a.type for a in attributes.values()}
        if isinstance(value, int) and not isinstance(value, bool) and not kinds & {"int", "real"}:
            value = str(value) if names.find(str(value)) is not None else value
        if not isinstance(value, str):
            return value
        if names.all and (name := names.find(value)) is not None:
            return name
        if kinds & {"int", "real"}:
            units = {folded(a.unit).removesuffix("s") for a in attributes.values()} | {""}
            if (number := _number(value, units)) is not value:
                return number
        if "bool" in kinds and (truth := truth_of(value)) is not None:
            return truth
        if names.all:
            raise names.unknown(field, value)
        return value


def _number(value: Value, units: Iterable[str]) -> Value:
    """The number that a text writes in one of these units; another value as it is."""
    amount = amount_of(value) if isinstance(value, str) else None
    if amount is None or amount.unit not in units:
        return value
    exact = amount.number
    return int(exact) if exact == exact.to_integral_value() else float(exact)
