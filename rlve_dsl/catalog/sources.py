"""Where a catalog's products come from, by the name that `source:` gives."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.catalog.generate import generate
from rlve_dsl.catalog.imports import ROWS
from rlve_dsl.catalog.source import CatalogSource

GENERATED = CatalogSource("generated", generate)
SOURCES: Mapping[str, CatalogSource] = {source.name: source for source in (GENERATED, ROWS)}
