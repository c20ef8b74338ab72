"""Between chat messages and tokens, by the model's own chat template, one turn at a time.

A whole conversation is never rendered twice: templates drop or add parts of earlier turns (Qwen3 its thinking block), and
training needs the very tokens that were sampled. So only what is new is rendered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlve_dsl.errors import UsageError

# Stands for what the model said; no template changes it and no tokenizer ever sees it.
_SPOKEN = "\u241fspoken\u241f"


class TemplateChat:
    """The tokens of a conversation with a tokenizer that has a chat template.

    `describe` puts the system prompt and the tools' schemas before the first message; `options` go to the template.
    Raises UsageError when the template does not end a turn with the tokenizer's end-of-sequence token.
    """

    def __init__(self, tokenizer: Any, *, describe: bool, options: Mapping[str, Any]) -> None:
        self._tokenizer = tokenizer
        self._describe = describe
        self._options = dict(options)
        self.end: int = tokenizer.eos_token_id
        self.continuation_text([{"role": "user", "content": "."}])

    def opening_text(self, episode: Any) -> str:
        """The system prompt, the tools and the first messages, up to where the model speaks."""
        messages = list(episode.observation.messages)
        tools = None
        if self._describe:
            messages.insert(0, {"role": "system", "content": episode.system_prompt})
            tools = episode.tools
        return self._render(messages, tools)

    def continuation_text(self, messages: Sequence[Mapping[str, Any]]) -> str:
        """What stands between the end-of-turn token of one turn of the model and the beginning of its next."""
        before = [{"role": "user", "content": "."}, {"role": "assistant", "content": _SPOKEN}]
        suffix = self._render([*before, *messages], None).split(_SPOKEN, 1)[1]
        end = self._tokenizer.eos_token
        if not suffix.startswith(end):
            raise UsageError(f"the chat template of this model does not end a turn with its end token {end}")
        return suffix[len(end) :]

    def opening(self, episode: Any) -> list[int]:
        """The tokens of `opening_text`."""
        return self.tokens(self.opening_text(episode))

    def continuation(self, messages: Sequence[Mapping[str, Any]]) -> list[int]:
        """The tokens of `continuation_text`."""
        return self.tokens(self.continuation_text(messages))

    def text(self, tokens: Sequence[int]) -> str:
        """What the tokens say, special tokens included."""
        return str(self._tokenizer.decode(tokens, skip_special_tokens=False))

    def tokens(self, text: str) -> list[int]:
        """The tokens of a text, nothing added."""
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _render(self, messages: Sequence[Mapping[str, Any]], tools: Any) -> str:
        return str(
            self._tokenizer.apply_chat_template(
                list(messages), tools=tools, add_generation_prompt=True, tokenize=False, **self._options
            )
        )
