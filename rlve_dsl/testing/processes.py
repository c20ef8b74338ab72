"""What primitives give in two other processes, which order sets in other ways: the same, for a sound plugin."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from rlve_dsl.plugins import given_plugins, is_given
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
        path = os.pathsep.join(filter(None, sys.path))
        ran = subprocess.run(
            [sys.executable, "-m", "rlve_dsl.testing", named, str(Path(module.__file__).resolve())],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if ran.returncode:
            yield f"plugin `{module.__name__}` cannot be loaded in another process: {ran.stderr.strip().splitlines()[-1]}"
            return
        seen.append(json.loads(ran.stdout))
    first, other = seen
    (made,) = given_plugins([module])
    for name in first:
        if first[name] != other.get(name):
            yield f"`{name}` of {made.name} gives another value in another process: it goes by the order of a set"
