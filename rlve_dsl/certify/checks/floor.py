"""floor: probes do not pass and do not earn what the task is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rlve_dsl.agents import Performance
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check, Job
from rlve_dsl.certify.edits import difference
from rlve_dsl.certify.findings import CheckResult, Figure, Finding, Observation, first_of
from rlve_dsl.certify.guessing import NAME, SAYS, Guessed, guessed
from rlve_dsl.certify.intervals import CAUTIOUS, mean, rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.probes import Probe, probes_of
from rlve_dsl.episode import Scenario, ScenarioReference
from rlve_dsl.frozen import frozen
from rlve_dsl.plugins import Guarded

_EQUAL = 1e-9
_FEWEST = 10  # plays, for a mean of rewards where there are few seeds
_NO_PLAY = (
    "no play was made: it has tried nothing in any case; where there is something to do, let it `yield case.play(...)`"
)
_IDLE = ("[[], []]", "[[{}], []]")


@frozen
class Probed(Observation):
    """The best of the plays that a probe tried in a case.

    `lucky` says that it passed because it reached the same end state as the oracle. `idle` says that this end state is the
    state at the start: the play changed nothing, and its answer has no fields. `change` says where a wrong play leaves the
    oracle's.
    """

    probe: str
    passed: bool
    lucky: bool
    idle: bool
    reward: float
    oracle: float | None
    problem: str
    change: str = ""


def observe(case: Case, plan: Plan) -> Iterator[Probed]:
    """Try every probe that has something to do."""
    for probe in probes_of(case.scenario):
        plays = case.attempts(probe.name, probe.attempt)
        if not plays:
            continue
        wrong = next((p for p in plays if p.passed and (probe.recalls or p.end_state != case.oracle.end_state)), None)
        best = wrong or max(plays, key=lambda p: (p.passed, p.reward))
        lucky = best.passed and wrong is None and case.oracle.passed
        idle = lucky and best.end_state in _IDLE
        oracle = case.oracle.reward if case.oracle.passed else None
        problem = next((p.problem for p in plays if p.problem), "")
        reward = max(p.reward for p in plays)
        worth_showing = wrong is not None or problem or idle or (oracle is not None and reward > oracle - plan.margin)
        trajectory = best.trajectory if worth_showing else ""
        change = _change(best, case.oracle) if worth_showing and probe.kind == "wrong" else ""
        yield Probed(*case.place, trajectory, probe.name, best.passed, lucky, idle, reward, oracle, problem, change)


def _change(play: Performance, oracle: Performance) -> str:
    return difference(play.script, oracle.script, play.episode) if play.episode is not None else ""


def jobs(scenario: Scenario, plan: Plan) -> list[Job]:
    """The environments and levels at which the answer is guessed from the opening."""
    return [(environment, level) for environment in scenario.environments for level in plan.levels]


def work(scenario: Scenario, source: ScenarioReference, plan: Plan, job: Job) -> Iterable[Guessed]:
    """Guess the answers of an environment at a level, if there is anything to guess."""
    environment, level = job
    seen = guessed(Case(scenario, environment, level, 0))
    return () if seen is None else (seen,)


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Probed | Guessed]) -> CheckResult:
    """Report pass rates and rewards by probe, and the first case in which each broke its bound."""
    figures: list[Figure] = []
    findings: list[Finding] = []
    notes: list[str] = []
    undecided: list[str] = []
    probed = [p for p in seen if isinstance(p, Probed)]
    for environment in scenario.environments:
        idle = []
        for probe in probes_of(scenario):
            mine = [p for p in probed if p.environment == environment and p.probe == probe.name]
            if not mine:
                idle.append(probe.name)
                continue
            figures += _figures(environment, probe, mine, plan)
            for finding, luck in _findings(probe, mine, plan):
                if luck:
                    undecided.append(f"{environment}: {probe.name}: {finding.text}; this may be luck")
                else:
                    findings.append(finding)
        if of_levels := [g for g in seen if isinstance(g, Guessed) and g.environment == environment]:
            figures.append(_guessed_figure(environment, of_levels, plan))
            findings += _guessed_findings(of_levels, plan)
        else:
            idle.append(NAME)
        if met := [p for p in probed if p.environment == environment and p.idle]:
            episodes = len({(p.level, p.seed) for p in met})
            text = f"it already meets the goal in {episodes} episodes: whoever does nothing passes"
            findings.append(first_of(met).finding("start state", text))
        if idle:
            notes.append(f"{environment}: nothing for these probes to do: {', '.join(idle)}")
    findings += _never_played(scenario, probed)
    return CHECK.result(figures, findings, notes, undecided)


def _never_played(scenario: Scenario, probed: Sequence[Probed]) -> Iterator[Finding]:
    """The probes of plugins that made no play at all. That a floor holds would be said of nothing."""
    played = {p.probe for p in probed}
    for probe in probes_of(scenario):
        # without any play of another probe, the cases themselves could not be looked at
        if played and probe.name not in played and isinstance(probe.attempt, Guarded):
            yield Finding("", probe.name, f"{probe.attempt.what}: {_NO_PLAY}")


def _figures(environment: str, probe: Probe, mine: Sequence[Probed], plan: Plan) -> Iterator[Figure]:
    wrongly = sum(p.passed and not p.lucky for p in mine)
    bound = {"padded": "may pass"}.get(
        probe.kind, f"at most chance, {plan.chance:.0%}" if probe.guesses else "must be 0"
    )
    yield Figure(environment, probe.name, "share passed wrongly", rate(wrongly, len(mine)), bound)
    if lucky := sum(p.lucky for p in mine) if probe.kind == "uninformed" else 0:
        yield Figure(environment, probe.name, "share passed by luck", rate(lucky, len(mine)), "did what the oracle did")
    bar = ""
    if probe.kind == "uninformed" and (oracle := [p.oracle for p in mine if p.oracle is not None]):
        bar = f"at most {sum(oracle) / len(oracle) - plan.margin:.3f}"
    yield Figure(environment, probe.name, "mean reward", mean([p.reward for p in mine]), bar)


def _findings(probe: Probe, mine: Sequence[Probed], plan: Plan) -> Iterator[tuple[Finding, bool]]:
    """The faults that a probe shows, each with whether there are so few seeds that it may be luck."""

    def finding(offenders: Sequence[Probed], text: str) -> Finding:
        first = first_of(offenders)
        return first.finding(probe.name, f"{text}; first: {first.change}" if first.change else text)

    if raised := [p for p in mine if p.problem]:
        yield finding(raised, f"playing it raised an error: {raised[0].problem}"), False
    wrongly = [p for p in mine if p.passed and not p.lucky]
    if probe.kind != "padded" and wrongly:
        share = rate(len(wrongly), len(mine))
        if not probe.guesses or share.low > plan.chance:
            luck = probe.guesses and plan.may_be_luck(len(wrongly), len(mine), plan.chance)
            yield finding(wrongly, f"it passes in {len(wrongly)} of {len(mine)} plays: it {probe.says}"), luck
    if probe.kind == "uninformed":
        yield from _paid(probe, [p for p in mine if p.oracle is not None], plan)
    elif probe.kind == "wrong":
        paid = [p for p in mine if p.oracle is not None and not p.passed and p.reward >= p.oracle - _EQUAL]
        if paid:
            text = f"wrong, it earns as much as the oracle in {len(paid)} of {len(mine)} plays: it {probe.says}"
            yield finding(paid, text), False
    else:
        paid = [p for p in mine if p.oracle is not None and p.reward > p.oracle + _EQUAL]
        if paid:
            text = f"it earns more than the oracle in {len(paid)} of {len(mine)} plays: it {probe.says}"
            yield finding(paid, text), False


def _paid(probe: Probe, known: Sequence[Probed], plan: Plan) -> Iterator[tuple[Finding, bool]]:
    """Whether an uninformed probe earns too little less than the oracle, on the average."""
    less = [p.oracle - p.reward for p in known if p.oracle is not None]
    gap = mean(less)
    if known and gap.high < plan.margin:
        best = [p for p, gap_ in zip(known, less, strict=True) if gap_ < plan.margin]
        luck = plan.is_small and (len(known) < _FEWEST or mean(less, CAUTIOUS).high >= plan.margin)
        text = f"it earns {_compared(gap.value)} the oracle on the average, and {plan.margin:g} less is wanted: it {probe.says}"
        yield first_of(best or known).finding(probe.name, text), luck


def _compared(less: float) -> str:
    """How a reward compares with another one that it is less than by so much: `only 0.100 less than`, `0.100 more than`.

    >>> _compared(0.1), _compared(-0.144), _compared(0.0001)
    ('only 0.100 less than', '0.144 more than', 'as much as')
    """
    if abs(less) < 0.0005:
        return "as much as"
    return f"only {less:.3f} less than" if less > 0 else f"{-less:.3f} more than"


def _guessed_figure(environment: str, of_levels: Sequence[Guessed], plan: Plan) -> Figure:
    right, of = sum(g.right for g in of_levels), sum(g.of for g in of_levels)
    chance = sum(g.chance * g.of for g in of_levels) / of
    bound = f"at each level at most chance, here {chance:.0%}, and {plan.chance:.0%}"
    return Figure(environment, NAME, "share of answers guessed from the opening", rate(right, of), bound)


def _guessed_findings(of_levels: Sequence[Guessed], plan: Plan) -> Iterator[Finding]:
    """The first level at which more answers are guessed than chance explains."""
    guessable = [g for g in of_levels if rate(g.right, g.of).low > g.chance + plan.chance]
    if guessable:
        first = first_of(guessable)
        text = f"it is right in {first.right} of {first.of} episodes, {first.chance:.0%} by chance: it {SAYS}; for {first.example}"
        yield first.finding(NAME, text)


CHECK: Check[Probed | Guessed] = Check(
    "floor",
    ("semantic.floor_gap", "semantic.canary_floor", "statistical.adversarial_floor"),
    "no cheat passes beyond chance, and none earns what the task is worth",
    judge,
    observe,
    jobs,
    work,
)
