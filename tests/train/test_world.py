"""Several processes train one model, or refuse before any work."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from rlve_dsl.errors import RlveError, UsageError
from rlve_dsl.files import Settings
from rlve_dsl.train import World, check_world, read_status, trainer_options

ROOT = Path(__file__).parents[2]
SETTINGS = Settings(model="tiny", groups=4, rollouts=4, updates=2)

SMALL = """
kind: Collection
name: small
extends: {base}
train:
  steps: 2
  groups: 4
  rollouts: 4
  updates: 2
  resample: 1
  threads: 1
  tiny: {{layers: 1, width: 16, heads: 2, feed_forward: 16}}
  warm_start: {{demonstrations: 96, passes: 2, batch: 8}}
  evaluation: {{episodes: 3, levels: [0]}}
"""


def test_shares_follow_each_other_and_are_all_there_is() -> None:
    for size in (1, 2, 3, 5):
        parts = [World(rank, size).share(range(7)) for rank in range(size)]
        assert [item for part in parts for item in part] == [*range(7)]


def test_a_batch_is_that_of_all_processes_together() -> None:
    one, two = trainer_options(SETTINGS), trainer_options(SETTINGS, 2)
    assert (one["per_device_train_batch_size"], two["per_device_train_batch_size"]) == (8, 4)
    assert one["steps_per_generation"] == two["steps_per_generation"]


@pytest.mark.parametrize(
    ("changes", "size", "said"),
    [
        ({}, 3, "4 `groups` cannot be shared among 3 processes"),
        ({"groups": 2, "rollouts": 3, "updates": 3}, 2, None),
        ({"groups": 2, "rollouts": 5, "updates": 10}, 2, "an update of 1 rollouts cannot be shared equally"),
        ({"micro_batch": 8}, 2, "`micro_batch` 8 does not divide the 4 rollouts"),
        ({"trainer": {"use_vllm": True, "vllm_mode": "server"}}, 2, "2 processes cannot share a vLLM server"),
        ({"trainer": {"use_vllm": True, "vllm_mode": "colocate"}}, 2, None),
        ({"trainer": {"fsdp": "full_shard"}}, 2, "no process has the whole model"),
        ({"micro_batch": 3}, 1, None),
        ({"processes": 2}, 1, "these settings are for 2 processes, and 1 was started: torchrun --nproc-per-node 2"),
        ({"processes": 2}, 2, None),
    ],
)
def test_what_several_processes_cannot_do_is_refused(changes: dict[str, object], size: int, said: str | None) -> None:
    settings = dataclasses.replace(SETTINGS, **changes)  # type: ignore[arg-type]
    if said is None:
        check_world(settings, size)
    else:
        with pytest.raises(UsageError, match=said):
            check_world(settings, size)


def test_a_process_that_fails_fails_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "_gathered", lambda world, mine: [mine, "ValueError: no line"])

    def work(share: Sequence[int], first: int) -> list[int]:
        return [*share]

    with pytest.raises(RlveError, match="process 1 of 2 failed: ValueError: no line"):
        World(0, 2).together([1, 2], work)


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


def _train(folder: Path, size: int, out: Path, *more: str) -> list[subprocess.CompletedProcess[str]]:
    """Run `rlve-dsl train` in `size` processes that know of each other."""
    file = folder / "small.yaml"
    file.write_text(SMALL.format(base=ROOT / "scenarios" / "first-steps.yaml"))
    usual = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "rlve_dsl.cli", "train", str(file), "--profile", "cpu", "--out", str(out), *more]
    running = [
        subprocess.Popen(
            command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**usual, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(size)},
        )
        for rank in range(size)
    ]  # fmt: skip
    ended = [process.communicate(timeout=900) for process in running]
    return [
        subprocess.CompletedProcess(command, process.returncode, *said)
        for process, said in zip(running, ended, strict=True)
    ]


def test_two_processes_train_one_model_on_the_episodes_that_one_process_plays(tmp_path: Path) -> None:
    pytest.importorskip("trl")
    steps = {}
    for size in (1, 2):
        out = tmp_path / f"run-{size}"
        ended = _train(tmp_path, size, out)
        assert [process.returncode for process in ended] == [0] * size, ended[-1].stderr
        assert read_status(out) == "finished"
        assert "pass rate on held-out seeds" in ended[0].stdout
        assert not any(process.stdout for process in ended[1:]), "the others say nothing"
        lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        steps[size] = [line for line in lines if line["phase"] == "dapo"]
        assert [line["step"] for line in steps[size]] == [1, 2]
        assert (out / "model" / "model.safetensors").exists()
    for one, two in zip(steps[1], steps[2], strict=True):
        same = ("groups", "learnt_from", "pass_rate", "reward", "turns", "written_tokens", "window")
        assert {name: one[name] for name in same} == {name: two[name] for name in same}
