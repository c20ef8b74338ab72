"""The names that the language itself gives to things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlve_dsl.catalog import CATALOG
from rlve_dsl.expressions.types import ANY, BOOL, INT, REAL, TEXT, Enum, Id, ListOf, Record, Type, optional
from rlve_dsl.frozen import frozen
from rlve_dsl.world import STATE

TURN_BUDGET = "turn_budget"
TOOL_BUDGET = "tool_budget"

LEVEL = "level"
"""What disturbances and noises call the level."""

SECONDS = "seconds"

ACTION = "action"
TRIED = "tried"
CLAIMED = "claimed"
"""The ids of the entities that other requests of the conversation may change."""

THING: Mapping[str, Type] = {
    "name": optional(TEXT),
    "order_id": optional(Id("order")),
    "line_id": optional(Id("line")),
    "product_id": optional(Id("product")),
}
"""What is known of a thing that an agent names when it says what it is about to do."""


def proposed(more: Mapping[str, Type], tools: Sequence[str] = ()) -> Record:
    """The type of a call that an agent says it is about to make: what `user.confirm` reads as `action`.

    Args:
        more: What else may be known of a thing: the ids of the entities of a domain.
        tools: The names that a tool may have; any text when there are none.
    """
    fields = (
        ("tool", _name_of(tools)),
        ("about", _things(more)),
        ("called", ListOf(TEXT)),
        ("whole", BOOL),
        ("said", TEXT),
    )
    return Record(ACTION, fields)


def calls_so_far(more: Mapping[str, Type], tools: Sequence[str] = ()) -> ListOf:
    """The type of the calls that an agent has made: what reactions, `confirm` and measures read as `tried`.

    Args:
        more: As for `proposed`.
        tools: As for `proposed`.
    """
    fields = (("tool", _name_of(tools)), ("refused", BOOL), ("reason", optional(TEXT)), ("about", _things(more)))
    return ListOf(Record("call", fields))


def _name_of(tools: Sequence[str]) -> Type:
    """The type of the name of a tool, so that one that there is not is an error where it is compared."""
    return Enum(tuple(tools)) if tools else TEXT


def _things(more: Mapping[str, Type]) -> ListOf:
    known = {**THING, **{name: optional(type_) for name, type_ in more.items()}}
    return ListOf(Record("thing", tuple(known.items())))


_IDS = {"output": "product", "shown": "product", "variants": "variant", "shown_variants": "variant"}
NO_IDS: Mapping[str, list[str]] = {name: [] for name in _IDS}
"""The ids of an episode in which nothing was shown and nothing put out."""

OUTCOME: Mapping[str, Type] = {
    "task": REAL,
    "correct": BOOL,
    "turns": Record("turns", (("used", INT), ("effective", INT), ("budget", INT))),
    "ids": Record("ids", tuple((name, ListOf(Id(of))) for name, of in _IDS.items())),
    "calls": INT,
    "compliance": REAL,
    "violations": ListOf(TEXT),
    SECONDS: INT,
}
"""What the terms of a reward may read of an ended episode."""


CONDUCT: Mapping[str, Type] = {name: OUTCOME[name] for name in ("compliance", "violations", SECONDS)}
"""What measures and pass conditions may read of how the episode went: how the rules of conduct of a store policy were kept, and
how much simulated time has passed."""


@frozen
class Named:
    """A name that the language gives: what it is, where it can be read, and its type (ANY where the scenario decides it)."""

    doc: str
    where: str
    type: Type = ANY


_END = "measures, `reward.task` and `correct_when`"
_STATE = f"reactions, `confirm`, {_END}"

_REWARD = "the terms of a reward"

NAMES: Mapping[str, Named] = {
    "d": Named("The level of the episode: how hard it is.", "the curves of axes", INT),
    "it": Named("Each item in turn, where an argument is an expression over the items of a list.", "such arguments"),
    "catalog": Named("What the store sells.", "the world, the goal, facts and measures", CATALOG),
    "persona": Named("Who the user is, as the User file draws it.", "`require`, the goal, the user and measures"),
    "goal": Named("What the outcome is compared with. The agent never sees it.", f"reactions, {_END}"),
    "answer": Named("The fields of the agent's answer.", _END),
    "said": Named("What the user has told so far, by fact: `said.budget.value`.", "the solution"),
    "value": Named("The value of a fact.", "`says`, `each` and `opening` of the fact"),
    "values": Named("The items of a fact, joined with commas and `and`.", "`says_all` of the fact", TEXT),
    ACTION: Named("The call that an agent says it is about to make.", "`user.confirm`", proposed({})),
    "created": Named("The entity that an effect has created.", "the effects and the result of a declared tool"),
    "fee": Named("The amount that the policy decides.", "the effects and the result of a declared tool with `fee`"),
    "parts": Named(
        "The requests of a chain: name, turn budget and, when graded, `answered`, `task` and `correct`.", "a chain"
    ),
    "part": Named("The number of a request.", "`compose.says`", INT),
    "cart": Named("The lines of the cart.", _STATE, STATE["cart"]),
    "placed": Named("The orders placed in this episode.", _STATE, STATE["placed"]),
    "returns": Named("The returns that were started.", _STATE, STATE["returns"]),
    "exchanges": Named("The exchanges that were started.", _STATE, STATE["exchanges"]),
    "task": Named(
        "What the outcome of the task is worth, from -1 to 1.", f"{_REWARD}, and `correct_when`", OUTCOME["task"]
    ),
    "correct": Named("Whether the environment's `correct_when` holds.", _REWARD, OUTCOME["correct"]),
    "turns": Named("The turns: used, used without the free one, and the budget.", _REWARD, OUTCOME["turns"]),
    "ids": Named(
        "Ids in the answer, the cart and the exchanges (`output`) and in results (`shown`).", _REWARD, OUTCOME["ids"]
    ),
    "calls": Named("The number of tool calls.", _REWARD, OUTCOME["calls"]),
    "compliance": Named(
        "The share of calls that kept the rules of conduct, among those that a rule applies to.",
        f"{_REWARD}, and {_END}",
        REAL,
    ),
    SECONDS: Named("How much simulated time has passed.", f"{_REWARD}, and {_END}", INT),
    "violations": Named("The rules of conduct that were broken, in words.", f"{_REWARD}, and {_END}", ListOf(TEXT)),
}
"""The names that the language gives, for the reference."""
