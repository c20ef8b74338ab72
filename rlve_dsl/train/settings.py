"""What a training run is told: frozen, complete, with the meaning and range of every setting beside its name.

Belongs here: nouns and their defaults. Where the values come from (a collection's `train:`, a profile, the command line)
is `reading.py`'s business; what the libraries make of them is `dapo.py`'s. No torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Scalar = int | float | bool | str


def setting(default: Any, doc: str, *, at_least: float | None = None, at_most: float | None = None) -> Any:
    """A dataclass field with its documentation and range; a dict or tuple default is made anew for each instance."""
    metadata = {"doc": doc, "at_least": at_least, "at_most": at_most}
    if isinstance(default, type):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Tiny:
    """The sizes of the model that `model: tiny` builds and initialises locally (Qwen3 architecture)."""

    layers: int = setting(3, "decoder layers", at_least=1, at_most=64)
    width: int = setting(128, "hidden size", at_least=8, at_most=8192)
    heads: int = setting(4, "attention heads; must divide the width", at_least=1, at_most=128)
    feed_forward: int = setting(384, "size of the gated feed-forward layer", at_least=8, at_most=65536)
    initializer_range: float = setting(0.08, "standard deviation of the initial weights", at_least=1e-4, at_most=1.0)


@dataclass(frozen=True, slots=True)
class Lora:
    """Low-rank adapters instead of full training; rank 0 trains every weight."""

    rank: int = setting(0, "rank of the adapters; 0 trains the whole model", at_least=0, at_most=1024)
    alpha: int = setting(32, "scale of the adapters", at_least=1, at_most=4096)
    targets: str = setting("all-linear", "which layers get an adapter")


@dataclass(frozen=True, slots=True)
class WarmStart:
    """Supervised training on demonstrations of an oracle that makes mistakes; without demonstrations there is none."""

    demonstrations: int = setting(0, "episodes shown; 0 skips the warm start", at_least=0)
    passes: float = setting(1.0, "how often each is shown", at_least=0.0)
    batch: int = setting(32, "episodes in an optimizer step", at_least=1)
    learning_rate: float = setting(2e-3, "peak learning rate (linear rise over a tenth, then cosine)", at_least=0.0)
    lowest_level: int = setting(0, "the easiest level demonstrated", at_least=0)
    highest_level: int = setting(0, "the hardest level demonstrated", at_least=0)
    observed: float = setting(
        0.0, "weight of the loss on what the model reads, beside 1 for what it writes", at_least=0.0, at_most=1.0
    )
    mistakes: Mapping[str, float] = setting(dict, "probability of each kind of mistake", at_least=0.0, at_most=1.0)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Episodes on held-out seeds, before and after DAPO."""

    episodes: int = setting(128, "episodes at each level", at_least=0)
    levels: tuple[int, ...] = setting(tuple, "the levels played", at_least=0)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run depends on, beside the scenario."""

    algorithm: Literal["dapo"] = setting("dapo", "the one algorithm there is")
    model: str = setting("tiny", "`tiny`, or the name or folder of a causal language model")
    dtype: Literal["float32", "bfloat16"] = setting("float32", "in which the model's weights are held")
    seed: int = setting(0, "of weights, episodes and sampling", at_least=0)
    steps: int = setting(300, "batches of fresh episodes", at_least=0)
    groups: int = setting(8, "groups (distinct episodes) in a batch", at_least=1)
    rollouts: int = setting(8, "rollouts of each episode (G)", at_least=2)
    updates: int = setting(2, "optimizer steps made of each batch; 2 or more put clipping in force", at_least=2)
    micro_batch: int = setting(0, "rollouts in one forward pass; 0: all of an update's", at_least=0)
    learning_rate: float = setting(1e-5, "of DAPO", at_least=0.0)
    clip_low: float = setting(0.2, "how far a probability ratio may fall before its gradient stops", at_least=0.0)
    clip_high: float = setting(0.28, "how far it may rise", at_least=0.0)
    temperature: float = setting(1.0, "of sampling while training", at_least=0.01, at_most=10.0)
    resample: int = setting(3, "how often groups without signal are replaced before a batch is taken as is", at_least=0)
    turn_tokens: int = setting(256, "tokens the model may write in one turn", at_least=1)
    episode_tokens: int = setting(1024, "tokens the model may write in one episode", at_least=1)
    soft_tokens: int = setting(
        256,
        "the last so many of `episode_tokens` cost up to 1 of reward, linearly (soft overlong punishment)",
        at_least=0,
    )
    context_tokens: int = setting(4096, "tokens of a whole conversation", at_least=1)
    threads: int = setting(0, "CPU threads; 0 leaves them to the library", at_least=0)
    describe: bool = setting(True, "whether the model reads the system prompt and the tools' schemas")
    tiny: Tiny = setting(Tiny, "sizes of `model: tiny`")
    lora: Lora = setting(Lora, "adapters")
    warm_start: WarmStart = setting(WarmStart, "supervised training before DAPO")
    evaluation: Evaluation = setting(Evaluation, "what the final table is made from")
    trainer: Mapping[str, Scalar] = setting(dict, "further fields of TRL's GRPOConfig, as they are")

    @property
    def batch(self) -> int:
        """Rollouts in a batch of fresh episodes."""
        return self.groups * self.rollouts
