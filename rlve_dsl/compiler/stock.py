"""The catalog of a collection: made once a process, as catalogs are immutable and dear."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from rlve_dsl import spec
from rlve_dsl.catalog import Catalog, CatalogSource
from rlve_dsl.plugins import Registry


def stock(catalog: spec.Catalog, digest: str, registry: Registry) -> Catalog:
    """The products of a catalog file with this digest."""
    return _generate(_ByDigest(digest, registry.sources[catalog.source.text], catalog))


@dataclass(frozen=True)
class _ByDigest:
    digest: str
    source: CatalogSource
    catalog: spec.Catalog = field(compare=False)


@lru_cache(maxsize=8)
def _generate(key: _ByDigest) -> Catalog:
    """Catalogs are immutable and dear, so one process makes each once."""
    return key.source.load(key.catalog, None)
