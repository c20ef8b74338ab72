"""What the warm start shows: episodes played by an oracle that makes mistakes.

Good conduct and bad are mixed on purpose, so that reward has something to choose between: a model that has only seen
perfect play has nothing left to learn from reward.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rlve_dsl.agents import OracleAgent
from rlve_dsl.episode import render_completion
from rlve_dsl.files import WarmStart
from rlve_dsl.rng import Stream
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.rollout import EpisodeKey


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a conversation; `written` where the model is to write it (its end-of-turn token then follows)."""

    text: str
    written: bool


@dataclass(frozen=True, slots=True)
class Demonstration:
    """An episode as the imperfect oracle played it."""

    key: EpisodeKey
    segments: tuple[Segment, ...]
    passed: bool


def demonstrate(
    scenario: Any, warm_start: WarmStart, keys: Iterator[EpisodeKey], chat: TemplateChat
) -> Iterator[Demonstration]:
    """Play `warm_start.demonstrations` episodes; each mistake is drawn from a stream of the episode's own."""
    for _ in range(warm_start.demonstrations):
        yield _play(scenario, next(keys), warm_start, chat)


def _play(scenario: Any, key: EpisodeKey, warm_start: WarmStart, chat: TemplateChat) -> Demonstration:
    episode = scenario.reset(key.environment, level=key.level, seed=key.seed)
    agent = OracleAgent(episode, mistakes=warm_start.mistakes, stream=Stream("demonstration", *key))
    observation = episode.observation
    segments = [Segment(chat.opening_text(episode), False)]
    while True:
        action = agent.act(observation)
        segments.append(Segment(render_completion(action), True))
        step = episode.step(action)
        if step.terminated or step.truncated:
            return Demonstration(key, tuple(segments), episode.outcome.correct)
        observation = step.observation
        segments.append(Segment(chat.continuation_text(observation.messages), False))
