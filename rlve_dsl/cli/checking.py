"""Checks files of any kind with everything that they name, and keeps verdicts of what has no errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from pathlib import Path
from types import NoneType

from rlve_dsl import files
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
from rlve_dsl.diagnostics import Diagnostic, Span
from rlve_dsl.errors import ScenarioError
from rlve_dsl.plugins import Registry, default_registry


def check(paths: Iterable[Path], registry: Registry | None = None) -> tuple[list[Diagnostic], dict[str, str]]:
    """All problems of these files and of the files that they name, and the texts of the files.

    Environments that are in none of the collections are checked with the standard shared parts.
    """
    return check_with(Loader(registry or default_registry()), paths)


def check_with(loader: Loader, paths: Iterable[Path]) -> tuple[list[Diagnostic], dict[str, str]]:
    """As `check`, with a loader that remembers what was read."""
    loaded = {path: load_any(path, loader) for path in paths}
    collections = [part for part in loaded.values() if isinstance(part, files.Collection)]
    for collection in collections:
        compile_collection(collection, loader)
    covered = {Path(r.path).resolve() for c in collections for r in c.environments}
    for path, part in loaded.items():
        if isinstance(part, EnvironmentFile):
            if path.resolve() not in covered:
                compile_collection(collection_of_one(str(path), part), loader)
        elif part is not None and not isinstance(part, files.Collection):
            check_part(part, str(path), loader)
    try:
        return list(loader.finish()), loader.sources
    except ScenarioError as problems:
        return list(problems.diagnostics), problems.sources


def keep_verdict(key: str, verdict: Verdict, loader: Loader) -> None:
    """Store a verdict in the cache, if it has no errors and depends on the texts of files only."""
    if not verdict.errors and (inputs := _inputs_of(loader)):
        store_verdict(key, verdict, inputs)


def _inputs_of(loader: Loader) -> Inputs | None:
    """What the verdict of a check without errors depends on; None when that is more than the texts of files.

    A built catalog, rows to import and a model for embedding are such things.
    """
    named: set[str] = set()
    for spec in loader.specs:
        if isinstance(spec, files.Domain):
            return None  # its data, and the collections beside an environment, count too
        if isinstance(spec, files.Catalog) and spec.embedder and spec.embedder.text not in loader.registry.embedders:
            return None
        for reference in _references(spec):
            if isinstance(reference, files.Location) or not Path(reference.path).is_file():
                return None
            named.add(reference.path)
    folders = {folder for path in loader.sources for folder in Path(path).resolve().parents}
    standard = [folder / STANDARD[name] for folder in folders for name in ("axes", "policy")]
    absent = sorted(str(path) for path in standard if not path.is_file())
    return Inputs(loader.sources, sorted(named - loader.sources.keys()), absent)


def _references(spec: files.Kind) -> Iterator[files.Reference | files.Location]:
    """The places of files that a spec names."""
    below: list[object] = [spec]
    while below:
        part = below.pop()
        if type(part) in (Span, str, int, float, bool, NoneType):  # most parts
            continue
        if isinstance(part, files.Reference | files.Location):
            yield part
        elif is_dataclass(part):
            below.extend(getattr(part, name) for name in part.__dataclass_fields__)
        elif isinstance(part, Mapping):
            below.extend(part.values())
        elif isinstance(part, Sequence):
            below.extend(part)
