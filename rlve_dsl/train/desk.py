"""The process that plays episodes for the engine of another one: what the two send to each other, and what this one does.

Belongs here: messages, the play on the far side of the line. Does not belong here: processes, the engine, which share each one plays.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

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

_WAVE = 16  # questions that are sent at once: the engine begins with the first episodes while others are drawn


class Prepare(NamedTuple):
    """Draw these episodes before a `Play` asks for them."""

    keys: Sequence[EpisodeKey]


class Play(NamedTuple):
    """Play these episodes, and keep the trajectory of every `kept`-th one (0: of none)."""

    keys: Sequence[EpisodeKey]
    in_flight: int
    first: int
    kept: int


class End(NamedTuple):
    """What the engine's process does not know of a rollout: it has the tokens."""

    outcome: Outcome | None
    overlong: bool
    failure: str
    trajectory: str


Turns = list[tuple[int, list[int]]]
"""The tokens of turns, each with the place of its episode."""


class Reply(NamedTuple):
    """What episodes read next, which of them are over, and whether another reply follows at once. Episodes are named by their place.

    The last one of a play has the ends of all rollouts, or says why there are none.
    """

    asked: Sequence[tuple[int, list[int]]] = ()
    over: Sequence[int] = ()
    more: bool = False
    ends: Sequence[End] = ()
    failure: str = ""


def send(line: Connection, message: object) -> None:
    """As `Connection.send`, which prepares each message for objects that are no plain data."""
    line.send_bytes(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))


def received(line: Connection) -> Any:
    return pickle.loads(line.recv_bytes())  # from a copy of this process


def serve(line: Connection, other_end: Connection, scenario: Scenario, chat: Chat, limits: Limits) -> None:
    """Play what is asked for, until the other process is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that trains decides when to stop
    other_end.close()
    gc.freeze()  # what is there already is shared with the other process
    drawn: Drawn = {}
    while True:
        job: Prepare | Play = _heard(line)
        if isinstance(job, Prepare):
            drawn = draw_ahead(scenario, job.keys)
            for episode in drawn.values():
                chat.opening(episode)  # it keeps the tokens
            continue
        try:
            asyncio.run(_play(job, line, drawn, scenario, chat, limits))
        except Exception as error:  # noqa: BLE001 - the other process tells it
            cause = _cause(error)
            _tell(line, Reply(failure=f"{type(cause).__name__}: {cause}"))


def _tell(line: Connection, reply: Reply) -> None:
    """Send a reply, and end this process when the other one is gone.

    It ends at once: an exception would become the failure of an episode, and the others would wait for ever.
    """
    try:
        send(line, reply)
    except OSError:
        os._exit(0)


def _heard(line: Connection) -> Any:
    """The next message. This process ends when the other one is gone."""
    try:
        return received(line)
    except (EOFError, OSError):
        os._exit(0)


def _cause(error: Exception) -> Exception:
    """What a group of tasks failed of."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


async def _play(play: Play, line: Connection, drawn: Drawn, scenario: Scenario, chat: Chat, limits: Limits) -> None:
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
        ends = [End(r.outcome, r.overlong, r.failure, r.trajectory) for r in rollouts]
        _tell(self._line, Reply(over=self._over, ends=ends))

    async def _drive(self) -> None:
        """Reply once to each message, when all episodes that it concerns have moved."""
        while True:
            await asyncio.sleep(0)  # episodes move, and come back with what their model reads next
            if not self._waiting:
                return
            self._reply(more=False)
            turns: Turns = _heard(self._line)
            for place, tokens in turns:
                self._waiting.pop(place).set_result(GeneratedTurn(tokens, []))

    def _reply(self, *, more: bool) -> None:
        _tell(self._line, Reply(self._asked, self._over, more))
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
