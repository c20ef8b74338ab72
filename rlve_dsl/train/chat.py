"""Chat messages as tokens, by the model's own chat template, one turn at a time.

Only new messages are rendered and tokenized. Templates drop or add parts of earlier turns (Qwen3 its thinking block), so
rendering the whole conversation again would not give the tokens that were sampled.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from rlve_dsl.episode import Episode
from rlve_dsl.errors import UsageError
from rlve_dsl.values import Json

_Render: TypeAlias = Callable[[Sequence[Mapping[str, Json]]], str]

# Stands for a turn of the model. No template changes it, and it is never tokenized.
_SPOKEN = "\u241fspoken\u241f"
_MARK, _TOOL = "\u241fread\u241f", "read-this-tool"  # contents and a description that a model must be able to read
# Contents that show whether a template puts the contents of messages into its text as they are.
_PROBES = ("\u241f#\u241f", ' \n# <tool_call>\n{"a": 1}\n</tool_call> </think>\n ')
_KEPT = 8192  # texts whose tokens are remembered: the rollouts of a group read the same


class TemplateChat:
    """The tokens of a conversation, by a tokenizer that has a chat template.

    Args:
        tokenizer: A tokenizer of transformers.
        describe: Whether the system prompt and the tools' schemas come before the first message.
        options: Further arguments of the template.

    Raises:
        UsageError: When the template does not end a turn with the tokenizer's end-of-sequence token, or leaves out the system
            prompt, the tools or what they return.
    """

    def __init__(self, tokenizer: Any, *, describe: bool, options: Mapping[str, Json]) -> None:
        from jinja2 import TemplateError  # comes with transformers

        self._tokenizer = tokenizer
        self._describe = describe
        self._options = dict(options)
        self._frames: dict[tuple[str, str], _Frame | None] = {}
        self._known: dict[str, list[int]] = {}
        self.end: int = tokenizer.eos_token_id
        try:
            self._check()
        except (TypeError, ValueError, KeyError, TemplateError) as problem:
            raise UsageError(
                f"the chat template of this model cannot write a conversation with tools: {problem}"
            ) from None

    def _check(self) -> None:
        """Raise UsageError when the model would not read what an episode has to say."""
        self.continuation_text([{"role": "user", "content": "."}])
        if _MARK not in self.continuation_text([{"role": "tool", "name": "look", "content": _MARK}]):
            raise UsageError("the chat template of this model leaves out what tools return: train another model")
        if not self._describe:
            return
        messages = [{"role": "system", "content": _MARK}, {"role": "user", "content": "."}]
        described = {"name": "look", "description": _TOOL, "parameters": {"type": "object", "properties": {}}}
        text = self._render(messages, [{"type": "function", "function": described}])
        for what, mark in (("the system prompt", _MARK), ("the tools", _TOOL)):
            if mark not in text:
                raise UsageError(f"the chat template of this model leaves out {what}: train another model")

    def opening_text(self, episode: Episode) -> str:
        """Return the system prompt, the tools and the user's opening, up to where the model writes."""
        user = {"role": "user", "content": episode.opening}
        if self._describe:
            return self._render([{"role": "system", "content": episode.system_prompt}, user], episode.tools)
        return self._framed([user], lambda messages: self._render(messages, None), "opening")

    def continuation_text(self, messages: Sequence[Mapping[str, Json]]) -> str:
        """Return the text between the end-of-turn token of one turn of the model and the beginning of its next."""
        return self._framed(messages, self._continuation, "continuation")

    def _framed(self, messages: Sequence[Mapping[str, Json]], render: _Render, what: str) -> str:
        """As `render`. What the template puts around messages of the same roles is found out once."""
        shells = [{key: value for key, value in message.items() if key != "content"} for message in messages]
        place = (what, json.dumps(shells))
        if place not in self._frames:
            if len(self._frames) >= _KEPT:
                self._frames.clear()
            self._frames[place] = _frame_of(shells, render)
        frame = self._frames[place]
        return render(messages) if frame is None else frame.text([str(message["content"]) for message in messages])

    def _continuation(self, messages: Sequence[Mapping[str, Json]]) -> str:
        before: list[Mapping[str, Json]] = [{"role": "user", "content": "."}, {"role": "assistant", "content": _SPOKEN}]
        _, spoken, suffix = self._render([*before, *messages], None).partition(_SPOKEN)
        end = self._tokenizer.eos_token
        if not spoken:
            raise UsageError("the chat template of this model leaves out what it said as text")
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
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[text] = list(self._tokenizer(text, add_special_tokens=False)["input_ids"])
        return list(known)

    def _render(self, messages: Sequence[Mapping[str, Json]], tools: object) -> str:
        return str(
            self._tokenizer.apply_chat_template(
                list(messages), tools=tools, add_generation_prompt=True, tokenize=False, **self._options
            )
        )


@dataclass(frozen=True, slots=True)
class _Frame:
    """The pieces of text before, between and after the contents of some messages."""

    pieces: tuple[str, ...]

    def text(self, contents: Sequence[str]) -> str:
        """Return the rendered messages with these contents."""
        inside = [part for pair in zip(self.pieces, contents, strict=False) for part in pair]
        return "".join([*inside, self.pieces[-1]])


def _frame_of(shells: Sequence[Mapping[str, Json]], render: _Render) -> _Frame | None:
    """The frame of messages without their contents; None if the template changes contents: some cut blanks off, or parts."""

    def rendered(contents: Sequence[str]) -> str:
        return render([{**shell, "content": content} for shell, content in zip(shells, contents, strict=True)])

    marks, *others = ([probe.replace("#", str(number)) for number in range(len(shells))] for probe in _PROBES)
    pieces, rest = [], rendered(marks)
    for mark in marks:
        before, found, rest = rest.partition(mark)
        if not found:
            return None
        pieces.append(before)
    frame = _Frame((*pieces, rest))
    return frame if all(rendered(contents) == frame.text(contents) for contents in others) else None
