"""`rlve-dsl train`: train a model on a scenario."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rlve_dsl.cli.sources import add_scenario, scenario_of
from rlve_dsl.cli.user_options import add_user, model_shopper
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import MissingExtra, UsageError
from rlve_dsl.files import Settings, settings_as_json, settings_of
from rlve_dsl.terminal import Console, Reporter
from rlve_dsl.user import SCRIPTED
from rlve_dsl.values import Json, JsonObject

if TYPE_CHECKING:
    from rlve_dsl.model_user import ModelShopper


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_scenario(parser)
    parser.add_argument(
        "--profile", default="cpu", metavar="NAME", help="the machine and model: cpu (default), qwen3-8b"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="of weights, episodes and sampling")
    parser.add_argument("--steps", type=int, metavar="N", help="batches of fresh episodes, in place of the profile's")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where the run goes (runs/<collection>-<profile>)")
    parser.add_argument("--dry-run", action="store_true", help="print and check the settings; load no weights")
    add_user(parser)


def run(arguments: argparse.Namespace) -> int:
    """0 when the run is complete, or the dry run found nothing wrong."""
    with model_shopper(arguments) as shopper:
        return _train(arguments, shopper)


def _train(arguments: argparse.Namespace, shopper: ModelShopper | None) -> int:
    from rlve_dsl import train

    if arguments.seed is not None and arguments.seed < 0:
        raise UsageError("--seed is a whole number from 0 up")
    if arguments.steps is not None and arguments.steps < 0:
        raise UsageError("--steps is a whole number from 0 up")
    scenario = scenario_of(arguments).load()
    profile, profile_source = train.profile(arguments.profile)
    layers = [profile, scenario.spec.train] if scenario.spec.train else [profile]
    sources = {**scenario.sources, **profile_source}
    settings = settings_of(layers, sources, seed=arguments.seed, steps=arguments.steps)
    train.check_levels(scenario, settings)
    train.require_libraries()
    train.check_trainer(settings, layers, sources)
    needs = train.check_budgets(scenario, settings, layers, sources)
    configuration = {
        **_configuration(scenario, arguments.profile, settings),
        "user": _user(shopper),
        "oracle": needs.as_json(),
    }
    missing = train.missing_libraries(settings)
    if arguments.dry_run:
        print(json.dumps(configuration, indent=2))
        for module in missing:
            print(f"not installed here: {MissingExtra('gpu', module)}", file=sys.stderr)
        return 0
    if missing:
        raise MissingExtra("gpu", missing[0])
    path = arguments.out or train.free_folder(Path("runs"), f"{scenario.name}-{arguments.profile}")
    with train.RunDirectory(path, configuration) as folder:
        results = train.Training(scenario, settings, folder, Reporter(), shopper).run()
    Console(highlight=False).print(train.table(results))
    print(f"the run is in {path}")
    return 0


def _configuration(scenario: Scenario, profile: str, settings: Settings) -> JsonObject:
    from rlve_dsl import train

    curriculum = scenario.spec.curriculum
    return {
        "scenario": {"name": scenario.name, "digest": scenario.digest, "environments": list(scenario.environments)},
        "profile": profile,
        "settings": settings_as_json(settings),
        "curriculum": {
            "promote_at": curriculum.promote_at,
            "trials": curriculum.trials,
            "window": curriculum.window,
            "start": curriculum.start,
        },
        "trl": train.trainer_options(settings),
        "installed": {**train.installed()},
    }


def _user(shopper: ModelShopper | None) -> Json:
    return SCRIPTED if shopper is None else shopper.settings.as_json()
