"""The figures of a batch, and what in them says that a run should stop."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from rlve_dsl.agents import Batch
from rlve_dsl.errors import RlveError
from rlve_dsl.files import Stop
from rlve_dsl.train.lessons import ENOUGH, GroupOutcomes

FROM_TRL = {
    "loss": "loss",
    "grad_norm": "grad_norm",
    "learning_rate": "learning_rate",
    "entropy": "entropy",
    "ratio_least": "ratio/least",
    "ratio": "ratio",
    "ratio_greatest": "ratio/greatest",
    "clipped_low": "clip_ratio/low_mean",
    "clipped_high": "clip_ratio/high_mean",
}
"""Our names of the figures that TRL logs, and of the ratios that are clipped."""


def batch_figures(batch: Batch) -> dict[str, float]:
    """Return the figures of a batch. They count all rollouts played, also those of groups that were set aside."""
    rollouts = batch.rollouts
    rewards = [r.outcome.reward for r in rollouts if r.outcome is not None]
    counted = [r for r in rollouts if not r.failure]
    return {
        "reward": round(sum(rewards) / max(1, len(rewards)), 4),
        "pass_rate": round(sum(r.passed for r in counted) / max(1, len(counted)), 4),
        "groups": len(batch.played),
        "rollouts": len(rollouts),
        "without_signal": round(sum(not g.signal for g in batch.played) / len(batch.played), 4),
        "learnt_from": sum(g.signal for g in batch.groups),
        "overlong": sum(r.overlong for r in rollouts),
        "overlong_share": round(sum(r.overlong for r in rollouts) / len(rollouts), 4),
        "missing": sum(bool(r.failure) for r in rollouts),
        "turns": round(sum(r.turns for r in rollouts) / len(rollouts), 3),
        "written_tokens": round(sum(r.written for r in rollouts) / len(rollouts), 2),
    }


def level_figures(groups: Iterable[GroupOutcomes]) -> dict[str, dict[str, float]]:
    """Return the pass rate of each environment at each level of a batch, of those that have enough outcomes to say something."""
    outcomes: dict[tuple[str, int], list[bool]] = {}
    for environment, level, group in groups:
        outcomes.setdefault((environment, level), []).extend(group)
    found: dict[str, dict[str, float]] = {}
    for (environment, level), passed in sorted(outcomes.items()):
        if len(passed) >= ENOUGH:
            found.setdefault(environment, {})[str(level)] = round(sum(passed) / len(passed), 4)
    return found


def levels_without_signal(rates: Mapping[str, Mapping[str, float]]) -> str:
    """Return which levels taught nothing: saturated, as all rollouts pass, or starved, as none does; empty when none is.

    >>> levels_without_signal({"cart": {"0": 1.0, "1": 0.4, "2": 0.0}})
    'saturated: cart 0; starved: cart 2'
    """
    parts = []
    for word, rate in (("saturated", 1.0), ("starved", 0.0)):
        named = [f"{name} {level}" for name, by_level in rates.items() for level, of in by_level.items() if of == rate]
        parts += [f"{word}: {', '.join(named)}"] if named else []
    return "; ".join(parts)


class Alarm:
    """Looks at the figures of one batch after another, and raises an error when a run should not go on."""

    def __init__(self, rules: Stop) -> None:
        self._rules = rules
        self._collapsed = 0
        self._overlong = 0

    def check(self, figures: Mapping[str, float]) -> None:
        """Take note of a batch.

        Raises:
            RlveError: When the loss or the gradient is no number, or when enough batches in a row show that the entropy has
                collapsed or that most rollouts are cut off.
        """
        rules = self._rules
        for name in ("loss", "grad_norm"):
            if not math.isfinite(figures.get(name, 0.0)):
                raise RlveError(f"`{name}` is {figures[name]}: the weights are lost from here on")
        entropy = figures.get("entropy", math.inf)
        if figures["learnt_from"]:  # otherwise the figure is of no token
            self._collapsed = self._collapsed + 1 if entropy < rules.entropy_below else 0
        if self._collapsed >= rules.batches:
            raise RlveError(
                f"the entropy is {entropy:.4f} after {rules.batches} batches below {rules.entropy_below:g} "
                "(`stop.entropy_below`): the model says the same whatever happens"
            )
        share = figures["overlong_share"]
        self._overlong = self._overlong + 1 if share > rules.overlong_above else 0
        if self._overlong >= rules.batches:
            raise RlveError(
                f"{share:.0%} of the rollouts were cut by a token limit, in each of {rules.batches} batches more than "
                f"{rules.overlong_above:.0%} (`stop.overlong_above`): raise `episode_tokens` or `turn_tokens`"
            )
