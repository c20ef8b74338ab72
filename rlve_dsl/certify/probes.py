"""Probes: cheating agents that must not pass. None of them knows an environment; all go by tools, types and the oracle's
own play. A probe is one function of a case; it gives the plays it tried, none where it does not apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

from rlve_dsl.agents import RandomAgent
from rlve_dsl.certify.cases import Acting, Case, Performance, Script
from rlve_dsl.certify.contexts import shown
from rlve_dsl.certify.edits import (
    calls_that_write,
    near,
    other_arguments,
    other_ids,
    said_in_answers,
    sort_of,
    with_args,
    with_field,
    without_writes,
)
from rlve_dsl.certify.reader import Reader, arguments, open_questions, plain_answer
from rlve_dsl.episode import Action, Call, Episode, Observation
from rlve_dsl.expressions.types import Enum, Id, ListOf, required
from rlve_dsl.rng import Stream

_TRIES = 3
_SOME = 4
_MORE = 20
_SMALL_TALK = "What do you need?"

Attempt = Callable[[Case], Iterator[Performance]]


@dataclass(frozen=True, slots=True)
class Probe:
    """A cheat, of one of three kinds. A `cheap` one knows nothing: it must not pass, and must earn the plan's `margin` less
    than the oracle on the average. A `spoiled` play of the oracle is wrong in one thing: it must not pass, and never earn as
    much as the oracle in the same episode. A `padded` one is right and long: it may pass, but never earn more.

    `guesses` says that luck may give a pass now and then, up to the plan's `chance`.
    """

    name: str
    says: str
    attempt: Attempt
    kind: Literal["cheap", "spoiled", "padded"]
    guesses: bool = False


# Knowing nothing ----------------------------------------------------------------------------------------------------


def _nothing(case: Case) -> Iterator[Performance]:
    yield case.act_out(())


def _finish_at_once(case: Case) -> Iterator[Performance]:
    yield case.perform(Answering)


def _random_calls(case: Case) -> Iterator[Performance]:
    yield case.perform(lambda episode: RandomAgent(episode, Stream("probe", "random", case.seed)))


def _first_hit(case: Case) -> Iterator[Performance]:
    yield case.perform(lambda episode: Grabber(episode, most=1, act=True))
    yield case.perform(lambda episode: Grabber(episode, most=1, act=False))


def _everything_seen(case: Case) -> Iterator[Performance]:
    if any(isinstance(required(t), ListOf) for part in case.reset().parts for t in part.environment.answer.values()):
        yield case.perform(lambda episode: Grabber(episode, most=1 << 20, act=False))


def _act_on_everything(case: Case) -> Iterator[Performance]:
    if any(tool.writes for tool in case.reset().toolset.values()):
        yield case.perform(lambda episode: Grabber(episode, most=1 << 20, act=True))


def _constant(case: Case) -> Iterator[Performance]:
    other = case.sibling(case.seed + 1).oracle
    answers = [Action(answer=action.answer) for action in other.script if action.answer]
    asked, told = (
        [part.environment.name for part in play.episode.parts] if play.episode is not None else []
        for play in (case.oracle, other)
    )
    if answers and asked == told:
        yield case.act_out(answers)


def _stall(case: Case) -> Iterator[Performance]:
    """Questions one at a time for as long as there are turns, then an answer made of nothing."""

    def stalling(episode: Episode) -> Acting:
        questions = open_questions(episode) or [_SMALL_TALK]
        asked = [Action(questions[i % len(questions)]) for i in range(max(0, episode.turn_budget - 1))]
        return Acting([*asked, Action(answer=plain_answer(episode, [], False))])

    yield case.perform(stalling)


class Answering:
    """Answers every request as soon as it is raised, by types alone."""

    def __init__(self, episode: Episode) -> None:
        self._episode = episode

    def act(self, observation: Observation) -> Action:
        """The next answer."""
        return Action(answer=plain_answer(self._episode, [], False))


class Grabber:
    """Never asks: reads while half of its turns last, then (`act`) makes every changing call that the first `most` things it
    was shown allow, then answers with them."""

    def __init__(self, episode: Episode, *, most: int, act: bool) -> None:
        self._episode = episode
        self._most = most
        self._reader = Reader(episode, (episode.opening,), 5 if most == 1 else 40)
        self._queue: list[Call] | None = None if act else []

    def act(self, observation: Observation) -> Action:
        """The next turn."""
        episode = self._episode
        turn, last = len(episode.turns) + 1, episode.turn_budget
        most = 1 if self._most == 1 and turn == 1 else episode.tool_budget
        if turn < last and turn <= max(1, last // 2) and (calls := self._reader.calls(most)):
            return Action("", calls)
        if self._queue is None:
            self._queue = self._deeds()
        if turn < last and self._queue:
            calls, self._queue = tuple(self._queue[: episode.tool_budget]), self._queue[episode.tool_budget :]
            return Action("", calls)
        return Action(answer=plain_answer(episode, self._known(), self._most > 1))

    def _known(self) -> list[Any]:
        """What has been shown, cut to the first `most` contexts."""
        groups, left = [], self._most
        for group in shown(self._episode):
            groups.append(group[:left])
            left -= len(groups[-1])
        return groups

    def _deeds(self) -> list[Call]:
        tools = [tool for tool in self._episode.toolset.values() if tool.writes]
        return [Call(t.name, args) for t in tools for args in arguments(t, self._known(), (self._episode.opening,))]


# Spoiling what the oracle does --------------------------------------------------------------------------------------


def _played(case: Case) -> Episode | None:
    return case.oracle.episode if case.oracle.passed else None


def _wrong_target(case: Case) -> Iterator[Performance]:
    """Every changing call is about something else that was shown; the answer names the right thing."""
    episode = _played(case)
    if episode is None:
        return
    script, groups = case.oracle.script, shown(episode)
    calls = calls_that_write(script, episode)
    others = [list(islice(other_arguments(call, episode, groups), _TRIES)) for _, _, call in calls]
    for choice in range(max((len(o) for o in others), default=0)):
        changed = script
        for (turn, place, _), other in zip(calls, others, strict=True):
            if other:
                changed = with_args(changed, turn, place, other[min(choice, len(other) - 1)])
        yield case.act_out(changed)


def _words_without_deeds(case: Case) -> Iterator[Performance]:
    episode = _played(case)
    if episode is not None and calls_that_write(case.oracle.script, episode):
        yield case.act_out(without_writes(case.oracle.script, episode))


def _near_numbers(case: Case) -> Iterator[Performance]:
    """Each number that a changing call gives is one off."""
    episode = _played(case)
    if episode is None:
        return
    script, changed = case.oracle.script, []
    for turn, place, call in calls_that_write(script, episode):
        tool = episode.tool(call.name)
        for parameter in tool.signature.parameters if tool else ():
            if parameter.name in call.args and not isinstance(required(parameter.type), Enum | Id | ListOf):
                for value in islice(near(call.args[parameter.name], parameter.type), 2):
                    changed.append(with_args(script, turn, place, {**call.args, parameter.name: value}))
    yield from _some(case, changed)


def _near_answer(case: Case) -> Iterator[Performance]:
    """One field of the answer looks like the right one: a number off, a wrong sign, the other word, another id."""
    episode = _played(case)
    if episode is None:
        return
    script, groups, changed = case.oracle.script, shown(episode), []
    for turn, name, type_, value in said_in_answers(script, episode):
        changed += [with_field(script, turn, name, other) for other in near(value, type_)]
        if (others := other_ids(value, type_, groups)) is not None:
            changed.append(with_field(script, turn, name, others))
    yield from _some(case, changed)


def _some(case: Case, scripts: list[Script]) -> Iterator[Performance]:
    """The plays of a few of the scripts; another seed tries others."""
    for script in Stream("probe", "some", case.seed, len(scripts)).shuffled(scripts)[:_SOME]:
        yield case.act_out(script)


def _one_id_for_all(case: Case) -> Iterator[Performance]:
    """Lists in the answer hold their first id, as often as they are long."""
    yield from _answered_anew(case, lambda ids: [ids[0]] * len(ids) if len(ids) > 1 else None)


def _duplicates(case: Case) -> Iterator[Performance]:
    """Lists in the answer say everything twice; calls that change something are made twice."""
    yield from _answered_anew(case, lambda ids: [*ids, *ids] if ids else None)
    episode = _played(case)
    if episode is not None and calls_that_write(case.oracle.script, episode):
        script: Script = case.oracle.script
        again = tuple(c for a in script for c in a.calls if c in [w for _, _, w in calls_that_write(script, episode)])
        budget = episode.tool_budget
        extra = tuple(Action("", again[i : i + budget]) for i in range(0, len(again), budget))
        yield case.act_out((*script[:-1], *extra, script[-1]))


def _answered_anew(case: Case, change: Callable[[list[Any]], list[Any] | None]) -> Iterator[Performance]:
    episode = _played(case)
    for turn, name, _, value in said_in_answers(case.oracle.script, episode) if episode is not None else ():
        if isinstance(value, list | tuple) and (changed := change(list(value))) is not None:
            yield case.act_out(with_field(case.oracle.script, turn, name, changed))


def _right_among_everything(case: Case) -> Iterator[Performance]:
    """Lists in the answer hold the right ids, and after them everything else of their sort that was shown."""
    episode = _played(case)
    if episode is None:
        return
    known = [context for group in shown(episode) for context in group]
    for turn, name, type_, value in said_in_answers(case.oracle.script, episode):
        sort = sort_of(type_)
        if isinstance(value, list | tuple) and value and sort is not None:
            others = [i for i in dict.fromkeys(c[sort] for c in known if sort in c) if i not in value][:_MORE]
            if others:
                yield case.act_out(with_field(case.oracle.script, turn, name, [*value, *others]))


def _unseen_ids(case: Case) -> Iterator[Performance]:
    """The answer's and the changing calls' product ids are others of the catalog, which nothing has shown."""
    episode = _played(case)
    if episode is None:
        return
    catalog = case.scenario.compiled.catalog
    known = {c["product"] for group in shown(episode) for c in group if "product" in c}
    stream = Stream("probe", "unseen", case.seed)
    rows = (stream.integer(0, catalog.size - 1) for _ in range(200))
    unseen = [id_ for row in rows if (id_ := catalog.product(row)["id"]) not in known][:20]
    if not unseen:
        return
    script, changed = case.oracle.script, False
    for turn, name, type_, value in said_in_answers(script, episode):
        if sort_of(type_) == "product":
            others = unseen[: len(value)] if isinstance(value, list | tuple) else unseen[0]
            script, changed = with_field(script, turn, name, others), True
    for turn, place, call in calls_that_write(script, episode):
        tool = episode.tool(call.name)
        for parameter in tool.signature.parameters if tool else ():
            if sort_of(parameter.type) == "product" and parameter.name in call.args:
                script, changed = with_args(script, turn, place, {**call.args, parameter.name: unseen[-1]}), True
    if changed:
        yield case.act_out(script)


def _stall_then_do(case: Case) -> Iterator[Performance]:
    """Turns are spent on questions, one at a time, before the oracle's play: each might be discounted."""
    episode = _played(case)
    if episode is None or len(case.oracle.script) >= episode.turn_budget:
        return
    spare = episode.turn_budget - len(case.oracle.script)
    questions = open_questions(case.reset()) or [_SMALL_TALK]
    yield case.act_out((*(Action(q) for q in questions[:spare]), *case.oracle.script))
    first = case.oracle.script[0]
    if first.message and not first.calls:
        yield case.act_out((first, *(replace(first) for _ in range(spare)), *case.oracle.script[1:]))


PROBES = (
    Probe("do nothing", "says nothing, calls nothing, answers nothing", _nothing, "cheap"),
    Probe("finish at once", "answers in the first turn, by types alone", _finish_at_once, "cheap"),
    Probe("random calls", "makes legal calls at random and answers at random", _random_calls, "cheap", guesses=True),
    Probe("first hit", "takes the first thing it is shown", _first_hit, "cheap", guesses=True),
    Probe("everything seen", "answers with everything it has seen", _everything_seen, "cheap", guesses=True),
    Probe("act on everything", "makes every changing call it can", _act_on_everything, "cheap"),
    Probe("constant answer", "repeats the right answer to another episode", _constant, "cheap", guesses=True),
    Probe("stall", "asks one thing at a time until its turns are spent", _stall, "cheap"),
    Probe("wrong target", "acts on something else and names the right thing", _wrong_target, "spoiled"),
    Probe("words without deeds", "answers right without acting", _words_without_deeds, "spoiled"),
    Probe("near-miss numbers", "acts with numbers one off", _near_numbers, "spoiled"),
    Probe(
        "near-miss answer", "answers with a number off, a wrong sign, another word, other ids", _near_answer, "spoiled"
    ),
    Probe("one id for all", "fills a list with its first id", _one_id_for_all, "spoiled"),
    Probe(
        "right among everything",
        "names the right things and everything else it saw",
        _right_among_everything,
        "spoiled",
    ),
    Probe("duplicates", "says and does everything twice", _duplicates, "padded"),
    Probe("unseen ids", "names products that nothing has shown", _unseen_ids, "spoiled"),
    Probe("stall, then do", "farms discounted turns before doing it right", _stall_then_do, "padded"),
)
"""Every probe; to add one, write its function and its line."""
