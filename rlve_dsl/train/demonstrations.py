"""A demonstration as text in the form of the model's chat, which the warm start trains on."""

from __future__ import annotations

from rlve_dsl.agents import Demonstration
from rlve_dsl.episode import Action, render_completion
from rlve_dsl.frozen import frozen
from rlve_dsl.train.chat import TemplateChat


@frozen
class Segment:
    """A part of a conversation. The model writes it if `written`; its end-of-turn token then follows."""

    text: str
    written: bool


def segments(demonstration: Demonstration, chat: TemplateChat) -> tuple[Segment, ...]:
    """Return the conversation of a demonstration, up to the last turn of the model."""
    episode = demonstration.episode
    read = [chat.opening_text(episode), *(chat.continuation_text(turn.messages) for turn in episode.turns[:-1])]
    written = [render_completion(turn.action) for turn in episode.turns if isinstance(turn.action, Action)]
    pairs = zip(read, written, strict=True)
    return tuple(segment for r, w in pairs for segment in (Segment(r, False), Segment(w, True)))
