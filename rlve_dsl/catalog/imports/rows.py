"""`source: rows`: the catalog source that imports."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from rlve_dsl.catalog.catalog import Catalog
from rlve_dsl.catalog.catalog_source import CatalogSource
from rlve_dsl.catalog.folders.products import read_products, write_products
from rlve_dsl.catalog.imports.merge import merged
from rlve_dsl.catalog.imports.nothing_found import nothing_found
from rlve_dsl.catalog.imports.records import stamp
from rlve_dsl.catalog.imports.shards import write_shards
from rlve_dsl.catalog.progress import Progress
from rlve_dsl.catalog.search.embedders import STATIC, Embedder
from rlve_dsl.files import kinds

REJECTS = "rejects.jsonl"


def load(spec: kinds.Catalog, size: int | None = None, embedder: Embedder = STATIC) -> Catalog:
    """Import a declaration's rows into memory; at most `size` products, where it is given."""
    with TemporaryDirectory() as folder:
        write(spec, Path(folder), size, embedder, lambda stage, done, of: None)
        return read_products(Path(folder), embedder, mapped=False)


def write(spec: kinds.Catalog, folder: Path, size: int | None, embedder: Embedder, progress: Progress) -> None:
    """Import a declaration's rows into a folder; the complete shards of an interrupted import are kept.

    The file `REJECTS` in the folder gets a line for every record or value that was not taken.

    Raises:
        ScenarioError: When the data cannot be read, or holds no product.
    """
    assert spec.rows is not None
    shards = folder / "shards"
    shards.mkdir(exist_ok=True)
    write_shards(spec.rows, shards, spec.size if size is None else size, progress)
    progress("merge", 0, 1)
    catalog, facts = merged(spec, shards, embedder, folder / REJECTS)
    if not catalog.size:
        raise nothing_found(spec.rows, facts["records"], facts["rejected"])
    write_products(catalog, folder, facts)
    del catalog  # its texts are mapped from the shards
    shutil.rmtree(shards)
    progress("merge", 1, 1)


def stamp_of(spec: kinds.Catalog) -> str:
    """A text that changes with a declaration's data."""
    assert spec.rows is not None
    return stamp(spec.rows)


ROWS = CatalogSource("rows", load, write, stamp_of)
