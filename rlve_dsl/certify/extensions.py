"""The checks and probes of a certification: the built-in ones, and those of the plugins that the scenario's file lists."""

from __future__ import annotations

from rlve_dsl.certify.checks import CHECKS, AnyCheck
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import PluginError
from rlve_dsl.plugins import Used


def checks_of(scenario: Scenario) -> tuple[AnyCheck, ...]:
    """Return all checks that are made of a scenario, the built-in ones first.

    Raises:
        PluginError: When a plugin gives something else than a check, or a check with the name of another.
    """
    known, taken = scenario.compiled.known, {check.name for check in CHECKS}
    found = []
    for name, check in known.checks.items():
        what = f"check `{name}` of {known.owners['rlve_checks', name]}"
        if not isinstance(check, Check):
            raise PluginError(f"{what} is no `rlve_dsl.certify.Check`")
        if name in taken:
            raise PluginError(f"{what}: a built-in check has this name")
        found.append(check)
    return (*CHECKS, *found)


def extensions_used(scenario: Scenario, checks: tuple[str, ...]) -> tuple[Used, ...]:
    """Return what a certification with these checks uses of plugins: their checks, and all their probes."""
    known = scenario.compiled.known
    used = [known.used("rlve_checks", name) for name in known.checks if name in checks]
    used += [known.used("rlve_probes", name) for name in known.probes]
    return tuple(one for one in used if one is not None)
