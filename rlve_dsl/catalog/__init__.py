"""Products: their columns, filters, search by meaning, and what a shopper may want of them; generated, built or imported.

Does not belong here: anything that an episode changes (see `rlve_dsl.world`).
"""

from rlve_dsl.catalog.arrays import Rows
from rlve_dsl.catalog.builtin_sources import SOURCES
from rlve_dsl.catalog.catalog import Catalog, SearchDisabled, holding
from rlve_dsl.catalog.catalog_source import CatalogSource
from rlve_dsl.catalog.declarations.check import check
from rlve_dsl.catalog.declarations.generate import KIND_LIMIT, generate
from rlve_dsl.catalog.empty import no_products
from rlve_dsl.catalog.folders.build import build
from rlve_dsl.catalog.folders.manifest import Built, manifest_of, open_catalog, verify
from rlve_dsl.catalog.functions import FUNCTIONS, meets
from rlve_dsl.catalog.part import Part, part_of
from rlve_dsl.catalog.products.product import CATALOG, NO_PRICE, PRODUCT, Product, Products, Project, Variant
from rlve_dsl.catalog.products.wishes import (
    Constraint,
    Filter,
    FilterError,
    Op,
    UnknownField,
    Weights,
    WrongValue,
    either_of,
)
from rlve_dsl.catalog.progress import Progress
from rlve_dsl.catalog.search.embedders import STATIC, Embedder, is_one_token
from rlve_dsl.catalog.search.embedding import BACKENDS, Backend
from rlve_dsl.catalog.search.index import Index, UnusableIndex, build_index, open_index
from rlve_dsl.catalog.search.results import Hits
from rlve_dsl.catalog.search.sentence_models import EMBEDDERS, UnknownEmbedder, embedder_named, sentence_transformer
from rlve_dsl.catalog.search.texts import Texts

__all__ = [
    "BACKENDS",
    "CATALOG",
    "EMBEDDERS",
    "FUNCTIONS",
    "KIND_LIMIT",
    "NO_PRICE",
    "PRODUCT",
    "SOURCES",
    "STATIC",
    "Backend",
    "Built",
    "Catalog",
    "CatalogSource",
    "Constraint",
    "Embedder",
    "Filter",
    "FilterError",
    "Hits",
    "Index",
    "Op",
    "Part",
    "Product",
    "Products",
    "Progress",
    "Project",
    "Rows",
    "SearchDisabled",
    "Texts",
    "UnknownEmbedder",
    "UnknownField",
    "UnusableIndex",
    "Variant",
    "Weights",
    "WrongValue",
    "build",
    "build_index",
    "check",
    "either_of",
    "embedder_named",
    "generate",
    "holding",
    "is_one_token",
    "manifest_of",
    "meets",
    "no_products",
    "open_catalog",
    "open_index",
    "part_of",
    "sentence_transformer",
    "verify",
]
