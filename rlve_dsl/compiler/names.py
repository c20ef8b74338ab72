"""The names that the language itself gives to things."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.expressions.types import BOOL, INT, REAL, TEXT, Id, ListOf, Record, Type, optional
from rlve_dsl.world import STATE

TURN_BUDGET = "turn_budget"
TOOL_BUDGET = "tool_budget"

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


def proposed(more: Mapping[str, Type]) -> Record:
    """The type of a call that an agent says it is about to make: what `user.confirm` reads as `action`.

    Args:
        more: What else may be known of a thing: the ids of the entities of a domain.
    """
    return Record(ACTION, (("tool", TEXT), ("about", _things(more))))


def calls_so_far(more: Mapping[str, Type]) -> ListOf:
    """The type of the calls that an agent has made: what reactions, `confirm` and measures read as `tried`.

    Args:
        more: As for `proposed`.
    """
    fields = (("tool", TEXT), ("refused", BOOL), ("reason", optional(TEXT)), ("about", _things(more)))
    return ListOf(Record("call", fields))


def _things(more: Mapping[str, Type]) -> ListOf:
    known = {**THING, **{name: optional(type_) for name, type_ in more.items()}}
    return ListOf(Record("thing", tuple(known.items())))


RESERVED = frozenset(
    (
        ACTION,
        TRIED,
        CLAIMED,
        "persona",
        "goal",
        "answer",
        "said",
        "value",
        "task",
        "part",
        "parts",
        "catalog",
        "compliance",
        "violations",
        *STATE,
    )
)
"""Names that authors may give to nothing of their own."""

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
}
"""What the terms of a reward may read of an ended episode."""

CONDUCT: Mapping[str, Type] = {name: OUTCOME[name] for name in ("compliance", "violations")}
"""What measures and pass conditions may read of the rules of conduct of a store policy."""
