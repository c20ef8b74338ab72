"""A window of levels for each environment, and the outcomes that move it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from types import MappingProxyType
from typing import Any, NamedTuple

from rlve_dsl.curriculum.progress import Averages, draw, weights
from rlve_dsl.errors import UsageError
from rlve_dsl.files import kinds
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.values import JsonObject


@frozen
class Window:
    """The levels `low..high`, both included, that episodes are drawn from."""

    low: int
    high: int

    def draw(self, stream: Stream) -> int:
        """Draw a level of the window. All are equally likely."""
        return stream.integer(self.low, self.high)

    def raised(self, width: int, highest: int) -> Window:
        """Return the window one level up. `low` follows `high`, so that `high - low <= width`.

        At the highest level the window stays as it is.

        >>> Window(0, 4).raised(width=4, highest=12), Window(8, 12).raised(width=4, highest=12)
        (Window(low=1, high=5), Window(low=8, high=12))
        """
        high = min(self.high + 1, highest)
        return Window(max(self.low, high - width), high)

    def lowered(self, lowest: int) -> Window:
        """Return the window with its top one level down. At the lowest level it stays as it is.

        >>> Window(2, 6).lowered(lowest=0), Window(3, 3).lowered(lowest=0), Window(0, 0).lowered(lowest=0)
        (Window(low=2, high=5), Window(low=2, high=2), Window(low=0, high=0))
        """
        high = max(self.high - 1, lowest)
        return Window(min(self.low, high), high)


@frozen
class Bounds:
    """The levels that exist."""

    lowest: int
    highest: int


@frozen
class Standing:
    """The state of one environment: its window, and the outcomes counted at `window.high` since the last decision.

    `groups` are the groups that these outcomes are of, and `squares` is the sum of the squares of their pass rates.
    """

    window: Window
    passed: int = 0
    trials: int = 0
    groups: int = 0
    rates: float = 0.0
    squares: float = 0.0

    def record(self, level: int, passed: Sequence[bool], rules: kinds.Curriculum, bounds: Bounds) -> Standing:
        """Return the standing after one more group of outcomes.

        Outcomes at other levels than `window.high` change nothing, and none does where `rules.fixed` says the levels. After `rules.trials` outcomes the window is raised if the
        share that passed is at least `rules.promote_at`, and lowered if it is at most `rules.demote_at`. Then the counts start
        again in any case. What is left of the group after a decision belongs to the level that was decided on: it is not counted.

        >>> rules = kinds.Curriculum(promote_at=0.5, trials=2)
        >>> once = Standing(Window(0, 0)).record(0, [True], rules, Bounds(0, 12))
        >>> once.record(0, [False], rules, Bounds(0, 12))
        Standing(window=Window(low=0, high=1), passed=0, trials=0, groups=0, rates=0.0, squares=0.0)
        """
        if rules.fixed is not None or level != self.window.high or not passed:
            return self
        counted = passed[: rules.trials - self.trials]
        rate = sum(counted) / len(counted)
        seen = replace(
            self, passed=self.passed + sum(counted), trials=self.trials + len(counted),
            groups=self.groups + 1, rates=self.rates + rate, squares=self.squares + rate * rate,
        )  # fmt: skip
        if seen.trials < rules.trials:
            return seen
        # Counts are compared with a tolerance: 0.9 * 30 is 27.000000000000004 in binary.
        if seen.passed >= (rules.promote_at + rules.margin * seen.standard_error) * rules.trials - 1e-9:
            return Standing(self.window.raised(rules.window, bounds.highest))
        if rules.demote_at is not None and seen.passed <= rules.demote_at * rules.trials + 1e-9:
            return Standing(self.window.lowered(bounds.lowest))
        return Standing(self.window)

    @property
    def standard_error(self) -> float:
        """The standard error of the mean pass rate of groups; of less than two groups, that of their rollouts by themselves."""
        if self.groups < 2:
            rate = self.passed / self.trials if self.trials else 0.0
            return math.sqrt(rate * (1 - rate) / self.trials) if self.trials else 0.0
        spread = max(0.0, self.squares - self.rates * self.rates / self.groups) / (self.groups - 1)
        return math.sqrt(spread / self.groups)


AxisLevels = tuple[tuple[str, int], ...]
"""Axes that have a level of their own, with that level, by name."""


class Draw(NamedTuple):
    """What a curriculum draws: an environment, its level, and the levels of the axes that have windows of their own."""

    environment: str
    level: int
    axes: AxisLevels = ()


_SHARED = ""
"""Stands for the level of all axes together, where a window of an axis has the name of the axis."""
_WHOLE = -1
"""Stands for all levels, where those of axes are drawn by themselves."""


class Curriculum:
    """The standings of a collection's environments. Every window begins at `rules.first_levels`.

    With `rules.by` "axis", each axis of an environment has a window of its own. An episode has a level for each of them, and counts
    for those whose level is the highest of their window.

    Args:
        environments: Their names.
        rules: When windows move.
        highest: The highest level.
        lowest: The lowest level.
        axes: The axes of each environment that make it harder. An environment without any has one window.

    >>> curriculum = Curriculum(["cart"], kinds.Curriculum(promote_at=0.5, trials=2), highest=12)
    >>> curriculum.record("cart", 0, [True, True])
    >>> curriculum.window("cart")
    Window(low=0, high=1)
    """

    def __init__(
        self,
        environments: Iterable[str],
        rules: kinds.Curriculum,
        *,
        highest: int,
        lowest: int = 0,
        axes: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        first = rules.first_levels
        if not lowest <= first.low <= first.high <= highest:
            raise UsageError(f"the curriculum starts at level {first}, but levels run from {lowest} to {highest}")
        self.rules = rules
        self.bounds = Bounds(lowest, highest)
        self._averages: dict[str, dict[int, Averages]] = {}
        """How much was passed lately, by environment and level; kept where draws follow learning progress."""
        begin = Standing(Window(first.low, first.high))
        self._standings: dict[str, dict[str, Standing]] = {
            name: dict.fromkeys(sorted(axes.get(name, ())) if rules.by == "axis" else (), begin) or {_SHARED: begin}
            for name in environments
        }

    @property
    def windows(self) -> Mapping[str, Window]:
        """The windows by environment; those of axes by `environment.axis`."""
        return {
            f"{name}.{axis}" if axis else name: standing.window
            for name, standings in self._standings.items()
            for axis, standing in standings.items()
        }

    def window(self, environment: str) -> Window:
        """Return the levels that this environment is played at now: from the lowest to the highest of its windows."""
        windows = [standing.window for standing in self._standings[environment].values()]
        return Window(min(window.low for window in windows), max(window.high for window in windows))

    def described(self) -> str:
        """The windows in a few words; of an environment with windows of axes, how far the first and the last of them are.

        >>> Curriculum(["cart", "policy"], kinds.Curriculum(start=2), highest=12).described()
        'cart 2..2 policy 2..2'
        """
        shown = []
        for name, standings in self._standings.items():
            tops = sorted(standing.window.high for standing in standings.values())
            window = self.window(name)
            shown.append(
                f"{name} {window.low}..{window.high}"
                if _SHARED in standings
                else f"{name} {len(tops)} axes up to {tops[0]}..{tops[-1]}"
            )
        return " ".join(shown)

    def draw(self, stream: Stream) -> Draw:
        """Draw an environment and a level of its window.

        All environments are equally likely, and all levels of a window, unless the rules say that draws follow learning progress. Where
        axes have windows of their own, each gets a level of its window, all equally likely, and the level of the episode is the highest of them.
        """
        if self.rules.progress is None:
            environment = stream.choice(tuple(self._standings))
        else:
            environment = draw(self.weights, stream)
        standings = self._standings[environment]
        if _SHARED not in standings:
            levels = tuple((axis, standing.window.draw(stream)) for axis, standing in standings.items())
            return Draw(environment, max(level for _, level in levels), levels)
        if self.rules.progress is None:
            return Draw(environment, standings[_SHARED].window.draw(stream))
        return Draw(environment, draw(self.level_weights(environment), stream))

    @property
    def weights(self) -> Mapping[str, float]:
        """The probability of each environment: by the mean progress of the levels of its window."""
        progress = [fmean(self._progress(name).values()) for name in self._standings]
        return dict(zip(self._standings, weights(progress, self._floor), strict=True))

    def level_weights(self, environment: str) -> Mapping[int, float]:
        """The probability of each level of an environment's window, once the environment is drawn."""
        progress = self._progress(environment)
        return dict(zip(progress, weights([*progress.values()], self._floor), strict=True))

    @property
    def _floor(self) -> float:
        return self.rules.progress.floor if self.rules.progress is not None else 1.0

    def _progress(self, environment: str) -> Mapping[int, float]:
        """The progress at each level of the environment's window; one for all where axes have windows of their own."""
        window, averages = self.window(environment), self._averages.get(environment, {})
        levels = range(window.low, window.high + 1) if _SHARED in self._standings[environment] else [_WHOLE]
        return {level: averages.get(level, Averages()).progress for level in levels}

    def record(self, environment: str, level: int, passed: Iterable[bool], axes: AxisLevels = ()) -> None:
        """Count the outcomes of one group, that is of rollouts of one episode.

        Args:
            environment: Its environment.
            level: The level that it was played at.
            passed: The outcomes.
            axes: The levels of its axes, as they were drawn.
        """
        outcomes, standings = list(passed), self._standings[environment]
        by_axis = _SHARED not in standings
        for axis, played in axes if by_axis else ((_SHARED, level),):
            standings[axis] = standings[axis].record(played, outcomes, self.rules, self.bounds)
        if self.rules.progress is not None and outcomes:
            averages, place = self._averages.setdefault(environment, {}), _WHOLE if by_axis else level
            rate = sum(outcomes) / len(outcomes)
            averages[place] = averages.get(place, Averages()).after(rate, self.rules.progress)

    def as_json(self) -> JsonObject:
        """Return the state as JSON data, which `restore` reads."""
        return {name: self._state_of(name) for name in self._standings}

    def _state_of(self, environment: str) -> JsonObject:
        standings, averages = self._standings[environment], self._averages.get(environment)
        state: JsonObject
        if _SHARED in standings:
            state = _as_json(standings[_SHARED])
        else:
            state = {"axes": {axis: _as_json(standing) for axis, standing in standings.items()}}
        more: JsonObject = {str(level): [both.fast, both.slow] for level, both in (averages or {}).items()}
        return {**state, "averages": more} if averages else state

    def restore(self, state: Mapping[str, Mapping[str, Any]]) -> None:
        """Continue from a state that `as_json` gave.

        Raises:
            UsageError: When the state has other environments or axes, or levels that do not exist.
        """
        if set(state) != set(self._standings):
            raise UsageError(
                f"the curriculum state is of {', '.join(sorted(state))}, not of {', '.join(sorted(self._standings))}"
            )
        for name, entry in state.items():
            given = entry.get("axes", {_SHARED: entry})
            if set(given) != set(self._standings[name]):
                raise UsageError(f"the curriculum state of {name} has windows of other axes")
            self._standings[name] = {axis: self._standing_in(name, given[axis]) for axis in self._standings[name]}
            self._averages[name] = {int(level): Averages(*both) for level, both in entry.get("averages", {}).items()}

    def _standing_in(self, environment: str, entry: Mapping[str, Any]) -> Standing:
        window = Window(int(entry["low"]), int(entry["high"]))
        if not self.bounds.lowest <= window.low <= window.high <= self.bounds.highest:
            raise UsageError(f"the curriculum state has {environment} at levels {window.low} to {window.high}")
        counts = int(entry["passed"]), int(entry["trials"]), int(entry["groups"])
        return Standing(window, *counts, entry["rates"], entry["squares"])


def _as_json(standing: Standing) -> JsonObject:
    return {
        "low": standing.window.low, "high": standing.window.high, "passed": standing.passed, "trials": standing.trials,
        "groups": standing.groups, "rates": standing.rates, "squares": standing.squares,
    }  # fmt: skip
