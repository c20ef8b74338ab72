"""Which settings of a training run contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlve_dsl.files.kinds.training import Settings


_LOST = 2.0**-14
"""Half of the distance of two neighbours in bfloat16 (8 bits) at 0.02, the usual size of a weight: a smaller step is rounded away."""


def contradictions_in(settings: Settings) -> Iterator[tuple[str, str]]:
    """The key to point at, and what contradicts what, for each contradiction."""
    update, rest = divmod(settings.batch, settings.updates)
    if rest:
        cut = f"cannot be cut into {settings.updates} equal `updates`"
        yield "updates", f"a batch of {settings.groups} groups of {settings.rollouts} rollouts {cut}"
    elif settings.micro_batch and update % settings.micro_batch:
        yield "micro_batch", f"`micro_batch` {settings.micro_batch} does not divide an update of {update} rollouts"
    if settings.tiny.width % settings.tiny.heads and not settings.tiny.head_width:
        yield "tiny", f"{settings.tiny.heads} heads do not divide a width of {settings.tiny.width}"
    if settings.turn_tokens > settings.episode_tokens:
        yield "turn_tokens", "`turn_tokens` are more than `episode_tokens`"
    if settings.episode_tokens >= settings.context_tokens:
        yield "episode_tokens", "`episode_tokens` leave no room in `context_tokens` for what the model reads"
    if settings.soft_tokens >= settings.episode_tokens:
        yield "soft_tokens", "`soft_tokens` are all of `episode_tokens`: every rollout would be punished"
    if settings.dtype == "bfloat16" and not _keeps_float32(settings) and settings.learning_rate < _LOST:
        lost = (
            f"AdamW moves a weight by about `learning_rate` ({settings.learning_rate:g}), and a weight of 0.02 in bfloat16 by "
            "0.00012 or not at all: most updates would be lost. Set `dtype: float32` (`trainer.bf16` computes in bfloat16 all "
            "the same), or train adapters (`lora.rank`), which are in float32"
        )
        yield "dtype", lost
    warm = settings.warm_start
    if warm.lowest_level > warm.highest_level:
        yield "warm_start", f"the warm start's levels run from {warm.lowest_level} down to {warm.highest_level}"
    if settings.model == "tiny" and not warm.demonstrations:
        yield "warm_start", "a tiny model knows nothing: it needs `warm_start.demonstrations`"
    if settings.lora.rank and settings.model == "tiny":
        yield "lora", "a tiny model is trained whole: leave `lora` out"
    if settings.lora.merge and not settings.lora.rank:
        yield "lora", "there are no adapters to merge: set `lora.rank`"
    if settings.lora.merge and settings.trainer.get("fsdp"):
        yield "lora", "with `trainer.fsdp` no process has all weights to merge adapters into: leave `lora.merge` out"
    if settings.server.more and not settings.server.url:
        yield "server", "`server.more` are more servers beside the one of `server.url`: name that too"
    if settings.server.url:
        yield from _contradictions_with_a_server(settings)


def _keeps_float32(settings: Settings) -> bool:
    """Whether the weights that are trained are in float32 all the same: adapters, and what accelerate shards by FSDP."""
    computes_in_half = settings.trainer.get("bf16", True) or settings.trainer.get("fp16")
    return bool(settings.lora.rank or (settings.trainer.get("fsdp") and computes_in_half))


def _contradictions_with_a_server(settings: Settings) -> Iterator[tuple[str, str]]:
    fsdp: Any = settings.trainer.get("fsdp_config") or {}
    if settings.trainer.get("use_vllm"):
        yield (
            "server",
            "with `server.url` the server writes turns, and with `trainer.use_vllm` the training process does",
        )
    if settings.trainer.get("deepspeed") or fsdp.get("version", 2) != 2:
        yield (
            "trainer",
            "weights that DeepSpeed or FSDP1 shards do not reach a server: leave them out, or shard by FSDP2",
        )
    if settings.trainer.get("fsdp") and settings.dtype != "float32":
        yield (
            "dtype",
            "FSDP trains in float32, and that is what the server gets: set `dtype: float32`, so that it expects it",
        )
    if settings.lora.rank and settings.trainer.get("fsdp"):
        yield "lora", "nobody has merged adapters into weights that FSDP shards, for a server: leave `trainer.fsdp` out"
    if settings.lora.rank and "lm_head" in settings.lora.targets:
        yield (
            "lora",
            "the trainer for a server would leave out an adapter of `lm_head`: `lora.targets` must name other layers",
        )
    if settings.warm_start.demonstrations and settings.model != "tiny":
        yield "warm_start", "the server would not have the weights of a warm start: give both a model that has had one"
