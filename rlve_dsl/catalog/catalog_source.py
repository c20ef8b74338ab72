"""How a source of products is declared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rlve_dsl.catalog.catalog import Catalog
from rlve_dsl.catalog.search.embedders import STATIC, Embedder
from rlve_dsl.catalog.search.index import Progress
from rlve_dsl.files import kinds


class Load(Protocol):
    """Makes a catalog from its declaration, with `size` products where the source can choose."""

    def __call__(self, spec: kinds.Catalog, size: int | None = None, embedder: Embedder = STATIC) -> Catalog:
        """The catalog."""
        ...


class Write(Protocol):
    """Writes the products of a declaration into a folder, as `rlve_dsl.catalog.folders.folder` lays them out, piece by piece."""

    def __call__(
        self, spec: kinds.Catalog, folder: Path, size: int | None, embedder: Embedder, progress: Progress
    ) -> None:
        """Called again for the same folder after an interruption, it carries on; bounded memory at any size."""
        ...


@dataclass(frozen=True, slots=True)
class CatalogSource:
    """A way to get a catalog; the same declaration must give the same catalog in every process.

    `write`, where there is one, serves builds in the place of `load`, which holds all products at once.
    """

    name: str
    load: Load
    write: Write | None = None
