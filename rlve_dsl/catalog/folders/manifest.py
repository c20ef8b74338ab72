"""The manifest of a built catalog, which lists every file: opening a folder by it, and verifying the folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rlve_dsl.catalog.catalog import Catalog
from rlve_dsl.catalog.folders.inventory import sha256_of
from rlve_dsl.catalog.folders.json_files import read_json
from rlve_dsl.catalog.folders.products import FORMAT, read_products
from rlve_dsl.catalog.progress import Progress
from rlve_dsl.catalog.search.embedders import Embedder
from rlve_dsl.catalog.search.sentence_models import EMBEDDERS, UnknownEmbedder, embedder_named
from rlve_dsl.diagnostics import Diagnostic, did_you_mean
from rlve_dsl.errors import ScenarioError, system_reason
from rlve_dsl.frozen import frozen

MANIFEST = "catalog.json"
LOCK = "building.lock"
"""Held while a build is on; a build that was killed in its last moment leaves it."""

_SMALL = 1 << 20
"""Files of at most this many bytes are compared with their digests when a catalog is opened."""


@frozen
class Built:
    """The manifest of a built catalog: its name, size, digest and embedder, how it was made, and every file."""

    folder: Path
    content: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """The catalog's digest: what an episode depends on."""
        return str(self.content["digest"])


def manifest_of(folder: str | Path) -> Built:
    """Read the manifest of a built catalog, and compare the size of every file with it.

    Raises:
        ScenarioError: When the folder is no built catalog, is of another version, or is incomplete.
    """
    folder = Path(folder)
    path = folder / MANIFEST
    if not path.is_file() and not os.path.lexists(path):
        raise problem(
            "R623", f"`{folder}` is no built catalog", "`rlve-dsl catalog build CATALOG.yaml --out DIR` makes one"
        )
    try:
        content = read_json(path)
        seal = content.pop("seal")
    except (OSError, RecursionError, ValueError, KeyError, AttributeError, TypeError):
        raise _damaged(folder, f"`{MANIFEST}` cannot be read") from None
    if not isinstance(content, dict):
        raise _damaged(folder, f"`{MANIFEST}` cannot be read")
    if content.get("format") != FORMAT:
        raise problem(
            "R624",
            f"`{folder}` has format {content.get('format')}, and this version reads format {FORMAT}",
            "build the catalog again",
        )
    if seal != seal_of(content):
        raise _damaged(folder, f"`{MANIFEST}` was changed")
    for name, file in content["files"].items():
        try:
            size = os.stat(folder / name).st_size
        except OSError:
            raise _damaged(folder, f"`{name}` is missing") from None
        if size != file["bytes"]:
            raise _damaged(folder, f"`{name}` has {size} bytes instead of {file['bytes']}")
    return Built(folder, content)


def open_catalog(folder: str | Path, embedders: Mapping[str, Embedder] = EMBEDDERS) -> Catalog:
    """Open the catalog built in a folder, read-only; all processes that open it share its pages.

    It takes milliseconds at any size: of large files the size is compared, and not the digest (see `verify`).

    Args:
        folder: The folder of the catalog.
        embedders: The embedders that are installed, by name.

    Raises:
        ScenarioError: When the catalog cannot be opened.
    """
    folder = Path(folder)
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
    for file, written in built.content["files"].items():
        if written["bytes"] <= _SMALL and _digest_of(folder, file) != written["sha256"]:
            raise _damaged(folder, f"the bytes of `{file}` are not those built")
    try:
        return read_products(folder, embedder)
    except (OSError, EOFError, RecursionError, ValueError, LookupError, TypeError, AttributeError) as failure:
        raise _damaged(
            folder, f"it cannot be read ({str(failure).splitlines()[0] or type(failure).__name__})"
        ) from None


def verify(folder: str | Path, progress: Progress) -> Built:
    """Read every file of a built catalog, and compare its digest with the manifest.

    Raises:
        ScenarioError: When anything is damaged; it lists all the damage.
    """
    folder = Path(folder)
    built = manifest_of(folder)
    wrong = []
    files = built.content["files"]
    for place, (name, file) in enumerate(files.items()):
        if _digest_of(folder, name) != file["sha256"]:
            wrong.append(Diagnostic("R625", f"`{folder}` is damaged: the bytes of `{name}` are not those built"))
        progress("verify", place + 1, len(files))
    known = {*files, MANIFEST, LOCK}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (name := path.relative_to(folder).as_posix()) not in known:
            wrong.append(Diagnostic("R625", f"`{folder}` is damaged: `{name}` is no part of it"))
    if wrong:
        raise ScenarioError(wrong, {})
    return built


def problem(code: str, message: str, help: str = "") -> ScenarioError:
    """A diagnostic about a folder, which has no lines to point at."""
    return ScenarioError([Diagnostic(code, message, help=help)], {})


def _digest_of(folder: Path, name: str) -> str:
    try:
        return sha256_of(folder / name)
    except OSError as failure:
        raise _damaged(folder, f"`{name}` cannot be read: {system_reason(failure)}") from None


def seal_of(content: Mapping[str, object]) -> str:
    """The SHA-256 of a manifest, which shows whether it was changed."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _damaged(folder: Path, how: str) -> ScenarioError:
    return problem("R625", f"`{folder}` is damaged: {how}", "build the catalog again")
