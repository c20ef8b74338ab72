"""Several servers get the same weights, and share the conversations."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Barrier
from typing import Any

import pytest

from rlve_dsl.errors import RlveError
from rlve_dsl.train.served import ServedEngine
from rlve_dsl.train.servers import Servers, ToldTransfer


class Client:
    """TRL's client of one server, with two GPUs. It answers when as many others as `joined` awaits are asked."""

    def __init__(self, joined: Barrier, dtype: str = "torch.bfloat16", gpus: int = 2) -> None:
        self.asked: list[Any] = []
        self._joined, self._dtype, self._gpus = joined, dtype, gpus

    def get_world_size(self) -> int:
        return self._gpus

    def get_dtype(self) -> str:
        return self._dtype

    def init_weight_transfer_engine(self, init_info: dict[str, Any], timeout: int) -> None:
        self._joined.wait(timeout)
        self.asked.append(init_info)

    def update_weights(self, update_info: dict[str, Any], timeout: int) -> None:
        self._joined.wait(timeout)
        self.asked.append(update_info)


def test_all_servers_join_one_broadcast_with_ranks_of_their_own() -> None:
    joined = Barrier(3)  # NCCL waits for all of them: one after another would wait for ever
    clients = [Client(joined), Client(joined, gpus=4), Client(joined, gpus=1)]
    servers = Servers(clients)
    assert servers.get_world_size() == 7 and servers.get_dtype() == "torch.bfloat16"
    servers.init_weight_transfer_engine({"master_port": 5, "rank_offset": 1, "world_size": 8}, timeout=20)
    servers.update_weights({"names": ["w"]}, timeout=20)
    assert [client.asked[0]["rank_offset"] for client in clients] == [1, 3, 7]
    assert all(client.asked[0]["world_size"] == 8 and client.asked[1] == {"names": ["w"]} for client in clients)


def test_servers_with_other_types_of_weights_are_refused() -> None:
    servers = Servers([Client(Barrier(1)), Client(Barrier(1), "torch.float16")])
    with pytest.raises(RlveError, match=r"different types \(torch.bfloat16, torch.float16\)"):
        servers.get_dtype()


def test_conversations_go_round_and_stay_where_they_began(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    asked: list[str] = []

    async def write(engine: ServedEngine, url: str, tokens: list[int], seed: int) -> Any:
        asked.append(url)
        return type("Turn", (), {"tokens": [1]})

    monkeypatch.setattr(ServedEngine, "write", write)
    engine = ServedEngine(
        ["http://a/", "http://b"], "m", ends={0}, turn_tokens=9, context_tokens=99, temperature=1.0, at_once=1
    )

    async def talk() -> None:
        conversations = [engine.conversation(seed) for seed in range(3)]
        for conversation in [*conversations, *conversations]:
            await conversation.write([5])

    asyncio.run(talk())
    assert asked == ["http://a", "http://b", "http://a"] * 2


class Broken:
    """A way to send weights that does not work."""

    def send_weights(self, iterator: Iterator[Any]) -> None:
        raise ConnectionError("no route")

    def destroy(self) -> None:
        pass


def test_weights_that_do_not_arrive_are_told_in_a_sentence() -> None:
    with pytest.raises(RlveError, match="the server of the model does not get new weights: no route"):
        ToldTransfer(Broken()).send_weights(iter(()))
