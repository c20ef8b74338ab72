"""How much memory a run takes on each GPU, by arithmetic: no weights are loaded, and nothing is measured."""

from __future__ import annotations

import re
from typing import Any

from rlve_dsl.errors import UsageError
from rlve_dsl.files import Settings
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

_GIB = 2.0**30
_BYTES = {"float32": 4, "bfloat16": 2}


@frozen
class Sizes:
    """The sizes of a model, and what they are known from. What is not known is 0."""

    known_from: str
    parameters: int
    adapters: int = 0
    layers: int = 0
    width: int = 0
    vocabulary: int = 0


@frozen
class Memory:
    """The memory of each part of a run on one GPU in GiB, with the formula that gave it."""

    sizes: Sizes
    parts: tuple[tuple[str, str, float], ...]

    @property
    def total(self) -> float:
        """The sum of the parts, in GiB."""
        return sum(gib for _, _, gib in self.parts)

    def as_json(self) -> JsonObject:
        """Return it as JSON data."""
        return {
            "known_from": self.sizes.known_from,
            "parameters": self.sizes.parameters,
            "gib": {name: round(gib, 2) for name, _, gib in self.parts},
            "formulas": {name: formula for name, formula, _ in self.parts},
            "total_gib": round(self.total, 2),
        }


def memory_of(settings: Settings, sizes: Sizes, processes: int) -> Memory:
    """Return what the model of these sizes takes on each GPU.

    Args:
        settings: The settings of the run.
        sizes: The sizes of the model.
        processes: How many GPUs the weights are shared among, if the settings say `trainer.fsdp`.
    """
    size = _BYTES[settings.dtype]
    shards = processes if settings.trainer.get("fsdp") else 1
    trained = sizes.adapters if settings.lora.rank else sizes.parameters
    update = settings.batch // settings.updates // processes
    rows = (settings.micro_batch or update) * settings.context_tokens
    kept = 1 if _checkpointed(settings) else 16
    parts = [
        ("weights", f"parameters × {size} bytes / {shards}", sizes.parameters * size / shards),
        ("gradients", f"trained parameters × {size} bytes / {shards}", trained * size / shards),
        ("optimizer", f"trained parameters × 2 × {size} bytes / {shards} (AdamW)", trained * 2 * size / shards),
        (
            "activations",
            f"rollouts in a pass × context_tokens × layers × width × {kept} × {size} bytes",
            rows * sizes.layers * sizes.width * kept * size,
        ),
        (
            "logits",
            f"rollouts in a pass × context_tokens × vocabulary × 2 × {size} bytes (they and their gradient)",
            rows * sizes.vocabulary * 2 * size,
        ),
    ]
    share = settings.trainer.get("vllm_gpu_memory_utilization")
    if settings.trainer.get("use_vllm") and settings.gpu_memory and isinstance(share, float):
        parts.append(("vllm", "vllm_gpu_memory_utilization × gpu_memory", share * settings.gpu_memory * _GIB))
    return Memory(sizes, tuple((name, formula, of_bytes / _GIB) for name, formula, of_bytes in parts))


def sizes_of(settings: Settings) -> Sizes:
    """Return the sizes of the model: from its configuration if that is on this machine, or else from its name (`8B`)."""
    if settings.model == "tiny":
        tiny = settings.tiny
        block = 4 * tiny.width * tiny.width + 3 * tiny.width * tiny.feed_forward
        return Sizes("`tiny`, without its vocabulary", tiny.layers * block, 0, tiny.layers, tiny.width)
    try:
        return _from_configuration(settings)
    except (OSError, ValueError, ImportError):
        named = re.search(r"(\d+(?:\.\d+)?)[Bb]\b", settings.model)
        known = (
            "its name; its configuration is not on this machine, so activations, logits and adapters are not counted"
        )
        return Sizes(known, round(float(named[1]) * 1e9) if named else 0)


def check_memory(settings: Settings, memory: Memory) -> None:
    """Raise UsageError when the memory of a GPU, as the settings state it, is too small."""
    if settings.gpu_memory and memory.total > settings.gpu_memory:
        most = sorted(memory.parts, key=lambda part: -part[2])[:2]
        shown = " and ".join(f"{name} {gib:.0f}" for name, _, gib in most)
        raise UsageError(
            f"{settings.model} needs {memory.total:.0f} GiB on each GPU ({shown}), and `gpu_memory` is "
            f"{settings.gpu_memory:g}: use more GPUs with `trainer.fsdp`, adapters (`lora`), or a smaller `context_tokens`"
        )


def _checkpointed(settings: Settings) -> bool:
    fsdp: Any = settings.trainer.get("fsdp_config") or {}
    return bool(settings.trainer.get("gradient_checkpointing") or fsdp.get("activation_checkpointing"))


def _from_configuration(settings: Settings) -> Sizes:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(settings.model, local_files_only=True)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    head = model.get_output_embeddings()
    linear = [m for m in model.modules() if isinstance(m, torch.nn.Linear) and m is not head]
    return Sizes(
        known_from="its configuration",
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        adapters=settings.lora.rank * sum(m.in_features + m.out_features for m in linear),
        layers=int(config.num_hidden_layers),
        width=int(config.hidden_size),
        vocabulary=int(config.vocab_size),
    )
