"""`rlve-dsl train`: train a model on a scenario."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlve_dsl.cli.settings_options import add_settings
from rlve_dsl.cli.sources import add_scenario, scenario_of
from rlve_dsl.cli.user_options import add_user, model_shopper
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import Fruitless, MissingExtra, RlveError, UsageError
from rlve_dsl.files import Settings, origins, settings_as_json
from rlve_dsl.frozen import frozen
from rlve_dsl.terminal import Console, Reporter
from rlve_dsl.user import SCRIPTED
from rlve_dsl.values import Json
from rlve_dsl.writing import write_atomically

if TYPE_CHECKING:
    from rlve_dsl.model_user import ModelShopper
    from rlve_dsl.train import Layers, Results, World


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_scenario(parser)
    add_settings(parser)
    parser.add_argument("--seed", type=int, metavar="N", help="of weights, episodes and sampling")
    parser.add_argument("--steps", type=int, metavar="N", help="batches of fresh episodes")
    parser.add_argument(
        "--uncertified", action="store_true",
        help="train without a certificate of the scenario (`--set certificate=optional`)",
    )  # fmt: skip
    parser.add_argument(
        "--certificate", type=Path, metavar="FOLDER",
        help="where `rlve-dsl certify --out` wrote the certificate (the last one made on this machine)",
    )  # fmt: skip
    parser.add_argument(
        "--resume", type=Path, metavar="FOLDER",
        help="go on with the run in a folder, from its last checkpoint, or begin it again if it has none; the other options "
        "must be those of that run",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where the run goes (runs/<collection>-<profile>)")
    parser.add_argument("--dry-run", action="store_true", help="print and check the settings; load no weights")
    add_user(parser)


def run(arguments: argparse.Namespace) -> int:
    """0 when the run is complete, or the dry run found nothing wrong."""
    with model_shopper(arguments) as shopper:
        return _train(arguments, shopper)


def _train(arguments: argparse.Namespace, shopper: ModelShopper | None) -> int:
    from rlve_dsl import train

    for name in ("seed", "steps"):
        if (value := getattr(arguments, name)) is not None and value < 0:
            raise UsageError(f"--{name} is a whole number from 0 up")
    scenario = scenario_of(arguments).load()
    layers = train.layers_of(scenario.spec.train, scenario.sources, profile=arguments.profile, words=_words(arguments))
    settings = layers.settings()
    train.check_levels(scenario, settings)
    world = train.world_of_environment()
    processes = settings.processes if arguments.dry_run and settings.processes else world.size
    train.check_world(settings, processes)
    train.require_libraries()
    if arguments.dry_run:
        train.check_model(scenario.name, layers.profile, settings, ask=False)
    else:
        train.check_machine(scenario.name, layers.profile, settings)
    train.check_trainer(settings, layers, processes)
    needs = train.check_budgets(scenario, settings, layers)
    memory = train.memory_of(settings, train.sizes_of(settings), processes)
    train.check_memory(settings, memory)
    configuration = {
        **_configuration(scenario, layers, settings, processes),
        "user": _user(shopper),
        "oracle": needs.as_json(settings),
        "memory": memory.as_json(),
    }
    missing = train.missing_libraries(settings)
    if arguments.dry_run:
        print(json.dumps(configuration, indent=2))
        for module in missing:
            print(f"not installed here: {MissingExtra('gpu', module)}", file=sys.stderr)
        return 0
    if missing:
        raise MissingExtra("gpu", missing[0])
    certificate = train.check_certificate(scenario, arguments.path, settings, arguments.certificate)
    configuration["certificate"] = certificate.id if certificate else None
    results, path = _run(arguments, Run(scenario, settings, configuration, world, shopper), layers)
    if world.first:
        lessons = train.lessons_of(path)
        write_atomically(path / "model" / "README.md", train.model_card(configuration, results, lessons))
        Console(highlight=False).print(train.table(results))
        if str(lessons):
            print(lessons)
        print(f"the run is in {path}")
    return 0


@frozen
class Run:
    """What a run is made of."""

    scenario: Scenario
    settings: Settings
    configuration: Mapping[str, Any]
    world: World
    shopper: ModelShopper | None


def _run(arguments: argparse.Namespace, run: Run, layers: Layers) -> tuple[Results, Path]:
    """Begin a run or go on with one; return its results and its folder.

    Raises:
        RlveError: When it fails. Where it was going and can go on, the command for that is said.
    """
    from rlve_dsl import train

    if arguments.resume is not None and arguments.out is not None:
        raise UsageError("--resume names the folder of the run: leave --out out")
    path = arguments.resume or arguments.out or train.free_folder(Path("runs"), _name_of(run.scenario, layers))
    teller = Reporter(quiet=not run.world.first)
    kept, keeps = None, None
    if arguments.resume is not None:
        kept = train.resumable(path, run.configuration, first=run.world.first, say=teller.say)
        keeps = kept.keeps if kept else _nothing
        teller.say(_how_it_goes_on(kept.step if kept else None))
    with train.RunDirectory(path, run.configuration, writes=run.world.first, keeps=keeps) as folder:
        try:
            training = train.Training(run.scenario, run.settings, folder, teller, run.shopper, run.world, kept)
            return training.run(), path
        except Fruitless:
            raise
        except (RlveError, OSError, KeyboardInterrupt):
            if run.world.first:
                _tell_how_to_go_on(path, teller)
            raise


def _tell_how_to_go_on(path: Path, teller: Reporter) -> None:
    """Tell how a run that was stopped goes on, if it has a checkpoint that can be read."""
    from rlve_dsl import train

    with suppress(RlveError):
        if (last := train.last_checkpoint(path)) is not None:
            teller.say(
                f"the last checkpoint is of step {last.step}: the same command with --resume {path} goes on from it"
            )


def _nothing(entry: Mapping[str, Any]) -> bool:
    """Of a run that begins again, no line of metrics stays."""
    return False


def _how_it_goes_on(step: int | None) -> str:
    if step is None:
        return "there is no checkpoint yet, so the run begins again"
    return f"going on after step {step}" if step else "going on after the warm start"


def _words(arguments: argparse.Namespace) -> list[str]:
    """What the command line sets, in the form of `--set`.

    Raises:
        UsageError: When an option and `--set` both say what one setting is.
    """
    certified = ["certificate=optional"] if arguments.uncertified else []
    given = (("model", arguments.model), ("seed", arguments.seed), ("steps", arguments.steps))
    for name, value in given:
        if value is not None and any(word.startswith(f"{name}=") for word in arguments.words):
            raise UsageError(f"`--{name} {value}` and `--set {name}=` say the same setting twice: leave one out")
    return [
        *arguments.words,
        *certified,
        *(f"{name}={json.dumps(value)}" for name, value in given if value is not None),
    ]


def _name_of(scenario: Scenario, layers: Layers) -> str:
    return f"{scenario.name}-{Path(layers.profile).stem}" if layers.profile else scenario.name


def _configuration(scenario: Scenario, layers: Layers, settings: Settings, processes: int) -> dict[str, Any]:
    from rlve_dsl import train

    return {
        "scenario": {"name": scenario.name, "digest": scenario.digest, "environments": list(scenario.environments)},
        "profile": layers.profile,
        "settings": settings_as_json(settings),
        "from": {**origins(layers.layers, settings)},
        "curriculum": asdict(scenario.spec.curriculum),
        "trl": train.options_of(settings, processes),
        "processes": processes,
        "installed": {**train.installed()},
    }


def _user(shopper: ModelShopper | None) -> Json:
    return SCRIPTED if shopper is None else shopper.settings.as_json()
