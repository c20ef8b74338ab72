"""Asynchronous DAPO: TRL's `AsyncGRPOTrainer` trains while a server writes for episodes that the producer plays.

Of several processes, the first one has the producer, and so the curriculum. It writes everything and plays held-out episodes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from rlve_dsl.agents import EpisodeKey, Group, Rollout, Score, TokenWriter, play_many, total
from rlve_dsl.episode import Scenario
from rlve_dsl.files import Settings
from rlve_dsl.rng import stable_hash
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.course import Course
from rlve_dsl.train.dapo import checkpoint_options, limits_of
from rlve_dsl.train.desk import keeping
from rlve_dsl.train.figures import FROM_TRL, level_figures
from rlve_dsl.train.lessons import GroupOutcomes, groups_by_level, outcomes_of
from rlve_dsl.train.model import adapters_of, weights_put_back
from rlve_dsl.train.producer import Pace, Producer
from rlve_dsl.train.served import ServedEngine
from rlve_dsl.train.servers import Servers, ToldTransfer
from rlve_dsl.train.updates import update_loader
from rlve_dsl.train.world import World
from rlve_dsl.user import MakeUser, ScriptedUser, SideBySide
from rlve_dsl.values import JsonObject

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from rlve_dsl.model_user import ModelShopper

_FROM_EPISODES = {
    "reward": "reward",
    "pass_rate": "episodes/pass_rate",
    "without_signal": "episodes/without_signal",
    "overlong_share": "episodes/overlong_share",
    "missing": "episodes/missing_total",
    "late": "episodes/late_total",
    "turns": "episodes/turns",
    "staleness": "sample/staleness_mean",
    "dropped": "sample/dropped_stale_total",
    "queued": "sample/rollout_queue_size",
    "seconds_waiting": "perf/rollout_wait_s",
}
"""Our names of figures that come with asynchronous training."""


def async_options(settings: Settings, processes: int = 1) -> JsonObject:
    """Return the fields of TRL's AsyncGRPOConfig for these settings, without the output folder.

    A batch is `updates` optimizer steps of all `processes` together, and the server gets the weights after each batch.
    """
    update = settings.batch // settings.updates // processes
    micro = settings.micro_batch or update
    return {
        "num_generations": settings.rollouts,
        "epsilon": settings.clip_low,
        "epsilon_high": settings.clip_high,
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": update // micro,
        "max_steps": settings.steps * settings.updates,
        "weight_sync_steps": settings.updates,
        "max_staleness": settings.server.staleness,
        "token_budget": -1,  # a fixed number of samples in each update
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": settings.schedule,
        "temperature": settings.temperature,
        "max_completion_length": settings.turn_tokens,
        "dtype": settings.dtype,
        "seed": settings.seed,
        "logging_steps": settings.updates,
        "vllm_server_base_url": settings.server.url,
        **checkpoint_options(settings),
        "report_to": "none",
        "disable_tqdm": True,
        "log_level_replica": "error",  # the other processes would repeat the warnings of the first one
        **settings.trainer,
    }


class ServedPlayer:
    """Plays episodes with the model that the server has now (see `ModelPlayer`)."""

    def __init__(
        self, scenario: Scenario, settings: Settings, chat: TemplateChat, model: str, shopper: ModelShopper | None
    ) -> None:
        self._scenario = scenario
        self._settings = settings
        self._chat = chat
        self.user: MakeUser = shopper or ScriptedUser
        self.floor = SideBySide(shopper.at_once if shopper else 1)
        engine = partial(
            ServedEngine,
            settings.server.addresses,
            model,
            ends=chat.ends,
            turn_tokens=settings.turn_tokens,
            context_tokens=settings.context_tokens,
            at_once=settings.in_flight,
        )
        self.sampled = engine(temperature=settings.temperature)
        self._greedy = engine(temperature=0.0)
        self.seconds_writing = 0.0

    def writer(self, seed: int, *, greedy: bool = False) -> TokenWriter:
        """Return the writer of an episode."""
        engine = self._greedy if greedy else self.sampled
        return TokenWriter(engine.conversation(seed), self._chat, limits_of(self._settings))

    def play(self, keys: Sequence[EpisodeKey], *, greedy: bool, seed: int, kept: int = 0) -> list[Rollout]:
        """Play the episodes, and return the rollouts in the same order. Every `kept`-th one keeps its trajectory; 0: none."""
        return play_many(
            self._scenario,
            keys,
            lambda place: self.writer(stable_hash("turns", seed, place), greedy=greedy),
            in_flight=min(self._settings.in_flight, max(1, len(keys))),
            user=self.user,
            ended=keeping(kept, 0),
            floor=self.floor,
        )

    def prepare(self, keys: Sequence[EpisodeKey], others: Sequence[EpisodeKey]) -> None:
        """Nothing is prepared: the producer never waits for a batch."""

    def close(self) -> None:
        """Make no more requests."""
        self.floor.close()
        self.sampled.close()
        self._greedy.close()


class AsyncCourse(Course):
    """The course of asynchronous DAPO. There are no batches: each line of metrics is of the samples between two logs.

    In all processes but the first, the curriculum stays as it was, and what the first one finds out is taken over.

    Args:
        given: What a `Course` takes.
        world: The processes that train together.
    """

    def __init__(self, *given: Any, world: World) -> None:
        super().__init__(*given)
        self._world = world
        self._heard: SimpleQueue[GroupOutcomes] = SimpleQueue()

    def hear(self, group: Group) -> None:
        """Take note of a group that has ended; called in the thread of the producer."""
        self._heard.put(outcomes_of(group))

    def logged(self, logs: Mapping[str, float]) -> None:
        """Write the figures since the last time, and evaluate where that is due.

        Raises:
            RlveError: When the figures say that going on makes no sense.
        """
        self.step = round(self._trainer.state.global_step / self._settings.updates)
        self._taught = True  # only groups with a signal are trained on
        self._world.from_first(partial(self._tell_figures, logs))
        if self._evaluates(self.step) and self.step < self._settings.steps:
            self._keep_best(total(self.evaluate("during", "sampled")).rate)

    def evaluate(self, moment: str, manner: str) -> list[Score]:
        """Play the held-out episodes in the first process, and return the scores in all of them."""
        return self._world.from_first(partial(super().evaluate, moment, manner))

    def _tell_figures(self, logs: Mapping[str, float]) -> None:
        names = {**FROM_TRL, **_FROM_EPISODES}
        figures = {ours: round(value, 6) for ours, theirs in names.items() if (value := logs.get(theirs)) is not None}
        groups = [self._heard.get() for _ in range(self._heard.qsize())]
        by_level = level_figures(groups)
        windows = {name: [w.low, w.high] for name, w in self.curriculum.windows.items()}
        shown = {name: value if math.isfinite(value) else str(value) for name, value in figures.items()}
        played = {"window": windows, "pass_by_level": by_level, "groups_by_level": groups_by_level(groups)}
        self._folder.metric(
            "dapo", {"step": self.step, **shown, **played, **self.weight_figures(), **self.user_figures()}
        )
        self._folder.curriculum(self.curriculum.as_json())
        levels = self.curriculum.described()
        self.tell(f"reward {figures.get('reward', 0.0):+.2f}  pass {figures.get('pass_rate', 0.0):.0%}  level {levels}")
        self._tell_levels_without_signal(by_level)
        self._alarm.check({"learnt_from": 1, "overlong_share": 0.0, **figures})


def make_async_trainer(
    model: str,
    tokenizer: PreTrainedTokenizerBase,
    scenario: Scenario,
    settings: Settings,
    folder: Path,
    course: AsyncCourse,
    player: ServedPlayer,
    world: World,
    weight_transfer: Any = None,
) -> Any:
    """Make TRL's asynchronous trainer, with a producer in a thread of the first process.

    With adapters, it trains those alone, and the server gets whole weights with the adapters merged into them.

    Args:
        model: The name or the folder of the model.
        tokenizer: Its tokenizer.
        scenario: The scenario.
        settings: The settings of the run.
        folder: Where checkpoints go.
        course: Takes note of what happens.
        player: Has the connection to the server.
        world: The processes that train together.
        weight_transfer: Gives the server new weights; by default, TRL does so over NCCL.

    Raises:
        UsageError: When no server answers.
    """
    import os

    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    from datasets import Dataset
    from transformers import PrinterCallback, TrainerCallback
    from trl.experimental.async_grpo import AsyncGRPOConfig, AsyncGRPOTrainer
    from trl.experimental.async_grpo.vllm_client import VLLMClient

    class Log(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
            if logs and "loss" in logs:
                course.logged(logs)

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            course.saved(folder / f"checkpoint-{state.global_step}")

    class AsyncDapoTrainer(AsyncGRPOTrainer):  # type: ignore[misc]
        def get_train_dataloader(self) -> Any:
            """TRL's, which deals out whole optimizer steps."""
            return update_loader(super().get_train_dataloader(), world, self.args.gradient_accumulation_steps)

        def _sync_weight(self) -> None:
            """TRL's (its version is pinned). Before it, the others hear whether the server still listens."""
            world.from_first(lambda: self.weight_transfer.ask_to_pause())
            with weights_put_back(self.model):
                super()._sync_weight()

        def _init_lora_sync(self, model: Any) -> bool:
            """Whether the server gets adapters alone: never. It gets whole weights with the adapters merged into them.

            Requests name the model, and a server that gets adapters wants them to name each version of those.
            """
            return False

    args = AsyncGRPOConfig(output_dir=str(folder), **async_options(settings, world.size))
    world.from_first(player.sampled.check)  # and a model that the first process has made is in its folder from here on
    staleness = settings.server.staleness
    pace = Pace(
        rollouts=settings.rollouts,
        in_flight=settings.in_flight,
        queued=(staleness + 1) * settings.batch,
        staleness=staleness,
    )
    seed = stable_hash("producer", settings.seed, course.step)  # a run that goes on draws other episodes
    limits = limits_of(settings)
    producer = Producer(
        scenario, course.curriculum, player.writer, limits, pace, seed, player.user, player.floor, course.hear
    )
    trainer = AsyncDapoTrainer(
        model=model,
        args=args,
        # it must be there, and nothing is drawn from it
        train_dataset=Dataset.from_dict({"prompt": [[{"role": "user", "content": "an episode of the curriculum"}]]}),
        processing_class=tokenizer,
        callbacks=[Log()],
        peft_config=adapters_of(settings),  # their beginning follows from the seed
        rollout_worker=producer,
        weight_transfer=weight_transfer,
    )
    if world.first:
        if weight_transfer is None and settings.server.more:
            trainer.weight_transfer.vllm = Servers([VLLMClient(url) for url in settings.server.addresses])
        trainer.weight_transfer = ToldTransfer(trainer.weight_transfer)
    trainer.remove_callback(PrinterCallback)
    return trainer
