"""`kind: Axes`, and the axes that an environment declares for itself."""

from __future__ import annotations

from rlve_dsl.files.kinds import Axes, Axis, Levels
from rlve_dsl.files.notations import span_of_integers
from rlve_dsl.files.scalars import EXPRESSION, FILE_WORD, TEXT, Choice, NameShape
from rlve_dsl.files.shapes import Field, Object, Table, into

FILE_NAME = Field(
    NameShape("a name", FILE_WORD, "lowercase letters, digits, `_` and `-`, beginning with a letter"),
    "The name that reports and other files know this by.",
    required=True,
)

AXIS = Object(
    "an axis",
    {
        "symbol": Field(TEXT, "The axis's symbol in the literature."),
        "type": Field(Choice("an axis's type", ("int", "real")), "Whether its values are whole.", required=True),
        "curve": Field(EXPRESSION, "Its value at level `d`.", required=True),
        "role": Field(
            Choice("a role", ("harder_up", "harder_down", "allowance", "shape")),
            "What a greater value does: harder, easier, a budget that grows, or another shape.",
            required=True,
        ),
    },
    into(Axis),
)

AXIS_TABLE = Table("the axes", NameShape("an axis's name"), AXIS)

AXES = Object(
    "a file of kind Axes",
    {
        "name": FILE_NAME,
        "levels": Field(span_of_integers(Levels, "a span of levels", "0..12"), "The levels, both ends included."),
        "axes": Field(
            Table("the axes", NameShape("an axis's name"), AXIS, empty=False), "Difficulty axes by name.", required=True
        ),
    },
    into(Axes),
)
