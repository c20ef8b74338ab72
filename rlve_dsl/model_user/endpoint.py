"""An OpenAI-compatible server, reached with the `openai` library. Nothing here knows what is asked."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from rlve_dsl.errors import MissingExtra, UsageError
from rlve_dsl.model_user.limited import limited_client
from rlve_dsl.model_user.request import ModelRequest, TooLong, Unanswered
from rlve_dsl.model_user.settings import ModelSettings
from rlve_dsl.values import JsonObject

_THOUGHTS = 4096  # tokens that a model may think, where it is not asked not to


class Endpoint:
    """Completes chats. All requests are made in one event loop.

    Raises:
        MissingExtra: When `openai` is not installed.
        UsageError: When the address of the server is none, or there is no key for OpenAI.
    """

    def __init__(self, settings: ModelSettings) -> None:
        if find_spec("openai") is None:
            raise MissingExtra("llm", "openai")
        url = settings.base_url
        if url is not None:
            _check_address(url)
        self._settings = settings
        self._key = settings.key()
        self._client: Any = None
        self._free = asyncio.Semaphore(settings.at_once)

    async def complete(self, request: ModelRequest) -> str:
        """The text of the model's reply.

        Raises:
            Unanswered: When none came in time, or none that is whole.
        """
        import openai

        try:
            if self._client is None:
                self._free = asyncio.Semaphore(self._settings.at_once)
                self._client = self._connect()
            async with self._free, asyncio.timeout(self._settings.timeout_seconds):
                completion = await self._client.chat.completions.create(**self._options(request))
        except (TimeoutError, openai.APITimeoutError):
            raise Unanswered("timeout") from None
        except openai.APIStatusError as problem:
            raise Unanswered(f"status {problem.status_code}") from None
        except TooLong:
            raise Unanswered("response too long") from None
        except openai.APIConnectionError as problem:
            # some versions of `openai` take what the client raises for a broken connection
            raise Unanswered(
                "response too long" if isinstance(problem.__cause__, TooLong) else "no connection"
            ) from None
        except Exception:  # noqa: BLE001 - a server may answer with anything, and each library reports that in its way
            raise Unanswered("unreadable response") from None
        return _text_of(completion)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _connect(self) -> Any:
        from openai import AsyncOpenAI

        settings = self._settings
        return AsyncOpenAI(
            api_key=self._key,
            base_url=settings.base_url,
            timeout=settings.timeout_seconds,
            max_retries=settings.retries,
            http_client=limited_client(settings.timeout_seconds),
        )

    def _options(self, request: ModelRequest) -> JsonObject:
        form: JsonObject = {"name": "reply", "strict": True, "schema": request.form}
        options: JsonObject = {
            "model": self._settings.model,
            "messages": [{**message} for message in request.messages],
            "response_format": {"type": "json_schema", "json_schema": form},
            "temperature": request.temperature,
            "seed": request.seed,
            "max_completion_tokens": request.most_tokens + (0 if self._settings.without_thinking else _THOUGHTS),
        }
        if self._settings.without_thinking:
            options["extra_body"] = {"chat_template_kwargs": {"enable_thinking": False}}
        return options


def _check_address(url: str) -> None:
    """Raises UsageError when no server can have this address."""
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"the address of a model's server begins with http:// or https://, unlike `{url}`")
    try:
        parts = urlsplit(url)
        is_one = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one:
        raise UsageError(
            f"`{url}` is no address of a server: http://HOST:PORT/v1 is wanted, with a port from 1 to 65535"
        )


def _text_of(completion: Any) -> str:
    try:
        choice = completion.choices[0]
        text, reason = choice.message.content, choice.finish_reason
    except (AttributeError, IndexError, TypeError):
        raise Unanswered("unreadable response") from None
    if reason == "length":
        raise Unanswered("cut off")
    if not isinstance(text, str) or not text.strip():
        raise Unanswered("empty reply")
    return text
