"""The course of DAPO: batches, figures, evaluations, checkpoints, and when to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rlve_dsl.agents import (
    Batch,
    EpisodeKey,
    GroupSource,
    Rollout,
    Sampling,
    Score,
    curriculum_of,
    evaluate,
    held_out_keys,
    total,
)
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import Fruitless, RlveError
from rlve_dsl.files import Settings
from rlve_dsl.rng import Stream, stable_hash
from rlve_dsl.terminal import Reporter
from rlve_dsl.train import report
from rlve_dsl.train.checkpoints import Checkpoint
from rlve_dsl.train.figures import FROM_TRL, Alarm, batch_figures, level_figures, levels_without_signal
from rlve_dsl.train.lessons import groups_by_level, lessons_of, outcomes_of
from rlve_dsl.train.run_directory import RunDirectory
from rlve_dsl.values import JsonObject

if TYPE_CHECKING:
    from rlve_dsl.model_user import ModelShopper


class Player(Protocol):
    """Plays episodes with the model in training."""

    seconds_writing: float

    def play(self, keys: Sequence[EpisodeKey], *, greedy: bool, seed: int, kept: int = 0) -> list[Rollout]:
        """Play the episodes, and return the rollouts in the same order. Every `kept`-th one keeps its trajectory; 0: none."""

    def prepare(self, keys: Sequence[EpisodeKey], others: Sequence[EpisodeKey]) -> None:
        """Draw the episodes that are played next, and others that may follow, if that can be done beside other work."""


class Course:
    """What a trainer trains on, and what is written of it (a `Watcher` of `dapo`).

    Args:
        scenario: The scenario.
        settings: The settings of the run.
        folder: Where everything is written.
        teller: Tells a person.
        shopper: Makes the users, if not the scripted ones.
        checkpoint: Where the run goes on, if it does not begin.
    """

    def __init__(
        self,
        scenario: Scenario,
        settings: Settings,
        folder: RunDirectory,
        teller: Reporter,
        shopper: ModelShopper | None,
        checkpoint: Checkpoint | None,
    ) -> None:
        self.curriculum = curriculum_of(scenario)
        self._scenario = scenario
        self._settings = settings
        self._folder = folder
        self._teller = teller
        self._shopper = shopper
        sampling = Sampling(settings.groups, settings.rollouts, settings.resample)
        self._source = GroupSource(self.curriculum, sampling, Stream("train", settings.seed, "episodes"))
        self._alarm = Alarm(settings.stop)
        self.before: Mapping[str, Any] = {}
        self.step = 0
        self._best = -1.0
        self._silent = ""
        if checkpoint is not None:
            self.curriculum.restore(checkpoint.curriculum)
            self.before, self.step, self._best = checkpoint.before, checkpoint.step, checkpoint.best
        told = lessons_of(folder.path)
        self._taught = told.batches > told.silent  # before the run went on
        self.tell: Callable[[str], None] = lambda note: None

    def attach(self, trainer: Any, player: Player) -> None:
        """Take the trainer and what plays with its model."""
        self._trainer = trainer
        self._player = player

    # What the trainer asks ------------------------------------------------------------------------------------------

    def batch(self) -> Batch:
        """Play the next batch."""
        import torch

        self._began = time.monotonic()
        written_before = self._player.seconds_writing
        rounds = 0

        def play(keys: Sequence[EpisodeKey]) -> list[Rollout]:
            nonlocal rounds
            rounds += 1
            seed = stable_hash("sampling", self._settings.seed, self.step, rounds)
            return self._player.play(keys, greedy=False, seed=seed, kept=self._kept())

        self._batch = self._source.batch(play, self.step)
        self._played = time.monotonic()
        self._writing = self._player.seconds_writing - written_before
        if kept := "".join(rollout.trajectory for rollout in self._batch.rollouts):
            self._folder.trajectories(self.step + 1, kept)
        self._folder.curriculum(self.curriculum.as_json())
        # what the libraries draw for a batch depends on its number alone, so a resumed run draws the same
        torch.manual_seed(stable_hash("libraries", self._settings.seed, self.step) >> 1)
        if not self._evaluates(self.step + 1):
            self._player.prepare(*self._source.begins_with(self.step + 1))
        return self._batch

    def _evaluates(self, step: int) -> bool:
        """Whether held-out episodes are played after this step."""
        every = self._settings.evaluation.every
        return step == self._settings.steps or bool(every and step % every == 0)

    def _kept(self) -> int:
        """Of how many rollouts one keeps its trajectory: of each group the first, in a batch that is kept; 0: none."""
        every = self._settings.keep.rollouts
        return self._settings.rollouts if every and (self.step + 1) % every == 0 else 0

    def logged(self, logs: Mapping[str, float]) -> None:
        """Write the figures of a batch, and evaluate where that is due.

        Raises:
            RlveError: When the figures say that going on makes no sense.
        """
        self.step = round(self._trainer.state.global_step / self._settings.updates)
        groups = [*map(outcomes_of, self._batch.played)]
        figures, by_level = batch_figures(self._batch), level_figures(groups)
        self._taught |= figures["learnt_from"] > 0
        windows = {name: [w.low, w.high] for name, w in self.curriculum.windows.items()}
        user = self.user_figures()
        now = time.monotonic()
        trained = {ours: round(logs[theirs], 6) for ours, theirs in FROM_TRL.items() if logs.get(theirs) is not None}
        self._folder.metric(
            "dapo",
            {
                "step": self.step,
                **figures,
                "window": windows,
                **self.weight_figures(),
                "pass_by_level": by_level,
                "groups_by_level": groups_by_level(groups),
                **{name: value if math.isfinite(value) else str(value) for name, value in trained.items()},
                **_gpu_figures(),
                "seconds_playing": round(self._played - self._began, 3),
                "seconds_training": round(now - self._played, 3),
                **self._environment(),
                **user,
            },
        )
        shown = self.curriculum.described()
        self.tell(
            f"reward {figures['reward']:+.2f}  pass {figures['pass_rate']:.0%}  level {shown}  "
            f"no signal {figures['without_signal']:.0%}{_templates(user)}"
        )
        self._tell_levels_without_signal(by_level)
        self._alarm.check({**figures, **trained})
        if self._evaluates(self.step) and self.step < self._settings.steps:
            self._keep_best(total(self.evaluate("during", "sampled")).rate)

    def _tell_levels_without_signal(self, rates: Mapping[str, Mapping[str, float]]) -> None:
        """Tell which levels teach nothing, when they are others than before."""
        silent = levels_without_signal(rates)
        if silent != self._silent:
            self._teller.say(f"step {self.step}: {silent or 'every level teaches something again'}")
        self._silent = silent

    def _environment(self) -> JsonObject:
        """The seconds of playing in which no token was written; unknown of vLLM's engine."""
        if not self._writing:
            return {}
        return {"seconds_environment": round(self._played - self._began - self._writing, 3)}

    def saved(self, folder: Path) -> None:
        """Complete a checkpoint of the trainer."""
        if self._folder.writes:
            Checkpoint(folder, self.step, self.curriculum.as_json(), self.before, self._best).write()

    # Evaluation -----------------------------------------------------------------------------------------------------

    def evaluate(self, moment: str, manner: str) -> list[Score]:
        """Play the held-out episodes, and write the scores."""
        evaluation = self._settings.evaluation
        keys = held_out_keys(self._scenario.environments, evaluation.levels, evaluation.episodes)
        scores = evaluate(keys, partial(self._player.play, greedy=manner == "greedy", seed=0))
        overall = total(scores)
        heard = self._shopper.tally.summary() if self._shopper else ""
        self._folder.metric(
            "evaluation",
            {
                "moment": moment,
                "manner": manner,
                "step": self.step,
                **report.figures(overall),
                "scores": report.scores_as_json(scores),
                **self.user_figures(),
            },
        )
        when = f"after step {self.step}" if moment == "during" else f"{moment} DAPO"
        self._teller.say(f"{when}, {manner}: {report.sentence(overall)}")
        if heard:
            self._teller.say(heard)
        return scores

    def weight_figures(self) -> JsonObject:
        """How likely each environment is to be drawn, where that follows learning progress."""
        if self.curriculum.rules.progress is None:
            return {}
        return {"weights": {name: round(weight, 4) for name, weight in self.curriculum.weights.items()}}

    def user_figures(self) -> JsonObject:
        """What the model that speaks for the user did since the last time; nothing for the scripted user."""
        return {"user": self._shopper.tally.take()} if self._shopper else {}

    def _keep_best(self, rate: float) -> None:
        """Keep the model, if no evaluation before was better."""
        if rate > self._best:
            self._best = rate
            self._trainer.save_model(str(self._folder.path / "best"))

    def check_steps(self) -> None:
        """Raise RlveError when the trainer stopped before all steps were taken, and Fruitless when no batch taught anything: such a
        run is not finished."""
        taken, wanted = self._trainer.state.global_step, self._settings.steps * self._settings.updates
        if taken < wanted:
            raise RlveError(f"the trainer stopped after {taken} of {wanted} optimizer steps")
        if not self._taught:
            told = lessons_of(self._folder.path)
            levels = f" ({told.levels})" if told.levels else ""
            raise Fruitless(
                "no optimizer step was taken: in all groups of all batches, the task went equally well in each rollout, so they "
                f"taught nothing{levels}"
            )


def _gpu_figures() -> JsonObject:
    """The most memory of the GPU that was taken so far, in GiB; nothing without a GPU."""
    import torch

    return {"gpu_gib": round(torch.cuda.max_memory_allocated() / 2**30, 3)} if torch.cuda.is_available() else {}


def _templates(user: Mapping[str, Any]) -> str:
    """The share of the user's sentences that its model did not word, for a short note."""
    return f"  templates {user['user'].get('template_share', 0):.0%}" if user else ""
