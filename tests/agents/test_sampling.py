"""Rollouts by a generator made by hand, and held-out episodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Barrier

import pytest

from rlve_dsl.agents import (
    EpisodeKey,
    GeneratedTurn,
    Limits,
    Rollout,
    Score,
    evaluate,
    held_out_keys,
    play_rollouts,
    total,
)
from rlve_dsl.episode import Action, Call, Episode, Scenario, render_completion
from rlve_dsl.user import Heard, Role, ScriptedUser, User, Utterance, waiting
from rlve_dsl.values import Json

END = 0
KEYS = [EpisodeKey("cart", 0, seed) for seed in (1, 3, 5)]
LIMITS = Limits(episode_tokens=1000, context_tokens=10_000)
ASK, FINISH = Action("Which option would you like?"), Action(answer={})
LOOK = Action(calls=(Call("user.visit_history"),))


class Characters:
    """A chat in which each character is a token."""

    end = END

    def opening(self, episode: Episode) -> list[int]:
        return self.tokens(episode.opening)

    def continuation(self, messages: Sequence[Mapping[str, Json]]) -> list[int]:
        return self.tokens("|".join(str(message["content"]) for message in messages))

    def text(self, tokens: Sequence[int]) -> str:
        return "".join(map(chr, tokens))

    @staticmethod
    def tokens(text: str) -> list[int]:
        return [ord(character) for character in text]


@dataclass
class Scripts:
    """A generator that writes the actions of a script for each row, and keeps what the rows have read."""

    scripts: Sequence[Sequence[Action | str]]
    read: dict[int, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._left: list[Iterator[Action | str]] = [iter(script) for script in self.scripts]

    def generate(self, rows: Sequence[int], new_tokens: Sequence[Sequence[int]]) -> list[GeneratedTurn]:
        turns = []
        for row, tokens in zip(rows, new_tokens, strict=True):
            self.read.setdefault(row, []).append("".join(map(chr, tokens)))
            action = next(self._left[row])
            written = Characters.tokens(action if isinstance(action, str) else render_completion(action) + chr(END))
            turns.append(GeneratedTurn(written, [-float(row + 1)] * len(written)))
        return turns


def played(scenario: Scenario, *scripts: Sequence[Action | str], limits: Limits = LIMITS) -> list[Rollout]:
    return play_rollouts(scenario, KEYS[: len(scripts)], Characters(), Scripts(scripts), limits)


def test_rollouts_are_played_side_by_side_and_kept_as_tokens(first_steps: Scenario) -> None:
    generator = Scripts([[FINISH], [ASK, LOOK, FINISH], [ASK, FINISH]])
    rollouts = play_rollouts(first_steps, KEYS, Characters(), generator, LIMITS)
    assert [r.key for r in rollouts] == KEYS and [r.turns for r in rollouts] == [1, 3, 2]
    for row, (key, rollout) in enumerate(zip(KEYS, rollouts, strict=True)):
        episode = key.reset(first_steps)
        assert rollout.prompt == Characters.tokens(episode.opening)
        expected: list[int] = []
        for action in generator.scripts[row]:
            assert isinstance(action, Action)
            written = render_completion(action) + chr(END)
            episode.step(action)
            reply = "|".join(m["content"] for m in episode.observation.messages) if episode.outcome is None else ""
            expected += Characters.tokens(written + reply)
        assert rollout.tokens == expected
        assert rollout.outcome == episode.outcome and not rollout.overlong and not rollout.failure
        wrote = sum(len(render_completion(a)) + 1 for a in generator.scripts[row] if isinstance(a, Action))
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
    ],
    ids=["no end", "nothing", "as much as allowed", "more than allowed", "no room for the reply"],
)
def test_a_rollout_that_reaches_a_limit_has_no_outcome(
    first_steps: Scenario, script: list[Action | str], limits: Limits, turns: int
) -> None:
    (rollout,) = played(first_steps, script, limits=limits)
    assert rollout.overlong and rollout.outcome is None and not rollout.passed
    assert rollout.turns == turns and rollout.mask[-1:] != [0], "it ends with what the model wrote"


def test_a_turn_that_uses_up_the_tokens_may_still_end_the_episode(first_steps: Scenario) -> None:
    (rollout,) = played(first_steps, [FINISH], limits=Limits(len(render_completion(FINISH)) + 1, 10_000))
    assert rollout.outcome is not None and not rollout.overlong


@pytest.mark.parametrize("where", ["opening", "continuation", "text"])
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
    broken, whole = play_rollouts(first_steps, KEYS[:2], chat, Scripts([[ASK, FINISH]] * 2), LIMITS)
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
    unknown, stuck, whole = play_rollouts(first_steps, keys, Characters(), Scripts([[], [FINISH], [FINISH]]), LIMITS)
    assert "no environment `card`" in unknown.failure and not unknown.prompt
    assert stuck.failure == "RuntimeError: a tool is broken" and stuck.outcome is None
    assert whole.outcome is not None


def test_an_evaluation_is_of_the_same_odd_seeds_every_time() -> None:
    keys = held_out_keys(["cart", "policy"], (0, 6), 3)
    assert keys == held_out_keys(["cart", "policy"], (0, 6), 3)
    assert [key.environment for key in keys] == ["cart", "policy", "cart"] * 2
    assert [key.level for key in keys] == [0] * 3 + [6] * 3
    assert all(key.seed % 2 for key in keys) and len({key.seed for key in keys}) == 6


def test_a_score_counts_what_could_be_played(first_steps: Scenario) -> None:
    def play(keys: Sequence[EpisodeKey]) -> list[Rollout]:
        rollouts = play_rollouts(first_steps, keys, Characters(), Scripts([[FINISH]] * len(keys)), LIMITS)
        rollouts[0].failure = "broken"
        rollouts[1].outcome, rollouts[1].overlong = None, True
        return rollouts

    keys = held_out_keys(["cart"], (6, 0), 4)
    low, high = evaluate(keys, play)
    assert (low.level, high.level) == (0, 6) and low.episodes == high.episodes == 3
    assert low.passed == high.passed == 0 and -1 < low.reward < 0
    assert total([Score(0, 1, 1, 0.5), Score(6, 3, 0, -0.5)]) == Score(-1, 4, 1, -0.25)
    assert total([]) == Score(-1, 0, 0, 0.0) and total([]).rate == 0.0
    assert Score(0, 4, 1, 0.0).rate == 0.25


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
    other = play_rollouts(
        first_steps, KEYS, Characters(), Scripts(scripts), LIMITS, user=partial(Patient, together=together), at_once=3
    )
    assert other == usual and not any(rollout.failure for rollout in other)


class Fragile(Patient):
    """Fails when it is asked something."""

    def respond(self, heard: Heard) -> Utterance:
        if heard.message:
            raise OSError("no line")
        return super().respond(heard)


def test_a_user_that_fails_among_others_ends_its_own_rollout(first_steps: Scenario) -> None:
    rollouts = play_rollouts(
        first_steps, KEYS, Characters(), Scripts([[ASK, FINISH], [FINISH], [ASK, FINISH]]), LIMITS,
        user=partial(Fragile, together=Barrier(3, timeout=60)), at_once=3,
    )  # fmt: skip
    assert [r.failure for r in rollouts] == ["OSError: no line", "", "OSError: no line"]
    assert [r.outcome is None for r in rollouts] == [True, False, True]
