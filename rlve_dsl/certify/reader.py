"""Calls that read: everything that tools show to somebody who looks at whatever has been shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rlve_dsl.certify.contexts import Context, shown
from rlve_dsl.episode import Action, Call, Episode, Observation
from rlve_dsl.expressions.types import BOOL, DAYS, INT, MONEY, REAL, Enum, Id, ListOf, Type, required
from rlve_dsl.world import Tool

_MOST_OF_A_TOOL = 24
_MOST_IDS = 30
_ENOUGH = 200


class Reader:
    """The reading calls of an episode, each once, those that need nothing first.

    Texts that tools ask for are `words`; optional whole numbers, such as how many rows to show, are `most_rows`.
    """

    def __init__(self, episode: Episode, words: tuple[str, ...], most_rows: int) -> None:
        self._episode = episode
        self._words = words
        self._most_rows = most_rows
        self._made: set[str] = set()
        self._counts: dict[str, int] = {}

    def calls(self, most: int) -> tuple[Call, ...]:
        """The next calls, at most so many, by what has been shown so far; none when everything has been read."""
        found: list[Call] = []
        groups = shown(self._episode)
        for tool in self._episode.toolset.values():
            if tool.writes:
                continue
            for args in arguments(tool, groups, self._words, self._most_rows):
                if len(found) >= most:
                    return tuple(found)
                key = json.dumps([tool.name, args])
                if key not in self._made and self._counts.get(tool.name, 0) < _MOST_OF_A_TOOL:
                    self._made.add(key)
                    self._counts[tool.name] = self._counts.get(tool.name, 0) + 1
                    found.append(Call(tool.name, args))
        return tuple(found)


def arguments(
    tool: Tool, groups: list[list[Context]], words: tuple[str, ...], most_rows: int = 1
) -> Iterator[dict[str, Any]]:
    """Arguments for a tool: its ids from every context that has them all, the rest by type; optional ids are given where
    they are known, an optional whole number of a tool that only reads is `most_rows`, all else is left out."""
    parameters = tool.signature.parameters
    sorts = {p.name: s.of for p in parameters if isinstance(s := required(p.type), Id)}
    needed = {sorts[p.name] for p in parameters if p.required and p.name in sorts}
    contexts = [c for group in groups for c in group if needed <= c.keys()] if sorts else [{}]
    texts = (
        words
        if any(p.required and required(p.type) not in _NUMBERS and _is_text(p.type) for p in parameters)
        else ("",)
    )
    for context in contexts:
        for text in texts:
            args: dict[str, Any] = {}
            for p in parameters:
                if p.name in sorts:
                    if sorts[p.name] in context:
                        args[p.name] = context[sorts[p.name]]
                elif p.required:
                    args[p.name] = value_of(p.type, groups, text)
                elif required(p.type) == INT and not tool.writes:
                    args[p.name] = most_rows
            if all(value is not None for value in args.values()):
                yield args


_NUMBERS = (INT, DAYS, REAL, MONEY, BOOL)


def _is_text(type_: Type) -> bool:
    return not isinstance(required(type_), Id | Enum | ListOf)


def value_of(type_: Type, groups: list[list[Context]], text: str) -> Any:
    """A value of the type: ids that have been shown (None where there are none), `text`, or the plainest constant."""
    match required(type_):
        case Id(of=sort):
            return next((c[sort] for group in groups for c in group if sort in c), None)
        case ListOf(item=Id(of=sort)):
            ids = dict.fromkeys(c[sort] for group in groups for c in group if sort in c)
            return list(ids)[:_MOST_IDS] or None
        case ListOf():
            return []
        case Enum(values=values):
            return values[0]
        case t if t == BOOL:
            return True
        case t if t in (INT, DAYS):
            return 1
        case t if t in (REAL, MONEY):
            return 1.0
    return text


def plain_answer(episode: Episode, groups: list[list[Context]], everything: bool) -> Mapping[str, Any]:
    """An answer to the first open request by types alone: ids from `groups` (all of them, or the first), and the plainest
    constants."""
    part = episode.open_parts[0]
    answer = {}
    for name, type_ in part.environment.answer.items():
        value = value_of(type_, groups, "yes")
        if isinstance(required(type_), ListOf):
            value = list(value or ()) if everything else list(value or ())[:1]
        elif isinstance(required(type_), Id):
            value = value or "none"
        answer[name] = value
    return episode.answer_to(part, answer)


def open_questions(episode: Episode) -> list[str]:
    """The questions that would disclose what has not been said of the requests that are open."""
    return [question for part in episode.open_parts for _, _, question in part.questions()]


class Inquirer:
    """Asks for everything the user can say, then reads everything that tools show: what an agent can come to know at all.

    Its budgets are lifted, for what can be known does not depend on them. It never writes, and answers a request only where
    another one may follow. With
    `ask=False` it keeps silent towards the user, and calls no tool that wants words, for what such a tool shows follows from
    the words.
    """

    def __init__(self, episode: Episode, *, ask: bool = True, rounds: int = 6) -> None:
        episode.turn_budget = episode.tool_budget = 1 << 20
        self._episode = episode
        self._ask = ask
        self._rounds = self._left = rounds
        self._reader: Reader | None = None
        self.done = False

    def act(self, observation: Observation) -> Action:
        """The questions, then rounds of reading calls; `done` is set when there is nothing left."""
        part = self._episode.open_parts[0]
        since = len(self._episode.turns) - (part.raised_after or 0)
        questions = open_questions(self._episode) if self._ask else []
        if questions and since < 2:
            return Action(" ".join(questions))
        if since == 0:
            return Action()  # what happens after a request's first turn has happened when the reading begins
        if self._reader is None:
            said = [m["content"] for t in self._episode.turns for m in t.messages if m["role"] == "user"]
            self._reader = Reader(self._episode, (self._episode.opening, *said) if self._ask else (), _ENOUGH)
        calls = self._reader.calls(_ENOUGH) if self._left > 0 else ()
        self._left -= 1
        if calls:
            return Action("", calls)
        if sum(p.answer is None for p in self._episode.parts) == 1:
            self.done = True
            return Action()
        self._left, self._reader = self._rounds, None  # on to the next request, which may be raised only now
        return Action(answer=plain_answer(self._episode, [], False))


def inquire(episode: Episode, *, ask: bool = True) -> list[str]:
    """Everything that the inquirer has come to see, message by message, from the opening on."""
    inquirer = Inquirer(episode, ask=ask)
    while not inquirer.done and episode.outcome is None:
        episode.step(inquirer.act(episode.observation))
    return [episode.opening, *(m["content"] for turn in episode.turns for m in turn.messages)]
