"""Chat messages as tokens, by the model's own chat template, one turn at a time.

Only new messages are rendered and tokenized. Templates drop or add parts of earlier turns (Qwen3 its thinking block), so
rendering the whole conversation again would not give the tokens that were sampled.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from rlve_dsl.episode import Action, Call, Episode, Malformed
from rlve_dsl.errors import UsageError
from rlve_dsl.frozen import frozen
from rlve_dsl.train.families import Reader, readers
from rlve_dsl.values import Json, JsonObject

_Render: TypeAlias = Callable[[Sequence[Mapping[str, Json]]], str]

# Stands for a turn of the model. No template changes it, and it is never tokenized.
_SPOKEN = "\u241fspoken\u241f"
_MARK, _TOOL = "\u241fread\u241f", "read-this-tool"  # contents and a description that a model must be able to read
# Contents that show whether a template puts the contents of messages into its text as they are.
_PROBES = ("\u241f#\u241f", ' \n# <tool_call>\n{"a": 1}\n</tool_call> </think>\n ')
_PROBE = Call("look_up", {"words": "a blue lamp"})
_KEPT = 8192  # texts whose tokens are remembered: the rollouts of a group read the same


class TemplateChat:
    """The tokens of a conversation, by a tokenizer that has a chat template.

    Args:
        tokenizer: A tokenizer of transformers.
        describe: Whether the system prompt and the tools' schemas come before the first message.
        options: Further arguments of the template.

    Attributes:
        ends: The tokens that end a turn: the tokenizer's end of sequence, and what the template writes after a turn.
        end: The one that the template writes after a turn that a user answers.
        tagged: Whether the model writes calls between `<tool_call>` tags, as demonstrations do.

    Raises:
        UsageError: When the template does not end a turn with a special token, leaves out the system prompt, the tools, calls or
            what they return, or writes calls in a form that is not read.
    """

    def __init__(self, tokenizer: Any, *, describe: bool, options: Mapping[str, Json]) -> None:
        from jinja2 import TemplateError  # comes with transformers

        self._tokenizer = tokenizer
        self._describe = describe
        self._options = dict(options)
        self._frames: dict[tuple[str, str], _Frame | None] = {}
        self._known: dict[str, list[int]] = {}
        self._special: dict[str, int] = {tokenizer.eos_token: tokenizer.eos_token_id, **tokenizer.get_added_vocab()}
        self._ends: dict[str, int] = {tokenizer.eos_token: tokenizer.eos_token_id}
        try:
            self._check()
        except (TypeError, ValueError, KeyError, TemplateError) as problem:
            raise UsageError(
                f"the chat template of this model cannot write a conversation with tools: {problem}"
            ) from None

    def _check(self) -> None:
        """Find out how the model ends and writes turns; raise UsageError when it would not read what an episode has to say."""
        self.continuation_text([{"role": "user", "content": "."}])
        self.end: int = list(self._ends.values())[-1]
        if _MARK not in self.continuation_text([{"role": "tool", "name": "look", "content": _MARK}]):
            raise UsageError("the chat template of this model leaves out what tools return: train another model")
        self.ends = frozenset(self._ends.values())
        if self._describe:
            self._check_description()
        self._reader, self.tagged = self._found_reader()

    def _check_description(self) -> None:
        messages = [{"role": "system", "content": _MARK}, {"role": "user", "content": "."}]
        described = {"name": "look", "description": _TOOL, "parameters": {"type": "object", "properties": {}}}
        text = self._render(messages, [{"type": "function", "function": described}])
        for what, mark in (("the system prompt", _MARK), ("the tools", _TOOL)):
            if mark not in text:
                raise UsageError(f"the chat template of this model leaves out {what}: train another model")

    def _found_reader(self) -> tuple[Reader, bool]:
        """What reads a call as the template writes it, and whether it is our own reader.

        A model that is not told of tools learns their form from demonstrations, and our own reader reads it.
        """
        header = self._header()
        written = self._probed_turn(header)
        for number, reader in enumerate(readers(self._tokenizer, header, self._ends)):
            read = reader(written)
            if not self._describe or (isinstance(read, Action) and read.calls == (_PROBE,)):
                return reader, number == 0
        if _PROBE.name not in written:
            raise UsageError("the chat template of this model leaves out calls of tools: train another model")
        raise UsageError(
            "the chat template of this model writes calls in a form that is not read here: train another model"
        )

    def _header(self) -> str:
        """What the template writes before a turn of the model, without thoughts that it opens."""
        asked = [{"role": "user", "content": "."}]
        opened = self._render(asked, None)
        header = opened.removeprefix(self._render(asked, None, opens=False))
        return header.partition("<think>")[0]

    def _probed_turn(self, header: str) -> str:
        """A turn with a call as the template writes it, with a token that ends a turn."""
        asked: list[Mapping[str, Json]] = [{"role": "user", "content": "."}]
        call: JsonObject = {"type": "function", "function": {"name": _PROBE.name, "arguments": dict(_PROBE.args)}}
        whole = self._render([*asked, {"role": "assistant", "content": "", "tool_calls": [call]}], None, opens=False)
        turn = whole[len(os.path.commonprefix([whole, self._render(asked, None, opens=False)])) :].removeprefix(header)
        end = max(self._ends, key=turn.rfind)
        return turn[: turn.rfind(end)] + end if end in turn else turn.rstrip() + self._tokenizer.eos_token

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
        if not spoken:
            raise UsageError("the chat template of this model leaves out what it said as text")
        end = max((token for token in self._special if suffix.startswith(token)), key=len, default=None)
        if end is None:
            raise UsageError("the chat template of this model does not end a turn with a token of its own")
        self._ends[end] = self._special[end]
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

    def action(self, turn: Sequence[int]) -> Action | Malformed:
        """Return the action that a turn of the model says, in the form of its family."""
        return self._reader(self.text(turn))

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of a text, with nothing added."""
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[text] = list(self._tokenizer(text, add_special_tokens=False)["input_ids"])
        return list(known)

    def _render(self, messages: Sequence[Mapping[str, Json]], tools: object, *, opens: bool = True) -> str:
        """The text of messages. With `opens`, it goes up to where the model writes."""
        return str(
            self._tokenizer.apply_chat_template(
                list(messages), tools=tools, add_generation_prompt=opens, tokenize=False, **self._options
            )
        )


@frozen
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
