"""Many episodes that are played at the same time: what breaks ends one of them alone."""

from __future__ import annotations

import pytest

from rlve_dsl.agents import ChatWriter, EpisodeKey, Rollout, play_many
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
