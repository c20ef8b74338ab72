"""diverse: seeds make different requests, and held-out seeds do not repeat the episodes of training seeds."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from rlve_dsl.catalog import Product, part_of
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check, notes_on_fixed
from rlve_dsl.certify.findings import CheckResult, Figure, Finding
from rlve_dsl.certify.intervals import Interval, rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.episode import Scenario
from rlve_dsl.expressions.types import BOOL, Enum, required
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import is_held_out
from rlve_dsl.values import Value

FEWEST_SEEDS = 6
FEWEST_ANSWERS = 30
MOST_ALIKE = 0.5
COMMONEST = 0.6
NEAR = 0.9
_WORD = re.compile(r"\w+")
_TEXT = re.compile(r'"([^"\\]*)"')  # of JSON


@frozen
class Look:
    """What an episode looks like.

    `request` is the opening with what the user told the oracle. `target` is the end state that the oracle reached, `decisions`
    the tools it used in order, and `intent` the requests with the facts of each that the user did not say at first. `kinds` are
    the codes of the kinds of the products that are right, and `astray` says whether some of them are only for the other half of
    the seeds. `answers` are the fields of the oracle's answers that are words or yes and no.
    """

    environment: str
    level: int
    seed: int
    request: str
    target: str
    decisions: str
    intent: str
    kinds: frozenset[int]
    astray: bool
    answers: tuple[tuple[str, str], ...] = ()


def observe(case: Case, plan: Plan) -> Iterator[Look]:
    """Look at a case."""
    episode = case.oracle.episode
    if episode is None or case.scenario.compiled.environments[case.environment].by_seed:
        return
    decisions = json.dumps([[call.name for call in action.calls] for action in case.oracle.script])
    begun = case.begin()
    facts = [[p.environment.name, sorted({fact for fact, _, _ in p.questions()})] for p in begun.parts]
    compiled = case.scenario.compiled
    rows = sorted(_products(case, [part.names for part in episode.parts]))
    kinds = frozenset(compiled.catalog.table.columns.kind_code[rows].tolist())
    share = compiled.spec.held_out or 0.0
    astray = share > 0 and bool(kinds & part_of(compiled.catalog, share, not is_held_out(case.seed)).kinds)
    answers = tuple(
        (f"{part.environment.name}.{name}", repr(value))
        for part in episode.parts
        for name, value in (part.answer or {}).items()
        if isinstance(kind := required(part.environment.answer[name]), Enum) or kind == BOOL
    )
    told = ["".join(piece.text for piece in slot.says) for part in episode.parts for slot in part.disclosed]
    request = " ".join([episode.opening, *told])
    yield Look(*case.place, request, case.oracle.end_state, decisions, json.dumps(facts), kinds, astray, answers)


def _products(case: Case, worlds: Sequence[Mapping[str, Value]]) -> set[int]:
    """The rows of the products that the oracle's answers and changes name, themselves or by an order that holds them."""
    catalog = case.scenario.compiled.catalog
    holding: dict[str, set[int]] = {}
    for world in worlds:
        for value in world.values():
            _note_orders(value, holding)
    named = json.dumps([[*action.answers] for action in case.oracle.script]) + json.dumps(
        [effect for turn in case.oracle.turns for effect in turn.effects]
    )
    found: set[int] = set()
    for text in _TEXT.findall(named):
        row = catalog.row_of(text)
        found |= {row} if row is not None else holding.get(text, set())
    return found


def _note_orders(value: Value, holding: dict[str, set[int]]) -> set[int]:
    """The rows of the products in a value; for every record in it, they are noted under the record's ids."""
    if isinstance(value, Product):
        return {value.row}
    if not isinstance(value, Mapping):
        parts = value if isinstance(value, list | tuple) else ()
        return set[int]().union(*(_note_orders(part, holding) for part in parts))
    rows = set[int]().union(*(_note_orders(part, holding) for part in value.values()))
    for name, id_ in value.items():
        if name.endswith("_id") and isinstance(id_, str) and rows:
            holding.setdefault(id_, set()).update(rows)
    return rows


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Look]) -> CheckResult:
    """Report distinct requests, targets, decisions and intents by level, near-duplicates between even and odd seeds, and
    kinds of products that are right in both."""
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
            found, faults = _judge_level(environment, level, here)
            figures += found
            for fault, hits, of, most in faults:
                if plan.may_be_luck(hits, of, most):
                    undecided.append(f"{environment}: at level {level}, {fault.text}; this may be luck")
                else:
                    findings.setdefault((environment, fault.subject), fault)
        for field, values in _answers(look for look in seen if look.environment == environment).items():
            if len(set(values)) > 1:
                continue
            text = f"the right value of `{field}` is {values[0]} in each of {len(values)} episodes, so giving it takes nothing"
            if len(values) < FEWEST_ANSWERS:
                undecided.append(f"{environment}: {text}; this may be luck")
            else:
                findings[environment, field] = Finding(environment, field, text)
    notes = notes_on_fixed(scenario, "there are as many as its file has")
    held_out = scenario.compiled.spec.held_out
    for environment in scenario.environments:
        looks = [look for look in seen if look.environment == environment and look.kinds]
        if not looks:
            continue
        share = _remembered(looks)
        bound = "must be 0" if held_out else ""
        figures.append(Figure(environment, "products", "held-out episodes about kinds of training", share, bound))
        if held_out == 0:
            notes.append(
                f"{environment}: whether an agent can memorise the products is not judged, as `held_out` is 0%"
            )
        elif held_out is None:
            text = "the collection holds no products out: an agent that has memorised them need not search (write `held_out: 20%`)"
            findings[environment, "products"] = Finding(environment, "products", text)
        elif astray := [look for look in looks if look.astray]:
            text = (
                f"in {len(astray)} of {len(looks)} seeds, a product is right that should be right only in "
                f"{'training (even)' if is_held_out(astray[0].seed) else 'held-out (odd)'} seeds"
            )
            findings[environment, "products"] = Finding(environment, "products", text, astray[0].level, astray[0].seed)
    return CHECK.result(figures, [*findings.values()], notes, undecided=undecided)


def _remembered(looks: Sequence[Look]) -> Interval:
    """The share of held-out episodes in which a product is right whose kind is right in a training episode of any level."""
    trained = frozenset[int]().union(*(look.kinds for look in looks if not is_held_out(look.seed)))
    held_out = [look for look in looks if is_held_out(look.seed)]
    return rate(sum(bool(look.kinds & trained) for look in held_out), len(held_out))


def _answers(looks: Iterable[Look]) -> dict[str, list[str]]:
    """The values of each field of the answer, in all episodes."""
    found: dict[str, list[str]] = {}
    for look in looks:
        for field, value in look.answers:
            found.setdefault(field, []).append(value)
    return found


Fault: TypeAlias = tuple[Finding, int, int, float]
"""A finding, how many episodes of how many show it, and the share that may."""


def _judge_level(environment: str, level: int, here: Sequence[Look]) -> tuple[list[Figure], list[Fault]]:
    where = f"level {level}"
    target, often = Counter(x.target for x in here).most_common(1)[0]
    training, held_out = ([x for x in here if is_held_out(x.seed) == held] for held in (False, True))
    twins = [x for x in held_out if any(_alike(x, other) for other in training)]
    measured = (
        ("distinct requests", _distinct(x.request for x in here), f"at least {1 - MOST_ALIKE:.0%}"),
        ("distinct targets", _distinct(x.target for x in here), ""),
        ("distinct decisions", _distinct(x.decisions for x in here), ""),
        ("distinct intents", _distinct(x.intent for x in here), ""),
        ("share of the commonest target", rate(often, len(here)), f"at most {COMMONEST:.0%}"),
        ("near-duplicates of training seeds", rate(len(twins), len(held_out)), f"at most {MOST_ALIKE:.0%}"),
    )
    figures = [Figure(environment, where, measure, interval, bound) for measure, interval, bound in measured]
    different = {x.request for x in here}
    faults = (
        ("words of the user", len(here) - len(different), len(here), MOST_ALIKE, here,
         f"{len(different)} different requests in {len(here)} seeds"),
        ("targets", often, len(here), COMMONEST, here, f"{often} of {len(here)} seeds want the same: {target[:120]}"),
        ("near-duplicates", len(twins), len(held_out), MOST_ALIKE, twins,
         f"{len(twins)} of {len(held_out)} held-out (odd) seeds are near-duplicates of training (even) seeds"),
    )  # fmt: skip
    return figures, [
        (Finding(environment, subject, text, level, shown[0].seed), hits, of, most)
        for subject, hits, of, most, shown, text in faults
        if hits > most * of
    ]


def _distinct(values: Iterable[str]) -> Interval:
    found = list(values)
    return rate(len(set(found)), len(found))


def _alike(one: Look, other: Look) -> bool:
    """Whether both have the same target and requests of nearly the same words (Jaccard index)."""
    if one.target != other.target:
        return False
    a, b = set(_WORD.findall(one.request.lower())), set(_WORD.findall(other.request.lower()))
    return len(a & b) >= NEAR * len(a | b)


CHECK: Check[Look] = Check(
    "diverse",
    ("rlve.diversity",),
    "seeds make different requests and targets, and held-out seeds neither repeat training seeds nor are about their products",
    judge,
    observe,
)
