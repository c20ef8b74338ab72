"""Several processes train one model, or refuse before any work."""

from __future__ import annotations

import dataclasses
import json
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from rlve_dsl.errors import RlveError, UsageError
from rlve_dsl.files import Server, Settings
from rlve_dsl.train import World, check_world, read_status, trainer_options
from rlve_dsl.train.world import Failure
from tests.train.guessing import guessing
from tests.train.processes import start

SETTINGS = Settings(model="tiny", groups=4, rollouts=4, updates=2)


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
        ({"trainer": {"fsdp": "full_shard"}, "server": Server(url="http://a")}, 4, None),
        ({"groups": 2, "rollouts": 6, "server": Server(url="http://a")}, 3, None),
        (
            {"groups": 2, "rollouts": 4, "server": Server(url="http://a")},
            3,
            "an update of 4 rollouts cannot be shared equally",
        ),
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
    monkeypatch.setattr(World, "_gathered", lambda world, mine: [mine, Failure(RlveError, "ValueError: no line")])

    def work(share: Sequence[int], first: int) -> list[int]:
        return [*share]

    with pytest.raises(RlveError, match="process 1 of 2 failed: ValueError: no line"):
        World(0, 2).together([1, 2], work)


def test_what_fails_in_the_first_process_fails_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []

    def received(world: World, parts: Sequence[object]) -> object:
        sent.extend(parts)
        return None

    monkeypatch.setattr(World, "_received", received)

    def refuses() -> list[int]:
        raise UsageError("no server")

    def breaks() -> int:
        raise ValueError("no line")

    with pytest.raises(UsageError, match="no server"):
        World(0, 2).dealt(refuses)
    with pytest.raises(ValueError, match="no line"):
        World(0, 2).from_first(breaks)
    assert (
        sent
        == [Failure(UsageError, "no server")] * 2
        + [Failure(RlveError, "process 0 of 2 failed: ValueError: no line")] * 2
    )
    assert World(1, 2).dealt(refuses) is None, "the others hear what came of it"
    assert World().from_first(lambda: 3) == 3


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


def test_two_processes_train_one_model_on_the_episodes_that_one_process_plays(tmp_path: Path) -> None:
    pytest.importorskip("trl")
    # the updates of a batch are of other rollouts in two processes, so the weights hardly move: both then play the same
    scenario = guessing(
        tmp_path, steps=2, groups=4, rollouts=4, updates=2, learning_rate=1e-9,
        evaluation={"episodes": 3, "levels": [0]},
    )  # fmt: skip
    steps = {}
    for size in (1, 2):
        out = tmp_path / f"run-{size}"
        said = [tmp_path / f"said-{size}-{rank}" for rank in range(size)]
        world = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": str(size)}
        running = [
            start([str(scenario), "--out", str(out)], said[rank], {**world, "RANK": str(rank), "LOCAL_RANK": str(rank)})
            for rank in range(size)
        ]
        for process in running:
            process.join()
        assert [process.exitcode for process in running] == [0] * size, (said[-1] / "stderr").read_text()
        assert read_status(out) == "finished"
        first, *others = [(folder / "stdout").read_text() for folder in said]
        assert "pass rate on held-out seeds" in first and not any(others), "the others say nothing"
        lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        steps[size] = [line for line in lines if line["phase"] == "dapo"]
        assert [line["step"] for line in steps[size]] == [1, 2]
        assert all(line["learnt_from"] for line in steps[size])
        assert (out / "model" / "model.safetensors").exists()
    for one, two in zip(steps[1], steps[2], strict=True):
        same = ("groups", "learnt_from", "pass_rate", "reward", "turns", "written_tokens", "window")
        assert {name: one[name] for name in same} == {name: two[name] for name in same}
        assert one["loss"] == pytest.approx(two["loss"], abs=1e-4)
