"""Where the environments of collections are compiled: each once, and tried once, for all that share the same parts."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path

from rlve_dsl import spec
from rlve_dsl.axes import AxisTable, tabulate
from rlve_dsl.compiler.chain import CompiledChain, compile_chain
from rlve_dsl.compiler.draft import Shared
from rlve_dsl.compiler.environment import CompiledEnvironment, compile_environment
from rlve_dsl.compiler.files import Files
from rlve_dsl.compiler.governance import govern
from rlve_dsl.compiler.probe import probe
from rlve_dsl.compiler.stock import stock
from rlve_dsl.diagnostics import Diagnostics

Compiled = CompiledEnvironment | CompiledChain


@dataclass(slots=True)
class Workshop:
    """The shared parts of some collections, and the environments compiled with them. Problems go to the files'.

    `digests` are those of the shared parts, in order.
    """

    files: Files
    shared: Shared
    digests: tuple[str, ...]
    _made: dict[str, tuple[Compiled | None, str]] = field(default_factory=dict)
    _tried: dict[str, bool] = field(default_factory=dict)

    def compiled(self, reference: spec.Reference) -> Compiled | None:
        """The environment in a file; None when it has errors."""
        return self._get(reference)[0]

    def digest(self, reference: spec.Reference) -> str:
        """The digest of an environment's file, and of those that it composes."""
        return self._get(reference)[1]

    def is_playable(self, environment: Compiled) -> bool:
        """Whether episodes of an environment that was compiled here can begin and end, at every level."""
        if environment.name not in self._tried:
            found = Diagnostics()
            probe(environment, self.shared.catalog, self.shared.levels, found)
            self.files.diagnostics.extend(found.items)
            self._tried[environment.name] = not found.errors
        return self._tried[environment.name]

    def _get(self, reference: spec.Reference) -> tuple[Compiled | None, str]:
        key = str(Path(reference.path))
        if key not in self._made:
            read = self.files.read_environment(reference.path, reference.span)
            self._made[key] = (None, "") if read is None else self._compile(*read)
        return self._made[key]

    def _compile(self, source: spec.Environment | spec.Chain, digest: str) -> tuple[Compiled | None, str]:
        found = self.files.diagnostics
        if isinstance(source, spec.Environment):
            return compile_environment(source, self.shared, self.files.registry, found), digest
        parts: dict[str, CompiledEnvironment] = {}
        for reference in source.compose.of:
            read = self.files.read_environment(reference.path, reference.span)
            if read is not None and isinstance(read[0], spec.Chain):
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
        return compile_chain(source, parts, self.shared, self.files.registry, found), digest


def workshop_of(collection: spec.Collection, files: Files) -> Workshop | None:
    """The workshop of a collection, the same for those with the same shared parts; None when one of these has errors."""
    axes = files.read(collection.axes.path, spec.Axes, collection.axes.span)
    reward = files.read(collection.reward.path, spec.Reward, collection.reward.span)
    user = files.read(collection.user.path, spec.User, collection.user.span)
    found = Diagnostics()
    catalog = stock(collection.catalog, files, found)
    files.diagnostics.extend(found.items)
    policy = files.read(collection.policy.path, spec.Policy, collection.policy.span) if collection.policy else None
    if axes is None or reward is None or user is None or catalog is None or (collection.policy and policy is None):
        return None
    curves = tuple(sorted((name, curve.text) for name, curve in collection.curves.items()))
    digests = (axes[1], reward[1], user[1], catalog.digest, *((policy[1],) if policy else ()))
    key: Hashable = (digests, curves, tuple(sorted(collection.levels.items())))
    if key not in files.workshops:
        found = Diagnostics()
        governance = govern(policy[0], policy[1], files, found) if policy else None
        tables = tabulate_all(axes[0], found, collection)
        files.diagnostics.extend(found.items)
        if found.errors:
            files.workshops[key] = None
        else:
            shared = Shared(
                levels=axes[0].levels, axes=tables, reward=reward[0], user=user[0], catalog=catalog,
                governance=governance, curves=collection.curves, follows=collection.levels,
            )  # fmt: skip
            files.workshops[key] = Workshop(files, shared, digests)
    made = files.workshops[key]
    assert made is None or isinstance(made, Workshop)
    return made


def tabulate_all(
    axes: spec.Axes, diagnostics: Diagnostics, collection: spec.Collection | None = None
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
