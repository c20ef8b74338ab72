"""deterministic: the same bytes in any process, with any hash seed, order and number of workers, and from a replay."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256

from rlve_dsl.agents import RandomAgent
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check, Job
from rlve_dsl.certify.findings import CheckResult, Figure, Finding, Observation, first_of
from rlve_dsl.certify.intervals import rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.episode import Scenario, ScenarioReference, record, replay
from rlve_dsl.errors import PluginFault, RlveError
from rlve_dsl.frozen import frozen
from rlve_dsl.plugins import answer_of
from rlve_dsl.rng import Stream

_WIDTH = 10
_POOL = "pool"
HASH_SEEDS = ("0", "4242")
_LEVELS = 5


@frozen
class Print(Observation):
    """The fingerprint of a case in one process: a short hash of each line that an agent or a reader of trajectories can see."""

    process: str
    hashes: tuple[str, ...]
    replayed: bool


def fingerprint(case: Case, process: str) -> Print | None:
    """Take the fingerprint of prompts, tools, the oracle's trajectory and a random agent's; replay the oracle's.

    None where a fault of a plugin ends a play: the two processes may meet it at different calls.

    Raises:
        PluginFault: When it ends the random agent's play in the pool. That of the oracle is found whatever is checked.
    """
    oracle = case.oracle
    random = case.play(lambda episode: RandomAgent(episode, Stream("fingerprint", case.seed)))
    if random.fault and not oracle.fault and process == _POOL:
        raise PluginFault(random.problem)
    if oracle.fault or random.fault:
        return None
    if oracle.episode is None or random.episode is None:
        return Print(*case.place, "", process, (_hash(oracle.problem),), True)
    trajectory = oracle.trajectory
    replayed = True
    if not oracle.problem:
        try:
            replayed = record(replay(trajectory.splitlines(), case.scenario)) == trajectory
        except RlveError:
            replayed = False
    briefing = [oracle.episode.prompt("native"), oracle.episode.prompt("json"), json.dumps(oracle.episode.tools)]
    hashes = tuple(_hash(text) for text in (*briefing, *trajectory.splitlines(), *random.trajectory.splitlines()))
    return Print(*case.place, "" if replayed else trajectory, process, hashes, replayed)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_WIDTH]


def looked_at(case: Case, plan: Plan) -> bool:
    """Tell whether the case is one of those that are compared between processes."""
    return case.seed < plan.deep_seeds and case.level in plan.spread(_LEVELS)


def observe(case: Case, plan: Plan) -> Iterator[Print]:
    """Take the fingerprint in a worker, among other episodes."""
    if looked_at(case, plan) and (found := fingerprint(case, _POOL)) is not None:
        yield found


def jobs(scenario: Scenario, plan: Plan) -> list[Job]:
    """Name two new processes with hash seeds of their own. One of them plays the episodes in reverse order."""
    return [(hash_seed,) for hash_seed in HASH_SEEDS]


def work(scenario: Scenario, source: ScenarioReference, plan: Plan, job: Job) -> Iterator[Print]:
    """Take the fingerprints in a new process."""
    (hash_seed,) = job
    order = {
        "path": source.path,
        "plugins": list(source.plugins),
        "levels": list(plan.levels),
        "deep_seeds": plan.deep_seeds,
        "backwards": hash_seed != HASH_SEEDS[0],
    }
    try:
        answer = answer_of("rlve_dsl.certify.fingerprints", [json.dumps(order)], hash_seed)
    except RlveError as problem:
        used = ", ".join(f"`{name}`" for name in dict.fromkeys(use.plugin for use in scenario.compiled.uses))
        suspected = f"; it uses {used}, which may end the process" if used else ""
        raise RlveError(f"a new process that played the scenario {problem}{suspected}") from None
    for line in answer.splitlines():
        name, level, seed, hashes = json.loads(line)
        yield Print(name, level, seed, "", f"hash seed {hash_seed}", tuple(hashes), True)


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Print]) -> CheckResult:
    """Report how many cases have the same bytes everywhere, and the first line that differs in the first that does not."""
    figures, findings = [], []
    for environment in scenario.environments:
        mine = [p for p in seen if p.environment == environment]
        cases: dict[tuple[int, int], list[Print]] = {}
        for found in mine:
            cases.setdefault((found.level, found.seed), []).append(found)
        differing = sorted(at for at, prints in cases.items() if len({p.hashes for p in prints}) > 1)
        same = rate(len(cases) - len(differing), len(cases))
        if cases:
            figures.append(Figure(environment, "bytes", "share the same in every process", same, "must be 1"))
        unlike = [p for p in mine if not p.replayed]
        if pool := [p for p in mine if p.process == _POOL]:
            again = rate(len(pool) - len(unlike), len(pool))
            figures.append(Figure(environment, "replay", "share the same bytes again", again, "must be 1"))
        if differing:
            level, seed = differing[0]
            findings.append(Finding(environment, "bytes", _difference(cases[level, seed]), level, seed))
        if unlike:
            text = "replaying the oracle's trajectory gives other bytes"
            findings.append(first_of(unlike).finding("replay", text))
    return CHECK.result(figures, findings)


def _difference(prints: Sequence[Print]) -> str:
    first = prints[0]
    other = next(p for p in prints if p.hashes != first.hashes)
    pairs = zip(first.hashes, other.hashes, strict=False)
    line = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first.hashes), len(other.hashes)))
    briefing = ("the system prompt", "the JSON prompt", "the tools' schemas", "the opening")
    what = briefing[line] if line < len(briefing) else f"line {line - len(briefing) + 2} of the trajectories"
    return f"{what} is not the same in `{first.process}` and `{other.process}`"


CHECK: Check[Print] = Check(
    "deterministic",
    ("runtime.seed_control", "runtime.episode_determinism", "runtime.episode_isolation", "semantic.replayability",
     "semantic.verifier_determinism"),
    "the same scenario, level and seed give the same bytes in every process, hash seed, order and pool, and in a replay",
    judge,
    observe,
    jobs,
    work,
)  # fmt: skip
