"""Do settings fit the installed libraries? Checked without loading weights, as `train --dry-run` does."""

from __future__ import annotations

import dataclasses
import os
import warnings
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rlve_dsl.certify import KeptCertificate, certificate_in, kept_certificate
from rlve_dsl.diagnostics import Diagnostics, Span, did_you_mean
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import MissingExtra, ScenarioError, UsageError
from rlve_dsl.files import Settings, Training
from rlve_dsl.train.asynchronous import async_options
from rlve_dsl.train.dapo import trainer_options
from rlve_dsl.train.model import adapters_of
from rlve_dsl.train.own_fields import objection_to
from rlve_dsl.train.profiles import Layers
from rlve_dsl.values import JsonObject

_SMALL = "To see a small run: rlve-dsl train first-steps --profile cpu"
_PATIENCE = 5.0
"""Seconds that the model hub has to answer."""
LIBRARIES = ("torch", "trl", "transformers", "accelerate", "datasets")


def require_libraries(modules: Sequence[str] = LIBRARIES) -> None:
    """Raise MissingExtra, with the command that installs it, when a library that training (or a part of it) needs is missing."""
    for module in modules:
        if find_spec(module) is None:
            raise MissingExtra("train", module)


def check_machine(scenario: str, profile: str, settings: Settings) -> None:
    """Raise UsageError, with what runs on a small machine instead, when this machine cannot train the model of the settings."""
    import torch

    if settings.server.url:
        needs = f"`{scenario}` is trained with a server (`server.url`), and TRL's trainer for that needs"
        if not torch.cuda.is_available():
            raise UsageError(f"{needs} a GPU, which this machine lacks")
        if find_spec("kernels") is None:
            raise UsageError(f"{needs} the library `kernels`: pip install kernels")
    if settings.model == "tiny":
        return
    if not settings.trainer.get("use_cpu") and not torch.cuda.is_available():
        by = _by(profile)
        raise UsageError(f"`{scenario}` trains {settings.model}{by}, and this machine has no GPU. {_SMALL}")
    check_model(scenario, profile, settings, ask=True)


def check_model(scenario: str, profile: str, settings: Settings, *, ask: bool) -> None:
    """Raise UsageError when the model of the settings cannot be had.

    Args:
        scenario: The name of the scenario.
        profile: The name of the profile.
        settings: The settings.
        ask: Whether a model that is not on this machine is looked for on the hub; otherwise one with such a name may be there.
    """
    from transformers import AutoConfig

    model = settings.model
    if model == "tiny":
        return
    try:
        AutoConfig.from_pretrained(model, local_files_only=True)
        return
    except (OSError, ValueError) as problem:
        why = problem
    if not _is_path(model):
        if not ask:
            return
        if _hub_answers():
            try:
                AutoConfig.from_pretrained(model)
                return
            except (OSError, ValueError) as problem:
                why = problem
        else:
            why = OSError("no model hub answers")
    reason = "is no folder of a model" if Path(model).exists() else "is not on this machine, and cannot be had"
    raise UsageError(
        f"`{scenario}` trains {model}{_by(profile)}, which {reason} ({str(why).splitlines()[0]}). {_SMALL}"
    )


def _by(profile: str) -> str:
    return f" (profile `{profile}`)" if profile else ""


def _is_path(model: str) -> bool:
    """Whether the name of a model is that of a file or folder, and of no model on the hub."""
    path = Path(model).expanduser()
    beside = len(path.parts) > 1 and path.parent.is_dir()
    return path.exists() or path.is_absolute() or beside or len(path.parts) > 2 or model.startswith(".")


def _hub_answers() -> bool:
    """Whether the model hub can be reached, by one request. The library would make six, and say so each time."""
    from huggingface_hub import constants, get_session

    if constants.HF_HUB_OFFLINE:
        return False
    try:
        get_session().head(constants.ENDPOINT, timeout=_PATIENCE)
    except Exception:  # noqa: BLE001 - which errors there are depends on the library below
        return False
    return True


def check_certificate(scenario: Scenario, path: str, settings: Settings, folder: Path | None) -> KeptCertificate | None:
    """Return the certificate of the scenario as it is now; None where none is needed and there is none.

    Args:
        scenario: The scenario.
        path: Its file, for messages.
        settings: Whether a certificate is required.
        folder: Where the certificate is; by default the last one that `rlve-dsl certify` made on this machine.

    Raises:
        UsageError: When one is required, and there is none, it is of another version of the scenario or not of all levels that training reaches, or checks fail or were left out.
    """
    found = certificate_in(folder) if folder is not None else kept_certificate(scenario.digest)
    reached = scenario.spec.curriculum.reachable(scenario.levels[1])
    left_out = [] if found is None else [level for level in reached if level not in found.levels]
    if found is not None and found.digest == scenario.digest and found.holds and not left_out:
        return found
    if settings.certificate == "optional":
        return None
    way = f"make one (rlve-dsl certify {path}), or train without one (--uncertified)"
    if found is None:
        raise UsageError(f"no certificate of `{scenario.name}` as it is now was made on this machine: {way}")
    if found.digest != scenario.digest:
        raise UsageError(f"`{scenario.name}` has changed since its certificate in `{folder}` was made: {way}")
    if found.holds:
        raise UsageError(
            f"the certificate of `{scenario.name}` is not of level {left_out[0]}, which training reaches: {way}"
        )
    if found.passed:
        raise UsageError(
            f"the certificate of `{scenario.name}` is incomplete, as some checks were left out: make them all "
            f"(rlve-dsl certify {path}), or train without a certificate (--uncertified)"
        )
    raise UsageError(f"the certificate of `{scenario.name}` does not hold ({found.verdict}): correct it, or {way}")


def check_trainer(settings: Settings, layers: Layers, processes: int = 1) -> None:
    """Make the configuration objects of TRL and peft that the run will make, without a GPU.

    Raises:
        ScenarioError: R505, when a field handed to TRL is not one of the installed GRPOConfig's, or one that follows from other
            settings.
        UsageError: When a value of one is not possible.
    """
    import torch
    from transformers.integrations.integration_utils import get_reporting_integration_callbacks

    configuration = _configuration_of(settings)
    known = {f.name for f in dataclasses.fields(configuration)}
    diagnostics = Diagnostics()
    for name in settings.trainer:
        if objection := objection_to(name):
            diagnostics.error("R505", objection, place_of(layers.layers, f"trainer.{name}"))
    for name in options_of(settings):
        if name not in known and not objection_to(name):
            diagnostics.error(
                "R505",
                f"the installed trl {version('trl')} has no trainer setting `{name}`",
                place_of(layers.layers, f"trainer.{name}"),
                label=did_you_mean(name, known),
            )
    if diagnostics.errors:
        raise ScenarioError(diagnostics.items, layers.sources)
    options = options_of(settings, processes)
    here = {} if torch.cuda.is_available() else {"use_cpu": True}  # otherwise it asks for a GPU
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # names that other versions need
        try:
            made = configuration(output_dir=folder, **{**options, **here})
            for report in get_reporting_integration_callbacks(made.report_to):  # type: ignore[no-untyped-call]
                report()
            if "peft" not in missing_libraries(settings):
                adapters_of(settings)
        except (ValueError, TypeError, ImportError, RuntimeError) as problem:
            raise UsageError(f"the trainer does not take these settings: {str(problem).splitlines()[0]}") from None


def options_of(settings: Settings, processes: int = 1) -> JsonObject:
    """Return the fields of TRL's configuration for these settings: of its asynchronous trainer, if a server writes turns."""
    return async_options(settings, processes) if settings.server.url else trainer_options(settings, processes)


def _configuration_of(settings: Settings) -> Any:
    """The class of TRL that takes `options_of`."""
    if settings.server.url:
        os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")  # it is experimental, but trl is pinned
        from trl.experimental.async_grpo import AsyncGRPOConfig

        return AsyncGRPOConfig
    from trl.trainer.grpo_config import GRPOConfig

    return GRPOConfig


def missing_libraries(settings: Settings) -> tuple[str, ...]:
    """Return the libraries that these settings need beside the `train` extra and that are not installed."""
    served = bool(settings.server.url)
    wanted = [
        ("vllm", served or bool(settings.trainer.get("use_vllm"))),
        ("peft", settings.lora.rank > 0),
    ]
    return tuple(name for name, needed in wanted if needed and find_spec(name) is None)


def installed() -> dict[str, str]:
    """Return the versions of the libraries that a run depends on."""
    out = {}
    for name in (*LIBRARIES, "peft", "vllm"):
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            continue
    return out


def place_of(layers: Sequence[Training], path: str) -> Span | None:
    """Return where the last layer that writes a setting does so; None where none does."""
    return next((layer.written[path] for layer in reversed(layers) if path in layer.written), None)
