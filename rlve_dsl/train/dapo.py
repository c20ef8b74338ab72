"""DAPO through TRL: the settings in TRL's words, and the rollouts handed to its trainer.

What is TRL's: advantages, the clipped token-level loss, optimization. What is ours: episodes, dynamic sampling, the
curriculum, which tokens count. Only documented names of TRL are used.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rlve_dsl.files import Settings
from rlve_dsl.train.groups import Batch, reward


def trainer_options(settings: Settings) -> dict[str, Any]:
    """The fields of TRL's GRPOConfig for these settings, output folder aside.

    `steps_per_generation` is greater than `gradient_accumulation_steps`, so the log-probabilities of the model that
    played are kept and clipping is in force from the second update of a batch on.
    """
    update = settings.batch // settings.updates
    micro = settings.micro_batch or update
    accumulated = update // micro
    options: dict[str, Any] = {
        "loss_type": "dapo",  # every token of the batch weighs the same
        "epsilon": settings.clip_low,
        "epsilon_high": settings.clip_high,
        "beta": 0.0,
        "scale_rewards": "group",
        "num_iterations": 1,
        "num_generations": settings.rollouts,
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": accumulated,
        "steps_per_generation": settings.updates * accumulated,
        "max_steps": settings.steps * settings.updates,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": "constant",
        "temperature": settings.temperature,
        "max_completion_length": settings.turn_tokens,
        "mask_truncated_completions": False,  # it looks at the last token of an episode; `groups.reward` at every turn
        "seed": settings.seed,
        "logging_steps": settings.updates,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "shuffle_dataset": False,
    }
    if settings.trainer.get("use_vllm"):
        options["vllm_max_model_length"] = settings.context_tokens
    return {**options, **settings.trainer}


def make_trainer(
    model: Any,
    tokenizer: Any,
    settings: Settings,
    folder: Path,
    next_batch: Callable[[Any], Batch],
    logged: Callable[[dict[str, float]], None],
) -> Any:
    """A GRPO trainer whose every generation is `next_batch(trainer)`; `logged` gets TRL's figures after each batch."""
    import os

    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")  # `rollout_func` is pinned with trl: no need to be warned
    from datasets import Dataset
    from transformers import PrinterCallback, TrainerCallback
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    class Log(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
            if logs and "loss" in logs:
                logged(logs)

    # The dataset only sets the pace: which episodes are played is the curriculum's to say.
    pace = Dataset.from_dict({"prompt": ["an episode of the curriculum"] * settings.groups})
    trainer = GRPOTrainer(
        model=model,
        reward_funcs=outcome_reward,
        args=GRPOConfig(output_dir=str(folder), **trainer_options(settings)),
        train_dataset=pace,
        processing_class=tokenizer,
        callbacks=[Log()],
        rollout_func=lambda prompts, trainer: as_trl(next_batch(trainer), settings, trainer.processing_class),
        peft_config=_adapters(settings),
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def outcome_reward(completions: list[str], reward: list[float | None], **_: Any) -> list[float | None]:
    """The rewards that came with the rollouts."""
    return reward


def as_trl(batch: Batch, settings: Settings, tokenizer: Any) -> dict[str, list[Any]]:
    """A batch in the form that TRL's `rollout_func` returns; `env_mask` is 1 on the tokens that are learnt from.

    Nothing is learnt from rollouts without a reward or from groups without a signal: their masks are 0 throughout.
    """
    out: dict[str, list[Any]] = {
        name: [] for name in ("prompt_ids", "completion_ids", "logprobs", "env_mask", "reward")
    }
    for group in batch.groups:
        for rollout in group.rollouts:
            value = reward(rollout, settings)
            counts = value is not None and group.signal
            # a rollout that failed before it began still has to be a sequence
            tokens = rollout.tokens or [tokenizer.eos_token_id]
            out["prompt_ids"].append(rollout.prompt or [tokenizer.eos_token_id])
            out["completion_ids"].append(tokens)
            out["logprobs"].append(rollout.logprobs or [0.0])
            out["env_mask"].append(rollout.mask if counts else [0] * len(tokens))
            out["reward"].append(value)
    return out


def _adapters(settings: Settings) -> Any:
    if not settings.lora.rank:
        return None
    from peft import LoraConfig

    return LoraConfig(
        r=settings.lora.rank,
        lora_alpha=settings.lora.alpha,
        target_modules=settings.lora.targets,
        task_type="CAUSAL_LM",
    )
