"""Types of values that pass between rooms.

`Json` is what `json.dumps` accepts. `Value` is a value of the expression language. The checker of the language knows the
type of each value before an episode begins, and Python does not: this is the one place that says `Any` for them.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
JsonObject: TypeAlias = "dict[str, Json]"

Value: TypeAlias = Any
Names: TypeAlias = dict[str, Value]

ATOMS = frozenset({str, int, float, bool, type(None)})
"""The types of values that hold no other value."""
