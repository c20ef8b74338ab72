"""The arithmetic of memory, against counts by hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from rlve_dsl.errors import UsageError
from rlve_dsl.files import Lora, Settings, Tiny
from rlve_dsl.train import check_memory, layers_of, memory_of, sizes_of
from rlve_dsl.train.memory import Sizes

GIB = 2**30
QWEN = Sizes("a table", 8 * GIB, 1 * GIB // 8, layers=36, width=4096, vocabulary=151_936)


def gib(settings: Settings, processes: int = 1) -> dict[str, float]:
    return {name: value for name, _, value in memory_of(settings, QWEN, processes).parts}


def settings(profile: str, *words: str) -> Settings:
    return layers_of(None, {}, profile=profile, words=words).settings()


def test_adapters_leave_the_weights_without_gradients() -> None:
    found = gib(settings("1x80g"))
    assert (found["weights"], found["gradients"], found["optimizer"]) == (16, 0.25, 0.5)
    assert found["vllm"] == pytest.approx(0.35 * 80)
    assert found["logits"] == pytest.approx(24_576 * 151_936 * 2 * 2 / GIB)


def test_a_whole_model_has_them_and_eight_gpus_share_them() -> None:
    one, eight = gib(settings("1x80g", "lora.rank=0")), gib(settings("8x80g"), 8)
    assert (one["weights"], one["gradients"], one["optimizer"]) == (16, 16, 32)
    assert (eight["weights"], eight["gradients"], eight["optimizer"]) == (2, 2, 4)


def test_what_does_not_fit_is_refused_with_the_largest_parts() -> None:
    whole = settings("1x80g", "lora.rank=0")
    with pytest.raises(UsageError, match=r"needs 1\d\d GiB on each GPU .*`gpu_memory` is 80"):
        check_memory(whole, memory_of(whole, QWEN, 1))
    for fits in (settings("1x80g"), dataclasses.replace(whole, gpu_memory=0.0)):
        check_memory(fits, memory_of(fits, QWEN, 1))


def test_sizes_come_from_the_configuration_or_else_from_the_name(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from rlve_dsl.train.model import build_tiny
    from rlve_dsl.train.tiny_tokenizer import build_tokenizer

    tiny = Settings(model="tiny", tiny=Tiny(layers=2, width=16, heads=2, feed_forward=24))
    model = build_tiny(tiny, build_tokenizer(["one two"]))
    model.save_pretrained(tmp_path)
    found = sizes_of(Settings(model=str(tmp_path), lora=Lora(rank=4)))
    assert found.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert (found.layers, found.width, found.known_from) == (2, 16, "its configuration")
    # rank × (in + out) of q, k, v, o and of the three of the feed-forward layer, in each of two layers
    assert found.adapters == 2 * 4 * (4 * (16 + 16) + 3 * (16 + 24))
    named = sizes_of(Settings(model="nobody/Model-1.5B"))
    assert named.parameters == 1_500_000_000 and named.known_from.startswith("its name")
