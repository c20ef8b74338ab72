"""Sweeps: what imperfect agents do while the level, or one axis alone, goes from easy to hard.

Belongs here: which values are played, and the plays. Does not belong here: what they say of a scenario (`checks/harder.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Protocol

from rlve_dsl.agents import Agent, Grabber, Performance, RandomAgent
from rlve_dsl.axes import AxisTable
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Job
from rlve_dsl.certify.imperfect import ERRING, SILENT, agents_for, silent_agents
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.traces import ending
from rlve_dsl.compiler import Graded, Task
from rlve_dsl.episode import Episode, Scenario, ScenarioReference
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream

PINS = (3, 9)
_VALUES = 2
_POINTS = 5
_OTHERS = 4  # how many seeds other agents play too; more than one, as a random agent may end an episode at once
_LOOKED_AT = 40  # how many seeds are looked at before an axis is said to do nothing


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


@frozen
class Failure:
    """How an imperfect agent failed: its name, where, and how it ended."""

    agent: str
    level: int
    seed: int
    ended: str


@frozen
class Rung:
    """The results of the imperfect agents with one value of an axis: by agent and seed, whether it passed.

    `axis` is empty for the level itself, and `pin` is the level of all other axes. `seen` is a hash of what the agents saw.
    `undrawn` says why nothing could be played.
    """

    environment: str
    axis: str
    pin: int
    level: int
    value: float
    passed: Mapping[str, Mapping[int, bool]] = field(default_factory=dict)
    seen: str = ""
    undrawn: str = ""
    failures: tuple[Failure, ...] = ()


def jobs(scenario: Scenario, plan: Plan) -> list[Job]:
    """Name the sweeps: the level of each environment, and each axis that it reads at each pin.

    Fixed tasks are the same at every level. An axis of a chain that another environment of the collection reads is swept only there.
    """
    compiled = {name: task for name, task in scenario.compiled.environments.items() if not task.by_seed}
    found: list[Job] = [(name, "", 0) for name in compiled]
    beside = {axis for one in compiled.values() if not one.numbered for axis in one.reads}
    for name, environment in compiled.items():
        elsewhere = beside - set(environment.own_axes) if environment.numbered else set()
        for axis in environment.axes:
            if axis in environment.reads and axis not in elsewhere:
                found += [(name, axis, pin) for pin in pins(plan)]
    return found


def pins(plan: Plan) -> tuple[int, ...]:
    """Return the levels at which other axes are pinned: 3 and 9, or those of the plan that are nearest to them."""
    return tuple(sorted({min(plan.levels, key=lambda level: (abs(level - pin), level)) for pin in PINS}))


def pinned(environment: Task, axis: str, level: int) -> Task:
    """Keep every axis of the task but this one at its value of `level`, in all its parts."""
    parts = {name: replace(part, axes=_pinned(part, axis, level)) for name, part in environment.parts.items()}
    return replace(environment, parts=MappingProxyType(parts), axes=_pinned(environment, axis, level))


def _pinned(environment: Graded, axis: str, level: int) -> Mapping[str, AxisTable]:
    tables = {
        name: table if name == axis else replace(table, values=(table.at(level),) * len(table.values))
        for name, table in environment.axes.items()
    }
    return MappingProxyType(tables)


def swept(scenario: Scenario, name: str, axis: str, pin: int) -> Scenario:
    """Return the scenario in which the level moves only this axis of the environment."""
    environments = dict(scenario.compiled.environments)
    environments[name] = pinned(environments[name], axis, pin)
    return Scenario(replace(scenario.compiled, environments=MappingProxyType(environments)))


def work(scenario: Scenario, source: ScenarioReference, plan: Plan, job: Job) -> Iterator[Rung]:
    """Play at values of the axis that are spread over the levels, each value once.

    Where all plays are the same whatever the value, more seeds are looked at, until plays differ: an axis may show in few episodes.
    """
    name, axis, pin = job
    table = scenario.compiled.environments[name].axes.get(axis)
    levels = plan.spread(_VALUES if axis else _POINTS)
    if table is not None:
        levels = tuple(
            {table.at(level): level for level in reversed(levels)}[v] for v in dict.fromkeys(map(table.at, levels))
        )
        scenario = swept(scenario, name, axis, pin)
    rungs = [_climb(scenario, plan, name, axis, pin, level, table) for level in levels]
    played = [rung for rung in rungs if not rung.undrawn]
    if len(played) > 1 and len({rung.seen for rung in played}) == 1:
        more = iter(_more_seen(scenario, plan, played))
        rungs = [rung if rung.undrawn else replace(rung, seen=next(more)) for rung in rungs]
    yield from rungs


def _climb(scenario: Scenario, plan: Plan, name: str, axis: str, pin: int, level: int, table: AxisTable | None) -> Rung:
    value = float(table.at(level)) if table is not None else float(level)
    agents = agents_for(ERRING if axis else (*ERRING, *silent_agents(scenario, name)), scenario, name, level)
    passed: dict[str, dict[int, bool]] = {who: {} for who in agents}
    failures: list[Failure] = []
    seen = sha256()
    for seed in range(plan.seeds):
        case = Case(scenario, name, level, seed)
        for who, agent_for in agents.items():
            play = case.play(agent_for)
            if play.episode is None:
                return Rung(name, axis, pin, level, value, undrawn=play.problem)
            passed[who][seed] = play.passed
            if not axis and not play.passed:
                failures.append(Failure(who, level, seed, ending(play)))
            _note(play, seen)
        if seed < _OTHERS:  # these may try what the oracle never does
            for agent in (_random, _grabbing):
                _note(case.play(agent), seen)
    return Rung(name, axis, pin, level, value, passed, seen.hexdigest(), failures=tuple(failures))


def _more_seen(scenario: Scenario, plan: Plan, rungs: Sequence[Rung]) -> list[str]:
    """Hashes of the plays of each rung that `_climb` has not made, seed by seed, until those of two rungs differ."""
    agents = [agents_for((ERRING[0], SILENT[0]), scenario, rung.environment, rung.level) for rung in rungs]
    seen = [sha256() for _ in rungs]
    for seed in range(_OTHERS, max(plan.seeds, _LOOKED_AT)):
        for rung, own, hashed in zip(rungs, agents, seen, strict=True):
            case = Case(scenario, rung.environment, rung.level, seed)
            new = [agent for name, agent in own.items() if name != ERRING[0].name or seed >= plan.seeds]
            for agent in (*new, _grabbing):
                _note(case.play(agent), hashed)
        if len({hashed.digest() for hashed in seen}) > 1:
            break
    return [hashed.hexdigest() for hashed in seen]


def _random(episode: Episode) -> Agent:
    return RandomAgent(episode, Stream("ladder", episode.seed))


def _grabbing(episode: Episode) -> Agent:
    return Grabber(episode, act=True)


def _note(play: Performance, seen: _Hash) -> None:
    """Add what the play saw and did, and its reward, to the hash."""
    if play.episode is not None:
        seen.update(play.episode.opening.encode())
    for turn in play.turns:
        seen.update(repr(turn.action).encode())
        for message in turn.messages:
            seen.update(message["content"].encode())
    seen.update(repr((play.reward, play.problem)).encode())
