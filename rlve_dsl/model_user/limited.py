"""An HTTP client that reads so much of a response, and no more."""

from __future__ import annotations

from typing import Any

from rlve_dsl.model_user.request import TooLong

MOST_READ = 4_000_000
"""The most bytes of a response that are read. A reply, with all thoughts before it, is far shorter."""

_OF_THE_BODY = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def limited_client(timeout_seconds: float) -> Any:
    """The client of `openai`, whose responses have at most `MOST_READ` bytes, also when they are unpacked.

    For a longer one it raises TooLong.
    """
    from openai import DefaultAsyncHttpxClient

    class Limited(DefaultAsyncHttpxClient):  # type: ignore[misc]  # `openai` is not always there to be checked
        async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            response = await super().send(request, stream=True, **options)
            return response if stream else await _read(response)

    return Limited(timeout=timeout_seconds)


async def _read(response: Any) -> Any:
    """The response with its body, unpacked; the connection is free again."""
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
