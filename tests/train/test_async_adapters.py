"""Asynchronous training of adapters: the server gets whole weights with the adapters merged into them. It needs peft."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl.agents import Group
from rlve_dsl.files import Keep, Lora, Settings
from rlve_dsl.terminal import Reporter

pytest.importorskip("trl")

from rlve_dsl.train import RunDirectory, Training, last_checkpoint, read_status
from rlve_dsl.train.model import build_tiny, load_model, weights_put_back, with_adapters
from tests.train.loopback import do_without_a_gpu, serving
from tests.train.test_async import Copied
from tests.train.test_async_world import check_shares, model, settings_of, trained, write
from tests.train.test_training import SETTINGS, scenario, shown, tokenizer

__all__ = ["model", "scenario", "shown", "tokenizer"]


class AllCopied(Copied):
    """Stands in for TRL's way over NCCL, and keeps the weights of each time."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__()
        self.told = told  # to the server, of what comes
        self.each: list[dict[str, Any]] = []

    def send_weights(self, iterator: Iterator[tuple[str, Any]]) -> None:
        super().send_weights(iterator)
        self.each.append(self.weights)


def run(settings: Settings, out: Path) -> RunDirectory:
    """Train, from the last checkpoint in the folder if there is one."""
    kept = last_checkpoint(out)
    with RunDirectory(out, {}, keeps=kept.keeps if kept else None) as folder:
        scenario = rlve_dsl.load("scenarios/first-steps.yaml")
        Training(scenario, settings, folder, Reporter(quiet=True), checkpoint=kept).run()
    return folder


def adapters_in(folder: Path) -> dict[str, Any]:
    """The weights of the adapters in a folder, by the names that they have in a model."""
    from safetensors.torch import load_file

    weights = load_file(folder / "adapter_model.safetensors")
    return {name.replace(".weight", ".default.weight"): weight for name, weight in weights.items()}


def test_adapters_train_with_a_server_that_gets_whole_weights(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("peft")
    import torch
    from peft import PeftModel
    from peft.tuners.lora import LoraLayer
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM
    from trl.experimental.async_grpo import AsyncGRPOTrainer

    do_without_a_gpu(monkeypatch)
    # the server writes by chance, so no rollout passes: it is rewarded for what it can do
    monkeypatch.setattr(Group, "signal", True)
    monkeypatch.setattr("rlve_dsl.train.producer.reward", lambda rollout, limits: float(rollout.written % 3))
    begun = load_file(model / "model.safetensors")
    step, adapters = AsyncGRPOTrainer.training_step, []

    def below(name: str) -> str:
        return name.removeprefix("base_model.model.").replace(".base_layer", "")

    def training_step(trainer: Any, adapted: Any, *given: Any) -> Any:
        layers = [module for module in adapted.modules() if isinstance(module, LoraLayer)]
        assert layers and not any(layer.merged for layer in layers)
        weights = {name: weight.detach().clone() for name, weight in adapted.named_parameters()}
        frozen = {below(name): weight for name, weight in weights.items() if "lora_" not in name}
        assert frozen.keys() == begun.keys()
        assert all(torch.equal(weight, begun[name]) for name, weight in frozen.items()), "only adapters change"
        adapters.append({name: weight for name, weight in weights.items() if "lora_" in name})
        return step(trainer, adapted, *given)

    monkeypatch.setattr(AsyncGRPOTrainer, "training_step", training_step)
    ways: list[AllCopied] = []

    def way(vllm_client: Any, weight_update_info: dict[str, Any], weight_sync_timeout: int) -> AllCopied:
        ways.append(AllCopied(weight_update_info))
        return ways[-1]

    monkeypatch.setattr("trl.experimental.async_grpo.async_grpo_trainer.WeightTransferClient", way)
    with serving(write) as server:
        settings = replace(
            settings_of(model, server.url, 2), learning_rate=0.01, micro_batch=0, trainer=SETTINGS.trainer,
            lora=Lora(rank=4, merge=True), keep=Keep(every=1, checkpoints=3),
        )  # fmt: skip
        folder = run(settings, tmp_path / "run")
    assert read_status(folder.path) == "finished"
    lines = [json.loads(line) for line in (folder.path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if line["phase"] == "dapo"] == [1, 2]
    assert len(adapters) == 4, "two batches of two optimizer steps"
    assert any(not torch.equal(weight, adapters[-1][name]) for name, weight in adapters[0].items())
    (sent,) = ways
    first, middle, last = sent.each
    assert sent.told["names"] == [*last] and sent.told["shapes"] == [[*weight.shape] for weight in last.values()]
    assert first.keys() == begun.keys() == last.keys()
    assert all(torch.equal(weight, begun[name]) for name, weight in first.items()), "adapters begin with no effect"
    kept = last_checkpoint(folder.path)
    assert kept is not None
    for place in (folder.model, kept.path):
        assert not (place / "model.safetensors").exists(), "what is saved is the adapters"
        merged = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(model), place).merge_and_unload()
        whole = merged.state_dict()
        assert all(torch.allclose(weight, whole[name], atol=1e-5) for name, weight in last.items())
    again = AutoModelForCausalLM.from_pretrained(folder.path / "merged").state_dict()
    assert all(torch.allclose(weight, again[name], atol=1e-5) for name, weight in last.items())
    assert any(not torch.allclose(weight, begun[name], atol=1e-3) for name, weight in last.items())

    # it goes on with the adapters of a checkpoint, and the server gets them before the first step
    rmtree(kept.path)
    kept, adapters[:] = last_checkpoint(folder.path), []
    assert kept is not None and kept.step == 1
    with serving(write) as server:
        run(replace(settings, server=replace(settings.server, url=server.url)), folder.path)
    more = ways[-1].each
    assert len(adapters) == 2 and len(more) == 2
    begins = adapters_in(kept.path)
    assert adapters[0].keys() == begins.keys() == adapters[1].keys()
    assert all(torch.equal(weight, begins[name]) for name, weight in adapters[0].items())
    assert all(torch.equal(weight, middle[name]) for name, weight in more[0].items())


def test_weights_below_adapters_are_what_they_were_after_a_merge(tmp_path: Path, tokenizer: Any) -> None:
    pytest.importorskip("peft")
    import torch

    build_tiny(SETTINGS, tokenizer).save_pretrained(tmp_path)
    adapted = with_adapters(
        load_model(replace(SETTINGS, model=str(tmp_path), dtype="bfloat16")), replace(SETTINGS, lora=Lora(rank=4))
    )
    with torch.no_grad():
        for weight in adapted.parameters():
            if weight.requires_grad:
                weight.add_(0.05)
    before = {name: weight.detach().clone() for name, weight in adapted.named_parameters()}

    def same() -> bool:
        return all(torch.equal(weight, before[name]) for name, weight in adapted.named_parameters())

    with weights_put_back(adapted):
        adapted.merge_adapter()
        assert not same()
        adapted.unmerge_adapter()
        assert not same(), "peft's way back rounds"
    assert same()


def test_processes_learn_adapters_from_one_batch_as_one_does(tmp_path: Path, model: Path) -> None:
    pytest.importorskip("peft")
    import torch
    from safetensors.torch import load_file

    losses, weights = [], []
    with serving(write) as server:
        for size in (1, 2):
            folder = tmp_path / f"run-{size}"
            folder.mkdir()
            settings = replace(settings_of(model, server.url, 2), lora=Lora(rank=4))
            codes, out, said, notes = trained(folder, settings, size)
            assert codes == [0] * size, (said[-1] / "stderr").read_text()
            check_shares([json.loads(file.read_text()) for file in notes], passes=16 // size)
            lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
            losses.append([line["loss"] for line in lines if line["phase"] == "dapo"])
            weights.append(load_file(out / "model" / "adapter_model.safetensors"))
    alone, together = weights
    assert losses[1] == pytest.approx(losses[0], abs=1e-5)
    assert alone and all(torch.allclose(weight, together[name], atol=1e-6) for name, weight in alone.items())
    assert any(weight.abs().max() > 1e-6 for name, weight in alone.items() if "lora_B" in name)
