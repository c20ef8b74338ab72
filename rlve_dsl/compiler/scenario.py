"""From files to a compiled scenario: load what a collection names, compile each part, probe every level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from rlve_dsl import catalog as catalogs
from rlve_dsl import spec
from rlve_dsl.axes import AxisTable, tabulate
from rlve_dsl.catalog import Catalog, CatalogSource
from rlve_dsl.compiler.chain import CompiledChain, compile_chain
from rlve_dsl.compiler.draft import Shared
from rlve_dsl.compiler.environment import CompiledEnvironment, compile_environment
from rlve_dsl.compiler.files import Files, load_any
from rlve_dsl.compiler.governance import govern
from rlve_dsl.compiler.outcome import OUTCOME
from rlve_dsl.compiler.probe import probe
from rlve_dsl.diagnostics import Diagnostic, Diagnostics, did_you_mean
from rlve_dsl.errors import UsageError
from rlve_dsl.plugins import Registry, default_registry
from rlve_dsl.reward import compose
from rlve_dsl.rules import Scope
from rlve_dsl.spec import Levels
from rlve_dsl.world import Governance

STANDARD = {
    "axes": "axes/standard.yaml",
    "reward": "rewards/composite.yaml",
    "user": "users/shopper.yaml",
    "catalog": "catalogs/general.yaml",
    "policy": "policies/standard.yaml",
}


@dataclass(frozen=True, slots=True)
class CompiledScenario:
    """A collection ready to be played; `digest` identifies everything that an episode depends on."""

    name: str
    spec: spec.Collection
    environments: Mapping[str, CompiledEnvironment | CompiledChain]
    catalog: Catalog
    levels: Levels
    digest: str
    sources: Mapping[str, str]
    warnings: tuple[Diagnostic, ...]


def compile(path: str | Path, registry: Registry | None = None) -> CompiledScenario:
    """The scenario in a Collection file, or an Environment file by itself with the standard shared parts.

    Raises ScenarioError with the problems of all files at once.
    """
    files = Files(registry or default_registry())
    loaded = load_any(Path(path), files)
    match loaded:
        case spec.Collection():
            collection: spec.Collection | None = loaded
        case spec.Environment() | spec.Chain():
            collection = alone(str(path), loaded)
        case None:
            collection = None
        case other:
            files.diagnostics.error(
                "R217",
                f"`{path}` is of kind {type(other).__name__}, and a Collection or Environment is wanted",
                other.span,
            )
            collection = None
    scenario = compile_collection(collection, files) if collection else None
    warnings = files.finish()
    assert scenario is not None
    return replace(scenario, warnings=warnings, sources=files.sources)


def alone(path: str, environment: spec.Environment | spec.Chain) -> spec.Collection:
    """A collection of one environment with the standard shared parts nearest to its file."""
    root = next((p for p in Path(path).resolve().parents if (p / STANDARD["axes"]).is_file()), None)
    if root is None:
        raise UsageError(f"no folder above `{path}` holds {STANDARD['axes']}: name a collection instead")
    shown = Path(path).parent
    for _ in range(len(Path(path).resolve().parent.relative_to(root).parts)):
        shown = shown / ".."

    def part(name: str) -> spec.Reference:
        return spec.Reference(STANDARD[name], _tidy(shown / STANDARD[name]), environment.span)

    return spec.Collection(
        name=environment.name,
        environments=(spec.Reference(path, path, environment.span),),
        catalog=part("catalog"),
        axes=part("axes"),
        reward=part("reward"),
        user=part("user"),
        policy=part("policy") if (root / STANDARD["policy"]).is_file() else None,
        span=environment.span,
    )


def _tidy(path: Path) -> str:
    resolved, here = path.resolve(), Path.cwd()
    return str(resolved.relative_to(here)) if resolved.is_relative_to(here) else str(resolved)


def compile_collection(collection: spec.Collection, files: Files) -> CompiledScenario | None:
    """The collection compiled; None (and its problems noted) when it has errors."""
    found = Diagnostics()  # of its own, as another collection may have met the same errors before
    scenario = _compile_collection(collection, files, found)
    files.diagnostics.extend(found.items)
    return scenario


def _compile_collection(collection: spec.Collection, files: Files, found: Diagnostics) -> CompiledScenario | None:
    shared, digests = _shared(collection, files, found)
    read = [files.read_environment(reference.path, reference.span) for reference in collection.environments]
    if shared is None:
        return None
    workshop = _Workshop(files, shared, found, digests)
    compiled: dict[str, CompiledEnvironment | CompiledChain] = {}
    for reference, environment in zip(collection.environments, read, strict=True):
        if environment is None:
            continue
        name = environment[0].name.text
        if name in compiled:
            found.error("R219", f"there are two environments `{name}`", reference.span)
            continue
        whole = workshop.compiled(reference)
        if whole is not None:
            compiled[name] = whole
    if len(compiled) < len(collection.environments):
        return None
    _check_overrides(collection, shared, {**workshop.made_of_parts(), **compiled}, found)
    for made in compiled.values():
        probe(made, shared.catalog, shared.levels, found)
    _note_unread_axes(collection, shared, compiled, found)
    if found.errors:
        return None
    settings = sorted((k, v.text) for k, v in collection.curves.items()), sorted(collection.levels.items())
    digest = sha256("\n".join([*digests, repr(settings)]).encode()).hexdigest()
    return CompiledScenario(
        collection.name.text, collection, MappingProxyType(compiled), shared.catalog, shared.levels, digest, {}, ()
    )


@dataclass(slots=True)
class _Workshop:
    """Compiles the environments of one collection, each once, however many chains it is a part of."""

    files: Files
    shared: Shared
    found: Diagnostics
    digests: list[str]
    _made: dict[str, CompiledEnvironment | CompiledChain | None] = field(default_factory=dict)

    def compiled(self, reference: spec.Reference) -> CompiledEnvironment | CompiledChain | None:
        """The environment in a file; None (and its problems noted) when it has errors."""
        key = str(Path(reference.path))
        if key not in self._made:
            read = self.files.read_environment(reference.path, reference.span)
            self._made[key] = None if read is None else self._compile(*read)
        return self._made[key]

    def made_of_parts(self) -> dict[str, CompiledEnvironment | CompiledChain]:
        """All that has been compiled, by name: environments of the collection and parts of its chains."""
        return {made.name: made for made in self._made.values() if made is not None}

    def _compile(
        self, source: spec.Environment | spec.Chain, digest: str
    ) -> CompiledEnvironment | CompiledChain | None:
        self.digests.append(digest)
        if isinstance(source, spec.Environment):
            return compile_environment(source, self.shared, self.files.registry, self.found)
        parts: dict[str, CompiledEnvironment] = {}
        for reference in source.compose.of:
            read = self.files.read_environment(reference.path, reference.span)
            if read is not None and isinstance(read[0], spec.Chain):
                self.found.error(
                    "R224", f"`{read[0].name.text}` composes environments itself, and cannot be a part", reference.span
                )
                continue
            part = self.compiled(reference)
            if isinstance(part, CompiledEnvironment):
                if part.name in parts:
                    self.found.error("R219", f"there are two environments `{part.name}`", reference.span)
                parts[part.name] = part
        if len(parts) < len(source.compose.of):
            return None
        return compile_chain(source, parts, self.shared, self.files.registry, self.found)


def _shared(collection: spec.Collection, files: Files, found: Diagnostics) -> tuple[Shared | None, list[str]]:
    axes = files.read(collection.axes.path, spec.Axes, collection.axes.span)
    reward = files.read(collection.reward.path, spec.Reward, collection.reward.span)
    user = files.read(collection.user.path, spec.User, collection.user.span)
    catalog = files.read(collection.catalog.path, spec.Catalog, collection.catalog.span)
    if catalog is not None:
        catalogs.check(catalog[0], found)
        if found.errors:
            catalog = None
    governance, ruled = _governance(collection, files, found)
    if axes is None or reward is None or user is None or catalog is None or (collection.policy and governance is None):
        return None, []
    tables = tabulate_all(axes[0], found, collection)
    if len(tables) < len(axes[0].axes):
        return None, []
    shared = Shared(
        levels=axes[0].levels, axes=tables, reward=reward[0], user=user[0], catalog=_stock(catalog[0], catalog[1], files),
        governance=governance, curves=collection.curves, follows=collection.levels,
    )  # fmt: skip
    return shared, [axes[1], reward[1], user[1], shared.catalog.digest, *ruled]


def _governance(collection: spec.Collection, files: Files, found: Diagnostics) -> tuple[Governance | None, list[str]]:
    """The collection's policy and its digest, if it names one that is in order."""
    if collection.policy is None:
        return None, []
    read = files.read(collection.policy.path, spec.Policy, collection.policy.span)
    return (None, []) if read is None else (govern(read[0], files.registry, found), [read[1]])


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


def _stock(catalog: spec.Catalog, digest: str, files: Files) -> Catalog:
    return _generate(_ByDigest(digest, files.registry.sources[catalog.source.text], catalog))


@dataclass(frozen=True)
class _ByDigest:
    digest: str
    source: CatalogSource
    catalog: spec.Catalog = field(compare=False)


@lru_cache(maxsize=8)
def _generate(key: _ByDigest) -> Catalog:
    """Catalogs are immutable and dear, so one process makes each once."""
    return key.source.load(key.catalog, None)


def _check_overrides(
    collection: spec.Collection,
    shared: Shared,
    compiled: Mapping[str, CompiledEnvironment | CompiledChain],
    diagnostics: Diagnostics,
) -> None:
    known = list(shared.axes) + [f"{e.name}.{a}" for e in compiled.values() for a in e.spec.axes]
    for name, curve in collection.curves.items():
        if name not in known:
            diagnostics.error(
                "R205", f"there is no axis `{name}`", curve.span, label=did_you_mean(name, known),
                help="a local axis is written `environment.axis`",
            )  # fmt: skip
    for name, level in collection.levels.items():
        if name not in known:
            diagnostics.error("R205", f"there is no axis `{name}`", collection.span, label=did_you_mean(name, known))
        if not shared.levels.low <= level <= shared.levels.high:
            diagnostics.error(
                "R220",
                f"level {level} of `{name}` is outside {shared.levels.low}..{shared.levels.high}",
                collection.span,
            )
    start = collection.curriculum.start
    if not shared.levels.low <= start <= shared.levels.high:
        diagnostics.error(
            "R220", f"the curriculum starts at level {start}, outside {shared.levels.low}..{shared.levels.high}",
            collection.span,
        )  # fmt: skip


def _note_unread_axes(
    collection: spec.Collection,
    shared: Shared,
    compiled: Mapping[str, CompiledEnvironment | CompiledChain],
    diagnostics: Diagnostics,
) -> None:
    read = set[str]().union(*(e.reads for e in compiled.values()))
    idle = [name for name in shared.axes if name not in read]
    if idle:
        diagnostics.warning(
            "R213",
            f"no environment of `{collection.name.text}` reads the {'axis' if len(idle) == 1 else 'axes'} "
            + ", ".join(f"`{name}`" for name in idle),
            collection.axes.span,
        )


def check_part(part: spec.Kind, files: Files) -> None:
    """The problems that an Axes, Reward, Catalog, User or Policy file has by itself, noted in `files`."""
    match part:
        case spec.Axes():
            tabulate_all(part, files.diagnostics)
        case spec.Reward():
            functions = {**files.registry.functions, **files.registry.measures}
            compose(part, Scope(OUTCOME, functions), files.diagnostics)
        case spec.Catalog():
            catalogs.check(part, files.diagnostics)
        case spec.Policy():
            govern(part, files.registry, files.diagnostics)
