"""The files of one compilation: each is read once, and their problems are collected."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rlve_dsl import files
from rlve_dsl.compiler.provenance import digest_with, used_by
from rlve_dsl.diagnostics import Diagnostic, Diagnostics, Span
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.plugins import Registry, Used
from rlve_dsl.world import Governance

if TYPE_CHECKING:
    from rlve_dsl.compiler.task import Task
    from rlve_dsl.compiler.task_compiler import TaskCompiler

K = TypeVar("K")
EnvironmentFile = files.Environment | files.Chain | files.TaskSet
"""A file of kind Environment: it is played by itself, it composes others, or it holds fixed tasks."""


@dataclass(slots=True)
class Loader:
    """Reads the files of one compilation, each once. Their problems are collected in `diagnostics`. `used` holds the primitives of
    plugins that files use, by the digests of the files.

    `governances`, `task_compilers` and `tasks` keep what has been compiled from files, by the digests of these; `sound_catalogs`
    whether declared catalogs have no errors, and `playable` whether every level of a task can be played, by its id.
    `idle` holds a warning for each entry of a User file that means nothing in a collection, by its place, and `meant` the places of
    those that mean something in one: nothing is said of these, as collections share User files.

    For files that are known to have no errors: without `try_levels`, no level is tried, no solver looks for mistakes in policies, and
    no warnings are given that take long to find; with `one_at_a_time`, each environment is compiled when it is first played.
    """

    registry: Registry
    try_levels: bool = True
    one_at_a_time: bool = False
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    sources: dict[str, str] = field(default_factory=dict)
    governances: dict[str, Governance | None] = field(default_factory=dict)
    task_compilers: dict[Hashable, TaskCompiler | None] = field(default_factory=dict)
    tasks: dict[Hashable, Task | None] = field(default_factory=dict)
    sound_catalogs: dict[str, bool] = field(default_factory=dict)
    playable: dict[int, bool] = field(default_factory=dict)
    used: dict[str, tuple[Used, ...]] = field(default_factory=dict)
    idle: dict[Span, Diagnostic] = field(default_factory=dict)
    meant: set[Span] = field(default_factory=set)
    _loaded: dict[str, files.Loaded | None] = field(default_factory=dict)

    def read(self, path: str, kind: type[K], span: Span | None = None) -> tuple[K, str] | None:
        """The content of a file and its digest; None, with its problems reported, when it is not a good file of this kind.

        Args:
            span: The place that names the file.
        """
        loaded = self._load(path, kind.__name__, (kind,), span)
        return (loaded.spec, loaded.digest) if loaded is not None and isinstance(loaded.spec, kind) else None

    def read_environment(self, path: str, span: Span) -> tuple[EnvironmentFile, str] | None:
        """As `read`, for a file of kind Environment in either form."""
        loaded = self._load(path, "Environment", (files.Environment, files.Chain, files.TaskSet), span)
        return (loaded.spec, loaded.digest) if loaded and isinstance(loaded.spec, EnvironmentFile) else None

    def read_any(self, path: str) -> files.Kind | None:
        """As `read`, for a file of any kind."""
        loaded = self._load(path, "", (object,), None)
        return loaded.spec if loaded else None

    def read_tasks(self, path: str) -> files.LoadedTasks | None:
        """The tasks of a file; None, with its problems reported, when one cannot be read."""
        try:
            loaded = files.load_tasks(path)
        except ScenarioError as problems:
            self.diagnostics.extend(problems.diagnostics)
            self.sources.update(problems.sources)
            return None
        self.sources[path] = loaded.text
        return loaded

    @property
    def read_well(self) -> Iterator[files.Loaded]:
        """The files that have been read without errors."""
        return (loaded for loaded in self._loaded.values() if loaded is not None)

    def _load(self, path: str, wanted: str, kinds: tuple[type, ...], span: Span | None) -> files.Loaded | None:
        if span is not None and (problem := files.problem_of(path)):
            self.diagnostics.error("R216", problem, span)
            return None
        key = str(Path(path))
        if key not in self._loaded:
            self._loaded[key] = self._load_file(path)
        loaded = self._loaded[key]
        if loaded is not None and not isinstance(loaded.spec, kinds):
            where = span or loaded.spec.span
            self.diagnostics.error("R217", f"`{path}` is of kind {loaded.kind}, and {wanted} is wanted here", where)
            return None
        return loaded

    def _load_file(self, path: str) -> files.Loaded | None:
        try:
            loaded = files.load(path, self.registry.vocabulary())
        except ScenarioError as problems:
            self.diagnostics.extend(problems.diagnostics)
            self.sources.update(problems.sources)
            return None
        self.sources.update(loaded.sources)
        self.diagnostics.extend(loaded.warnings)
        if used := used_by(loaded, self.registry, self._domain_of(loaded.spec)):
            loaded = replace(loaded, digest=digest_with(loaded.digest, used))
            self.used[loaded.digest] = used
        return loaded

    def _domain_of(self, spec: files.Kind) -> files.Domain | None:
        """The domain that an environment names; None where there is none, or it has errors."""
        reference = spec.domain if isinstance(spec, files.Environment | files.TaskSet) else None
        read = self.read(reference.path, files.Domain, reference.span) if reference is not None else None
        return read[0] if read is not None else None

    def digest_of(self, path: str) -> str:
        """The digest of a file that has been read; empty for others."""
        loaded = self._loaded.get(str(Path(path)))
        return loaded.digest if loaded is not None else ""

    def finish(self) -> tuple[Diagnostic, ...]:
        """The warnings.

        Raises:
            ScenarioError: When there is an error, with all problems.
        """
        idle = [warning for place, warning in self.idle.items() if place not in self.meant]
        found = _ordered([*self.diagnostics.items, *idle])
        if self.diagnostics.errors:
            raise ScenarioError(found, self.sources)
        return tuple(found)


def load_any(path: Path, loader: Loader) -> files.Kind | None:
    """A file of any kind; None, with its problems reported, when it cannot be loaded.

    Raises:
        UsageError: When there is no such file.
    """
    if problem := files.problem_of(path):
        raise UsageError(problem)
    return loader.read_any(str(path))


def _ordered(items: list[Diagnostic]) -> list[Diagnostic]:
    unique: dict[Diagnostic, Diagnostic] = {}
    for item in items:
        # a shared file is compiled with several environments, and only one of them may know why a name is not there
        told = unique.setdefault(replace(item, label=""), item)
        if not told.label:
            unique[replace(item, label="")] = item
    return sorted(unique.values(), key=lambda d: (d.severity, d.span is None, d.span or Span("", 0, 0, 0, 0)))
