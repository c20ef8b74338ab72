"""Adapters, and the model with the adapters merged into its weights. They need peft."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl.agents import Group
from rlve_dsl.errors import MissingExtra, ScenarioError
from rlve_dsl.files import Lora, WarmStart
from rlve_dsl.terminal import Reporter

pytest.importorskip("trl")

from rlve_dsl.train import RunDirectory, Training, layers_of
from rlve_dsl.train import model as of_models
from rlve_dsl.train.model import build_tiny
from tests.train.test_training import SETTINGS, scenario, shown, tokenizer

__all__ = ["scenario", "shown", "tokenizer"]


def test_the_merged_model_writes_as_the_adapters_on_their_model(
    tmp_path: Path, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("peft")
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    monkeypatch.setattr(Group, "signal", True)  # a model of 16 numbers passes nothing
    base = tmp_path / "base"
    build_tiny(SETTINGS, tokenizer).save_pretrained(base)
    tokenizer.save_pretrained(base)
    settings = replace(
        SETTINGS, model=str(base), steps=1, warm_start=WarmStart(), learning_rate=0.05, lora=Lora(rank=4, merge=True)
    )
    with RunDirectory(tmp_path / "run", {}) as folder:
        Training(rlve_dsl.load("scenarios/first-steps.yaml"), settings, folder, Reporter(quiet=True)).run()
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        merged = AutoModelForCausalLM.from_pretrained(folder.path / "merged")(ids).logits
        adapted = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), folder.model)(ids).logits
    assert torch.allclose(merged, adapted, atol=1e-5)
    assert (folder.path / "merged" / "tokenizer.json").exists()


@pytest.mark.parametrize(("words", "said"), [
    (["lora.rank=0", "lora.merge=true"], "there are no adapters to merge"),
    (["lora.rank=4", "lora.merge=true", "trainer.fsdp=true"], "no process has all weights"),
    (["server.url=http://a", "lora.rank=4", "trainer.fsdp=true"], "nobody has merged adapters into weights that FSDP shards"),
    (["server.url=http://a", "lora.rank=4", "lora.targets=.*lm_head"], "would leave out an adapter of `lm_head`"),
    (["server.url=http://a", "lora.rank=0", "warm_start.demonstrations=2"], "the server would not have the weights of a warm start"),
    (["server.url=http://a", "lora.rank=0", "trainer.use_vllm=true"], "the server writes turns"),
    (["server.url=http://a", "dtype=bfloat16", "trainer.fsdp=true"], "FSDP trains in float32"),
    (["server.url=http://a", "trainer.fsdp=true", "trainer.fsdp_config={version: 1}"], "DeepSpeed or FSDP1"),
    (["server.url=http://a", "trainer.deepspeed=zero3.json"], "DeepSpeed or FSDP1"),
    (["server.more=[http://b]"], "more servers beside the one of `server.url`"),
])  # fmt: skip
def test_settings_that_contradict_each_other_are_told(words: list[str], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        layers_of(None, {}, profile=None, words=["model=some/model", *words]).settings()


def test_adapters_begin_by_the_seed_in_float32_and_are_found_again_in_a_checkpoint(
    tmp_path: Path, tokenizer: Any
) -> None:
    pytest.importorskip("peft")
    import torch

    from rlve_dsl.train.model import load_kept, load_model, with_adapters

    base, kept = tmp_path / "base", tmp_path / "kept"
    build_tiny(SETTINGS, tokenizer).save_pretrained(base)
    settings = replace(SETTINGS, model=str(base), dtype="bfloat16", lora=Lora(rank=4))

    def trained(model: Any) -> dict[str, Any]:
        return {name: weight.detach() for name, weight in model.named_parameters() if weight.requires_grad}

    one = with_adapters(load_model(settings), settings)
    torch.manual_seed(99)
    other = with_adapters(load_model(settings), settings)
    assert all(torch.equal(weight, trained(other)[name]) for name, weight in trained(one).items())
    assert {weight.dtype for weight in trained(one).values()} == {torch.float32}, (
        "as the arithmetic of memory counts them"
    )
    for weight in trained(one).values():
        weight.add_(0.5)
    one.save_pretrained(kept)
    tokenizer.save_pretrained(kept)
    again, _ = load_kept(settings, kept)
    assert trained(again).keys() == trained(one).keys()
    assert all(torch.equal(weight, trained(again)[name]) for name, weight in trained(one).items())
    tokenizer.save_pretrained(tmp_path / "no-warm-start")
    fresh, _ = load_kept(settings, tmp_path / "no-warm-start")
    assert all(torch.equal(weight, trained(fresh)[name]) for name, weight in trained(other).items())


def test_adapters_are_never_left_out_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_models, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="`peft` is not installed: run pip install"):
        of_models.adapters_of(replace(SETTINGS, lora=Lora(rank=4)))
    assert of_models.adapters_of(SETTINGS) is None
