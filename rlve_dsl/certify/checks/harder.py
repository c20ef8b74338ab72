"""harder: what is called harder is harder, for imperfect agents.

The level is swept, and so is each axis that an environment reads, while the other axes are pinned at a low and at a high
level. The agents are oracles that make mistakes. Their mistakes depend on the episode's seed, so that two values of an axis
are compared seed by seed. Pass rates are judged, never rewards, because these grow with the budgets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from itertools import pairwise
from types import MappingProxyType
from typing import Protocol

from rlve_dsl.agents import Agent, Grabber, OracleAgent, Performance, RandomAgent
from rlve_dsl.axes import AxisTable
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check, Job
from rlve_dsl.certify.findings import CheckResult, Curves, Figure, Finding
from rlve_dsl.certify.intervals import CAUTIOUS, Interval, mean
from rlve_dsl.certify.plan import Plan
from rlve_dsl.compiler import Graded, Task
from rlve_dsl.episode import Episode, Scenario, ScenarioReference
from rlve_dsl.rng import Stream

PINS = (3, 9)
LADDER: Mapping[str, Mapping[str, float]] = {
    "forgets to ask": {"forget_to_ask": 0.3},
    "misreads": {"misread": 0.15},
    "stops early": {"stop_early": 0.15},
    "picks the second best": {"second_best": 0.25, "wrong_argument": 0.15},
    "careless": {"forget_to_ask": 0.1, "misread": 0.05, "leave_out": 0.1, "dawdle": 0.1},
}
"""The imperfect agents: oracles with these rates of mistakes."""


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


_VALUES = 2
_POINTS = 5
_OTHERS = 4  # how many seeds other agents play too; more than one, as a random agent may end an episode at once
FEWEST_SEEDS = 10
BITE = 0.1


@dataclass(frozen=True, slots=True)
class Ladder:
    """The results of the imperfect agents with one value of an axis: by seed, which of them passed.

    `axis` is empty for the level itself, and `pin` is the level of all other axes. `seen` is a hash of what the agents saw.
    `undrawn` says why nothing could be played.
    """

    environment: str
    axis: str
    pin: int
    level: int
    value: float
    passed: Mapping[int, tuple[bool, ...]]
    seen: str
    undrawn: str = ""


def jobs(scenario: Scenario, plan: Plan) -> list[Job]:
    """Name the sweeps: the level of each environment, and each axis that it reads at each pin.

    An axis of a chain that another environment of the collection reads is swept only there.
    """
    found: list[Job] = [(name, "", 0) for name in scenario.environments]
    compiled = scenario.compiled.environments
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


def work(scenario: Scenario, source: ScenarioReference, plan: Plan, job: Job) -> Iterator[Ladder]:
    """Play at values of the axis that are spread over the levels, each value once."""
    name, axis, pin = job
    table = scenario.compiled.environments[name].axes.get(axis)
    levels = plan.spread(_VALUES if axis else _POINTS)
    if table is not None:
        levels = tuple(
            {table.at(level): level for level in reversed(levels)}[v] for v in dict.fromkeys(map(table.at, levels))
        )
        scenario = swept(scenario, name, axis, pin)
    for level in levels:
        yield _climb(scenario, plan, name, axis, pin, level, table)


def _climb(
    scenario: Scenario, plan: Plan, name: str, axis: str, pin: int, level: int, table: AxisTable | None
) -> Ladder:
    value = float(table.at(level)) if table is not None else float(level)
    passed: dict[int, tuple[bool, ...]] = {}
    seen = sha256()
    for seed in range(plan.seeds):
        case, marks = Case(scenario, name, level, seed), []
        for mistakes in LADDER.values():
            play = case.play(partial(_climber, mistakes=mistakes))
            if play.episode is None:
                return Ladder(name, axis, pin, level, value, {}, "", play.problem)
            marks.append(play.passed)
            _note(play, seen)
        passed[seed] = tuple(marks)
        if seed < _OTHERS:  # these may try what the oracle never does
            for agent in (_random, _grabbing):
                _note(case.play(agent), seen)
    return Ladder(name, axis, pin, level, value, passed, seen.hexdigest())


def _climber(episode: Episode, mistakes: Mapping[str, float]) -> Agent:
    """An oracle that words its questions alike at every level, so that plays differ only by what the axis does."""
    return OracleAgent(episode, mistakes=mistakes, words=Stream("ladder words", episode.seed))


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


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Ladder]) -> CheckResult:
    """Report pass rates by value, rises from an easier to a harder value, and axes that change nothing."""
    found, curves = _Found(), dict[str, Curves]()
    for environment in scenario.environments:
        mine = [s for s in seen if s.environment == environment]
        axes = scenario.compiled.environments[environment].axes
        drawn: dict[str, tuple[tuple[float, Interval], ...]] = {}
        curves[environment] = drawn
        for axis, pin in dict.fromkeys((s.axis, s.pin) for s in mine):
            sweep = [s for s in mine if (s.axis, s.pin) == (axis, pin)]
            subject = f"{axis}, others at {pin}" if axis else "level"
            for s in sweep:
                if s.undrawn:
                    found.notes.append(f"{environment}: {subject} = {s.value:g} cannot be played: {s.undrawn}")
            role = axes[axis].axis.role if axis else "level"
            # from easy to hard as the role says, also where the curve falls
            played = [s for s in sweep if not s.undrawn]
            sweep = sorted(played, key=lambda s: s.value, reverse=role == "harder_down")
            drawn[subject] = tuple((s.value, _rate(s)) for s in sweep)
            for number, agent in enumerate(LADDER) if not axis else ():
                drawn[agent] = tuple((s.value, mean([float(m[number]) for m in s.passed.values()])) for s in sweep)
            lenient = any(tell(scenario, environment, axis) for tell in (overridden, read_by_tools, read_by_the_user))
            lenient = lenient or (bool(axis) and len(set(axes[axis].values)) > 1 and len(sweep) < 2)
            _judge_sweep(environment, subject, role, sweep, lenient, found)
    return CHECK.result(found.figures, found.findings, found.notes, curves)


@dataclass(slots=True)
class _Found:
    figures: list[Figure] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def overridden(scenario: Scenario, environment: str, axis: str) -> bool:
    """Tell whether the collection gives the axis a curve or a level of its own, and so may want it to stay the same."""
    given = {*scenario.spec.curves, *scenario.spec.levels}
    return axis in given or f"{environment}.{axis}" in given


def read_by_tools(scenario: Scenario, environment: str, axis: str) -> bool:
    """Tell whether a tool of the environment reads the axis, which may make no difference over a small catalog."""
    whole = scenario.compiled.environments[environment]
    return any(axis in tool.axes for part in whole.parts.values() for tool in part.tools.values())


def read_by_the_user(scenario: Scenario, environment: str, axis: str) -> bool:
    """Tell whether the axis decides how much the user recalls, which makes no difference to an agent that asks for each fact."""
    whole = scenario.compiled.environments[environment]
    return any(part.recall is not None and axis in part.recall.free for part in whole.parts.values())


def _rate(ladder: Ladder) -> Interval:
    return mean([sum(marks) / len(marks) for marks in ladder.passed.values()])


def _judge_sweep(
    environment: str, subject: str, role: str, sweep: Sequence[Ladder], lenient: bool, found: _Found
) -> None:
    if len(sweep) < 2 or len({s.seen for s in sweep}) == 1:
        alone = len(sweep) < 2
        if lenient or (alone and (role == "level" or not sweep)):
            why = "has one value that can be played, so nothing is compared" if alone else "makes no difference here"
            found.notes.append(f"{environment}: {subject} {why}")
        else:
            why = "it has the same value at every level" if alone else "every episode is the same whatever its value"
            found.findings.append(Finding(environment, subject, f"this axis does nothing: {why}"))
        return
    found.figures += [Figure(environment, subject, f"share passed at {s.value:g}", _rate(s)) for s in sweep]
    if role == "shape":
        return
    rises = False
    allowance = role == "allowance"  # more of it must not be worse
    for easy, hard in [*pairwise(sweep), *([(sweep[0], sweep[-1])] if len(sweep) > 2 else [])]:
        rise = _difference(easy, hard) if allowance else _difference(hard, easy)
        if rise.low > 0:
            more = "is passed less often, though it allows more" if allowance else "is passed more often"
            text = f"{subject}: {hard.value:g} {more} than {easy.value:g}, by {abs(rise.value):.3f} [{rise.low:.3f}, {rise.high:.3f}]"
            found.findings.append(Finding(environment, subject, text))
            rises = True
            break
    whole = _difference(sweep[-1], sweep[0])
    bound = "not below 0" if allowance else "not above 0"
    found.figures.append(Figure(environment, subject, "hardest less easiest", whole, bound))
    if role == "level" and whole.of < FEWEST_SEEDS:
        found.notes.append(f"{environment}: {whole.of} seeds are too few to tell whether the level bites")
    elif role == "level" and not rises and max(_falls(sweep).values()) < BITE:
        falls = ", ".join(f"{agent} {-fall:+.2f}" for agent, fall in _falls(sweep).items())
        text = (
            "the level does not bite: no kind of imperfect agent passes less often at the hardest than at the easiest, "
            f"by {BITE:.0%} or more: {falls}"
        )
        found.findings.append(Finding(environment, subject, text, int(sweep[-1].value)))


def _falls(sweep: Sequence[Ladder]) -> dict[str, float]:
    """How much less often each agent passes at the last value than at the first one."""
    easy, hard = sweep[0].passed, sweep[-1].passed
    both = sorted(easy.keys() & hard.keys())
    return {agent: sum(easy[s][n] - hard[s][n] for s in both) / len(both) for n, agent in enumerate(LADDER)}


def _difference(one: Ladder, other: Ladder) -> Interval:
    """How much more often `one` is passed than `other`, paired by seed."""
    both = sorted(one.passed.keys() & other.passed.keys())
    share = [(sum(one.passed[s]) - sum(other.passed[s])) / len(one.passed[s]) for s in both]
    return mean(share, CAUTIOUS)


CHECK: Check[Ladder] = Check(
    "harder",
    ("statistical.difficulty_separation",),
    "imperfect agents pass no more often as the level or any axis alone gets harder, and every axis does something",
    judge,
    jobs=jobs,
    work=work,
)
