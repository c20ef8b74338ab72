"""The arguments that verbs share: the file that is read, and the plugins that it is read with."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rlve_dsl.packaged import path_of

if TYPE_CHECKING:
    from rlve_dsl.episode import ScenarioReference
    from rlve_dsl.plugins import Registry


def add_plugins(parser: argparse.ArgumentParser) -> None:
    """Add `--plugin`, which `registry_of` and `scenario_of` read."""
    parser.add_argument(
        "--plugin", dest="plugins", action="append", default=[], metavar="FILE",
        help="a plugin that is not installed (a Python file); may be given several times",
    )  # fmt: skip


def add_scenario(parser: argparse.ArgumentParser) -> None:
    """Add the path of a scenario and `--plugin`."""
    parser.add_argument(
        "path", metavar="PATH", type=path_of,
        help="a Collection or Environment file, or the short name of a packaged one (see `rlve-dsl list`)",
    )  # fmt: skip
    add_plugins(parser)


def registry_of(arguments: argparse.Namespace) -> Registry:
    """The built-in primitives, those of installed plugins, and those of `--plugin`."""
    from rlve_dsl.plugins import registry_with  # not at the top: `validate` may not need it

    return registry_with(arguments.plugins)


def scenario_of(arguments: argparse.Namespace) -> ScenarioReference:
    """The scenario at `path`, to be compiled with the plugins."""
    from rlve_dsl.episode import ScenarioReference

    return ScenarioReference(arguments.path, tuple(arguments.plugins))
