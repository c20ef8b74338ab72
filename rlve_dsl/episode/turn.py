"""What an episode is made of, turn by turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rlve_dsl.episode.actions import Action, Malformed
from rlve_dsl.user import Utterance
from rlve_dsl.world import Tool

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Observation:
    """What the agent gets to see next: new chat messages (roles tool and user), oldest first."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a call returned: `value` typed as the tool declares, or the reason of a refusal."""

    tool: Tool
    value: Any = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One turn's consequence. `reward` is None until the episode ends."""

    observation: Observation
    reward: float | None
    terminated: bool
    truncated: bool
    info: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as the trajectory keeps it."""

    action: Action | Malformed
    results: tuple[Result, ...]
    effects: tuple[Mapping[str, Any], ...]
    reply: Utterance | None
    discounted: bool
    messages: tuple[Message, ...]
