"""The catalog of a collection. A process opens or generates each catalog once: they are immutable and slow to make."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from rlve_dsl import catalog as catalogs
from rlve_dsl import files
from rlve_dsl.catalog import Catalog, CatalogSource, Embedder
from rlve_dsl.compiler.loader import Loader
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.errors import PluginFault, ScenarioError


def catalog_of(collection: files.Collection, loader: Loader, diagnostics: Diagnostics) -> Catalog | None:
    """The products of a collection: a built folder, opened, or what a Catalog file declares; None when there are errors.

    A collection that names no catalog sells nothing. A built folder may need an embedder of a plugin that the collection lists.
    """
    reference = collection.catalog
    if reference is None:
        return catalogs.no_products()
    try:
        if Path(reference.path).is_dir():
            embedders = tuple(loader.registry.view(collection.plugins).embedders.items())
            built = catalogs.manifest_of(Path(reference.path))
            return _open(reference.path, os.path.abspath(reference.path), built.digest, embedders)
        read = loader.read(reference.path, files.Catalog, reference.span)
        return None if read is None else _declared(*read, loader, diagnostics)
    except ScenarioError as problems:
        diagnostics.extend(d if d.span else replace(d, span=reference.span) for d in problems.diagnostics)
        return None
    except PluginFault as fault:
        diagnostics.error("R218", str(fault), reference.span)
        return None


def is_sound_catalog(declared: files.Catalog, digest: str, loader: Loader, diagnostics: Diagnostics) -> bool:
    """Whether a declaration with this digest has no errors. Its problems are reported once, as many collections may share it."""
    if digest not in loader.sound_catalogs:
        found = Diagnostics()
        catalogs.check(declared, found, words=loader.try_levels)
        diagnostics.extend(found.items)
        loader.sound_catalogs[digest] = not found.errors
    return loader.sound_catalogs[digest]


def _declared(declared: files.Catalog, digest: str, loader: Loader, diagnostics: Diagnostics) -> Catalog | None:
    if not is_sound_catalog(declared, digest, loader, diagnostics) or diagnostics.errors:
        return None
    registry = loader.registry.view(declared.plugins)
    embedder = catalogs.embedder_named(declared.embedder.text, registry.embedders) if declared.embedder else None
    return _load(_Declared(digest, registry.sources[declared.source.text], embedder, declared))


@lru_cache(maxsize=8)
def _open(path: str, place: str, digest: str, embedders: tuple[tuple[str, Embedder], ...]) -> Catalog:
    """The catalog of a folder. A folder with another digest has changed, and is opened again.

    `place` is the absolute path: one relative path may mean several folders in the life of a process.
    """
    return catalogs.open_catalog(Path(path), dict(embedders))


@dataclass(frozen=True)
class _Declared:
    digest: str
    source: CatalogSource
    embedder: Embedder | None
    catalog: files.Catalog = field(compare=False)


@lru_cache(maxsize=8)
def _load(declared: _Declared) -> Catalog:
    if declared.embedder is None:  # the source uses its own
        return declared.source.load(declared.catalog, None)
    return declared.source.load(declared.catalog, None, declared.embedder)
