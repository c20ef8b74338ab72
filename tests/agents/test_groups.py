"""Dynamic sampling, missing rewards and the curriculum's view of a batch, on rollouts made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from rlve_dsl.agents import (
    EpisodeKey,
    Group,
    GroupSource,
    Limits,
    Rollout,
    Sampling,
    advantages,
    curriculum_of,
    held_out_seed,
    reward,
    training_key,
    training_seed,
)
from rlve_dsl.curriculum import Curriculum
from rlve_dsl.episode import Outcome
from rlve_dsl.errors import RlveError
from rlve_dsl.files import kinds
from rlve_dsl.rng import Stream
from rlve_dsl.train.dapo import as_trl
from rlve_dsl.train.figures import batch_figures
from tests.conftest import shipped

SAMPLING = Sampling(groups=2, rollouts=2, resample=2)
LIMITS = Limits(episode_tokens=100, context_tokens=1000, soft_tokens=20)
END = 7
KEY = EpisodeKey("cart", 0, 2)


def outcome(task: float, value: float | None = None) -> Outcome:
    made = object.__new__(Outcome)
    for name, held in {"task": task, "reward": task if value is None else value, "correct": task == 1.0}.items():
        object.__setattr__(made, name, held)
    return made


def rollout(
    key: EpisodeKey, task: float | None, *, written: int = 3, failure: str = "", shaped: float = 0.0
) -> Rollout:
    made = Rollout(key, [1], [2] * written, [1] * written, [-0.5] * written, failure=failure)
    if task is not None:
        made.outcome = outcome(task, task + shaped)
    made.overlong = task is None and not failure
    return made


def source(curriculum: Curriculum | None = None) -> GroupSource:
    return GroupSource(curriculum or Curriculum(["cart"], kinds.Curriculum(), highest=12), SAMPLING, Stream("test"))


def test_only_a_difference_in_the_task_is_a_signal() -> None:
    assert Group([rollout(KEY, 1.0), rollout(KEY, -1.0)]).signal
    assert not Group([rollout(KEY, 1.0), rollout(KEY, 1.0, shaped=-0.1)]).signal
    assert not Group([rollout(KEY, 1.0), rollout(KEY, None)]).signal


def test_groups_without_signal_are_replaced_and_the_curriculum_hears_of_all() -> None:
    curriculum = Curriculum(["cart"], kinds.Curriculum(), highest=12)
    rounds = [[1.0, 1.0, 1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0]]

    def play(keys: Sequence[EpisodeKey]) -> list[Rollout]:
        return [rollout(key, task) for key, task in zip(keys, rounds.pop(0), strict=True)]

    batch = source(curriculum).batch(play)
    assert [g.signal for g in batch.groups] == [True, True]
    assert len(batch.played) == 4 and not rounds
    counted = {"low": 0, "high": 0, "passed": 4, "trials": 8, "groups": 4, "rates": 2.0, "squares": 1.5}
    assert curriculum.as_json()["cart"] == counted
    assert batch_figures(batch)["without_signal"] == 0.5
    assert batch_figures(batch)["pass_rate"] == 0.5


@pytest.mark.parametrize(("tasks", "rounds"), [((1.0, -1.0), 1), ((1.0, 1.0), 1 + SAMPLING.resample)])
def test_rounds_end_with_a_full_batch_or_after_the_last_replacement(tasks: tuple[float, float], rounds: int) -> None:
    asked: list[Sequence[EpisodeKey]] = []

    def play(keys: Sequence[EpisodeKey]) -> list[Rollout]:
        asked.append(keys)
        return [rollout(key, tasks[i % 2]) for i, key in enumerate(keys)]

    batch = source().batch(play)
    assert len(asked) == rounds and len(batch.groups) == 2 and len(batch.played) == 2 * rounds
    for keys in asked:
        assert keys[0] == keys[1] != keys[2] == keys[3], "rollouts of a group are of one episode"
        assert all(key.environment == "cart" and key.level == 0 and key.seed % 2 == 0 for key in keys)
    assert [group.key for group in batch.played] == [key for keys in asked for key in keys[::2]]


def test_a_batch_is_full_even_when_nothing_has_a_signal_and_then_nothing_is_learnt() -> None:
    batch = source().batch(lambda keys: [rollout(key, 1.0) for key in keys])
    assert len(batch.groups) == SAMPLING.groups
    assert not any(any(mask) for mask in as_trl(batch.groups, LIMITS, END)["env_mask"])


def test_a_failure_of_ours_is_a_missing_reward_and_no_outcome() -> None:
    curriculum = Curriculum(["cart"], kinds.Curriculum(), highest=12)

    def play(keys: Sequence[EpisodeKey]) -> list[Rollout]:
        played = [rollout(key, 1.0 if i % 2 else -1.0) for i, key in enumerate(keys)]
        return [Rollout(keys[0], failure="broken"), *played[1:]]

    batch = source(curriculum).batch(play)
    given = as_trl(batch.groups, LIMITS, END)
    missing = [i for i, value in enumerate(given["reward"]) if value is None]
    assert all(not any(given["env_mask"][i]) for i in missing)
    # four rounds of rollouts were played at most; the broken ones are in none of the counts
    assert curriculum.as_json()["cart"]["trials"] == sum(not r.failure for r in batch.rollouts)
    assert batch_figures(batch)["missing"] == sum(bool(r.failure) for r in batch.rollouts) > 0


def test_training_stops_when_most_rollouts_cannot_be_played() -> None:
    def play(keys: Sequence[EpisodeKey], broken: int) -> list[Rollout]:
        return [Rollout(key, failure=f"broken {i}" if i < broken else "") for i, key in enumerate(keys)]

    with pytest.raises(RlveError, match="^3 of 4 rollouts could not be played: broken 0$"):
        source().batch(lambda keys: play(keys, 3))
    assert len(source().batch(lambda keys: play(keys, 2)).groups) == 2, "half of a round may fail"


def test_overlong_rollouts_are_left_out_and_long_ones_pay_for_what_they_wrote() -> None:
    assert reward(rollout(KEY, None), LIMITS) is None
    assert reward(rollout(KEY, 1.0, written=80), LIMITS) == 1.0
    assert reward(rollout(KEY, 1.0, written=81), LIMITS) == pytest.approx(1 - 1 / 20)
    assert reward(rollout(KEY, 1.0, written=90), LIMITS) == 0.5
    assert reward(rollout(KEY, 1.0, written=100), LIMITS) == reward(rollout(KEY, 1.0, written=5000), LIMITS) == 0.0
    assert reward(rollout(KEY, 1.0, written=5000), Limits(100, 1000)) == 1.0, "without soft tokens, none are punished"
    long_read = rollout(KEY, 1.0, written=90)
    long_read.mask = [0] * 90
    assert reward(long_read, LIMITS) == 1.0


def test_only_what_the_model_wrote_is_learnt_from() -> None:
    mixed: Any = rollout(KEY, 1.0)
    mixed.read([9, 9])
    given = as_trl([Group([mixed, rollout(KEY, -1.0)])], LIMITS, END)
    assert given["env_mask"][0] == [1, 1, 1, 0, 0]
    assert [len(x) for x in given["completion_ids"]] == [len(x) for x in given["logprobs"]] == [5, 3]


def test_no_seed_is_both_for_training_and_held_out() -> None:
    stream = Stream("seeds")
    assert {training_seed(stream) % 2 for _ in range(99)} == {0}
    assert {held_out_seed(stream) % 2 for _ in range(99)} == {1}


def test_a_key_with_levels_of_axes_counts_for_those_at_their_frontier_and_names_the_episode() -> None:
    scenario = shipped("first-steps.yaml")
    rules = kinds.Curriculum(by="axis", trials=2, start=3)
    axes = {name: task.harder_axes() for name, task in scenario.compiled.environments.items()}
    assert set(axes["cart"]) >= {"items", "constraints"} and not {"turn_budget", "tool_budget"} & set(axes["cart"])
    curriculum = Curriculum(scenario.environments, rules, highest=12, axes=axes)
    drawn = GroupSource(curriculum, Sampling(groups=1, rollouts=2, resample=0), Stream("test"))
    (key, *_), _ = drawn.begins_with(0)
    assert key.level == 3 and key.axes == tuple((axis, 3) for axis in sorted(axes["cart"]))
    first, second = (key.reset(scenario) for _ in range(2))
    assert first.opening == second.opening and first.axis_levels == dict(key.axes)
    drawn.batch(lambda keys: [rollout(key, 1.0) for key in keys])
    assert {window.high for window in curriculum.windows.values()} == {4}


def test_a_scenario_says_which_axes_its_curriculum_has() -> None:
    curriculum = curriculum_of(shipped("c1.yaml"))
    assert [*curriculum.windows] == ["discovery"] and training_key(curriculum, Stream("draws")).axes == ()


def test_a_batch_begins_with_the_episodes_of_its_number() -> None:
    played: list[list[EpisodeKey]] = []

    def play(keys: Sequence[EpisodeKey]) -> list[Rollout]:
        played.append([*keys])
        return [rollout(key, 1.0 if place % 2 else -1.0) for place, key in enumerate(keys)]

    for number in (0, 3, 3):
        source().batch(play, number)
    source().batch(play)
    stream = Stream("test").child("batch", 3)
    first = EpisodeKey(*Curriculum(["cart"], kinds.Curriculum(), highest=12).draw(stream)[:2], training_seed(stream))
    assert played[1] == played[2] == source().begins_with(3)[0] and played[1][:2] == [first, first]
    assert played[0] == played[3] == source().begins_with(0)[0] != played[1]


def test_groups_that_teach_nothing_are_replaced_by_those_that_may_follow() -> None:
    played: list[list[EpisodeKey]] = []

    def play(keys: Sequence[EpisodeKey]) -> list[Rollout]:
        played.append([*keys])
        return [rollout(key, -1.0) for key in keys]

    first, others = source().begins_with(5)
    source().batch(play, 5)
    assert played[:2] == [first, others], "no window moves where nothing passes"
    never = GroupSource(
        Curriculum(["cart"], kinds.Curriculum(), highest=12), replace(SAMPLING, resample=0), Stream("test")
    )
    assert never.begins_with(5) == (first, [])


def test_the_rewards_of_two_rollouts_have_advantages() -> None:
    high = 1 / (2**0.5 + 1e-4)
    assert advantages([3.0, 1.0]) == pytest.approx([high, -high], abs=1e-9)
    assert advantages([0.5]) == [0.0], "one alone is no better and no worse"
