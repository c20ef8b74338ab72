"""One training run: from a compiled scenario to a trained model and a table of results."""

from __future__ import annotations

import dataclasses
import logging as python_logging
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from rlve_dsl.agents import (
    Batch,
    EpisodeKey,
    GroupSource,
    Rollout,
    Sampling,
    Score,
    TurnGenerator,
    demonstrate_imperfectly,
    evaluate,
    held_out_keys,
    play_rollouts,
    total,
    training_seed,
)
from rlve_dsl.curriculum import Curriculum
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import UsageError
from rlve_dsl.files import Settings
from rlve_dsl.rng import Stream, stable_hash
from rlve_dsl.terminal import Reporter
from rlve_dsl.train import report
from rlve_dsl.train.budgets import TEMPLATE
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.copying import LOOK, Practice, lists_in, practise
from rlve_dsl.train.dapo import limits_of, make_trainer
from rlve_dsl.train.demonstrations import Segment, segments
from rlve_dsl.train.examples import Example, example
from rlve_dsl.train.generators import CachedGenerator, VllmGenerator
from rlve_dsl.train.model import build_tiny, load_model, load_tokenizer
from rlve_dsl.train.run_directory import RunDirectory
from rlve_dsl.train.tiny_tokenizer import build_tokenizer, plain_tokens
from rlve_dsl.train.warm_start import train_on
from rlve_dsl.user import ScriptedUser
from rlve_dsl.values import JsonObject

if TYPE_CHECKING:
    from rlve_dsl.model_user import ModelShopper


class Training:
    """A run in progress: the model, its chat, and the folder that the run writes to.

    Where there is a `shopper`, it makes the users of DAPO's episodes and of the held-out ones. The demonstrations of the warm
    start keep the scripted user.
    """

    def __init__(
        self,
        scenario: Scenario,
        settings: Settings,
        folder: RunDirectory,
        teller: Reporter,
        shopper: ModelShopper | None = None,
    ) -> None:
        check_levels(scenario, settings)
        self.shopper = shopper
        self.scenario = scenario
        self.settings = settings
        self.folder = folder
        self.teller = teller
        low, high = scenario.levels
        self.curriculum = Curriculum(scenario.environments, scenario.spec.curriculum, lowest=low, highest=high)
        self._stream = Stream("train", settings.seed)
        self._limits = limits_of(settings)

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
        self._prepare()
        settings = self.settings
        sampling = Sampling(settings.groups, settings.rollouts, settings.resample)
        source = GroupSource(self.curriculum, sampling, self._stream.child("episodes"))
        self._trainer = make_trainer(
            self._model, self._tokenizer, settings, self.folder.path / "trainer", self._next(source), self._log
        )
        results = dict(self._evaluate("before"))
        with self.teller.phase("DAPO", settings.steps) as self._step:
            if settings.steps:
                self._trainer.train()
        results |= self._evaluate("after")
        # where there are adapters, only the trainer's model has them
        self._trainer.model.save_pretrained(self.folder.model)
        self._tokenizer.save_pretrained(self.folder.model)
        self.folder.results(report.as_json(results))
        return results

    # Before DAPO ----------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Make or load the model, and make the warm start."""
        settings = self.settings
        tiny = settings.model == "tiny"
        # A tiny model's vocabulary comes from the demonstrations. Their text needs only the template.
        tokenizer = build_tokenizer([]) if tiny else load_tokenizer(settings)
        demonstrations = self._demonstrate(self._chat_of(tokenizer))
        if tiny:
            tokenizer = build_tokenizer(segment.text for shown in demonstrations for segment in shown)
            self._model = build_tiny(settings, tokenizer)
        else:
            self._model = load_model(settings)
        self._tokenizer = tokenizer
        self._chat = self._chat_of(tokenizer)
        size = sum(p.numel() for p in self._model.parameters())
        self.teller.say(f"model: {size:,} parameters, {len(tokenizer):,} tokens in its vocabulary")
        self._warm_up(demonstrations)

    def _chat_of(self, tokenizer: Any) -> TemplateChat:
        return TemplateChat(tokenizer, describe=self.settings.describe, options=TEMPLATE)

    def _demonstrate(self, chat: TemplateChat) -> list[tuple[Segment, ...]]:
        warm = self.settings.warm_start
        if not warm.demonstrations:
            return []
        found, passed = [], 0
        keys = islice(self._demonstration_keys(), warm.demonstrations)
        with self.teller.phase("demonstrations", warm.demonstrations) as step:
            for demonstration in demonstrate_imperfectly(self.scenario, keys, warm.mistakes):
                found.append(segments(demonstration, chat))
                passed += demonstration.passed
                step("")
        rate = passed / len(found)
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
        self._model.save_pretrained(self.folder.path / "warm_start")
        self._tokenizer.save_pretrained(self.folder.path / "warm_start")

    def _practise(self, demonstrations: Sequence[Sequence[Segment]]) -> Callable[[], Example] | None:
        """Practise copying, and return what makes more such sequences; None where no tool shows a list."""
        settings, pad = self.settings.warm_start.copying, self._tokenizer.pad_token_id
        practice = Practice(lists_in(demonstrations), self._chat, plain_tokens(self._tokenizer))
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

    # Playing --------------------------------------------------------------------------------------------------------

    def _play(self, keys: Sequence[EpisodeKey], *, greedy: bool, seed: int) -> list[Rollout]:
        generator: TurnGenerator
        if self.settings.trainer.get("use_vllm"):
            generator = VllmGenerator(self._trainer, greedy=greedy)
        else:
            generator = CachedGenerator(
                self._trainer.model,
                end=self._chat.end,
                pad=self._tokenizer.pad_token_id,
                turn_tokens=self.settings.turn_tokens,
                temperature=self.settings.temperature,
                greedy=greedy,
                seed=seed,
            )
        user, at_once = (self.shopper, self.shopper.at_once) if self.shopper else (ScriptedUser, 1)
        return play_rollouts(self.scenario, keys, self._chat, generator, self._limits, user=user, at_once=at_once)

    def _user_figures(self) -> JsonObject:
        """What the model that speaks for the user did since the last time; nothing for the scripted user."""
        return {"user": self.shopper.tally.take()} if self.shopper else {}

    def _evaluate(self, moment: str) -> dict[tuple[str, str], list[Score]]:
        if self.settings.trainer.get("use_vllm"):
            self._trainer.vllm_generation.sync_weights()
        evaluation = self.settings.evaluation
        keys = held_out_keys(self.scenario.environments, evaluation.levels, evaluation.episodes)
        out = {}
        for manner in report.MANNERS:
            scores = evaluate(keys, lambda some, m=manner: self._play(some, greedy=m == "greedy", seed=len(some)))  # type: ignore[misc]
            out[moment, manner] = scores
            overall = total(scores)
            heard = self.shopper.tally.summary() if self.shopper else ""
            self.folder.metric(
                "evaluation",
                {
                    "moment": moment,
                    "manner": manner,
                    "pass_rate": round(overall.rate, 4),
                    "reward": round(overall.reward, 4),
                    **self._user_figures(),
                },
            )
            self.teller.say(f"{moment} DAPO, {manner}: {overall.rate:.1%} of {overall.episodes} held-out episodes pass")
            if heard:
                self.teller.say(heard)
        return out

    # DAPO -----------------------------------------------------------------------------------------------------------

    def _next(self, source: GroupSource) -> Callable[[], Batch]:
        rounds = 0

        def play_round(keys: Sequence[EpisodeKey]) -> list[Rollout]:
            nonlocal rounds
            rounds += 1
            seed = stable_hash("sampling", self.settings.seed, rounds) >> 1
            return self._play(keys, greedy=False, seed=seed)

        def next_batch() -> Batch:
            self._began = time.monotonic()
            self._batch = source.batch(play_round)
            self._played = time.monotonic()
            self.folder.curriculum(self.curriculum.as_json())
            return self._batch

        return next_batch

    def _log(self, logs: dict[str, float]) -> None:
        """Write the metrics of a batch that has just been trained on."""
        figures = batch_figures(self._batch)
        windows = {name: [w.low, w.high] for name, w in self.curriculum.windows.items()}
        user = self._user_figures()
        now = time.monotonic()
        self.folder.metric(
            "dapo",
            {
                "step": round(self._trainer.state.global_step / self.settings.updates),
                **figures,
                "window": windows,
                **{ours: round(logs[theirs], 6) for ours, theirs in _FROM_TRL.items() if theirs in logs},
                "seconds_playing": round(self._played - self._began, 3),
                "seconds_training": round(now - self._played, 3),
                **user,
            },
        )
        shown = " ".join(f"{name} {w.low}..{w.high}" for name, w in self.curriculum.windows.items())
        self._step(
            f"reward {figures['reward']:+.2f}  pass {figures['pass_rate']:.0%}  level {shown}  "
            f"no signal {figures['without_signal']:.0%}{_templates(user)}"
        )


_FROM_TRL = {
    "loss": "loss",
    "grad_norm": "grad_norm",
    "entropy": "entropy",
    "clipped_low": "clip_ratio/low_mean",
    "clipped_high": "clip_ratio/high_mean",
}


def _templates(user: Mapping[str, Any]) -> str:
    """The share of the user's sentences that its model did not word, for a short note."""
    return f"  templates {user['user'].get('template_share', 0):.0%}" if user else ""


def batch_figures(batch: Batch) -> dict[str, float]:
    """Return the figures of a batch. They count all rollouts played, also those of groups that were set aside."""
    rollouts = batch.rollouts
    rewards = [r.outcome.reward for r in rollouts if r.outcome is not None]
    counted = [r for r in rollouts if not r.failure]
    return {
        "reward": round(sum(rewards) / max(1, len(rewards)), 4),
        "pass_rate": round(sum(r.passed for r in counted) / max(1, len(counted)), 4),
        "groups": len(batch.played),
        "without_signal": round(sum(not g.signal for g in batch.played) / len(batch.played), 4),
        "learnt_from": sum(g.signal for g in batch.groups),
        "overlong": sum(r.overlong for r in rollouts),
        "missing": sum(bool(r.failure) for r in rollouts),
        "turns": round(sum(r.turns for r in rollouts) / len(rollouts), 3),
        "written_tokens": round(sum(r.written for r in rollouts) / len(rollouts), 2),
    }


def check_levels(scenario: Scenario, settings: Settings) -> None:
    """Raise UsageError when the warm start or the evaluation has levels that the scenario lacks."""
    low, high = scenario.levels
    warm = settings.warm_start
    levels = [*settings.evaluation.levels, *([warm.lowest_level, warm.highest_level] if warm.demonstrations else [])]
    for level in levels:
        if not low <= level <= high:
            raise UsageError(f"the settings speak of level {level}, but `{scenario.name}` has levels {low} to {high}")
