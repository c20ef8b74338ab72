"""The arithmetic of memory, against counts by hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.files import Lora, Settings, Tiny
from rlve_dsl.train import check_memory, layers_of, memory_of, sizes_of
from rlve_dsl.train.memory import Sizes

GIB = 2**30
QWEN = Sizes("a table", 8 * GIB, 1 * GIB // 8, layers=36, width=4096, vocabulary=151_936)


def gib(settings: Settings, processes: int = 1) -> dict[str, float | None]:
    return {name: value for name, _, value in memory_of(settings, QWEN, processes).parts}


def settings(profile: str, *words: str) -> Settings:
    return layers_of(None, {}, profile=profile, words=words).settings()


def test_adapters_are_in_float32_and_leave_the_weights_without_gradients() -> None:
    found = gib(settings("1x80g"))
    assert (found["weights"], found["gradients"], found["optimizer"]) == (16.5, 0.5, 1.0)
    assert found["vllm"] == pytest.approx(0.35 * 80)
    assert found["logits"] == pytest.approx(28_672 * 151_936 * 2 * 2 / GIB)


def test_a_whole_model_has_them_and_eight_gpus_share_them_in_float32() -> None:
    one, eight = gib(settings("1x80g", "lora.rank=0", "dtype=float32")), gib(settings("8x80g"), 8)
    assert (one["weights"], one["gradients"], one["optimizer"]) == (32, 32, 64)
    assert (eight["weights"], eight["gradients"], eight["optimizer"]) == (4, 4, 8), "accelerate raises them to float32"
    half = gib(settings("8x80g", "trainer.bf16=false", "learning_rate=0.001"), 8)
    assert (half["weights"], half["optimizer"]) == (2, 4), "it does not where everything is in bfloat16"


def test_with_a_server_there_are_never_all_logits() -> None:
    found = gib(settings("served"))
    assert (found["weights"], found["optimizer"]) == (32, 64) and "logits" not in found


def test_what_does_not_fit_is_refused_with_the_largest_parts() -> None:
    whole = settings("1x80g", "lora.rank=0", "dtype=float32")
    with pytest.raises(UsageError, match=r"needs \d\d\d GiB on each GPU \(optimizer 64 .*`gpu_memory` is 80"):
        check_memory(whole, memory_of(whole, QWEN, 1))
    for fits in (settings("1x80g"), dataclasses.replace(whole, gpu_memory=0.0)):
        check_memory(fits, memory_of(fits, QWEN, 1))


@pytest.mark.parametrize(
    ("profile", "processes"), [("1x80g", 1), ("8x80g", 8), ("16x80g", 16), ("served", 1), ("multi-node", 8)]
)
def test_each_profile_for_gpus_fits_into_them(profile: str, processes: int) -> None:
    made = settings(profile)
    eight = Sizes("a table", 8_190_735_360, 174_587_904, layers=36, width=4096, vocabulary=151_936)
    four = Sizes("a table", 4_022_468_096, 0, layers=36, width=2560, vocabulary=151_936)
    needed = memory_of(made, four if "4B" in made.model else eight, processes)
    assert made.gpu_memory == 80 and 0 < needed.total < 0.97 * 80


@pytest.mark.parametrize("words", [["dtype=bfloat16"], ["dtype=bfloat16", "trainer.fsdp=true", "trainer.bf16=false"]])
def test_updates_that_bfloat16_rounds_away_are_refused(words: list[str]) -> None:
    import torch

    weight = torch.full((), 0.02, dtype=torch.bfloat16)
    assert weight - 1e-6 == weight and weight - 1e-4 != weight
    slow = ["model=some/model", "learning_rate=0.000001", *words]
    with pytest.raises(ScenarioError, match="most updates would be lost"):
        layers_of(None, {}, profile=None, words=slow).settings()
    for other in ("learning_rate=0.0001", "dtype=float32", "lora.rank=8"):
        layers_of(None, {}, profile=None, words=[*slow, other]).settings()


def test_activations_are_not_kept_unless_told_as_trl_does_without_a_word() -> None:
    def activations(**trainer: bool) -> float | None:
        return gib(Settings(model="Qwen/Qwen3-8B", trainer=trainer))["activations"]

    one, whole = activations(), activations(gradient_checkpointing=False)
    assert one is not None and whole is not None and one < whole
    assert one == activations(gradient_checkpointing=True) == activations(activation_checkpointing=True)


def test_what_is_not_known_is_no_zero() -> None:
    nothing = memory_of(Settings(model="nobody/none"), sizes_of(Settings(model="nobody/none")), 1).as_json()
    assert nothing["total_gib"] == nothing["parameters"] == "unknown" and "0.0" not in str(nothing["gib"])
    named = Settings(model="nobody/Model-2B")
    some = memory_of(named, sizes_of(named), 1)
    assert some.as_json()["total_gib"] == "unknown"
    assert some.total == pytest.approx(2e9 * 16 / GIB), "what is known must fit all the same"


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
