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
_UNKNOWN = "unknown"


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
    parts: tuple[tuple[str, str, float | None], ...]
    """The name, the formula and the GiB of each; None where a size in the formula is not known."""

    @property
    def total(self) -> float:
        """The sum of the parts that are known, in GiB."""
        return sum(gib for _, _, gib in self.parts if gib is not None)

    def as_json(self) -> JsonObject:
        """Return it as JSON data."""
        whole = all(gib is not None for _, _, gib in self.parts)
        return {
            "known_from": self.sizes.known_from,
            "parameters": self.sizes.parameters or _UNKNOWN,
            "gib": {name: _UNKNOWN if gib is None else round(gib, 2) for name, _, gib in self.parts},
            "formulas": {name: formula for name, formula, _ in self.parts},
            "total_gib": round(self.total, 2) if whole else _UNKNOWN,
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
    trained, frozen = (sizes.adapters, sizes.parameters) if settings.lora.rank else (sizes.parameters, 0)
    # peft makes adapters in float32, and accelerate raises what FSDP trains to it
    master = 4 if settings.lora.rank or (settings.trainer.get("fsdp") and _mixed(settings)) else size
    update = settings.batch // settings.updates // processes
    rows = (settings.micro_batch or update) * settings.context_tokens
    kept = 1 if _checkpointed(settings) else 16
    weights = f"trained parameters × {master} bytes / {shards}"
    if settings.lora.rank:
        weights = f"(frozen parameters × {size} bytes + trained parameters × {master} bytes) / {shards}"
    parts = [
        ("weights", weights, sizes.parameters and (frozen * size + trained * master) / shards),
        ("gradients", f"trained parameters × {master} bytes / {shards}", trained * master / shards),
        ("optimizer", f"trained parameters × 2 × {master} bytes / {shards} (AdamW)", trained * 2 * master / shards),
        (
            "activations",
            f"rollouts in a pass × context_tokens × layers × width × {kept} × {size} bytes",
            rows * sizes.layers * sizes.width * kept * size,
        ),
    ]
    if not settings.server.url:  # the trainer for a server has those of some tokens at a time
        both = f"rollouts in a pass × context_tokens × vocabulary × 2 × {size} bytes (they and their gradient)"
        parts.append(("logits", both, rows * sizes.vocabulary * 2 * size))
    share = settings.trainer.get("vllm_gpu_memory_utilization")
    if settings.trainer.get("use_vllm") and settings.gpu_memory and isinstance(share, float):
        parts.append(("vllm", "vllm_gpu_memory_utilization × gpu_memory", share * settings.gpu_memory * _GIB))
    return Memory(
        sizes, tuple((name, formula, of_bytes / _GIB if of_bytes else None) for name, formula, of_bytes in parts)
    )


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
        if named is None:
            return Sizes("nothing: its configuration is not on this machine, and its name has no size", 0)
        known = (
            "its name; its configuration is not on this machine, so activations, logits and adapters are not counted"
        )
        return Sizes(known, round(float(named[1]) * 1e9))


def check_memory(settings: Settings, memory: Memory) -> None:
    """Raise UsageError when the memory of a GPU, as the settings state it, is too small."""
    if settings.gpu_memory and memory.total > settings.gpu_memory:
        known = [(gib, name) for name, _, gib in memory.parts if gib is not None]
        shown = " and ".join(f"{name} {gib:.0f}" for gib, name in sorted(known, reverse=True)[:2])
        raise UsageError(
            f"{settings.model} needs {memory.total:.0f} GiB on each GPU ({shown}), and `gpu_memory` is "
            f"{settings.gpu_memory:g}: use more GPUs with `trainer.fsdp`, adapters (`lora`), or a smaller `context_tokens`"
        )


def _mixed(settings: Settings) -> bool:
    """Whether TRL computes in a type of 16 bits: without a word, it does."""
    return bool(settings.trainer.get("bf16", True) or settings.trainer.get("fp16"))


def _checkpointed(settings: Settings) -> bool:
    fsdp: Any = settings.trainer.get("fsdp_config") or {}
    named = settings.trainer.get("gradient_checkpointing", True)  # without a word, TRL does it
    return bool(settings.trainer.get("activation_checkpointing", named) or fsdp.get("activation_checkpointing"))


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
