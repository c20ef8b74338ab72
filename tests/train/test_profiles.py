"""Profiles, and which layer of settings wins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rlve_dsl.cli import main
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.files import Collection, Settings, Training, load, load_training, settings_as_json, settings_of
from rlve_dsl.train import layers_of, profiles, trainer_options

ROOT = Path(__file__).parents[2]
FIRST_STEPS = "scenarios/first-steps.yaml"


def settings(name: str, *words: str) -> Settings:
    return layers_of(None, {}, profile=name, words=words).settings()


def written(text: str) -> Training:
    return load_training(text, "scenario.yaml")


@pytest.mark.parametrize("name", profiles())
def test_every_profile_reads_and_reads_back(name: str) -> None:
    read = settings(name)
    assert settings_of([load_training(json.dumps(settings_as_json(read)), "again.yaml")], {}) == read


@pytest.mark.parametrize("name", profiles())
def test_clip_higher_is_in_force(name: str) -> None:
    options = trainer_options(settings(name))
    assert options["steps_per_generation"] > options["gradient_accumulation_steps"]  # type: ignore[operator]
    assert (options["epsilon"], options["epsilon_high"], options["beta"]) == (0.2, 0.28, 0.0)
    assert options["loss_type"] == "dapo"


def test_the_scenario_wins_over_the_profile_and_the_command_line_over_both() -> None:
    scenario = written("{profile: cpu, steps: 7, groups: 4}")
    layers = layers_of(scenario, {}, profile=None, words=["steps=3", "warm_start.batch=9"])
    made = layers.settings()
    assert (made.model, made.steps, made.groups, made.warm_start.batch) == ("tiny", 3, 4, 9)
    assert made.warm_start.passes == settings("cpu").warm_start.passes


def test_the_profile_of_the_command_line_replaces_that_of_the_scenario() -> None:
    layers = layers_of(written("{profile: 1x80g, groups: 4}"), {}, profile="cpu", words=[])
    made = layers.settings()
    assert (made.model, made.groups, made.profile, layers.profile) == ("tiny", 4, "cpu", "cpu")


def test_a_profile_is_a_file_that_anybody_writes(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(f"kind: Profile\nextends: {ROOT / 'scenarios/profiles/cpu.yaml'}\nsteps: 5\n")
    by_path = layers_of(None, {}, profile=str(tmp_path / "mine.yaml"), words=[]).settings()
    assert (by_path.model, by_path.steps) == ("tiny", 5)
    collection = tmp_path / "mine-collection.yaml"
    collection.write_text(
        f"kind: Collection\nname: mine\nextends: {ROOT / FIRST_STEPS}\ntrain: {{profile: mine.yaml}}\n"
    )
    spec = load(collection).spec
    assert isinstance(spec, Collection)
    beside = layers_of(spec.train, {}, profile=None, words=[])
    assert beside.settings().steps == 5, "the path begins where the collection is"


def test_the_help_names_every_profile(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert all(f" {name}," in shown for name in profiles())


def test_without_a_model_nothing_is_trained() -> None:
    with pytest.raises(UsageError, match="nothing says which model to train"):
        layers_of(written("{steps: 3}"), {}, profile=None, words=[]).settings()


@pytest.mark.parametrize(
    ("profile", "words", "said"),
    [
        ("cpuu", [], "there is no profile `cpuu`: did you mean `cpu`?"),
        ("gpu.yaml", [], "there is no file `gpu.yaml`"),
        (FIRST_STEPS, [], "is of kind Collection, and a Profile is wanted"),
        ("cpu", ["steps"], "`--set` takes a setting and its value, such as `steps=3`, not `steps`"),
        ("cpu", ["profile=1x80g"], "name the profile with `--profile`"),
        ("cpu", ["stepps=3"], "did you mean `steps`?"),
        ("cpu", ["lora.rnak=3"], "did you mean `rank`?"),
    ],
)
def test_a_bad_profile_or_word_is_told(profile: str, words: list[str], said: str) -> None:
    with pytest.raises((UsageError, ScenarioError)) as caught:
        layers_of(None, {}, profile=profile, words=words)
    assert said in str(caught.value)


def test_an_unknown_key_of_a_profile_is_told_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("kind: Profile\nmodel: tiny\nrolouts: 8\n")
    assert main(["train", FIRST_STEPS, "--profile", str(file), "--dry-run"]) == 3
    shown = capsys.readouterr().err
    assert "error[R501]: unknown training setting `rolouts`" in shown and "mine.yaml:3:1" in shown
    assert "did you mean `rollouts`?" in shown


def test_a_scenario_that_names_a_model_trains_it_or_says_why_not(capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    assert main(["train", "c1"]) == 2
    said = capsys.readouterr().err
    assert "`c1` trains Qwen/Qwen3-8B (profile `1x80g`), and this machine has no GPU" in said
    assert "rlve-dsl train first-steps --profile cpu" in said


@pytest.mark.parametrize(
    ("model", "said"),
    [("nobody/none", "is not on this machine, and cannot be had"), ("scenarios", "is no folder of a model")],
)
def test_a_model_that_cannot_be_had_is_told_before_any_work(
    model: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("trl")
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert main(["train", FIRST_STEPS, "--model", model, "--set", "warm_start.demonstrations=0"]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("scenarios", "is no folder of a model"),
        ("scenarios/none", "is not on this machine, and cannot be had"),
        ("/nowhere/none", "is not on this machine, and cannot be had"),
    ],
)
def test_a_dry_run_refuses_a_folder_without_a_model_with_the_sentence_of_the_run(
    model: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("trl")
    told = []
    for more in ([], ["--dry-run"]):
        words = ["train", FIRST_STEPS, "--model", model, "--set", "warm_start.demonstrations=0", *more]
        assert main(words) == 2
        shown = capsys.readouterr()
        assert said in shown.err and not shown.out
        told.append(shown.err)
    assert told[0] == told[1]


def test_a_hub_that_does_not_answer_is_asked_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("trl")
    import huggingface_hub.constants

    asked = []

    class Session:
        def head(self, address: str, timeout: float) -> None:
            asked.append(address)
            raise OSError("no network")

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub, "get_session", Session)
    assert main(["train", FIRST_STEPS, "--model", "nobody/none", "--set", "warm_start.demonstrations=0"]) == 2
    said = capsys.readouterr().err
    assert "nobody/none (profile `cpu`), which is not on this machine, and cannot be had (no model hub answers)" in said
    assert len(asked) == 1 and "Retrying" not in said


def test_a_reporter_that_is_not_there_is_told_before_any_work(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("trl")
    assert main(["train", FIRST_STEPS, "--set", "trainer.report_to=tensorbord", "--dry-run"]) == 2
    assert "tensorbord is not supported" in capsys.readouterr().err


def test_a_setting_that_is_given_twice_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", FIRST_STEPS, "--steps", "3", "--set", "steps=5", "--dry-run"]) == 2
    assert "`--steps 3` and `--set steps=` say the same setting twice" in capsys.readouterr().err


def test_a_dry_run_says_where_each_value_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", FIRST_STEPS, "--dry-run", "--seed", "4", "--set", "warm_start.passes=1"]) == 0
    found = json.loads(capsys.readouterr().out)["from"]
    assert found["seed"] == found["warm_start.passes"] == "the command line"
    assert found["profile"].startswith(FIRST_STEPS) and found["clip_high"] == "default"
    assert "profiles/cpu.yaml:" in found["groups"]
