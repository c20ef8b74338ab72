"""The wordings of the Wordings files as messages, in situations of the corpus.

Belongs here: which wording asks for which facts. Does not belong here: messages that writers wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from benchmarks.corpus.examples import Example, Situation
from benchmarks.corpus.make import HERE, SCENARIOS, read_lines
from rlve_dsl.certify.checks.understood import wordings_of
from rlve_dsl.compiler import CompiledEnvironment
from rlve_dsl.episode import load
from rlve_dsl.user import Slot

_OF_A_FACT, _OF_A_SITUATION = 3, 4
_OPEN = ("else", "other", "missing", "more")  # words by which only facts that were left out are asked for


def worded(corpus: Sequence[Example], seed: int = 0) -> list[Example]:
    """Some wordings for the facts of each situation of a shipped environment."""
    raw = {row["id"]: row for row in read_lines(HERE / "building" / "situations.jsonl")}
    random = np.random.default_rng(seed)
    found: list[Example] = []
    for situation in {example.situation.id: example.situation for example in corpus}.values():
        if "collection" in raw[situation.id]:
            environments = _environments(raw[situation.id]["collection"], raw[situation.id]["env"])
            own = [one for slot in situation.held for one in _of(situation, slot, environments, random)]
            found += [own[place] for place in random.permutation(len(own))[:_OF_A_SITUATION]]
    return found


def _of(
    situation: Situation, slot: Slot, environments: dict[int, CompiledEnvironment], random: np.random.Generator
) -> Iterator[Example]:
    """Messages for a fact: its wordings with the item that its questions name, if they name one."""
    environment = environments.get(slot.part)
    wordings = wordings_of(environment.wordings, slot) if environment is not None else []
    named = _named(slot)
    same = {
        place
        for place, other in enumerate(situation.held)
        if (other.part, other.fact) == (slot.part, slot.fact) and _named(other) == named
    }
    left_out = {place for place in same if situation.held[place].omitted}
    for text in [wordings[place] for place in random.permutation(len(wordings))[:_OF_A_FACT]]:
        known = environment.wordings.words if environment is not None else {}
        if named and not any(name.replace("_", " ") in text or known.get(name, "\0") in text for name in named):
            continue
        if any(word in text for word in _OPEN):
            yield Example(situation, text, "one", False, frozenset(left_out or same))
        elif len(left_out) in (0, len(same)):
            yield Example(situation, text, "one", False, frozenset(same))


def _named(slot: Slot) -> frozenset[str]:
    return frozenset(segment.text for ask in slot.asks for segment in ask if segment.is_value)


@cache
def _environments(collection: str, name: str) -> dict[int, CompiledEnvironment]:
    """The environments of the requests of an episode."""
    episode = load(str(SCENARIOS / f"{collection}.yaml")).reset(name, level=3, seed=1)
    return {part.number: part.environment for part in episode.parts}
