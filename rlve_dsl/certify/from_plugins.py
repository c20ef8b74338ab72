"""What plugins add to a certification, checked as it is taken."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, TypeVar

from rlve_dsl.episode import Scenario
from rlve_dsl.errors import PluginError
from rlve_dsl.plugins import HOOKS

T = TypeVar("T")


def from_plugins(scenario: Scenario, hook: str, kind: type[T], taken: Container[str]) -> tuple[T, ...]:
    """Return what the plugins that the scenario's file lists give for a hook.

    Args:
        scenario: The scenario.
        hook: `rlve_checks` or `rlve_probes`.
        kind: The class of what the hook gives.
        taken: The names of the built-in ones.

    Raises:
        PluginError: When a plugin gives something else, or something with a name that is taken.
    """
    known, word = scenario.compiled.known, HOOKS[hook].word
    found: list[Any] = []
    for name, one in getattr(known, HOOKS[hook].attribute).items():
        what = f"{word} `{name}` of {known.owners[hook, name]}"
        if not isinstance(one, kind):
            raise PluginError(f"{what} is no `{HOOKS[hook].made_with}`")
        if name in taken:
            raise PluginError(f"{what}: a built-in {word} has this name")
        found.append(one)
    return tuple(found)
