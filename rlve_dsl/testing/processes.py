"""What primitives give in two other processes, which order sets in other ways: the same, for a sound plugin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from rlve_dsl.errors import RlveError
from rlve_dsl.plugins import answer_of, given_plugins, is_given
from rlve_dsl.testing.calls import Calls

_HASH_SEEDS = ("0", "4242")


def results_of(module: object) -> dict[str, str]:
    """What the primitives of a plugin give in worlds that are made up, by name and hashed."""
    (made,) = given_plugins([module])
    calls = Calls(made)
    for _ in calls.faults():
        pass
    return calls.results


def differences(module: ModuleType) -> Iterator[str]:
    """The primitives that give other values where sets have another order."""
    assert module.__file__ is not None
    named = module.__name__ if module.__spec__ and not is_given(module) else ""
    seen: list[dict[str, str]] = []
    for seed in _HASH_SEEDS:
        try:
            answer = answer_of("rlve_dsl.testing", [named, str(Path(module.__file__).resolve())], seed)
        except RlveError as problem:
            (made,) = given_plugins([module])
            yield f"plugin `{made.name}` cannot be used in another process: it {problem}"
            return
        seen.append(json.loads(answer))
    first, other = seen
    (made,) = given_plugins([module])
    for name in first:
        if first[name] != other.get(name):
            yield f"`{name}` of {made.name} gives another value in another process: it goes by the order of a set"
