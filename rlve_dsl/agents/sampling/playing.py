"""Episodes that models play: one episode against any writer of turns, and many of them in flight."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from typing import TypeVar

from rlve_dsl.agents.sampling.beginnings import Beginnings
from rlve_dsl.agents.sampling.keys import EpisodeKey
from rlve_dsl.agents.sampling.numbers import integer_from
from rlve_dsl.agents.sampling.rollouts import Rollout
from rlve_dsl.agents.sampling.writing import Writer
from rlve_dsl.episode import Episode, Scenario
from rlve_dsl.errors import UsageError
from rlve_dsl.user import MakeUser, ScriptedUser, SideBySide

T = TypeVar("T")
Ended = Callable[[int, Episode, Rollout], None]

_CANCELLED = "what the episode waited for was cancelled"
_NOT_BEGUN = "CancelledError: the task that would have played this episode was cancelled"


async def play_one(
    scenario: Scenario,
    key: EpisodeKey,
    writer: Writer,
    user: MakeUser = ScriptedUser,
    *,
    begin: Callable[[], Episode] | None = None,
    floor: SideBySide | None = None,
    ended: Callable[[Episode, Rollout], None] | None = None,
) -> Rollout:
    """Play one episode to its end, and return the rollout.

    An exception that the episode, the writer or `ended` raises is a fault of ours. The rollout keeps it as its `failure`, and
    has no outcome: a missing reward. So does the cancellation of something that the writer waits for. Only when the task that
    plays the episode is itself cancelled, the cancellation goes on to its caller.

    Args:
        scenario: The scenario.
        key: The episode.
        writer: Writes the turns of this episode, and of no other.
        user: Makes the user.
        begin: Begins the episode, if it is not drawn here.
        floor: Where the episode moves, if its user waits for something. Others then go on.
        ended: Called with the episode at its end, unless there was a failure.
    """
    rollout = Rollout(key)
    with _kept_in(rollout), closing(writer), _kept_in(rollout):
        episode = await _moved(begin or partial(key.reset, scenario, user), floor)
        while episode.outcome is None:
            action = await writer.turn(rollout, episode)
            if action is None:
                break
            await _moved(partial(episode.step, action), floor)
        rollout.outcome = episode.outcome
        if ended is not None:
            ended(episode, rollout)
    return rollout


@contextmanager
def _kept_in(rollout: Rollout) -> Iterator[None]:
    """Keep an exception as the failure of a rollout, whose reward is then missing. Of two, the first is kept.

    The cancellation of the task that plays is kept too, and then raised again: that task must end.
    """
    try:
        yield
    except (Exception, asyncio.CancelledError) as error:  # any fault of ours is a missing reward
        is_cancelled = isinstance(error, asyncio.CancelledError)
        reason = str(error) or (_CANCELLED if is_cancelled else "")
        rollout.failure = rollout.failure or f"{type(error).__name__}: {reason}"
        rollout.outcome = None
        if is_cancelled and ((task := asyncio.current_task()) is None or task.cancelling()):
            raise


def play_many(
    scenario: Scenario,
    keys: Sequence[EpisodeKey],
    writer: Callable[[int], Writer],
    *,
    in_flight: int,
    user: MakeUser = ScriptedUser,
    at_once: int = 1,
    ended: Ended | None = None,
    floor: SideBySide | None = None,
) -> list[Rollout]:
    """Play an episode for each key, and return the rollouts in the same order.

    As soon as one episode ends, the next one begins: none waits for the slowest. An exception is the `failure` of its rollout,
    also when `writer` raises it: the other episodes are played on.

    Args:
        scenario: The scenario.
        keys: The episodes.
        writer: Makes the writer of the episode with this place among the keys, when the episode begins.
        in_flight: How many episodes are played at the same time, at least 1.
        user: Makes the user of each episode.
        at_once: How many users may wait for something together, at least 1.
        ended: Called with the place among the keys, the episode and its rollout when an episode ends without a failure.
        floor: Where the episodes move, if others move in other threads at the same time; then `at_once` has no effect.

    Raises:
        UsageError: When `in_flight` or `at_once` is no integer from 1 up, or an event loop runs in this thread.
    """
    if _event_loop_runs():
        raise UsageError(
            "play_many starts an event loop, and one already runs in this thread (as in a notebook): "
            "write `await play_in_flight(...)`, which takes the same arguments"
        )
    return asyncio.run(
        play_in_flight(scenario, keys, writer, in_flight, user=user, at_once=at_once, ended=ended, floor=floor)
    )


def _event_loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def play_in_flight(
    scenario: Scenario,
    keys: Sequence[EpisodeKey],
    writer: Callable[[int], Writer],
    in_flight: int,
    *,
    user: MakeUser = ScriptedUser,
    at_once: int = 1,
    ended: Ended | None = None,
    beginnings: Beginnings | None = None,
    floor: SideBySide | None = None,
) -> list[Rollout]:
    """As `play_many`, inside a running event loop. `beginnings` begins the episodes, if some have been drawn before."""
    in_flight, at_once = integer_from(1, "in_flight", in_flight), integer_from(1, "at_once", at_once)
    rollouts: dict[int, Rollout] = {}
    beginnings = beginnings or Beginnings(scenario, keys, user)
    left = iter(range(len(keys)))

    async def player(floor: SideBySide | None) -> None:
        for place in left:  # all players take from the same places
            key, told = keys[place], partial(ended, place) if ended is not None else None
            begin = partial(beginnings.begin, key)
            rollouts[place] = rollout = Rollout(key)
            with _kept_in(rollout):  # what `writer` raises
                made = writer(place)
                rollouts[place] = await play_one(scenario, key, made, user, begin=begin, floor=floor, ended=told)

    async with _floor(at_once if floor is None else 1) as own, asyncio.TaskGroup() as players:
        for _ in range(min(in_flight, len(keys))):
            players.create_task(player(floor or own))
    # A writer that cancels its own task ends a player, and the last player may leave places behind.
    return [rollouts.get(place) or Rollout(key, failure=_NOT_BEGUN) for place, key in enumerate(keys)]


@asynccontextmanager
async def _floor(at_once: int) -> AsyncIterator[SideBySide | None]:
    """Threads for users that wait; none for users that never do, as steps are too short for them."""
    floor = SideBySide(at_once) if at_once > 1 else None
    try:
        yield floor
    finally:
        if floor is not None:
            floor.close()


async def _moved(job: Callable[[], T], floor: SideBySide | None) -> T:
    return job() if floor is None else await asyncio.wrap_future(floor.submit(job))
