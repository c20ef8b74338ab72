"""The plugins under `plugins/` are played as they are."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.plugins import registry

ROOT = Path(__file__).parents[1]
PLUGINS = sorted((ROOT / "plugins").glob("*/pyproject.toml"))


def module_of(project: Path) -> ModuleType:
    """The module that a plugin's entry point names; its folder is on the path."""
    entries = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["entry-points"][PROJECT]
    (name,) = entries.values()
    return importlib.import_module(name)


def collections_of(project: Path) -> list[Path]:
    """The collections among a plugin's scenario files."""
    files = sorted(project.parent.rglob("scenarios/*.yaml"))
    return [file for file in files if "\nkind: Collection" in f"\n{file.read_text(encoding='utf-8')}"]


@pytest.mark.parametrize("project", PLUGINS, ids=lambda p: p.parent.name)
def test_its_environments_are_solved_with_it_and_unknown_without_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(project.parent)
    known = registry([module_of(project)])
    assert collections_of(project)
    for path in collections_of(project):
        scenario = rlve_dsl.load(path, known)
        for environment in scenario.environments:
            for level in range(13):
                episode = scenario.reset(environment, level=level, seed=level)
                assert play(episode, OracleAgent(episode)).correct, (environment, level)
        with pytest.raises(rlve_dsl.errors.ScenarioError):
            rlve_dsl.load(path, registry())


def test_their_own_tests_pass() -> None:
    """In one process, which makes the catalog that they share once."""
    folders = [project.parent for project in PLUGINS if (project.parent / "tests").is_dir()]
    path = os.pathsep.join(map(str, [*folders, ROOT]))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(str(f / "tests") for f in folders)]
    ran = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert len(folders) > 2 and ran.returncode == 0, ran.stdout[-4000:]


def test_there_is_one_to_copy() -> None:
    assert PLUGINS
