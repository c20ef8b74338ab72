"""Traces: how an imperfect agent fails, as a conversation that anybody can read."""

from __future__ import annotations

import json
from collections.abc import Mapping

from rlve_dsl.agents import Performance
from rlve_dsl.episode import Action, Malformed
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

_LONGEST = 300  # characters of a line
_MOST_LINES = 24


@frozen
class Trace:
    """The commonest failure of an agent in an environment.

    Attributes:
        environment: The environment.
        agent: The agent's name.
        plays: How many episodes it played, over the levels.
        failed: How many of them it failed.
        ended: How it failed most often.
        often: How many plays ended so.
        level: The level of the play that is shown.
        seed: Its seed.
        lines: What was said and done in it: (who, what).
    """

    environment: str
    agent: str
    plays: int
    failed: int
    ended: str
    often: int
    level: int
    seed: int
    lines: tuple[tuple[str, str], ...]

    def as_json(self) -> JsonObject:
        """Return it as JSON data."""
        return {
            "environment": self.environment,
            "agent": self.agent,
            "plays": self.plays,
            "failed": self.failed,
            "commonest": {"ended": self.ended, "plays": self.often, "level": self.level, "seed": self.seed},
            "trace": [{"who": who, "what": what} for who, what in self.lines],
        }


def ending(play: Performance) -> str:
    """Return in a few words how a play that did not pass ended, and which measures fell short."""
    if play.outcome is None or play.episode is None:
        return f"an error: {play.problem.partition(':')[0]}"
    how = play.outcome.termination.replace("_", " ")
    short: dict[str, None] = {}
    for part in play.episode.parts:
        for name, value in part.measured.items():
            wanted = name in part.environment.correct_when.free
            if wanted and not part.grade.correct and isinstance(value, bool | int | float) and value < 1:
                short[name] = None
    return f"{how}; short of right: {', '.join(short)}" if short else how


def lines_of(play: Performance) -> tuple[tuple[str, str], ...]:
    """Return what was said and done in a play: (who, what), from the opening to the outcome."""
    if play.episode is None:
        return (("error", play.problem),)
    found = [("shopper", play.episode.opening)]
    for turn in play.turns:
        found += [("agent", text) for text in _did(turn.action)]
        found += [("shopper" if m["role"] == "user" else "store", m["content"]) for m in turn.messages]
    outcome = play.outcome
    ended = play.problem if outcome is None else f"{ending(play)} (reward {outcome.reward:.2f}): {outcome.reason}"
    if len(found) > _MOST_LINES:
        left_out = len(found) - _MOST_LINES
        found = [*found[: _MOST_LINES // 2], ("", f"… {left_out} lines …"), *found[-_MOST_LINES // 2 :]]
    return tuple((who, _short(what)) for who, what in [*found, ("outcome", ended)])


def _did(action: Action | Malformed) -> list[str]:
    if isinstance(action, Malformed):
        return [f"writes something that cannot be read: {action.reason}"]
    calls = [f"calls {call.name}({_arguments(call.args)})" for call in action.calls]
    answers = [f"answers {_arguments(answer) or 'that it is done'}" for answer in action.answers]
    return [*([action.message] if action.message else []), *calls, *answers]


def _arguments(given: Mapping[str, object]) -> str:
    return ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in given.items())


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
