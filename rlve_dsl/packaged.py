"""Scenario files that installed packages bring: `package:rlve_dsl/c8.yaml`, and the short name `c8`.

A package names the folder of its files by an entry point of the group `rlve_scenarios`:

    [project.entry-points.rlve_scenarios]
    rlve-tea = "rlve_tea.scenarios"        # the folder `scenarios` in the package `rlve_tea`
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.errors import UsageError

PREFIX = "package:"
GROUP = "rlve_scenarios"
OWN = "rlve_dsl"
PLUGIN_GROUP = "rlve_dsl"
"""The group of the entry points that announce plugins."""

NO_PLUGINS = "RLVE_DSL_NO_PLUGINS"
"""The environment variable that names installed plugins to leave out: `a,b`, or `all`."""

PLAYED = ("Collection", "Environment")
"""The kinds of files that are played."""

_SUFFIX = ".yaml"
_KIND = re.compile(rb"^kind: *(\w+)", re.MULTILINE)
_BEGINNING = 1 << 16
"""Bytes of a file in which its kind is looked for."""
_MOST_NAMED = 8
"""Names that an error names one by one."""


@cache
def folders() -> Mapping[str, Path]:
    """The folder of scenario files of each package that has one, this project's first; without those that are not there."""
    found = {OWN: _own_folder()}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        with suppress(UsageError):
            found.setdefault(entry.name, _folder_of(entry))
    return MappingProxyType(found)


def bringer_of(file: Path) -> tuple[str, str] | None:
    """The name and the version of the installed distribution that brings a scenario file; None for this project's and others."""
    holding = (name for name, folder in folders().items() if name != OWN and file.is_relative_to(folder.resolve()))
    package = next(holding, None)
    entries = entry_points(group=GROUP, name=package) if package is not None else ()
    return next(((entry.dist.name, entry.dist.version) for entry in entries if entry.dist), None)


def missing_folders() -> Mapping[str, str]:
    """Why the scenarios of packages cannot be used that name a folder that is not there, by package."""
    found = {}
    for entry in entry_points(group=GROUP):
        try:
            _folder_of(entry)
        except UsageError as problem:
            found[entry.name] = str(problem)
    return MappingProxyType(found)


def is_packaged(path: str) -> bool:
    """Whether a path begins with `package:`."""
    return path.startswith(PREFIX)


def packaged_path(path: str) -> str:
    """The file that a path such as `package:rlve_dsl/c8.yaml` means. The file itself may be missing.

    Raises:
        UsageError: The path names no package that has scenario files, or leads out of its folder.
    """
    package, _, inside = path.removeprefix(PREFIX).partition("/")
    if (folder := folders().get(package)) is None and package in missing_folders():
        raise UsageError(missing_folders()[package])
    if folder is None:
        hint = did_you_mean(package, [*folders()]) or f"installed ones are {', '.join(folders())}"
        raise UsageError(f"no installed package `{package}` brings scenarios: {hint}")
    file = os.path.normpath(folder / inside)
    if not inside or not Path(file).is_relative_to(folder):
        raise UsageError(f"`{path}` names no file: write `{PREFIX}{package}/NAME.yaml`")
    return file.replace(os.sep, "/")


def path_of(text: str, kinds: tuple[str, ...] = ()) -> str:
    """The path that a user means: a path, one with `package:`, or the short name of a packaged file, such as `c8`.

    A short name has no suffix. A file or folder of that name in the current folder comes before a packaged one.

    Args:
        text: What the user says.
        kinds: The kinds of files that are wanted, for suggestions; all, when there is none.

    Raises:
        UsageError: A `package:` path names no package that has scenario files, a word is neither a file nor a short name,
            several packages have the short name, or a path leads to nothing while a packaged file has such a name.
    """
    if is_packaged(text):
        return packaged_path(text)
    if os.path.lexists(text) or os.path.isabs(text):
        return text
    found = {package: file for package in folders() if (file := files_of(package).get(text))}
    if len(found) > 1:
        several = " or ".join(f"`{PREFIX}{package}/{text}{_SUFFIX}`" for package in found)
        raise UsageError(f"several packages have `{text}`: write {several}")
    if found:
        return str(next(iter(found.values()))).replace(os.sep, "/")
    hint = _hint(text, kinds)
    if not hint and ("/" in text or os.path.splitext(text)[1]):
        return text  # whoever opens it says that it is missing
    raise UsageError(f"there is no file `{text}`: {hint or _where_names_are(kinds)}")


def is_short_name(text: str) -> bool:
    """Whether a packaged file has this short name."""
    return any(text in files_of(package) for package in folders())


def kind_of(file: Path) -> str:
    """The kind that a file names; nothing, where it names none."""
    with file.open("rb") as opened:
        found = _KIND.search(opened.read(_BEGINNING))
    return found[1].decode() if found else ""


def _hint(text: str, kinds: tuple[str, ...]) -> str:
    """The packaged file that a path to nothing may mean, in a sentence."""
    path = text.removesuffix(_SUFFIX).removesuffix(".yml")
    *folder, last = path.split("/")
    names = _names(kinds)
    ends = ("/".join([*folder[at:], last]) for at in range(len(folder) + 1))
    if packaged := next((end for end in ends if end in names), None):
        return f"`{packaged}` is the packaged one"
    beneath = [name for name in names if name.endswith(f"/{path}")]
    return f"did you mean {_either(beneath)}?" if beneath else did_you_mean(path, names)


def _where_names_are(kinds: tuple[str, ...]) -> str:
    names = _names(kinds)
    if kinds and len(names) <= _MOST_NAMED:
        return f"the packaged ones are {', '.join(f'`{name}`' for name in names)}"
    return "`rlve-dsl list` has the short names"


def _names(kinds: tuple[str, ...]) -> list[str]:
    """The short names of the packaged files of some kinds; of all, when no kind is named."""
    return [
        name
        for package in folders()
        for name, file in files_of(package).items()
        if not kinds or (file.is_file() and kind_of(file) in kinds)
    ]


def _either(names: list[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def files_of(package: str) -> dict[str, Path]:
    """The scenario files of a package by their short names."""
    folder = folders()[package]
    found = sorted(folder.rglob(f"*{_SUFFIX}"))
    return {file.relative_to(folder).as_posix().removesuffix(_SUFFIX): file for file in found}


def _own_folder() -> Path:
    """In a wheel the scenarios are in the package; in a checkout they are beside it."""
    package = Path(__file__).parent
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def _folder_of(entry: EntryPoint) -> Path:
    owner = f"`{entry.name}` of {entry.dist.name}" if entry.dist else f"`{entry.name}`"
    package, _, inside = entry.value.partition(":")
    # the package above is not imported, as its code may fail, and is not needed
    name, *deeper = package.split(".")
    spec = find_spec(name)
    places = list(spec.submodule_search_locations or ()) if spec else []
    folder = Path(places[0], *deeper, *filter(None, inside.split("/"))) if places else None
    if folder is None or not folder.is_dir():
        raise UsageError(f"the scenarios {owner} are not there: `{entry.value}` is no folder of a package")
    return folder
