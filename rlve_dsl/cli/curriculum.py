"""`rlve-dsl curriculum`: see what a curriculum does, before a model is trained on it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from typing import Any

from rlve_dsl.cli.sources import add_scenario, scenario_of
from rlve_dsl.curriculum import LEARNERS, Batch, simulate
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.errors import UsageError
from rlve_dsl.files import Progress
from rlve_dsl.terminal import console, table

_LINES = 10
_MOST_ROLLOUTS = 5_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb's action."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    sub = acts.add_parser(
        "simulate", help="how the window of levels moves with learners that are made up", allow_abbrev=False,
        description="Show how the window of a collection's curriculum moves with learners that are made up. Nothing is played.",
    )  # fmt: skip
    add_scenario(sub)
    sub.add_argument("--learner", action="append", metavar="NAME", help=f"only these: {', '.join(LEARNERS)}")
    sub.add_argument("--steps", type=int, default=100, metavar="N", help="batches (100)")
    sub.add_argument("--groups", type=int, default=8, metavar="N", help="groups in a batch (8)")
    sub.add_argument("--rollouts", type=int, default=16, metavar="N", help="rollouts in a group (16)")
    sub.add_argument("--seed", type=int, default=0, metavar="N", help="of all draws (0)")
    for name, kind in (
        ("promote-at", float),
        ("demote-at", float),
        ("margin", float),
        ("trials", int),
        ("window", int),
    ):
        sub.add_argument(f"--{name}", type=kind, metavar="X", help="in place of the collection's")
    sub.add_argument(
        "--progress", type=float, metavar="FLOOR",
        help="draw by learning progress with this floor (1: all alike); the learners then share the groups of a batch",
    )  # fmt: skip
    sub.add_argument(
        "--by", choices=("level", "axis"),
        help="what has a window: the level, or each axis of the first environment; in place of the collection's",
    )  # fmt: skip
    sub.add_argument("--json", action="store_true", help="print every batch as JSON")


def run(arguments: argparse.Namespace) -> int:
    """0."""
    for name in ("steps", "groups", "rollouts"):
        if getattr(arguments, name) < 1:
            raise UsageError(f"--{name} is at least 1")
    if (rollouts := arguments.steps * arguments.groups * arguments.rollouts) > _MOST_ROLLOUTS:
        raise UsageError(
            f"--steps, --groups and --rollouts make {rollouts:,} rollouts for each learner, and at most {_MOST_ROLLOUTS:,} are possible"
        )
    names = arguments.learner or [*LEARNERS]
    for name in names:
        if name not in LEARNERS:
            raise UsageError(f"there is no learner `{name}`: {did_you_mean(name, LEARNERS) or ', '.join(LEARNERS)}")
    scenario = scenario_of(arguments).load()
    changes: dict[str, Any] = {
        name: value
        for name in ("promote_at", "demote_at", "margin", "trials", "window")
        if (value := getattr(arguments, name)) is not None
    }
    _check(changes)
    given = scenario.spec.curriculum
    if arguments.by is not None:
        changes["by"] = arguments.by
    if given.fixed is not None and changes:
        options = " ".join(f"--{name.replace('_', '-')}" for name in changes)
        raise UsageError(f"the levels of `{scenario.name}` are fixed at {given.fixed}: leave out {options}")
    rules = replace(given, **changes)
    if (floor := arguments.progress) is not None:
        if not 0.001 <= floor <= 1:
            raise UsageError("--progress is between 0.001 and 1")
        rules = replace(rules, progress=replace(given.progress or Progress(), floor=floor))
    if rules.crossing:
        raise UsageError(rules.crossing)
    # only where draws follow progress does it matter which environments there are
    courses = [names] if rules.progress is not None else [[name] for name in names]
    found: dict[str, list[Batch]] = {}
    for together in courses:
        found |= simulate(
            rules, {name: LEARNERS[name] for name in together}, levels=scenario.levels, steps=arguments.steps,
            groups=arguments.groups, rollouts=arguments.rollouts, seed=arguments.seed,
            axes=next(iter(scenario.compiled.environments.values())).harder_axes(),
        )  # fmt: skip
    if arguments.json:
        print(json.dumps({name: [asdict(batch) for batch in batches] for name, batches in found.items()}, indent=2))
    else:
        _show(found)
    return 0


def _check(changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        most = 1 if name in ("promote_at", "demote_at") else None
        least = 1 if name == "trials" else 0
        if not (value >= least and (most is None or value <= most)):
            shown = f"at least {least}" if most is None else f"between {least} and {most}"
            raise UsageError(f"--{name.replace('_', '-')} is {shown}")


def _show(found: dict[str, list[Batch]]) -> None:
    """A row for each learner at some steps: the window, its groups, their pass rate, and the share of them that teach nothing."""
    rows: list[tuple[str, ...] | None] = []
    for name, batches in found.items():
        every = max(1, len(batches) // _LINES)
        shown = batches[every - 1 :: every]
        if shown[-1:] != batches[-1:]:
            shown += batches[-1:]
        for batch in shown:
            window = f"{batch.window.low}..{batch.window.high}"
            rates = (_percent(rate) for rate in (batch.pass_rate, batch.without_signal))
            rows.append((name, str(batch.step), f"{batch.skill:.1f}", window, str(batch.groups), *rates))
        rows.append(None)
    headings = ("learner", "step", "skill", "window", "groups", "pass", "no signal")
    console().print(table(headings, rows, right=headings[1:]))


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{rate:.0%}"
