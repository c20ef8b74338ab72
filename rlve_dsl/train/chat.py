"""Chat messages as tokens, by the model's own chat template, one turn at a time.

Only new messages are rendered. Templates drop or add parts of earlier turns (Qwen3 its thinking block), so rendering the
whole conversation again would not give the tokens that were sampled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlve_dsl.episode import Episode
from rlve_dsl.errors import UsageError
from rlve_dsl.values import Json

# Stands for a turn of the model. No template changes it, and it is never tokenized.
_SPOKEN = "\u241fspoken\u241f"


class TemplateChat:
    """The tokens of a conversation, by a tokenizer that has a chat template.

    Args:
        tokenizer: A tokenizer of transformers.
        describe: Whether the system prompt and the tools' schemas come before the first message.
        options: Further arguments of the template.

    Raises:
        UsageError: When the template does not end a turn with the tokenizer's end-of-sequence token.
    """

    def __init__(self, tokenizer: Any, *, describe: bool, options: Mapping[str, Json]) -> None:
        self._tokenizer = tokenizer
        self._describe = describe
        self._options = dict(options)
        self.end: int = tokenizer.eos_token_id
        self.continuation_text([{"role": "user", "content": "."}])

    def opening_text(self, episode: Episode) -> str:
        """Return the system prompt, the tools and the user's opening, up to where the model writes."""
        messages: list[Mapping[str, Json]] = [{"role": "user", "content": episode.opening}]
        tools = None
        if self._describe:
            messages.insert(0, {"role": "system", "content": episode.system_prompt})
            tools = episode.tools
        return self._render(messages, tools)

    def continuation_text(self, messages: Sequence[Mapping[str, Json]]) -> str:
        """Return the text between the end-of-turn token of one turn of the model and the beginning of its next."""
        before: list[Mapping[str, Json]] = [{"role": "user", "content": "."}, {"role": "assistant", "content": _SPOKEN}]
        suffix = self._render([*before, *messages], None).split(_SPOKEN, 1)[1]
        end = self._tokenizer.eos_token
        if not suffix.startswith(end):
            raise UsageError(f"the chat template of this model does not end a turn with its end token {end}")
        return suffix[len(end) :]

    def opening(self, episode: Episode) -> list[int]:
        """Return the tokens of `opening_text`."""
        return self.tokens(self.opening_text(episode))

    def continuation(self, messages: Sequence[Mapping[str, Json]]) -> list[int]:
        """Return the tokens of `continuation_text`."""
        return self.tokens(self.continuation_text(messages))

    def text(self, tokens: Sequence[int]) -> str:
        """Return the text of the tokens, special tokens included."""
        return str(self._tokenizer.decode(tokens, skip_special_tokens=False))

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of a text, with nothing added."""
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _render(self, messages: Sequence[Mapping[str, Json]], tools: object) -> str:
        return str(
            self._tokenizer.apply_chat_template(
                list(messages), tools=tools, add_generation_prompt=True, tokenize=False, **self._options
            )
        )
