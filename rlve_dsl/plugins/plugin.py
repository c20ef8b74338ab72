"""What is known of one plugin: who brings it, what it gives, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.english import listed
from rlve_dsl.files import PluginUse, distribution_name
from rlve_dsl.frozen import frozen
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.values import JsonObject

Brought = Mapping[str, Mapping[str, Any]]


@frozen
class Plugin:
    """A plugin.

    Attributes:
        name: The distribution that brings it; for a file or a module, its package or its own name.
        version: The version of the distribution; empty for a file or an object.
        digest: The SHA-256 of a plugin's file; empty for others.
        installed: Whether an installed distribution brings it, so that only files that list it see what it gives.
        brings: Its primitives, by hook and name.
        problem: Why it cannot be used; empty when it can.
        left_out: Whether that is because the user asked for it.
        folder: The folder of the package that its file is part of; None for a file by itself, an object or a distribution.
    """

    name: str
    version: str = ""
    digest: str = ""
    installed: bool = False
    brings: Brought = field(default_factory=lambda: MappingProxyType({}), repr=False)
    problem: str = ""
    left_out: bool = False
    folder: Path | None = None

    @property
    def identity(self) -> str:
        """The name with the version, or with the first digits of the file's digest."""
        return " ".join(filter(None, (self.name, self.version or self.digest[:16])))

    def is_called(self, name: str) -> bool:
        """Whether a file that lists `name` means this plugin; `-`, `_` and `.` are the same."""
        return distribution_name(name) == distribution_name(self.name)


@dataclass(frozen=True, order=True, slots=True)
class Used:
    """A primitive of a plugin that a scenario uses, and who brings it."""

    plugin: str
    hook: str
    name: str
    version: str = ""
    digest: str = ""

    @property
    def line(self) -> str:
        """What stands for it in the digest of a scenario."""
        return f"{self.plugin} {self.version or self.digest} {self.hook} {self.name}"


def uses_as_json(used: Iterable[Used]) -> list[JsonObject]:
    """The plugins that a scenario uses as JSON data: name, version (or digest of the file), and the primitives by hook."""
    found: dict[str, JsonObject] = {}
    for one in sorted(used):
        entry = found.setdefault(one.plugin, {"plugin": one.plugin})
        if one.version:
            entry["version"] = one.version
        if one.digest:
            entry["digest"] = one.digest
        names = entry.setdefault("uses", {})
        assert isinstance(names, dict)
        hooked = names.setdefault(one.hook, [])
        assert isinstance(hooked, list)
        hooked.append(one.name)
    return [*found.values()]


def fault_of_use(use: PluginUse, plugins: Iterable[Plugin]) -> tuple[str, str] | None:
    """What is wrong with a plugin that a file lists, and what to do; None when nothing is."""
    known = list(plugins)
    found = next((plugin for plugin in known if plugin.is_called(use.name)), None)
    wanted = f"{use.name}{use.bounds}"
    if found is None:
        others = [plugin for plugin in known if plugin.name != PROJECT]
        close = did_you_mean(use.name, [plugin.name for plugin in others])
        given = listed([f"`{plugin.name}`" for plugin in others if not plugin.installed])
        message = f"the plugin `{use.name}` is not installed, and "
        message += f"`--plugin` gives only {given}" if given else "not given with `--plugin`"
        return message, f"{close} or else " * bool(close) + f"run: pip install '{wanted}'"
    if found.problem:
        return found.problem, f"`rlve-dsl plugins` lists all plugins with their problems; or leave `{use.name}` out"
    if found.version and not meets(found.version, use.bounds):
        return (
            f"the plugin `{use.name}` is installed in version {found.version}, and `{wanted}` is wanted",
            f"run: pip install '{wanted}'",
        )
    return None


def meets(version: str, bounds: str) -> bool:
    """Whether a version meets all of some bounds, such as `>=0.1,<2`.

    >>> meets("0.10", ">=0.9"), meets("1.0rc1", ">=1.0"), meets("1.4.2", "~=1.4"), meets("2.0", ">=0.1,<2")
    (True, False, True, False)
    """
    return all(_meets(version, bound.strip()) for bound in bounds.split(",") if bound.strip())


def _meets(version: str, bound: str) -> bool:
    found = re.fullmatch(r"(>=|<=|==|!=|~=|<|>)\s*(.+)", bound)
    if found is None:
        return False
    how, wanted = found[1], found[2]
    have, want = _order(version), _order(wanted)
    if how == "~=":
        series = _release(wanted)[:-1]
        return have >= want and _release(version)[: len(series)] == series
    return {
        ">=": have >= want, "<=": have <= want, "==": have == want, "!=": have != want, "<": have < want, ">": have > want
    }[how]  # fmt: skip


def _release(version: str) -> tuple[int, ...]:
    found = re.match(r"v?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _order(version: str) -> tuple[tuple[int, ...], int, str]:
    """A key by which versions are ordered; a version before a release (`1.0rc1`, `1.0.dev3`) comes before it."""
    release = _release(version)
    while release and release[-1] == 0:
        release = release[:-1]
    found = re.search(r"(?<=\d)[.-]?(a|b|rc|alpha|beta|dev)[.-]?(\d*)", version)
    return release, 0 if found else 1, f"{found[1]}{int(found[2] or 0):06}" if found else ""
