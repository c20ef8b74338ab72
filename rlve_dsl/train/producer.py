"""The producer of asynchronous training: it plays groups without pause, and puts those that teach something into a queue.

There is one producer, in the first process. It owns the curriculum and dynamic sampling. A group without a signal is played and
counted, and not queued; one that nobody has trained on yet stays in the queue for the next step, so nothing that was played is lost unless it is too old.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from rlve_dsl.agents import Group, Limits, Rollout, advantages, play_in_flight, reward, training_key
from rlve_dsl.agents import Writer as TurnWriter
from rlve_dsl.curriculum import Curriculum
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import RlveError
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream, stable_hash
from rlve_dsl.user import MakeUser, SideBySide

_LOOK = 0.05  # seconds between two looks at a full queue
_RECENT = 4  # groups, of which one must be playable
_SILENT = 500  # groups in a row without a signal after which nothing is to be expected


@frozen
class Pace:
    """How far the producer runs ahead.

    Attributes:
        rollouts: Rollouts of a group.
        in_flight: Rollouts that are played at the same time.
        queued: Samples in the queue from which on no new group begins.
        staleness: A group is dropped when the weights have been renewed more often than this since it began.
    """

    rollouts: int
    in_flight: int
    queued: int
    staleness: int


class Producer:
    """Plays groups in a thread of its own, and queues what is learnt from (TRL's `RolloutWorkerProtocol`).

    Args:
        scenario: The scenario.
        curriculum: Draws episodes, and counts their outcomes.
        writer: Makes the writer of an episode from a seed.
        limits: The token limits of a rollout.
        pace: How far it runs ahead.
        seed: Decides which episodes are drawn and what is sampled.
        user: Makes the user of each episode.
        floor: Where episodes move, those of the producer and those of an evaluation.
        told: Hears of each group that has ended, in the thread of the producer.
    """

    def __init__(
        self,
        scenario: Scenario,
        curriculum: Curriculum,
        writer: Callable[[int], TurnWriter],
        limits: Limits,
        pace: Pace,
        seed: int,
        user: MakeUser,
        floor: SideBySide,
        told: Callable[[Group], None] = lambda group: None,
    ) -> None:
        self.rollout_buffer: queue.Queue[Any] = queue.Queue()
        self.metrics_queue: queue.Queue[dict[str, Any]] = queue.Queue()
        self.curriculum = curriculum
        self.model_version = 0
        self.groups = 0
        """Groups that were begun."""
        self._scenario = scenario
        self._writer = writer
        self._limits = limits
        self._pace = pace
        self._seed = seed
        self._user = user
        self._floor = floor
        self._told = told
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._beat = time.monotonic()
        self._problem: Exception | None = None
        self._failures: list[bool] = []
        self._silent = 0

    # What the trainer calls -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to play."""
        self._stopped.clear()
        self._beat = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="producer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop playing. Groups that are under way are given up."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def update_model_version(self, model_version: int) -> None:
        """Take note that the server has new weights."""
        self.model_version = model_version

    def check_health(self, stale_after_s: float) -> None:
        """Raise RlveError when the producer has failed, or has given no sign of life for so long."""
        if self._problem is not None:
            raise RlveError(f"episodes cannot be played: {self._problem}") from self._problem
        silent = time.monotonic() - self._beat
        if silent > stale_after_s:
            raise RlveError(f"no group has ended for {silent:.0f} s: the server of the model may hang")

    # The thread -----------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._produce())
        except Exception as problem:  # noqa: BLE001 - the trainer asks for it
            self._problem = problem

    async def _produce(self) -> None:
        most = max(1, self._pace.in_flight // self._pace.rollouts)
        running: set[asyncio.Task[tuple[int, int, Group]]] = set()
        while not self._stopped.is_set():
            while len(running) < most and not self._far_ahead(len(running)):
                running.add(asyncio.create_task(self._group(self.groups, self.model_version)))
                self.groups += 1
            if not running:
                self._beat = time.monotonic()  # it waits for the trainer
                await asyncio.sleep(_LOOK)
                continue
            done, running = await asyncio.wait(running, timeout=_LOOK, return_when=asyncio.FIRST_COMPLETED)
            for task in sorted(done, key=lambda task: task.result()[2].key):
                self._take(*task.result())
                self._beat = time.monotonic()

    def _far_ahead(self, running: int) -> bool:
        return self.rollout_buffer.qsize() + running * self._pace.rollouts >= self._pace.queued

    async def _group(self, number: int, version: int) -> tuple[int, int, Group]:
        stream = Stream("train", self._seed, "groups").child(number)
        key = training_key(self.curriculum, stream)
        size = self._pace.rollouts

        def writer(place: int) -> TurnWriter:
            return self._writer(stable_hash("turns", self._seed, number, place))

        played = play_in_flight(self._scenario, [key] * size, writer, size, user=self._user, floor=self._floor)
        return number, version, Group(await played)

    def _take(self, number: int, version: int, group: Group) -> None:
        """Count a group that has ended, and queue it if it teaches something."""
        rollouts, key = group.rollouts, group.key
        failed = [rollout for rollout in rollouts if rollout.failure]
        self._failures = [*self._failures, 2 * len(failed) > len(rollouts)][-_RECENT:]
        if len(self._failures) == _RECENT and all(self._failures):
            raise RlveError(
                f"{len(failed)} of {len(rollouts)} rollouts failed in each of {_RECENT} groups: {failed[0].failure}"
            )
        passed = [rollout.passed for rollout in rollouts if not rollout.failure]
        self.curriculum.record(key.environment, key.level, passed, key.axes)
        self._told(group)
        self._silent = 0 if group.signal else self._silent + 1
        if self._silent == _SILENT:
            raise RlveError(
                f"{_SILENT} groups in a row have no signal: the model does the task equally well in all rollouts of an episode"
            )
        late = self.model_version - version > self._pace.staleness
        self.metrics_queue.put(_figures(group, late=late))
        if group.signal and not late:
            for sample in samples_of(group, self._limits, version, number):
                self.rollout_buffer.put(sample)


def samples_of(group: Group, limits: Limits, version: int, number: int) -> list[Any]:
    """Return the samples of a group for TRL's trainer: those that have a reward, with their advantage within the group.

    Args:
        group: The group.
        limits: The token limits, for the punishment of long episodes.
        version: The version of the weights that the group began with.
        number: Tells the group from others.
    """
    import numpy as np
    from trl.experimental.async_grpo.async_rollout_worker import RolloutSample

    rewarded = [(rollout, value) for rollout in group.rollouts if (value := reward(rollout, limits)) is not None]
    normalised = advantages([value for _, value in rewarded])
    return [
        RolloutSample(
            prompt=[],
            completion=[],
            input_ids=np.asarray([*rollout.prompt, *rollout.tokens], dtype=np.int64),
            completion_mask=np.asarray([*([0] * len(rollout.prompt)), *rollout.mask], dtype=np.int64),
            old_log_probs=np.asarray([*([0.0] * len(rollout.prompt)), *rollout.logprobs], dtype=np.float32),
            advantage=advantage,
            model_version=version,
            group_id=number,
            metrics={"reward": value},
            enqueued_at=time.time(),
        )
        for (rollout, value), advantage in zip(rewarded, normalised, strict=True)
    ]


def _figures(group: Group, *, late: bool) -> dict[str, Any]:
    """What TRL logs of a group, by the names of its figures."""
    rollouts: list[Rollout] = group.rollouts
    played = [rollout for rollout in rollouts if not rollout.failure]
    return {
        "episodes/pass_rate": (sum(r.passed for r in played), len(played)),
        "episodes/without_signal": (int(not group.signal), 1),
        "episodes/overlong_share": (sum(r.overlong for r in rollouts), len(rollouts)),
        "episodes/missing_total": float(sum(bool(r.failure) for r in rollouts)),
        "episodes/late_total": float(late),
        "episodes/turns": (sum(r.turns for r in rollouts), len(rollouts)),
    }
