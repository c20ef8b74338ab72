"""Families of models: how they write calls of tools, and the chat templates that TRL knows.

Calls between `<tool_call>` tags (Qwen, Nemotron) are read by `rlve_dsl.episode`. Those of other families are read by transformers, with the
description of the form that TRL ships for the chat template.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, TypeAlias

from rlve_dsl.episode import Action, Malformed, parse_completion, parse_message
from rlve_dsl.values import Json

Reader: TypeAlias = Callable[[str], Action | Malformed]
"""Reads the text of a turn, with the token that ends it."""

_TRAINING = "_training"


def template_named(name: str) -> str:
    """Return the chat template of TRL with this name."""
    return files("trl").joinpath(f"chat_templates/{name}.jinja").read_text(encoding="utf-8")


def known_template(text: str | None) -> str | None:
    """Return the name of a chat template that TRL ships, without the ending of its training variant; None for any other.

    Other engines have no TRL; then no template is known.
    """
    if find_spec("trl") is None:
        return None
    for file in files("trl").joinpath("chat_templates").iterdir():
        if file.name.endswith(".jinja") and file.read_text(encoding="utf-8") == text:
            return file.name.removesuffix(".jinja").removesuffix(_TRAINING)
    return None


def for_training(tokenizer: Any) -> Any:
    """Return the tokenizer with a chat template that writes earlier turns as the model wrote them, whatever follows.

    It is the training variant that TRL ships for its template; without one, the tokenizer is returned as it is.
    """
    if find_spec("trl") is None:
        return tokenizer
    from trl.chat_template_utils import get_training_chat_template

    try:
        template = get_training_chat_template(tokenizer)
    except ValueError:  # TRL has no variant for it
        return tokenizer
    if template is not None:
        tokenizer.chat_template = template
    return tokenizer


def keeps_turns(tokenizer: Any) -> bool:
    """Whether the chat template writes earlier turns as the model wrote them, whatever follows."""
    from trl.chat_template_utils import is_chat_template_prefix_preserving

    return bool(is_chat_template_prefix_preserving(tokenizer))


def readers(tokenizer: Any, header: str, ends: Mapping[str, int]) -> Iterator[Reader]:
    """Yield what may read the turns of this model: our own reader, then that of TRL for the model's chat template.

    Args:
        tokenizer: The tokenizer, with its chat template.
        header: What the template writes before a turn of the model.
        ends: The texts of the tokens that end a turn.
    """

    def own(text: str) -> Action | Malformed:
        end = next((end for end in ends if text.endswith(end)), "")
        return parse_completion(text.removesuffix(end))

    yield own
    described = _described(tokenizer)
    if described is None:
        return

    def theirs(text: str) -> Action | Malformed:
        try:
            message: Mapping[str, Json] = described.parse_response(text, prefix=header)
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            return Malformed(f"not the form of this model: {str(problem).splitlines()[0]}", text)
        return parse_message(message)

    yield theirs


def _described(tokenizer: Any) -> Any:
    """A copy of the tokenizer that knows the form of its model's turns; None where TRL does not describe it."""
    name = known_template(tokenizer.chat_template)
    if name is None:
        return None
    from trl.chat_template_utils import add_response_schema

    described = copy.deepcopy(tokenizer)
    described.chat_template = template_named(name)
    try:
        return add_response_schema(described)
    except ValueError:
        return None
