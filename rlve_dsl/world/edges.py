"""The time limits of a store policy: the last day after delivery on which it allows something."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from rlve_dsl.policy import edges
from rlve_dsl.values import Names, Value
from rlve_dsl.world.governance import Governance

HORIZON = 365
"""How many days after delivery are examined. What is still allowed then has no last day."""

_OF_DELIVERY = frozenset({"order.days_delivered", "order.days_ago", "order.ordered_on"})
_KEPT = 20_000
_last_days: dict[Hashable, int | None] = {}


def last_day(governance: Governance, tool: str, at: Callable[[int], Names], took: int, today: str) -> int | None:
    """The last day after delivery, up to the horizon, on which the policy allows the tool.

    Answers are kept by what the facts read, because most order histories ask the same few questions.

    Args:
        governance: The store policy.
        tool: The name of the tool.
        at: The names of RULED if the order had been delivered this many days ago. Only dates may differ between days.
        took: How many days passed from the order to its delivery.
        today: Today's ISO date.

    Returns:
        The day, or None when there is no last day.
    """
    governed = governance.policy.governs.get(tool)
    if governed is None or governed.allow is None:
        return None
    key = _key(governance, governed.allow, at(0), took, today)
    if key not in _last_days:
        if len(_last_days) >= _KEPT:
            _last_days.clear()
        _last_days[key] = _last(governance, governed.allow, at)
    return _last_days[key]


def _last(governance: Governance, decision: str, at: Callable[[int], Names]) -> int | None:
    known = {name: governance.facts[name] for name in governance.supplied(decision)}
    moving = {name: fact for name, fact in known.items() if fact.paths & _OF_DELIVERY}
    start = dict(at(0))
    fixed = {name: fact(start) for name, fact in known.items() if name not in moving}

    def allowed(day: int) -> bool:
        names = dict(at(day))
        facts = {**fixed, **{name: fact(names) for name, fact in moving.items()}}
        return bool(governance.policy.decide(decision, facts).value)

    if allowed(HORIZON):
        return None
    days: Sequence[int] = range(HORIZON)
    counted = {name: (fact(dict(at(0))), fact(dict(at(HORIZON)))) for name, fact in moving.items()}
    if list(counted.values()) == [(0, HORIZON)]:  # one fact alone counts the days: the policy knows where it changes
        days = [day for day in edges(governance.policy, decision, next(iter(counted)), fixed) if day < HORIZON]
    return next((day for day in reversed(days) if allowed(day)), None)


def _key(governance: Governance, decision: str, names: Names, took: int, today: str) -> Hashable:
    """Everything except the day that the decision can depend on: what the expressions of its facts read."""
    paths = frozenset[str]().union(*(governance.facts[name].paths for name in governance.supplied(decision)))
    leaves = sorted(p for p in paths if not any(other.startswith(f"{p}.") for other in paths))
    read = tuple(repr(_look_up(path, names)) for path in leaves if path not in _OF_DELIVERY)
    dated = took if {"order.days_ago", "order.ordered_on"} & paths else None
    return governance.policy.digest, decision, read, dated, today if "order.ordered_on" in paths else None


def _look_up(path: str, names: Names) -> Value:
    value: Value = names
    for part in path.split("."):
        value = value.get(part) if value is not None else None
    return value
