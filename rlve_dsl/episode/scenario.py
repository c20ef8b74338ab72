"""A compiled scenario that can be played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rlve_dsl.compiler import CompiledScenario, compile
from rlve_dsl.diagnostics import Diagnostic, did_you_mean
from rlve_dsl.episode.runtime import Episode
from rlve_dsl.errors import UsageError
from rlve_dsl.files import Collection
from rlve_dsl.plugins import Registry


@dataclass(frozen=True, slots=True)
class Scenario:
    """What `rlve_dsl.load` returns: `reset` begins an episode."""

    compiled: CompiledScenario

    @property
    def name(self) -> str:
        """The collection's name."""
        return self.compiled.name

    @property
    def digest(self) -> str:
        """What identifies the scenario and its catalog (SHA-256, hexadecimal)."""
        return self.compiled.digest

    @property
    def spec(self) -> Collection:
        """The collection as its file has it."""
        return self.compiled.spec

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of the environments, in the collection's order."""
        return tuple(self.compiled.environments)

    @property
    def levels(self) -> tuple[int, int]:
        """The lowest and the highest level."""
        return self.compiled.levels.low, self.compiled.levels.high

    @property
    def sources(self) -> Mapping[str, str]:
        """The text of every file the scenario came from, by path."""
        return self.compiled.sources

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What the compiler warned of."""
        return self.compiled.warnings

    def reset(self, environment: str, *, level: int, seed: int) -> Episode:
        """A new episode; equal arguments give equal episodes in every process.

        Raises UsageError for an environment that is not in the scenario or a level outside its levels.
        """
        compiled = self.compiled.environments.get(environment)
        if compiled is None:
            hint = did_you_mean(environment, self.environments) or f"it has {', '.join(self.environments)}"
            raise UsageError(f"`{self.name}` has no environment `{environment}`: {hint}")
        low, high = self.levels
        if not low <= level <= high:
            raise UsageError(f"level {level} is outside {low}..{high}")
        return Episode(self.compiled, compiled, level, seed)


def load(path: str | Path, registry: Registry | None = None) -> Scenario:
    """The scenario in a Collection or Environment file, compiled.

    Raises ScenarioError with all problems of all its files, UsageError when there is no such file.
    """
    return Scenario(compile(path, registry))
