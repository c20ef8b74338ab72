"""Episodes played in processes beside the one that trains: they move while its engine writes.

A process beside plays as usual (`play_one`), with a model that is a line to the engine. What the engine has written is taken to the
episodes after each of its steps. What they ask for next is taken a fixed number of steps later, or when the engine has nothing else
to write. So what stands in a step never depends on how fast a process is, and the same seeds give the same rollouts.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from typing import TYPE_CHECKING

from rlve_dsl.agents import Chat, EpisodeKey, Limits, Rollout
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import RlveError
from rlve_dsl.train.desk import Play, Prepare, Reply, Turns, received, send, serve
from rlve_dsl.train.world import World

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess

    from rlve_dsl.train.engine import CachedEngine, Row

POSSIBLE = sys.platform == "linux"
"""Whether a process can be copied here with the compiled scenario in it."""

_LATER = 3  # steps from the one that completes a turn to the one that reads what follows
_PATIENCE = 10.0  # seconds that a process has to end by itself, once the line to it is closed


class Beside:
    """Processes that play episodes for the engine of this process. They end with it.

    Args:
        scenario: The scenario.
        chat: The model's chat.
        limits: The token limits of a rollout.
        processes: How many.
    """

    def __init__(self, scenario: Scenario, chat: Chat, limits: Limits, processes: int) -> None:
        self._made = (scenario, chat, limits)
        self._count = processes
        self._players: list[_Player] = []

    def prepare(self, keys: Sequence[EpisodeKey], others: Sequence[EpisodeKey] = ()) -> None:
        """Draw the episodes that are played next, while this process does something else.

        Args:
            keys: These are shared among the processes as `play` shares them.
            others: They may be played later. Nobody knows which process gets which, so each draws them all.
        """
        for player, share in self._shares(keys):
            player.send(Prepare([*share, *others]))

    def play(
        self, keys: Sequence[EpisodeKey], engine: CachedEngine, seed_of: Callable[[int], int], *, first: int, kept: int
    ) -> list[Rollout]:
        """Play the episodes, and return the rollouts in the same order.

        Args:
            keys: The episodes.
            engine: Writes the turns. Its slots are shared among the processes.
            seed_of: The seed of the turns of the episode at a place of `keys`.
            first: The place of the first key among those of all processes that train together.
            kept: Every so many of these rollouts keeps its trajectory; 0: none does.

        Raises:
            RlveError: When a process beside ended or failed.
        """
        shares = self._shares(keys, engine.slots)
        begun = 0
        for player, share in shares:
            player.begin(Play(share, max(1, engine.slots // len(shares)), first + begun, kept), begun)
            begun += len(share)
        step = 0
        with engine.sampling():
            while True:
                engine.go_on()  # before it takes what is read in this step: the players have so much more time
                self._take(engine, seed_of, step)
                if engine.idle:
                    return [rollout for player, _ in shares for rollout in player.rollouts]
                complete = engine.join()
                for player, _ in shares:
                    player.tell(complete, step)
                step += 1

    def close(self) -> None:
        """End the processes."""
        for player in self._players:
            player.line.close()
        for player in self._players:
            player.end()
        self._players = []

    def _take(self, engine: CachedEngine, seed_of: Callable[[int], int], step: int) -> None:
        """Take the replies that are due at this step, and the oldest others while the engine has nothing to write."""
        for player in self._players:
            while player.due and player.due[0] <= step:
                player.take(engine, seed_of, step)
        while engine.idle and (waiting := [player for player in self._players if player.due]):
            min(waiting, key=lambda player: player.due[0]).take(engine, seed_of, step)

    def _shares(
        self, keys: Sequence[EpisodeKey], most: int | None = None
    ) -> list[tuple[_Player, Sequence[EpisodeKey]]]:
        """The episodes of each process, of at most so many: each of them needs a slot of the engine."""
        if not self._players:
            self._players = [_Player(*self._made) for _ in range(self._count)]
        players = self._players[:most]
        shares = [(player, World(rank, len(players)).share(keys)) for rank, player in enumerate(players)]
        return [(player, share) for player, share in shares if share]


class _Player:
    """One process beside: the line to it, and when its replies are due."""

    def __init__(self, scenario: Scenario, chat: Chat, limits: Limits) -> None:
        processes = get_context("fork")
        self.line, theirs = processes.Pipe()
        self.process: ForkProcess = processes.Process(
            target=serve, args=(theirs, self.line, scenario, chat, limits), name="episodes", daemon=True
        )
        self.process.start()
        theirs.close()
        self.due: deque[int] = deque()
        self.rollouts: list[Rollout] = []
        self._first = 0
        self._rows: dict[int, Row] = {}

    def begin(self, play: Play, first: int) -> None:
        """Begin to play. `first` is the place of its first episode."""
        self._first, self._rows = first, {}
        self.rollouts = [Rollout(key) for key in play.keys]
        self.send(play)
        self.due.append(0)

    def tell(self, complete: Sequence[Row], step: int) -> None:
        """Send the turns of its episodes that are complete after a step."""
        if not complete:
            return
        ended = set(complete)
        mine = [(place, row) for place, row in self._rows.items() if row in ended]
        if mine:
            self.send([(place, row.tokens) for place, row in mine])
            self.due.append(step + _LATER)
            for place, row in mine:
                self.rollouts[place].write(row.turn)

    def send(self, message: Prepare | Play | Turns) -> None:
        """Send a message to the process.

        Raises:
            RlveError: When the process is gone.
        """
        try:
            send(self.line, message)
        except OSError:
            raise self._ended() from None

    def take(self, engine: CachedEngine, seed_of: Callable[[int], int], step: int) -> None:
        """Take the next reply."""
        try:
            reply: Reply = received(self.line)
        except (EOFError, OSError):
            raise self._ended() from None
        if reply.failure:
            raise RlveError(f"the process that plays episodes failed: {reply.failure}")
        self.due.popleft()
        if reply.more:
            self.due.appendleft(step + 1)
        for place in reply.over:
            if (row := self._rows.pop(place, None)) is not None:
                engine.close(row)
        for place, tokens in reply.asked:
            if place not in self._rows:
                self._rows[place] = engine.begin(seed_of(self._first + place))
                self.rollouts[place].prompt = tokens
            else:
                self.rollouts[place].read(tokens)
            engine.read(self._rows[place], tokens)
        for rollout, end in zip(self.rollouts, reply.ends, strict=False):
            rollout.outcome, rollout.overlong, rollout.failure, rollout.trajectory = end

    def end(self) -> None:
        """Wait until the process has ended, and kill it when it does not end by itself."""
        self.process.join(_PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()

    def _ended(self) -> RlveError:
        self.end()
        return RlveError(f"the process that plays episodes ended (exit code {self.process.exitcode})")
