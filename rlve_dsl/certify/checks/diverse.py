"""diverse: seeds make different episodes, and held-out seeds do not repeat the episodes of training seeds."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.findings import CheckResult, Figure, Finding
from rlve_dsl.certify.intervals import Interval, rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.episode import Scenario
from rlve_dsl.expressions.types import BOOL, Enum, required

FEWEST_SEEDS = 6
FEWEST_ANSWERS = 30
MOST_ALIKE = 0.5
COMMONEST = 0.6
NEAR = 0.9
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Look:
    """What an episode looks like.

    `target` is the end state that the oracle reached, `decisions` the tools it used in order, and `intent` the requests with
    the facts of each that the user did not say at first. `answers` are the fields of the oracle's answers that are words or
    yes and no.
    """

    environment: str
    level: int
    seed: int
    opening: str
    target: str
    decisions: str
    intent: str
    answers: tuple[tuple[str, str], ...] = ()


def observe(case: Case, plan: Plan) -> Iterator[Look]:
    """Look at a case."""
    episode = case.oracle.episode
    if episode is None:
        return
    decisions = json.dumps([[call.name for call in action.calls] for action in case.oracle.script])
    begun = case.reset()
    facts = [[p.environment.name, sorted({fact for fact, _, _ in p.questions()})] for p in begun.parts]
    answers = tuple(
        (f"{part.environment.name}.{name}", repr(value))
        for part in episode.parts
        for name, value in (part.answer or {}).items()
        if isinstance(kind := required(part.environment.answer[name]), Enum) or kind == BOOL
    )
    yield Look(*case.place, episode.opening, case.oracle.end_state, decisions, json.dumps(facts), answers)


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Look]) -> CheckResult:
    """Report distinct openings, targets, decisions and intents by level, and near-duplicates between even and odd seeds."""
    if plan.seeds < FEWEST_SEEDS:
        return CHECK.result(
            undecided=(f"{plan.seeds} seeds a level are too few to judge anything, {FEWEST_SEEDS} are wanted",)
        )
    figures: list[Figure] = []
    findings: dict[tuple[str, str], Finding] = {}
    undecided: list[str] = []
    for environment in scenario.environments:
        for level in plan.levels:
            here = [look for look in seen if look.environment == environment and look.level == level]
            if not here:
                continue
            found, wrong = _judge_level(environment, level, here)
            figures += found
            if wrong is not None:
                findings.setdefault((environment, wrong.subject), wrong)
        for field, values in _answers(look for look in seen if look.environment == environment).items():
            if len(set(values)) > 1:
                continue
            text = f"the right value of `{field}` is {values[0]} in each of {len(values)} episodes, so giving it takes nothing"
            if len(values) < FEWEST_ANSWERS:
                undecided.append(f"{environment}: {text}; this may be luck")
            else:
                findings[environment, field] = Finding(environment, field, text)
    return CHECK.result(figures, [*findings.values()], undecided=undecided)


def _answers(looks: Iterable[Look]) -> dict[str, list[str]]:
    """The values of each field of the answer, in all episodes."""
    found: dict[str, list[str]] = {}
    for look in looks:
        for field, value in look.answers:
            found.setdefault(field, []).append(value)
    return found


def _judge_level(environment: str, level: int, here: Sequence[Look]) -> tuple[list[Figure], Finding | None]:
    where = f"level {level}"
    target, often = Counter(x.target for x in here).most_common(1)[0]
    training, held_out = ([x for x in here if x.seed % 2 == parity] for parity in (0, 1))
    twins = [x for x in held_out if any(_alike(x, other) for other in training)]
    measured = (
        ("distinct openings", _distinct(x.opening for x in here), f"at least {1 - MOST_ALIKE:.0%}"),
        ("distinct targets", _distinct(x.target for x in here), ""),
        ("distinct decisions", _distinct(x.decisions for x in here), ""),
        ("distinct intents", _distinct(x.intent for x in here), ""),
        ("share of the commonest target", rate(often, len(here)), f"at most {COMMONEST:.0%}"),
        ("near-duplicates of training seeds", rate(len(twins), len(held_out)), f"at most {MOST_ALIKE:.0%}"),
    )
    figures = [Figure(environment, where, measure, interval, bound) for measure, interval, bound in measured]
    if figures[0].interval.value < 1 - MOST_ALIKE:
        text = f"{len({x.opening for x in here})} different openings in {len(here)} seeds"
        return figures, Finding(environment, "openings", text, level, here[0].seed)
    if often / len(here) > COMMONEST:
        text = f"{often} of {len(here)} seeds want the same: {target[:120]}"
        return figures, Finding(environment, "targets", text, level, here[0].seed)
    if held_out and len(twins) / len(held_out) > MOST_ALIKE:
        text = f"{len(twins)} of {len(held_out)} held-out (odd) seeds are near-duplicates of training (even) seeds"
        return figures, Finding(environment, "near-duplicates", text, level, twins[0].seed)
    return figures, None


def _distinct(values: Iterable[str]) -> Interval:
    found = list(values)
    return rate(len(set(found)), len(found))


def _alike(one: Look, other: Look) -> bool:
    """Whether both have the same target and openings of nearly the same words (Jaccard index)."""
    if one.target != other.target:
        return False
    a, b = set(_WORD.findall(one.opening.lower())), set(_WORD.findall(other.opening.lower()))
    return len(a & b) >= NEAR * len(a | b)


CHECK: Check[Look] = Check(
    "diverse",
    ("rlve.diversity",),
    "seeds make different openings and targets, and held-out seeds are not training seeds over again",
    judge,
    observe,
)
