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
    """The primitives that give other values in another process, and why: the order of sets, or something else."""
    assert module.__file__ is not None
    named = module.__name__ if module.__spec__ and not is_given(module) else ""
    arguments = [named, str(Path(module.__file__).resolve())]
    (made,) = given_plugins([module])
    try:
        first, other = (json.loads(answer_of("rlve_dsl.testing", arguments, seed)) for seed in _HASH_SEEDS)
        unlike = [what for what in first if first[what] != other.get(what)]
        again = json.loads(answer_of("rlve_dsl.testing", arguments, _HASH_SEEDS[0])) if unlike else {}
    except RlveError as problem:
        yield f"plugin `{made.name}` cannot be used in another process: it {problem}"
        return
    for what in unlike:
        why = "by the order of a set" if first[what] == again.get(what) else "by the clock, the process, or the like"
        yield f"{what} of {made.name} gives another value in another process: it goes {why}"
