"""All entries of the language, as a registry of primitives has it."""

from __future__ import annotations

from rlve_dsl.plugins import Registry
from rlve_dsl.reference.entries import Entry
from rlve_dsl.reference.keys import key_entries
from rlve_dsl.reference.primitives import primitive_entries
from rlve_dsl.reference.types import name_entries, record_entries, type_entries


def entries(known: Registry) -> tuple[Entry, ...]:
    """Every entry, without examples: primitives, records, types, names, kinds of files and their keys."""
    return (*primitive_entries(known), *record_entries(known), *type_entries(), *name_entries(), *key_entries())
