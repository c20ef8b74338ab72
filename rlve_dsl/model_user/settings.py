"""What is set about the model that speaks for the user."""

from __future__ import annotations

import math
import os
from dataclasses import field
from pathlib import Path

from rlve_dsl.errors import UsageError
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

KEY = "OPENAI_API_KEY"
"""The environment variable that holds the key."""


@frozen
class ModelSettings:
    """How a model is reached and used.

    Attributes:
        model: The name of the model, as its server knows it.
        base_url: Where an OpenAI-compatible server is; None for OpenAI itself.
        api_key: The key; None for that of the environment variable OPENAI_API_KEY.
        timeout_seconds: How long one reply may take, all tries included.
        retries: How often a failed request is tried again.
        temperature: For wording. Questions are always understood at 0.
        at_once: How many requests may be under way together.
        without_thinking: Whether to ask the server to switch a model's thinking off (Qwen's `enable_thinking`).
        understands: Whether the model also finds which facts a message asks for.
        cache: A file that keeps replies for later runs.
        cache_bytes: How much memory kept replies may take.
        failures: After how many failures in a row the model is left alone for a while.
        pause: How many requests that while lasts; the next one is a try.

    Raises:
        UsageError: When a number is out of its range.
    """

    model: str
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    timeout_seconds: float = 30.0
    retries: int = 2
    temperature: float = 0.7
    at_once: int = 16
    without_thinking: bool = False
    understands: bool = False
    cache: Path | None = None
    cache_bytes: int = 64 << 20
    failures: int = 5
    pause: int = 50

    def __post_init__(self) -> None:
        for is_right, rule in (
            (0 < self.timeout_seconds < math.inf, "the timeout is a number of seconds above 0"),
            (self.retries >= 0, "the number of retries is a whole number from 0 up"),
            (0 <= self.temperature <= 2, "the temperature is a number from 0 to 2"),
            (self.at_once >= 1, "the number of requests at once is a whole number from 1 up"),
            (self.cache_bytes >= 0, "the bytes of the cache are a whole number from 0 up"),
            (self.failures >= 1 and self.pause >= 0, "the pause of a model begins after 1 failure or more"),
        ):
            if not is_right:
                raise UsageError(f"the user's model: {rule}")

    def key(self) -> str:
        """The key that is sent. A server of your own often takes any.

        Raises:
            UsageError: When there is none and no server of your own.
        """
        key = self.api_key or os.environ.get(KEY)
        if not key and not self.base_url:
            raise UsageError(
                f"the user's model has no key: set {KEY} to your key, or name a server of your own "
                "(--base-url, or `base_url` of ModelSettings)"
            )
        return key or "none"

    @property
    def source(self) -> str:
        """How a trajectory names the model."""
        return f"openai:{self.model}"

    def as_json(self) -> JsonObject:
        """What is set, without the key."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("api_key", "cache")}
        return {**told, "cache": str(self.cache) if self.cache is not None else None}
