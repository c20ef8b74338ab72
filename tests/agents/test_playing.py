"""Many episodes that are played at the same time: what breaks ends one of them alone."""

from __future__ import annotations

import asyncio
import gc
import warnings

import pytest

from rlve_dsl.agents import ChatWriter, EpisodeKey, Rollout, evaluate, play_in_flight, play_many
from rlve_dsl.episode import Action, Episode, Scenario
from rlve_dsl.errors import UsageError

KEYS = [EpisodeKey("cart", 0, seed) for seed in (1, 3, 5, 7)]


async def finish(episode: Episode) -> Action:
    return Action(answer={})


async def fail(episode: Episode) -> Action:
    raise ValueError("no answer")


class Unclosable(ChatWriter):
    """A writer of one answer, that cannot be closed."""

    def close(self) -> None:
        raise OSError("the line is dead")


def test_a_writer_that_cannot_be_made_or_closed_ends_its_own_rollout(first_steps: Scenario) -> None:
    def writer(place: int) -> ChatWriter:
        if place == 0:
            raise RuntimeError("no writer")
        return [ChatWriter(finish), Unclosable(finish), Unclosable(fail)][place - 1]

    rollouts = play_many(first_steps, KEYS, writer, in_flight=2)
    failures = ["RuntimeError: no writer", "", "OSError: the line is dead", "ValueError: no answer"]
    assert [rollout.failure for rollout in rollouts] == failures and [rollout.key for rollout in rollouts] == KEYS
    assert [rollout.outcome is None for rollout in rollouts] == [True, False, True, True]


def test_what_hears_of_the_end_and_fails_leaves_a_failure_and_no_outcome(first_steps: Scenario) -> None:
    def ended(place: int, episode: Episode, rollout: Rollout) -> None:
        assert rollout.outcome is not None and rollout.outcome == episode.outcome
        if place:
            raise RuntimeError("the disk is full")

    rollouts = play_many(first_steps, KEYS[:2], lambda place: ChatWriter(finish), in_flight=2, ended=ended)
    assert [rollout.failure for rollout in rollouts] == ["", "RuntimeError: the disk is full"]
    assert [rollout.outcome is None for rollout in rollouts] == [False, True]


@pytest.mark.parametrize("counts", [{"in_flight": 0}, {"in_flight": -1}, {"in_flight": 1, "at_once": 0}])
def test_less_than_one_episode_at_a_time_is_a_usage_error(first_steps: Scenario, counts: dict[str, int]) -> None:
    for keys in (KEYS, []):
        with pytest.raises(UsageError, match="is at least 1, not"):
            play_many(first_steps, keys, lambda place: ChatWriter(finish), **counts)


async def wait_for_what_is_cancelled(episode: Episode) -> Action:
    waited_for = asyncio.get_running_loop().create_future()
    waited_for.cancel()
    await waited_for
    return Action(answer={})


async def cancel_the_own_task(episode: Episode) -> Action:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.Event().wait()
    return Action(answer={})


def test_what_a_writer_waits_for_and_is_cancelled_ends_its_own_rollout_alone(first_steps: Scenario) -> None:
    def writer(place: int) -> ChatWriter:
        return ChatWriter(finish if place == 3 else wait_for_what_is_cancelled)

    rollouts = play_many(first_steps, KEYS, writer, in_flight=2)
    cancelled = "CancelledError: what the episode waited for was cancelled"
    assert [rollout.failure for rollout in rollouts] == [cancelled] * 3 + [""], "two players, and none is lost"
    assert [rollout.key for rollout in rollouts] == KEYS and rollouts[3].outcome is not None
    scores = evaluate(KEYS, lambda keys: rollouts)
    assert sum(score.episodes for score in scores) == 1, "a failure is left out of the score"


def test_a_writer_that_cancels_its_own_player_leaves_failures(first_steps: Scenario) -> None:
    rollouts = play_many(first_steps, KEYS, lambda place: ChatWriter(cancel_the_own_task), in_flight=2)
    assert [rollout.key for rollout in rollouts] == KEYS
    assert all(rollout.failure.startswith("CancelledError: ") and rollout.outcome is None for rollout in rollouts)


def test_a_cancellation_of_the_play_itself_ends_it(first_steps: Scenario) -> None:
    begun: list[int] = []

    async def cancelled_from_outside() -> None:
        async def wait(episode: Episode) -> Action:
            begun.append(episode.seed)
            playing.cancel()
            await asyncio.Event().wait()
            return Action(answer={})

        playing = asyncio.create_task(play_in_flight(first_steps, KEYS, lambda place: ChatWriter(wait), 1))
        with pytest.raises(asyncio.CancelledError):
            await playing

    asyncio.run(cancelled_from_outside())
    assert len(begun) == 1, "no other episode begins"


def test_playing_in_a_running_event_loop_names_what_to_await(first_steps: Scenario) -> None:
    async def notebook() -> None:
        play_many(first_steps, KEYS, lambda place: ChatWriter(finish), in_flight=2)

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # such as that of a coroutine that was never awaited
        with pytest.raises(UsageError, match="await play_in_flight"):
            asyncio.run(notebook())
        gc.collect()
