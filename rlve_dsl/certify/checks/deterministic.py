"""deterministic: the same bytes in any process, hash seed, order and number of workers, and from a replay."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from rlve_dsl.agents import RandomAgent
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check, Job
from rlve_dsl.certify.findings import CheckResult, Figure, Finding
from rlve_dsl.certify.intervals import rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.episode import Scenario, ScenarioReference, record, replay
from rlve_dsl.errors import RlveError
from rlve_dsl.rng import Stream

_WIDTH = 10
HASH_SEEDS = ("0", "4242")
_LEVELS = 5


@dataclass(frozen=True, slots=True)
class Print:
    """The fingerprint of a case in one process: a short hash for each line that an agent or a reader could see."""

    process: str
    environment: str
    level: int
    seed: int
    hashes: tuple[str, ...]
    replayed: bool
    lines: str = ""


def fingerprint(case: Case, process: str) -> Print:
    """The fingerprint: prompt and tools, the oracle's trajectory, a random agent's; and whether the first replays."""
    oracle = case.oracle
    wild = case.perform(lambda episode: RandomAgent(episode, Stream("fingerprint", case.seed)))
    if oracle.episode is None or wild.episode is None:
        return Print(process, case.environment, case.level, case.seed, (_hash(oracle.problem),), True)
    lines = oracle.lines
    replayed = True
    if not oracle.problem:
        try:
            replayed = record(replay(lines.splitlines(), case.scenario)) == lines
        except RlveError:
            replayed = False
    told = [oracle.episode.prompt("native"), oracle.episode.prompt("json"), json.dumps(oracle.episode.tools)]
    hashes = tuple(_hash(text) for text in (*told, *lines.splitlines(), *wild.lines.splitlines()))
    return Print(process, case.environment, case.level, case.seed, hashes, replayed, lines)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_WIDTH]


def looked_at(case: Case, plan: Plan) -> bool:
    """Whether the case is one of those that are compared between processes."""
    return case.seed < plan.deep_seeds and case.level in plan.spread(_LEVELS)


def observe(case: Case, plan: Plan) -> Iterator[Print]:
    """The fingerprint in a worker of the pool, among other episodes."""
    if looked_at(case, plan):
        found = fingerprint(case, "pool")
        lines = "" if found.replayed else found.lines
        yield Print(found.process, found.environment, found.level, found.seed, found.hashes, found.replayed, lines)


def jobs(scenario: Scenario, plan: Plan) -> list[Job]:
    """Two fresh processes with hash seeds of their own, one of which goes through the episodes backwards."""
    return [(hash_seed,) for hash_seed in HASH_SEEDS]


def work(scenario: Scenario, source: ScenarioReference, plan: Plan, job: Job) -> Iterator[Print]:
    """The fingerprints that a fresh process takes."""
    (hash_seed,) = job
    order = {
        "path": source.path,
        "plugins": list(source.plugins),
        "levels": list(plan.levels),
        "deep_seeds": plan.deep_seeds,
        "backwards": hash_seed != HASH_SEEDS[0],
    }
    command = [sys.executable, "-m", "rlve_dsl.certify.fingerprints", json.dumps(order)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if ran.returncode != 0:
        raise RlveError(f"a fresh process could not play the scenario: {ran.stderr.strip()[-400:]}")
    for line in ran.stdout.splitlines():
        name, level, seed, hashes = json.loads(line)
        yield Print(f"hash seed {hash_seed}", name, level, seed, tuple(hashes), True)


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Print]) -> CheckResult:
    """How many cases had the same bytes everywhere; the smallest that had not, and the first line that differs."""
    figures, findings = [], []
    for environment in scenario.environments:
        mine = [p for p in seen if p.environment == environment]
        cases: dict[tuple[int, int], list[Print]] = {}
        for found in mine:
            cases.setdefault((found.level, found.seed), []).append(found)
        differing = sorted(at for at, prints in cases.items() if len({p.hashes for p in prints}) > 1)
        figures.append(Figure(environment, "bytes", "share the same in every process",
                              rate(len(cases) - len(differing), len(cases)), "must be 1"))  # fmt: skip
        unlike = [p for p in mine if not p.replayed]
        pool = [p for p in mine if p.process == "pool"]
        figures.append(
            Figure(
                environment,
                "replay",
                "share the same bytes again",
                rate(len(pool) - len(unlike), len(pool)),
                "must be 1",
            )
        )
        if differing:
            level, seed = differing[0]
            findings.append(Finding(environment, "bytes", _difference(cases[level, seed]), level, seed))
        if unlike:
            first = min(unlike, key=lambda p: (p.level, p.seed))
            findings.append(Finding(environment, "replay", "replaying the oracle's trajectory gives other bytes",
                                    first.level, first.seed, first.lines))  # fmt: skip
    return CheckResult(CHECK.name, CHECK.ids, CHECK.promise, tuple(figures), tuple(findings))


def _difference(prints: Sequence[Print]) -> str:
    first = prints[0]
    other = next(p for p in prints if p.hashes != first.hashes)
    pairs = zip(first.hashes, other.hashes, strict=False)
    line = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first.hashes), len(other.hashes)))
    told = ("the system prompt", "the JSON prompt", "the tools' schemas", "the opening")
    what = told[line] if line < len(told) else f"line {line - len(told) + 2} of the trajectories"
    return f"{what} is not the same in `{first.process}` and `{other.process}`"


CHECK = Check(
    "deterministic",
    ("runtime.seed_control", "runtime.episode_determinism", "runtime.episode_isolation", "semantic.replayability",
     "semantic.verifier_determinism"),
    "the same scenario, level and seed give the same bytes in every process, hash seed, order and pool, and in a replay",
    judge,
    observe,
    jobs,
    work,
)  # fmt: skip
