"""A run that was killed goes on as if it had never stopped, or says why it cannot."""

from __future__ import annotations

import json
import signal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.cli import main
from rlve_dsl.errors import RlveError, UsageError
from rlve_dsl.train import RunDirectory, last_checkpoint, read_status, resumable
from rlve_dsl.train.checkpoints import written_to_disk
from tests.train.guessing import guessing
from tests.train.processes import start

pytest.importorskip("trl")

TRAIN = {
    "steps": 4, "groups": 4, "rollouts": 4, "updates": 2, "schedule": "linear",
    "evaluation": {"episodes": 4, "levels": [0], "every": 2},
    "keep": {"every": 1, "rollouts": 2},
}  # fmt: skip


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(guessing(tmp_path_factory.mktemp("scenario"), **TRAIN))


@pytest.fixture(scope="module")
def warm(scenario: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The options that begin with a model that was warm-started once."""
    out = tmp_path_factory.mktemp("warm") / "run"
    assert main(["train", scenario, "--out", str(out), "--steps", "0", "--set", "evaluation.episodes=0"]) == 0
    return "--model", str(out / "model"), "--set", "warm_start.demonstrations=0"


def metrics_of(run: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if not name.startswith("seconds")} for line in lines]


def reached(run: Path, step: int) -> bool:
    """Whether a run has a whole checkpoint of this step."""
    return (kept := last_checkpoint(run)) is not None and kept.step >= step


def test_a_run_that_is_killed_twice_and_resumed_equals_one_that_was_not(
    scenario: str, warm: tuple[str, ...], tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert main(["train", scenario, *warm, "--out", str(whole)]) == 0
    for step, folder in ((1, "--out"), (2, "--resume")):
        said = tmp_path / f"said-{step}"
        process = start([scenario, *warm, folder, str(killed)], said, killed_when=partial(reached, killed, step))
        process.join()
        assert process.exitcode == -signal.SIGKILL, (said / "stderr").read_text()
        assert read_status(killed) == "killed"
    assert main(["train", scenario, *warm, "--resume", str(killed)]) == 0
    assert read_status(killed) == read_status(whole) == "finished"
    steps = metrics_of(whole)
    learnt = [step for step in steps if step.get("grad_norm")]
    assert learnt, "something was learnt"
    assert all(step["ratio_least"] < step["ratio"] < step["ratio_greatest"] for step in learnt)
    assert all(0.5 < step["ratio"] < 2 for step in learnt)
    assert metrics_of(killed) == steps
    assert (killed / "results.json").read_text() == (whole / "results.json").read_text()
    assert (killed / "model/model.safetensors").read_bytes() == (whole / "model/model.safetensors").read_bytes()
    for name in ("step-00002.jsonl", "step-00004.jsonl"):
        assert (killed / "rollouts" / name).read_bytes() == (whole / "rollouts" / name).read_bytes()
    card = (whole / "model" / "README.md").read_text()
    assert (
        "without a certificate" in card
        and json.loads((whole / "configuration.json").read_text())["scenario"]["digest"] in card
    )


def has(run: Path, **wanted: object) -> bool:
    """Whether the metrics of a run have a line like this."""
    file = run / "metrics.jsonl"
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    return any(wanted.items() <= json.loads(line).items() for line in lines if line.endswith("\n"))


def test_a_run_that_is_killed_in_the_warm_start_and_in_evaluations_equals_one_that_was_not(
    scenario: str, warm: tuple[str, ...], tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    model = warm[:2]  # so that something is passed, and learnt from
    small = [*model, "--steps", "2", "--set", "warm_start.demonstrations=20", "--set", "keep.every=2"]
    assert main(["train", scenario, *small, "--out", str(whole)]) == 0
    moments: list[tuple[dict[str, object], str]] = [
        ({"phase": "warm_start", "step": 2}, "begins again"),
        ({"phase": "evaluation", "moment": "before"}, "going on after the warm start"),
        ({"phase": "dapo", "step": 1}, "going on after the warm start"),
        ({"phase": "evaluation", "moment": "after"}, "going on after step 2"),
    ]
    folder = "--out"
    for number, (moment, _) in enumerate(moments):
        said = tmp_path / f"said-{number}"
        words = [scenario, *small, folder, str(killed)]
        process = start(words, said, killed_when=partial(has, killed, **moment))
        process.join()
        assert process.exitcode == -signal.SIGKILL, (said / "stderr").read_text()
        folder = "--resume"
    said = tmp_path / "said-last"
    start([scenario, *small, "--resume", str(killed)], said).join()
    for number, later in enumerate(["said-1", "said-2", "said-3", "said-last"]):
        assert moments[number][1] in (tmp_path / later / "stderr").read_text()
    assert metrics_of(killed) == metrics_of(whole)
    assert (killed / "results.json").read_text() == (whole / "results.json").read_text()
    assert (killed / "model/model.safetensors").read_bytes() == (whole / "model/model.safetensors").read_bytes()


def test_kept_rollouts_are_trajectories_that_can_be_replayed(
    scenario: str, warm: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(["train", scenario, *warm, "--out", str(out), "--steps", "2", "--set", "keep.every=0"]) == 0
    lines = (out / "rollouts" / "step-00002.jsonl").read_text().splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if "opening" in json.loads(line)]
    assert len(starts) >= 4, "one of each group, also of those that were set aside"
    capsys.readouterr()
    assert main(["replay", str(out / "rollouts" / "step-00002.jsonl"), scenario]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == len(starts)
    assert shown[1].startswith(f"trajectory 2, from line {starts[1] + 1} on: the same ")
    ended = starts[2] - 1
    lines[ended] = json.dumps({**json.loads(lines[ended]), "other": 1}) + "\n"
    (tmp_path / "changed.jsonl").write_text("".join(lines))
    assert main(["replay", str(tmp_path / "changed.jsonl"), scenario]) == 3
    found = capsys.readouterr()
    assert found.err.startswith("trajectory 2, from line") and len(found.out.splitlines()) == len(starts) - 1
    assert last_checkpoint(out) is None


CONFIGURATION = {"scenario": {"digest": "a"}, "settings": {"steps": 4, "seed": 1}, "curriculum": {}, "processes": 1}


def run_in(folder: Path, state: str = "failed") -> Path:
    run = folder / "run"
    try:
        with RunDirectory(run, CONFIGURATION) as made:
            made.metric("dapo", {"step": 1})
            made.metric("dapo", {"step": 2})
            if state == "failed":
                raise ValueError
    except ValueError:
        pass
    checkpoint = run / "trainer" / "checkpoint-2"
    checkpoint.mkdir(parents=True)
    (checkpoint / "run.json").write_text(json.dumps({"step": 1, "curriculum": {}, "before": {}, "best": -1}))
    (run / "trainer" / "checkpoint-4").mkdir()
    return run


def test_the_last_whole_checkpoint_counts_and_later_metrics_are_dropped(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    with (run / "metrics.jsonl").open("a") as metrics:
        metrics.write('{"phase": "dapo", "st')
    kept = resumable(run, CONFIGURATION)
    assert kept is not None and kept.step == 1
    with RunDirectory(run, CONFIGURATION, keeps=kept.keeps) as made:
        made.metric("dapo", {"step": 2, "again": True})
    steps = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert steps == [{"phase": "dapo", "step": 1}, {"phase": "dapo", "step": 2, "again": True}]


def save_checkpoint(run: Path, number: int) -> Path:
    """Write a checkpoint with the kinds of files that the trainer writes."""
    import torch
    from safetensors.torch import save_file

    folder = run / "trainer" / f"checkpoint-{number}"
    folder.mkdir(exist_ok=True)
    save_file({"a": torch.zeros(9)}, str(folder / "model.safetensors"))
    torch.save({"a": torch.zeros(9)}, folder / "optimizer.pt")
    torch.save({"a": torch.zeros(9)}, folder / "rng_state.pth")
    (folder / "trainer_state.json").write_text("{}")
    (folder / "run.json").write_text(json.dumps({"step": number // 2, "curriculum": {}, "before": {}, "best": -1}))
    return folder


_CUT = -20


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("run.json", _CUT),
        ("run.json", b"{}"),
        ("run.json", b"3"),
        ("run.json", b"\xff"),
        ("run.json", b'{"step": "1", "curriculum": {}, "before": {}, "best": -1}'),
        ("model.safetensors", _CUT),
        ("model.safetensors", b""),
        ("optimizer.pt", _CUT),
        ("rng_state.pth", b""),
        ("trainer_state.json", b"{"),
    ],
)
def test_a_damaged_checkpoint_is_passed_over_in_a_sentence(tmp_path: Path, name: str, text: bytes | int) -> None:
    run = run_in(tmp_path)
    file = save_checkpoint(run, 4) / name
    whole = resumable(run, CONFIGURATION)
    assert whole is not None and whole.step == 2
    file.write_bytes(file.read_bytes()[:text] if isinstance(text, int) else text)
    said: list[str] = []
    before = resumable(run, CONFIGURATION, say=said.append)
    assert before is not None and before.step == 1
    assert len(said) == 1 and said[0].startswith(f"a checkpoint is passed over: `{file}` ")
    (run / "trainer" / "checkpoint-2" / "run.json").unlink()
    with pytest.raises(RlveError, match=f"^no checkpoint of the run can be read: `{file}` "):
        resumable(run, CONFIGURATION)


@pytest.mark.parametrize("line", [b"\xff\xfe", b"3", b"{}", b'{"phase": "dapo"}', b'{"phase": "da'])
def test_a_damaged_line_of_metrics_is_told_in_a_sentence(tmp_path: Path, line: bytes) -> None:
    run = run_in(tmp_path)
    file = run / "metrics.jsonl"
    text = line + b"\n" + file.read_bytes()
    file.write_bytes(text)
    kept = resumable(run, CONFIGURATION)
    assert kept is not None
    with pytest.raises(UsageError, match=f"^`{file}`, line 1: this is no line of metrics"):
        RunDirectory(run, CONFIGURATION, keeps=kept.keeps)
    assert file.read_bytes() == text, "nothing is lost"


def hint_of(scenario: str, words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> bool:
    """Whether a run that does not end well, for this reason, tells how it goes on."""
    assert main(["train", scenario, *words]) != 0
    said = capsys.readouterr().err
    assert why in said
    return "goes on from it" in said


def test_only_a_run_that_was_going_and_can_go_on_tells_how(
    scenario: str,
    warm: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*_: object) -> None:
        raise RlveError("stopped")

    out = str(tmp_path / "run")
    small = [*warm, "--steps", "1", "--set", "evaluation.episodes=0"]
    with monkeypatch.context() as patch:
        patch.setattr("rlve_dsl.train.course.Course.check_steps", stopped)
        assert hint_of(scenario, [*small, "--out", out], "stopped", capsys)
    assert not hint_of(scenario, [*small, "--out", out], "is not empty", capsys)
    metrics = tmp_path / "run" / "metrics.jsonl"
    metrics.write_text("3\n" + metrics.read_text())
    assert not hint_of(scenario, [*small, "--resume", out], "no line of metrics", capsys)
    for file in (tmp_path / "run" / "trainer").glob("*/run.json"):
        file.write_text("{}")
    assert not hint_of(scenario, [*small, "--resume", out], "no checkpoint of the run can be read", capsys)
    monkeypatch.setattr("rlve_dsl.train.course.Course.__setattr__", _never_taught, raising=False)
    assert not hint_of(scenario, [*small, "--out", str(tmp_path / "other")], "taught nothing", capsys)


def _never_taught(course: object, name: str, value: object) -> None:
    object.__setattr__(course, name, False if name == "_taught" else value)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"settings": {"steps": 5, "seed": 1}}, "this has changed: settings.steps"),
        ({"scenario": {"digest": "b"}}, "this has changed: scenario.digest"),
        ({"processes": 2}, "this has changed: processes"),
        ({"user": "openai:other"}, "this has changed: user"),
    ],
)
def test_a_run_does_not_go_on_with_something_else(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        resumable(run_in(tmp_path), {**CONFIGURATION, **changed})


def test_a_folder_whose_files_hold_something_else_is_told_in_a_sentence(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    for name, text in (("status.json", "[]"), ("configuration.json", "[1]")):
        (run / name).write_text(text)
        with pytest.raises(UsageError, match="holds no training run"):
            resumable(run, CONFIGURATION)


def test_only_a_run_that_ended_early_goes_on_and_one_without_a_checkpoint_begins_again(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no training run"):
        resumable(tmp_path, CONFIGURATION)
    run = run_in(tmp_path, "finished")
    with pytest.raises(UsageError, match="is finished"):
        resumable(run, CONFIGURATION)
    assert resumable(run, CONFIGURATION, first=False) is not None, "the first process may have changed the state"
    (run / "status.json").write_text('{"state": "interrupted"}')
    (run / "trainer" / "checkpoint-2" / "run.json").unlink()
    assert resumable(run, CONFIGURATION) is None
    (run / "status.json").unlink()
    assert resumable(run, CONFIGURATION) is None, "killed before it said that it runs"


def test_a_disk_that_is_full_is_told_in_a_sentence(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    for failing in (
        lambda: save_file({"a": torch.zeros(2)}, str(tmp_path / "no" / "folder")),
        lambda: _raise(RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0\nmore")),
    ):
        with pytest.raises(RlveError, match=r"^the model could not be written: [^\n]*$"), written_to_disk():
            failing()
    with pytest.raises(RuntimeError, match="another"), written_to_disk():
        raise RuntimeError("another fault")


def _raise(error: Exception) -> None:
    raise error


def test_a_run_with_adapters_that_is_killed_equals_one_that_was_not(
    scenario: str, warm: tuple[str, ...], tmp_path: Path
) -> None:
    pytest.importorskip("peft")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    small = [*warm, "--set", "lora.rank=4", "--set", "learning_rate=0.05"]
    assert main(["train", scenario, *small, "--out", str(whole)]) == 0
    folder = "--out"
    for number, moment in enumerate(({"moment": "before"}, {"phase": "dapo", "step": 2})):
        said = tmp_path / f"said-{number}"
        process = start([scenario, *small, folder, str(killed)], said, killed_when=partial(has, killed, **moment))
        process.join()
        assert process.exitcode == -signal.SIGKILL, (said / "stderr").read_text()
        folder = "--resume"
    assert main(["train", scenario, *small, "--resume", str(killed)]) == 0
    assert metrics_of(killed) == metrics_of(whole)
    file = "model/adapter_model.safetensors"
    assert (killed / file).read_bytes() == (whole / file).read_bytes()
