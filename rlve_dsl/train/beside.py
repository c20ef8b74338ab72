"""Episodes played in processes beside the one that trains: they move while its engine writes.

A process beside plays as usual (`play_one`), with a model that is a line to the engine. What the engine has written is taken to the
episodes after each of its steps. What they ask for next is taken a fixed number of steps later, or when the engine has nothing else
to write. So what stands in a step never depends on how fast a process is, and the same seeds give the same rollouts.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, NamedTuple

from rlve_dsl.agents import (
    Beginnings,
    Chat,
    Drawn,
    Ended,
    EpisodeKey,
    GeneratedTurn,
    Limits,
    Rollout,
    TokenWriter,
    draw_ahead,
    play_in_flight,
)
from rlve_dsl.episode import Episode, Outcome, Scenario, record
from rlve_dsl.errors import RlveError
from rlve_dsl.train.world import World

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess

    from rlve_dsl.train.engine import CachedEngine, Row

POSSIBLE = sys.platform == "linux"
"""Whether a process can be copied here with the compiled scenario in it."""

_WAVE = 16  # questions that are sent at once: the engine begins with the first episodes while others are drawn
_LATER = 3  # steps from the one that completes a turn to the one that reads what follows
_PATIENCE = 10.0  # seconds that a process has to end by itself, once the line to it is closed


class _Prepare(NamedTuple):
    """Draw these episodes before a `_Play` asks for them."""

    keys: Sequence[EpisodeKey]


class _Play(NamedTuple):
    """Play these episodes, and keep the trajectory of every `kept`-th one (0: of none)."""

    keys: Sequence[EpisodeKey]
    in_flight: int
    first: int
    kept: int


class _End(NamedTuple):
    """What the engine's process does not know of a rollout: it has the tokens."""

    outcome: Outcome | None
    overlong: bool
    failure: str
    trajectory: str


_Turns = list[tuple[int, list[int]]]
"""The tokens of turns, each with the place of its episode."""


class _Reply(NamedTuple):
    """What episodes read next, which of them are over, and whether another reply follows at once. Episodes are named by their place.

    The last one of a play has the ends of all rollouts, or says why there are none.
    """

    asked: Sequence[tuple[int, list[int]]] = ()
    over: Sequence[int] = ()
    more: bool = False
    ends: Sequence[_End] = ()
    failure: str = ""


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
            player.send(_Prepare([*share, *others]))

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
            player.begin(_Play(share, max(1, engine.slots // len(shares)), first + begun, kept), begun)
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
            target=_serve, args=(theirs, self.line, scenario, chat, limits), name="episodes", daemon=True
        )
        self.process.start()
        theirs.close()
        self.due: deque[int] = deque()
        self.rollouts: list[Rollout] = []
        self._first = 0
        self._rows: dict[int, Row] = {}

    def begin(self, play: _Play, first: int) -> None:
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

    def send(self, message: _Prepare | _Play | _Turns) -> None:
        """Send a message to the process.

        Raises:
            RlveError: When the process is gone.
        """
        try:
            _send(self.line, message)
        except OSError:
            raise self._ended() from None

    def take(self, engine: CachedEngine, seed_of: Callable[[int], int], step: int) -> None:
        """Take the next reply."""
        try:
            reply: _Reply = _received(self.line)
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


def _send(line: Connection, message: object) -> None:
    """As `Connection.send`, which prepares each message for objects that are no plain data."""
    line.send_bytes(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))


def _received(line: Connection) -> Any:
    return pickle.loads(line.recv_bytes())  # from a copy of this process


# In the process beside ---------------------------------------------------------------------------------------------


def _serve(line: Connection, other_end: Connection, scenario: Scenario, chat: Chat, limits: Limits) -> None:
    """Play what is asked for, until the other process is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that trains decides when to stop
    other_end.close()
    gc.freeze()  # what is there already is shared with the other process
    drawn: Drawn = {}
    while True:
        job: _Prepare | _Play = _heard(line)
        if isinstance(job, _Prepare):
            drawn = draw_ahead(scenario, job.keys)
            for episode in drawn.values():
                chat.opening(episode)  # it keeps the tokens
            continue
        try:
            asyncio.run(_play(job, line, drawn, scenario, chat, limits))
        except Exception as error:  # noqa: BLE001 - the other process tells it
            cause = _cause(error)
            _tell(line, _Reply(failure=f"{type(cause).__name__}: {cause}"))


def _tell(line: Connection, reply: _Reply) -> None:
    """Send a reply, and end this process when the other one is gone.

    It ends at once: an exception would become the failure of an episode, and the others would wait for ever.
    """
    try:
        _send(line, reply)
    except OSError:
        os._exit(0)


def _heard(line: Connection) -> Any:
    """The next message. This process ends when the other one is gone."""
    try:
        return _received(line)
    except (EOFError, OSError):
        os._exit(0)


def _cause(error: Exception) -> Exception:
    """What a group of tasks failed of."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


async def _play(play: _Play, line: Connection, drawn: Drawn, scenario: Scenario, chat: Chat, limits: Limits) -> None:
    ended, beginnings = keeping(play.kept, play.first), Beginnings(scenario, play.keys, drawn=drawn)
    async with asyncio.TaskGroup() as tasks:  # when the desk fails, the episodes end too
        desk = _Desk(line, tasks)

        def writer(place: int) -> TokenWriter:
            return TokenWriter(_Line(desk, place), chat, limits)

        desk.end(await play_in_flight(scenario, play.keys, writer, play.in_flight, ended=ended, beginnings=beginnings))


def keeping(every: int, first: int) -> Ended | None:
    """Return what keeps the trajectory of every so many rollouts, of which the first one has the place `first`; 0: of none."""

    def ended(place: int, episode: Episode, rollout: Rollout) -> None:
        if (first + place) % every == 0:
            rollout.trajectory = record(episode)

    return ended if every else None


class _Desk:
    """Collects what the episodes of this process ask for, and hands them what was written."""

    def __init__(self, line: Connection, tasks: asyncio.TaskGroup) -> None:
        self._line = line
        self._tasks = tasks
        self._asked: list[tuple[int, list[int]]] = []
        self._waiting: dict[int, asyncio.Future[GeneratedTurn]] = {}
        self._driver: asyncio.Task[None] | None = None
        self._over: list[int] = []

    async def write(self, place: int, tokens: Sequence[int]) -> GeneratedTurn:
        """Return the next turn of the episode at a place."""
        done: asyncio.Future[GeneratedTurn] = asyncio.get_running_loop().create_future()
        self._waiting[place] = done
        self._asked.append((place, list(tokens)))
        if len(self._asked) == _WAVE:
            self._reply(more=True)
        if self._driver is None:
            self._driver = self._tasks.create_task(self._drive())
        return await done

    def close(self, place: int) -> None:
        """The episode at a place is over."""
        self._over.append(place)

    def end(self, rollouts: Sequence[Rollout]) -> None:
        """Tell how all episodes ended."""
        ends = [_End(r.outcome, r.overlong, r.failure, r.trajectory) for r in rollouts]
        _tell(self._line, _Reply(over=self._over, ends=ends))

    async def _drive(self) -> None:
        """Reply once to each message, when all episodes that it concerns have moved."""
        while True:
            await asyncio.sleep(0)  # episodes move, and come back with what their model reads next
            if not self._waiting:
                return
            self._reply(more=False)
            turns: _Turns = _heard(self._line)
            for place, tokens in turns:
                self._waiting.pop(place).set_result(GeneratedTurn(tokens, []))

    def _reply(self, *, more: bool) -> None:
        _tell(self._line, _Reply(self._asked, self._over, more))
        self._asked, self._over = [], []


class _Line:
    """A conversation with the engine of the other process (a `TokenStream`)."""

    def __init__(self, desk: _Desk, place: int) -> None:
        self._desk = desk
        self._place = place

    async def write(self, tokens: Sequence[int]) -> GeneratedTurn:
        """Read the tokens, and return the next turn."""
        return await self._desk.write(self._place, tokens)

    def close(self) -> None:
        """Forget the conversation."""
        self._desk.close(self._place)
