"""A compiled scenario that can be played, and a reference by which it reaches another process."""

from __future__ import annotations

import operator
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rlve_dsl.compiler import CompiledScenario, Loader, compile
from rlve_dsl.diagnostics import Diagnostic, did_you_mean
from rlve_dsl.episode.runtime import Episode
from rlve_dsl.errors import Unsatisfiable, UsageError
from rlve_dsl.expressions import EvaluationError
from rlve_dsl.files import Collection
from rlve_dsl.frozen import frozen
from rlve_dsl.packaged import PLAYED, path_of
from rlve_dsl.plugins import Registry, default_registry, registry_with
from rlve_dsl.user import MakeUser, ScriptedUser

_SEEDS = 2**63


@frozen
class ScenarioReference:
    """Where a scenario comes from: small enough to be sent to another process, which compiles the scenario again.

    Args:
        path: The Collection or Environment file; also `package:rlve_dsl/c8.yaml`, or the short name of a packaged one: `c8`.
        plugins: Python files of plugins that are not installed.
        digest: The digest that the scenario must have; any, when it is empty.
        strict: Whether calls of primitives of plugins are watched: what a sound one never does raises PluginFault.
    """

    path: str
    plugins: tuple[str, ...] = ()
    digest: str = ""
    strict: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", path_of(self.path, PLAYED))

    def registry(self) -> Registry:
        """The primitives that the scenario may use.

        Raises:
            PluginError: When a plugin cannot be loaded.
            UsageError: When there is no such plugin file.
        """
        found = registry_with(self.plugins)
        return found.strict() if self.strict else found

    def load(self, loader: Loader | None = None) -> Scenario:
        """The scenario, compiled in this process; its files are read by `loader`, where that is given.

        Raises:
            ScenarioError: When its files have problems.
            PluginError: When a plugin cannot be loaded.
            UsageError: When a file is missing, or the scenario has another digest than this reference.
        """
        scenario = Scenario(compile(self.path, self.registry(), loader), self)
        if self.digest and scenario.digest != self.digest:
            raise UsageError(
                f"`{self.path}` has changed: the scenario's digest was {self.digest[:12]} and is {scenario.digest[:12]}"
            )
        return scenario

    def load_again(self) -> Scenario:
        """As `load`, for a scenario that another process has compiled: no level is tried again."""
        return self.load(Loader(self.registry(), try_levels=False))

    def pinned(self, digest: str) -> ScenarioReference:
        """The same with absolute paths and this digest."""
        plugins = tuple(str(Path(plugin).resolve()) for plugin in self.plugins)
        return ScenarioReference(str(Path(self.path).resolve()), plugins, digest, self.strict)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scenario:
    """What `rlve_dsl.load` returns: `reset` begins an episode.

    Scenarios with the same digest are equal. A scenario can be pickled when its file and plugin files say all: what is sent
    is a reference, and the other process compiles the scenario once.
    """

    compiled: CompiledScenario
    reference: ScenarioReference | None = None

    @property
    def name(self) -> str:
        """The collection's name."""
        return self.compiled.name

    def __repr__(self) -> str:
        low, high = self.levels
        return f"<Scenario {self.name}: {', '.join(self.environments)}; levels {low} to {high}; {self.digest[:12]}>"

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
        """The compiler's warnings."""
        return self.compiled.warnings

    def reset(
        self,
        environment: str,
        *,
        level: int,
        seed: int | None = None,
        user: MakeUser = ScriptedUser,
        axes: Mapping[str, int] | None = None,
    ) -> Episode:
        """A new episode; equal arguments give equal episodes in every process.

        Args:
            environment: The name of an environment of the scenario.
            level: The level of difficulty.
            seed: An integer from -2**63 to 2**63 - 1; it decides everything that is drawn. Without one, it is drawn, and
                `Episode.seed` says which.
            user: Makes the simulated user from its role.
            axes: Axes that have a level of their own in this episode, and which; the others follow `level`.

        Raises:
            UsageError: When the scenario has no such environment, level or axis, or the seed is outside its range.
            EvaluationError: When an expression of its world has no value.
            Unsatisfiable: When a world that fits cannot be drawn.
            TypeError: When the environment is no text, the level or the seed no integer, `axes` no mapping from names to integers,
                or what `user` makes no user.
        """
        if not isinstance(environment, str):
            raise TypeError(f"environment is the name of one, not {environment!r}")
        if not callable(user):
            raise TypeError(f"user is what makes a user from its role, such as a class, not {user!r}")
        level = _integer("level", level)
        # an even seed, as odd ones are held out from training
        seed = 2 * secrets.randbits(31) if seed is None else _integer("seed", seed)
        compiled = self.compiled.environments.get(environment)
        if compiled is None:
            hint = did_you_mean(environment, self.environments) or f"it has {', '.join(self.environments)}"
            raise UsageError(f"`{self.name}` has no environment `{environment}`: {hint}")
        own = {} if axes is None else _levels_of(axes)
        known = {*compiled.axes, *(name for part in compiled.parts.values() for name in part.axes)}
        for name in own:
            if name not in known:
                hint = did_you_mean(name, known) or f"it has {', '.join(sorted(known))}"
                raise UsageError(f"`{environment}` has no axis `{name}`: {hint}")
        low, high = self.levels
        for one in (level, *own.values()):
            if not low <= one <= high:
                raise UsageError(f"level {_shown(one)} is outside {low}..{high}")
        if not -_SEEDS <= seed < _SEEDS:
            raise UsageError(f"seed {_shown(seed)} is outside {-_SEEDS}..{_SEEDS - 1}")
        where = f"`{environment}` at level {level}, seed {seed}"
        try:
            return Episode(self.compiled, compiled, level, seed, user, own)
        except EvaluationError as problem:
            raise EvaluationError(f"{where}: {problem}", problem.span) from problem
        except Unsatisfiable as problem:
            raise Unsatisfiable(
                f"{where}: {problem}", problem.advice, problem.span,
                by_chance=problem.by_chance, of_products=problem.of_products,
            ) from problem  # fmt: skip

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Scenario) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[Callable[[ScenarioReference], Scenario], tuple[ScenarioReference]]:
        if self.reference is None:
            raise TypeError(
                f"`{self.name}` was compiled with a registry of its own and cannot be pickled: load it with "
                "`ScenarioReference(path, plugins).load()`, where `plugins` are Python files"
            )
        return _unpickled, (self.reference.pinned(self.digest),)


def _levels_of(axes: object) -> dict[str, int]:
    if not isinstance(axes, Mapping) or not all(isinstance(name, str) for name in axes):
        raise TypeError(f"axes is a mapping from names of axes to levels, such as {{'items': 3}}, not {axes!r}")
    return {name: _integer(f"the level of `{name}`", level) for name, level in axes.items()}


def _integer(name: str, value: object) -> int:
    try:
        if isinstance(value, bool):  # which Python counts among the integers
            raise TypeError
        return operator.index(value)  # type: ignore[arg-type]  # it takes numpy's integers too
    except TypeError:
        raise TypeError(f"{name} is an integer, not {value!r}") from None


def _shown(number: int) -> str:
    """The number, or how long it is: Python writes none of more than 4,300 digits."""
    return str(number) if number.bit_length() <= 128 else f"of {number.bit_length():,} bits"


@lru_cache(maxsize=4)
def _unpickled(reference: ScenarioReference) -> Scenario:
    """The scenario, compiled once in each process."""
    return reference.load_again()


def load(path: str | Path, registry: Registry | None = None) -> Scenario:
    """The scenario in a Collection or Environment file, compiled.

    Args:
        path: The file; also `package:rlve_dsl/c8.yaml`, or the short name of a packaged file: `c8`.
        registry: The primitives that the scenario may use; by default the built-in ones and those of installed plugins.

    Raises:
        ScenarioError: With all problems of all its files.
        UsageError: When there is no such file.
    """
    if registry is None or registry is default_registry():
        return ScenarioReference(str(path)).load()
    return Scenario(compile(path, registry))
