"""One training run: from a compiled scenario to a trained model and a table of results."""

from __future__ import annotations

import dataclasses
import logging as python_logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlve_dsl.agents import (
    EpisodeKey,
    demonstrate_imperfectly,
    training_seed,
)
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import UsageError
from rlve_dsl.files import Settings
from rlve_dsl.rng import Stream
from rlve_dsl.terminal import Reporter
from rlve_dsl.train import report
from rlve_dsl.train.asynchronous import AsyncCourse, ServedPlayer, make_async_trainer
from rlve_dsl.train.budgets import template_options
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.checkpoints import FOLDER, START, Checkpoint, written_to_disk
from rlve_dsl.train.copying import LOOK, Practice, lists_in, practise
from rlve_dsl.train.course import Course
from rlve_dsl.train.dapo import make_trainer
from rlve_dsl.train.demonstrations import Segment, segments
from rlve_dsl.train.examples import Example, example
from rlve_dsl.train.families import for_training, keeps_turns
from rlve_dsl.train.lessons import lessons_of
from rlve_dsl.train.model import build_tiny, load_kept, load_model, load_tokenizer, with_adapters
from rlve_dsl.train.playing import ModelPlayer
from rlve_dsl.train.run_directory import RunDirectory
from rlve_dsl.train.tiny_tokenizer import build_tokenizer, plain_tokens
from rlve_dsl.train.warm_start import train_on
from rlve_dsl.train.world import ALONE, World, check_world

if TYPE_CHECKING:
    from rlve_dsl.model_user import ModelShopper


class Training:
    """A run in progress: the model, its chat, and the folder that the run writes to.

    Where there is a `shopper`, it makes the users of DAPO's episodes and of the held-out ones. The demonstrations of the warm
    start keep the scripted user. With a `checkpoint`, the run goes on from there.
    """

    def __init__(
        self,
        scenario: Scenario,
        settings: Settings,
        folder: RunDirectory,
        teller: Reporter,
        shopper: ModelShopper | None = None,
        world: World = ALONE,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        check_levels(scenario, settings)
        check_world(settings, world.size)
        self.world = world
        self.shopper = shopper
        self.scenario = scenario
        self.settings = settings
        self.folder = folder
        self.teller = teller
        self._checkpoint = checkpoint
        self.weight_transfer: Any = None
        """What gives a server new weights, in place of TRL's way over NCCL."""
        self._stream = Stream("train", settings.seed)
        self._right: list[tuple[Segment, ...]] = []  # demonstrations that pass
        self._warm = False  # whether the warm start has changed the model

    def run(self) -> report.Results:
        """Make the warm start, evaluate, train by DAPO and evaluate again.

        The model, the curriculum and the results are then in the folder.
        """
        import torch
        from transformers.utils import logging

        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        # it warns of every missing reward; the metrics count them
        python_logging.getLogger("trl").setLevel(python_logging.ERROR)
        if self.settings.threads:
            torch.set_num_threads(self.settings.threads)
        with warnings.catch_warnings():
            # of names that transformers 5.23 deprecates while 5.17, which vLLM needs, has no others
            warnings.simplefilter("ignore", FutureWarning)
            return self._run()

    def _run(self) -> report.Results:
        settings, kept = self.settings, self._checkpoint
        if kept is None:
            self._prepare()
        else:
            self._model, self._tokenizer = load_kept(settings, kept.path)
            self._chat = self._chat_of(self._tokenizer)
        if settings.server.url:
            return self._run_with_server()
        course = Course(self.scenario, settings, self.folder, self.teller, self.shopper, kept)
        if kept is None:
            self._save_start(course)
        trainer = make_trainer(self._model, self._tokenizer, settings, self.folder.path / FOLDER, course, self.world)
        player = ModelPlayer(self.scenario, settings, self._chat, trainer, self.world, self.shopper)
        with closing(player):
            return self._train(trainer, player, course)

    def _run_with_server(self) -> report.Results:
        """As `_run`, by asynchronous training: a server writes for the episodes while the processes train."""
        settings, kept = self.settings, self._checkpoint
        model = str(self.folder.path / "warm_start") if settings.model == "tiny" else settings.model
        course = AsyncCourse(self.scenario, settings, self.folder, self.teller, self.shopper, kept, world=self.world)
        if kept is None:
            self._save_start(course)
        with closing(ServedPlayer(self.scenario, settings, self._chat, model, self.shopper)) as player:
            trainer = make_async_trainer(
                model,
                self._tokenizer,
                self.scenario,
                settings,
                self.folder.path / FOLDER,
                course,
                player,
                self.world,
                self.weight_transfer,
            )
            return self._train(trainer, player, course)

    def _train(self, trainer: Any, player: ModelPlayer | ServedPlayer, course: Course) -> report.Results:
        """Evaluate, train by DAPO and evaluate again."""
        settings, kept = self.settings, self._checkpoint
        course.attach(trainer, player)
        if not course.before:
            self._sync_engine(trainer)
            course.before = {
                manner: report.scores_as_json(course.evaluate("before", manner)) for manner in report.MANNERS
            }
            if settings.keep.every:
                course.saved(self._start)
        with self.teller.phase("DAPO", settings.steps - course.step) as course.tell, written_to_disk():
            if settings.steps:
                # the checkpoint after the warm start has no state of the trainer
                with self.world.ending_together():
                    trainer.train(resume_from_checkpoint=str(kept.path) if kept and kept.step else None)
                course.check_steps()
        self._sync_engine(trainer)
        results = {("before", manner): report.scores_of(course.before[manner]) for manner in report.MANNERS}
        results |= {("after", manner): course.evaluate("after", manner) for manner in report.MANNERS}
        with written_to_disk():
            trainer.save_model(str(self.folder.model))
            if settings.lora.merge and self.world.first:
                self._save_merged(trainer)
        self.folder.results({**report.as_json(results), "lessons": lessons_of(self.folder.path).as_json()})
        return results

    @property
    def _start(self) -> Path:
        """The folder of the checkpoint after the warm start."""
        return self.folder.path / FOLDER / START

    def _save_start(self, course: Course) -> None:
        """Write the checkpoint after the warm start, which takes longest: a run that is killed later need not make it again."""
        if not self.settings.keep.every or not self.world.first:
            return
        with written_to_disk():
            if self._model is not None and (self.settings.model == "tiny" or self._warm):
                self._model.save_pretrained(self._start)
            self._tokenizer.save_pretrained(self._start)
            course.saved(self._start)

    def _save_merged(self, trainer: Any) -> None:
        """Save the model with the adapters merged into its weights. Nothing may be trained after that."""
        merged = trainer.accelerator.unwrap_model(trainer.model).merge_and_unload()
        merged.save_pretrained(self.folder.path / "merged")
        self._tokenizer.save_pretrained(self.folder.path / "merged")

    def _sync_engine(self, trainer: Any) -> None:
        """Give vLLM the weights of the model."""
        if self.settings.trainer.get("use_vllm"):
            trainer.vllm_generation.sync_weights()

    # Before DAPO ----------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Make or load the model, and make the warm start."""
        settings = self.settings
        tiny = settings.model == "tiny"
        # A tiny model's vocabulary comes from the demonstrations. Their text needs only the template.
        if tiny:
            tokenizer = build_tokenizer([])
        else:
            tokenizer = for_training(load_tokenizer(settings))
            if not keeps_turns(tokenizer):
                self.teller.say(
                    "the model's chat template changes earlier turns when others follow, and it is saved as it is"
                )
        demonstrations = self._demonstrate(self._chat_of(tokenizer))
        if tiny:
            tokenizer = build_tokenizer(segment.text for shown in demonstrations for segment in shown)
            self._model = build_tiny(settings, tokenizer)
        else:
            # with a server, TRL's trainer loads the model
            self._model = None if settings.server.url else with_adapters(load_model(settings), settings)
        self._tokenizer = tokenizer
        self._chat = self._chat_of(tokenizer)
        if self._model is None:
            return
        size = sum(p.numel() for p in self._model.parameters())
        self.teller.say(f"model: {size:,} parameters, {len(tokenizer):,} tokens in its vocabulary")
        self._warm_up(demonstrations)

    def _chat_of(self, tokenizer: Any) -> TemplateChat:
        return TemplateChat(tokenizer, describe=self.settings.describe, options=template_options(self.settings))

    def _demonstrate(self, chat: TemplateChat) -> list[tuple[Segment, ...]]:
        warm = self.settings.warm_start
        if not warm.demonstrations:
            return []
        if not chat.tagged:
            raise UsageError(
                "demonstrations have calls between <tool_call> tags, and this model writes them in another form: "
                "set `warm_start.demonstrations: 0`"
            )
        found = []
        keys = islice(self._demonstration_keys(), warm.demonstrations)
        with self.teller.phase("demonstrations", warm.demonstrations) as step:
            for demonstration in demonstrate_imperfectly(self.scenario, keys, warm.mistakes):
                found.append(segments(demonstration, chat))
                if demonstration.passed:
                    self._right.append(found[-1])
                step("")
        rate = len(self._right) / len(found)
        self.folder.metric("demonstrations", {"episodes": len(found), "pass_rate": round(rate, 4)})
        self.teller.say(f"{rate:.0%} of the demonstrations pass: good conduct and bad are mixed")
        return found

    def _demonstration_keys(self) -> Iterator[EpisodeKey]:
        warm, stream = self.settings.warm_start, self._stream.child("demonstrations")
        while True:
            level = stream.integer(warm.lowest_level, warm.highest_level)
            yield EpisodeKey(stream.choice(self.scenario.environments), level, training_seed(stream))

    def _warm_up(self, demonstrations: Sequence[Sequence[Segment]]) -> None:
        warm = self.settings.warm_start
        examples = [example(d, self._chat, self.settings.context_tokens) for d in demonstrations]
        pad = self._tokenizer.pad_token_id
        steps = round(len(examples) * warm.passes / warm.batch)
        if not steps:
            return
        beside = self._practise(demonstrations) if warm.copying.steps else None
        stream = self._stream.child("warm start")
        with self.teller.phase("warm start", steps) as step:
            for progress in train_on(self._model, examples, warm, pad=pad, stream=stream, beside=beside):
                figures = {"loss": round(progress.loss, 4), "accuracy": round(progress.accuracy, 4)}
                self.folder.metric("warm_start", {"step": progress.step, **figures})
                step(f"loss {progress.loss:.3f}  next-token accuracy {progress.accuracy:.1%}")
        self._warm = True
        if self.settings.model == "tiny" and self.world.first:
            self._model.save_pretrained(self.folder.path / "warm_start")
            self._tokenizer.save_pretrained(self.folder.path / "warm_start")

    def _practise(self, demonstrations: Sequence[Sequence[Segment]]) -> Callable[[], Example] | None:
        """Practise copying, and return what makes more such sequences; None where no tool shows a list."""
        settings, pad = self.settings.warm_start.copying, self._tokenizer.pad_token_id
        practice = Practice(lists_in(demonstrations), self._right, self._chat, plain_tokens(self._tokenizer))
        if not practice.most:
            self.teller.say("no tool shows a list of texts, so there is nothing to practise copying on")
            return None
        stream = self._stream.child("copying")
        with self.teller.phase("copying", settings.steps // LOOK) as step:
            for now in practise(self._model, practice, settings, pad=pad, stream=stream.child("alone")):
                self.folder.metric("copying", dataclasses.asdict(now))
                rows = f"{now.rows} rows{' as JSON' if now.boilerplate else ''}"
                step(f"step {now.step}  {rows}  loss {now.loss:.3f}  copied rightly {now.accuracy:.1%}")
        beside = stream.child("beside")
        return lambda: practice.sequence(practice.most, True, beside)


def check_levels(scenario: Scenario, settings: Settings) -> None:
    """Raise UsageError when the warm start or the evaluation has levels that the scenario lacks."""
    low, high = scenario.levels
    warm = settings.warm_start
    levels = [*settings.evaluation.levels, *([warm.lowest_level, warm.highest_level] if warm.demonstrations else [])]
    for level in levels:
        if not low <= level <= high:
            raise UsageError(f"the settings speak of level {level}, but `{scenario.name}` has levels {low} to {high}")
