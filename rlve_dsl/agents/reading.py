"""Agents that know no task: they call the tools that read, about whatever has been shown, and answer by types alone."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rlve_dsl.agents.contexts import Groups, ids_among, shown
from rlve_dsl.agents.values import EMPTY_CHOICES, NUMBERS, OTHER_CHOICES, plain_choices, value_of
from rlve_dsl.episode import Action, Call, Episode, Observation
from rlve_dsl.expressions.types import ANY, INT, Enum, Id, ListOf, Type, required
from rlve_dsl.values import Json, JsonObject
from rlve_dsl.world import Tool

_MOST_CALLS_OF_A_TOOL = 24
_ALL = 200
_NO_BUDGET = 1 << 20


class Reader:
    """The reading calls of an episode, each once, those that need nothing first.

    A required text is each of `words`. An optional whole number, such as how many rows to show, is `most_rows`.
    """

    def __init__(self, episode: Episode, words: tuple[str, ...], most_rows: int) -> None:
        self._episode = episode
        self._words = words
        self._most_rows = most_rows
        self._made: set[str] = set()
        self._counts: dict[str, int] = {}

    def calls(self, most: int) -> tuple[Call, ...]:
        """Return at most `most` further calls, about what has been shown so far; none when everything has been read.

        Calls that the last turn left unfinished come first.
        """
        found = list(self._episode.turns[-1].unfinished[:most]) if self._episode.turns else []
        groups = shown(self._episode)
        for tool in self._episode.toolset.values():
            if tool.writes:
                continue
            for args in possible_arguments(tool, groups, self._words, self._most_rows):
                if len(found) >= most:
                    return tuple(found)
                key = json.dumps([tool.name, args])
                count = self._counts.get(tool.name, 0)
                if key not in self._made and count < _MOST_CALLS_OF_A_TOOL:
                    self._made.add(key)
                    self._counts[tool.name] = count + 1
                    found.append(Call(tool.name, args))
        return tuple(found)


def possible_arguments(
    tool: Tool, groups: Groups, words: tuple[str, ...] = (), most_rows: int = 1
) -> Iterator[JsonObject]:
    """Yield arguments for a tool, about each context that has all the ids it requires.

    Optional ids are given where the context has them. An optional whole number of a tool that only reads is `most_rows`. Rows are
    asked for all their fields.
    Other optional arguments are left out, and other required ones are made from their type. There are none for a tool that
    requires a value of any type.
    """
    parameters = tool.signature.parameters
    if any(p.required and p.type == ANY for p in parameters):
        return  # its type does not say what it takes
    sorts = {p.name: s.of for p in parameters if isinstance(s := required(p.type), Id)}
    needed = {sorts[p.name] for p in parameters if p.required and p.name in sorts}
    contexts = [c for group in groups for c in group if needed <= c.keys()] if sorts else [{}]
    texts = words if any(p.required and _is_text(p.type) for p in parameters) else ("",)
    for context in contexts:
        for text in texts:
            args: JsonObject = {}
            for p in parameters:
                if p.name in sorts:
                    if sorts[p.name] in context:
                        args[p.name] = context[sorts[p.name]]
                elif p.required:
                    args[p.name] = _plain_value(p.type, groups, text)
                elif required(p.type) == INT and not tool.writes:
                    args[p.name] = most_rows
                elif p.name == tool.shows:
                    args[p.name] = [*tool.shown_on_request]
            if all(value is not None for value in args.values()):
                yield args


def _is_text(type_: Type) -> bool:
    kind = required(type_)
    return kind not in NUMBERS and not isinstance(kind, Id | Enum | ListOf)


def _plain_value(type_: Type, groups: Groups, text: str) -> Json:
    return value_of(type_, plain_choices(lambda sort: ids_among(groups, sort), text))


def plain_answer(episode: Episode, groups: Groups = (), everything: bool = False) -> JsonObject:
    """Return an answer to the first open request that is made from types alone.

    Args:
        episode: The episode.
        groups: Where ids are taken from.
        everything: Whether a list holds all ids of its sort, or only the first one.
    """
    part = episode.open_parts[0]
    answer: JsonObject = {}
    for name, type_ in part.environment.answer.items():
        value = _plain_value(type_, groups, "yes")
        if isinstance(required(type_), ListOf):
            ids = value if isinstance(value, list) else []
            value = ids if everything else ids[:1]
        elif isinstance(required(type_), Id):
            value = value or "none"
        answer[name] = value
    return episode.answer_to(part, answer)


def unlike_answers(episode: Episode) -> tuple[JsonObject, JsonObject]:
    """Return two answers to the first open request, made from types alone, that differ in every field but lists of what is no id."""
    part = episode.open_parts[0]
    types = part.environment.answer.items()
    one, other = ({name: value_of(of, how) for name, of in types} for how in (EMPTY_CHOICES, OTHER_CHOICES))
    return episode.answer_to(part, one), episode.answer_to(part, other)


def open_questions(episode: Episode) -> list[str]:
    """Return the questions that would disclose what the user has not said yet about the open requests."""
    return [question for part in episode.open_parts for _, _, question in part.questions()]


class PlainAnswerer:
    """Answers every request as soon as it is raised, by types alone."""

    def __init__(self, episode: Episode) -> None:
        self._episode = episode

    def act(self, observation: Observation) -> Action:
        """Return the answer to the first open request."""
        return Action(answer=plain_answer(self._episode))


class Grabber:
    """Never asks. Reads during the first half of its turns and then takes the first `most` contexts it was shown.

    With `act`, it makes every changing call that these allow. Then it answers with them.
    """

    def __init__(self, episode: Episode, *, most: int | None = None, act: bool) -> None:
        self._episode = episode
        self._most = most
        self._reader = Reader(episode, (episode.opening,), 5 if most == 1 else 40)
        self._queue: list[Call] | None = None if act else []

    def act(self, observation: Observation) -> Action:
        """Return the next turn."""
        episode = self._episode
        turn, last = episode.turn_budget - episode.turns_left + 1, episode.turn_budget
        most = 1 if self._most == 1 and turn == 1 else episode.tool_budget
        if turn < last and turn <= max(1, last // 2) and (calls := self._reader.calls(most)):
            return Action("", calls)
        if self._queue is None:
            self._queue = self._changing_calls()
        if turn < last and self._queue:
            calls, self._queue = tuple(self._queue[: episode.tool_budget]), self._queue[episode.tool_budget :]
            return Action("", calls)
        return Action(answer=plain_answer(episode, self._taken(), everything=self._most != 1))

    def _taken(self) -> Groups:
        groups, left = [], self._most
        for group in shown(self._episode):
            groups.append(group[:left])
            left = None if left is None else left - len(groups[-1])
        return groups

    def _changing_calls(self) -> list[Call]:
        tools = [tool for tool in self._episode.toolset.values() if tool.writes]
        taken, words = self._taken(), (self._episode.opening,)
        return [Call(t.name, args) for t in tools for args in possible_arguments(t, taken, words)]


class Inquirer:
    """Asks for everything the user can say, then reads everything that tools show: what an agent can learn at all.

    Its budgets are lifted, because what can be learnt does not depend on them. It changes nothing, and answers a request
    only where another may follow. With `ask=False` it asks the user for nothing and calls no tool that needs words, because
    what such a tool shows depends on the words.
    """

    def __init__(self, episode: Episode, *, ask: bool = True, rounds: int = 6) -> None:
        episode.turn_budget = episode.tool_budget = _NO_BUDGET
        self._episode = episode
        self._ask = ask
        self._rounds = self._left = rounds
        self._reader: Reader | None = None
        self.done = False

    def act(self, observation: Observation) -> Action:
        """Return the questions, then rounds of reading calls. `done` is set when nothing is left."""
        part = self._episode.open_parts[0]
        since = len(self._episode.turns) - (part.raised_after or 0)
        questions = open_questions(self._episode) if self._ask else []
        if questions and since < 2:
            return Action(" ".join(questions))
        if since == 0:
            return Action()  # what happens after a request's first turn has happened when the reading begins
        if self._reader is None:
            said = [m["content"] for t in self._episode.turns for m in t.messages if m["role"] == "user"]
            self._reader = Reader(self._episode, (self._episode.opening, *said) if self._ask else (), _ALL)
        calls = self._reader.calls(_ALL) if self._left > 0 else ()
        self._left -= 1
        if calls:
            return Action("", calls)
        if sum(p.answer is None for p in self._episode.parts) == 1:
            self.done = True
            return Action()
        self._left, self._reader = self._rounds, None  # on to the next request, which may be raised only now
        return Action(answer=plain_answer(self._episode))


def inquire(episode: Episode, *, ask: bool = True) -> list[str]:
    """Return everything that an `Inquirer` comes to see, message by message, from the opening on."""
    inquirer = Inquirer(episode, ask=ask)
    while episode.outcome is None and not inquirer.done:
        episode.step(inquirer.act(episode.observation))
    return [episode.opening, *(m["content"] for turn in episode.turns for m in turn.messages)]
