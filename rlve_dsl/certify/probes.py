"""Probes: cheating agents that must not pass.

None of them knows an environment: they go by tools, types and the oracle's own play. A probe is one function of a case. It
yields the plays it tried, none where there is nothing for it to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Literal

from rlve_dsl.agents import (
    ByTheRules,
    Grabber,
    Performance,
    PlainAnswerer,
    RandomAgent,
    Script,
    Scripted,
    ids_among,
    near,
    open_questions,
    other_arguments,
    plain_answer,
    shown,
    sort_of,
    with_other_ids,
)
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.edits import (
    answer_fields,
    arguments_that_write,
    calls_that_write,
    with_args,
    with_field,
    without_writes,
)
from rlve_dsl.certify.from_plugins import from_plugins
from rlve_dsl.certify.play_ids import MOST_IDS, UnseenIds, changing_calls, ids_named, shows
from rlve_dsl.episode import Action, Call, Episode, Scenario
from rlve_dsl.expressions.types import Enum, Id, ListOf, required
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.values import Json
from rlve_dsl.world import OF_CATALOG

_MOST_TARGETS = 3
_MOST_SCRIPTS = 4
_SMALL_TALK = "What do you need?"

Plays = Iterator[Performance]
_KINDS = ("uninformed", "wrong", "padded")


@frozen
class Probe:
    """A cheat. `says` describes it after "it"; `attempt` plays a case.

    There are three kinds. An `uninformed` probe knows nothing: it must not pass, and must earn less than the oracle on
    average, by the plan's `margin`. A `wrong` probe spoils one thing in the oracle's play: it must not pass, and must never
    earn as much as the oracle in the same episode. A `padded` probe does the right thing at greater length: it may pass, but
    must never earn more.

    A probe that `guesses` may pass now and then by luck, up to the plan's `chance`. One that `recalls` reaches the oracle's end
    in a way that is no way to do it: it must not pass with that end either.
    """

    name: str
    says: str
    attempt: Callable[[Case], Plays]
    kind: Literal["uninformed", "wrong", "padded"]
    guesses: bool = False
    recalls: bool = False

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise TypeError(f"probe `{self.name}`: there is no kind `{self.kind}`; there are {', '.join(_KINDS)}")


# Uninformed ---------------------------------------------------------------------------------------------------------


def _nothing(case: Case) -> Plays:
    yield case.play_script(())


def _finish_at_once(case: Case) -> Plays:
    yield case.play(PlainAnswerer)


def _random_calls(case: Case) -> Plays:
    yield case.play(lambda episode: ByTheRules(episode, RandomAgent(episode, Stream("probe", "random", case.seed))))


def _first_hit(case: Case) -> Plays:
    yield case.play(lambda episode: ByTheRules(episode, Grabber(episode, most=1, act=True)))
    yield case.play(lambda episode: Grabber(episode, most=1, act=False))


def _everything_seen(case: Case) -> Plays:
    if any(isinstance(required(t), ListOf) for part in case.begin().parts for t in part.environment.answer.values()):
        yield case.play(lambda episode: Grabber(episode, act=False))


def _act_on_everything(case: Case) -> Plays:
    if any(tool.writes for tool in case.begin().toolset.values()):
        yield case.play(lambda episode: ByTheRules(episode, Grabber(episode, act=True)))


def _constant(case: Case) -> Plays:
    """Give the oracle's answers of the next seed's episode, where the user makes the same requests in it."""
    other = case.sibling(case.seed + 1).oracle
    answers = [Action(answer=action.answer) for action in other.script if action.answer]
    if answers and _requests(case.oracle) == _requests(other):
        yield case.play_script(answers)


def _requests(play: Performance) -> list[str]:
    return [part.environment.name for part in play.episode.parts] if play.episode is not None else []


def _stall(case: Case) -> Plays:
    """Ask one question a turn until one turn is left, then give an answer made of nothing."""

    def stalling(episode: Episode) -> Scripted:
        questions = open_questions(episode) or [_SMALL_TALK]
        asked = [Action(questions[i % len(questions)]) for i in range(max(0, episode.turn_budget - 1))]
        return Scripted([*asked, Action(answer=plain_answer(episode))])

    yield case.play(stalling)


# Wrong or padded: the oracle's play with one thing changed ----------------------------------------------------------


def _passed(case: Case) -> Episode | None:
    """The oracle's episode, if the oracle passed it."""
    return case.oracle.episode if case.oracle.passed else None


def _some(case: Case, scripts: list[Script]) -> Plays:
    """Play a few of the scripts. Another seed plays others."""
    for script in Stream("probe", "some", case.seed, len(scripts)).shuffled(scripts)[:_MOST_SCRIPTS]:
        yield case.play_acting(script)


def _wrong_target(case: Case) -> Plays:
    """Make every changing call about something else that was shown. The answer names the right thing."""
    episode = _passed(case)
    if episode is None:
        return
    script, groups = case.oracle.script, shown(episode)
    calls = calls_that_write(script, episode)
    others = [list(islice(other_arguments(call, episode, groups), _MOST_TARGETS)) for _, _, call in calls]
    for choice in range(max((len(o) for o in others), default=0)):
        changed = script
        for (turn, place, _), other in zip(calls, others, strict=True):
            if other:
                changed = with_args(changed, turn, place, other[min(choice, len(other) - 1)])
        yield case.play_acting(changed)


def _words_without_deeds(case: Case) -> Plays:
    episode = _passed(case)
    if episode is not None and calls_that_write(case.oracle.script, episode):
        yield case.play_script(without_writes(case.oracle.script, episode))


def _near_numbers(case: Case) -> Plays:
    """Make one number of a changing call one off, or turn one truth value round."""
    episode = _passed(case)
    if episode is None:
        return
    script, changed = case.oracle.script, []
    for turn, place, call, parameter in arguments_that_write(script, episode):
        if not isinstance(required(parameter.type), Enum | Id | ListOf):
            for value in islice(near(call.args[parameter.name], parameter.type), 2):
                changed.append(with_args(script, turn, place, {**call.args, parameter.name: value}))
    yield from _some(case, changed)


def _near_answer(case: Case) -> Plays:
    """Give one field of the answer a value close to the right one, or another id."""
    episode = _passed(case)
    if episode is None:
        return
    script, groups, changed = case.oracle.script, shown(episode), []
    for turn, name, type_, value in answer_fields(script, episode):
        changed += [with_field(script, turn, name, other) for other in near(value, type_)]
        if (others := with_other_ids(value, type_, groups)) is not None:
            changed.append(with_field(script, turn, name, others))
    yield from _some(case, changed)


def _one_id_for_all(case: Case) -> Plays:
    """Fill each list of the answer with its first id."""
    yield from _with_other_lists(case, lambda ids: [ids[0]] * len(ids) if len(ids) > 1 else None)


def _duplicates(case: Case) -> Plays:
    """Say everything in each list of the answer twice; make every changing call twice."""
    yield from _with_other_lists(case, lambda ids: [*ids, *ids] if ids else None)
    episode = _passed(case)
    if episode is not None and (writing := calls_that_write(case.oracle.script, episode)):
        again = tuple(call for _, _, call in writing)
        budget, script = episode.tool_budget, case.oracle.script
        extra = tuple(Action("", again[i : i + budget]) for i in range(0, len(again), budget))
        yield case.play_acting((*script[:-1], *extra, script[-1]))


def _with_other_lists(case: Case, change: Callable[[list[Json]], list[Json] | None]) -> Plays:
    episode = _passed(case)
    for turn, name, _, value in answer_fields(case.oracle.script, episode) if episode is not None else ():
        if isinstance(value, list) and (changed := change(value)) is not None:
            yield case.play_script(with_field(case.oracle.script, turn, name, changed))


def _right_among_everything(case: Case) -> Plays:
    """Add to each list of right ids in the answer everything else of their sort that was shown."""
    episode = _passed(case)
    if episode is None:
        return
    for turn, name, type_, value in answer_fields(case.oracle.script, episode):
        sort = sort_of(type_)
        if isinstance(value, list) and value and sort is not None:
            others = [id_ for id_ in ids_among(shown(episode), sort) if id_ not in value][:MOST_IDS]
            if others:
                yield case.play_script(with_field(case.oracle.script, turn, name, [*value, *others]))


def _unseen_ids(case: Case) -> Plays:
    """Name other things that nothing has shown, in the answer and in changing calls: products of the catalog, and entities."""
    episode = _passed(case)
    if episode is None:
        return
    unseen = UnseenIds(case, episode)
    script = case.oracle.script
    for turn, name, type_, value in answer_fields(script, episode):
        if ids := unseen.of(type_):
            script = with_field(script, turn, name, [*ids[: len(value)]] if isinstance(value, list) else ids[0])
    for turn, place, call, parameter in arguments_that_write(script, episode):
        if ids := unseen.of(parameter.type):
            script = with_args(script, turn, place, {**call.args, parameter.name: ids[-1]})
    if script != case.oracle.script:
        yield case.play_acting(script)


def _from_memory(case: Case) -> Plays:
    """Leave out the look-ups that showed a product of the answer or of a changing call, as if it were known by heart."""
    episode = _passed(case)
    if episode is None:
        return
    script = case.oracle.script
    named = set(ids_named(script, episode, OF_CATALOG))
    looked_up = {result.tool.name for turn in episode.turns for result in turn.results if shows(result, named)}

    def known_by_heart(call: Call) -> bool:
        tool = episode.tool(call.name)
        return tool is not None and tool.name in looked_up

    recalled = tuple(replace(a, calls=tuple(c for c in a.calls if not known_by_heart(c))) for a in script)
    if recalled != script:
        yield case.play_script(a for a in recalled if a.calls or a.message or a.answer is not None)


def _creating(case: Case) -> Plays:
    """Create something in the domain's tables that the oracle does not create, before the answer.

    A play in which no more is created in the end is none: the store has refused the second of two calls that do the same.
    """
    episode = _passed(case)
    script = case.oracle.script
    if (
        episode is None
        or not any(part.environment.domain for part in episode.parts)
        or len(script) >= episode.turn_budget
    ):
        return
    before, groups = case.begin(), shown(episode)
    for action in script[:-1]:
        before.step(action)
    made = [call for _, _, call in calls_that_write(script, episode)]
    tried = 0
    for call in changing_calls(before, groups):
        if call in made or tried == _MOST_TARGETS:
            continue
        changes = before.fork().step(Action("", (call,))).turn.changes
        if any(effect.how == "create" for effect in changes):
            tried += 1
            play = case.play_acting((*script[:-1], Action("", (call,)), script[-1]))
            if play.episode is not None and _created(play.episode) > _created(episode):
                yield play


def _created(episode: Episode) -> int:
    """How many rows of tables the calls of an episode have created."""
    return sum(effect.how == "create" for turn in episode.turns for effect in turn.changes)


def _stall_then_do(case: Case) -> Plays:
    """Spend turns on questions before the oracle's play: each of them might be discounted."""
    episode = _passed(case)
    if episode is None or len(case.oracle.script) >= episode.turn_budget:
        return
    script = case.oracle.script
    spare = episode.turn_budget - len(script)
    questions = open_questions(case.begin()) or [_SMALL_TALK]
    yield case.play_script((*(Action(q) for q in questions[:spare]), *script))
    first = script[0]
    if first.message and not first.calls:
        yield case.play_script((first, *(replace(first) for _ in range(spare)), *script[1:]))


PROBES = (
    Probe("do nothing", "says nothing, calls nothing, answers nothing", _nothing, "uninformed"),
    Probe("finish at once", "answers in the first turn, by types alone", _finish_at_once, "uninformed"),
    Probe("random calls", "makes legal calls at random and answers at random", _random_calls, "uninformed", True),
    Probe("first hit", "takes the first thing it is shown", _first_hit, "uninformed", True),
    Probe("everything seen", "answers with everything it has seen", _everything_seen, "uninformed", True),
    Probe("act on everything", "makes every changing call it can", _act_on_everything, "uninformed"),
    Probe("constant answer", "repeats the right answer to another episode", _constant, "uninformed", True),
    Probe("stall", "asks one thing at a time until its turns are spent", _stall, "uninformed"),
    Probe("wrong target", "acts on something else and names the right thing", _wrong_target, "wrong"),
    Probe("words without deeds", "answers right without acting", _words_without_deeds, "wrong"),
    Probe("near-miss numbers", "acts with a number one off, or with yes in place of no", _near_numbers, "wrong"),
    Probe("near-miss answer", "answers with a number off, a wrong sign, another word, other ids", _near_answer, "wrong"),
    Probe("one id for all", "fills a list with its first id", _one_id_for_all, "wrong"),
    Probe("right among everything", "names the right things and everything else it saw", _right_among_everything, "wrong"),
    Probe("duplicates", "says and does everything twice", _duplicates, "padded"),
    Probe("unseen ids", "names things that nothing has shown", _unseen_ids, "wrong"),
    Probe("from memory", "names the right products without looking them up", _from_memory, "wrong", recalls=True),
    Probe("something more", "also creates something that nobody asked for", _creating, "wrong"),
    Probe("stall, then do", "farms discounted turns before doing it right", _stall_then_do, "padded"),
)  # fmt: skip
"""Every probe. To add one, write its function and its line."""


def probes_of(scenario: Scenario) -> tuple[Probe, ...]:
    """Return all probes that are tried on a scenario: the built-in ones, and those of the plugins that its file lists.

    Raises:
        PluginError: When a plugin gives something else than a probe, or a probe with the name of another.
    """
    return (*PROBES, *from_plugins(scenario, "rlve_probes", Probe, {probe.name for probe in PROBES}))
