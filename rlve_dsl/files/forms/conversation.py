"""`user:` of an environment: the opening, the facts and the reactions."""

from __future__ import annotations

from rlve_dsl.files.forms.user import ACT
from rlve_dsl.files.forms.world import CONDITION, LOOP, NAME
from rlve_dsl.files.kinds import Conversation, Fact, Reaction
from rlve_dsl.files.scalars import EXPRESSION, TEMPLATE
from rlve_dsl.files.shapes import Field, Listed, Object, Table, into

FACT = Object(
    "a fact",
    {
        "fact": Field(NAME, "Its name; solutions read `said.<name>`.", into="name", required=True),
        "for_each": LOOP,
        "if": CONDITION,
        "value": Field(EXPRESSION, "What the user knows.", required=True),
        "says": Field(TEMPLATE, "How the user says it; `{value}` is the value.", required=True),
        "ask": Field(
            Listed("questions", TEMPLATE, empty=False, single=True),
            "The question that brings it out; the first is the exemplar.",
            into="asks",
        ),
        "omit": Field(EXPRESSION, "The probability that the opening leaves it out."),
    },
    into(Fact),
)

REACTION = Object(
    "a reaction",
    {
        "for_each": LOOP,
        "let": Field(Table("let", NAME, EXPRESSION), "Names for `when` and `says`."),
        "when": Field(EXPRESSION, "When the user says it.", required=True),
        "act": Field(ACT, "The act of conversation.", required=True),
        "says": Field(TEMPLATE, "What the user says.", required=True),
        "discloses": Field(EXPRESSION, "The fact that is said with it: `variant[w]`."),
    },
    into(Reaction),
)

CONVERSATION = Object(
    "`user`",
    {
        "opening": Field(TEMPLATE, "What the user says first, before the facts."),
        "facts": Field(Listed("the facts", FACT), "Everything the user can say.", required=True),
        "reactions": Field(Listed("the reactions", REACTION), "What the user says unasked."),
    },
    into(Conversation),
)
