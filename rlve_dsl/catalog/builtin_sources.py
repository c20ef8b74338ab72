"""The sources of products that come with the package, by the name that `source:` gives."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.catalog.catalog_source import CatalogSource
from rlve_dsl.catalog.declarations.generate import generate
from rlve_dsl.catalog.imports.rows import ROWS

GENERATED = CatalogSource("generated", generate)
SOURCES: Mapping[str, CatalogSource] = {source.name: source for source in (GENERATED, ROWS)}
