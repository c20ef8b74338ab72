"""What an agent reads that never asks: whether places of results, or marks on rows, tell a secret.

A place (the first row of a list, a field of a single result) tells a secret when it holds it in every episode, and when this
is not luck. It may be luck because the place holds the secret of another episode as well, or because the other places of its
list hold the secret too: a cart whose lines are all wanted does not tell which one is.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rlve_dsl.agents import inquire
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.findings import Observation
from rlve_dsl.certify.redraw import drawn, leaves
from rlve_dsl.episode import Action, Call, Episode
from rlve_dsl.expressions import show
from rlve_dsl.expressions.types import TEXT
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Json, Value

FEWEST = 8
"""How many episodes are read before a place or a mark is said to tell something."""

_BY_CHANCE = 1e-3


@frozen
class Place:
    """What a place holds. In a list of several items, `beside` is what the same field of the other items holds."""

    value: Json
    several: bool
    beside: tuple[Json, ...] = ()


@frozen
class Read(Observation):
    """What an agent that never asks read in a case: values by place, marks of rows, and the secrets of the case.

    `marks` counts rows by field, value, and whether the row is wanted.
    """

    places: Mapping[str, Place]
    marks: Mapping[tuple[str, str, bool], int]
    secrets: Mapping[str, tuple[Value, ...]]


def read(case: Case) -> Read:
    """Read a case without asking."""
    episode = case.begin()
    inquire(episode, ask=False)
    start = drawn(case.scenario, case.environment, case.level, case.seed)
    secrets: dict[str, tuple[Value, ...]] = {}
    for part in start.parts:
        hidden = [leaf for slot in part.slots if slot.omitted for leaf in leaves(slot.value, slot.fact)]
        for path, value in (*hidden, *leaves(part.names["goal"], "goal")):
            secrets[path] = (*secrets.get(path, ()), value)
    goal = [value for path, values in secrets.items() if path.startswith("goal") for value in values]
    wanted = {value for value in goal if isinstance(value, str)}
    places: dict[str, Place] = {}
    marks: Counter[tuple[str, str, bool]] = Counter()
    for name, results in _results(episode).items():
        for path, place in _places(results, name):
            places.setdefault(path, place)
        marks.update(_marks(results, name, wanted))
    trajectory = case.oracle.trajectory if case.seed == 0 else ""
    return Read(*case.place, trajectory, places, dict(sorted(marks.items())), secrets)


def _results(episode: Episode) -> dict[str, list[Json]]:
    """What each tool returned, call by call, as JSON. Refused calls are left out."""
    found: dict[str, list[Json]] = {}
    for turn in episode.turns:
        calls: Sequence[Call] = turn.action.calls if isinstance(turn.action, Action) else ()
        for call, result in zip(calls, turn.results, strict=False):
            if result.refused is None:
                found.setdefault(call.name, []).append(result.tool.encode(result.value))
    return found


def _places(
    results: Json, path: str, beside: Sequence[Json] = (), several: bool = False
) -> Iterator[tuple[str, Place]]:
    """Each field, and each field of the first and the last item of every list. `beside` are the other items of a list."""
    if isinstance(results, dict):
        for name, part in results.items():
            others = [row[name] for row in beside if isinstance(row, dict) and name in row]
            yield from _places(part, f"{path}.{name}", others, several)
    elif isinstance(results, list):
        if results:
            many = several or len(results) > 1
            yield from _places(results[0], f"{path}[first]", results[1:] or _items(beside), many)
            yield from _places(results[-1], f"{path}[last]", results[:-1] or _items(beside), many)
    elif isinstance(results, str | int | float):
        yield path, Place(results, several, tuple(v for v in beside if isinstance(v, str | int | float)))


def _items(lists: Sequence[Json]) -> list[Json]:
    return [item for one in lists if isinstance(one, list) for item in one]


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


def telling_places(reads: Sequence[Read]) -> Iterator[tuple[str, str]]:
    """Yield (secret, text) of each secret that a place holds in every episode, where this is not luck."""
    found: set[str] = set()
    for place in dict.fromkeys(place for read in reads for place in read.places):
        for secret in dict.fromkeys(secret for read in reads for secret in read.secrets):
            # a single result may hold what the goal is about (looking it up is the task), a place in a list may not
            held = [r for r in reads if place in r.places and secret in r.secrets]
            held = [r for r in held if r.places[place].several or not secret.startswith("goal")]
            if len(held) < FEWEST or secret in found:
                continue
            values = {r.places[place].value for r in held}
            if len(values) < 3 or not all(_same(r.places[place].value, r.secrets[secret]) for r in held):
                continue
            if _chance(held, place, secret) <= _BY_CHANCE:
                found.add(secret)
                yield secret, f"`{place}` is `{secret}` in each of {len(held)} episodes, before anybody asks"


def _chance(held: Sequence[Read], place: str, secret: str) -> float:
    """How likely the place holds the secret in all these episodes by luck."""
    pairs = [(a, b) for a in held for b in held if a is not b]
    elsewhere = sum(_same(a.places[place].value, b.secrets[secret]) for a, b in pairs) / len(pairs)
    chances = []
    for read in held:
        beside = read.places[place].beside
        alike = sum(_same(value, read.secrets[secret]) for value in beside) + 1  # with the place itself
        # the only item of a list may be what the goal is about, like a single result
        lists = beside or secret.startswith("goal")
        chances.append(max(elsewhere, alike / (len(beside) + 1) if lists else 0.0))
    return math.prod(chances)


def _same(value: Json, secrets: tuple[Value, ...]) -> bool:
    return value in secrets or (
        isinstance(value, str) and value in {show(s, TEXT) if isinstance(s, str) else str(s) for s in secrets}
    )


def telling_marks(reads: Sequence[Read]) -> Iterator[tuple[str, str]]:
    """Yield (field, text) of each field that marks what is wanted, where this is not luck."""
    for field in dict.fromkeys(field for read in reads for field, _, _ in read.marks):
        verdicts: dict[str, set[bool]] = {}
        chance, episodes = 1.0, 0
        for read in reads:
            rows = {mark: count for mark, count in read.marks.items() if mark[0] == field}
            for _, value, wanted in rows:
                verdicts.setdefault(value, set()).add(wanted)
            episodes += bool(rows)
            # how likely a mark on as many rows, put there at random, is on those that are wanted
            chance /= math.comb(sum(rows.values()), sum(n for (_, _, wanted), n in rows.items() if wanted))
        only = [value for value, each in verdicts.items() if each == {True}]
        rest = [value for value, each in verdicts.items() if each == {False}]
        whole = len(only) == 1 and len(verdicts) == len(only) + len(rest)
        # an id that happens to be on what one episode wants is no mark: a mark is there in every episode
        whole = whole and episodes == sum((field, only[0], True) in read.marks for read in reads)
        if whole and episodes >= FEWEST and chance <= _BY_CHANCE:
            yield field, f"`{field}` is {only[0]} on what the goal wants and on nothing else, in {episodes} episodes"
