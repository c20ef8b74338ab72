"""Settings are read, layered and refused as promised."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from rlve_dsl.diagnostics import Span
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.files import Raw
from rlve_dsl.train import Settings, profile, profiles, read, resolved, trainer_options

AT = Span("c.yaml", 1, 1, 1, 2)
Given = str | list["Given"] | dict[str, "Given"]


def raw(value: Given) -> Raw:
    if isinstance(value, dict):
        return Raw({key: raw(item) for key, item in value.items()}, AT, dict.fromkeys(value, AT))
    if isinstance(value, list):
        return Raw(tuple(raw(item) for item in value), AT)
    return Raw(value, AT)


def problems(value: Given) -> list[tuple[str, str, str]]:
    with pytest.raises(ScenarioError) as caught:
        read([raw(value), raw({"model": "some/model"})], {})
    return [(d.code, d.message, d.label) for d in caught.value.diagnostics]


@pytest.mark.parametrize("name", profiles())
def test_every_profile_reads_and_reads_back(name: str) -> None:
    layer, sources = profile(name)
    settings = read([layer], sources)
    assert read([raw(_texts(resolved(settings)))], {}) == settings


def _texts(value: object) -> Given:
    if isinstance(value, Mapping):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("name", profiles())
def test_clip_higher_is_in_force(name: str) -> None:
    layer, sources = profile(name)
    options = trainer_options(read([layer], sources))
    assert options["steps_per_generation"] > options["gradient_accumulation_steps"]
    assert (options["epsilon"], options["epsilon_high"], options["beta"]) == (0.2, 0.28, 0.0)
    assert options["loss_type"] == "dapo"


def test_a_later_layer_wins_and_the_command_line_wins_over_all() -> None:
    low = raw({"model": "a/b", "steps": "5", "seed": "1", "warm_start": {"batch": "4", "passes": "2"}})
    high = raw({"steps": "6", "warm_start": {"batch": "8"}})
    settings = read([low, high], {}, {"seed": 9, "steps": None})
    assert (settings.steps, settings.seed, settings.warm_start.batch, settings.warm_start.passes) == (6, 9, 8, 2.0)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"rolouts": "8"}, ("R501", "unknown training setting `rolouts`", "did you mean `rollouts`?")),
        (
            {"warm_start": {"pases": "3"}},
            ("R501", "unknown `warm_start` setting `pases`", "did you mean `passes`?"),
        ),
        ({"steps": "many"}, ("R502", "`steps` takes a whole number, not `many`", "")),
        ({"steps": "2.5"}, ("R502", "`steps` takes a whole number, not `2.5`", "")),
        ({"learning_rate": "nan"}, ("R502", "`learning_rate` takes a number, not `nan`", "")),
        ({"describe": "yes"}, ("R502", "`describe` takes true or false, not `yes`", "")),
        ({"seed": ["1"]}, ("R502", "`seed` takes a whole number, not a list", "")),
        ({"tiny": "big"}, ("R502", "`tiny` settings are a mapping, not `big`", "")),
        ({"algorithm": "ppo"}, ("R502", "`algorithm` cannot be `ppo`", "one of dapo")),
        ({"evaluation": {"levels": "3"}}, ("R502", "`levels` takes a list, not `3`", "write `[…]`")),
        ({"rollouts": "1"}, ("R503", "`rollouts` is 1, but must be at least 2", "")),
        (
            {"warm_start": {"mistakes": {"dawdle": "1.5"}}},
            ("R503", "`mistakes.dawdle` is 1.5, but must be between 0 and 1", ""),
        ),
        (
            {"groups": "3", "rollouts": "5"},
            ("R504", "a batch of 3 groups of 5 rollouts cannot be cut into 2 equal `updates`", ""),
        ),
        ({"turn_tokens": "2000"}, ("R504", "`turn_tokens` are more than `episode_tokens`", "")),
    ],
)
def test_bad_settings_are_diagnostics(given: Given, problem: tuple[str, str, str]) -> None:
    assert problems(given) == [problem]


def test_all_problems_are_told_at_once() -> None:
    assert [code for code, _, _ in problems({"stepps": "1", "rollouts": "0", "seed": "x"})] == ["R501", "R503", "R502"]


def test_an_unknown_profile_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="did you mean `cpu`"):
        profile("cpuu")


def test_defaults_are_complete() -> None:
    assert Settings().batch == 64
