"""Compiles the environments of collections: each once for all collections that share the same parts."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from rlve_dsl import files
from rlve_dsl.compiler.axes import tabulate_shared
from rlve_dsl.compiler.catalogs import catalog_of
from rlve_dsl.compiler.chain import compile_chain
from rlve_dsl.compiler.context import Shared
from rlve_dsl.compiler.environment import compile_environment
from rlve_dsl.compiler.governance import compile_governance
from rlve_dsl.compiler.loader import Loader
from rlve_dsl.compiler.names import OUTCOME
from rlve_dsl.compiler.probe import probe
from rlve_dsl.compiler.task import CompiledEnvironment, Task, task_of
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import Scope
from rlve_dsl.plugins import Registry
from rlve_dsl.reward import Composition, compose
from rlve_dsl.world import Governance


@dataclass(frozen=True, slots=True)
class _Made:
    """What a file was compiled to. `environment` is None for one that composes others; both are None after errors."""

    digest: str
    task: Task | None = None
    environment: CompiledEnvironment | None = None


@dataclass(slots=True)
class TaskCompiler:
    """Compiles tasks with these shared parts, each once. Problems are reported to the loader.

    `digests` are those of the shared parts, in order.
    """

    loader: Loader
    shared: Shared
    digests: tuple[str, ...]
    _made: dict[str, _Made] = field(default_factory=dict)
    _playable: dict[str, bool] = field(default_factory=dict)

    def task(self, reference: files.Reference) -> Task | None:
        """The task of a file; None when it has errors."""
        return self._get(reference).task

    def digest(self, reference: files.Reference) -> str:
        """The digest of an environment's file and of those that it composes."""
        return self._get(reference).digest

    def is_playable(self, task: Task) -> bool:
        """Whether episodes of a task that was compiled here can begin and end at every level."""
        if task.name not in self._playable:
            found = Diagnostics()
            probe(task, self.shared.catalog, self.shared.levels, found)
            self.loader.diagnostics.extend(found.items)
            self._playable[task.name] = not found.errors
        return self._playable[task.name]

    def _get(self, reference: files.Reference) -> _Made:
        key = str(Path(reference.path))
        if key not in self._made:
            self._made[key] = self._compile(reference)
        return self._made[key]

    def _compile(self, reference: files.Reference) -> _Made:
        loader, shared = self.loader, self.shared
        match loader.read_environment(reference.path, reference.span):
            case (files.Environment() as source, digest):
                made = compile_environment(source, shared, loader.registry, loader.diagnostics)
                task = task_of(made, shared.reward) if made is not None and shared.reward is not None else None
                return _Made(digest, task, made)
            case (files.Chain() as source, digest):
                parts = self._parts(source)
                if len(parts) == len(source.compose.of):
                    digest += "".join(self.digest(part) for part in source.compose.of)
                    return _Made(digest, compile_chain(source, parts, shared, loader.registry, loader.diagnostics))
        return _Made("")

    def _parts(self, source: files.Chain) -> dict[str, CompiledEnvironment]:
        """The environments that a file composes, without those that have errors."""
        found, parts = self.loader.diagnostics, dict[str, CompiledEnvironment]()
        for reference in source.compose.of:
            match self.loader.read_environment(reference.path, reference.span):
                case (files.Chain(name=name), _):
                    found.error(
                        "R224", f"`{name.text}` composes environments itself, and cannot be a part", reference.span
                    )
                    continue
            part = self._get(reference).environment
            if part is not None:
                if part.name in parts:
                    found.error("R219", f"there are two environments `{part.name}`", reference.span)
                parts[part.name] = part
        return parts


def task_compiler_of(collection: files.Collection, loader: Loader) -> TaskCompiler | None:
    """The compiler for the tasks of a collection, the same one for collections with the same shared parts; None when one of
    these parts cannot be read or has errors."""
    axes = loader.read(collection.axes.path, files.Axes, collection.axes.span)
    reward = loader.read(collection.reward.path, files.Reward, collection.reward.span)
    user = loader.read(collection.user.path, files.User, collection.user.span)
    found = Diagnostics()
    catalog = catalog_of(collection.catalog, loader, found)
    loader.diagnostics.extend(found.items)
    policy = loader.read(collection.policy.path, files.Policy, collection.policy.span) if collection.policy else None
    if axes is None or reward is None or user is None or catalog is None or (collection.policy and policy is None):
        return None
    curves = tuple(sorted((name, curve.text) for name, curve in collection.curves.items()))
    digests = (axes[1], reward[1], user[1], catalog.digest, *((policy[1],) if policy else ()))
    key: Hashable = (digests, curves, tuple(sorted(collection.levels.items())))
    if key not in loader.task_compilers:
        found = Diagnostics()
        governance = governance_of(*policy, loader, found) if policy else None
        tables = tabulate_shared(axes[0], found, collection)
        composed = compile_reward(reward[0], loader.registry, loader.diagnostics)
        loader.diagnostics.extend(found.items)
        shared = Shared(
            levels=axes[0].levels, axes=MappingProxyType(tables), reward=composed, user=user[0], catalog=catalog,
            governance=governance, curves=collection.curves, follows=collection.levels,
        )  # fmt: skip
        loader.task_compilers[key] = None if found.errors else TaskCompiler(loader, shared, digests)
    return loader.task_compilers[key]


def governance_of(source: files.Policy, digest: str, loader: Loader, diagnostics: Diagnostics) -> Governance | None:
    """The compiled policy of a file with this digest, compiled once; None when it has errors."""
    if digest not in loader.governances:
        loader.governances[digest] = compile_governance(source, loader.registry, diagnostics)
    return loader.governances[digest]


def compile_reward(source: files.Reward, registry: Registry, diagnostics: Diagnostics) -> Composition | None:
    """The compiled reward file; None when it has errors."""
    return compose(source, Scope(OUTCOME, {**registry.functions, **registry.measures}), diagnostics)
