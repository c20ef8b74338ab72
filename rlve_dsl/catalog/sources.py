"""Where a catalog's products come from, by the name that `source:` gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from rlve_dsl.catalog.embedders import STATIC, Embedder
from rlve_dsl.catalog.generate import generate
from rlve_dsl.catalog.store import Catalog
from rlve_dsl.spec import kinds


class Load(Protocol):
    """Makes a catalog from its declaration, with `size` products where the source can choose."""

    def __call__(self, spec: kinds.Catalog, size: int | None = None, embedder: Embedder = STATIC) -> Catalog:
        """The catalog."""
        ...


@dataclass(frozen=True, slots=True)
class CatalogSource:
    """A way to get a catalog; the same declaration must give the same catalog in every process."""

    name: str
    load: Load


GENERATED = CatalogSource("generated", generate)
SOURCES: Mapping[str, CatalogSource] = {GENERATED.name: GENERATED}
