"""DAPO with TRL: the settings by TRL's names, and the rollouts in the form that its trainer takes.

TRL computes advantages and the clipped token-level loss, and optimizes. We play episodes, sample dynamically, keep the
curriculum and say which tokens count. Only documented names of TRL are used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlve_dsl.agents import Batch, Group, Limits, reward
from rlve_dsl.files import Settings
from rlve_dsl.train.world import World
from rlve_dsl.values import JsonObject

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase
    from trl.trainer.grpo_trainer import GRPOTrainer


def trainer_options(settings: Settings, processes: int = 1) -> JsonObject:
    """Return the fields of TRL's GRPOConfig for these settings, without the output folder.

    A batch is of all `processes` together, so each of them has a share of it.

    `steps_per_generation` is greater than `gradient_accumulation_steps`, so that TRL keeps the log-probabilities of the model
    that played, and clips from the second update of a batch on.
    """
    update = settings.batch // settings.updates // processes
    micro = settings.micro_batch or update
    accumulated = update // micro
    options: JsonObject = {
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
        "mask_truncated_completions": False,  # it looks at the last token of an episode, `agents.reward` at every turn
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
    tokenizer: PreTrainedTokenizerBase,
    settings: Settings,
    folder: Path,
    next_batch: Callable[[], Batch],
    logged: Callable[[dict[str, float]], None],
    world: World,
) -> GRPOTrainer:
    """Make a GRPO trainer that trains on `next_batch()`, batch after batch. `logged` gets TRL's figures after each.

    The batch is that of all processes; each of them trains on its share of the groups.
    """
    import os

    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")  # `rollout_func` is experimental, but trl is pinned
    from datasets import Dataset
    from transformers import PrinterCallback, TrainerCallback
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    class Log(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
            if logs and "loss" in logs:
                logged(logs)

    def rollouts(prompts: list[str], trainer: Any) -> dict[str, list[Any]]:
        return as_trl(world.share(next_batch().groups), limits_of(settings), tokenizer.eos_token_id)

    # The dataset only sets the pace: one prompt for each group of a batch. The curriculum decides which episodes are played.
    pace = Dataset.from_dict({"prompt": ["an episode of the curriculum"] * settings.groups})
    trainer = GRPOTrainer(
        model=model,
        reward_funcs=outcome_reward,
        args=GRPOConfig(output_dir=str(folder), **trainer_options(settings, world.size)),
        train_dataset=pace,
        processing_class=tokenizer,
        callbacks=[Log()],
        rollout_func=rollouts,
        peft_config=_adapters(settings),
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def outcome_reward(completions: list[str], reward: list[float | None], **_: Any) -> list[float | None]:
    """Return the rewards that came with the rollouts."""
    return reward


def limits_of(settings: Settings) -> Limits:
    """Return the token limits of a rollout."""
    return Limits(settings.episode_tokens, settings.context_tokens, settings.soft_tokens)


def as_trl(groups: Sequence[Group], limits: Limits, end: int) -> dict[str, list[Any]]:
    """Return groups in the form that TRL's `rollout_func` returns.

    `env_mask` is 1 on the tokens that are learnt from. It is 0 throughout for a rollout without a reward and for a group
    without a signal. `end` is the end-of-turn token.
    """
    out: dict[str, list[Any]] = {
        name: [] for name in ("prompt_ids", "completion_ids", "logprobs", "env_mask", "reward")
    }
    for group in groups:
        for rollout in group.rollouts:
            value = reward(rollout, limits)
            counts = value is not None and group.signal
            # TRL needs at least one token, even of a rollout that failed before it began
            tokens = rollout.tokens or [end]
            out["prompt_ids"].append(rollout.prompt or [end])
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
