"""DAPO with TRL: the settings by TRL's names, and the rollouts in the form that its trainer takes.

TRL computes advantages and the clipped token-level loss, and optimizes. We play episodes, sample dynamically, keep the
curriculum and say which tokens count. Only documented names of TRL are used.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

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
        "lr_scheduler_type": settings.schedule,
        "temperature": settings.temperature,
        "max_completion_length": settings.turn_tokens,
        "mask_truncated_completions": False,  # it looks at the last token of an episode, `agents.reward` at every turn
        "seed": settings.seed,
        "logging_steps": settings.updates,
        **checkpoint_options(settings),
        "report_to": "none",
        "disable_tqdm": True,
        "shuffle_dataset": False,
    }
    if settings.trainer.get("use_vllm"):
        options["vllm_max_model_length"] = settings.context_tokens
        # a ratio for each token: one for a whole episode is a product of thousands of ratios
        options["vllm_importance_sampling_mode"] = "token_truncate"
    return {**options, **settings.trainer}


def checkpoint_options(settings: Settings) -> JsonObject:
    """Return the fields that say when checkpoints are written: between two batches, as nothing of a batch has to be kept then."""
    if not settings.keep.every:
        return {"save_strategy": "no"}
    return {
        "save_strategy": "steps",
        "save_steps": settings.keep.every * settings.updates,
        "save_total_limit": settings.keep.checkpoints,
        "ignore_data_skip": True,  # the data only set the pace
    }


class Watcher(Protocol):
    """What a trainer tells of its run."""

    def batch(self) -> Batch:
        """Return the next batch, of all processes."""

    def logged(self, logs: Mapping[str, float]) -> None:
        """Take note of TRL's figures of the batch that has just been trained on."""

    def saved(self, folder: Path) -> None:
        """Complete the checkpoint that the trainer has just written into a folder."""


def make_trainer(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    settings: Settings,
    folder: Path,
    watcher: Watcher,
    world: World,
) -> GRPOTrainer:
    """Make a GRPO trainer that trains on the batches of `watcher`, one after another.

    A batch is that of all processes; each of them trains on its share of the groups. An update without a learnt token takes no
    optimizer step: Adam's momentum would move the weights. A batch with fewer groups to learn from than asked for has a loss
    that is scaled down by their share.
    """
    import os

    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")  # `rollout_func` is experimental, but trl is pinned
    import torch
    from datasets import Dataset
    from transformers import PrinterCallback, TrainerCallback
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    class Log(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
            if logs and "loss" in logs:
                watcher.logged({**logs, **trainer.ratios()})

        def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
            learnt = trainer.accelerator.reduce(trainer.learnt_tokens, reduction="sum")
            if not learnt.item():
                forget_gradients(model.parameters())
            trainer.learnt_tokens = torch.zeros_like(learnt)

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            watcher.saved(folder / f"checkpoint-{state.global_step}")

    class DapoTrainer(GRPOTrainer):  # type: ignore[misc]
        """GRPO's trainer, which counts what is learnt from."""

        share = 1.0
        learnt_tokens = torch.zeros(())
        _now: Any = None  # the log-probabilities of the last pass
        _seen = Ratios()

        def compute_loss(self, model: Any, inputs: Any, *more: Any, **named: Any) -> Any:
            mask = inputs["completion_mask"] * inputs["tool_mask"]
            learnt = (mask.sum(1) * (inputs["advantages"] != 0)).sum().float()
            self.learnt_tokens = self.learnt_tokens.to(learnt.device) + learnt
            self._now = None
            loss = super().compute_loss(model, inputs, *more, **named) * self.share
            before = inputs.get("old_per_token_logps")
            if self._now is not None and before is not None:
                self._seen.add((self._now - before)[mask > 0].float().exp())
            return loss

        def _get_per_token_logps_and_entropies(self, *more: Any, **named: Any) -> Any:
            """TRL's (its version is pinned); it logs clip shares, and not the ratios that are clipped."""
            found = super()._get_per_token_logps_and_entropies(*more, **named)
            self._now = found[0].detach()
            return found

        def ratios(self) -> dict[str, float]:
            """Return the least, the mean and the greatest ratio of probabilities of all processes since the last time."""
            parts = self.accelerator.gather(self._seen.taken(self.accelerator.device)).view(-1, 4)
            return ratio_figures(parts)

    def rollouts(prompts: list[str], trainer: Any) -> dict[str, list[Any]]:
        groups = watcher.batch().groups
        DapoTrainer.share = sum(group.signal for group in groups) / len(groups)
        return as_trl(world.share(groups), limits_of(settings), tokenizer.eos_token_id)

    # The dataset only sets the pace: one prompt for each group of a batch. The curriculum decides which episodes are played.
    pace = Dataset.from_dict({"prompt": ["an episode of the curriculum"] * settings.groups})
    trainer = DapoTrainer(
        model=model,
        reward_funcs=outcome_reward,
        args=GRPOConfig(output_dir=str(folder), **trainer_options(settings, world.size)),
        train_dataset=pace,
        processing_class=tokenizer,
        callbacks=[Log()],
        rollout_func=rollouts,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


class Ratios:
    """The ratios of a token's probability now and when it was sampled: their least, their sum, their number and the greatest."""

    def __init__(self) -> None:
        self._parts: list[Any] = []

    def add(self, ratios: Any) -> None:
        """Take note of the ratios of tokens (a tensor)."""
        import torch

        if len(ratios):
            count = torch.tensor(float(len(ratios)), device=ratios.device)
            self._parts.append(torch.stack([ratios.min(), ratios.sum(), count, ratios.max()]))

    def taken(self, device: Any) -> Any:
        """Return what there was since the last time."""
        import torch

        nothing = torch.tensor([math.inf, 0.0, 0.0, -math.inf], device=device)
        parts = torch.stack([nothing, *self._parts])
        self._parts = []
        return torch.stack([parts[:, 0].min(), parts[:, 1].sum(), parts[:, 2].sum(), parts[:, 3].max()])


def ratio_figures(rows: Any) -> dict[str, float]:
    """Return the least, the mean and the greatest ratio of the rows of all processes; nothing where no token was learnt from."""
    count = rows[:, 2].sum().item()
    if not count:
        return {}
    least, mean, greatest = rows[:, 0].min().item(), rows[:, 1].sum().item() / count, rows[:, 3].max().item()
    return {"ratio/least": least, "ratio": mean, "ratio/greatest": greatest}


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


def forget_gradients(parameters: Iterable[Any]) -> None:
    """Let an optimizer leave these parameters as they are: with a gradient of zero, momentum would still move them."""
    for parameter in parameters:
        parameter.grad = None
