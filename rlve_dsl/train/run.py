"""One training run, from a compiled scenario to a trained model and its table."""

from __future__ import annotations

import logging as python_logging
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rlve_dsl.curriculum import Curriculum
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import UsageError
from rlve_dsl.files import Settings
from rlve_dsl.rng import Stream, stable_hash
from rlve_dsl.terminal import Reporter
from rlve_dsl.train import report
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.dapo import make_trainer
from rlve_dsl.train.demonstrations import Demonstration, demonstrate
from rlve_dsl.train.groups import Batch, GroupSource, training_seed
from rlve_dsl.train.held_out import Score, evaluate, held_out_keys, total
from rlve_dsl.train.model import build_tiny, load_model, load_tokenizer
from rlve_dsl.train.rollout import EpisodeKey, Limits, Rollout, play
from rlve_dsl.train.run_directory import RunDirectory
from rlve_dsl.train.speakers import CachedSpeaker, VllmSpeaker
from rlve_dsl.train.warm_start import example, train_on
from rlve_dsl.train.words import build_tokenizer

# The thinking block stays empty in training: an episode's budget is in turns, and thoughts would be most of its tokens.
_TEMPLATE = {"enable_thinking": False}


class Training:
    """A run in progress: the model, how to talk to it, and where it leaves its traces."""

    def __init__(self, scenario: Scenario, settings: Settings, folder: RunDirectory, teller: Reporter) -> None:
        check_levels(scenario, settings)
        self.scenario = scenario
        self.settings = settings
        self.folder = folder
        self.teller = teller
        low, high = scenario.levels
        self.curriculum = Curriculum(scenario.environments, scenario.spec.curriculum, lowest=low, highest=high)
        self._stream = Stream("train", settings.seed)
        self._limits = Limits(settings.episode_tokens, settings.context_tokens)

    def run(self) -> report.Results:
        """Warm start, evaluation, DAPO, evaluation; the model, the curriculum and the results are in the folder then."""
        import torch
        from transformers.utils import logging

        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        # it words every missing reward at length; the metrics count them
        python_logging.getLogger("trl").setLevel(python_logging.ERROR)
        if self.settings.threads:
            torch.set_num_threads(self.settings.threads)
        with warnings.catch_warnings():
            # names that transformers 5.23 renames and 5.17, which vLLM needs, does not know yet
            warnings.simplefilter("ignore", FutureWarning)
            return self._run()

    def _run(self) -> report.Results:
        self._prepare()
        source = GroupSource(self.curriculum, self.settings, self._stream.child("episodes"))
        self._trainer = make_trainer(
            self._model, self._tokenizer, self.settings, self.folder.path / "trainer", self._next(source), self._log
        )
        results = dict(self._evaluate("before"))
        with self.teller.phase("DAPO", self.settings.steps) as self._step:
            if self.settings.steps:
                self._trainer.train()
        results |= self._evaluate("after")
        # with adapters, the trainer holds the model that has them
        self._trainer.model.save_pretrained(self.folder.model)
        self._tokenizer.save_pretrained(self.folder.model)
        self.folder.results(report.as_json(results))
        return results

    # Before DAPO ----------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Make or load the model, and warm it up."""
        settings = self.settings
        tiny = settings.model == "tiny"
        # A tiny model's vocabulary comes from the demonstrations, which need only the template to be written down.
        tokenizer = build_tokenizer([]) if tiny else load_tokenizer(settings)
        demonstrations = self._demonstrate(self._chat_of(tokenizer))
        if tiny:
            tokenizer = build_tokenizer(s.text for d in demonstrations for s in d.segments)
            self._model = build_tiny(settings, tokenizer)
        else:
            self._model = load_model(settings)
        self._tokenizer = tokenizer
        self._chat = self._chat_of(tokenizer)
        size = sum(p.numel() for p in self._model.parameters())
        self.teller.say(f"model: {size:,} parameters, {len(tokenizer):,} tokens in its vocabulary")
        self._warm_up(demonstrations)

    def _chat_of(self, tokenizer: Any) -> TemplateChat:
        return TemplateChat(tokenizer, describe=self.settings.describe, options=_TEMPLATE)

    def _demonstrate(self, chat: TemplateChat) -> list[Demonstration]:
        warm = self.settings.warm_start
        if not warm.demonstrations:
            return []
        out = []
        with self.teller.phase("demonstrations", warm.demonstrations) as step:
            for demonstration in demonstrate(self.scenario, warm, self._demonstration_keys(), chat):
                out.append(demonstration)
                step("")
        rate = sum(d.passed for d in out) / len(out)
        self.folder.metric("demonstrations", {"episodes": len(out), "pass_rate": round(rate, 4)})
        self.teller.say(f"{rate:.0%} of the demonstrations pass: good conduct and bad are mixed")
        return out

    def _demonstration_keys(self) -> Iterator[EpisodeKey]:
        warm, stream = self.settings.warm_start, self._stream.child("demonstrations")
        while True:
            level = stream.integer(warm.lowest_level, warm.highest_level)
            yield EpisodeKey(stream.choice(self.scenario.environments), level, training_seed(stream))

    def _warm_up(self, demonstrations: Sequence[Demonstration]) -> None:
        warm = self.settings.warm_start
        examples = [example(d, self._chat, self.settings.context_tokens) for d in demonstrations]
        pad = self._tokenizer.pad_token_id
        steps = round(len(examples) * warm.passes / warm.batch)
        if not steps:
            return
        with self.teller.phase("warm start", steps) as step:
            for progress in train_on(self._model, examples, warm, pad=pad, stream=self._stream.child("warm start")):
                figures = {"loss": round(progress.loss, 4), "accuracy": round(progress.accuracy, 4)}
                self.folder.metric("warm_start", {"step": progress.step, **figures})
                step(f"loss {progress.loss:.3f}  next-token accuracy {progress.accuracy:.1%}")

    # Playing --------------------------------------------------------------------------------------------------------

    def _play(self, keys: Sequence[EpisodeKey], *, greedy: bool, seed: int) -> list[Rollout]:
        speaker: CachedSpeaker | VllmSpeaker
        if self.settings.trainer.get("use_vllm"):
            speaker = VllmSpeaker(self._trainer, greedy=greedy)
        else:
            speaker = CachedSpeaker(
                self._trainer.model,
                end=self._chat.end,
                pad=self._tokenizer.pad_token_id,
                turn_tokens=self.settings.turn_tokens,
                temperature=self.settings.temperature,
                greedy=greedy,
                seed=seed,
            )
        return play(self.scenario, keys, self._chat, speaker, self._limits)

    def _evaluate(self, moment: str) -> dict[tuple[str, str], list[Score]]:
        if self.settings.trainer.get("use_vllm"):
            self._trainer.vllm_generation.sync_weights()
        keys = held_out_keys(self.scenario.environments, self.settings.evaluation)
        out = {}
        for manner in report.MANNERS:
            scores = evaluate(keys, lambda some, m=manner: self._play(some, greedy=m == "greedy", seed=len(some)))  # type: ignore[misc]
            out[moment, manner] = scores
            overall = total(scores)
            self.folder.metric(
                "evaluation",
                {
                    "moment": moment,
                    "manner": manner,
                    "pass_rate": round(overall.rate, 4),
                    "reward": round(overall.reward, 4),
                },
            )
            self.teller.say(f"{moment} DAPO, {manner}: {overall.rate:.1%} of {overall.episodes} held-out episodes pass")
        return out

    # DAPO -----------------------------------------------------------------------------------------------------------

    def _next(self, source: GroupSource) -> Callable[[Any], Batch]:
        rounds = 0

        def play_round(keys: Sequence[EpisodeKey]) -> list[Rollout]:
            nonlocal rounds
            rounds += 1
            seed = stable_hash("sampling", self.settings.seed, rounds) >> 1
            return self._play(keys, greedy=False, seed=seed)

        def next_batch(trainer: Any) -> Batch:
            self._began = time.monotonic()
            self._batch = source.batch(play_round)
            self._played = time.monotonic()
            self.folder.curriculum(self.curriculum.as_json())
            return self._batch

        return next_batch

    def _log(self, logs: dict[str, float]) -> None:
        """Write the line of a batch that has just been trained on."""
        figures = batch_figures(self._batch)
        windows = {name: [w.low, w.high] for name, w in self.curriculum.windows.items()}
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
            },
        )
        shown = " ".join(f"{name} {low}..{high}" for name, (low, high) in windows.items())
        self._step(
            f"reward {figures['reward']:+.2f}  pass {figures['pass_rate']:.0%}  level {shown}  "
            f"no signal {figures['without_signal']:.0%}"
        )


_FROM_TRL = {
    "loss": "loss",
    "grad_norm": "grad_norm",
    "entropy": "entropy",
    "clipped_low": "clip_ratio/low_mean",
    "clipped_high": "clip_ratio/high_mean",
}


def batch_figures(batch: Batch) -> dict[str, float]:
    """What a batch was like, from all rollouts played: the groups set aside count too."""
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
    """Raise UsageError for a warm start or an evaluation at levels that the scenario does not have."""
    low, high = scenario.levels
    warm = settings.warm_start
    levels = [*settings.evaluation.levels, *([warm.lowest_level, warm.highest_level] if warm.demonstrations else [])]
    for level in levels:
        if not low <= level <= high:
            raise UsageError(f"the settings speak of level {level}, but `{scenario.name}` has levels {low} to {high}")
