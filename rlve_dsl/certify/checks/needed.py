"""needed: every fact that an opening can leave out decides something.

The oracle plays each case again without ever learning one fact that the opening left out. In its place it knows nothing, or
it guesses from what the fact is on other seeds. The guess that passes most often counts. Where the oracle then passes as often
as before, nobody has to ask for the fact.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import fsum
from statistics import median_low

from rlve_dsl.agents import OracleAgent, UnheardFact
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check, notes_on_fixed
from rlve_dsl.certify.checks.harder import overridden
from rlve_dsl.certify.findings import CheckResult, Figure, Finding, Observation, first_of
from rlve_dsl.certify.intervals import Interval, rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.english import listed
from rlve_dsl.episode import Episode, Part, Scenario
from rlve_dsl.frozen import frozen
from rlve_dsl.user import Slot
from rlve_dsl.values import Value

LOSS = 0.1
"""The share of the plays that must be lost without a fact that is needed."""

SURE = 0.2
"""A fact is not needed only if its true loss is below this share (95%)."""

_LEVELS = 3
_OTHERS = range(1_000_000, 1_000_024)  # seeds that no certification looks at
_FAR = 10
Guesses = Mapping[int | None, Value]
"""What is taken for a fact, by the index of the item."""


@frozen
class Unheard(Observation):
    """A case that the oracle passes and whose opening leaves a fact out: which guesses pass without it."""

    fact: str
    passed: Mapping[str, bool]


def observe(case: Case, plan: Plan) -> Iterator[Unheard]:
    """Play the case without each fact that its opening leaves out."""
    if case.scenario.compiled.environments[case.environment].by_seed:
        return
    if case.level not in plan.spread(_LEVELS) or case.oracle.episode is None:
        return
    for part in case.oracle.episode.parts:
        name = part.environment.name
        alone = name in case.scenario.environments
        if not part.grade.correct or (alone and name != case.environment):
            continue  # of a chain, only parts that are nowhere by themselves are looked at
        for fact in dict.fromkeys(slot.fact for slot in part.drawn.slots if slot.omitted):
            yield _unheard(case, part, fact)


def _unheard(case: Case, part: Part, fact: str) -> Unheard:
    passed: dict[str, bool] = {}
    shown = ""
    for how, guesses in _guesses(case, part, fact).items():
        play = case.play(partial(_deaf, number=part.number, fact=fact, guesses=guesses))
        passed[how] = play.episode is not None and play.episode.parts[part.number - 1].grade.correct
        if passed[how]:
            shown = shown or play.trajectory
    return Unheard(*case.place, shown, f"{part.environment.name}.{fact}", passed)


def _deaf(episode: Episode, number: int, fact: str, guesses: Guesses) -> OracleAgent:
    """An oracle that never learns the fact in one part of the episode."""

    def said(part: Part) -> Value:
        return UnheardFact(part, fact, guesses) if part.number == number else part.said

    return OracleAgent(episode, said=said)


def _guesses(case: Case, part: Part, fact: str) -> dict[str, Guesses]:
    """What an agent may take for the fact: nothing, what it most often is, and for numbers also far more or far less."""
    mine = [slot for slot in part.drawn.slots if slot.fact == fact and slot.omitted]
    others = [slot for slot in _elsewhere(case, part) if slot.fact == fact]
    found: dict[str, Guesses] = {"nothing": {}}
    if not others:
        return found
    values = {slot.key: _alike(slot, others) for slot in mine}
    found["what it most often is"] = {key: typical(known) for key, known in values.items()}
    if all(_are_numbers(known) for known in values.values()):
        found["far more"] = {key: max(known) * _FAR for key, known in values.items()}
        found["far less"] = {key: min(known) // _FAR for key, known in values.items()}
    return found


def _are_numbers(values: Sequence[Value]) -> bool:
    """Whether these are different numbers."""
    return len(set(map(repr, values))) > 1 and all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in values
    )


def _elsewhere(case: Case, part: Part) -> Iterator[Slot]:
    """What the user knows in other episodes of the same level."""
    for seed in _OTHERS:
        opened = case.sibling(seed).opened
        for other in opened.parts if opened is not None else ():
            if other.environment.name == part.environment.name:
                yield from other.drawn.slots


def _alike(slot: Slot, others: Sequence[Slot]) -> list[Value]:
    """What others answer to the same question, or to any question for this fact."""
    asked = ["".join(segment.text for segment in ask) for ask in slot.asks]
    same = [s.value for s in others if ["".join(segment.text for segment in ask) for ask in s.asks] == asked]
    return same or [s.value for s in others]


def typical(values: Sequence[Value]) -> Value:
    """Return what a value most often is; of many different numbers the median, of records of numbers the mean.

    >>> typical(["mail", "locker", "mail"]), typical([1.0, 5.0, 3.0]), typical([{"a": 0.2}, {"a": 0.4}])
    ('mail', 3.0, {'a': 0.30000000000000004})
    """
    first = values[0]
    if isinstance(first, Mapping) and all(isinstance(part, float) for part in first.values()):
        return {name: fsum(value[name] for value in values) / len(values) for name in first}
    keys = [json.dumps(value, sort_keys=True, default=str) for value in values]
    ((best, count),) = Counter(keys).most_common(1)
    if count == 1 and isinstance(first, int | float):
        return median_low(values)
    return values[keys.index(best)]


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Unheard]) -> CheckResult:
    """Report, fact by fact, how many plays are lost without it, and the facts that nobody has to learn."""
    figures: list[Figure] = []
    findings: list[Finding] = []
    notes = notes_on_fixed(scenario, "the calls that solve them are written down, whatever the user says")
    undecided: list[str] = []
    for name in scenario.environments:
        mine = [s for s in seen if s.environment == name]
        for fact in sorted({s.fact for s in mine}):
            plays = [s for s in mine if s.fact == fact]
            how, loss = lost(plays)
            figures.append(Figure(name, fact, "share lost without it", loss, f"at least {LOSS}"))
            if loss.value >= LOSS:
                continue
            if loss.high > SURE:
                undecided.append(f"{name}: {loss.of} plays are too few to tell whether `{fact}` is needed")
                continue
            if fixed := _fixed(scenario, name):
                notes.append(f"{name}: `{fact}` decides nothing here, where the collection fixes {listed(fixed)}")
                continue
            first = first_of(s for s in plays if s.passed.get(how))
            text = (
                f"who never learns it and takes {how} in its place loses {loss.value:.0%} of {loss.of} plays, "
                "so nobody has to ask for it"
            )
            findings.append(first.finding(fact, text))
    return CHECK.result(figures, findings, notes, undecided)


def _fixed(scenario: Scenario, environment: str) -> list[str]:
    """The axes of the environment that the collection itself keeps at one value, such as no stock-outs."""
    whole = scenario.compiled.environments[environment]
    tables = {axis: table for axis, table in whole.axes.items() if axis in whole.reads}
    return [
        f"`{a}`" for a, table in tables.items() if overridden(scenario, environment, a) and len(set(table.values)) == 1
    ]


def lost(plays: Sequence[Unheard]) -> tuple[str, Interval]:
    """Return the guess that loses the fewest of the plays, and the share that it loses."""
    ways = dict.fromkeys(how for play in plays for how in play.passed)
    losses = {how: sum(not play.passed.get(how, False) for play in plays) for how in ways}
    best = min(losses, key=lambda how: losses[how])
    return best, rate(losses[best], len(plays))


CHECK: Check[Unheard] = Check(
    "needed",
    ("rlve.needed",),
    "every fact that an opening can leave out decides something, so it is worth asking for",
    judge,
    observe,
)
