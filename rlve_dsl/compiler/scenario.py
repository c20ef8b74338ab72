"""From files to a compiled scenario: load what a collection names, compile each part, probe every level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from rlve_dsl import catalog as catalogs
from rlve_dsl import files
from rlve_dsl.catalog import Catalog
from rlve_dsl.compiler.chain import CompiledChain
from rlve_dsl.compiler.draft import Shared
from rlve_dsl.compiler.governance import govern
from rlve_dsl.compiler.loader import Loader, load_any
from rlve_dsl.compiler.outcome import OUTCOME
from rlve_dsl.compiler.workshop import Compiled, tabulate_all, workshop_of
from rlve_dsl.diagnostics import Diagnostic, Diagnostics, did_you_mean
from rlve_dsl.errors import UsageError
from rlve_dsl.expressions import Scope
from rlve_dsl.files import Levels
from rlve_dsl.plugins import Registry, default_registry
from rlve_dsl.reward import compose

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
    spec: files.Collection
    environments: Mapping[str, Compiled]
    catalog: Catalog
    levels: Levels
    digest: str
    sources: Mapping[str, str]
    warnings: tuple[Diagnostic, ...]


def compile(path: str | Path, registry: Registry | None = None) -> CompiledScenario:
    """The scenario in a Collection file, or an Environment file by itself with the standard shared parts.

    Raises ScenarioError with the problems of all files at once.
    """
    loader = Loader(registry or default_registry())
    loaded = load_any(Path(path), loader)
    match loaded:
        case files.Collection():
            collection: files.Collection | None = loaded
        case files.Environment() | files.Chain():
            collection = alone(str(path), loaded)
        case None:
            collection = None
        case other:
            loader.diagnostics.error(
                "R217",
                f"`{path}` is of kind {type(other).__name__}, and a Collection or Environment is wanted",
                other.span,
            )
            collection = None
    scenario = compile_collection(collection, loader) if collection else None
    warnings = loader.finish()
    assert scenario is not None
    return replace(scenario, warnings=warnings, sources=loader.sources)


def alone(path: str, environment: files.Environment | files.Chain) -> files.Collection:
    """A collection of one environment with the standard shared parts nearest to its file."""
    root = next((p for p in Path(path).resolve().parents if (p / STANDARD["axes"]).is_file()), None)
    if root is None:
        raise UsageError(f"no folder above `{path}` holds {STANDARD['axes']}: name a collection instead")
    shown = Path(path).parent
    for _ in range(len(Path(path).resolve().parent.relative_to(root).parts)):
        shown = shown / ".."

    def part(name: str) -> files.Reference:
        return files.Reference(STANDARD[name], _tidy(shown / STANDARD[name]), environment.span)

    return files.Collection(
        name=environment.name,
        environments=(files.Reference(path, path, environment.span),),
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


def compile_collection(collection: files.Collection, loader: Loader) -> CompiledScenario | None:
    """The collection compiled; None (and its problems noted) when it has errors."""
    found = Diagnostics()  # of its own, as another collection may have met the same errors before
    scenario = _compile_collection(collection, loader, found)
    loader.diagnostics.extend(found.items)
    return scenario


def _compile_collection(collection: files.Collection, loader: Loader, found: Diagnostics) -> CompiledScenario | None:
    workshop = workshop_of(collection, loader)
    read = [loader.read_environment(reference.path, reference.span) for reference in collection.environments]
    if workshop is None:
        return None
    compiled: dict[str, Compiled] = {}
    digests = list(workshop.digests)
    for reference, environment in zip(collection.environments, read, strict=True):
        if environment is None:
            continue
        name = environment[0].name.text
        if name in compiled:
            found.error("R219", f"there are two environments `{name}`", reference.span)
            continue
        whole = workshop.compiled(reference)
        digests.append(workshop.digest(reference))
        if whole is not None:
            compiled[name] = whole
    if len(compiled) < len(collection.environments):
        return None
    _check_overrides(collection, workshop.shared, compiled, found)
    playable = [workshop.is_playable(made) for made in compiled.values()]
    _note_unread_axes(collection, workshop.shared, compiled, found)
    if found.errors or not all(playable):
        return None
    settings = sorted((k, v.text) for k, v in collection.curves.items()), sorted(collection.levels.items())
    digest = sha256("\n".join([*digests, repr(settings)]).encode()).hexdigest()
    shared = workshop.shared
    return CompiledScenario(
        collection.name.text, collection, MappingProxyType(compiled), shared.catalog, shared.levels, digest, {}, ()
    )


def _check_overrides(
    collection: files.Collection,
    shared: Shared,
    compiled: Mapping[str, Compiled],
    diagnostics: Diagnostics,
) -> None:
    parts = [part for made in compiled.values() if isinstance(made, CompiledChain) for part in made.parts.values()]
    local = {f"{made.name}.{axis}": None for made in [*compiled.values(), *parts] for axis in made.spec.axes}
    known = [*shared.axes, *local]
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
    collection: files.Collection,
    shared: Shared,
    compiled: Mapping[str, Compiled],
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


def check_part(part: files.Kind, path: str, loader: Loader) -> None:
    """The problems that an Axes, Reward, Catalog, User or Policy file has by itself, noted in `files`."""
    match part:
        case files.Axes():
            tabulate_all(part, loader.diagnostics)
        case files.Reward():
            functions = {**loader.registry.functions, **loader.registry.measures}
            compose(part, Scope(OUTCOME, functions), loader.diagnostics)
        case files.Catalog():
            catalogs.check(part, loader.diagnostics)
        case files.Policy():
            read = loader.read(path, files.Policy)
            govern(part, read[1] if read else "", loader, loader.diagnostics)
