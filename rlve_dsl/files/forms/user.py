"""`kind: User`, and the use of a sampler, which environments share."""

from __future__ import annotations

from rlve_dsl.files.arguments import Samplers
from rlve_dsl.files.forms.axes import FILE_NAME
from rlve_dsl.files.kinds import Draw, User
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.scalars import EXPRESSION, TEMPLATE, TEXT, Known, NameShape
from rlve_dsl.files.shapes import Field, Given, Listed, Object, Table, Use, into, only


def drawn(use: Use) -> Draw:
    """A sampler's key and arguments as a draw."""
    return Draw(use.name, use.value, use.span)


ACT = Known("act", lambda vocabulary: vocabulary.acts)
TRAIT_NAME = NameShape("a name")


def _trait(given: Given, at: Reader) -> Draw | None:
    if len(given.uses) != 1:
        at.error("S119", f"a trait of the persona is drawn by one sampler, found {len(given.uses)}", given.head)
        return None
    return drawn(given.uses[0])


TRAIT = Object("a trait of the persona", {}, _trait, Samplers())

USER = Object(
    "a file of kind User",
    {
        "name": FILE_NAME,
        "persona": Field(Table("the persona", TRAIT_NAME, TRAIT), "Traits drawn anew for each episode."),
        "noise": Field(
            Object(
                "noise",
                {"per_character": Field(EXPRESSION, "The probability of a typing error.", required=True)},
                only("per_character"),
            ),
            "Typing errors; a value that the user says is never touched.",
        ),
        "patience": Field(
            Object(
                "patience",
                {"unhelpful": Field(EXPRESSION, "How many unhelpful turns the user bears.", required=True)},
                only("unhelpful"),
            ),
            "When the user gives up.",
        ),
        "confirmation": Field(
            Listed("the questions", TEXT, empty=False, single=True),
            "Questions that the user answers by saying to go ahead, where the store's rules ask for that.",
        ),
        "acts": Field(
            Table("the acts", ACT, Listed("phrasings", TEMPLATE, empty=False, single=True)),
            "How each act of conversation is worded.",
        ),
    },
    into(User),
)
