"""What a certification looks at: which scenario, levels and seeds, by how many workers."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from rlve_dsl.episode import Scenario, load
from rlve_dsl.errors import PluginError, UsageError
from rlve_dsl.plugins import default_registry, registry


@dataclass(frozen=True, slots=True)
class Source:
    """A scenario's file, and files of plugins that are not installed; small, so that it travels to workers in its place."""

    path: str
    plugins: tuple[str, ...] = ()

    def load(self) -> Scenario:
        """The scenario, compiled in this process; raises what `rlve_dsl.load` raises, and PluginError."""
        if not self.plugins:
            return load(self.path, default_registry())
        return load(self.path, registry([_module(plugin) for plugin in self.plugins], discover=True))


def _module(path: str) -> ModuleType:
    if not Path(path).is_file():
        raise UsageError(f"there is no file `{path}`")
    name = f"rlve_plugin_{sha256(str(Path(path).resolve()).encode()).hexdigest()[:12]}"
    described = importlib.util.spec_from_file_location(name, path)
    if described is None or described.loader is None:
        raise PluginError(f"`{path}` is no Python file")
    module = importlib.util.module_from_spec(described)
    sys.modules[name] = module  # where annotations look their names up
    try:
        described.loader.exec_module(module)
    except Exception as problem:
        raise PluginError(f"plugin `{path}` could not be loaded: {problem}") from problem
    return module


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is looked at. Seeds are 0 to `seeds` - 1 at each of `levels`.

    `margin` is how far below the oracle's mean reward a cheap probe must stay; `chance` the share of passes that luck may
    give a probe that guesses; `deep_seeds` how many seeds a level the dear checks (gap, observable) look at.
    """

    levels: tuple[int, ...]
    seeds: int = 20
    jobs: int = 1
    margin: float = 0.5
    chance: float = 0.05
    deep_seeds: int = 2

    def as_json(self) -> Mapping[str, Any]:
        """JSON-ready values, without the number of workers, on which nothing depends."""
        return {
            "levels": list(self.levels),
            "seeds": self.seeds,
            "margin": self.margin,
            "chance": self.chance,
            "deep_seeds": self.deep_seeds,
        }

    def spread(self, count: int) -> tuple[int, ...]:
        """At most `count` of the levels, evenly spread, the ends among them.

        >>> Plan(tuple(range(13))).spread(3)
        (0, 6, 12)
        """
        last = len(self.levels) - 1
        if count >= len(self.levels):
            return self.levels
        return tuple(self.levels[round(i * last / (count - 1))] for i in range(count))


def read_levels(text: str, low: int, high: int) -> tuple[int, ...]:
    """The levels that `0..12`, `3` or `0,6,12` names; UsageError when it names none of a scenario's.

    >>> read_levels("0..2", 0, 12), read_levels("0,6..7", 0, 12)
    ((0, 1, 2), (0, 6, 7))
    """
    levels: set[int] = set()
    for part in text.split(","):
        first, dots, last = part.partition("..")
        try:
            start, end = int(first), int(last if dots else first)
        except ValueError:
            raise UsageError(f"`{text}` names no levels: write 0..12, 3, or 0,6,12") from None
        if not low <= start <= end <= high:
            raise UsageError(f"the levels `{part}` are not within {low}..{high}")
        levels.update(range(start, end + 1))
    return tuple(sorted(levels))
