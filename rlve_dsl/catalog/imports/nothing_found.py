"""What is said when data hold no product at all: that there are no records, or which columns they have."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import islice

from rlve_dsl.catalog.imports.reading import top_level_columns, unreadable
from rlve_dsl.catalog.imports.records import column_names, records
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import Rows

_LOOKED_AT = 100  # records
_MOST_NAMED = 10  # columns
_REQUIRED = ("id", "title", "type")


def nothing_found(rows: Rows, count: int, rejected: Mapping[str, int]) -> ScenarioError:
    """The error that none of `count` records is a product, with the reasons and the columns that there are."""
    path = rows.place.path if rows.place else ""
    if not count:
        empty = os.path.isfile(path) and os.path.getsize(path) == 0
        return unreadable(rows, f"`{path}` {'is empty' if empty else 'holds no records'}", "")
    reasons = "; ".join(f"{n} {'time' if n == 1 else 'times'}: {reason}" for reason, n in rejected.items())
    said = [reasons or "all have the id of another", *_about_columns(rows, _columns(rows))]
    noun = "record" if count == 1 else "records"
    return unreadable(rows, f"none of the {count} {noun} can be a product", "; ".join(said))


def _columns(rows: Rows) -> Sequence[str]:
    """The columns of the first records."""
    if (names := column_names(rows)) is not None:
        return names
    first = (record for record in islice(records(rows), _LOOKED_AT) if isinstance(record, Mapping))
    return list(dict.fromkeys(str(name) for record in first for name in record))


def _about_columns(rows: Rows, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    shown = ", ".join(f"`{name}`" for name in names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    said = [f"the columns are {shown}{more}"]
    for field in _REQUIRED:
        paths = rows.columns[field]
        if top_level_columns(rows, [field]).isdisjoint(names):
            near = next((hint for path in paths if (hint := _near(path, names))), "")
            wanted = " or ".join(f"`{path}`" for path in paths)
            said.append(f"`{field}` is read from {wanted}, which is not there{': ' if near else ''}{near}")
    return said


def _near(path: str, names: Sequence[str]) -> str:
    """A question for the column that may be meant; the same name in other letters first."""
    same = [name for name in names if name.casefold() == path.casefold()]
    return f"did you mean `{same[0]}`?" if same else did_you_mean(path, names)
