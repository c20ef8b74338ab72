"""Profiles by name: the files of training settings that installed packages bring, and those of one's own."""

from __future__ import annotations

import os
from pathlib import Path

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.errors import UsageError
from rlve_dsl.packaged import files_of, folders

_FOLDER = "profiles/"


def profiles() -> tuple[str, ...]:
    """Return the names of the profiles that installed packages bring.

    >>> profiles()
    ('16x80g', '1x80g', '8x80g', 'cpu', 'multi-node', 'served')
    """
    found = (name for package in folders() for name in files_of(package) if name.startswith(_FOLDER))
    return tuple(sorted({name.removeprefix(_FOLDER) for name in found}))


def is_path_of_profile(named: str) -> bool:
    """Whether a collection names a profile by the path of its file: it has a suffix or a folder."""
    return os.path.splitext(named)[1] in (".yaml", ".yml") or "/" in named


def profile_file(named: str, beside: Path) -> str:
    """The file of a profile. A path begins in the folder `beside`, and its file may be missing.

    Raises:
        UsageError: No package brings a profile of this name.
    """
    if is_path_of_profile(named):
        return os.path.normpath(beside / named)
    for package in folders():
        if (file := files_of(package).get(f"{_FOLDER}{named}")) is not None:
            here = Path.cwd()
            return str(file.relative_to(here) if file.is_relative_to(here) else file)
    hint = did_you_mean(named, profiles()) or f"there are {', '.join(profiles())}; a file of your own ends with `.yaml`"
    raise UsageError(f"there is no profile `{named}`: {hint}")
