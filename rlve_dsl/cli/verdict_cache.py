"""Verdicts of `rlve-dsl validate` in the user's cache folder, so that files that have not changed are not checked again.

The folder can be deleted at any time. A verdict is used only if its file is whole and everything that it depends on is as
it was: this package, Python, the libraries, the arguments, and every file that was read.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path

from rlve_dsl.diagnostics import Diagnostic, render_text
from rlve_dsl.values import JsonObject
from rlve_dsl.writing import cache_folder, write_atomically

_LIBRARIES = ("lark", "numpy", "pyyaml", "z3-solver")
_MOST = 200
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `validate` says of some files: its diagnostics as text and as JSON, and how many of them are errors."""

    text: str
    diagnostics: Sequence[JsonObject]
    errors: int


def verdict_of(found: Sequence[Diagnostic], sources: Mapping[str, str]) -> Verdict:
    """The verdict that these diagnostics make; `sources` are the texts that they show."""
    errors = sum(d.severity == "error" for d in found)
    return Verdict(render_text(found, sources) if found else "", [d.as_json() for d in found], errors)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a verdict depends on: the texts that were read, and the files that must be there, or must not."""

    texts: Mapping[str, str]
    present: Sequence[str]
    absent: Sequence[str]


def cache_key(paths: Sequence[Path]) -> str | None:
    """What identifies a check of these files; None when plugins are installed, because nobody knows what they depend on."""
    if entry_points(group="rlve_dsl"):
        return None
    try:
        libraries = [version(name) for name in _LIBRARIES]
        parts = [_package_digest(), sys.version, *libraries, os.getcwd(), *map(str, paths)]
    except (PackageNotFoundError, OSError):
        return None
    return _digest(json.dumps(parts).encode())


def find_verdict(key: str) -> Verdict | None:
    """The verdict that was stored for a key; None when there is none, it is damaged, or something has changed."""
    try:
        digest, _, content = _file_of(key).read_bytes().partition(b"\n")
        if digest.decode() != _digest(content):
            return None
        stored = json.loads(content)
        inputs = stored["inputs"]
        unchanged = (
            all(_digest_of_file(path) == digest for path, digest in inputs["texts"].items())
            and all(map(os.path.isfile, inputs["present"]))
            and not any(map(os.path.isfile, inputs["absent"]))
        )
        return Verdict(**stored["verdict"]) if unchanged else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def store_verdict(key: str, verdict: Verdict, inputs: Inputs) -> None:
    """Store a verdict for a key; nothing happens where the cache folder cannot be written to."""
    digests = {path: _digest(text.encode()) for path, text in inputs.texts.items()}
    stored = {"inputs": {**asdict(inputs), "texts": digests}, "verdict": asdict(verdict)}
    content = json.dumps(stored).encode()
    with suppress(OSError):
        file = _file_of(key)
        write_atomically(file, f"{_digest(content)}\n".encode() + content)
        newest_first = sorted(file.parent.glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for old in newest_first[_MOST:]:
            old.unlink()


def _file_of(key: str) -> Path:
    return cache_folder() / "verdicts" / f"{key}.json"


def _package_digest() -> str:
    """The digest of all code and data of this package."""
    digest = sha256()
    root = Path(__file__).parents[1]
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            content = Path(folder, name).read_bytes()
            digest.update(f"{os.path.relpath(folder, root)}/{name} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()


def _digest_of_file(path: str) -> str:
    return _digest(Path(path).read_bytes().removeprefix(_BYTE_ORDER_MARK))


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
