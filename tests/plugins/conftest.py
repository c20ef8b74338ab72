"""Plugins as pip leaves them, in a folder on the path of Python."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from rlve_dsl.plugins import forget_installed


class Installed(Protocol):
    """`installed("north-shop", "1.0", source)`: a distribution whose module has this source."""

    def __call__(self, name: str, version: str, source: str, *, module: str = "") -> None: ...


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installed]:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    before = set(sys.modules)

    def install(name: str, version: str, source: str, *, module: str = "") -> None:
        module = module or name.replace("-", "_")
        (site / f"{module}.py").write_text(source, encoding="utf-8")
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[rlve_dsl]\nplugin = {module}\n", encoding="utf-8")
        forget_installed()

    forget_installed()
    yield install
    forget_installed()
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(site) in str(sys.modules[name].__file__):
            del sys.modules[name]


@pytest.fixture
def named() -> Callable[[str], str]:
    """The source of a plugin with a function of this name."""
    return lambda name: (
        f'''
from rlve_dsl.expressions import function
from rlve_dsl.hookspecs import hookimpl


@function("{name}")
def half(x: float) -> float:
    """Half of x."""
    return x / 2


@hookimpl
def rlve_functions():
    return [half]
'''
    )
