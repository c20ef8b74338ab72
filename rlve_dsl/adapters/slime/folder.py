"""The folder that tells slime what to play: the scenario, the settings, held-out episodes and slime's arguments."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from rlve_dsl.agents import EpisodeKey, held_out_keys
from rlve_dsl.episode import Scenario, ScenarioReference
from rlve_dsl.errors import UsageError
from rlve_dsl.files import Settings, load_training, settings_as_json, settings_of
from rlve_dsl.train import TemplateChat, load_chat
from rlve_dsl.values import JsonObject
from rlve_dsl.writing import write_atomically

EPISODES, HELD_OUT, ARGUMENTS = "episodes.json", "held_out.jsonl", "arguments.sh"
_DOOR = "rlve_dsl.adapters.slime"


@dataclass(frozen=True)
class Exported:
    """What a folder says: the scenario, compiled, and the settings."""

    scenario: Scenario
    settings: Settings


def write_folder(scenario: Scenario, settings: Settings, folder: Path) -> None:
    """Write the folder.

    Raises:
        UsageError: When it is no folder or not empty, or the settings cannot be those of slime.
    """
    for wrong, reason in (
        (
            settings.model == "tiny",
            "a language model: name one with --model, or take another profile (--profile 8x80g)",
        ),
        (settings.lora.rank > 0, "the whole model here: set `lora.rank: 0`, or take another profile (--profile 8x80g)"),
        (
            settings.warm_start.demonstrations > 0,
            "without a warm start: set `warm_start.demonstrations: 0`, and give it a model that has had one",
        ),
    ):
        if wrong:
            raise UsageError(f"slime trains {reason}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"`{folder}` is not an empty folder: name another one")
    reference = scenario.reference
    if reference is None:
        raise UsageError(f"`{scenario.name}` was compiled from no file, so another process cannot read it")
    described: JsonObject = {
        "scenario": {
            "path": _absolute(reference.path),
            "plugins": [_absolute(plugin) for plugin in reference.plugins],
            "digest": scenario.digest,
        },
        "settings": settings_as_json(settings),
    }
    evaluation = settings.evaluation
    held_out = held_out_keys(scenario.environments, evaluation.levels, evaluation.episodes)
    rows = [json.dumps({"prompt": prompt_of(key), "metadata": metadata_of(key)}) + "\n" for key in held_out]
    write_atomically(folder / EPISODES, json.dumps(described, indent=2) + "\n")
    write_atomically(folder / HELD_OUT, "".join(rows))
    write_atomically(folder / ARGUMENTS, _arguments(settings))


@cache
def exported(file: str) -> Exported:
    """Return what the folder says whose `episodes.json` this is. A process compiles the scenario once.

    Raises:
        UsageError: When it is no such file, or the scenario has changed since it was written.
    """
    try:
        text = Path(file).read_text(encoding="utf-8")
        described = json.loads(text)
        of, settings = described["scenario"], json.dumps(described["settings"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"`{file}` is not what `rlve-dsl export slime` wrote: give it to --prompt-data") from None
    reference = ScenarioReference(of["path"], tuple(of["plugins"]), digest=of["digest"])
    return Exported(reference.load(), settings_of([load_training(settings, file)], {file: settings}))


def metadata_of(key: EpisodeKey) -> JsonObject:
    """Return the metadata of a sample that plays this episode."""
    own: JsonObject = {"axes": dict(key.axes)} if key.axes else {}
    return {"environment": key.environment, "level": key.level, "seed": key.seed, **own}


def key_in(metadata: Mapping[str, Any]) -> EpisodeKey:
    """Return the episode that a sample with this metadata plays."""
    environment, level, seed = (metadata[name] for name in ("environment", "level", "seed"))
    return EpisodeKey(environment, level, seed, tuple(metadata.get("axes", {}).items()))


def prompt_of(key: EpisodeKey) -> str:
    """Return the name of an episode. slime shows it as a sample's prompt; the model reads what the episode says."""
    own = "".join(f" {name} {level}" for name, level in key.axes)
    return f"{key.environment} level {key.level} seed {key.seed}{own}"


@cache
def chat_of(file: str, checkpoint: str) -> TemplateChat:
    """Return the chat of the model in a checkpoint of Hugging Face's form, as the folder of this `episodes.json` says."""
    return load_chat(replace(exported(file).settings, model=checkpoint))


def _absolute(path: str) -> str:
    return os.path.abspath(path) if os.path.exists(path) else path


def _arguments(settings: Settings) -> str:
    """slime's arguments as an array of bash."""
    rows: list[tuple[str, object]] = [
        ("--hf-checkpoint", settings.model),
        ("--data-source-path", f"{_DOOR}.EpisodeSource"),
        ("--custom-generate-function-path", f"{_DOOR}.generate"),
        ("--custom-rm-path", f"{_DOOR}.reward"),
        ("--custom-reward-post-process-path", f"{_DOOR}.advantages"),
        ("--dynamic-sampling-filter-path", f"{_DOOR}.keep_group"),
        ("--rollout-all-samples-process-path", f"{_DOOR}.count_outcomes"),
        ("--rollout-batch-size", settings.groups),
        ("--n-samples-per-prompt", settings.rollouts),
        ("--num-steps-per-rollout", settings.updates),
        ("--num-rollout", settings.steps),
        ("--rollout-max-response-len", settings.context_tokens),
        ("--rollout-temperature", settings.temperature),
        ("--rollout-seed", settings.seed),
        ("--advantage-estimator", "grpo"),
        ("--eps-clip", settings.clip_low),
        ("--eps-clip-high", settings.clip_high),
        ("--kl-loss-coef", 0.0),
        ("--lr", settings.learning_rate),
        ("--lr-decay-style", settings.schedule),
    ]
    if settings.keep.every:
        rows.append(("--save-interval", settings.keep.every))
    if settings.evaluation.every and settings.evaluation.episodes:
        rows += [("--eval-interval", settings.evaluation.every), ("--n-samples-per-eval-prompt", 1)]
    lines = [f"  {name} {shlex.quote(str(value))}" for name, value in rows]
    lines += ["  --calculate-per-token-loss", f'  --prompt-data "$HERE/{EPISODES}"']
    if settings.evaluation.every and settings.evaluation.episodes:
        lines += [
            f'  --eval-prompt-data held_out "$HERE/{HELD_OUT}"',
            "  --input-key prompt",
            "  --metadata-key metadata",
        ]
    body = "\n".join(lines)
    return (
        '# Arguments of slime\'s train.py. Source this file, and give it "${RLVE_DSL_ARGS[@]}" beside those of the model and the machines.\n'
        f'HERE="$(cd "$(dirname "${{BASH_SOURCE[0]}}")" && pwd)"\nRLVE_DSL_ARGS=(\n{body}\n)\n'
    )
