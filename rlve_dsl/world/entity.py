"""Declaring a sort of entity in Python: what tools of a package keep state in."""

from __future__ import annotations

import re

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions import FUNCTIONS, Scope, Template, compile_template
from rlve_dsl.expressions.types import NOTHING, Record, sorts_in, type_of
from rlve_dsl.world.kind import Kind

_IDS = re.compile(r"[A-Za-z_-]*(#{3,9}|\d+)")


def entity(
    name: str,
    row: type,
    *,
    key: str,
    table: str = "",
    ids: str = "",
    says: str = "",
    chosen: tuple[str, ...] = (),
    hidden: bool = False,
    shown: bool = False,
) -> Kind:
    """Declare a sort of entity, whose rows a TypedDict describes. The arguments are the attributes of `Kind`.

    Args:
        name: What effects and `writes` call it.
        row: The TypedDict. Where its key is annotated as `Annotated[str, Id(name)]`, its ids are of a sort of their own.
        key: The field that holds its id.
        table: What its table is called in expressions; its name with an s when absent.
        ids: How ids of new entities look; when absent, whoever creates one gives the id.
        says: What people call one, as a template over its fields.
        chosen: The fields with ids that an agent chooses.
        hidden: Whether it is the memory of tools alone.
        shown: Whether results may show a whole row, with all its fields.

    Raises:
        TypeError: When the row has no such fields, or the ids are no pattern of ids.

    >>> from typing import Annotated, TypedDict
    >>> from rlve_dsl.expressions.types import Id
    >>> Stamp = TypedDict("Stamp", {"stamp_id": Annotated[str, Id("stamp")], "label": str})
    >>> stamp = entity("stamp", Stamp, key="stamp_id", ids="S####", says="the {label} stamp")
    >>> stamp.table, stamp.has_own_ids
    ('stamps', True)
    """
    record = type_of(row)
    if not isinstance(record, Record):
        raise TypeError(f"the rows of the entity `{name}` are described by a TypedDict, not by {row!r}")
    absent = [field for field in (key, *chosen) if record.field(field) is None]
    if absent:
        raise TypeError(f"the rows of the entity `{name}` have no field `{absent[0]}`")
    if ids and not _IDS.fullmatch(ids):
        raise TypeError(f"`{ids}` is no pattern of ids: letters, then 3 to 9 times `#`, or a first number")
    if no_ids := [field for field in chosen if not sorts_in(record.field(field) or NOTHING)]:
        raise TypeError(f"`{no_ids[0]}` of the entity `{name}` holds no id, so nobody chooses it")
    return Kind(name, table or f"{name}s", key, record, ids, _template(name, says, record), chosen, hidden, shown)


def _template(name: str, says: str, record: Record) -> Template | None:
    if not says:
        return None
    found = Diagnostics()
    scope = Scope(dict(record.fields), {function.name: function for function in FUNCTIONS})
    made = compile_template(says, Span(name, 1, 1, 1, len(says) + 1), scope, found)
    if made is None:
        raise TypeError(f"`says` of the entity `{name}`: {found.items[0].message}")
    return made
