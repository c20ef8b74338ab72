"""Domains: what can be done in a world, declared in a file. Tools made of look-ups, refusals, rulings, effects and a result.

Belongs here: entities and tools of a file of kind Domain, and those of the built-in store, which are declared in such a file. Does
not belong here: where rows of data are read from, and environments (`compiler/`).
"""

from rlve_dsl.domains.changes import ChangeCompiler, Run, start_of
from rlve_dsl.domains.facts import OutOfBounds, supplies, type_of_decision, value_of_ruling, within_bounds
from rlve_dsl.domains.kinds import compile_kinds
from rlve_dsl.domains.pending import Pending
from rlve_dsl.domains.plain_texts import warn_of_braces
from rlve_dsl.domains.plan import Plan
from rlve_dsl.domains.rulings import Disallowed, check_bindings
from rlve_dsl.domains.store import store_tools
from rlve_dsl.domains.tools import ToolCompiler
from rlve_dsl.domains.type_words import STORE_IDS, known_types, parse_type

__all__ = [
    "STORE_IDS", "ChangeCompiler", "Disallowed", "OutOfBounds", "Pending", "Plan", "Run", "ToolCompiler", "check_bindings",
    "compile_kinds", "known_types", "parse_type", "start_of", "store_tools", "supplies", "type_of_decision", "value_of_ruling",
    "warn_of_braces", "within_bounds",
]  # fmt: skip
