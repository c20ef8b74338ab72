"""The plugins under `plugins/` are played as they are."""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.plugins import plugin_module, registry

PLUGINS = sorted((Path(__file__).parents[1] / "plugins").glob("*/pyproject.toml"))


def module_of(project: Path) -> ModuleType:
    """The module that a plugin's entry point names."""
    entries = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["entry-points"][PROJECT]
    (name,) = entries.values()
    return plugin_module(str(project.parent / f"{name.replace('.', '/')}.py"))


@pytest.mark.parametrize("project", PLUGINS, ids=lambda p: p.parent.name)
def test_its_environments_are_solved_with_it_and_unknown_without_it(project: Path) -> None:
    known = registry([module_of(project)])
    for path in sorted(project.parent.glob("*/scenarios/*-collection.yaml")):
        scenario = rlve_dsl.load(path, known)
        for environment in scenario.environments:
            for level in range(13):
                episode = scenario.reset(environment, level=level, seed=level)
                assert play(episode, OracleAgent(episode)).correct, (environment, level)
        with pytest.raises(rlve_dsl.errors.ScenarioError):
            rlve_dsl.load(path, registry())


def test_there_is_one_to_copy() -> None:
    assert PLUGINS
