"""A request to a model, and why a reply is missing."""

from __future__ import annotations

import hashlib
import json

from rlve_dsl.errors import RlveError
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject


class Unanswered(RlveError):
    """A model gave no reply that can be used; the message is the reason, in a few words that can be counted."""


class TooLong(RlveError):
    """A server's response is longer than is read."""


@frozen
class ModelRequest:
    """What a model is asked.

    Attributes:
        task: What it has to do, in the project's words.
        material: What it has to do it with, as JSON data. It may hold text from outside, which is quoted by JSON.
        form: The JSON Schema of its reply.
        temperature: How freely it chooses words.
        seed: What the server may draw from, so that equal requests get equal replies.
        most_tokens: How long the reply may be, without thoughts.
    """

    task: str
    material: JsonObject
    form: JsonObject
    temperature: float
    seed: int
    most_tokens: int

    @property
    def messages(self) -> list[dict[str, str]]:
        """The chat messages."""
        return [
            {"role": "system", "content": self.task},
            {"role": "user", "content": json.dumps(self.material, ensure_ascii=False, indent=1)},
        ]

    def key(self, *about: str | bool) -> str:
        """What identifies the request to a model that is described by `about`."""
        content = [about, self.task, self.material, self.form, self.temperature, self.seed]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def json_in(reply: str) -> JsonObject:
    """The JSON object in a reply, without a model's thoughts before it and a fence around it.

    Raises:
        Unanswered: When there is none.
    """
    thoughts, end, rest = reply.rpartition("</think>")
    text = rest if end else thoughts + rest
    if "<think>" in text:
        raise Unanswered("cut off while thinking")
    try:
        found = json.loads(text[text.find("{") : text.rfind("}") + 1])
    except (ValueError, RecursionError):
        raise Unanswered("reply is not JSON") from None
    if not isinstance(found, dict):
        raise Unanswered("reply is not JSON")
    return found
