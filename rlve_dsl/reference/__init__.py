"""What authors can write, described: primitives, types, keys of files, and the names of a scenario.

Everything follows from the declarations, docstrings and JSON Schemas that the language itself uses. `rlve-dsl explain NAME`
prints it, and `docs/reference/` is written from it.
"""

from rlve_dsl.reference.entries import Entry, Part, found, suggestions
from rlve_dsl.reference.everything import entries
from rlve_dsl.reference.examples import with_example
from rlve_dsl.reference.pages import pages
from rlve_dsl.reference.scenarios import domain_entries, policy_entries, task_entries

__all__ = [
    "Entry", "Part", "domain_entries", "entries", "found", "pages", "policy_entries", "suggestions", "task_entries", "with_example",
]  # fmt: skip
