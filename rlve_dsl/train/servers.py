"""How servers of the model get new weights: several of them at once, and with failures told in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from rlve_dsl.errors import RlveError

T = TypeVar("T")


class Servers:
    """Several servers of one model, in place of TRL's client of one (`VLLMClient`). They get weights by one broadcast.

    Args:
        clients: TRL's client of each server.
    """

    def __init__(self, clients: Sequence[Any]) -> None:
        self._clients = clients

    @property
    def server_url(self) -> str:
        """Their addresses."""
        return ", ".join(client.server_url for client in self._clients)

    def wait_for_server_ready(self) -> None:
        """Wait until all of them answer."""
        self._each(lambda client: client.wait_for_server_ready())

    def get_dtype(self) -> str:
        """Return the type of their weights.

        Raises:
            RlveError: When they differ in it, so that one broadcast does not suit all of them.
        """
        types = {str(found) for found in self._each(lambda client: client.get_dtype())}
        if len(types) > 1:
            raise RlveError(f"the servers hold weights of different types ({', '.join(sorted(types))})")
        return types.pop()

    def get_world_size(self) -> int:
        """Return how many GPUs they have together."""
        return sum(self._each(lambda client: int(client.get_world_size())))

    def init_weight_transfer_engine(self, init_info: Mapping[str, Any], timeout: int) -> None:
        """Let all of them join the broadcast; the GPUs of each have ranks after those of the one before."""
        ranks, first = {}, int(init_info["rank_offset"])
        for client in self._clients:
            ranks[client] = first
            first += int(client.get_world_size())
        self._each(
            lambda client: client.init_weight_transfer_engine(
                {**init_info, "rank_offset": ranks[client]}, timeout=timeout
            )
        )

    def pause(self, timeout: int) -> None:
        """Let them stop writing."""
        self._each(lambda client: client.pause(timeout=timeout))

    def resume(self, timeout: int) -> None:
        """Let them go on."""
        self._each(lambda client: client.resume(timeout=timeout))

    def start_weight_update(self, timeout: int) -> None:
        """Let them prepare for new weights."""
        self._each(lambda client: client.start_weight_update(timeout=timeout))

    def update_weights(self, update_info: Mapping[str, Any], timeout: int) -> None:
        """Let them receive new weights, and wait until they have them."""
        self._each(lambda client: client.update_weights(update_info, timeout=timeout))

    def finish_weight_update(self, timeout: int) -> None:
        """Let them take the new weights into use."""
        self._each(lambda client: client.finish_weight_update(timeout=timeout))

    def _each(self, ask: Callable[[Any], T]) -> list[T]:
        """Ask all of them at the same time: none answers before the others have joined."""
        with ThreadPoolExecutor(len(self._clients)) as pool:
            return [*pool.map(ask, self._clients)]


class ToldTransfer:
    """A way to give servers new weights (TRL's `WeightTransferProtocol`), whose failures end a run with a sentence.

    Args:
        way: The way itself.
    """

    def __init__(self, way: Any) -> None:
        self._way = way

    def init_weight_transfer(self) -> None:
        """Prepare it."""
        self._told(self._way.init_weight_transfer)

    def ask_to_pause(self) -> None:
        """Let the servers stop writing."""
        self._told(self._way.pause)

    def pause(self) -> None:
        """Nothing: they have stopped already (`ask_to_pause`), so that all processes hear of it when they do not."""

    def send_weights(self, iterator: Iterator[tuple[str, Any]]) -> None:
        """Send the weights, by their names."""
        self._told(lambda: self._way.send_weights(iterator))

    def resume(self) -> None:
        """Let the servers go on."""
        self._told(self._way.resume)

    def destroy(self) -> None:
        """Forget what it holds."""
        self._way.destroy()

    def _told(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as problem:  # TRL's, of requests, of NCCL
            raise RlveError(f"the server of the model does not get new weights: {problem}") from problem
