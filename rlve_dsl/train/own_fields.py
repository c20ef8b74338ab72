"""The fields of TRL's configurations that this project sets itself, so that nobody else does under `trainer:`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OWN_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "loss_type": "",
        "beta": "",
        "scale_rewards": "",
        "num_iterations": "`updates`",
        "epsilon": "`clip_low`",
        "epsilon_high": "`clip_high`",
        "num_generations": "`rollouts`",
        "per_device_train_batch_size": "`micro_batch`",
        "gradient_accumulation_steps": "`groups`, `updates` and `micro_batch`",
        "steps_per_generation": "`updates`",
        "generation_batch_size": "`groups` and `rollouts`",
        "num_train_epochs": "`steps`",
        "max_steps": "`steps` and `updates`",
        "learning_rate": "`learning_rate`",
        "lr_scheduler_type": "`schedule`",
        "temperature": "`temperature`",
        "max_completion_length": "`turn_tokens`",
        "mask_truncated_completions": "",
        "dtype": "`dtype`",
        "seed": "`seed`",
        "output_dir": "`--out`",
        "save_strategy": "`keep.every`",
        "save_steps": "`keep.every`",
        "save_total_limit": "`keep.checkpoints`",
        "resume_from_checkpoint": "`--resume`",
        "ignore_data_skip": "",
        "logging_strategy": "",
        "logging_steps": "",
        "disable_tqdm": "",
        "log_level_replica": "",
        "shuffle_dataset": "",
        "weight_sync_steps": "`updates`",
        "max_staleness": "`server.staleness`",
        "token_budget": "",
        "vllm_server_base_url": "`server.url`",
        "vllm_max_model_length": "`context_tokens`",
        "vllm_importance_sampling_mode": "",
    }
)
"""Fields of TRL, and what to write in their place outside of `trainer:`; empty where there is nothing to choose."""


def objection_to(field: str) -> str:
    """Say that a field is not to be set under `trainer:`; empty when it may be.

    >>> objection_to("max_steps")
    '`trainer.max_steps` follows from `steps` and `updates`: set those'
    >>> objection_to("learning_rate")
    '`trainer.learning_rate` follows from `learning_rate`: set that'
    >>> objection_to("bf16")
    ''
    """
    if field not in OWN_FIELDS:
        return ""
    ours = OWN_FIELDS[field]
    if not ours:
        return f"`trainer.{field}` is set by rlve-dsl, and there is no other choice"
    return f"`trainer.{field}` follows from {ours}: set {'those' if ' and ' in ours else 'that'}"
