"""The arguments that verbs share: the file that is read, and the plugins that it is read with."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from rlve_dsl.packaged import NO_PLUGINS, PLAYED, PLUGIN_GROUP, path_of

if TYPE_CHECKING:
    from rlve_dsl.episode import ScenarioReference
    from rlve_dsl.plugins import Registry


def add_plugins(parser: argparse.ArgumentParser) -> None:
    """Add `--plugin`, which `registry_of` and `scenario_of` read, and `--no-plugin`, which `with_plugins` reads."""
    parser.add_argument(
        "--plugin", dest="plugins", action="append", default=[], metavar="FILE",
        help="a plugin that is not installed (a Python file); may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--no-plugin", dest="without", action="append", default=[], metavar="NAME",
        help=f"an installed plugin to leave out, or `all`; may be given several times ({NO_PLUGINS}=A,B does the same)",
    )  # fmt: skip


@contextmanager
def with_plugins(verb: str, arguments: argparse.Namespace) -> Iterator[None]:
    """Run a verb without the plugins of `--no-plugin`, in this process and in its workers; warn of plugins that fail to load."""
    before = os.environ.get(NO_PLUGINS)
    if arguments.without:
        os.environ[NO_PLUGINS] = ",".join([*filter(None, [before]), *arguments.without])
    try:
        if verb not in ("plugins", "validate"):  # these say it themselves
            warn_of_plugins(verb)
        yield
    finally:
        if arguments.without:
            os.environ.pop(NO_PLUGINS)
            os.environ.update({} if before is None else {NO_PLUGINS: before})


def warn_of_plugins(verb: str) -> None:
    """Say on standard error which installed plugins cannot be loaded."""
    if not entry_points(group=PLUGIN_GROUP):
        return  # else the plugins need not be imported
    from rlve_dsl.plugins import default_registry

    for plugin in default_registry().plugins:
        if plugin.problem and not plugin.left_out:
            print(f"rlve-dsl {verb}: warning: {plugin.problem}", file=sys.stderr)


def scenario_path(text: str) -> str:
    """As `path_of`, for a file that is played."""
    return path_of(text, PLAYED)


def add_scenario(parser: argparse.ArgumentParser) -> None:
    """Add the path of a scenario and `--plugin`."""
    parser.add_argument(
        "path", metavar="PATH", type=scenario_path,
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
