"""What a plugin gives for rooms that come after this one: agents, checks and probes, by what these rooms read of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class AgentLike(Protocol):
    """An agent by name (`rlve_dsl.agents.AgentKind`): `make(episode)` makes one for an episode."""

    name: str
    make: Callable[[Any], Any]
    doc: str


@runtime_checkable
class CheckLike(Protocol):
    """A check of certificates (`rlve_dsl.certify.Check`)."""

    name: str
    promise: str
    judge: Callable[..., Any]


@runtime_checkable
class ProbeLike(Protocol):
    """An agent that cheats (`rlve_dsl.certify.Probe`)."""

    name: str
    says: str
    attempt: Callable[[Any], Any]
