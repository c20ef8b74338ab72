"""What was written into a folder: the size and the digest of each file, for the manifest and for a build that is resumed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from rlve_dsl.errors import system_reason
from rlve_dsl.files import problem_of


class Written(TypedDict):
    """A file as it was written."""

    bytes: int
    sha256: str


def as_written(path: Path) -> Written:
    """The size and the digest of a file."""
    return {"bytes": path.stat().st_size, "sha256": sha256_of(path)}


def difference(folder: Path, files: Mapping[str, Written]) -> str:
    """What is wrong with the first of these files that is not as it was written; nothing where all are."""
    for name, written in files.items():
        path = folder / name
        if problem_of(path):
            return f"`{name}` is missing"
        try:
            if path.stat().st_size != written["bytes"] or sha256_of(path) != written["sha256"]:
                return f"the bytes of `{name}` are not those written"
        except OSError as failure:
            return f"`{name}` cannot be read: {system_reason(failure)}"
    return ""


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
