"""The checks and probes of a certification: the built-in ones, and those of the plugins that the scenario's file lists."""

from __future__ import annotations

from rlve_dsl.certify.checks import CHECKS, AnyCheck
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.from_plugins import from_plugins
from rlve_dsl.episode import Scenario
from rlve_dsl.plugins import Used


def checks_of(scenario: Scenario) -> tuple[AnyCheck, ...]:
    """Return all checks that are made of a scenario, the built-in ones first.

    Raises:
        PluginError: When a plugin gives something else than a check, or a check with the name of another.
    """
    return (*CHECKS, *from_plugins(scenario, "rlve_checks", Check, {check.name for check in CHECKS}))


def extensions_used(scenario: Scenario, checks: tuple[str, ...]) -> tuple[Used, ...]:
    """Return what a certification with these checks uses of plugins: their checks, and all their probes."""
    known = scenario.compiled.known
    used = [known.used("rlve_checks", name) for name in known.checks if name in checks]
    used += [known.used("rlve_probes", name) for name in known.probes]
    return tuple(one for one in used if one is not None)
