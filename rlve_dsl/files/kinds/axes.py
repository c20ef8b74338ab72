"""`kind: Axes`, and the axes that an environment declares for itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.shapes.mappings import Table
from rlve_dsl.files.shapes.patterned_text import integer_range
from rlve_dsl.files.shapes.records import key, record, shape_of
from rlve_dsl.files.shapes.texts import ExpressionText, Name, Text
from rlve_dsl.files.shapes.words import FILE_WORD, FILE_WORD_RULE, Choice, NameShape
from rlve_dsl.frozen import frozen

Role = Literal["harder_up", "harder_down", "allowance", "shape"]


FILE_NAME = NameShape("a name", FILE_WORD, FILE_WORD_RULE)
FILE_NAME_DOC = "The name that reports and other files know this by."


@record("an axis")
class Axis:
    """A difficulty axis: a value for every level `d`."""

    name: Name
    span: Span
    symbol: Text | None = key("The axis's symbol in the literature.", default=None)
    type: Literal["int", "real"] = key("Whether its values are whole.", Choice("an axis's type", ("int", "real")))
    curve: ExpressionText = key("Its value at level `d`.")
    role: Role = key(
        "What a greater value does: harder, easier, a budget that grows, or another shape.",
        Choice("a role", ("harder_up", "harder_down", "allowance", "shape")),
    )


@frozen
class Levels:
    """A span of levels, both ends included; written `0..12`."""

    low: int
    high: int

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low}..{self.high}"


SPAN_OF_LEVELS = integer_range(Levels, "a span of levels", "0..12")

_AXIS_NAME = NameShape("an axis's name")
LOCAL_AXES = Table("the axes", _AXIS_NAME, shape_of(Axis))


@record("a file of kind Axes")
class Axes:
    """`kind: Axes`."""

    name: Name = key(FILE_NAME_DOC, FILE_NAME)
    span: Span
    levels: Levels = key("The levels, both ends included.", SPAN_OF_LEVELS, default=Levels(0, 12))
    axes: Mapping[str, Axis] = key(
        "Difficulty axes by name.", Table("the axes", _AXIS_NAME, shape_of(Axis), empty=False)
    )
