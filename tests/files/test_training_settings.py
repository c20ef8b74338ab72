"""Training settings are read, layered and refused as promised."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import (
    COMMAND_LINE,
    Collection,
    Profile,
    Settings,
    Training,
    load_text,
    load_training,
    origins,
    settings_as_json,
    settings_of,
)

COLLECTION = """kind: Collection
name: mine
environments: [cart.yaml]
catalog: catalog.yaml
axes: axes.yaml
reward: reward.yaml
user: user.yaml
"""


def layer(text: str, file: str = "c.yaml") -> Training:
    return load_training(text, file)


def problems(text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(ScenarioError) as caught:
        settings_of([layer(text), layer("{model: some/model}")], {})
    return [(d.code, d.message, d.label) for d in caught.value.diagnostics]


def test_a_later_layer_wins_and_says_where_its_settings_stand() -> None:
    low = layer("{model: a/b, steps: 5, seed: 1, warm_start: {batch: 4, passes: 2}}", "low.yaml")
    high = layer("steps: 6\nwarm_start: {batch: 8, mistakes: {dawdle: 1}}", "high.yaml")
    layers = [low, high, layer("{steps: 0}", COMMAND_LINE)]
    settings = settings_of(layers, {})
    assert (settings.steps, settings.seed, settings.warm_start.batch, settings.warm_start.passes) == (0, 1, 8, 2.0)
    found = origins(layers, settings)
    assert found["steps"] == COMMAND_LINE and found["seed"] == "low.yaml:1" and found["groups"] == "default"
    assert found["warm_start.batch"] == found["warm_start.mistakes.dawdle"] == "high.yaml:2"
    assert found["warm_start.passes"] == "low.yaml:1"


def test_a_later_layer_may_write_the_default() -> None:
    settings = settings_of([layer("{model: a/b, steps: 5}"), layer("{steps: 300}")], {})
    assert settings.steps == 300


def test_mappings_of_layers_merge() -> None:
    low = layer("{model: a/b, trainer: {bf16: true, model_init_kwargs: {a: 1}}, warm_start: {mistakes: {dawdle: 0.5}}}")
    high = layer("{trainer: {use_vllm: true, model_init_kwargs: {b: two}}, warm_start: {mistakes: {leave_out: 1}}}")
    settings = settings_of([low, high], {})
    assert settings.trainer == {"bf16": True, "use_vllm": True, "model_init_kwargs": {"a": 1, "b": "two"}}
    assert settings.warm_start.mistakes == {"dawdle": 0.5, "leave_out": 1.0}


PROBLEMS = [
    ("{rolouts: 8}", ("R501", "unknown training setting `rolouts`", "did you mean `rollouts`?")),
    ("{warm_start: {pases: 3}}", ("R501", "unknown `warm_start` setting `pases`", "did you mean `passes`?")),
    ("{steps: many}", ("R502", "`steps` takes a whole number, not `many`", "")),
    ("{steps: 2.5}", ("R502", "`steps` takes a whole number, not `2.5`", "")),
    ("{learning_rate: nan}", ("R502", "`learning_rate` takes a number, not `nan`", "")),
    ("{describe: yes}", ("R502", "`describe` takes true or false, not `yes`", "")),
    ("{seed: [1]}", ("R502", "`seed` takes a whole number, not a list", "")),
    ("{tiny: big}", ("R502", "`tiny` settings are a mapping, not `big`", "")),
    ("{algorithm: ppo}", ("R502", "`algorithm` cannot be `ppo`", "one of dapo")),
    ("{evaluation: {levels: 3}}", ("R502", "`levels` takes a list, not `3`", "write `[…]`")),
    ("{evaluation: {levels: [0, x]}}", ("R502", "`levels` takes a whole number, not `x`", "")),
    ("{trainer: 3}", ("R502", "`trainer` takes a mapping, not `3`", "")),
    ("{seed: 4294967296}", ("R503", "`seed` is 4294967296, but must be between 0 and 4294967295", "")),
    ("{threads: 100000}", ("R503", "`threads` is 100000, but must be between 0 and 1024", "")),
    ("{players: 1000}", ("R503", "`players` is 1000, but must be between 0 and 64", "")),
    ("{rollouts: 1}", ("R503", "`rollouts` is 1, but must be at least 2", "")),
    (
        "{warm_start: {mistakes: {dawdle: 1.5}}}",
        ("R503", "`mistakes.dawdle` is 1.5, but must be between 0 and 1", ""),
    ),
]
CONTRADICTIONS = [
    (
        "{groups: 3, rollouts: 5}",
        ("R504", "a batch of 3 groups of 5 rollouts cannot be cut into 2 equal `updates`", ""),
    ),
    ("{turn_tokens: 2000}", ("R504", "`turn_tokens` are more than `episode_tokens`", "")),
]


@pytest.mark.parametrize(("text", "problem"), PROBLEMS + CONTRADICTIONS)
def test_bad_settings_are_diagnostics(text: str, problem: tuple[str, str, str]) -> None:
    assert problems(text) == [problem]


@pytest.mark.parametrize(("text", "problem"), PROBLEMS)
def test_a_collection_with_bad_settings_does_not_load(text: str, problem: tuple[str, str, str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text(f"{COLLECTION}train: {text}\n", "c.yaml")
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.label) == problem
    assert found.span is not None and found.span.line == 8


def test_all_problems_are_reported_at_once() -> None:
    assert [code for code, _, _ in problems("{stepps: 1, rollouts: 0, seed: x}")] == ["R501", "R503", "R502"]


def test_a_contradiction_points_at_the_last_layer_that_writes_the_key() -> None:
    layers = [
        layer("{turn_tokens: 5}", "a.yaml"),
        layer("model: a/b\nturn_tokens: 2000\n", "b.yaml"),
        layer("{seed: 1}"),
    ]
    with pytest.raises(ScenarioError) as caught:
        settings_of(layers, {})
    (found,) = caught.value.diagnostics
    assert found.span is not None and (found.span.file, found.span.line) == ("b.yaml", 2)


def test_settings_of_a_collection_are_typed() -> None:
    spec = load_text(f"{COLLECTION}train: {{model: a/b, warm_start: {{batch: 4}}}}\n", "c.yaml").spec
    assert isinstance(spec, Collection) and spec.train is not None
    assert (spec.train.settings.model, spec.train.settings.warm_start.batch) == ("a/b", 4)
    assert set(spec.train.written) == {"model", "warm_start", "warm_start.batch"}


def test_settings_as_json_read_back_as_the_same_settings() -> None:
    settings = settings_of([layer("{model: a/b, evaluation: {levels: [0, 2]}, trainer: {bf16: false}}")], {})
    assert settings_of([layer(json.dumps(settings_as_json(settings)))], {}) == settings


def test_the_greatest_seed_is_one_that_numpy_takes() -> None:
    greatest = settings_of([layer("{model: a/b, seed: 4294967295}")], {}).seed
    np.random.seed(greatest)


def test_defaults_are_complete() -> None:
    assert Settings().batch == 64


@pytest.mark.parametrize(("text", "problem"), PROBLEMS)
def test_a_profile_with_bad_settings_does_not_load(text: str, problem: tuple[str, str, str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text(f"kind: Profile\n{text.removeprefix('{').removesuffix('}')}\n", "p.yaml")
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.label) == problem
    assert found.span is not None and found.span.line == 2


def test_a_profile_is_settings_and_names_no_other_profile() -> None:
    spec = load_text("kind: Profile\nmodel: a/b\nlora: {rank: 4}\n", "p.yaml").spec
    assert isinstance(spec, Profile) and spec.settings.settings.lora.rank == 4
    assert set(spec.settings.written) == {"model", "lora", "lora.rank"}
    with pytest.raises(ScenarioError) as caught:
        load_text("kind: Profile\nprofile: cpu\n", "p.yaml")
    assert [(d.code, d.help) for d in caught.value.diagnostics] == [("R504", "lay it over another one with `extends`")]
