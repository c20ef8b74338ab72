"""Tokens, cache and trainer on the real scenario: the smallest run there is, from YAML to table."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl.agents import (
    EpisodeKey,
    GeneratedTurn,
    Group,
    Limits,
    Rollout,
    TokenWriter,
    demonstrate_imperfectly,
    play_many,
)
from rlve_dsl.cli import main
from rlve_dsl.episode import Scenario
from rlve_dsl.rng import Stream

pytest.importorskip("trl")

from rlve_dsl.files import Evaluation, Keep, Settings, Tiny, WarmStart
from rlve_dsl.model_user import ModelSettings, ModelShopper
from rlve_dsl.terminal import Reporter
from rlve_dsl.train import RunDirectory, Training, layers_of, options_of, profiles, read_status
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.demonstrations import Segment, segments
from rlve_dsl.train.engine import CachedEngine, drawn_tokens
from rlve_dsl.train.examples import Example, batch_loss, example
from rlve_dsl.train.model import build_tiny
from rlve_dsl.train.own_fields import objection_to
from rlve_dsl.train.tiny_tokenizer import build_tokenizer
from rlve_dsl.train.warm_start import batches
from rlve_dsl.user import SCRIPTED
from rlve_dsl.values import Json
from tests.model_server import MODEL, Answer, Asked, ModelServer, Raw, honest

SCENARIO = "scenarios/first-steps.yaml"
WARM = WarmStart(demonstrations=24, batch=8, mistakes={"forget_to_ask": 0.5, "dawdle": 0.2})
SETTINGS = Settings(
    model="tiny",
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


def test_frames_give_what_the_template_gives(tokenizer: Any) -> None:
    chat = chat_of(tokenizer)
    tool: dict[str, Json] = {"role": "tool", "name": "cart_add", "content": '{"a": "b <x> </think>\\n "}'}
    user: dict[str, Json] = {"role": "user", "content": " \n ☟ {{ messages }} <tool_call>"}
    for messages in ([user], [tool], [tool, tool], [tool, user], [tool, {**tool, "tool_call_id": "7"}, user]):
        before = [{"role": "user", "content": "."}, {"role": "assistant", "content": "¶"}]
        whole = tokenizer.apply_chat_template(
            [*before, *messages], add_generation_prompt=True, tokenize=False, enable_thinking=False
        )
        assert whole.split("¶" + tokenizer.eos_token, 1)[1] == chat.continuation_text(messages)


def test_a_template_that_changes_contents_is_asked_each_time(tokenizer: Any) -> None:
    import copy

    cutting = copy.deepcopy(tokenizer)
    cutting.chat_template = (
        "{% for m in messages %}{{ m.role }}:{{ m.content | trim }}" + tokenizer.eos_token + "{% endfor %}"
    )
    text = chat_of(cutting).continuation_text([{"role": "user", "content": "  yes  "}])
    assert text == f"user:yes{tokenizer.eos_token}"


@pytest.mark.parametrize(
    ("template", "left_out"),
    [
        ("{% for m in messages %}{{ m.content }}EOS{% endfor %}", "the tools"),
        ("{{ tools }}{% for m in messages if m.role != 'system' %}{{ m.content }}EOS{% endfor %}", "the system prompt"),
        ("{{ tools }}{% for m in messages if m.role != 'tool' %}{{ m.content }}EOS{% endfor %}", "what tools return"),
        ("{{ tools }}{% for m in messages %}{{ m.content }}EOS{% endfor %}", "calls of tools"),
    ],
)
def test_a_template_that_leaves_something_out_is_refused(template: str, left_out: str, tokenizer: Any) -> None:
    import copy

    from rlve_dsl.errors import UsageError

    other = copy.deepcopy(tokenizer)
    other.chat_template = template.replace("EOS", tokenizer.eos_token)
    with pytest.raises(UsageError, match=f"leaves out {left_out}"):
        TemplateChat(other, describe=True, options={})


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


def test_a_batch_in_which_nothing_is_to_be_learnt_has_no_loss(tokenizer: Any) -> None:
    loss, accuracy = batch_loss(build_tiny(SETTINGS, tokenizer), [Example((5, 6, 7), (0, 0, 0))], pad=0, observed=0.0)
    assert float(loss.detach()) == accuracy == 0


def engine_of(tokenizer: Any, *, slots: int = 5, greedy: bool = False, end: int | None = None) -> CachedEngine:
    model = build_tiny(SETTINGS, tokenizer)
    ends = {tokenizer.eos_token_id if end is None else end}
    return CachedEngine(
        model, slots=slots, context_tokens=400, ends=ends, turn_tokens=12, temperature=0.7, greedy=greedy
    )


def rollouts(scenario: Scenario, tokenizer: Any, *, in_flight: int = 5) -> list[Rollout]:
    chat, engine = chat_of(tokenizer), engine_of(tokenizer, slots=in_flight)

    def writer(place: int) -> TokenWriter:
        return TokenWriter(engine.conversation(place), chat, Limits(60, 400))

    keys = [EpisodeKey("cart", 0, 2 * i + 1) for i in range(5)]
    return play_many(scenario, keys, writer, in_flight=in_flight)


def test_the_cache_gives_the_probabilities_of_a_fresh_pass(tokenizer: Any) -> None:
    import torch

    engine = engine_of(tokenizer, slots=3, end=-1)
    # conversations of different lengths, one of which begins in the slot of another that is over
    heard = [[[5, 6, 7], [8, 9], [4] * 20], [[11, 12, 13, 14]], [[4], [16, 17, 18]], [[21, 22], [23]]]
    turns: dict[int, list[GeneratedTurn]] = {}

    async def talk(place: int) -> None:
        stream = engine.conversation(place)
        turns[place] = [await stream.write(tokens) for tokens in heard[place]]
        stream.close()

    async def talks() -> None:
        await asyncio.gather(talk(0), talk(1), talk(2))
        await talk(3)

    asyncio.run(talks())
    model = build_tiny(SETTINGS, tokenizer)
    for place, said in turns.items():
        read: list[int] = []
        for tokens, turn in zip(heard[place], said, strict=True):
            read += tokens
            ids = torch.tensor([[*read, *turn.tokens]])
            with torch.no_grad():
                logits = model(input_ids=ids).logits[0] / 0.7
            fresh = torch.log_softmax(logits, -1)[len(read) - 1 : -1].gather(1, ids[0, len(read) :, None])
            assert len(turn.tokens) == 12
            assert fresh.squeeze(1).tolist() == pytest.approx(turn.logprobs, abs=1e-4)
            read += turn.tokens


def test_turns_are_drawn_by_the_probabilities(tokenizer: Any) -> None:
    import torch

    weights = torch.log(torch.tensor([[0.1, 0.2, 0.0, 0.7]]).repeat(1000, 1))
    drawn = drawn_tokens(weights, [(number + 0.5) / 1000 for number in range(1000)])
    assert torch.bincount(drawn, minlength=4).tolist() == [100, 200, 0, 700]


def test_what_is_said_does_not_depend_on_how_many_episodes_are_in_flight(scenario: Scenario, tokenizer: Any) -> None:
    one, five = (rollouts(scenario, tokenizer, in_flight=in_flight) for in_flight in (1, 5))
    assert [r.tokens for r in one] == [r.tokens for r in five]


def test_a_conversation_joins_while_another_writes(tokenizer: Any) -> None:
    engine = engine_of(tokenizer, slots=2, end=-1)

    async def talk(place: int, turns: int) -> None:
        stream = engine.conversation(place)
        for _ in range(turns):
            await stream.write([5])
        stream.close()

    async def talks() -> None:
        await asyncio.gather(talk(0, 6), talk(1, 6))

    asyncio.run(talks())
    alone = engine.steps
    asyncio.run(talk(2, 6))
    assert engine.steps - alone <= alone <= 6 * 12, "two conversations take no more steps than one"


def test_the_same_seed_says_the_same(scenario: Scenario, tokenizer: Any) -> None:
    first, second = (rollouts(scenario, tokenizer) for _ in range(2))
    assert [r.tokens for r in first] == [r.tokens for r in second]


def test_a_rollout_ends_with_an_outcome_or_says_why_not(scenario: Scenario, tokenizer: Any) -> None:
    for rollout in rollouts(scenario, tokenizer):
        assert not rollout.failure
        assert (rollout.outcome is None) == rollout.overlong
        assert len(rollout.tokens) == len(rollout.mask) == len(rollout.logprobs)


def test_a_run_leaves_everything_in_its_folder(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Group, "signal", True)  # a model of 16 numbers passes nothing
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


def test_a_run_with_windows_of_axes_and_progress_keeps_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Group, "signal", True)
    file = tmp_path / "by-axis.yaml"
    rules = "curriculum: {by: axis, progress: {}, trials: 2, start: 1}"
    file.write_text(f"kind: Collection\nname: by-axis\nextends: {Path(SCENARIO).resolve()}\n{rules}\n")
    settings = dataclasses.replace(SETTINGS, keep=Keep(every=1, rollouts=1))
    with RunDirectory(tmp_path / "run", {}) as folder:
        Training(rlve_dsl.load(file), settings, folder, Reporter()).run()
    lines = [json.loads(line) for line in (folder.path / "metrics.jsonl").read_text().splitlines()]
    steps = [line for line in lines if line["phase"] == "dapo"]
    assert "cart.items" in steps[0]["window"] and steps[0]["weights"] == {"cart": 1.0}
    kept = json.loads((folder.path / "trainer" / "checkpoint-4" / "run.json").read_text())["curriculum"]["cart"]
    assert kept == json.loads((folder.path / "curriculum.json").read_text())["cart"]
    assert kept["axes"].keys() >= {"items", "constraints"} and kept["averages"].keys() == {"-1"}
    opening = json.loads((folder.path / "rollouts" / "step-00001.jsonl").read_text().splitlines()[0])
    assert opening["axes"].keys() == kept["axes"].keys()


def test_a_run_with_a_model_as_the_user_counts_what_the_model_did(
    scenario: Scenario, tmp_path: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Group, "signal", True)

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
    assert printed["trl"]["epsilon_high"] == 0.28
    assert printed["trl"].get("loss_type") == (None if printed["settings"]["server"]["url"] else "dapo")
    assert not out.exists()


def test_every_trainer_setting_exists_in_the_installed_trl() -> None:
    from trl.experimental.async_grpo import AsyncGRPOConfig
    from trl.trainer.grpo_config import GRPOConfig

    from rlve_dsl.train import options_of

    for name in profiles():
        settings = layers_of(None, {}, profile=name, words=[]).settings()
        configuration = AsyncGRPOConfig if settings.server.url else GRPOConfig
        assert options_of(settings).keys() <= {f.name for f in dataclasses.fields(configuration)}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("{rolouts: 8}", "error[R501]: unknown training setting `rolouts`"),
        ("{trainer: {bf61: true}}", "error[R505]: the installed trl 1.16.0 has no trainer setting `bf61`"),
        (
            "{trainer: {max_steps: 3}}",
            "error[R505]: `trainer.max_steps` follows from `steps` and `updates`: set those",
        ),
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


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("learning_rate=1", "`trainer.learning_rate` follows from `learning_rate`: set that"),
        ("num_iterations=2", "`trainer.num_iterations` follows from `updates`: set that"),
        ("loss_type=grpo", "`trainer.loss_type` is set by rlve-dsl, and there is no other choice"),
        ("output_dir=here", "`trainer.output_dir` follows from `--out`: set that"),
        ("vllm_max_model_length=9", "`trainer.vllm_max_model_length` follows from `context_tokens`: set that"),
    ],
)
def test_a_trainer_setting_that_follows_from_others_is_refused(
    word: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", SCENARIO, "--set", f"trainer.{word}", "--dry-run"]) == 3
    assert f"error[R505]: {said}" in capsys.readouterr().err


@pytest.mark.parametrize("name", profiles())
def test_what_this_project_hands_to_trl_is_refused_from_others_but_for_reports(name: str) -> None:
    settings = layers_of(None, {}, profile=name, words=[]).settings()
    ours = options_of(settings).keys() - settings.trainer.keys()
    assert {field for field in ours if not objection_to(field)} == {"report_to"}
    assert not any(map(objection_to, settings.trainer))


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
    assert "of its 40 plays there" in shown


def test_more_than_one_in_twenty_plays_at_a_level_that_are_too_long_are_refused(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rlve_dsl.errors import ScenarioError
    from rlve_dsl.train import budgets

    layers = layers_of(scenario.spec.train, scenario.sources, profile="cpu", words=[])
    settings = layers.settings()
    short, long = budgets.Need("cart", 12, 900, 90, 90), budgets.Need("cart", 12, 1100, 90, 97)
    needs = budgets.Needs("a rule", (*[short] * 38, long, long))
    monkeypatch.setattr(budgets, "needs_of", lambda *_: needs)
    found = budgets.check_budgets(scenario, settings, layers).as_json(settings)
    assert found["plays"] == 40
    assert found["budgets"] == {
        "context_tokens": {"allowed": 1024, "most": 1100, "too_long": 2},
        "episode_tokens": {"allowed": 320, "most": 90, "too_long": 0},
        "turn_tokens": {"allowed": 96, "most": 97, "too_long": 2},
    }
    needs = budgets.Needs("a rule", (*[short] * 37, long, long, long))
    with pytest.raises(ScenarioError, match="needs up to 97 tokens, and `turn_tokens` is 96, too few for 3 of its 40"):
        budgets.check_budgets(scenario, settings, layers)


def test_a_level_that_the_scenario_lacks_is_a_usage_error(scenario: Scenario, tmp_path: Path) -> None:
    from rlve_dsl.errors import UsageError

    settings = dataclasses.replace(SETTINGS, evaluation=Evaluation(episodes=2, levels=(13,)))
    with pytest.raises(UsageError, match="level 13"), RunDirectory(tmp_path, {}) as folder:
        Training(scenario, settings, folder, Reporter())


def test_a_run_that_falls_short_of_its_steps_is_failed(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trl.trainer.grpo_trainer import GRPOTrainer

    from rlve_dsl.errors import RlveError

    monkeypatch.setattr(GRPOTrainer, "train", lambda trainer, **_: None)
    with (
        pytest.raises(RlveError, match="the trainer stopped after 0 of 4 optimizer steps"),
        RunDirectory(tmp_path / "run", {}) as folder,
    ):
        Training(scenario, SETTINGS, folder, Reporter()).run()
    assert read_status(folder.path) == "failed" and not folder.model.exists()
