"""The user's half of an episode: which request is raised when, and what the user says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlve_dsl.compiler import Drawn
from rlve_dsl.episode.part import Part
from rlve_dsl.episode.shopper import make_shopper, unprompted
from rlve_dsl.expressions import Template
from rlve_dsl.user import Unprompted, Utterance


class Conversation:
    """One user with one request or several. `parts` are the requests, in the order in which they are raised."""

    def __init__(self, drawn: Drawn, announce: Template | None) -> None:
        """`announce` words that a request is raised, where there are several."""
        self._shopper = make_shopper(drawn, announce)
        self._early = drawn.early
        self.parts = tuple(Part(number, part, self._shopper) for number, part in enumerate(drawn.parts, start=1))

    @property
    def open_parts(self) -> tuple[Part, ...]:
        """The requests that have been raised and wait for an answer."""
        return tuple(part for part in self.parts if part.is_open)

    @property
    def is_over(self) -> bool:
        """Whether every request has its answer."""
        return all(part.answer is not None for part in self.parts)

    @property
    def next_is_due(self) -> bool:
        """Whether the user raises the next request now: the last one is answered, or it is one that comes early."""
        raised = [part for part in self.parts if part.raised_after is not None]
        if len(raised) == len(self.parts):
            return False
        return raised[-1].answer is not None or self._early[len(raised)]

    def raise_next(self, turns_played: int) -> Utterance:
        """The next request, in the user's words; there must be one."""
        part = next(p for p in self.parts if p.raised_after is None)
        part.raised_after = turns_played
        return self._shopper.raise_request(part.number)

    def reply(self, message: str, state: Mapping[str, Any], *, progress: bool) -> Utterance | None:
        """What the user answers to a message, seeing `state`; nothing to an empty one. `progress` as in `Shopper.reply`."""
        if not message:
            return None
        reactions: list[Unprompted] = []
        for part in self.open_parts:
            if part.environment.reactions:
                reactions += unprompted(part.environment, part.names, state, part.number)
        return self._shopper.reply(message, progress=progress, unprompted=reactions)

    def discount(self, reply: Utterance) -> bool:
        """Whether this turn is given back: it supplied what a request had left out, the first such turn of that request."""
        part = next((p for p in self.parts if p.number in reply.discounts and not p.discounted), None)
        if part is None:
            return False
        part.discounted = True
        return True
