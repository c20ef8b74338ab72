"""An OpenAI-compatible server on loopback whose replies a test writes. It never sleeps: it waits for events."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback_server import Quiet, on_loopback

MODEL = "scripted-9b"


@dataclass(frozen=True)
class Asked:
    """A request as the server got it."""

    body: dict[str, Any]
    key: str

    @property
    def material(self) -> dict[str, Any]:
        """What the model is to work with."""
        found: dict[str, Any] = json.loads(self.body["messages"][-1]["content"])
        return found

    @property
    def is_about_words(self) -> bool:
        return "sentences" in self.material

    @property
    def sentences(self) -> list[dict[str, Any]]:
        return list(self.material["sentences"])


@dataclass(frozen=True)
class Raw:
    """A response that is no completion."""

    status: int = 200
    body: bytes = b""
    encoding: str = ""


class Silence:
    """No response before the test ends."""


@dataclass
class Endless:
    """A response without an end, megabyte by megabyte; it counts how many the connection has taken."""

    sent: int = 0


class Hangup:
    """The connection is closed in the middle of the response."""


Answer = str | dict[str, Any] | Raw | Silence | Endless | Hangup
"""What the server answers: the content of a message, the fields of a message, or something else than a message."""
Behaviour = Callable[[Asked], Answer]


def worded(*wordings: str) -> str:
    return json.dumps({"sentences": list(wordings)})


def honest(asked: Asked) -> Answer:
    """Keeps every sentence as it is, with a word before it; understands questions that are asked word for word."""
    if asked.is_about_words:
        return worded(*(f"well, {sentence['sentence']}" for sentence in asked.sentences))
    questions, message = asked.material["questions"], asked.material["message"]
    return json.dumps({"asked": [label for label, texts in questions.items() if any(t in message for t in texts)]})


@dataclass
class ModelServer:
    """The server. `behave` decides each reply, and `asked` keeps the requests."""

    behave: Behaviour = honest
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def answer(self, handler: Quiet) -> None:
        body = handler.asked()
        asked = Asked(body, handler.headers.get("Authorization", ""))
        self.asked.append(asked)
        reply = self.behave(asked)
        if isinstance(reply, Silence):
            self.ended.wait()
        elif isinstance(reply, Hangup):
            send(handler, 200, b'{"choices": [{"mess', length=1000)
        elif isinstance(reply, Raw):
            send(handler, reply.status, reply.body, encoding=reply.encoding)
        elif isinstance(reply, Endless):
            handler.send_response(200)
            handler.end_headers()  # without a length: it lasts as long as the connection
            while not self.ended.is_set():
                handler.wfile.write(b" " * 1_000_000)
                reply.sent += 1
        else:
            message = {"role": "assistant", **(reply if isinstance(reply, dict) else {"content": reply})}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            completion = {"id": "c", "object": "chat.completion", "created": 0, "model": MODEL, "choices": [choice]}
            send(handler, 200, json.dumps(completion).encode())


def send(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, length: int | None = None, encoding: str = ""
) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    if encoding:
        handler.send_header("Content-Encoding", encoding)
    handler.send_header("retry-after-ms", "1")  # a client that tries again need not wait
    handler.end_headers()
    handler.wfile.write(body)
    handler.close_connection = True


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """A running server."""
    server = ModelServer()

    class Handler(Quiet):
        def do_POST(self) -> None:
            try:
                server.answer(self)
            except OSError:
                pass  # the client has given up

    with on_loopback(Handler) as port:
        server.url = f"http://127.0.0.1:{port}/v1"
        try:
            yield server
        finally:
            server.ended.set()
