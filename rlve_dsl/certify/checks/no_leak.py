"""no_leak: what is hidden stays hidden until it is revealed.

Four tests compare episodes, because a word alone proves nothing (the right option is always among the options listed):

- *goal*: the oracle's actions are played with another episode's goal. No word of the goal may be said or shown in the one
  play and not in the other.
- *opening*: a value that only an unsaid fact states is drawn again. The opening, and what the user says to an agent that
  asks for nothing, must stay the same.
- *position*: an agent that never asks reads everything. No place in a list (its first, its last) and no field of a single
  result may hold the value of an unsaid fact, or of the goal, in every episode.
- *mark*: no field of the rows that tools list may have one value on everything that the goal wants and on nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from types import MappingProxyType

from rlve_dsl.agents import inquire
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.findings import CheckResult, Figure, Finding, Observation, first_of
from rlve_dsl.certify.intervals import rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.redraw import drawn, leaves, redrawn, sites, with_environment
from rlve_dsl.compiler import CompiledEnvironment, draw_world
from rlve_dsl.episode import Action, Call, Episode, Scenario
from rlve_dsl.errors import RlveError
from rlve_dsl.expressions import show
from rlve_dsl.expressions.types import TEXT
from rlve_dsl.values import Json, Names, Value

_WORD = re.compile(r"[\w$.-]+")
_LEVELS = 3
_REDRAWS = 4
_OPENINGS = 3
_FEWEST = 8
_BY_CHANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Leak(Observation):
    """The result of a test that one case decides. `text` is empty when there is no leak."""

    test: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Read(Observation):
    """What an agent that never asks read in a case: values by place, marks of rows, and the secrets of the case."""

    places: Mapping[str, tuple[Json, bool]]
    marks: tuple[tuple[str, str, bool], ...]
    secrets: Mapping[str, tuple[Value, ...]]


def observe(case: Case, plan: Plan) -> Iterator[Leak | Read]:
    """Make the tests that one case decides, and read for those that need many cases."""
    if case.oracle.episode is None:
        return
    try:
        if case.seed < plan.deep_seeds:
            yield from _goal(case)
        if case.level in plan.spread(_LEVELS):
            yield _read(case)
            if case.seed < _OPENINGS * plan.deep_seeds:
                yield from _opening(case)
    except RlveError:
        return  # `solvable` says so


def _goal(case: Case) -> Iterator[Leak]:
    environment = case.scenario.compiled.environments[case.environment]
    mine = [p.names["goal"] for p in drawn(case.scenario, case.environment, case.level, case.seed).parts]
    if not any(mine):
        return
    others: Names = {}

    def poison(part: CompiledEnvironment) -> CompiledEnvironment:
        catalog = case.scenario.compiled.catalog
        others[part.name] = other = (
            draw_world(environment.alone(part.name), catalog, case.level, case.seed + 2).parts[0].names["goal"]
        )
        return replace(part, goal=tuple(replace(b, build=lambda *_, name=b.name: other[name]) for b in part.goal))

    parts = MappingProxyType({name: poison(part) for name, part in environment.parts.items()})
    poisoned = with_environment(case.scenario, replace(environment, parts=parts))
    play = Case(poisoned, case.environment, case.level, case.seed).play_script(case.oracle.script)
    words = {str(value) for _, value in leaves(mine, "goal") if len(str(value)) > 1} - {
        str(value) for _, value in leaves(others, "goal")
    }
    text = ""
    for number, (usual, changed) in enumerate(zip(case.oracle.turns, play.turns, strict=False), start=1):
        # message by message: what a tool shows in both plays may still be told by the user in one
        pairs = zip_longest(
            (m["content"] for m in usual.messages), (m["content"] for m in changed.messages), fillvalue=""
        )
        gone = set[str]().union(*(set(_WORD.findall(a)) - set(_WORD.findall(b)) for a, b in pairs))
        if leaked := sorted(words & gone):
            text = f"what is shown after turn {number} follows the hidden goal: it holds `{leaked[0]}` with this goal alone"
            break
    yield Leak(*case.place, case.oracle.trajectory if text else "", "goal", "goal", text)


def _opening(case: Case) -> Iterator[Leak]:
    usual = _quiet(case.scenario, case)
    open_, stated = _slots(case.scenario, case)
    if not open_:
        return
    for site in sites(case.scenario, case.environment, case.level, case.seed):
        for again in range(_REDRAWS):
            other = redrawn(case.scenario, case.environment, site, again)
            try:
                secret, said = _slots(other, case)
            except RlveError:
                continue
            if said != stated or secret == open_ or secret.keys() != open_.keys():
                continue
            fact = next(key for key in open_ if open_[key] != secret[key])
            replies = _quiet(other, case)
            text = (
                ""
                if replies == usual
                else (
                    f"the user tells `{fact[0]}` before anybody asks: the opening is {usual[0]!r} or {replies[0]!r} as it changes"
                )
            )
            yield Leak(*case.place, case.oracle.trajectory if text else "", "opening", fact[0], text)


def _quiet(scenario: Scenario, case: Case) -> list[str]:
    """What the user says at first, and to an agent that asks for nothing."""
    episode = scenario.reset(case.environment, level=case.level, seed=case.seed)
    replies = [episode.opening, episode.prompt("native")]
    if episode.turn_budget > 1:
        step = episode.step(Action("One moment, please."))
        replies += [m["content"] for m in step.observation.messages]
    return replies


def _slots(scenario: Scenario, case: Case) -> tuple[dict[tuple[str, int | None], str], list[object]]:
    parts = drawn(scenario, case.environment, case.level, case.seed).parts
    slots = [(f"{s.part}. {s.fact}" if len(parts) > 1 else s.fact, s) for part in parts for s in part.slots]
    secret = {(name, s.key): repr(s.value) for name, s in slots if s.omitted}
    return secret, [(name, s.key, repr(s.value)) for name, s in slots if not s.omitted]


# What an agent reads that never asks ---------------------------------------------------------------------------------


def _read(case: Case) -> Read:
    episode = case.reset()
    inquire(episode, ask=False)
    start = drawn(case.scenario, case.environment, case.level, case.seed)
    secrets: dict[str, tuple[Value, ...]] = {}
    for part in start.parts:
        hidden = [leaf for slot in part.slots if slot.omitted for leaf in leaves(slot.value, slot.fact)]
        for path, value in (*hidden, *leaves(part.names["goal"], "goal")):
            secrets[path] = (*secrets.get(path, ()), value)
    goal = [value for path, values in secrets.items() if path.startswith("goal") for value in values]
    wanted = {value for value in goal if isinstance(value, str)}
    places: dict[str, tuple[Json, bool]] = {}
    marks: set[tuple[str, str, bool]] = set()
    for name, results in _results(episode).items():
        for path, value, several in _places(results, name):
            places.setdefault(path, (value, several))
        marks |= set(_marks(results, name, wanted))
    trajectory = case.oracle.trajectory if case.seed == 0 else ""
    return Read(*case.place, trajectory, places, tuple(sorted(marks)), secrets)


def _results(episode: Episode) -> dict[str, list[Json]]:
    """What each tool returned, call by call, as JSON. Refused calls are left out."""
    found: dict[str, list[Json]] = {}
    for turn in episode.turns:
        calls: Sequence[Call] = turn.action.calls if isinstance(turn.action, Action) else ()
        for call, result in zip(calls, turn.results, strict=False):
            if result.refused is None:
                found.setdefault(call.name, []).append(result.tool.encode(result.value))
    return found


def _places(results: Json, path: str, several: bool = False) -> Iterator[tuple[str, Json, bool]]:
    """(place, scalar, whether it is one of several) of the first and last item of every list, and of every field."""
    if isinstance(results, dict):
        for name, part in results.items():
            yield from _places(part, f"{path}.{name}", several)
    elif isinstance(results, list):
        if results:
            yield from _places(results[0], f"{path}[first]", several or len(results) > 1)
            yield from _places(results[-1], f"{path}[last]", several or len(results) > 1)
    elif isinstance(results, str | int | float):
        yield path, results, several


def _marks(results: Json, path: str, wanted: set[str]) -> Iterator[tuple[str, str, bool]]:
    """(field, value, whether the row is wanted) of fields of rows in a list, where some rows are wanted and some are not."""
    if isinstance(results, dict):
        for name, part in results.items():
            yield from _marks(part, f"{path}.{name}", wanted)
    elif isinstance(results, list):
        rows = [row for row in results if isinstance(row, dict)]
        verdicts = [any(isinstance(v, str) and v in wanted for v in row.values()) for row in rows]
        if any(verdicts) and not all(verdicts):
            for row, verdict in zip(rows, verdicts, strict=True):
                for name, value in row.items():
                    if isinstance(value, bool | str) and value not in wanted:
                        yield f"{path}.{name}", json.dumps(value), verdict
        for part in results:
            yield from _marks(part, path, wanted)


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Leak | Read]) -> CheckResult:
    """Report the comparisons made, the first case of each leak, and places and marks that tell a secret every time."""
    figures: list[Figure] = []
    findings: list[Finding] = []
    for name in scenario.environments:
        leaks = [t for t in seen if isinstance(t, Leak) and t.environment == name]
        for test in dict.fromkeys(t.test for t in leaks):
            of = [t for t in leaks if t.test == test]
            leaking = [t for t in of if t.text]
            share = rate(len(leaking), len(of))
            figures.append(Figure(name, test, "share of comparisons that leak", share, "must be 0"))
            for subject in dict.fromkeys(t.subject for t in leaking):
                first = first_of(t for t in leaking if t.subject == subject)
                findings.append(first.finding(subject, first.text))
        reads = [r for r in seen if isinstance(r, Read) and r.environment == name]
        found = [*_telling_places(reads), *_telling_marks(reads)]
        read = rate(len(reads) if found else 0, len(reads))
        figures.append(Figure(name, "position and mark", "episodes read without asking", read, "must tell nothing"))
        findings += [reads[0].finding(subject, text) for subject, text in found]
    return CHECK.result(figures, findings)


def _telling_places(reads: Sequence[Read]) -> Iterator[tuple[str, str]]:
    found: set[str] = set()
    for place in dict.fromkeys(place for read in reads for place in read.places):
        for secret in dict.fromkeys(secret for read in reads for secret in read.secrets):
            # a single result may hold what the goal is about (looking it up is the task), a place in a list may not
            held = [r for r in reads if place in r.places and secret in r.secrets]
            held = [r for r in held if r.places[place][1] or not secret.startswith("goal")]
            if len(held) < _FEWEST or secret in found:
                continue
            values = {r.places[place][0] for r in held}
            if len(values) < 3 or not all(_same(r.places[place][0], r.secrets[secret]) for r in held):
                continue
            # how often the place would hold another episode's secret by chance, and so in all episodes
            pairs = [(a, b) for a in held for b in held if a is not b]
            chance = sum(_same(a.places[place][0], b.secrets[secret]) for a, b in pairs) / len(pairs)
            if chance ** len(held) <= _BY_CHANCE:
                found.add(secret)
                yield secret, f"`{place}` is `{secret}` in each of {len(held)} episodes, before anybody asks"


def _same(value: Json, secrets: tuple[Value, ...]) -> bool:
    return value in secrets or (
        isinstance(value, str) and value in {show(s, TEXT) if isinstance(s, str) else str(s) for s in secrets}
    )


def _telling_marks(reads: Sequence[Read]) -> Iterator[tuple[str, str]]:
    fields: dict[str, dict[str, set[bool]]] = {}
    counts: dict[str, set[tuple[int, int]]] = {}
    for read in reads:
        for field, value, wanted in read.marks:
            fields.setdefault(field, {}).setdefault(value, set()).add(wanted)
            counts.setdefault(field, set()).add((read.level, read.seed))
    for field, values in fields.items():
        only = [value for value, verdicts in values.items() if verdicts == {True}]
        rest = [value for value, verdicts in values.items() if verdicts == {False}]
        if len(counts[field]) >= _FEWEST and len(only) == 1 and len(values) == len(only) + len(rest):
            episodes = len(counts[field])
            yield field, f"`{field}` is {only[0]} on what the goal wants and on nothing else, in {episodes} episodes"


CHECK: Check[Leak | Read] = Check(
    "no_leak",
    ("semantic.no_solution_leakage", "runtime.oracle_containment"),
    "the goal is in nothing that is shown, and a fact in nothing before it is said",
    judge,
    observe,
)
