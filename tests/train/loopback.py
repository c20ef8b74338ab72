"""What asynchronous training needs and a machine without a GPU lacks: a server that writes, and the kernel of TRL's trainer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from tests.loopback_server import Quiet, on_loopback
from tests.model_server import send


@dataclass
class Served:
    """What the server got. `writes` gives the tokens that follow a prompt, and their log-probabilities; None: an error."""

    writes: Callable[[list[int], dict[str, Any]], tuple[list[int], list[float]] | None]
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    refuses: int = 0


@contextmanager
def serving(writes: Callable[[list[int], dict[str, Any]], tuple[list[int], list[float]] | None]) -> Iterator[Served]:
    """A server with the two addresses of `vllm serve` that are used."""
    server = Served(writes)

    class Handler(Quiet):
        def do_GET(self) -> None:
            send(self, 200 if self.path == "/health" else 404, b"")

        def do_POST(self) -> None:
            asked = self.asked()
            server.asked.append(asked)
            written = server.writes(asked["prompt"], asked)
            if self.path != "/v1/completions" or written is None or server.refuses > 0:
                server.refuses -= 1
                send(self, 500, b"{}")
                return
            choice = {"token_ids": written[0], "logprobs": {"token_logprobs": written[1]}, "finish_reason": "stop"}
            send(self, 200, json.dumps({"choices": [choice]}).encode())

    with on_loopback(Handler) as port:
        server.url = f"http://127.0.0.1:{port}"
        yield server


def plain_attention(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, *, tree_kv_index: Any, tree_cu_seqlens_q: Any,
    tree_cu_seqlens_k: Any, scaling: float, **_: Any,
) -> tuple[Any, None]:  # fmt: skip
    """What TRL's kernel computes, slowly: each segment of a row attends to the path from the root to its end."""
    import torch

    q, k, v = (tensor.transpose(1, 2)[0] for tensor in (query, key, value))
    starts, paths, out = tree_cu_seqlens_q.tolist(), tree_cu_seqlens_k.tolist(), []
    for number in range(len(starts) - 1):
        own, path = q[starts[number] : starts[number + 1]], tree_kv_index[paths[number] : paths[number + 1]]
        seen = torch.ones(len(own), len(path), dtype=torch.bool).tril(len(path) - len(own))
        scores = torch.einsum("qhd,khd->hqk", own, k[path]) * scaling
        weights = scores.masked_fill(~seen, float("-inf")).softmax(-1)
        out.append(torch.einsum("hqk,khd->qhd", weights, v[path]))
    return torch.cat(out).unsqueeze(0), None


def do_without_a_gpu(patch: pytest.MonkeyPatch) -> None:
    """Put plain attention in the place of the kernel, and let the trainer look for samples more often than every five seconds."""
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface
    from trl.experimental.async_grpo import async_grpo_trainer as theirs

    AttentionInterface.register(theirs.TREE_ATTENTION, plain_attention)
    AttentionMaskInterface.register(theirs.TREE_ATTENTION, lambda **_: None)
    patch.setattr(theirs, "register_tree_attention", lambda: None)
    patch.setattr(theirs, "get_peak_flops_per_device", lambda *_: None)
    patch.setattr(theirs, "RolloutQueueDataset", partial(theirs.RolloutQueueDataset, poll_interval_s=0.1))


def shard_without_a_gpu(patch: pytest.MonkeyPatch) -> None:
    """Let accelerate shard weights by FSDP2 on a CPU too, over gloo: by itself it does so only on GPUs."""
    from accelerate.state import AcceleratorState, PartialState
    from accelerate.utils import DistributedType

    begin = AcceleratorState.__init__

    def began(state: Any, *given: Any, **named: Any) -> None:
        PartialState()
        if not AcceleratorState._shared_state:
            PartialState._shared_state["distributed_type"] = DistributedType.MULTI_GPU
        begin(state, *given, **named)

    patch.setattr(AcceleratorState, "__init__", began)
