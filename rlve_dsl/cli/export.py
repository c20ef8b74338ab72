"""`rlve-dsl export`: the folder from which another training engine plays a scenario."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path

from rlve_dsl.cli.settings_options import add_settings
from rlve_dsl.cli.sources import add_plugins, scenario_of
from rlve_dsl.packaged import path_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("engine", choices=["slime"], help="the engine that trains")
    parser.add_argument(
        "path",
        metavar="PATH",
        type=partial(path_of, kinds=("Collection",)),
        help="a Collection file, or the short name of a packaged one",
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="an empty folder, or one to be made")
    add_settings(parser)
    add_plugins(parser)


def run(arguments: argparse.Namespace) -> int:
    """0 when the folder is complete."""
    from rlve_dsl import adapters, train

    train.require_libraries(["transformers"])  # for the prompts: the engine is installed elsewhere
    scenario = scenario_of(arguments).load()
    model = [f"model={json.dumps(arguments.model)}"] if arguments.model is not None else []
    layers = train.layers_of(
        scenario.spec.train, scenario.sources, profile=arguments.profile, words=[*arguments.words, *model]
    )
    settings = layers.settings()
    train.check_levels(scenario, settings)
    train.check_budgets(scenario, settings, layers)
    adapters.write_slime_folder(scenario, settings, arguments.folder)
    print(f"the arguments of slime's train.py are in {arguments.folder / 'arguments.sh'}")
    return 0
