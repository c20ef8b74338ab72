"""Asynchronous training: a producer of groups, a server of the model on loopback, and TRL's trainer between them.

Weights reach the server by a copy, and not over NCCL.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rlve_dsl
from rlve_dsl.agents import EpisodeKey, Group, Limits, Rollout, TokenWriter, advantages
from rlve_dsl.curriculum import Curriculum
from rlve_dsl.episode import Action, Scenario, render_completion
from rlve_dsl.errors import RlveError, UsageError
from rlve_dsl.files import Evaluation, Server
from rlve_dsl.terminal import Reporter
from rlve_dsl.user import ScriptedUser, SideBySide
from tests.agents.test_groups import outcome

pytest.importorskip("trl")

from rlve_dsl.train import RunDirectory, Training, options_of, read_status
from rlve_dsl.train.engine import drawn_tokens
from rlve_dsl.train.producer import Pace, Producer, samples_of
from rlve_dsl.train.served import ServedEngine
from tests.train.loopback import do_without_a_gpu, serving
from tests.train.test_training import SETTINGS, WARM, chat_of, shown, tokenizer

__all__ = ["shown", "tokenizer"]
LIMITS = Limits(episode_tokens=200, context_tokens=1000)
ASK, FINISH = "Which option would you like?", render_completion(Action(answer={}))


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlve_dsl.train.served._PAUSE", 0.0)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return rlve_dsl.load("scenarios/first-steps.yaml")


def engine_of(url: str, tokenizer: Any) -> ServedEngine:
    return ServedEngine(
        [url], "m", ends={tokenizer.eos_token_id}, turn_tokens=40, context_tokens=1000, temperature=1.0, at_once=8
    )


def said(tokenizer: Any, text: str) -> tuple[list[int], list[float]]:
    tokens = tokenizer(text + tokenizer.eos_token, add_special_tokens=False)["input_ids"]
    return tokens, [-0.5] * len(tokens)


# The server --------------------------------------------------------------------------------------------------------


def test_a_turn_is_asked_for_in_tokens_and_kept_as_it_was_sampled(tokenizer: Any) -> None:
    with (
        serving(lambda prompt, asked: ([7, 8, 9], [-0.1, -0.2, -0.3])) as server,
        closing(engine_of(server.url, tokenizer)) as engine,
    ):

        async def talk() -> None:
            stream = engine.conversation(3)
            assert await stream.write([4, 5]) == ([7, 8, 9], [-0.1, -0.2, -0.3])
            await stream.write([6])
            await engine.conversation(3).write([4] * 995)

        engine.check()
        asyncio.run(talk())
        first, second, limited = server.asked
    assert first["prompt"] == [4, 5] and second["prompt"] == [4, 5, 7, 8, 9, 6]
    assert (
        first["max_tokens"] == 40
        and first["temperature"] == 1.0
        and first["stop_token_ids"] == [tokenizer.eos_token_id]
    )
    assert second["max_tokens"] == 40 and limited["max_tokens"] == 5, "no more than the context has room for"
    assert first["return_token_ids"] is True and first["logprobs"] == 0 and first["seed"] != second["seed"]


def test_a_request_is_made_again_and_then_told_in_a_sentence(tokenizer: Any) -> None:
    with serving(lambda prompt, asked: ([7], [-0.1])) as server, closing(engine_of(server.url, tokenizer)) as engine:
        server.refuses = 2
        assert asyncio.run(engine.conversation(0).write([4])) == ([7], [-0.1])
        assert engine.repeated == 2
        server.refuses = 3
        with pytest.raises(RlveError, match="the server at http://.* does not write: HTTP Error 500"):
            asyncio.run(engine.conversation(0).write([4]))


def test_a_server_that_is_down_is_told_before_the_run(tokenizer: Any) -> None:
    with (
        closing(engine_of("http://127.0.0.1:1", tokenizer)) as engine,
        pytest.raises(UsageError, match="no vLLM server answers at"),
    ):
        engine.check()


# The producer ------------------------------------------------------------------------------------------------------


def producer_of(scenario: Scenario, tokenizer: Any, engine: ServedEngine, **pace: int) -> Producer:
    low, high = scenario.levels
    curriculum = Curriculum(scenario.environments, scenario.spec.curriculum, lowest=low, highest=high)
    chat = chat_of(tokenizer)
    wanted = {"rollouts": 4, "in_flight": 8, "queued": 8, "staleness": 2, **pace}
    return Producer(
        scenario,
        curriculum,
        lambda seed: TokenWriter(engine.conversation(seed), chat, LIMITS),
        LIMITS,
        Pace(**wanted),
        seed=0,
        user=ScriptedUser,
        floor=SideBySide(1),
    )


def until(done: Callable[[], bool], producer: Producer) -> None:
    """Wait for the producer, as the trainer does; it gives up when the producer fails."""
    event = threading.Event()
    for _ in range(3000):
        if done():
            return
        producer.check_health(60.0)
        event.wait(0.01)
    raise AssertionError("the producer does nothing more")


def graded(tasks: list[float | None]) -> Group:
    rollouts = []
    for place, task in enumerate(tasks):
        made = Rollout(EpisodeKey("cart", 0, 2), [1, 2], [3, 4, 5], [1, 0, 1], [-0.5, 0.0, -0.25])
        made.outcome = None if task is None else outcome(task)
        made.overlong = task is None and place % 2 == 0
        rollouts.append(made)
    return Group(rollouts)


def test_samples_have_tokens_mask_and_advantage_of_what_has_a_reward() -> None:
    group = graded([1.0, -1.0, None, 1.0])
    samples = samples_of(group, LIMITS, version=3, number=9)
    assert len(samples) == 3, "a missing reward is no zero"
    first = samples[0]
    assert first.input_ids.tolist() == [1, 2, 3, 4, 5] and first.completion_mask.tolist() == [0, 0, 1, 0, 1]
    assert first.old_log_probs.tolist() == [0.0, 0.0, -0.5, 0.0, -0.25]
    assert (first.model_version, first.group_id) == (3, 9)
    rewards = np.array([r.outcome.reward for r in group.rollouts if r.outcome is not None])
    slow = (rewards - rewards.mean()) / (rewards.std(ddof=1) + 1e-4)
    assert [sample.advantage for sample in samples] == pytest.approx(slow.tolist())
    assert advantages([0.5]) == [0.0] and advantages([1.0, 1.0]) == [0.0, 0.0]


def test_what_is_queued_has_a_signal_and_stays_for_the_next_step(scenario: Scenario, tokenizer: Any) -> None:
    groups: list[Group] = [graded([1.0, 1.0]), graded([1.0, -1.0]), graded([None, -1.0]), graded([1.0, -1.0])]
    with closing(engine_of("http://127.0.0.1:1", tokenizer)) as engine:
        producer = producer_of(scenario, tokenizer, engine)
        for group in groups:
            producer._take(0, 0, group)
    assert producer.rollout_buffer.qsize() == 4
    figures = [producer.metrics_queue.get_nowait() for _ in groups]
    assert [f["episodes/without_signal"] for f in figures] == [(1, 1), (0, 1), (1, 1), (0, 1)]
    assert figures[2]["episodes/overlong_share"] == (1, 2) and figures[0]["episodes/pass_rate"] == (2, 2)


def test_a_group_that_began_with_old_weights_is_counted_and_dropped(scenario: Scenario, tokenizer: Any) -> None:
    with closing(engine_of("http://127.0.0.1:1", tokenizer)) as engine:
        producer = producer_of(scenario, tokenizer, engine, staleness=2)
        producer.update_model_version(5)
        producer._take(0, 3, graded([1.0, -1.0]))
        producer._take(1, 2, graded([1.0, -1.0]))
    assert producer.rollout_buffer.qsize() == 2 and producer.rollout_buffer.get().model_version == 3
    assert [producer.metrics_queue.get()["episodes/late_total"] for _ in range(2)] == [0.0, 1.0]


def test_it_plays_until_the_queue_is_full_and_goes_on_when_samples_are_taken(
    scenario: Scenario, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def played(scenario: Scenario, keys: list[EpisodeKey], *_: object, **__: object) -> list[Rollout]:
        return [replace(made, key=key) for key, made in zip(keys, graded([1.0, -1.0] * 2).rollouts, strict=True)]

    monkeypatch.setattr("rlve_dsl.train.producer.play_in_flight", played)
    with closing(engine_of("http://127.0.0.1:1", tokenizer)) as engine:
        producer = producer_of(scenario, tokenizer, engine, queued=9)
        producer.start()
        try:
            until(lambda: producer.rollout_buffer.qsize() == 12, producer)
            assert producer.groups == 3, "a fourth group would begin above the nine samples that are allowed"
            groups = Counter(producer.rollout_buffer.get().group_id for _ in range(4))
            groups += Counter(sample.group_id for sample in [*producer.rollout_buffer.queue])
            assert groups == {0: 4, 1: 4, 2: 4}, "groups that end together are told apart"
            until(lambda: producer.rollout_buffer.qsize() == 12, producer)
            assert producer.groups == 4
        finally:
            producer.stop()
    producer.check_health(60.0)


def test_a_server_that_dies_ends_the_run_with_a_sentence(scenario: Scenario, tokenizer: Any) -> None:
    with serving(lambda prompt, asked: None) as server, closing(engine_of(server.url, tokenizer)) as engine:
        producer = producer_of(scenario, tokenizer, engine)
        producer.start()
        with pytest.raises(
            RlveError, match="episodes cannot be played: 4 of 4 rollouts failed in each of 4 groups: .*does not write"
        ):
            until(lambda: False, producer)
        producer.stop()
    assert producer.rollout_buffer.empty()


def test_a_model_that_learns_nothing_ends_the_run_with_a_sentence(
    scenario: Scenario, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rlve_dsl.train.producer._SILENT", 3)
    with closing(engine_of("http://127.0.0.1:1", tokenizer)) as engine:
        producer = producer_of(scenario, tokenizer, engine)
        for group in ([-1.0, -1.0], [1.0, -1.0], [-1.0, -1.0], [1.0, 1.0]):
            producer._take(0, 0, graded([*group]))
        with pytest.raises(RlveError, match="3 groups in a row have no signal"):
            producer._take(0, 0, graded([-1.0, -1.0]))


def test_a_producer_that_gives_no_sign_of_life_is_told(scenario: Scenario, tokenizer: Any) -> None:
    with closing(engine_of("http://127.0.0.1:1", tokenizer)) as engine:
        producer = producer_of(scenario, tokenizer, engine)
    producer._beat = time.monotonic() - 100
    with pytest.raises(RlveError, match="no group has ended for 100 s"):
        producer.check_health(60)


# The trainer -------------------------------------------------------------------------------------------------------


@pytest.fixture
def without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    do_without_a_gpu(monkeypatch)


class Copied:
    """Gives the server's model the weights of the trainer (TRL's `WeightTransferProtocol`)."""

    def __init__(self) -> None:
        self.weights: dict[str, Any] = {}
        self.times = 0

    def init_weight_transfer(self) -> None:
        pass

    def pause(self) -> None:
        pass

    def send_weights(self, iterator: Iterator[tuple[str, Any]]) -> None:
        self.weights = {name: tensor.clone() for name, tensor in iterator}
        self.times += 1

    def resume(self) -> None:
        pass

    def destroy(self) -> None:
        pass


class Model:
    """Writes as `vllm serve` would, with the last weights that were sent."""

    def __init__(self, folder: Path, sent: Copied) -> None:
        self._folder = folder
        self._sent = sent
        self._made: Any = None
        self._lock = threading.Lock()

    def __call__(self, prompt: list[int], asked: dict[str, Any]) -> tuple[list[int], list[float]]:
        import torch
        from transformers import AutoModelForCausalLM

        from rlve_dsl.rng import Stream

        with self._lock, torch.no_grad():
            if self._made is None:
                self._made = AutoModelForCausalLM.from_pretrained(self._folder)
            self._made.load_state_dict(self._sent.weights, strict=False)
            draws, written, probabilities = Stream("server", asked["seed"]), [], []
            while len(written) < asked["max_tokens"] and not {*written[-1:]} & {*asked["stop_token_ids"]}:
                logits = self._made(input_ids=torch.tensor([[*prompt, *written]])).logits[:, -1]
                weights = torch.log_softmax(logits / (asked["temperature"] or 0.01), -1)
                token = int(drawn_tokens(weights, [draws.uniform()])[0])
                written.append(token)
                probabilities.append(float(weights[0, token]))
        return written, probabilities


def test_a_run_with_a_server_trains_and_leaves_everything_in_its_folder(
    scenario: Scenario, tmp_path: Path, without_a_gpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a model of 16 numbers passes nothing: it is rewarded for what it can do
    monkeypatch.setattr(Group, "signal", True)
    monkeypatch.setattr("rlve_dsl.train.producer.reward", lambda rollout, limits: float(rollout.written % 3))
    sent = Copied()
    model = Model(tmp_path / "run" / "warm_start", sent)
    with serving(model) as server:
        settings = replace(
            SETTINGS, groups=2, rollouts=4, steps=2, updates=2, learning_rate=1e-4, turn_tokens=40, episode_tokens=100,
            server=Server(url=server.url, staleness=4), evaluation=Evaluation(episodes=2, levels=(0,)), in_flight=8,
            warm_start=replace(WARM, passes=40.0, learning_rate=0.02),
        )  # fmt: skip
        with RunDirectory(tmp_path / "run", {}) as folder:
            training = Training(scenario, settings, folder, Reporter(quiet=True))
            training.weight_transfer = sent
            results = training.run()
    assert read_status(folder.path) == "finished" and len(results) == 4
    assert sent.times == 3, "before the first step, and after each batch of two optimizer steps"
    lines = [json.loads(line) for line in (folder.path / "metrics.jsonl").read_text().splitlines()]
    steps = [line for line in lines if line["phase"] == "dapo"]
    assert [line["step"] for line in steps] == [1, 2]
    for line in steps:
        assert {"loss", "grad_norm", "pass_rate", "without_signal", "window", "staleness", "ratio"} <= line.keys()
        assert line["staleness"] <= 4
    played = [counts for line in steps for counts in line["groups_by_level"].get("cart", {}).values()]
    assert sum(counts["groups"] for counts in played) >= 4, "the producer tells of all groups"
    lessons = json.loads((folder.path / "results.json").read_text())["lessons"]
    assert lessons["taught_nothing"] == 0 and lessons["starved"] == ["cart 0"]
    # the first update is on samples of the same weights: sampler and trainer give them the same probabilities
    assert steps[0]["ratio"] == pytest.approx(1.0, abs=0.02)
    assert (folder.model / "model.safetensors").exists() and (folder.path / "curriculum.json").exists()


def test_the_settings_of_a_server_are_those_of_trls_asynchronous_trainer() -> None:
    import dataclasses

    from trl.experimental.async_grpo import AsyncGRPOConfig

    settings = replace(SETTINGS, server=Server(url="http://a:1", staleness=3), micro_batch=1)
    options = options_of(settings)
    assert options.keys() <= {f.name for f in dataclasses.fields(AsyncGRPOConfig)}
    assert (
        options["max_staleness"] == 3 and options["weight_sync_steps"] == options["logging_steps"] == settings.updates
    )
    assert options["gradient_accumulation_steps"] == settings.batch // settings.updates
    two = options_of(settings, 2)
    assert two["gradient_accumulation_steps"] == settings.batch // settings.updates // 2
