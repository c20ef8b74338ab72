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
from rlve_dsl.compiler.domains.domain import CompiledDomain, compile_domain
from rlve_dsl.compiler.environment import compile_environment
from rlve_dsl.compiler.fixed.task_set import compile_task_set
from rlve_dsl.compiler.governance import compile_governance
from rlve_dsl.compiler.loader import EnvironmentFile, Loader
from rlve_dsl.compiler.names import OUTCOME
from rlve_dsl.compiler.sample_worlds import check_worlds
from rlve_dsl.compiler.task import CompiledEnvironment, Task, task_of
from rlve_dsl.compiler.wordings import concerns
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import Scope
from rlve_dsl.plugins import Registry
from rlve_dsl.reward import Composition, compose
from rlve_dsl.world import Governance


@dataclass(slots=True)
class TaskCompiler:
    """Compiles tasks with these shared parts, each once. Problems are reported to the loader.

    `digests` are those of the shared parts, in order, and `parts` identifies all shared parts but Wordings files, of which
    `wordings` and `foreign` are the digests: an environment that another collection shares all with that concerns it is not
    compiled again. No episode depends on foreign wordings, so their digests are not among `digests`.
    """

    loader: Loader
    shared: Shared
    digests: tuple[str, ...]
    parts: Hashable
    wordings: tuple[str, ...]
    foreign: tuple[str, ...]
    _compiled: dict[str, tuple[Task | None, str]] = field(default_factory=dict)
    _domains: dict[str, tuple[CompiledDomain | None, str]] = field(default_factory=dict)

    def task(self, reference: files.Reference) -> tuple[Task | None, str]:
        """The task of a file, None when it has errors; and the digest of the file and of those that it composes."""
        key = str(Path(reference.path))
        if key not in self._compiled:
            read = self.loader.read_environment(reference.path, reference.span)
            self._compiled[key] = (None, "") if read is None else self._compile(*read)
        return self._compiled[key]

    def digest_of_files(self, reference: files.Reference) -> str | None:
        """The digest that `task` gives, without compiling; None for a task that has errors, or is made from more than these files."""
        read = self.loader.read_environment(reference.path, reference.span)
        if read is None:
            return None
        source, digest = read
        if isinstance(source, files.Environment):
            return digest if source.domain is None else None
        if isinstance(source, files.TaskSet):
            return None
        parts = [self.digest_of_files(part) for part in source.compose.of]
        return None if None in parts else digest + "".join(part or "" for part in parts)

    def is_playable(self, task: Task) -> bool:
        """Whether episodes of a task that was compiled here can begin and end at every level."""
        if not self.loader.try_levels or any(part.domain and part.domain.missing for part in task.parts.values()):
            return True
        playable = self.loader.playable
        if id(task) not in playable:
            found = Diagnostics()
            check_worlds(task, self.shared.catalog, self.shared.levels, found)
            self.loader.diagnostics.extend(found.items)
            playable[id(task)] = not found.errors
        return playable[id(task)]

    def _compile(self, source: EnvironmentFile, digest: str) -> tuple[Task | None, str]:
        shared, registry, found = self.shared, self.loader.registry, self.loader.diagnostics
        if isinstance(source, files.Environment):
            domain, data = self._domain(source.domain) if source.domain is not None else (None, "")
            if source.domain is not None and domain is None:
                return None, digest
            return self._environment(source, digest, domain), digest + data
        if isinstance(source, files.TaskSet):
            return self._fixed(source, digest)
        parts: dict[str, CompiledEnvironment] = {}
        for reference in source.compose.of:
            read = self.loader.read_environment(reference.path, reference.span)
            if read is not None and not isinstance(read[0], files.Environment):
                what = "composes environments itself" if isinstance(read[0], files.Chain) else "holds fixed tasks"
                found.error("R224", f"`{read[0].name.text}` {what}, and cannot be a part", reference.span)
                continue
            task, part_digest = self.task(reference)
            if task is not None:
                if task.name in parts:
                    found.error("R219", f"there are two environments `{task.name}`", reference.span)
                parts |= task.parts
                digest += part_digest
        complete = len(parts) == len(source.compose.of)
        return (compile_chain(source, parts, shared, registry, found) if complete else None), digest

    def _environment(self, source: files.Environment, digest: str, domain: CompiledDomain | None) -> Task | None:
        """The task of an environment, compiled once for all collections that share what concerns it."""
        name, shared, tasks = source.name.text, self.shared, self.loader.tasks
        pairs = ((shared.wordings, self.wordings), (shared.foreign_wordings, self.foreign))
        of_it = tuple(
            tuple(own for wording, own in zip(wordings, digests, strict=True) if concerns(wording, name))
            for wordings, digests in pairs
        )
        key = source.span.file, digest, self.parts, of_it
        if key not in tasks:
            made = compile_environment(source, shared, self.loader.registry, self.loader.diagnostics, domain)
            if made is None or shared.reward is None:
                tasks[key] = None
            else:
                tasks[key] = task_of(made, shared.reward, shared.held_out)
        return tasks[key]

    def _fixed(self, source: files.TaskSet, digest: str) -> tuple[Task | None, str]:
        """The task of a set of fixed tasks, and the digest of all that it is made from."""
        domain, data = self._domain(source.domain)
        read = self.loader.read_tasks(source.tasks.path)
        if domain is None or read is None:
            return None, digest
        registry, found = self.loader.registry, self.loader.diagnostics
        made = compile_task_set(source, read.tasks, self.shared, registry, found, domain)
        return made, f"{digest}{data}{read.digest}"

    def _domain(self, reference: files.Reference) -> tuple[CompiledDomain | None, str]:
        """The domain of a file, compiled once; None when it has errors. And what identifies it."""
        key = str(Path(reference.path))
        if key not in self._domains:
            read = self.loader.read(reference.path, files.Domain, reference.span)
            found = Diagnostics()
            made = compile_domain(read[0], self.shared.governance, self.loader.registry, found) if read else None
            self.loader.diagnostics.extend(found.items)
            self._domains[key] = made, f"{read[1]}{made.digest}" if read and made else ""
        return self._domains[key]


def task_compiler_of(collection: files.Collection, loader: Loader) -> TaskCompiler | None:
    """The compiler for the tasks of a collection, the same one for collections with the same shared parts; None when one of
    these parts cannot be read or has errors."""
    axes = loader.read(collection.axes.path, files.Axes, collection.axes.span)
    reward = loader.read(collection.reward.path, files.Reward, collection.reward.span)
    user = loader.read(collection.user.path, files.User, collection.user.span)
    found = Diagnostics()
    catalog = catalog_of(collection, loader, found)
    loader.diagnostics.extend(found.items)
    policy = loader.read(collection.policy.path, files.Policy, collection.policy.span) if collection.policy else None
    wordings, foreign = (
        [w for r in listed if (w := loader.read(r.path, files.Wordings, r.span)) is not None]
        for listed in (collection.wordings, collection.foreign_wordings)
    )
    if axes is None or reward is None or user is None or catalog is None or (collection.policy and policy is None):
        return None
    if len(wordings) < len(collection.wordings) or len(foreign) < len(collection.foreign_wordings):
        return None
    curves = tuple(sorted((name, curve.text) for name, curve in collection.curves.items()))
    of_parts = (axes[1], reward[1], user[1], catalog.digest, *((policy[1],) if policy else ()))
    of_wordings, of_foreign = (tuple(digest for _, digest in read) for read in (wordings, foreign))
    # what a catalog and a collection use of plugins; without plugins, the catalog's own digest says all
    also = [loader.digest_of(collection.catalog.path)] if collection.catalog else []
    of_plugins = tuple(digest for digest in (*also, loader.digest_of(collection.span.file)) if digest in loader.used)
    follows, held_out = tuple(sorted(collection.levels.items())), collection.held_out or 0.0
    parts = (of_parts, of_plugins, curves, follows, held_out, troubles_of(collection))
    key: Hashable = (parts, of_wordings, of_foreign)
    if key not in loader.task_compilers:
        found = Diagnostics()
        governance = governance_of(*policy, loader, found) if policy else None
        tables = tabulate_shared(axes[0], found, collection)
        composed = compile_reward(reward[0], loader.registry, loader.diagnostics)
        loader.diagnostics.extend(found.items)
        known, of_user = (loader.registry.view(one.plugins) for one in (collection, user[0]))
        shared = Shared(
            levels=axes[0].levels, axes=MappingProxyType(tables), reward=composed, user=user[0], catalog=catalog,
            governance=governance, curves=collection.curves, follows=collection.levels,
            wordings=tuple(spec for spec, _ in wordings), foreign_wordings=tuple(spec for spec, _ in foreign),
            held_out=collection.held_out or 0.0, thorough=loader.try_levels,
            disturbances=tuple((use, known.disturbances[use.name.text]) for use in collection.disturbances),
            noises=(
                *((use, of_user.noises[use.name.text]) for use in user[0].noises),
                *((use, known.noises[use.name.text]) for use in collection.noises),
            ),
        )  # fmt: skip
        digests = (*of_parts, *of_wordings, *of_plugins)
        loader.task_compilers[key] = (
            None if found.errors else TaskCompiler(loader, shared, digests, parts, of_wordings, of_foreign)
        )
    return loader.task_compilers[key]


def troubles_of(collection: files.Collection) -> tuple[str, ...]:
    """What a collection says of disturbances and noises, as texts; nothing when it says nothing."""
    disturbed = [(use.name.text, files.arguments(use.arguments), use.tools) for use in collection.disturbances]
    spoken = [(use.name.text, files.arguments(use.arguments), ()) for use in collection.noises]
    return tuple(
        f"{name} {sorted((key, text) for key, (text, _) in given.items())} {[tool.text for tool in tools]}"
        for name, given, tools in (*disturbed, *spoken)
    )


def governance_of(source: files.Policy, digest: str, loader: Loader, diagnostics: Diagnostics) -> Governance | None:
    """The compiled policy of a file with this digest, compiled once; None when it has errors."""
    if digest not in loader.governances:
        more = files.tools_of_domain(source.domain.path) if source.domain is not None else ()
        loader.governances[digest] = compile_governance(
            source, loader.registry, diagnostics, analysed=loader.try_levels, more_tools=more
        )
    return loader.governances[digest]


def compile_reward(source: files.Reward, registry: Registry, diagnostics: Diagnostics) -> Composition | None:
    """The compiled reward file; None when it has errors."""
    registry = registry.view(source.plugins)
    scope = Scope(OUTCOME, {**registry.functions, **registry.measures}, elsewhere=registry.elsewhere)
    return compose(source, scope, diagnostics)
