"""What disturbs the calls of an episode: which fail for the moment, how long they take, and whose results are cut short.

A call draws from a stream of its own, which its number names. A call that fails, and one that only asks for the rest of a result,
has no number: so what is drawn for the calls that come through does not depend on what was disturbed.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping

from rlve_dsl.compiler import LEVEL, DisturbancePlan, Drawn
from rlve_dsl.episode.turn import Result
from rlve_dsl.expressions import one_budget
from rlve_dsl.expressions.types import ListOf, required
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.values import Names, Value
from rlve_dsl.world import MOST_IN_A_ROW, Attempt, Cut, Delay, Failure, Tool, Trouble

NOT_MADE = "a call before this one failed, so this one was not made; make it again"


@frozen
class Disturbed:
    """What happens to one call: the reason for which it fails, if it does, its time, and the most rows that it shows at first."""

    failure: str | None
    seconds: int
    rows: int | None


_UNDISTURBED = Disturbed(None, 0, None)


class Disturber:
    """The disturbances of one episode.

    Args:
        plans: For each tool, the disturbances of its calls with their arguments.
        stream: The random stream of the disturbances.

    Attributes:
        seconds: How much simulated time has passed.
    """

    __slots__ = ("_cut", "_failures", "_given", "_in_a_row", "_plans", "_rests", "_stream", "seconds")

    def __init__(self, plans: Mapping[str, tuple[tuple[DisturbancePlan, Names], ...]], stream: Stream) -> None:
        self.seconds = 0
        self._plans = plans
        self._stream = stream
        self._in_a_row = 0  # calls that failed since the last one that came through
        self._failures: dict[tuple[str, str], int] = {}  # by call, since it last came through
        self._cut: tuple[tuple[tuple[str, str], Value], ...] = ()  # what was cut off in this turn, with its call
        self._rests: dict[tuple[str, str], tuple[Value, ...]] = {}  # what was cut off before, by call
        self._given = 0  # how many rests were given

    def begin_turn(self) -> None:
        """From now on, the same calls give what was cut off until now. Within a turn, a call that comes twice is two calls."""
        for key, rest in self._cut:
            self._rests[key] = (*self._rests.get(key, ()), rest)
        self._cut = ()

    def before(self, tool: Tool, arguments: Names, number: int) -> Disturbed:
        """What happens to a call that is about to be made; `number` is the number that it has if it comes through."""
        plans = self._plans.get(tool.name)
        if plans is None:
            self._in_a_row = 0
            return _UNDISTURBED
        key = _key(tool, arguments)
        failures = self._failures.get(key, 0)
        may_fail = failures < MOST_IN_A_ROW and self._in_a_row < MOST_IN_A_ROW
        stream = self._stream.child(number, self._in_a_row, *(("rest", self._given) if key in self._rests else ()))
        failure, seconds, rows = None, 0, None
        for trouble in self._troubles(plans, tool, arguments, failures, stream):
            match trouble:
                case Failure() if may_fail and failure is None:
                    failure = trouble.reason
                    seconds += trouble.seconds
                case Delay():
                    seconds += trouble.seconds
                case Cut():
                    rows = max(1, trouble.rows) if rows is None else min(rows, max(1, trouble.rows))
        self.seconds += seconds
        self._in_a_row = 0 if failure is None else self._in_a_row + 1
        if failure is None:
            self._failures.pop(key, None)
        else:
            self._failures[key] = failures + 1
        return Disturbed(failure, seconds, rows)

    def _troubles(
        self,
        plans: tuple[tuple[DisturbancePlan, Names], ...],
        tool: Tool,
        arguments: Names,
        failures: int,
        stream: Stream,
    ) -> list[Trouble]:
        found: list[Trouble] = []
        used: dict[str, int] = {}
        for plan, values in plans:
            name = plan.disturbance.name
            place = used[name] = used.get(name, 0) + 1
            attempt = Attempt(tool, copy.deepcopy(arguments), failures, self.seconds, stream.child(name, place))
            trouble = plan.disturbance.call(attempt, **values)
            if trouble is not None:
                found.append(trouble)
        return found

    def take_rest(self, tool: Tool, arguments: Names) -> Value:
        """The rest of the result of the same call, which was cut short before; None when there is none."""
        key = _key(tool, arguments)
        if key not in self._rests:
            return None
        first, *more = self._rests.pop(key)
        if more:
            self._rests[key] = tuple(more)
        self._given += 1
        return first

    def cut(self, tool: Tool, arguments: Names, value: Value, rows: int) -> tuple[Value, int]:
        """The first rows of a result, and how many are left. The rest is kept for when the call is made again.

        What changes the store is not cut: its calls are not made twice.
        """
        listed = rows_of(tool, value)
        if listed is None or tool.writes or len(listed) <= rows:
            return value, 0
        self._cut += ((_key(tool, arguments), with_rows(tool, value, listed[rows:])),)
        return with_rows(tool, value, listed[:rows]), len(listed) - rows

    def fork(self) -> Disturber:
        """An independent one in the same state."""
        other = copy.copy(self)
        other._failures, other._rests = dict(self._failures), dict(self._rests)
        return other


@one_budget()
def disturber_of(drawn: Drawn, level: int, chain: tuple[DisturbancePlan, ...]) -> Disturber | None:
    """The disturbances of an episode; None where there are none. A tool of several parts is disturbed as in the first of them.

    Args:
        drawn: What the episode starts from.
        level: Its level.
        chain: The disturbances that a chain adds to those of its parts.
    """
    plans: dict[str, tuple[tuple[DisturbancePlan, Names], ...]] = {}
    for part in drawn.parts:
        own = _with_arguments(part.environment.disturbances, {LEVEL: level, **part.axes})
        for tool in part.environment.tools:
            plans.setdefault(tool, tuple(one for one in own if tool in one[0].tools))
    for one in _with_arguments(chain, {LEVEL: level, **drawn.axes}):
        for tool in one[0].tools & plans.keys():
            plans[tool] += (one,)
    plans = {tool: found for tool, found in plans.items() if found}
    return Disturber(plans, drawn.stream.child("disturbances")) if plans else None


def _with_arguments(plans: tuple[DisturbancePlan, ...], names: Names) -> tuple[tuple[DisturbancePlan, Names], ...]:
    return tuple((plan, plan.arguments.values(names)) for plan in plans)


def rows_of(tool: Tool, value: Value) -> list[Value] | None:
    """The rows of a result: the list that it is or, where the tool says so, the list that it has; None where it has none."""
    if tool.rows is not None and tool.rows[0]:
        return list(value[tool.rows[0]])
    return list(value) if isinstance(required(tool.signature.result), ListOf) and value is not None else None


def with_rows(tool: Tool, value: Value, rows: list[Value]) -> Value:
    """A result with other rows."""
    return {**value, tool.rows[0]: rows} if tool.rows is not None and tool.rows[0] else rows


def joined(first: Result, again: Result) -> Result:
    """What a call returned, and what the same call returned when it was made again, in one result."""
    if first.failed or again.refused is not None:
        return first if again.failed else again
    rows = [*(rows_of(first.tool, first.returned) or ()), *(rows_of(again.tool, again.returned) or ())]
    whole = with_rows(first.tool, first.returned, rows)
    return Result(first.tool, whole, None, first.before, left=again.left, seconds=first.seconds + again.seconds)


def _key(tool: Tool, arguments: Names) -> tuple[str, str]:
    return tool.name, json.dumps(tool.encode_arguments(arguments), sort_keys=True)
