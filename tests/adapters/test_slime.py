"""slime: its contract, by a stand-in of its `Sample` and a server on loopback that answers as SGLang's `/generate` does."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from rlve_dsl.cli import main
from rlve_dsl.episode import Action, render_completion
from tests.loopback_server import Quiet, on_loopback
from tests.model_server import send

pytest.importorskip("trl")

from rlve_dsl import adapters
from rlve_dsl.adapters import slime
from rlve_dsl.adapters.slime.folder import exported, key_in, metadata_of, prompt_of
from rlve_dsl.agents import EpisodeKey
from rlve_dsl.train.tiny_tokenizer import build_tokenizer

PROFILE = """kind: Profile
model: {model}
describe: false
groups: 3
rollouts: 2
updates: 2
resample: 1
turn_tokens: 120
episode_tokens: 600
soft_tokens: 20
context_tokens: 4000
evaluation: {{episodes: 2, levels: [0, 1], every: 5}}
"""
ASK, FINISH = "Which option would you like?", render_completion(Action(answer={}))


@dataclass
class Sample:
    """The fields of slime's `Sample` that have to do with a rollout, by their names there."""

    class Status(Enum):
        PENDING = "pending"
        COMPLETED = "completed"
        TRUNCATED = "truncated"
        ABORTED = "aborted"
        FAILED = "failed"

    group_index: int | None = None
    index: int | None = None
    prompt: str | list[dict[str, str]] = ""
    tokens: list[int] = field(default_factory=list)
    response: str = ""
    response_length: int = 0
    label: str | None = None
    reward: float | dict[str, Any] | None = None
    loss_mask: list[int] | None = None
    weight_versions: list[str] = field(default_factory=list)
    rollout_log_probs: list[float] | None = None
    remove_sample: bool = False
    status: Status = Status.PENDING
    metadata: dict[str, Any] = field(default_factory=dict)
    session_id: str | None = None


@dataclass
class FilterOutput:
    keep: bool
    reason: str | None = None


async def post(url: str, payload: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    def ask() -> Any:
        request = urllib.request.Request(url, json.dumps(payload).encode(), headers or {})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    return await asyncio.to_thread(ask)


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules of slime that the adapter imports."""
    contents: dict[str, dict[str, object]] = {
        "slime": {}, "slime.utils": {}, "slime.utils.types": {"Sample": Sample}, "slime.utils.http_utils": {"post": post},
        "slime.rollout": {}, "slime.rollout.filter_hub": {},
        "slime.rollout.filter_hub.base_types": {"DynamicFilterOutput": FilterOutput},
    }  # fmt: skip
    for name, things in contents.items():
        module = ModuleType(name)
        vars(module).update(things)
        monkeypatch.setitem(sys.modules, name, module)


@dataclass
class Sglang:
    """A server that writes what `says` gives for the text that it was sent; None aborts."""

    says: Callable[[str], str | None] = lambda text: None
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    port: int = 0


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return build_tokenizer([ASK, FINISH, "user assistant tool"])


@pytest.fixture
def sglang(tokenizer: Any) -> Iterator[Sglang]:
    server = Sglang()

    class Handler(Quiet):
        def do_POST(self) -> None:
            asked = self.asked()
            server.asked.append(asked)
            server.headers.append(dict(self.headers))
            text = server.says(tokenizer.decode(asked["input_ids"]))
            written = [] if text is None else tokenizer(text, add_special_tokens=False)["input_ids"]
            cut = asked["sampling_params"]["max_new_tokens"]
            why = "abort" if text is None else "length" if len(written) > cut else "stop"
            about = {
                "output_token_logprobs": [[-0.25, token, None] for token in written[:cut]],
                "finish_reason": {"type": why},
                "weight_version": "7",
            }
            send(self, 200, json.dumps({"text": text or "", "meta_info": about}).encode())

    with on_loopback(Handler) as server.port:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tokenizer: Any) -> Path:
    """What `rlve-dsl export slime` writes."""
    place = tmp_path_factory.mktemp("slime")
    tokenizer.save_pretrained(place / "model")
    (place / "profile.yaml").write_text(PROFILE.format(model=place / "model"))
    words = [
        "export",
        "slime",
        "scenarios/first-steps.yaml",
        str(place / "out"),
        "--profile",
        str(place / "profile.yaml"),
    ]
    assert main([*words, "--set", "warm_start.demonstrations=0"]) == 0
    return place


def arguments(folder: Path, **more: object) -> Any:
    given = {
        "prompt_data": str(folder / "out" / "episodes.json"), "hf_checkpoint": str(folder / "model"),
        "n_samples_per_prompt": 2, "sglang_router_ip": "127.0.0.1", "save": str(folder / "run"), "load": str(folder / "run"),
    }  # fmt: skip
    return SimpleNamespace(**given, **more)


SAMPLING = {"temperature": 1.0, "max_new_tokens": 2000, "stop": None, "stop_token_ids": None}


def played(folder: Path, sglang: Sglang, sample: Sample, says: Callable[[str], str | None], **more: object) -> Sample:
    sglang.says = says
    args = arguments(folder, sglang_router_port=sglang.port, **more)
    found: Sample = asyncio.run(slime.generate(args, sample, SAMPLING))
    return found


def asks_then_finishes(text: str) -> str:
    return (ASK if text.count("<|im_end|>") == 1 else FINISH) + "<|im_end|>"


def test_a_sample_is_an_episode_in_tokens(folder: Path, sglang: Sglang, tokenizer: Any) -> None:
    ((first, _), *_) = slime.EpisodeSource(arguments(folder)).get_samples(2)
    sample = played(folder, sglang, first, asks_then_finishes)
    assert sample.status is Sample.Status.COMPLETED and not sample.remove_sample
    assert sample.response_length == len(sample.loss_mask or []) == len(sample.rollout_log_probs or [])
    prompt = sample.tokens[: -sample.response_length]
    assert prompt == sglang.asked[0]["input_ids"], "token in, token out"
    assert sglang.asked[1]["input_ids"] == sample.tokens[: len(sglang.asked[1]["input_ids"])]
    written = [t for t, mine in zip(sample.tokens[len(prompt) :], sample.loss_mask or [], strict=True) if mine]
    assert tokenizer.decode(written) == f"{ASK}<|im_end|>{FINISH}<|im_end|>"
    assert all(
        (p == -0.25) == bool(m) for p, m in zip(sample.rollout_log_probs or [], sample.loss_mask or [], strict=True)
    )
    assert sample.weight_versions == ["7", "7"] and sample.metadata["turns"] == 2
    episode = exported(str(folder / "out" / "episodes.json")).scenario.reset(
        sample.metadata["environment"], level=sample.metadata["level"], seed=sample.metadata["seed"]
    )
    episode.step(Action(ASK))
    episode.step(Action(answer={}))
    assert episode.outcome is not None and sample.reward == episode.outcome.reward
    assert asyncio.run(slime.reward(arguments(folder), sample)) == sample.reward


def test_a_turn_has_its_own_token_limit_and_ends(folder: Path, sglang: Sglang, tokenizer: Any) -> None:
    sample = slime.EpisodeSource(arguments(folder)).get_samples(1)[0][0]
    sample.session_id = "s"
    played(folder, sglang, sample, asks_then_finishes, router_policy="consistent_hashing")
    params = sglang.asked[0]["sampling_params"]
    assert params["max_new_tokens"] == 120 and params["stop_token_ids"] == [tokenizer.eos_token_id]
    assert params["temperature"] == 1.0 and sglang.asked[0]["return_logprob"] is True
    assert sglang.headers[0]["X-Smg-Routing-Key"] == "s"


def test_a_sample_that_is_cut_fails_or_is_stopped_has_no_reward(folder: Path, sglang: Sglang) -> None:
    source = slime.EpisodeSource(arguments(folder))
    (cut, stopped), (failed, _) = source.get_samples(2)
    played(folder, sglang, cut, lambda text: ASK * 60)
    assert cut.status is Sample.Status.TRUNCATED and cut.remove_sample and cut.metadata["task"] is None
    played(folder, sglang, stopped, lambda text: None)
    assert stopped.status is Sample.Status.ABORTED and not stopped.tokens
    sglang.port = 1  # nobody listens there
    played(folder, sglang, failed, asks_then_finishes)
    assert failed.status is Sample.Status.FAILED and failed.remove_sample and failed.metadata["failure"]
    assert failed.response_length == len(failed.loss_mask or []) == 1 and failed.loss_mask == [0]


def graded(group: int, tasks: list[float | None], reward: float = 0.0) -> list[Sample]:
    return [
        Sample(
            group_index=group, reward=(task or 0.0) + reward, remove_sample=task is None,
            metadata={"task": task, "passed": task == 1.0, "failure": "", "environment": "cart", "level": 0, "seed": 2},
        )
        for task in tasks
    ]  # fmt: skip


@pytest.mark.parametrize(("tasks", "keep", "reason"), [
    ([1.0, -1.0], True, None), ([1.0, 1.0], False, "task_1"), ([1.0, None], False, "task_1"), ([None, None], False, "no_reward"),
])  # fmt: skip
def test_a_group_is_kept_when_the_task_went_better_in_some_rollouts(
    tasks: list[float | None], keep: bool, reason: str | None
) -> None:
    assert slime.keep_group(None, graded(0, tasks)) == FilterOutput(keep, reason)


def test_a_missing_reward_counts_in_no_mean() -> None:
    samples = [*graded(0, [1.0, -1.0, None, 1.0]), *graded(1, [1.0, 1.0])]
    raw, found = slime.advantages(None, samples)
    kept = [1.0, -1.0, 1.0]
    mean, spread = statistics.fmean(kept), statistics.stdev(kept)
    expected = [(1.0 - mean) / spread, (-1.0 - mean) / spread, 0.0, (1.0 - mean) / spread, 0.0, 0.0]
    assert found == pytest.approx(expected, abs=1e-3) and raw == [1.0, -1.0, 0.0, 1.0, 1.0, 1.0]


def test_the_curriculum_counts_what_was_played_also_what_is_not_kept(folder: Path) -> None:
    args = arguments(folder)
    source = slime.EpisodeSource(args)
    trials = exported(args.prompt_data).scenario.spec.curriculum.trials
    failed = graded(0, [None])[0]
    failed.metadata["failure"] = "no line"
    slime.count_outcomes(args, [[*graded(0, [1.0] * (trials - 1)), failed]], source.get_samples)
    assert source.curriculum.window("cart").high == 0
    slime.count_outcomes(args, [graded(0, [1.0])], source)
    assert source.curriculum.window("cart").high == 1


def test_the_state_is_saved_and_the_run_goes_on_with_the_same_episodes(folder: Path) -> None:
    args = arguments(folder)
    one = slime.EpisodeSource(args)
    begun = one.get_samples(3)
    one.record([graded(0, [1.0] * exported(args.prompt_data).scenario.spec.curriculum.trials)])
    one.add_samples([begun[1]])
    one.save(4)
    other = slime.EpisodeSource(args)
    other.load(4)
    again, expected = other.get_samples(4), one.get_samples(4)
    assert again == expected and again[0][0].metadata == begun[1][0].metadata, "what was given back comes first"
    assert again[0][0].group_index == 3 and again[0][0].index == 6 and not again[0][0].tokens
    assert other.curriculum.as_json() == one.curriculum.as_json()
    fresh = slime.EpisodeSource(args)
    fresh.load(None)
    assert fresh.get_samples(3) == begun, "a run that begins draws the same episodes every time"


def test_a_checkpoint_without_a_state_is_told(folder: Path) -> None:
    from rlve_dsl.errors import UsageError

    with pytest.raises(UsageError, match="holds no state of a curriculum"):
        slime.EpisodeSource(arguments(folder)).load(99)


def test_the_arguments_are_an_array_of_bash_and_name_functions_that_exist(folder: Path) -> None:
    script = 'source "$0"; printf "%s\\n" "${RLVE_DSL_ARGS[@]}"'
    shown = subprocess.run(
        ["bash", "-c", script, str(folder / "out" / "arguments.sh")], capture_output=True, text=True, check=True
    )
    words = shown.stdout.splitlines()
    given = dict(pairwise(words))
    assert given["--rollout-batch-size"] == "3"
    assert "--over-sampling-batch-size" not in given, (
        "slime would keep the groups that end first, and stop the long ones"
    )
    assert (
        given["--eps-clip"] == "0.2" and given["--eps-clip-high"] == "0.28" and given["--num-steps-per-rollout"] == "2"
    )
    paths = [word for word in words if word.startswith("rlve_dsl.")]
    assert len(paths) == 6 and all(getattr(slime, path.rpartition(".")[2]) for path in paths)
    assert given["--prompt-data"] == str(folder / "out" / "episodes.json")
    rows = [json.loads(line) for line in (folder / "out" / "held_out.jsonl").read_text().splitlines()]
    assert [row["metadata"]["level"] for row in rows] == [0, 0, 1, 1] and all(
        row["metadata"]["seed"] % 2 for row in rows
    )


@pytest.mark.parametrize(("words", "said"), [
    (["first-steps"], "slime trains a language model"),
    (["c1", "--profile", "1x80g"], "slime trains the whole model here"),
    (["c1", "--profile", "8x80g", "--set", "warm_start.demonstrations=8"], "slime trains without a warm start"),
])  # fmt: skip
def test_what_slime_cannot_do_is_refused(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, *options = words
    assert main(["export", "slime", path, str(tmp_path / "out"), *options]) == 2
    assert said in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_a_missing_library_is_told_with_its_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rlve_dsl.train.check.find_spec", lambda name: None)
    assert main(["export", "slime", "c1", str(tmp_path / "out"), "--profile", "8x80g"]) == 2
    assert "`transformers` is not installed: run pip install 'rlve-dsl[train]'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "slime", "c1", str(folder / "out"), "--profile", "8x80g"]) == 2
    assert "is not an empty folder" in capsys.readouterr().err
    assert callable(adapters.write_slime_folder)


def test_a_file_that_is_no_export_is_told(folder: Path) -> None:
    from rlve_dsl.errors import UsageError

    with pytest.raises(UsageError, match="is not what `rlve-dsl export slime` wrote"):
        exported(str(folder / "profile.yaml"))


def test_levels_of_axes_are_part_of_a_sample() -> None:
    key = EpisodeKey("cart", 5, 2, (("history", 3), ("items", 5)))
    metadata = json.loads(json.dumps(metadata_of(key)))
    assert metadata["axes"] == {"history": 3, "items": 5} and key_in(metadata) == key
    assert prompt_of(key) == "cart level 5 seed 2 history 3 items 5"
    plain = EpisodeKey("cart", 5, 2)
    assert "axes" not in metadata_of(plain) and key_in(metadata_of(plain)) == plain
