"""Building a catalog into a folder, whole or not at all, and opening what was built.

A build works in a hidden folder beside the wanted one and renames it at the end. It goes by stages; what a killed build
had finished, `resume` keeps.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rlve_dsl.catalog.catalog import INDEX, Catalog
from rlve_dsl.catalog.catalog_source import CatalogSource
from rlve_dsl.catalog.declarations.generate import digest_of
from rlve_dsl.catalog.folders.folder import FORMAT, PRODUCTS, read_json, read_products, write_json, write_products
from rlve_dsl.catalog.search.embedders import STATIC, Embedder
from rlve_dsl.catalog.search.embedding import Backend, here
from rlve_dsl.catalog.search.index import Progress, build_index
from rlve_dsl.catalog.search.sentence_models import EMBEDDERS, UnknownEmbedder, embedder_named
from rlve_dsl.diagnostics import Diagnostic, did_you_mean
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import kinds

MANIFEST = "catalog.json"
_STATE = "building.json"
_LOCK = "building.lock"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Built:
    """What a folder's manifest says: what was built of what, when it is opened with which embedder, and every file."""

    folder: Path
    content: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """The catalog's digest: what an episode depends on."""
        return str(self.content["digest"])


def problem(code: str, message: str, help: str = "") -> ScenarioError:
    """A diagnostic about a folder or a file of data, which have no lines to point at."""
    return ScenarioError([Diagnostic(code, message, help=help)], {})


# Building -----------------------------------------------------------------------------------------------------------


def build(
    spec: kinds.Catalog,
    source: CatalogSource,
    out: Path,
    progress: Progress,
    *,
    size: int | None = None,
    embedder: Embedder = STATIC,
    backend: Backend = here,
    resume: bool = False,
) -> Built:
    """The catalog of a declaration (free of errors), built into the folder `out`, which must not exist.

    `backend` does the embedding. With `resume`, a build of the same declaration that was interrupted is carried on. Raises ScenarioError when it cannot
    be built; `out` is then as it was.
    """
    if out.exists():
        raise problem("R627", f"`{out}` is there already", "build into another folder, or delete this one first")
    work = out.parent / f".{out.name}.building"
    plan = {"format": FORMAT, "declaration": digest_of(spec, size or spec.size, embedder), "size": size}
    out.parent.mkdir(parents=True, exist_ok=True)
    with _alone(work):
        done = _begin(work, plan, resume)
        try:
            for stage, run in _STAGES:
                if stage not in done:
                    run(_Work(spec, source, work, size, embedder, backend, progress))
                    done.append(stage)
                    write_json(work / _STATE, {**plan, "done": done})
            (work / _STATE).unlink()
        except ScenarioError:
            shutil.rmtree(work)
            raise
        (work / _LOCK).unlink()
        try:
            work.rename(out)
        except OSError as failure:
            raise problem("R627", f"the build cannot be moved to `{out}`: {failure.strerror}") from failure
    return manifest_of(out)


@dataclass(frozen=True, slots=True)
class _Work:
    spec: kinds.Catalog
    source: CatalogSource
    folder: Path
    size: int | None
    embedder: Embedder
    backend: Backend
    progress: Progress


def _products(work: _Work) -> None:
    if work.source.write is not None:
        work.source.write(work.spec, work.folder, work.size, work.embedder, work.progress)
        return
    work.progress("products", 0, 1)
    catalog = work.source.load(work.spec, work.size, work.embedder)
    write_products(catalog, work.folder, {"source": work.source.name})
    work.progress("products", 1, 1)


def _index(work: _Work) -> None:
    folder = work.folder / INDEX
    folder.mkdir(exist_ok=True)
    catalog = read_products(work.folder, work.embedder)
    write_json(work.folder / f"{INDEX}.json", build_index(folder, catalog, work.embedder, work.progress, work.backend))


def _seal(work: _Work) -> None:
    products = read_json(work.folder / PRODUCTS)
    paths = sorted(p for p in work.folder.rglob("*") if p.is_file() and p.name not in (_STATE, _LOCK, MANIFEST))
    files = {}
    for place, path in enumerate(paths):
        files[path.relative_to(work.folder).as_posix()] = {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        work.progress("digests", place + 1, len(paths))
    content = {
        "format": FORMAT,
        **{key: products[key] for key in ("name", "digest", "size", "embedder")},
        "index": read_json(work.folder / f"{INDEX}.json"),
        "facts": products["facts"],
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "files": files,
    }
    write_json(work.folder / MANIFEST, {**content, "seal": _sealed(content)})


_STAGES: tuple[tuple[str, Callable[[_Work], None]], ...] = (
    ("products", _products),
    ("index", _index),
    ("seal", _seal),
)


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    """Only one process builds here."""
    work.mkdir(exist_ok=True)
    with (work / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            raise problem("R627", f"another process is building in `{work}`") from taken
        yield


def _begin(work: Path, plan: Mapping[str, Any], resume: bool) -> list[str]:
    """The stages that are done; without `resume`, whatever an interrupted build left is deleted."""
    state = work / _STATE
    if resume and state.is_file():
        before = read_json(state)
        if {key: before.get(key) for key in plan} != plan:
            raise problem(
                "R627",
                f"`{work}` holds a build of another declaration, size or embedder",
                "build without `--resume` to start afresh",
            )
        return list(before["done"])
    for path in work.iterdir():
        if path.name != _LOCK:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    write_json(state, {**plan, "done": []})
    return []


# Opening ------------------------------------------------------------------------------------------------------------


def manifest_of(folder: Path) -> Built:
    """The manifest of a built catalog. Raises ScenarioError when the folder is none, of another version, or incomplete."""
    path = folder / MANIFEST
    if not path.is_file():
        raise problem(
            "R623", f"`{folder}` is no built catalog", "`rlve-dsl catalog build CATALOG.yaml --out DIR` makes one"
        )
    try:
        content = read_json(path)
        seal = content.pop("seal")
    except (ValueError, KeyError, AttributeError, TypeError):
        raise _damaged(folder, f"`{MANIFEST}` cannot be read") from None
    if content.get("format") != FORMAT:
        raise problem(
            "R624",
            f"`{folder}` has format {content.get('format')}, and this version reads format {FORMAT}",
            "build the catalog again",
        )
    if seal != _sealed(content):
        raise _damaged(folder, f"`{MANIFEST}` was changed")
    for name, file in content["files"].items():
        try:
            size = os.stat(folder / name).st_size
        except OSError:
            raise _damaged(folder, f"`{name}` is missing") from None
        if size != file["bytes"]:
            raise _damaged(folder, f"`{name}` has {size} bytes instead of {file['bytes']}")
    return Built(folder, content)


def open_catalog(folder: Path, embedders: Mapping[str, Embedder] = EMBEDDERS) -> Catalog:
    """The catalog built in a folder, read-only, its pages shared by all processes that open it.

    Costs milliseconds at any size: file sizes are compared, digests are not (see `verify`). Raises ScenarioError when it
    cannot be opened.
    """
    built = manifest_of(folder)
    name = built.content["embedder"]
    try:
        embedder = embedder_named(name, embedders)
    except UnknownEmbedder as unknown:
        raise problem(
            "R626",
            f"`{folder}` was built with embedder `{name}`, which is not installed here",
            did_you_mean(name, unknown.known) or f"installed: {', '.join(unknown.known)}",
        ) from None
    return read_products(folder, embedder)


def verify(folder: Path, progress: Progress) -> Built:
    """Reads every file of a built catalog. Raises ScenarioError with all the damage there is."""
    built = manifest_of(folder)
    wrong = []
    files = built.content["files"]
    for place, (name, file) in enumerate(files.items()):
        if _sha256(folder / name) != file["sha256"]:
            wrong.append(Diagnostic("R625", f"`{folder}` is damaged: the bytes of `{name}` are not those built"))
        progress("verify", place + 1, len(files))
    known = {*files, MANIFEST}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (name := path.relative_to(folder).as_posix()) not in known:
            wrong.append(Diagnostic("R625", f"`{folder}` is damaged: `{name}` is no part of it"))
    if wrong:
        raise ScenarioError(wrong, {})
    return built


def _damaged(folder: Path, how: str) -> ScenarioError:
    return problem("R625", f"`{folder}` is damaged: {how}", "build the catalog again")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _sealed(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
