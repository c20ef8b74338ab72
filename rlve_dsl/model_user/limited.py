"""An HTTP client that reads so much of a response, and no more. It needs `openai`, so it is imported when a model is called."""

from __future__ import annotations

from typing import Any

from openai import DefaultAsyncHttpxClient

from rlve_dsl.model_user.request import TooLong

MOST_READ = 4_000_000
"""The most bytes of a response that are read. A reply, with all thoughts before it, is far shorter."""

_OF_THE_BODY = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class LimitedClient(DefaultAsyncHttpxClient):  # type: ignore[misc]  # `openai` is not always there to be checked
    """The client of `openai`, whose responses have at most `MOST_READ` bytes, also where they are compressed."""

    async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
        """Send a request, and read the response.

        Raises:
            TooLong: When the response has more bytes.
        """
        response = await super().send(request, stream=True, **options)
        if stream:
            return response
        body = bytearray()
        try:
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MOST_READ:
                    raise TooLong(f"a response has more than {MOST_READ:,} bytes")
        finally:
            await response.aclose()
        headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in _OF_THE_BODY]
        return type(response)(response.status_code, headers=headers, content=bytes(body), request=response.request)
