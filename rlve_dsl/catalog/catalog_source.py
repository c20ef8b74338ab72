"""How a source of products is declared."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from rlve_dsl.catalog.catalog import Catalog
from rlve_dsl.catalog.progress import Progress
from rlve_dsl.catalog.search.embedders import STATIC, Embedder
from rlve_dsl.files import kinds
from rlve_dsl.frozen import frozen


class Load(Protocol):
    """Makes the catalog of a declaration, with `size` products where the source can choose."""

    def __call__(self, spec: kinds.Catalog, size: int | None = None, embedder: Embedder = STATIC) -> Catalog:
        """Make the catalog."""
        ...


class Write(Protocol):
    """Writes the products of a declaration into a folder, in bounded memory; see `rlve_dsl.catalog.folders.products`."""

    def __call__(
        self, spec: kinds.Catalog, folder: Path, size: int | None, embedder: Embedder, progress: Progress
    ) -> None:
        """Write the products. Called again for the same folder after an interruption, it carries on."""
        ...


class Stamp(Protocol):
    """Tells whether the data behind a declaration have changed."""

    def __call__(self, spec: kinds.Catalog) -> str:
        """A text that changes with the data; raises ScenarioError where there are none."""
        ...


@frozen
class CatalogSource:
    """A way to get a catalog; the same declaration must give the same catalog in every process.

    A build uses `write`, where there is one, because `load` holds all products in memory at once. It is resumed only while
    `stamp`, where there is one, gives the same text.
    """

    name: str
    load: Load
    write: Write | None = None
    stamp: Stamp | None = None
