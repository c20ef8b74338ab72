"""What an episode is made of, turn by turn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rlve_dsl.episode.actions import Action, Malformed, wire_name
from rlve_dsl.user import Utterance
from rlve_dsl.world import Tool

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """What a call returned: `value` typed as the tool declares, or the reason of a refusal; `content` is what an agent reads
    of either, as JSON data."""

    tool: Tool
    value: Any
    refused: str | None
    content: Any


@dataclass(frozen=True)
class Turn:
    """One turn as the trajectory keeps it."""

    action: Action | Malformed
    results: tuple[Result, ...]
    effects: tuple[Mapping[str, Any], ...]
    reply: Utterance | None
    discounted: bool

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """What the agent is told of it. Worded when first read: an agent that plays by values pays for no text."""
        told: list[Message] = [
            {"role": "tool", "name": wire_name(r.tool.name), "content": json.dumps(r.content, ensure_ascii=False)}
            for r in self.results
        ]
        return (*told, _from_user(self.reply.text)) if self.reply is not None else tuple(told)


@dataclass(frozen=True, slots=True)
class Observation:
    """What the agent gets to see next: what came of the turn before, or the user's opening."""

    after: Turn | str

    @property
    def messages(self) -> tuple[Message, ...]:
        """The new chat messages (roles tool and user), oldest first."""
        return (_from_user(self.after),) if isinstance(self.after, str) else self.after.messages


def _from_user(text: str) -> Message:
    return {"role": "user", "content": text}


@dataclass(frozen=True, slots=True)
class Step:
    """One turn's consequence. `reward` is None until the episode ends."""

    observation: Observation
    reward: float | None
    terminated: bool
    truncated: bool
    info: Mapping[str, Any]
