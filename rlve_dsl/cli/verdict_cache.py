"""Verdicts of `rlve-dsl validate` in the user's cache folder, so that files that have not changed are not checked again.

The folder can be deleted at any time. A verdict is used only if its file is whole and everything that it depends on is as
it was: this package, Python, the libraries, the installed plugins, the arguments, and every file that was read.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rlve_dsl.cli.installed_code import package_digest, plugins_digest
from rlve_dsl.diagnostics import Diagnostic, render_text
from rlve_dsl.frozen import frozen
from rlve_dsl.packaged import NO_PLUGINS
from rlve_dsl.values import JsonObject
from rlve_dsl.writing import cache_folder, write_atomically

_LIBRARIES = ("lark", "numpy", "pyyaml", "z3-solver")
_MOST = 200
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@frozen
class Verdict:
    """What `validate` says of some files: its diagnostics as text and as JSON, and how many of them are errors."""

    text: str
    diagnostics: Sequence[JsonObject]
    errors: int


def verdict_of(found: Sequence[Diagnostic], sources: Mapping[str, str]) -> Verdict:
    """The verdict that these diagnostics make; `sources` are the texts that they show."""
    errors = sum(d.severity == "error" for d in found)
    return Verdict(render_text(found, sources) if found else "", [d.as_json() for d in found], errors)


@frozen
class Inputs:
    """What a verdict depends on.

    Attributes:
        texts: The texts of the files that were read.
        data: The files of data that were read, and those that are missing.
        folders: The folders whose YAML files were looked through.
        present: Files that must be there.
        absent: Files that must not be there.
    """

    texts: Mapping[str, str]
    data: Sequence[str]
    folders: Sequence[str]
    present: Sequence[str]
    absent: Sequence[str]


def cache_key(paths: Sequence[Path]) -> str | None:
    """What identifies a check of these files with the installed plugins; None when their code cannot be read."""
    try:
        libraries = [version(name) for name in _LIBRARIES]
        code = [package_digest(), plugins_digest(), os.environ.get(NO_PLUGINS, "")]
        parts = [*code, sys.version, *libraries, os.getcwd(), *map(str, paths)]
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
            and all(_digest_of_data(path) == digest for path, digest in inputs["data"].items())
            and all(_digest_of_folder(path) == digest for path, digest in inputs["folders"].items())
            and all(map(os.path.isfile, inputs["present"]))
            and not any(map(os.path.isfile, inputs["absent"]))
        )
        return Verdict(**stored["verdict"]) if unchanged else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def store_verdict(key: str, verdict: Verdict, inputs: Inputs) -> None:
    """Store a verdict for a key; nothing happens where the cache folder cannot be written to."""
    with suppress(OSError):
        digests = {
            "texts": {path: _digest(text.encode()) for path, text in inputs.texts.items()},
            "data": {path: _digest_of_data(path) for path in inputs.data},
            "folders": {path: _digest_of_folder(path) for path in inputs.folders},
        }
        stored = {"inputs": {**asdict(inputs), **digests}, "verdict": asdict(verdict)}
        content = json.dumps(stored).encode()
        file = _file_of(key)
        write_atomically(file, f"{_digest(content)}\n".encode() + content)
        newest_first = sorted(file.parent.glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for old in newest_first[_MOST:]:
            old.unlink()


def _file_of(key: str) -> Path:
    return cache_folder() / "verdicts" / f"{key}.json"


def _digest_of_file(path: str) -> str:
    return _digest(Path(path).read_bytes().removeprefix(_BYTE_ORDER_MARK))


def _digest_of_data(path: str) -> str:
    """The digest of a file of data; empty for one that is missing, as a check says so too."""
    return _digest(Path(path).read_bytes()) if os.path.isfile(path) else ""


def _digest_of_folder(path: str) -> str:
    """The digest of the YAML files in a folder, not of those in folders below it."""
    files = sorted(Path(path).glob("*.yaml"))
    return _digest("\n".join(f"{file.name} {_digest(file.read_bytes())}" for file in files).encode())


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
