"""Asynchronous training in two processes: one producer, one batch that both learn from, and one end."""

from __future__ import annotations

import json
import math
import os
import signal
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl.agents import Group
from rlve_dsl.files import Evaluation, Keep, Server, Settings, WarmStart
from rlve_dsl.rng import Stream
from tests.train.loopback import do_without_a_gpu, serving, shard_without_a_gpu
from tests.train.processes import begin
from tests.train.test_training import SETTINGS
from tests.train.test_world import free_port

pytest.importorskip("trl")

from rlve_dsl.cli.ending import exit_code
from rlve_dsl.terminal import Reporter
from rlve_dsl.train import RunDirectory, Training, last_checkpoint, read_status, world_of_environment
from rlve_dsl.train.model import build_tiny
from rlve_dsl.train.served import ServedEngine
from rlve_dsl.train.tiny_tokenizer import build_tokenizer

_TOKENS = 3 + len(ascii_lowercase)  # of the model: special ones, and words


class Nowhere:
    """Gives nobody new weights (TRL's `WeightTransferProtocol`). It wants whole ones, under the names of the model.

    It does so `times` times, and then it finds no server.
    """

    def __init__(self, model: Path, times: int) -> None:
        from safetensors.torch import load_file

        self._times = times
        self._wanted = {name: weight.shape for name, weight in load_file(model / "model.safetensors").items()}

    def init_weight_transfer(self) -> None:
        pass

    def pause(self) -> None:
        self._times -= 1
        if self._times < 0:
            raise ConnectionError("no server")

    def send_weights(self, iterator: Any) -> None:
        from torch.distributed.tensor import DTensor

        sent = {name: weight for name, weight in iterator}
        assert {name: weight.shape for name, weight in sent.items()} == self._wanted
        assert not any(isinstance(weight, DTensor) for weight in sent.values())

    def resume(self) -> None:
        pass

    def destroy(self) -> None:
        pass


def whole(weight: Any) -> Any:
    return weight.full_tensor() if hasattr(weight, "full_tensor") else weight


def digest(values: list[Any]) -> str:
    return sha256(repr(values).encode()).hexdigest()


def train(settings: Settings, out: Path, notes: Path, dies_at: int, renewals: int) -> int:
    """What a process does: it trains, and leaves notes of what it learnt from, how many conversations it had, and its weights.

    The server gets new weights at most `renewals` times. The process goes on from the last checkpoint. Before the pass `dies_at`, it is killed.
    """
    from trl.experimental.async_grpo import AsyncGRPOTrainer

    world = world_of_environment()
    learnt: list[dict[str, Any]] = []
    begun: list[int] = []
    models: list[Any] = []
    theirs, conversation = AsyncGRPOTrainer.training_step, ServedEngine.conversation

    def talk(engine: ServedEngine, seed: int) -> Any:
        begun.append(seed)
        return conversation(engine, seed)

    def training_step(trainer: Any, model: Any, inputs: Any, number: Any) -> Any:
        if len(learnt) == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        models[:] = [trainer.model]
        row = inputs["input_ids"].tolist()
        tokens = int((inputs["token_index"] >= 0).sum())
        learnt.append({"row": digest(row), "tokens": tokens, "of": float(inputs["global_n_tokens"][0])})
        return theirs(trainer, model, inputs, number)

    def run() -> int:
        scenario = rlve_dsl.load("scenarios/first-steps.yaml")
        kept = last_checkpoint(out)
        with RunDirectory(out, {}, writes=world.first, keeps=kept.keeps if kept else None) as folder:
            training = Training(scenario, settings, folder, Reporter(quiet=True), world=world, checkpoint=kept)
            training.weight_transfer = Nowhere(Path(settings.model), renewals)
            training.run()
        return 0

    with pytest.MonkeyPatch.context() as patch:
        do_without_a_gpu(patch)
        if settings.trainer.get("fsdp"):
            shard_without_a_gpu(patch)
        patch.setattr("rlve_dsl.train.served._PAUSE", 0.0)
        # the server writes by chance, so no rollout passes: it is rewarded for what it can do
        patch.setattr(Group, "signal", True)
        patch.setattr(
            "rlve_dsl.train.producer.reward",
            lambda rollout, limits: None if rollout.failure else float(rollout.written % 3),
        )
        patch.setattr(AsyncGRPOTrainer, "training_step", training_step)
        patch.setattr(ServedEngine, "conversation", talk)
        code = exit_code("train", run)
    weights = [whole(weight).tolist() for model in models for weight in model.parameters()]
    notes.write_text(json.dumps({"learnt": learnt, "conversations": len(begun), "weights": digest(weights)}))
    return code


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model that finds all tokens nearly as likely."""
    tokenizer = build_tokenizer([" ".join(f"word{letter}" for letter in ascii_lowercase)])
    folder = tmp_path / "tiny"
    tiny = replace(SETTINGS.tiny, initializer_range=0.02)
    build_tiny(replace(SETTINGS, tiny=tiny), tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write(prompt: list[int], asked: dict[str, Any]) -> tuple[list[int], list[float]]:
    """What such a model writes: some tokens by chance, which follow from the seed of the request."""
    draws, (end,) = Stream("server", asked["seed"]), asked["stop_token_ids"]
    tokens = [draws.integer(3, _TOKENS - 1) for _ in range(draws.integer(2, 9))]
    return [*tokens, end], [-math.log(_TOKENS)] * (len(tokens) + 1)


def trained(
    folder: Path, settings: Settings, size: int, *, dies_at: int = -1, renewals: int = 99
) -> tuple[list[int | None], Path, list[Path], list[Path]]:
    """Train in some processes. Return their exit codes, the folder of the run, what each printed, and its notes.

    With `dies_at`, the last process is killed before it learns from this many passes.
    """
    out = folder / "run"
    said = [folder / f"said-{free_port()}-{rank}" for rank in range(size)]
    notes = [folder / f"notes-{rank}.json" for rank in range(size)]
    world = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": str(size)}
    running = [
        begin(
            partial(train, settings, out, notes[rank], dies_at if rank == size - 1 else -1, renewals),
            said[rank],
            {**world, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(size)
    ]
    for process in running:
        process.join()
    return [process.exitcode for process in running], out, said, notes


def settings_of(model: Path, url: str, steps: int, **trainer: Any) -> Settings:
    return replace(
        SETTINGS, model=str(model), warm_start=WarmStart(), groups=2, rollouts=4, steps=steps, updates=2, micro_batch=1,
        learning_rate=0.05, schedule="constant", turn_tokens=40, episode_tokens=100, in_flight=4,
        evaluation=Evaluation(episodes=1, levels=(0,)), server=Server(url=url, staleness=4),
        trainer={**SETTINGS.trainer, "optim": "sgd", **trainer},
    )  # fmt: skip


def test_processes_learn_from_one_batch_as_one_does(tmp_path: Path, model: Path) -> None:
    import torch
    from safetensors.torch import load_file

    sharded = {"fsdp": True, "fsdp_config": {"version": 2, "activation_checkpointing": True}}
    losses, weights = [], []
    with serving(write) as server:
        for size, trainer in ((1, {}), (2, {}), (2, sharded)):
            folder = tmp_path / f"run-{len(losses)}"
            folder.mkdir()
            codes, out, said, notes = trained(folder, settings_of(model, server.url, 2, **trainer), size)
            assert codes == [0] * size, (said[-1] / "stderr").read_text()
            assert read_status(out) == "finished"
            check_shares([json.loads(file.read_text()) for file in notes], passes=16 // size)
            lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
            steps = [line for line in lines if line["phase"] == "dapo"]
            assert [line["step"] for line in steps] == [1, 2], "only the first process writes"
            losses.append([line["loss"] for line in steps])
            weights.append(load_file(out / "model" / "model.safetensors"))
    begun = load_file(model / "model.safetensors")
    alone, *together = weights
    assert any(not torch.allclose(alone[name], begun[name], atol=1e-4) for name in begun)
    for loss, others in zip(losses[1:], together, strict=True):
        assert loss == pytest.approx(losses[0], abs=1e-5)
        assert all(torch.allclose(alone[name], others[name], atol=1e-6) for name in begun)


def check_shares(notes: list[dict[str, Any]], passes: int) -> None:
    """Check what processes note of two batches, each of two updates of four rollouts, with one rollout in a pass."""
    assert len({note["weights"] for note in notes}) == 1
    assert [note["conversations"] > 0 for note in notes] == [True, False][: len(notes)], "the first process plays alone"
    learnt = [note["learnt"] for note in notes]
    assert [len(of_rank) for of_rank in learnt] == [passes] * len(notes)
    assert len({one["row"] for of_rank in learnt for one in of_rank}) == 16, "no rollout is learnt from twice"
    for first in range(0, passes, passes // 4):
        update = [one for of_rank in learnt for one in of_rank[first : first + passes // 4]]
        assert {one["of"] for one in update} == {sum(one["tokens"] for one in update) / (passes // 4)}


def one_sentence(said: Path) -> str:
    """The sentence that a process ended with, which says nothing else of itself."""
    text = (said / "stderr").read_text()
    assert "Traceback" not in text
    (sentence,) = [line for line in text.splitlines() if line.startswith("train: ")]
    return sentence


def test_a_server_that_dies_ends_both_with_a_sentence(tmp_path: Path, model: Path) -> None:
    told = tmp_path / "run" / "metrics.jsonl"

    def dies(prompt: list[int], asked: dict[str, Any]) -> tuple[list[int], list[float]] | None:
        return None if told.exists() and '"dapo"' in told.read_text() else write(prompt, asked)

    with serving(dies) as server:
        codes, out, said, notes = trained(tmp_path, settings_of(model, server.url, 200), 2)
    assert codes == [3, 3] and read_status(out) == "failed"
    first, second = map(one_sentence, said)
    assert first == second and "episodes cannot be played: 4 of 4 rollouts failed in each of 4 groups" in first
    assert all(len(json.loads(file.read_text())["learnt"]) >= 4 for file in notes), "it died in the middle"


def test_a_server_that_takes_no_weights_ends_both_with_a_sentence(tmp_path: Path, model: Path) -> None:
    with serving(write) as server:
        codes, out, said, _ = trained(tmp_path, settings_of(model, server.url, 200), 2, renewals=2)
    assert codes == [3, 3] and read_status(out) == "failed"
    first, second = map(one_sentence, said)
    assert first == second == "train: the server of the model does not get new weights: no server"


def test_a_process_that_dies_ends_the_other_with_a_sentence_and_both_go_on(tmp_path: Path, model: Path) -> None:
    with serving(write) as server:
        settings = replace(settings_of(model, server.url, 3), keep=Keep(every=1))
        codes, out, said, _ = trained(tmp_path, settings, 2, dies_at=6)  # in the second batch
        assert codes == [3, -signal.SIGKILL] and read_status(out) == "failed"
        assert "another process of this run has ended, so this one ends too" in one_sentence(said[0])
        codes, out, said, notes = trained(tmp_path, settings, 2)
    assert codes == [0, 0] and read_status(out) == "finished"
    told = [json.loads(file.read_text()) for file in notes]
    assert len({note["weights"] for note in told}) == 1
    assert [len(note["learnt"]) for note in told] == [8, 8], "two batches of three"
