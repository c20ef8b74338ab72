"""Building a catalog into a folder, whole or not at all.

A build works in a hidden folder beside the wanted one, stage by stage, and renames it at the end. With `resume`, the stages
that an interrupted build had finished are kept, after their files were compared with what was written.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from rlve_dsl.catalog.catalog import INDEX
from rlve_dsl.catalog.catalog_source import CatalogSource
from rlve_dsl.catalog.declarations.digest import digest_of
from rlve_dsl.catalog.folders.inventory import Written, as_written, difference
from rlve_dsl.catalog.folders.json_files import read_json, write_json
from rlve_dsl.catalog.folders.manifest import LOCK, MANIFEST, Built, manifest_of, problem, seal_of
from rlve_dsl.catalog.folders.products import FORMAT, PRODUCTS, read_products, write_products
from rlve_dsl.catalog.folders.unfinished import AFRESH, damaged
from rlve_dsl.catalog.progress import Progress
from rlve_dsl.catalog.search.embedders import STATIC, Embedder
from rlve_dsl.catalog.search.embedding import Backend, here
from rlve_dsl.catalog.search.index import build_index
from rlve_dsl.errors import ScenarioError, system_reason
from rlve_dsl.files import kinds
from rlve_dsl.frozen import frozen
from rlve_dsl.writing import make_folder

_STATE = "building.json"


@frozen
class _Work:
    spec: kinds.Catalog
    source: CatalogSource
    folder: Path
    size: int | None
    embedder: Embedder
    backend: Backend
    progress: Progress
    files: dict[str, Written]  # of the stages that are done


def build(
    spec: kinds.Catalog,
    source: CatalogSource,
    out: str | Path,
    progress: Progress,
    *,
    size: int | None = None,
    embedder: Embedder = STATIC,
    backend: Backend = here,
    resume: bool = False,
) -> Built:
    """Build the catalog of a declaration into a folder.

    Args:
        spec: The declaration, which has no errors.
        source: Where its products come from.
        out: The folder to make; it must not exist.
        progress: Called as the work goes on.
        size: How many products, in place of the declaration's own size.
        embedder: What embeds the products.
        backend: Where they are embedded.
        resume: Carry on an interrupted build of the same declaration.

    Raises:
        ScenarioError: When the catalog cannot be built; `out` is then as it was. An interrupted build that was to be resumed
            is kept.
    """
    out = Path(out)
    if out.exists() or out.is_symlink():
        raise problem("R627", f"`{out}` is there already", "build into another folder, or delete this one first")
    folder = out.parent / f".{out.name}.building"
    plan = {"format": FORMAT, "declaration": digest_of(spec, size or spec.size, embedder), "size": size}
    data = "" if source.stamp is None else source.stamp(spec)
    make_folder(out.parent)
    with _locked(folder):
        if out.exists():  # another build has ended since
            raise problem("R627", f"`{out}` is there already", "build into another folder, or delete this one first")
        before = _interrupted(folder, plan, data) if resume and os.path.lexists(folder / _STATE) else None
        done, files = before or _afresh(folder, plan, data)
        work = _Work(spec, source, folder, size, embedder, backend, progress, files)
        try:
            for stage, run in _STAGES:
                if stage not in done:
                    _run(run, work)
                    done.append(stage)
                    write_json(folder / _STATE, {**plan, "data": data, "done": done, "files": files})
            (folder / _STATE).unlink()
        except ScenarioError:
            if before is None:
                shutil.rmtree(folder)
            raise
        try:
            folder.rename(out)
        except OSError as failure:
            raise problem("R627", f"the build cannot be moved to `{out}`: {system_reason(failure)}") from failure
        (out / LOCK).unlink()  # only now: nobody begins in the folder before it has moved
    return manifest_of(out)


def _run(stage: Callable[[_Work], None], work: _Work) -> None:
    """Run a stage. An error of writing that names no file, such as one of a full disk, names the folder."""
    try:
        stage(work)
    except OSError as failure:
        if failure.filename is not None:
            raise
        raise OSError(failure.errno, system_reason(failure), str(work.folder)) from failure


def _products(work: _Work) -> None:
    if work.source.write is not None:
        work.source.write(work.spec, work.folder, work.size, work.embedder, work.progress)
    else:
        work.progress("products", 0, 1)
        catalog = work.source.load(work.spec, work.size, work.embedder)
        write_products(catalog, work.folder, {"source": work.source.name})
        work.progress("products", 1, 1)
    _note_files(work)


def _index(work: _Work) -> None:
    folder = work.folder / INDEX
    folder.mkdir(exist_ok=True)
    catalog = read_products(work.folder, work.embedder)
    write_json(work.folder / f"{INDEX}.json", build_index(folder, catalog, work.embedder, work.progress, work.backend))
    _note_files(work)


def _seal(work: _Work) -> None:
    products = read_json(work.folder / PRODUCTS)
    content = {
        "format": FORMAT,
        **{key: products[key] for key in ("name", "digest", "size", "embedder")},
        "index": read_json(work.folder / f"{INDEX}.json"),
        "facts": products["facts"],
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "files": {name: work.files[name] for name in _names(work.folder)},
    }
    write_json(work.folder / MANIFEST, {**content, "seal": seal_of(content)})


def _note_files(work: _Work) -> None:
    """Note the size and the digest of every file that the stage has written."""
    new = [name for name in _names(work.folder) if name not in work.files]
    for place, name in enumerate(new):
        work.files[name] = as_written(work.folder / name)
        work.progress("digests", place + 1, len(new))


def _names(folder: Path) -> list[str]:
    """The files that belong to the catalog, in the order of the manifest."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in (_STATE, LOCK, MANIFEST))
    return [path.relative_to(folder).as_posix() for path in paths]


_STAGES: tuple[tuple[str, Callable[[_Work], None]], ...] = (
    ("products", _products),
    ("index", _index),
    ("seal", _seal),
)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Only one process builds in a folder, and only in a folder that a build made."""
    folder.mkdir(exist_ok=True)
    if any(folder.iterdir()) and not (folder / LOCK).is_file():
        raise problem("R627", f"`{folder}` holds files that no build made", "move them away, or name another folder")
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(lock.fileno()), os.stat(folder / LOCK)):
                raise FileExistsError("another build has moved the folder since")
        except OSError as taken:
            raise problem("R627", f"another process is building in `{folder}`") from taken
        yield


def _interrupted(folder: Path, plan: Mapping[str, object], data: str) -> tuple[list[str], dict[str, Written]]:
    """The stages that an interrupted build has finished, and their files, which are as they were written."""
    try:
        before = read_json(folder / _STATE)
        same = {key: before.get(key) for key in plan} == plan
        same_data = before.get("data") == data
        done, files = list(before["done"]), dict(before["files"])
        damage = difference(folder, files) if same and same_data else ""
    except (OSError, RecursionError, ValueError, LookupError, TypeError, AttributeError):
        raise damaged(folder, f"`{_STATE}` cannot be read") from None
    if not same:
        raise problem("R627", f"`{folder}` holds a build of another declaration, size or embedder", AFRESH)
    if not same_data:
        raise problem("R627", f"the data has changed since the build in `{folder}` was interrupted", AFRESH)
    if damage:
        raise damaged(folder, damage)
    for draft in [path for path in folder.rglob(".*") if path.is_file()]:
        draft.unlink()  # of a file that was being written when the build was killed
    return done, files


def _afresh(folder: Path, plan: Mapping[str, object], data: str) -> tuple[list[str], dict[str, Written]]:
    """Nothing is done: whatever an interrupted build left is deleted."""
    for path in folder.iterdir():
        if path.name != LOCK:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    write_json(folder / _STATE, {**plan, "data": data, "done": [], "files": {}})
    return [], {}
