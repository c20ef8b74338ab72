"""From a Collection file to a compiled scenario: its parts are loaded and compiled, and every level is tried."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from rlve_dsl import files
from rlve_dsl.catalog import Catalog
from rlve_dsl.compiler.author_words import warn_of_no_meaning, without_meaning
from rlve_dsl.compiler.axes import tabulate_shared
from rlve_dsl.compiler.catalogs import is_sound_catalog
from rlve_dsl.compiler.context import Shared
from rlve_dsl.compiler.disturbances import check_matches
from rlve_dsl.compiler.domains.domain import compile_domain
from rlve_dsl.compiler.later import CompiledLater, compiled_later
from rlve_dsl.compiler.loader import EnvironmentFile, Loader, load_any
from rlve_dsl.compiler.no_policy import warn_of_no_policy
from rlve_dsl.compiler.task import Task
from rlve_dsl.compiler.task_compiler import TaskCompiler, compile_reward, governance_of, task_compiler_of, troubles_of
from rlve_dsl.diagnostics import Diagnostic, Diagnostics, did_you_mean
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.files import Levels
from rlve_dsl.frozen import frozen
from rlve_dsl.packaged import OWN, PLAYED, folders, path_of
from rlve_dsl.plugins import Registry, Used, default_registry

STANDARD = {
    "axes": "axes/standard.yaml",
    "reward": "rewards/composite.yaml",
    "user": "users/shopper.yaml",
    "catalog": "catalogs/general.yaml",
    "policy": "policies/standard.yaml",
}
STANDARD_HELD_OUT = 0.2
_WORDINGS = "wordings/common.yaml"


@frozen
class CompiledScenario:
    """A collection that can be played. `digest` identifies everything that an episode depends on; `uses` are the primitives of
    plugins among that, and `known` is what the file of the collection sees."""

    name: str
    spec: files.Collection
    environments: Mapping[str, Task]
    catalog: Catalog
    levels: Levels
    digest: str
    sources: Mapping[str, str]
    warnings: tuple[Diagnostic, ...]
    uses: tuple[Used, ...] = ()
    known: Registry = field(default_factory=Registry, repr=False)


def compile(path: str | Path, registry: Registry | None = None, loader: Loader | None = None) -> CompiledScenario:
    """Compile a Collection file, or an Environment file by itself with the standard shared parts.

    Args:
        path: The file; also `package:rlve_dsl/c8.yaml`, or the short name of a packaged file: `c8`.
        registry: What the file may use: by default the built-in primitives and those of installed plugins.
        loader: Reads the files, with a registry of its own.

    Raises:
        ScenarioError: With the problems of all files at once.
        UsageError: When there is no such file, or the data of a domain are not there.
    """
    loader = loader or Loader(registry or default_registry())
    path = path_of(str(path), PLAYED)
    loaded = load_any(Path(path), loader)
    collection = collection_of_one(path, loaded) if isinstance(loaded, EnvironmentFile) else loaded
    scenario = None
    if isinstance(collection, files.Collection):
        scenario = compile_collection(collection, loader, is_whole=collection is loaded)
    elif collection is not None:
        loader.diagnostics.error(
            "R217",
            f"`{path}` is of kind {type(collection).__name__}, and a Collection or Environment is wanted",
            collection.span,
        )
    warnings = loader.finish()
    assert scenario is not None
    tasks = () if isinstance(scenario.environments, CompiledLater) else scenario.environments.values()
    parts = [part for task in tasks for part in task.parts.values()]
    if missing := [path for part in parts if part.domain is not None for path in part.domain.missing]:
        raise UsageError(
            f"`{scenario.name}` is played over data that are not here (docs/domains.md, Data from a file, says how a copy of "
            f"its domain names their place): there is no file `{missing[0]}`"
        )
    return replace(scenario, warnings=warnings, sources=loader.sources)


def collection_of_one(path: str, environment: EnvironmentFile) -> files.Collection:
    """A collection of one environment with the standard shared parts: those nearest to its file, or the packaged ones.

    An environment in a domain has the parts of the collection beside it that lists it.
    """
    folder = Path(path).resolve().parent
    if _is_in_domain(environment):
        for listed in _collections_in(folder):
            own = [r for r in listed.environments if Path(r.path).resolve() == Path(path).resolve()]
            if own:
                return replace(listed, environments=tuple(own))
    above = (p for p in (folder, *folder.parents) if (p / STANDARD["axes"]).is_file())
    root = next(above, folders()[OWN])

    def part(name: str) -> files.Reference:
        path = STANDARD.get(name, name)
        return files.Reference(path, _shown((root / path).resolve()), environment.span)

    return files.Collection(
        name=environment.name,
        environments=(files.Reference(path, path, environment.span),),
        catalog=part("catalog"),
        axes=part("axes"),
        reward=part("reward"),
        user=part("user"),
        policy=part("policy") if (root / STANDARD["policy"]).is_file() else None,
        wordings=tuple(part(name) for name in _standard_wordings(root, environment)),
        held_out=STANDARD_HELD_OUT,
        plugins=environment.plugins,
        span=environment.span,
    )


def _is_in_domain(environment: EnvironmentFile) -> bool:
    """Whether it is played in a domain; a chain is where its first environment is."""
    if not isinstance(environment, files.Chain):
        return environment.domain is not None
    with suppress(ScenarioError):
        first = files.load(environment.compose.of[0].path).spec
        return isinstance(first, files.Environment) and first.domain is not None
    return False


def _collections_in(folder: Path) -> Iterator[files.Collection]:
    """The collections in a folder whose files can be read."""
    for file in sorted(folder.glob("*.yaml")):
        with suppress(ScenarioError, OSError, ValueError):
            if re.search(r"(?m)^kind: Collection\b", file.read_text(encoding="utf-8")):
                spec = files.load(_shown(file)).spec
                if isinstance(spec, files.Collection):
                    yield spec


def _standard_wordings(root: Path, environment: EnvironmentFile) -> list[str]:
    """The Wordings files, among the standard parts, for an environment or for those that it composes."""
    composed = environment.compose.of if isinstance(environment, files.Chain) else ()
    names = [environment.name.text, *(Path(reference.path).stem for reference in composed)]
    paths = [_WORDINGS, *(f"wordings/{name}.yaml" for name in names)]
    return [path for path in paths if (root / path).is_file()]


def _shown(path: Path) -> str:
    """A resolved path as messages show it: relative to the current folder where it is below that."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def compile_collection(
    collection: files.Collection, loader: Loader, *, is_whole: bool = True
) -> CompiledScenario | None:
    """Compile a collection; None, with its problems reported to the loader, when it has errors.

    Args:
        collection: The collection.
        loader: Reads the files.
        is_whole: Whether it has all environments that its parts are for; the one made for a single environment has not.
    """
    found = Diagnostics()  # of its own, as another collection may have met the same errors before
    scenario = _compile_collection(collection, loader, found, is_whole)
    loader.diagnostics.extend(found.items)
    return scenario


def _compile_collection(
    collection: files.Collection, loader: Loader, found: Diagnostics, is_whole: bool
) -> CompiledScenario | None:
    compiler = task_compiler_of(collection, loader)
    read = [loader.read_environment(reference.path, reference.span) for reference in collection.environments]
    if compiler is None:
        return None
    if loader.one_at_a_time and (later := compiled_later(collection.environments, compiler)) is not None:
        return _scenario(collection, compiler, *later, loader)
    tasks: dict[str, Task] = {}
    digests = list(compiler.digests)
    for reference, environment in zip(collection.environments, read, strict=True):
        if environment is None:
            continue
        name = environment[0].name.text
        if name in tasks:
            found.error("R219", f"there are two environments `{name}`", reference.span)
            continue
        task, digest = compiler.task(reference)
        digests.append(digest)
        if task is not None:
            tasks[name] = task
    if len(tasks) < len(collection.environments):
        return None
    shared = compiler.shared
    _check_overrides(collection, shared, tasks, found)
    _check_wordings(shared, tasks, found)
    tools = dict.fromkeys(tool for task in tasks.values() for part in task.parts.values() for tool in part.tools)
    check_matches(collection.disturbances, list(tools), "tool of these environments", found)
    playable = [compiler.is_playable(task) for task in tasks.values()]
    _warn_of_unread_axes(collection, shared, tasks, found)
    warn_of_no_policy(collection, tasks.values(), found)
    if found.errors or not all(playable):
        return None
    if shared.thorough and is_whole and shared.user.words:
        _note_words(shared, [*tasks.values()], loader)
    return _scenario(collection, compiler, MappingProxyType(tasks), digests, loader)


def _scenario(
    collection: files.Collection,
    compiler: TaskCompiler,
    tasks: Mapping[str, Task],
    digests: Sequence[str],
    loader: Loader,
) -> CompiledScenario:
    """The scenario of these environments; `digests` are those of all that they are made from."""
    settings = (
        sorted((k, v.text) for k, v in collection.curves.items()),
        sorted(collection.levels.items()),
        collection.held_out or 0.0,
        *troubles_of(collection),
    )
    digest = sha256("\n".join([*digests, repr(settings)]).encode()).hexdigest()
    shared, known = compiler.shared, loader.registry.view(collection.plugins)
    embedder = shared.catalog.embedder.name  # a built catalog may need one of a plugin
    uses = {u for made, used in loader.used.items() if any(made in text for text in digests) for u in used}
    if embedder in known.embedders and (used_embedder := known.used("rlve_embedders", embedder)) is not None:
        uses.add(used_embedder)
    return CompiledScenario(
        collection.name.text,
        collection,
        tasks,
        shared.catalog,
        shared.levels,
        digest,
        {},
        (),
        tuple(sorted(uses)),
        known,
    )


def _check_wordings(shared: Shared, tasks: Mapping[str, Task], diagnostics: Diagnostics) -> None:
    """Reports environments of Wordings files that look misspelt.

    A collection that takes only some environments of another one keeps its Wordings files; those of the others say nothing.
    """
    known = list(dict.fromkeys(name for task in tasks.values() for name in task.parts))
    for source in (*shared.wordings, *shared.foreign_wordings):
        name = source.environment
        if name is not None and name.text not in known and (near := did_you_mean(name.text, known)):
            diagnostics.error("R205", f"there is no environment `{name.text}`", name.span, label=near)


def _check_overrides(
    collection: files.Collection, shared: Shared, tasks: Mapping[str, Task], diagnostics: Diagnostics
) -> None:
    """The axes and levels that a collection changes exist."""
    low, high = shared.levels.low, shared.levels.high
    owners = [owner for task in tasks.values() for owner in (task, *task.parts.values())]
    known = [*shared.axes, *(f"{owner.name}.{axis}" for owner in owners for axis in owner.own_axes)]
    for name, curve in collection.curves.items():
        if name not in known:
            diagnostics.error(
                "R205", f"there is no axis `{name}`", files.key_of(collection.curves, name, curve.span).span,
                label=did_you_mean(name, known),
                help="a local axis is written `environment.axis`",
            )  # fmt: skip
    for name, own in collection.own_levels.items():
        if name not in known:
            diagnostics.error("R205", f"there is no axis `{name}`", own.place, label=did_you_mean(name, known))
        if not low <= own.level <= high:
            diagnostics.error("R220", f"level {own.level} of `{name}` is outside {low}..{high}", own.place)
    first = collection.curriculum.first_levels
    if not low <= first.low <= first.high <= high:
        place = collection.places.get("curriculum", collection.span)
        diagnostics.error("R220", f"the curriculum starts at level {first}, outside {low}..{high}", place)


def _note_words(shared: Shared, tasks: Sequence[Task], loader: Loader) -> None:
    """Note which entries of the User file mean a word of a fact of the collection, and a warning for each other one."""
    idle, known = without_meaning(shared.user, tasks, shared.catalog, shared.levels)
    loader.meant.update(entry.name.span for entry in shared.user.words.values() if entry not in idle)
    for entry in idle:
        if entry.name.span not in loader.idle:
            found = Diagnostics()
            warn_of_no_meaning(entry, known, found)
            loader.idle[entry.name.span] = found.items[0]


def _warn_of_unread_axes(
    collection: files.Collection, shared: Shared, tasks: Mapping[str, Task], diagnostics: Diagnostics
) -> None:
    """Warns of axes that are there for this collection alone: those of an Axes file beside it, and those whose curve it gives.

    An Axes file in another folder is shared: other collections read the rest of it.
    """
    read = set[str]().union(*(task.reads for task in tasks.values()))
    place = collection.axes
    is_own = Path(place.path).resolve().parent == Path(place.span.file).resolve().parent
    unread = [f"`{name}`" for name in shared.axes if name not in read and (is_own or name in collection.curves)]
    if unread:
        diagnostics.warning(
            "R213",
            f"no environment of `{collection.name.text}` reads the {'axis' if len(unread) == 1 else 'axes'} "
            + ", ".join(unread),
            collection.axes.span,
        )


def check_part(part: files.Kind, path: str, loader: Loader) -> None:
    """Report the problems that a file has by itself."""
    match part:
        case files.Axes():
            tabulate_shared(part, loader.diagnostics)
        case files.Reward():
            compile_reward(part, loader.registry, loader.diagnostics)
        case files.Catalog():
            is_sound_catalog(part, loader.digest_of(path), loader, loader.diagnostics)
        case files.Domain():
            compile_domain(part, None, loader.registry, loader.diagnostics)
        case files.Policy():
            read = loader.read(path, files.Policy)
            governance_of(part, read[1] if read else "", loader, loader.diagnostics)
        case files.Profile():
            loader.diagnostics.extend(files.contradictions([part.settings]))
