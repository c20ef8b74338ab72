"""The catalog of a collection: made, or opened, once a process, as catalogs are immutable and dear."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from rlve_dsl import catalog as catalogs
from rlve_dsl import files
from rlve_dsl.catalog import Catalog, CatalogSource, Embedder
from rlve_dsl.compiler.loader import Loader
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.errors import ScenarioError
from rlve_dsl.plugins import Registry


def catalog_of(reference: files.Reference, loader: Loader, found: Diagnostics) -> Catalog | None:
    """What a collection sells: a built folder opened in place, or the catalog that a file declares, made here."""
    registry = loader.registry
    if Path(reference.path).is_dir():
        return _reported(lambda: _opened(reference.path, registry), reference, found)
    read = loader.read(reference.path, files.Catalog, reference.span)
    if read is None:
        return None
    declared, digest = read
    catalogs.check(declared, found)
    if found.errors:
        return None
    embedder = catalogs.embedder_named(declared.embedder.text, registry.embedders) if declared.embedder else None
    key = _ByDigest(digest, registry.sources[declared.source.text], embedder, declared)
    return _reported(lambda: _made(key), reference, found)


def _reported(get: Callable[[], Catalog], reference: files.Reference, found: Diagnostics) -> Catalog | None:
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
    catalog: files.Catalog = field(compare=False)


@lru_cache(maxsize=8)
def _made(key: _ByDigest) -> Catalog:
    """Catalogs are immutable and dear, so one process makes each once."""
    if key.embedder is None:  # the source's own
        return key.source.load(key.catalog, None)
    return key.source.load(key.catalog, None, key.embedder)
