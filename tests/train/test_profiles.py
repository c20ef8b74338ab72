"""The packaged profiles."""

from __future__ import annotations

import json

import pytest

from rlve_dsl.errors import UsageError
from rlve_dsl.files import load_training, settings_as_json, settings_of
from rlve_dsl.train import profile, profiles, trainer_options


@pytest.mark.parametrize("name", profiles())
def test_every_profile_reads_and_reads_back(name: str) -> None:
    layer, sources = profile(name)
    settings = settings_of([layer], sources)
    assert settings_of([load_training(json.dumps(settings_as_json(settings)), "again.yaml")], {}) == settings


@pytest.mark.parametrize("name", profiles())
def test_clip_higher_is_in_force(name: str) -> None:
    layer, sources = profile(name)
    options = trainer_options(settings_of([layer], sources))
    assert options["steps_per_generation"] > options["gradient_accumulation_steps"]
    assert (options["epsilon"], options["epsilon_high"], options["beta"]) == (0.2, 0.28, 0.0)
    assert options["loss_type"] == "dapo"


def test_an_unknown_profile_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="did you mean `cpu`"):
        profile("cpuu")
