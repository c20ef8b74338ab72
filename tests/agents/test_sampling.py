"""Rollouts by a generator made by hand, and held-out episodes."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Barrier
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.agents import (
    Chat,
    ChatWriter,
    EpisodeKey,
    GeneratedTurn,
    Limits,
    OracleAgent,
    Rollout,
    Score,
    TokenWriter,
    by_environment,
    by_level,
    evaluate,
    held_out_keys,
    play_in_flight,
    play_many,
    play_one,
    total,
)
from rlve_dsl.episode import (
    Action,
    Call,
    Episode,
    Malformed,
    Scenario,
    parse_completion,
    record,
    render_completion,
    replay,
)
from rlve_dsl.errors import UsageError
from rlve_dsl.user import Heard, MakeUser, Role, ScriptedUser, User, Utterance, waiting
from rlve_dsl.values import Json

END = 0
KEYS = [EpisodeKey("cart", 0, seed) for seed in (1, 3, 5)]
LIMITS = Limits(episode_tokens=1000, context_tokens=10_000)
ASK, FINISH = Action("Which option would you like?"), Action(answer={})
LOOK = Action(calls=(Call("user.visit_history"),))


class Characters:
    """A chat in which each character is a token."""

    ends = frozenset({END})

    def opening(self, episode: Episode) -> list[int]:
        return self.tokens(episode.opening)

    def continuation(self, messages: Sequence[Mapping[str, Json]]) -> list[int]:
        return self.tokens("|".join(str(message["content"]) for message in messages))

    def action(self, turn: Sequence[int]) -> Action | Malformed:
        return parse_completion("".join(map(chr, turn[:-1])))

    @staticmethod
    def tokens(text: str) -> list[int]:
        return [ord(character) for character in text]


@dataclass
class Script:
    """A conversation in which the actions of a script are written, and what was read is kept."""

    row: int
    left: Iterator[Action | str]
    read: list[str] = field(default_factory=list)
    closed: bool = False

    async def write(self, tokens: Sequence[int]) -> GeneratedTurn:
        self.read.append("".join(map(chr, tokens)))
        action = next(self.left)
        written = Characters.tokens(action if isinstance(action, str) else render_completion(action) + chr(END))
        return GeneratedTurn(written, [-float(self.row + 1)] * len(written))

    def close(self) -> None:
        assert not self.closed
        self.closed = True


def played(
    scenario: Scenario,
    *scripts: Sequence[Action | str],
    keys: Sequence[EpisodeKey] = KEYS,
    limits: Limits = LIMITS,
    chat: Chat | None = None,
    user: MakeUser = ScriptedUser,
    at_once: int = 1,
) -> list[Rollout]:
    streams: list[Script] = []

    def writer(place: int) -> TokenWriter:
        streams.append(Script(place, iter(scripts[place])))
        return TokenWriter(streams[-1], chat or Characters(), limits)

    rollouts = play_many(scenario, keys[: len(scripts)], writer, in_flight=len(scripts), user=user, at_once=at_once)
    assert all(stream.closed for stream in streams)
    return rollouts


def test_rollouts_are_kept_as_tokens(first_steps: Scenario) -> None:
    scripts: list[list[Action]] = [[FINISH], [ASK, LOOK, FINISH], [ASK, FINISH]]
    rollouts = played(first_steps, *scripts)
    assert [r.key for r in rollouts] == KEYS and [r.turns for r in rollouts] == [1, 3, 2]
    for row, (key, rollout) in enumerate(zip(KEYS, rollouts, strict=True)):
        episode = key.reset(first_steps)
        assert rollout.prompt == Characters.tokens(episode.opening)
        expected: list[int] = []
        for action in scripts[row]:
            written = render_completion(action) + chr(END)
            episode.step(action)
            reply = "|".join(m["content"] for m in episode.observation.messages) if episode.outcome is None else ""
            expected += Characters.tokens(written + reply)
        assert rollout.tokens == expected
        assert rollout.outcome == episode.outcome and not rollout.overlong and not rollout.failure
        wrote = sum(len(render_completion(action)) + 1 for action in scripts[row])
        assert rollout.written == wrote == rollout.logprobs.count(-float(row + 1))
        assert [p == 0.0 for p in rollout.logprobs] == [m == 0 for m in rollout.mask]


LENGTH = len(render_completion(ASK)) + 1


@pytest.mark.parametrize(
    ("script", "limits", "turns"),
    [
        (["cut"], LIMITS, 1),
        ([""], LIMITS, 1),
        ([ASK, FINISH], Limits(LENGTH, 10_000), 1),
        ([ASK, ASK, FINISH], Limits(2 * LENGTH - 1, 10_000), 2),
        ([ASK, FINISH], Limits(1000, 60), 1),
        ([FINISH], Limits(1000, 0), 0),
    ],
    ids=["no end", "nothing", "as much as allowed", "more than allowed", "no room for the reply", "no room at all"],
)
def test_a_rollout_that_reaches_a_limit_has_no_outcome(
    first_steps: Scenario, script: list[Action | str], limits: Limits, turns: int
) -> None:
    (rollout,) = played(first_steps, script, limits=limits)
    assert rollout.overlong and rollout.outcome is None and not rollout.passed
    assert rollout.turns == turns and rollout.mask[-1:] != [0], "it ends with what the model wrote"


@pytest.mark.parametrize("room", [0, -1])
def test_a_conversation_is_no_longer_than_its_context(first_steps: Scenario, room: int) -> None:
    (whole,) = played(first_steps, [FINISH])
    length = len(whole.prompt) + len(whole.tokens)
    (rollout,) = played(first_steps, [FINISH], limits=Limits(1000, length + room))
    assert rollout.overlong is (room < 0) and (rollout.outcome is None) is (room < 0)


def test_a_turn_that_uses_up_the_tokens_may_still_end_the_episode(first_steps: Scenario) -> None:
    (rollout,) = played(first_steps, [FINISH], limits=Limits(len(render_completion(FINISH)) + 1, 10_000))
    assert rollout.outcome is not None and not rollout.overlong


@pytest.mark.parametrize("where", ["opening", "continuation", "action"])
def test_a_fault_of_ours_ends_one_rollout_alone(
    first_steps: Scenario, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, calls = Characters(), 0
    usual: Callable[..., object] = getattr(chat, where)

    def breaks_once(value: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ValueError("of ours")
        return usual(value)

    monkeypatch.setattr(chat, where, breaks_once)
    broken, whole = played(first_steps, *[[ASK, FINISH]] * 2, chat=chat)
    assert broken.failure == "ValueError: of ours" and broken.outcome is None and not broken.overlong
    assert whole.outcome is not None and not whole.failure


def test_an_episode_that_cannot_begin_or_go_on_is_a_failure(
    first_steps: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [EpisodeKey("card", 0, 1), KEYS[0], KEYS[1]]
    usual = Episode.step

    def step(episode: Episode, action: Action) -> object:
        if episode.seed == KEYS[0].seed:
            raise RuntimeError("a tool is broken")
        return usual(episode, action)

    monkeypatch.setattr(Episode, "step", step)
    unknown, stuck, whole = played(first_steps, [], [FINISH], [FINISH], keys=keys)
    assert "no environment `card`" in unknown.failure and not unknown.prompt
    assert stuck.failure == "RuntimeError: a tool is broken" and stuck.outcome is None
    assert whole.outcome is not None


def test_an_evaluation_is_of_the_same_odd_seeds_every_time() -> None:
    keys = held_out_keys(["cart", "policy"], (0, 6), 3)
    assert keys == held_out_keys(["cart", "policy"], (0, 6), 3)
    assert [key.environment for key in keys] == ["cart", "policy", "cart", "cart", "policy", "policy"]
    assert [key.level for key in keys] == [0] * 3 + [6] * 3
    assert all(key.seed % 2 for key in keys) and len({key.seed for key in keys}) == 6


@given(st.integers(1, 9), st.sets(st.integers(0, 12), min_size=1), st.integers(0, 40))
def test_an_evaluation_leaves_out_no_environment_that_the_counts_allow(count: int, levels: set[int], each: int) -> None:
    environments = [f"e{number}" for number in range(count)]
    keys = held_out_keys(environments, sorted(levels), each)
    for some in ([key for key in keys if key.level == level] for level in levels):
        assert len(some) == each and _is_even(Counter(key.environment for key in some), environments)
        whole = each - each % count
        assert [key.environment for key in some[:whole]] == environments * (each // count), "in whole rounds, in order"
    assert _is_even(Counter(key.environment for key in keys), environments)
    assert sorted(held_out_keys(environments, sorted(levels, reverse=True), each)) == sorted(keys)


@pytest.mark.parametrize("levels", [(0, 0), (6, 0, 6), (6, 0)])
@pytest.mark.parametrize("environments", [["policy", "cart"], ["policy", "cart", "policy"]])
def test_what_an_evaluation_names_twice_counts_once(environments: list[str], levels: tuple[int, ...]) -> None:
    keys = held_out_keys(environments, levels, 4)
    assert len(set(keys)) == len(keys) == 4 * len(set(levels))
    assert keys == held_out_keys(["policy", "cart"], [*dict.fromkeys(levels)], 4), "in the order of the first mentions"


def test_an_evaluation_that_cannot_be_says_what_is_wanted() -> None:
    with pytest.raises(UsageError, match="at least one environment"):
        held_out_keys((), (0,), 4)
    with pytest.raises(UsageError, match=re.escape('a list of names, such as ["cart"]')):
        held_out_keys("cart", (0,), 4)
    with pytest.raises(UsageError, match="at least 0, not -1"):
        held_out_keys(["cart"], (0,), -1)
    wrong: Any
    for wrong in (None, 0):
        with pytest.raises(UsageError, match=re.escape(f'a list of names, such as ["cart"], not {wrong}')):
            held_out_keys(wrong, (0,), 4)
    for wrong in (3, None, b"cart"):
        with pytest.raises(UsageError, match=re.escape(f"the name of an environment is a text, not {wrong!r}")):
            held_out_keys(["cart", wrong], (0,), 4)
    for wrong in (0, None, "06"):
        with pytest.raises(
            UsageError, match=re.escape(f"the levels are a list of integers, such as (0, 6), not {wrong!r}")
        ):
            held_out_keys(["cart"], wrong, 4)
    for wrong in ("a", 0.5, True, None):
        with pytest.raises(UsageError, match=f"a level is an integer, not {wrong!r}"):
            held_out_keys(["cart"], (0, wrong), 4)
        with pytest.raises(UsageError, match=f"the number of episodes for each level is an integer, not {wrong!r}"):
            held_out_keys(["cart"], (0,), wrong)
    with pytest.raises(UsageError, match="a level is at least 0, not -1"):
        held_out_keys(["cart"], (-1,), 4)
    assert held_out_keys(["cart"], numpy.array([0, 6]), numpy.int64(4)) == held_out_keys(["cart"], (0, 6), 4)  # type: ignore[arg-type]
    assert held_out_keys(["cart"], (), 4) == held_out_keys(["cart"], (0,), 0) == []


@pytest.mark.parametrize("number", [0, 1.5, True, None, "2"])
@pytest.mark.parametrize("name", ["in_flight", "at_once"])
def test_how_many_are_played_at_once_is_an_integer_from_1_up(first_steps: Scenario, name: str, number: Any) -> None:
    says = "is at least 1, not 0" if number == 0 and number is not False else f"is an integer, not {number!r}"
    with pytest.raises(UsageError, match=f"{name} {says}"):
        play_many(first_steps, held_out_keys(["cart"], (0,), 2), writing_nothing, **{"in_flight": 2, name: number})


def writing_nothing(place: int) -> TokenWriter:
    raise AssertionError("nothing begins")


def _is_even(counts: Counter[str], names: Sequence[str]) -> bool:
    """Whether each of the names occurs as often as any other, or once more."""
    return max(counts[name] for name in names) - min(counts[name] for name in names) <= 1


def test_a_score_counts_what_could_be_played(first_steps: Scenario) -> None:
    def play(keys: Sequence[EpisodeKey]) -> list[Rollout]:
        rollouts = played(first_steps, *[[FINISH]] * len(keys), keys=keys)
        rollouts[0].failure = "broken"
        rollouts[1].outcome, rollouts[1].overlong = None, True
        return rollouts

    keys = held_out_keys(["cart"], (6, 0), 4)
    low, high = evaluate(keys, play)
    assert (low.level, high.level) == (0, 6) and low.environment == "cart"
    assert (low.episodes, high.episodes) == (4, 3), "level 6 is played first"
    assert low.passed == high.passed == 0 and -1 < low.reward < 0
    assert (low.ended, high.ended) == (4, 2)


def test_scores_are_summed_over_levels_and_over_environments() -> None:
    scores = [Score(0, 1, 1, 0.5, "a"), Score(0, 3, 0, -0.5, "b"), Score(6, 4, 2, 0.0, "a")]
    assert total(scores[:2]) == Score(-1, 4, 1, -0.25, ended=4)
    assert by_level(scores) == [Score(0, 4, 1, -0.25, ended=4), Score(6, 4, 2, 0.0, ended=4)]
    assert by_environment(scores) == [Score(-1, 5, 3, 0.1, "a", 5), Score(-1, 3, 0, -0.5, "b", 3)]
    assert total([]) == Score(-1, 0, 0, 0.0, ended=0) and total([]).rate == 0.0
    assert Score(0, 4, 1, 0.0).rate == 0.25
    assert (Score(0, 4, 1, 0.0).rate_text, Score(0, 4, 1, 0.0).share_text) == ("25.0%", "25.0% of 4")
    assert total([]).rate_text == total([]).share_text == "no episodes", "not a rate of 0"
    cut = Score(0, 10, 1, 1.0, "a", ended=1)
    assert total([cut, Score(0, 10, 0, 0.0, "a", ended=10)]).reward == pytest.approx(1 / 11), (
        "a mean over those played to the end"
    )


class Patient:
    """A scripted user that speaks only when as many users as `together` has parties wait to speak."""

    def __init__(self, role: Role, together: Barrier) -> None:
        self.scripted: User = ScriptedUser(role)
        self.together = together

    def respond(self, heard: Heard) -> Utterance:
        with waiting():
            self.together.wait()
        return self.scripted.respond(heard)

    def fork(self) -> Patient:
        raise NotImplementedError


def test_users_that_wait_do_so_together_and_nothing_else_changes(first_steps: Scenario) -> None:
    scripts = [[ASK, LOOK, ASK, FINISH]] * 3
    usual = played(first_steps, *scripts)
    together = Barrier(3, timeout=60)
    other = played(first_steps, *scripts, user=partial(Patient, together=together), at_once=3)
    assert other == usual and not any(rollout.failure for rollout in other)


class Fragile(Patient):
    """Fails when it is asked something."""

    def respond(self, heard: Heard) -> Utterance:
        if heard.message:
            raise OSError("no line")
        return super().respond(heard)


def test_a_user_that_fails_among_others_ends_its_own_rollout(first_steps: Scenario) -> None:
    user = partial(Fragile, together=Barrier(3, timeout=60))
    rollouts = played(first_steps, [ASK, FINISH], [FINISH], [ASK, FINISH], user=user, at_once=3)
    assert [r.failure for r in rollouts] == ["OSError: no line", "", "OSError: no line"]
    assert [r.outcome is None for r in rollouts] == [True, False, True]


def test_an_agent_of_a_chat_plays_through_the_same_door(first_steps: Scenario) -> None:
    async def answer(episode: Episode) -> Action:
        await asyncio.sleep(0)
        if not oracles:
            oracles.append(OracleAgent(episode))
        action = oracles[0].act(episode.observation)
        assert isinstance(action, Action)
        return action

    oracles: list[OracleAgent] = []
    rollout = asyncio.run(play_one(first_steps, KEYS[0], ChatWriter(answer)))
    assert rollout.passed and rollout.turns > 1 and not rollout.tokens and not rollout.failure


@dataclass
class Engine:
    """An engine that takes a step at a time: in each, every conversation that is in flight writes one more token."""

    slots: int
    lengths: Sequence[int]
    writing: dict[int, tuple[int, asyncio.Future[GeneratedTurn]]] = field(default_factory=dict)
    busy: list[int] = field(default_factory=list)

    def stream(self, place: int) -> Slow:
        return Slow(self, place)

    async def drive(self, done: asyncio.Event) -> None:
        while not done.is_set():
            await asyncio.sleep(0)
            if self.writing:
                self.busy.append(len(self.writing))
            for place, (left, turn) in list(self.writing.items()):
                if left == 1:
                    del self.writing[place]
                    turn.set_result(GeneratedTurn(Characters.tokens(render_completion(FINISH) + chr(END)), []))
                else:
                    self.writing[place] = (left - 1, turn)


@dataclass
class Slow:
    engine: Engine
    place: int

    async def write(self, tokens: Sequence[int]) -> GeneratedTurn:
        turn: asyncio.Future[GeneratedTurn] = asyncio.get_running_loop().create_future()
        self.engine.writing[self.place] = (self.engine.lengths[self.place], turn)
        return await turn

    def close(self) -> None:
        pass


def test_one_slow_episode_leaves_no_slot_of_the_engine_empty(first_steps: Scenario) -> None:
    lengths = [300, *[10] * 90]
    keys = [EpisodeKey("cart", 0, 2 * number) for number in range(len(lengths))]
    engine = Engine(4, lengths)

    async def both() -> list[Rollout]:
        done = asyncio.Event()
        driver = asyncio.create_task(engine.drive(done))
        rollouts = await play_in_flight(
            first_steps, keys, lambda place: TokenWriter(engine.stream(place), Characters(), LIMITS), 4
        )
        done.set()
        await driver
        return rollouts

    assert all(rollout.outcome for rollout in asyncio.run(both()))
    assert engine.busy[:300] == [4] * 300, "all slots write in every step, also beside the slow one"
    assert len(engine.busy) <= sum(lengths) / 4 + 10


def test_what_is_called_at_the_end_of_an_episode_keeps_its_trajectory(first_steps: Scenario) -> None:
    keys = held_out_keys(["cart"], (0,), 3)
    saved: dict[int, str] = {}

    def keep(place: int, episode: Episode, rollout: Rollout) -> None:
        saved[place] = record(episode)

    async def answer(episode: Episode) -> Action:
        return FINISH

    rollouts = play_many(first_steps, keys, lambda place: ChatWriter(answer), in_flight=2, ended=keep)
    for place, (key, rollout) in enumerate(zip(keys, rollouts, strict=True)):
        again = replay(saved[place].splitlines(), first_steps)
        assert (again.seed, again.outcome, rollout.trajectory) == (key.seed, rollout.outcome, "")
