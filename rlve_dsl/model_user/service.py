"""A model as a service for many users at once: kept replies, equal requests made once, a breaker, one background loop."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError, Future

from rlve_dsl.model_user.breaker import Breaker
from rlve_dsl.model_user.endpoint import Endpoint
from rlve_dsl.model_user.replies import Replies
from rlve_dsl.model_user.request import ModelRequest, Unanswered
from rlve_dsl.model_user.settings import ModelSettings
from rlve_dsl.user import waiting


class Service:
    """Answers requests. Any thread may ask.

    Raises:
        MissingExtra: When `openai` is not installed.
        UsageError: When the server's address or the file for replies cannot be used, or there is no key.
    """

    def __init__(self, settings: ModelSettings) -> None:
        self.settings = settings
        # not the address: the same model at another one gives the same replies
        self._about = (settings.model, settings.without_thinking)
        self._endpoint = Endpoint(settings)
        self._replies = Replies(settings.cache_bytes, settings.cache)
        self._breaker = Breaker(settings.failures, settings.pause)
        self._under_way: dict[str, Future[str]] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def ask(self, request: ModelRequest) -> str:
        """The model's reply. Equal requests get equal replies, also when they are made together.

        Other episodes that are played side by side go on meanwhile.

        Raises:
            Unanswered: When there is no reply. It says why.
        """
        key = request.key(*self._about)
        with self._lock:
            if (kept := self._replies.get(key)) is not None:
                return kept
            reply = self._under_way.get(key)
            if reply is None:
                if not self._breaker.allows():
                    raise Unanswered("paused")
                reply = asyncio.run_coroutine_threadsafe(self._answer(key, request), self._running_loop())
                self._under_way[key] = reply
        try:
            with waiting():
                return reply.result()
        except CancelledError:
            raise Unanswered("closed") from None

    def close(self) -> None:
        """Give up requests under way, close the connections and end the thread; the next request begins anew."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._give_up(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    async def _answer(self, key: str, request: ModelRequest) -> str:
        reply = None
        try:
            reply = await self._endpoint.complete(request)
            return reply
        finally:
            with self._lock:
                del self._under_way[key]
                if reply is None:
                    self._breaker.failed()
                else:
                    self._breaker.succeeded()
                    self._replies.keep(key, reply)

    async def _give_up(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._endpoint.close()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="user model", daemon=True)
            self._thread.start()
        return self._loop
