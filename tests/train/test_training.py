"""Tokens, cache and trainer on the real scenario: the smallest run there is, from YAML to table."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl.agents import EpisodeKey, Limits, Rollout, demonstrate_imperfectly, play_rollouts
from rlve_dsl.cli import main
from rlve_dsl.episode import Scenario
from rlve_dsl.rng import Stream

pytest.importorskip("trl")

from rlve_dsl.files import Evaluation, Settings, Tiny, WarmStart, settings_of
from rlve_dsl.model_user import ModelSettings, ModelShopper
from rlve_dsl.terminal import Reporter
from rlve_dsl.train import RunDirectory, Training, profile, profiles, read_status
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.demonstrations import Segment, segments
from rlve_dsl.train.examples import example
from rlve_dsl.train.generators import CachedGenerator
from rlve_dsl.train.model import build_tiny
from rlve_dsl.train.tiny_tokenizer import build_tokenizer
from rlve_dsl.train.warm_start import batches
from rlve_dsl.user import SCRIPTED
from tests.model_server import MODEL, Answer, Asked, ModelServer, Raw, honest

SCENARIO = "scenarios/first-steps.yaml"
WARM = WarmStart(demonstrations=24, batch=8, mistakes={"forget_to_ask": 0.5, "dawdle": 0.2})
SETTINGS = Settings(
    steps=2,
    groups=2,
    rollouts=2,
    resample=0,
    describe=False,
    turn_tokens=24,
    episode_tokens=80,
    soft_tokens=8,
    context_tokens=512,
    tiny=Tiny(layers=1, width=16, heads=2, feed_forward=16),
    warm_start=WARM,
    evaluation=Evaluation(episodes=2, levels=(0,)),
    trainer={"use_cpu": True, "bf16": False, "gradient_checkpointing": False},
)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return rlve_dsl.load(SCENARIO)


def chat_of(tokenizer: Any) -> TemplateChat:
    return TemplateChat(tokenizer, describe=False, options={"enable_thinking": False})


@pytest.fixture(scope="module")
def shown(scenario: Scenario) -> list[tuple[Segment, ...]]:
    keys = (EpisodeKey("cart", i % 3, 2 * i) for i in range(24))
    chat = chat_of(build_tokenizer([]))
    return [segments(d, chat) for d in demonstrate_imperfectly(scenario, keys, WARM.mistakes)]


@pytest.fixture(scope="module")
def tokenizer(shown: list[tuple[Segment, ...]]) -> Any:
    return build_tokenizer(s.text for d in shown for s in d)


def test_what_the_model_may_write_survives_tokenization(shown: list[tuple[Segment, ...]], tokenizer: Any) -> None:
    chat = chat_of(tokenizer)
    for demonstration in shown:
        for segment in demonstration:
            assert chat.text(chat.tokens(segment.text)) == segment.text


def test_a_word_is_one_token_wherever_it_stands(tokenizer: Any) -> None:
    chat = chat_of(tokenizer)
    in_sentence, in_json = chat.tokens("I need the desk lamp."), chat.tokens('{"short_name": "desk lamp"}')
    assert set(chat.tokens(" desk lamp")) <= set(in_sentence) & set(in_json)


def test_the_vocabulary_does_not_depend_on_the_order_of_the_texts(shown: list[tuple[Segment, ...]]) -> None:
    texts = [s.text for d in shown for s in d]
    assert build_tokenizer(texts).get_vocab() == build_tokenizer(reversed(texts)).get_vocab()


def test_every_example_is_shown_once_a_pass(shown: list[tuple[Segment, ...]], tokenizer: Any) -> None:
    examples = [example(d, chat_of(tokenizer), 512) for d in shown]
    seen = [e for batch in batches(examples, 8, 2.0, Stream("order")) for e in batch]
    assert sorted(seen, key=repr) == sorted(examples * 2, key=repr)


def rollouts(scenario: Scenario, tokenizer: Any, *, greedy: bool = False) -> tuple[Any, list[Rollout]]:
    model = build_tiny(SETTINGS, tokenizer)
    chat = chat_of(tokenizer)
    generator = CachedGenerator(
        model, end=chat.end, pad=tokenizer.pad_token_id, turn_tokens=12, temperature=0.7, greedy=greedy, seed=3
    )
    keys = [EpisodeKey("cart", 0, 2 * i + 1) for i in range(5)]
    return model, play_rollouts(scenario, keys, chat, generator, Limits(60, 400))


def test_the_cache_gives_the_probabilities_of_a_fresh_pass(scenario: Scenario, tokenizer: Any) -> None:
    import torch

    model = build_tiny(SETTINGS, tokenizer)
    generator = CachedGenerator(model, end=-1, pad=0, turn_tokens=4, temperature=0.7, greedy=False, seed=3)
    # rows of different lengths, one of which falls silent
    heard = [[[5, 6, 7], [8], [9, 10]], [[11], [12, 13, 14, 15], []], [[4, 4], [16]]]
    read: list[list[int]] = [[], [], []]
    for rows, news in (([0, 1, 2], heard[0]), ([0, 1], [heard[1][0], heard[1][1]]), ([1], [heard[2][1]])):
        turns = generator.generate(rows, news)
        for row, tokens, turn in zip(rows, news, turns, strict=True):
            read[row] += tokens
            ids = torch.tensor([[*read[row], *turn.tokens]])
            with torch.no_grad():
                logits = model(input_ids=ids).logits[0] / 0.7
            fresh = torch.log_softmax(logits, -1)[len(read[row]) - 1 : -1].gather(1, ids[0, len(read[row]) :, None])
            assert fresh.squeeze(1).tolist() == pytest.approx(turn.logprobs, abs=1e-4)
            read[row] += turn.tokens


def test_the_same_seed_says_the_same(scenario: Scenario, tokenizer: Any) -> None:
    first, second = (rollouts(scenario, tokenizer)[1] for _ in range(2))
    assert [r.tokens for r in first] == [r.tokens for r in second]


def test_a_rollout_ends_with_an_outcome_or_says_why_not(scenario: Scenario, tokenizer: Any) -> None:
    for rollout in rollouts(scenario, tokenizer)[1]:
        assert not rollout.failure
        assert (rollout.outcome is None) == rollout.overlong
        assert len(rollout.tokens) == len(rollout.mask) == len(rollout.logprobs)


def test_a_run_leaves_everything_in_its_folder(scenario: Scenario, tmp_path: Path) -> None:
    with RunDirectory(tmp_path / "run", {}) as folder:
        results = Training(scenario, SETTINGS, folder, Reporter()).run()
    assert read_status(folder.path) == "finished"
    assert set(results) == {(moment, manner) for moment in ("before", "after") for manner in ("sampled", "greedy")}
    lines = [json.loads(line) for line in (folder.path / "metrics.jsonl").read_text().splitlines()]
    steps = [line for line in lines if line["phase"] == "dapo"]
    assert [line["step"] for line in steps] == [1, 2]
    for line in steps:
        assert {"reward", "pass_rate", "window", "without_signal", "loss", "clipped_high"} <= line.keys()
    assert (folder.model / "model.safetensors").exists()
    assert json.loads((folder.path / "curriculum.json").read_text())["cart"]["low"] == 0


def test_a_run_with_a_model_as_the_user_counts_what_the_model_did(
    scenario: Scenario, tmp_path: Path, model_server: ModelServer
) -> None:
    def behave(asked: Asked) -> Answer:
        return honest(asked) if len(model_server.asked) % 2 else Raw(500)

    model_server.behave = behave
    settings = dataclasses.replace(SETTINGS, steps=1)
    given = ModelSettings(MODEL, base_url=model_server.url, retries=0, failures=1, pause=0)
    with ModelShopper(given) as shopper, RunDirectory(tmp_path / "run", {}) as folder:
        Training(scenario, settings, folder, Reporter(), shopper).run()
    lines = [json.loads(line) for line in (folder.path / "metrics.jsonl").read_text().splitlines()]
    counts = {line["phase"]: line["user"] for line in lines if "user" in line}
    assert counts.keys() == {"dapo", "evaluation"}
    assert all(line["missing"] == 0 for line in lines if line["phase"] == "dapo")
    worded = sum(line["user"].get("sentences", 0) for line in lines if "user" in line)
    assert worded >= sum(len(asked.sentences) for asked in model_server.asked) > 0
    assert all(set(user["why_template"]) <= {"status 500", "paused"} for user in counts.values())


def test_a_dry_run_tells_who_speaks_for_the_user_without_the_key(
    model_server: ModelServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-secret-key")
    for words, user in (((), SCRIPTED), (("--user", f"openai:{MODEL}", "--base-url", model_server.url), MODEL)):
        assert main(["train", SCENARIO, "--dry-run", *words]) == 0
        printed = capsys.readouterr().out
        told = json.loads(printed)["user"]
        assert (told if user == SCRIPTED else told["model"]) == user and "a-secret-key" not in printed
    assert not model_server.asked


@pytest.mark.parametrize("name", profiles())
def test_a_dry_run_prints_the_settings_and_writes_nothing(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(["train", SCENARIO, "--profile", name, "--dry-run", "--steps", "7", "--out", str(out)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["settings"]["steps"] == 7
    assert printed["trl"]["loss_type"] == "dapo"
    assert not out.exists()


def test_every_trainer_setting_exists_in_the_installed_trl() -> None:
    from trl.trainer.grpo_config import GRPOConfig

    from rlve_dsl.train import trainer_options

    known = {f.name for f in dataclasses.fields(GRPOConfig)}
    for name in profiles():
        layer, sources = profile(name)
        assert trainer_options(settings_of([layer], sources)).keys() <= known


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("{rolouts: 8}", "error[R501]: unknown training setting `rolouts`"),
        ("{trainer: {bf61: true}}", "error[R505]: the installed trl 1.16.0 has no trainer setting `bf61`"),
    ],
)
def test_a_bad_setting_is_told_with_its_place(
    settings: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.yaml"
    base = Path(SCENARIO).resolve()
    file.write_text(f"kind: Collection\nname: bad\nextends: {base}\ntrain: {settings}\n")
    assert main(["train", str(file), "--dry-run"]) == 3
    shown = capsys.readouterr().err
    assert said in shown and "bad.yaml:4:" in shown


def test_what_cannot_fit_is_refused_with_its_environment_level_tokens_and_budget(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "long.yaml"
    base = Path(SCENARIO).resolve()
    file.write_text(
        f"kind: Collection\nname: long\nextends: {base}\ncurves: {{cart.items: 'min(3, 1 + floor(d / 3))'}}\n"
    )
    assert main(["train", str(file), "--dry-run"]) == 0
    tokens = json.loads(capsys.readouterr().out)["oracle"]["tokens"]["cart"]
    assert [*tokens] == [str(level) for level in range(13)] and tokens["12"] > tokens["0"] > 0
    file.write_text(f"kind: Collection\nname: long\nextends: {base}\ncurves: {{history: '9', cart.items: '5'}}\n")
    assert main(["train", str(file), "--dry-run"]) == 3
    shown = capsys.readouterr().err
    assert (
        "error[R506]: `cart` does not fit at level" in shown and "`turn_tokens` is 96" in shown and "cpu.yaml:" in shown
    )


def test_a_level_that_the_scenario_lacks_is_a_usage_error(scenario: Scenario, tmp_path: Path) -> None:
    from rlve_dsl.errors import UsageError

    settings = dataclasses.replace(SETTINGS, evaluation=Evaluation(episodes=2, levels=(13,)))
    with pytest.raises(UsageError, match="level 13"), RunDirectory(tmp_path, {}) as folder:
        Training(scenario, settings, folder, Reporter())
