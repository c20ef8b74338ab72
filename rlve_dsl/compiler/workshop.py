"""Where the environments of collections are compiled: each once, and tried once, for all that share the same parts."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path

from rlve_dsl import files
from rlve_dsl.axes import AxisTable, tabulate
from rlve_dsl.compiler.catalogs import catalog_of
from rlve_dsl.compiler.chain import CompiledChain, compile_chain
from rlve_dsl.compiler.draft import Shared
from rlve_dsl.compiler.environment import CompiledEnvironment, compile_environment
from rlve_dsl.compiler.governance import govern
from rlve_dsl.compiler.loader import Loader
from rlve_dsl.compiler.probe import probe
from rlve_dsl.diagnostics import Diagnostics

Compiled = CompiledEnvironment | CompiledChain


@dataclass(slots=True)
class Workshop:
    """The shared parts of some collections, and the environments compiled with them. Problems go to the files'.

    `digests` are those of the shared parts, in order.
    """

    loader: Loader
    shared: Shared
    digests: tuple[str, ...]
    _made: dict[str, tuple[Compiled | None, str]] = field(default_factory=dict)
    _tried: dict[str, bool] = field(default_factory=dict)

    def compiled(self, reference: files.Reference) -> Compiled | None:
        """The environment in a file; None when it has errors."""
        return self._get(reference)[0]

    def digest(self, reference: files.Reference) -> str:
        """The digest of an environment's file, and of those that it composes."""
        return self._get(reference)[1]

    def is_playable(self, environment: Compiled) -> bool:
        """Whether episodes of an environment that was compiled here can begin and end, at every level."""
        if environment.name not in self._tried:
            found = Diagnostics()
            probe(environment, self.shared.catalog, self.shared.levels, found)
            self.loader.diagnostics.extend(found.items)
            self._tried[environment.name] = not found.errors
        return self._tried[environment.name]

    def _get(self, reference: files.Reference) -> tuple[Compiled | None, str]:
        key = str(Path(reference.path))
        if key not in self._made:
            read = self.loader.read_environment(reference.path, reference.span)
            self._made[key] = (None, "") if read is None else self._compile(*read)
        return self._made[key]

    def _compile(self, source: files.Environment | files.Chain, digest: str) -> tuple[Compiled | None, str]:
        found = self.loader.diagnostics
        if isinstance(source, files.Environment):
            return compile_environment(source, self.shared, self.loader.registry, found), digest
        parts: dict[str, CompiledEnvironment] = {}
        for reference in source.compose.of:
            read = self.loader.read_environment(reference.path, reference.span)
            if read is not None and isinstance(read[0], files.Chain):
                found.error(
                    "R224", f"`{read[0].name.text}` composes environments itself, and cannot be a part", reference.span
                )
                continue
            part = self.compiled(reference)
            if isinstance(part, CompiledEnvironment):
                if part.name in parts:
                    found.error("R219", f"there are two environments `{part.name}`", reference.span)
                parts[part.name] = part
                digest += self.digest(reference)
        if len(parts) < len(source.compose.of):
            return None, digest
        return compile_chain(source, parts, self.shared, self.loader.registry, found), digest


def workshop_of(collection: files.Collection, loader: Loader) -> Workshop | None:
    """The workshop of a collection, the same for those with the same shared parts; None when one of these has errors."""
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
    if key not in loader.workshops:
        found = Diagnostics()
        governance = govern(policy[0], policy[1], loader, found) if policy else None
        tables = tabulate_all(axes[0], found, collection)
        loader.diagnostics.extend(found.items)
        if found.errors:
            loader.workshops[key] = None
        else:
            shared = Shared(
                levels=axes[0].levels, axes=tables, reward=reward[0], user=user[0], catalog=catalog,
                governance=governance, curves=collection.curves, follows=collection.levels,
            )  # fmt: skip
            loader.workshops[key] = Workshop(loader, shared, digests)
    made = loader.workshops[key]
    assert made is None or isinstance(made, Workshop)
    return made


def tabulate_all(
    axes: files.Axes, diagnostics: Diagnostics, collection: files.Collection | None = None
) -> dict[str, AxisTable]:
    """Every axis of a file as a table, with the collection's changes; those with errors are left out."""
    tables = {}
    for name, axis in axes.axes.items():
        table = tabulate(
            name, axis, axes.levels, diagnostics,
            curve=collection.curves.get(name) if collection else None,
            follows=collection.levels.get(name) if collection else None,
        )  # fmt: skip
        if table is not None:
            tables[name] = table
    return tables
