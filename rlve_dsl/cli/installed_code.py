"""What identifies the code of this package and of the installed plugins, without importing any of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path

from rlve_dsl.packaged import GROUP, PLUGIN_GROUP


def package_digest() -> str:
    """The digest of all code and data of this package."""
    return _digest_of_folder(Path(__file__).parents[1])


def plugins_digest() -> str:
    """What identifies the plugins and the packages with scenarios that are installed: versions, code and data of each, and the
    versions of what they need. Empty when there are none.

    Raises:
        OSError: Files of one cannot be read.
    """
    found: list[str] = []
    distributions: dict[str, Distribution] = {}
    for group in (PLUGIN_GROUP, GROUP):
        for entry in sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value)):
            found += [f"{group} {entry.name} {entry.value}", _digest_of(entry)]
            if entry.dist is not None:
                distributions[str(entry.dist.name)] = entry.dist
    for name, distribution in sorted(distributions.items()):
        found += [f"{name} {distribution.version}", *_versions_of_needs(distribution)]
    return sha256("\n".join(found).encode()).hexdigest() if found else ""


def _digest_of(entry: EntryPoint) -> str:
    """The digest of the module or package in which an entry point is; empty when it is not there."""
    try:
        spec = find_spec(re.split(r"[.:]", entry.value)[0])
    except (ImportError, ValueError):
        return ""
    if spec is None:
        return ""
    if spec.submodule_search_locations:
        return " ".join(_digest_of_folder(Path(folder)) for folder in spec.submodule_search_locations)
    return sha256(Path(spec.origin).read_bytes()).hexdigest() if spec.origin else ""


def _versions_of_needs(distribution: Distribution) -> Iterator[str]:
    """The installed versions of what a distribution needs."""
    for needed in distribution.requires or ():
        name = re.split(r"[^\w.-]", needed.strip(), maxsplit=1)[0]
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield name


def _digest_of_folder(root: Path) -> str:
    digest = sha256()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            content = Path(folder, name).read_bytes()
            digest.update(f"{os.path.relpath(folder, root)}/{name} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()
