"""From files to a compiled scenario: load what a collection names, compile each part, probe every level."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar, cast

from rlve_dsl import catalog as catalogs
from rlve_dsl import spec
from rlve_dsl.axes import AxisTable, tabulate
from rlve_dsl.catalog import Catalog, CatalogSource, Embedder
from rlve_dsl.compiler.draft import Shared
from rlve_dsl.compiler.environment import OUTCOME, CompiledEnvironment, compile_environment
from rlve_dsl.compiler.probe import probe
from rlve_dsl.diagnostics import Diagnostic, Diagnostics, Span, did_you_mean
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.plugins import Registry, default_registry
from rlve_dsl.reward import compose
from rlve_dsl.rules import Scope
from rlve_dsl.spec import Levels

STANDARD = {
    "axes": "axes/standard.yaml",
    "reward": "rewards/composite.yaml",
    "user": "users/shopper.yaml",
    "catalog": "catalogs/general.yaml",
}

K = TypeVar("K")
_AnyKind = object


@dataclass(frozen=True, slots=True)
class CompiledScenario:
    """A collection ready to be played; `digest` identifies everything that an episode depends on."""

    name: str
    spec: spec.Collection
    environments: Mapping[str, CompiledEnvironment]
    catalog: Catalog
    levels: Levels
    digest: str
    sources: Mapping[str, str]
    warnings: tuple[Diagnostic, ...]


@dataclass(slots=True)
class Files:
    """The files of one compilation, each read once; their problems gather in `diagnostics`."""

    registry: Registry
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    sources: dict[str, str] = field(default_factory=dict)
    _loaded: dict[tuple[str, str], spec.Loaded | None] = field(default_factory=dict)

    def read(self, path: str, kind: type[K], span: Span | None = None) -> tuple[K, str] | None:
        """A file's typed content and digest; None (and its problems noted) when it is not a good file of that kind."""
        key = (str(Path(path)), kind.__name__)
        if key not in self._loaded:
            self._loaded[key] = self._load(path, kind, span)
        loaded = self._loaded[key]
        return None if loaded is None else (loaded.spec, loaded.digest)  # type: ignore[return-value]

    def _load(self, path: str, kind: type[K], span: Span | None) -> spec.Loaded | None:
        if span is not None and not Path(path).is_file():
            self.diagnostics.error("R216", f"there is no file `{path}`", span)
            return None
        try:
            loaded = spec.load(path, self.registry.vocabulary())
        except ScenarioError as problems:
            self.diagnostics.extend(problems.diagnostics)
            self.sources.update(problems.sources)
            return None
        self.sources.update(loaded.sources)
        self.diagnostics.extend(loaded.warnings)
        if not isinstance(loaded.spec, kind):
            self.diagnostics.error(
                "R217",
                f"`{path}` is of kind {loaded.kind}, and {kind.__name__} is wanted here",
                span or loaded.spec.span,
            )
            return None
        return loaded

    def finish(self) -> tuple[Diagnostic, ...]:
        """The warnings; raises ScenarioError with everything when there is an error."""
        if self.diagnostics.errors:
            raise ScenarioError(_ordered(self.diagnostics.items), self.sources)
        return tuple(_ordered(self.diagnostics.items))


def compile(path: str | Path, registry: Registry | None = None) -> CompiledScenario:
    """The scenario in a Collection file, or an Environment file by itself with the standard shared parts.

    Raises ScenarioError with the problems of all files at once.
    """
    files = Files(registry or default_registry())
    loaded = load_any(Path(path), files)
    match loaded:
        case spec.Collection():
            collection: spec.Collection | None = loaded
        case spec.Environment():
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


def load_any(path: Path, files: Files) -> spec.Kind | None:
    """A file of any kind; None (and its problems noted) when it cannot be loaded. Raises UsageError if it is not there."""
    if not path.is_file():
        raise UsageError(f"there is no file `{path}`")
    read = files.read(str(path), _AnyKind)
    return cast(spec.Kind, read[0]) if read else None


def alone(path: str, environment: spec.Environment) -> spec.Collection:
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
    read = [files.read(reference.path, spec.Environment, reference.span) for reference in collection.environments]
    if shared is None:
        return None
    compiled: dict[str, CompiledEnvironment] = {}
    for reference, environment in zip(collection.environments, read, strict=True):
        if environment is None:
            continue
        name = environment[0].name.text
        if name in compiled:
            found.error("R219", f"there are two environments `{name}`", reference.span)
            continue
        whole = compile_environment(environment[0], shared, files.registry, found)
        if whole is not None:
            compiled[name] = whole
        digests.append(environment[1])
    if len(compiled) < len(collection.environments):
        return None
    _check_overrides(collection, shared, compiled, found)
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


def _shared(collection: spec.Collection, files: Files, found: Diagnostics) -> tuple[Shared | None, list[str]]:
    axes = files.read(collection.axes.path, spec.Axes, collection.axes.span)
    reward = files.read(collection.reward.path, spec.Reward, collection.reward.span)
    user = files.read(collection.user.path, spec.User, collection.user.span)
    catalog = _stock(collection.catalog, files, found)
    if axes is None or reward is None or user is None or catalog is None:
        return None, []
    tables = tabulate_all(axes[0], found, collection)
    if len(tables) < len(axes[0].axes):
        return None, []
    shared = Shared(
        levels=axes[0].levels, axes=tables, reward=reward[0], user=user[0], catalog=catalog,
        curves=collection.curves, follows=collection.levels,
    )  # fmt: skip
    return shared, [axes[1], reward[1], user[1], shared.catalog.digest]


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


def _stock(reference: spec.Reference, files: Files, found: Diagnostics) -> Catalog | None:
    """What a collection sells: a built folder opened in place, or the catalog that a file declares, made here."""
    registry = files.registry
    if Path(reference.path).is_dir():
        return _reported(lambda: _opened(reference.path, registry), reference, found)
    read = files.read(reference.path, spec.Catalog, reference.span)
    if read is None:
        return None
    declared, digest = read
    catalogs.check(declared, found)
    if found.errors:
        return None
    embedder = catalogs.embedder_named(declared.embedder.text, registry.embedders) if declared.embedder else None
    key = _ByDigest(digest, registry.sources[declared.source.text], embedder, declared)
    return _reported(lambda: _made(key), reference, found)


def _reported(get: Callable[[], Catalog], reference: spec.Reference, found: Diagnostics) -> Catalog | None:
    try:
        return get()
    except ScenarioError as problems:
        found.extend(d if d.span else replace(d, span=reference.span) for d in problems.diagnostics)
        return None


def _opened(path: str, registry: Registry) -> Catalog:
    return _open(path, catalogs.manifest_of(Path(path)).digest, _Embedders(registry.embedders))


@dataclass(frozen=True)
class _Embedders:
    by_name: Mapping[str, Embedder]

    def __hash__(self) -> int:
        return id(self.by_name)


@lru_cache(maxsize=8)
def _open(path: str, digest: str, embedders: _Embedders) -> Catalog:
    """A process opens a folder once as long as it stays the same."""
    return catalogs.open_catalog(Path(path), embedders.by_name)


@dataclass(frozen=True)
class _ByDigest:
    digest: str
    source: CatalogSource
    embedder: Embedder | None
    catalog: spec.Catalog = field(compare=False)


@lru_cache(maxsize=8)
def _made(key: _ByDigest) -> Catalog:
    """Catalogs are immutable and dear, so one process makes each once."""
    if key.embedder is None:  # the source's own
        return key.source.load(key.catalog, None)
    return key.source.load(key.catalog, None, key.embedder)


def _check_overrides(
    collection: spec.Collection, shared: Shared, compiled: Mapping[str, CompiledEnvironment], diagnostics: Diagnostics
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
    collection: spec.Collection, shared: Shared, compiled: Mapping[str, CompiledEnvironment], diagnostics: Diagnostics
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
    """The problems that an Axes, Reward, Catalog or User file has by itself, noted in `files`."""
    match part:
        case spec.Axes():
            tabulate_all(part, files.diagnostics)
        case spec.Reward():
            functions = {**files.registry.functions, **files.registry.measures}
            compose(part, Scope(OUTCOME, functions), files.diagnostics)
        case spec.Catalog():
            catalogs.check(part, files.diagnostics)


def _ordered(items: list[Diagnostic]) -> list[Diagnostic]:
    unique = list(dict.fromkeys(items))
    return sorted(unique, key=lambda d: (d.severity, d.span is None, d.span or Span("", 0, 0, 0, 0)))
