"""harder: what is called harder is harder, for imperfect agents.

The level is swept, and so is each axis that an environment reads, while the other axes are pinned at a low and at a high
level (`sweeps.py`). The agents are oracles that make mistakes, and oracles that do not ask (`imperfect.py`). Their mistakes
depend on the episode's seed, so that two values of an axis are compared seed by seed. Pass rates are judged, never rewards,
because these grow with the budgets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check, notes_on_fixed
from rlve_dsl.certify.checks.sweeps import Rung, jobs, pins, work
from rlve_dsl.certify.findings import CheckResult, Curves, Figure, Finding
from rlve_dsl.certify.imperfect import ERRING, Imperfect, agents_for, silent_agents
from rlve_dsl.certify.intervals import CAUTIOUS, UNLIKELY, Interval, by_luck, mean
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.traces import Trace, lines_of
from rlve_dsl.episode import Scenario

FEWEST_SEEDS = 10
BITE = 0.1


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Rung]) -> CheckResult:
    """Report pass rates by value, rises from an easier to a harder value, and axes that change nothing."""
    found, curves = _Found(plan.is_small), dict[str, Curves]()
    found.notes += notes_on_fixed(scenario, "they are the same at every level")
    for environment, task in scenario.compiled.environments.items():
        if task.by_seed:
            continue
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
            for agent in sweep[0].passed if sweep and not axis else ():
                drawn[agent] = tuple((s.value, _rate_of(agent, s)) for s in sweep)
            lenient = any(tell(scenario, environment, axis) for tell in (overridden, read_by_tools, read_by_the_user))
            lenient = lenient or (bool(axis) and len(set(axes[axis].values)) > 1 and len(sweep) < 2)
            # what an axis changes may need another one, which is off at one of the two pins
            lenient = lenient or any(
                _acts([s for s in mine if (s.axis, s.pin) == (axis, other)]) for other in pins(plan)
            )
            _judge_sweep(environment, subject, role, sweep, lenient, found)
            if not axis:
                _judge_silent(environment, sweep, silent_agents(scenario, environment), found)
    traces = [trace for name in scenario.environments for trace in _traces(scenario, name, seen)]
    return CHECK.result(found.figures, found.findings, found.notes, found.undecided, curves, traces)


def _traces(scenario: Scenario, environment: str, seen: Sequence[Rung]) -> Iterator[Trace]:
    """The commonest failure of each agent, played once more."""
    rungs = [rung for rung in seen if rung.environment == environment and not rung.axis and not rung.undrawn]
    failures = [failure for rung in rungs for failure in rung.failures]
    for one in (*ERRING, *silent_agents(scenario, environment)):
        mine = [failure for failure in failures if failure.agent == one.name]
        if not mine:
            continue
        (ended, often), *_ = Counter(failure.ended for failure in mine).most_common(1)
        first = min((f for f in mine if f.ended == ended), key=lambda f: (f.level, f.seed))
        agent = agents_for((one,), scenario, environment, first.level)[one.name]
        play = Case(scenario, environment, first.level, first.seed).play(agent)
        plays = sum(len(rung.passed[one.name]) for rung in rungs)
        place = (ended, often, first.level, first.seed)
        yield Trace(environment, one.name, plays, len(mine), *place, lines_of(play))


@dataclass(slots=True)
class _Found:
    """What was found so far. `few` says that there are few seeds, so that a rise must also be unlikely by luck, pair by pair."""

    few: bool
    figures: list[Figure] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)

    def rise(self, environment: str, subject: str, text: str, differences: Sequence[float]) -> bool:
        """Report a rise from these differences, one a seed, and tell whether it is a finding: they are enough, and no luck."""
        more, less = (sum(sign * one > 0 for one in differences) for sign in (1, -1))
        if len(differences) < FEWEST_SEEDS or (self.few and by_luck(more, less) >= UNLIKELY):
            text = f"{environment}: {len(differences)} seeds are too few to tell whether this is luck: {text}"
            self.undecided.append(text)
            return False
        self.findings.append(Finding(environment, subject, text))
        return True


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


def _rate(rung: Rung) -> Interval:
    """The share that the agents with mistakes pass, all together."""
    return mean([sum(marks) / len(marks) for marks in _marks(rung).values()])


def _acts(sweep: Sequence[Rung]) -> bool:
    """Whether plays differ from one value to another."""
    return len({rung.seen for rung in sweep if not rung.undrawn}) > 1


def _marks(rung: Rung) -> dict[int, list[bool]]:
    """Which of the agents with mistakes passed, by seed."""
    each = [rung.passed[one.name] for one in ERRING]
    return {seed: [marks[seed] for marks in each] for seed in each[0]}


def _rate_of(agent: str, rung: Rung) -> Interval:
    return mean([float(passed) for passed in rung.passed[agent].values()])


def _steps(sweep: Sequence[Rung]) -> list[tuple[Rung, Rung]]:
    """Neighbours, and the ends, from easy to hard."""
    return [*pairwise(sweep), *([(sweep[0], sweep[-1])] if len(sweep) > 2 else [])]


def _judge_sweep(
    environment: str, subject: str, role: str, sweep: Sequence[Rung], lenient: bool, found: _Found
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
    for easy, hard in _steps(sweep):
        differences = _differences(easy, hard) if allowance else _differences(hard, easy)
        rise = mean(differences, CAUTIOUS)
        if rise.low > 0:
            more = "is passed less often, though it allows more" if allowance else "is passed more often"
            text = f"{subject}: {hard.value:g} {more} than {easy.value:g}, by {abs(rise.value):.3f} [{rise.low:.3f}, {rise.high:.3f}]"
            if rises := found.rise(environment, subject, text, differences):
                break
    whole = mean(_differences(sweep[-1], sweep[0]), CAUTIOUS)
    bound = "not below 0" if allowance else "not above 0"
    found.figures.append(Figure(environment, subject, "hardest less easiest", whole, bound))
    if role == "level" and whole.of < FEWEST_SEEDS:
        found.undecided.append(f"{environment}: {whole.of} seeds are too few to tell whether the level bites")
    elif role == "level" and not rises and max(_falls(sweep).values()) < BITE:
        falls = ", ".join(f"{agent} {-fall:+.2f}" for agent, fall in _falls(sweep).items())
        text = (
            "the level does not bite: no kind of imperfect agent passes less often at the hardest than at the easiest, "
            f"by {BITE:.0%} or more: {falls}"
        )
        found.findings.append(Finding(environment, subject, text, int(sweep[-1].value)))


def _falls(sweep: Sequence[Rung]) -> dict[str, float]:
    """How much less often each agent passes at the last value than at the first one."""
    easy, hard = sweep[0].passed, sweep[-1].passed
    return {one.name: mean(_falls_of(easy[one.name], hard[one.name])).value for one in ERRING}


def _falls_of(easy: Mapping[int, bool], hard: Mapping[int, bool]) -> list[float]:
    """For each seed, 1 where only the easy one is passed, -1 where only the hard one is, and 0 otherwise."""
    return [float(easy[seed] - hard[seed]) for seed in sorted(easy.keys() & hard.keys())]


def _differences(one: Rung, other: Rung) -> list[float]:
    """For each seed, how much more often `one` is passed than `other` by the agents with mistakes."""
    mine, yours = _marks(one), _marks(other)
    return [(sum(mine[s]) - sum(yours[s])) / len(mine[s]) for s in sorted(mine.keys() & yours.keys())]


def _judge_silent(environment: str, sweep: Sequence[Rung], silent: Sequence[Imperfect], found: _Found) -> None:
    """Report each agent by itself; those that do not ask must not pass more often where more is left out."""
    for agent in sweep[0].passed if sweep else ():
        found.figures += [Figure(environment, agent, f"share passed at {s.value:g}", _rate_of(agent, s)) for s in sweep]
    for one in silent if len(sweep) > 1 else ():
        for easy, hard in _steps(sweep):
            rises = [-fall for fall in _falls_of(easy.passed[one.name], hard.passed[one.name])]
            luck = len(rises) >= FEWEST_SEEDS and by_luck(rises.count(1.0), rises.count(-1.0)) >= UNLIKELY
            if mean(rises, CAUTIOUS).low > 0 and not luck:
                text = (
                    f"the agent that {one.says} passes level {hard.value:g} more often than level {easy.value:g}: "
                    f"{_rate_of(one.name, hard).value:.2f} and {_rate_of(one.name, easy).value:.2f}"
                )
                found.rise(environment, one.name, text, rises)
                break


CHECK: Check[Rung] = Check(
    "harder",
    ("statistical.difficulty_separation",),
    "imperfect agents pass no more often as the level or any axis alone gets harder, and every axis does something",
    judge,
    jobs=jobs,
    work=work,
)
