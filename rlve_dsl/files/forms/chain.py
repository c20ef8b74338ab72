"""`kind: Environment` with `compose:`: environments chained in one conversation."""

from __future__ import annotations

from rlve_dsl.files.forms.axes import AXIS_TABLE, FILE_NAME
from rlve_dsl.files.forms.environment import BUDGET, TASK
from rlve_dsl.files.kinds import Chain, Chaining
from rlve_dsl.files.paths import FilePath
from rlve_dsl.files.scalars import EXPRESSION, TEMPLATE, TEXT, YesNo
from rlve_dsl.files.shapes import Field, Listed, Object, into

CHAINING = Object(
    "`compose`",
    {
        "of": Field(
            Listed("the environments", FilePath("an environment"), empty=False),
            "The environments that an episode's intents are drawn from.",
            required=True,
        ),
        "count": Field(EXPRESSION, "How many intents an episode has.", required=True),
        "switch": Field(EXPRESSION, "The probability that an intent is raised before the last one is answered."),
        "says": Field(TEMPLATE, "How the user announces an intent; `{part}` is its number."),
        "repeat": Field(YesNo(), "Whether an environment may come more than once."),
    },
    into(Chaining),
)

CHAIN = Object(
    "an environment that composes others",
    {
        "name": FILE_NAME,
        "title": Field(TEXT, "What people call it.", required=True),
        "brief": Field(TEMPLATE, "What the agent is told about the task in the system prompt."),
        "axes": Field(AXIS_TABLE, "Difficulty axes of this environment alone."),
        "compose": Field(CHAINING, "What is chained, and how.", required=True),
        "reward": Field(TASK, "The task's own reward.", required=True),
        "correct_when": Field(EXPRESSION, "The pass condition.", required=True),
        "budget": BUDGET,
    },
    into(Chain),
)
