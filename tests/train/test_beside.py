"""Episodes in processes beside the trainer give what they give in it, and a process that ends is told in a sentence."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl.agents import (
    Beginnings,
    EpisodeKey,
    Limits,
    OracleAgent,
    Rollout,
    TokenWriter,
    draw_ahead,
    play,
    play_many,
)
from rlve_dsl.episode import Scenario, record
from rlve_dsl.errors import RlveError
from rlve_dsl.rng import Stream, stable_hash

pytest.importorskip("trl")

from rlve_dsl.train.beside import POSSIBLE, Beside, _Player
from rlve_dsl.train.demonstrations import Segment
from rlve_dsl.train.desk import Play, Turns, keeping, received
from rlve_dsl.train.engine import CachedEngine, Row
from rlve_dsl.train.examples import example
from rlve_dsl.train.model import build_tiny
from rlve_dsl.train.slots import SlotCache
from rlve_dsl.train.warm_start import train_on
from tests.train.test_training import SETTINGS, WARM, chat_of, shown, tokenizer

__all__ = ["shown", "tokenizer"]
pytestmark = pytest.mark.skipif(not POSSIBLE, reason="a process is copied with what it holds on Linux only")

LIMITS = Limits(120, 400)
KEYS = [EpisodeKey("cart", seed % 3, 2 * seed) for seed in range(5) for _ in range(6)]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return rlve_dsl.load("scenarios/first-steps.yaml")


@pytest.fixture(scope="module")
def model(shown: list[tuple[Segment, ...]], tokenizer: Any) -> Any:
    """A tiny model that has learnt to end its turns."""
    made, chat = build_tiny(SETTINGS, tokenizer), chat_of(tokenizer)
    examples = [example(demonstration, chat, 512) for demonstration in shown]
    warm = replace(WARM, passes=30.0, learning_rate=0.02)
    list(train_on(made, examples, warm, pad=tokenizer.pad_token_id, stream=Stream("warm")))
    return made


def engine_of(model: Any, tokenizer: Any, slots: int, cache: SlotCache | None = None) -> CachedEngine:
    return CachedEngine(
        model, slots=slots, context_tokens=400, ends={tokenizer.eos_token_id}, turn_tokens=40,
        temperature=0.7, greedy=False, cache=cache,
    )  # fmt: skip


def seed_of(place: int) -> int:
    return stable_hash("seed", place)


def beside(
    scenario: Scenario, model: Any, tokenizer: Any, processes: int, *, slots: int = 30, prepared: bool = False
) -> list[Rollout]:
    with closing(Beside(scenario, chat_of(tokenizer), LIMITS, processes)) as players:
        if prepared:
            players.prepare(KEYS)
        return players.play(KEYS, engine_of(model, tokenizer, slots), seed_of, first=0, kept=6)


@pytest.fixture(scope="module")
def here(scenario: Scenario, model: Any, tokenizer: Any) -> list[Rollout]:
    engine, chat = engine_of(model, tokenizer, 30), chat_of(tokenizer)

    def writer(place: int) -> TokenWriter:
        return TokenWriter(engine.conversation(seed_of(place)), chat, LIMITS)

    return play_many(scenario, KEYS, writer, in_flight=30, ended=keeping(6, 0))


def without_probabilities(rollouts: list[Rollout]) -> list[Rollout]:
    """Sums of numbers depend on what stands beside them, in their last bits."""
    return [replace(rollout, logprobs=[]) for rollout in rollouts]


@pytest.mark.parametrize(
    ("processes", "slots", "prepared"), [(1, 30, True), (1, 7, False), (2, 30, False), (3, 2, True)]
)
def test_rollouts_are_those_of_one_process(
    scenario: Scenario, model: Any, tokenizer: Any, here: list[Rollout], processes: int, slots: int, prepared: bool
) -> None:
    found = beside(scenario, model, tokenizer, processes, slots=slots, prepared=prepared)
    assert without_probabilities(found) == without_probabilities(here)
    assert not any(rollout.failure for rollout in found) and sum(rollout.turns for rollout in found) > len(KEYS)
    assert found[0].logprobs == pytest.approx(here[0].logprobs, abs=1e-4)
    kept = [place for place, rollout in enumerate(found) if rollout.trajectory]
    assert kept == [place for place in range(0, len(KEYS), 6) if found[place].outcome is not None]


def test_a_second_round_takes_what_the_first_one_left(
    scenario: Scenario, model: Any, tokenizer: Any, here: list[Rollout]
) -> None:
    """Some of the episodes drawn ahead begin in a later round, and some never. The cache of the rounds before is used again."""
    cache = SlotCache(30, 440)
    with closing(Beside(scenario, chat_of(tokenizer), LIMITS, 1)) as players:
        players.prepare(KEYS[:12], KEYS[12:24])
        found = []
        for begin, end in ((0, 12), (12, 18), (18, 30)):
            engine = engine_of(model, tokenizer, 30, cache)
            seeds = partial(lambda begin, place: seed_of(begin + place), begin)
            found += players.play(KEYS[begin:end], engine, seeds, first=begin, kept=6)
    assert without_probabilities(found) == without_probabilities(here)


def test_what_stands_in_a_step_does_not_depend_on_speed(scenario: Scenario, model: Any, tokenizer: Any) -> None:
    first, second = (beside(scenario, model, tokenizer, 2) for _ in range(2))
    assert first == second, "the log-probabilities too, to the last bit"


def test_the_engine_writes_while_episodes_move(scenario: Scenario, model: Any, tokenizer: Any) -> None:
    """After a turn, its episode moves while the engine takes steps for the others."""
    engine = engine_of(model, tokenizer, 30)
    join, away = engine.join, []

    def counted() -> list[Row]:
        complete = join()
        away.append((len(complete), not engine.idle))
        return complete

    engine.join = counted  # type: ignore[method-assign]
    with closing(Beside(scenario, chat_of(tokenizer), LIMITS, 1)) as players:
        players.play(KEYS, engine, seed_of, first=0, kept=0)
    with_turns = [writing for complete, writing in away if complete]
    assert sum(with_turns) > len(with_turns) / 2


def test_an_episode_that_cannot_begin_is_a_missing_reward(scenario: Scenario, model: Any, tokenizer: Any) -> None:
    with closing(Beside(scenario, chat_of(tokenizer), LIMITS, 1)) as players:
        keys = [EpisodeKey("card", 0, 2), KEYS[0]]
        players.prepare(keys)
        unknown, whole = players.play(keys, engine_of(model, tokenizer, 2), seed_of, first=0, kept=0)
    assert "no environment `card`" in unknown.failure and unknown.outcome is None and not whole.failure


def test_a_process_that_ends_is_told_in_a_sentence(scenario: Scenario, model: Any, tokenizer: Any) -> None:
    class Killing(CachedEngine):
        def join(self) -> list[Row]:
            if self.steps == 2:
                os.kill(players._players[0].process.pid or 0, signal.SIGKILL)
            return super().join()

    engine = engine_of(model, tokenizer, 8)
    engine.__class__ = Killing
    players = Beside(scenario, chat_of(tokenizer), LIMITS, 1)
    with closing(players), pytest.raises(RlveError, match=r"the process that plays episodes ended \(exit code -9\)"):
        players.play(KEYS, engine, seed_of, first=0, kept=0)


def test_what_is_sent_to_a_process_that_ended_is_told_in_a_sentence(scenario: Scenario, tokenizer: Any) -> None:
    players = Beside(scenario, chat_of(tokenizer), LIMITS, 1)
    with closing(players):
        players.prepare(KEYS)
        process = players._players[0].process
        process.kill()
        process.join()
        with pytest.raises(RlveError, match=r"the process that plays episodes ended \(exit code -9\)"):
            players.prepare(KEYS)


def test_a_fault_of_the_loop_is_told_in_a_sentence(
    scenario: Scenario, model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> list[Rollout]:
        raise ValueError("of ours")

    monkeypatch.setattr("rlve_dsl.train.desk.play_in_flight", broken)
    with (
        closing(Beside(scenario, chat_of(tokenizer), LIMITS, 1)) as players,
        pytest.raises(RlveError, match="the process that plays episodes failed: ValueError: of ours"),
    ):
        players.play(KEYS, engine_of(model, tokenizer, 8), seed_of, first=0, kept=0)


@pytest.mark.parametrize("episodes", [8, 30])  # fewer than a wave of questions, and more
def test_a_process_ends_when_the_trainer_is_gone(scenario: Scenario, tokenizer: Any, episodes: int) -> None:
    """It draws the episodes when the line is closed. What they ask for then reaches nobody."""
    player = _Player(scenario, chat_of(tokenizer), LIMITS)
    player.begin(Play(KEYS[:episodes], episodes, 0, 0), 0)
    player.line.close()
    player.process.join(60)
    code = player.process.exitcode
    player.process.kill()
    assert code == 0, "it ended by itself"


def test_a_process_that_does_not_end_is_killed(
    scenario: Scenario, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rlve_dsl.train.beside._PATIENCE", 0.0)
    player = _Player(scenario, chat_of(tokenizer), LIMITS)
    player.end()  # its line is open, so it waits for work
    assert player.process.exitcode == -signal.SIGKILL


def test_a_fault_of_the_desk_is_told_in_a_sentence(scenario: Scenario, tokenizer: Any) -> None:
    """Turns of an episode that asked for none: the episodes that wait end too."""
    player = _Player(scenario, chat_of(tokenizer), LIMITS)
    player.begin(Play(KEYS[:2], 2, 0, 0), 0)
    turns: Turns = [(7, [1])]
    player.send(turns)
    assert player.line.poll(60) and not received(player.line).failure, "what the episodes read first"
    assert player.line.poll(60) and received(player.line).failure == "KeyError: 7"
    player.line.close()
    player.end()
    assert player.process.exitcode == 0


def test_copies_of_an_episode_are_played_as_if_each_were_drawn(scenario: Scenario) -> None:
    beginnings = Beginnings(scenario, KEYS[:3] * 2, drawn=draw_ahead(scenario, KEYS[:3] * 2))
    for _ in range(7):  # one more than was announced
        copied, drawn = beginnings.begin(KEYS[0]), KEYS[0].reset(scenario)
        for episode in (copied, drawn):
            play(episode, OracleAgent(episode))
        assert record(copied) == record(drawn)


def test_episodes_that_were_drawn_ahead_are_not_drawn_again(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = KEYS[0], KEYS[-1]
    drawn = draw_ahead(scenario, [first, first, other, EpisodeKey("card", 0, 2)])
    assert list(drawn) == [first, other]
    monkeypatch.setattr(EpisodeKey, "reset", None)
    begun = [Beginnings(scenario, keys, drawn=drawn).begin(keys[0]) for keys in ([first], [other])]
    assert [(episode.level, episode.seed) for episode in begun] == [(key.level, key.seed) for key in (first, other)]
    assert not drawn, "what has begun is let go"
