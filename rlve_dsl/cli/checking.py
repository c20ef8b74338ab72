"""Checks files of any kind with everything that they name, and keeps verdicts of what has no errors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from rlve_dsl import files
from rlve_dsl.cli.oracle_plays import check_plays
from rlve_dsl.cli.verdict_cache import Inputs, Verdict, store_verdict
from rlve_dsl.compiler import (
    STANDARD,
    EnvironmentFile,
    Loader,
    check_part,
    collection_of_one,
    compile_collection,
    load_any,
)
from rlve_dsl.diagnostics import Diagnostic, Diagnostics, Span
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.plugins import Registry, default_registry

_NAMED = re.compile(r"(?<![\w:./-])[\w./-]+\.ya?ml\b")


def check(paths: Iterable[Path], registry: Registry | None = None) -> tuple[list[Diagnostic], dict[str, str]]:
    """All problems of these files and of the files that they name, and the texts of the files.

    Environments that are in none of the collections are checked with the standard shared parts, those of a collection that cannot be
    read not at all.
    """
    return check_with(Loader(registry or default_registry()), paths)


def check_with(loader: Loader, paths: Iterable[Path]) -> tuple[list[Diagnostic], dict[str, str]]:
    """As `check`, with a loader that remembers what was read."""
    loaded = {path: load_any(path, loader) for path in paths}
    collections = [part for part in loaded.values() if isinstance(part, files.Collection)]
    for collection in collections:
        _compile(collection, loader)
        _check_profile(collection, loader.diagnostics)
    covered = {Path(r.path).resolve() for c in collections for r in c.environments}
    broken = {path: loader.sources.get(str(path), "") for path, part in loaded.items() if part is None}
    # with other shared parts, more would seem wrong than is
    waiting = {path: text for path, text in broken.items() if "kind: Collection" in text}
    misspelt = {place.parent for path, text in waiting.items() for place in _missing(path, text)}
    for path, part in loaded.items():
        if isinstance(part, EnvironmentFile):
            is_meant = path.resolve().parent in misspelt or any(path.name in text for text in waiting.values())
            if path.resolve() not in covered and not is_meant:
                _compile(collection_of_one(str(path), part), loader, is_whole=False)
        elif part is not None and not isinstance(part, files.Collection):
            check_part(part, str(path), loader)
    try:
        return list(loader.finish()), loader.sources
    except ScenarioError as problems:
        return list(problems.diagnostics), problems.sources


def _missing(path: Path, text: str) -> list[Path]:
    """The files that a collection names and that there are not: any environment beside them may be the one that is meant."""
    named = [(path.resolve().parent / name).resolve() for name in _NAMED.findall(text)]
    return [place for place in named if not place.is_file()]


def _compile(collection: files.Collection, loader: Loader, *, is_whole: bool = True) -> None:
    scenario = compile_collection(collection, loader, is_whole=is_whole)
    if scenario is not None:
        check_plays(scenario, loader.diagnostics)


def _check_profile(collection: files.Collection, diagnostics: Diagnostics) -> None:
    """Report a profile that is not there. Only training reads it, and may be given another one, so the collection can be played."""
    if (found := _profile_of(collection)) is None:
        return
    named, place = found
    try:
        file = files.profile_file(named, Path(place.file).parent)
    except UsageError as problem:
        diagnostics.error("R502", str(problem), place)
        return
    if not Path(file).is_file():
        diagnostics.error("R502", f"there is no profile `{file}`: its path begins in the folder of this file", place)


def _profile_of(collection: files.Collection) -> tuple[str, Span] | None:
    """The profile that a collection trains with, and where it is named."""
    train = collection.train
    if train is None or not train.settings.profile:
        return None
    return train.settings.profile, train.written["profile"]


def keep_verdict(key: str, verdict: Verdict, loader: Loader) -> None:
    """Store a verdict in the cache, if it has no errors, and all that it depends on can be told apart later."""
    if verdict.errors or any(plugin.problem and not plugin.left_out for plugin in loader.registry.plugins):
        return  # a plugin that cannot be used is told each time
    if (inputs := _inputs_of(loader)) is not None:
        store_verdict(key, verdict, inputs)


def _inputs_of(loader: Loader) -> Inputs | None:
    """What the verdict of a check without errors depends on; None when that is more than files, such as a built catalog, rows to
    import, or a model for embedding.

    The collections beside an environment that is played in a domain count too: it has the parts of the one that lists it.
    """
    named: set[str] = set()
    data: set[str] = set()
    has_domain = False
    for loaded in loader.read_well:
        spec = loaded.spec
        if isinstance(spec, files.Catalog) and spec.embedder and spec.embedder.text not in loader.registry.embedders:
            return None
        has_domain = has_domain or isinstance(spec, files.Domain)
        named_profile = _profile_of(spec) if isinstance(spec, files.Collection) else None
        if named_profile is not None and files.is_path_of_profile(named_profile[0]):
            data.add(files.profile_file(named_profile[0], Path(named_profile[1].file).parent))
        for part in files.parts_of(spec):
            if isinstance(part, files.Location):
                if "://" in part.path:
                    return None
                data.add(part.path)
            if isinstance(part, files.Reference):
                if not Path(part.path).is_file():
                    return None
                named.add(part.path)
    beside = {
        str(Path(loaded.path).parent)
        for loaded in loader.read_well
        if has_domain and isinstance(loaded.spec, EnvironmentFile)
    }
    above = {folder for path in loader.sources for folder in Path(path).resolve().parents}
    standard = [folder / STANDARD[name] for folder in above for name in ("axes", "policy")]
    absent = sorted(str(path) for path in standard if not path.is_file())
    return Inputs(loader.sources, sorted(data), sorted(beside), sorted(named - loader.sources.keys()), absent)
