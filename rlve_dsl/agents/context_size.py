"""How long a played conversation is for a model, in tokens: what the model reads, and what the agent wrote."""

from __future__ import annotations

import json
from collections.abc import Callable

from rlve_dsl.episode import FINISH, Action, Episode, Turn, wire_name
from rlve_dsl.frozen import frozen
from rlve_dsl.tokens import tokens_at_most
from rlve_dsl.values import JsonObject

# What a chat template such as Qwen's puts around a message, a call, and the list of tools.
_PER_MESSAGE, _PER_CALL, _PER_LIST_OF_TOOLS = 12, 12, 150


@frozen
class ContextSize:
    """Tokens of a conversation.

    Attributes:
        prompt: The system prompt.
        tools: The schemas of the tools.
        user: What the user said.
        results: What calls returned.
        written: What the agent wrote: messages, calls and answers.
        largest_result: The longest result of one call.
        largest_turn: The longest turn of the agent.
    """

    prompt: int
    tools: int
    user: int
    results: int
    written: int
    largest_result: int
    largest_turn: int

    @property
    def total(self) -> int:
        """The whole conversation."""
        return self.prompt + self.tools + self.user + self.results + self.written


def context_size(
    episode: Episode, count: Callable[[str], int] = tokens_at_most, *, described: bool = True
) -> ContextSize:
    """Return how long the conversation of an episode has been so far.

    Args:
        episode: The episode.
        count: Counts the tokens of a text.
        described: Whether the model reads the system prompt and the tools.
    """
    messages = [message for turn in episode.turns for message in turn.messages]
    results = [count(m["content"]) + _PER_MESSAGE for m in messages if m["role"] == "tool"]
    heard = [episode.opening, *(m["content"] for m in messages if m["role"] == "user")]
    turns = [_written(turn, count) for turn in episode.turns]
    schemas = [count(json.dumps(schema, ensure_ascii=False)) for schema in episode.tools] if described else []
    return ContextSize(
        prompt=count(episode.system_prompt) + _PER_MESSAGE if described else 0,
        tools=sum(schemas) + _PER_LIST_OF_TOOLS if described else 0,
        user=sum(count(text) + _PER_MESSAGE for text in heard),
        results=sum(results),
        written=sum(turns),
        largest_result=max(results, default=0),
        largest_turn=max(turns, default=0),
    )


def _written(turn: Turn, count: Callable[[str], int]) -> int:
    action = turn.action
    if not isinstance(action, Action):
        return 0
    calls: list[JsonObject] = [{"name": wire_name(call.name), "arguments": {**call.args}} for call in action.calls]
    calls += [{"name": FINISH, "arguments": {**answer}} for answer in action.answers]
    texts = [json.dumps(call, ensure_ascii=False) for call in calls]
    return count(action.message) + sum(count(text) + _PER_CALL for text in texts) + _PER_MESSAGE
