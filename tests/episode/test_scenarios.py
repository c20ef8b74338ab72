"""A scenario crosses a process boundary by reference."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.episode import Action, Call, Scenario, ScenarioReference, record, replay
from rlve_dsl.errors import UsageError
from rlve_dsl.plugins import default_registry, registry
from tests.conftest import shipped

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "scenarios"
PLUGIN = """
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.user import Act

@hookimpl
def rlve_acts():
    return [Act("sing", "Never.")]
"""

ELSEWHERE = """
import pickle, sys
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.episode import record
text = sys.stdin.buffer.read()
scenario = pickle.loads(text)
assert pickle.loads(text) is scenario, "a process compiles it once"
episode = scenario.reset(scenario.environments[0], level=5, seed=2)
play(episode, OracleAgent(episode))
sys.stdout.write(scenario.digest + chr(10) + record(episode))
"""


def elsewhere(text: bytes) -> subprocess.CompletedProcess[bytes]:
    """What another process makes of a pickled scenario."""
    return subprocess.run([sys.executable, "-c", ELSEWHERE], input=text, cwd=ROOT, capture_output=True, check=False)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A small scenario of its own."""
    (tmp_path / "shop.yaml").write_text(f"kind: Collection\nname: shop\nextends: {SCENARIOS / 'first-steps.yaml'}\n")
    return tmp_path / "shop.yaml"


@pytest.fixture
def plugin(tmp_path: Path) -> str:
    (tmp_path / "singing.py").write_text(PLUGIN, encoding="utf-8")
    return str(tmp_path / "singing.py")


def test_a_pickled_scenario_is_small_and_plays_the_same_elsewhere(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(written.parent)
    scenario = rlve_dsl.load(written.name)  # the other process starts in another folder
    text = pickle.dumps(scenario)
    assert len(text) < 600
    ran = elsewhere(text)
    assert ran.returncode == 0, ran.stderr
    episode = scenario.reset("cart", level=5, seed=2)
    play(episode, OracleAgent(episode))
    assert ran.stdout.decode() == f"{scenario.digest}\n{record(episode)}"


def test_a_pickled_scenario_is_equal_and_compiled_once(first_steps: Scenario, c1: Scenario) -> None:
    again = pickle.loads(pickle.dumps(first_steps))
    assert again == first_steps and hash(again) == hash(first_steps) and again is not first_steps
    assert pickle.loads(pickle.dumps(first_steps)) is again
    assert pickle.loads(pickle.dumps(again)) is again, "what was unpickled can be pickled"
    assert again != c1 and again != first_steps.digest


def test_a_file_that_has_changed_is_refused(written: Path) -> None:
    scenario = rlve_dsl.load(written)
    text = pickle.dumps(scenario)
    with written.open("a", encoding="utf-8") as file:
        file.write("curves: {omission: '0.123'}\n")
    changed = f"`{written}` has changed: the scenario's digest was {scenario.digest[:12]} and is "
    with pytest.raises(UsageError, match=changed):
        pickle.loads(text)
    ran = elsewhere(text)
    assert ran.returncode == 1 and "has changed" in ran.stderr.decode()
    written.unlink()
    with pytest.raises(UsageError, match="there is no file"):
        pickle.loads(text)


def test_a_scenario_with_plugin_files_is_pickled_with_their_paths(written: Path, plugin: str) -> None:
    scenario = ScenarioReference(str(written), (plugin,)).load()
    text = pickle.dumps(scenario)
    assert plugin.encode() in text
    ran = elsewhere(text)
    assert ran.returncode == 0 and ran.stdout.decode().startswith(scenario.digest)
    Path(plugin).unlink()
    assert "singing.py" in elsewhere(text).stderr.decode()


def test_a_registry_that_no_file_describes_cannot_be_pickled(written: Path) -> None:
    scenario = rlve_dsl.load(written, registry())
    with pytest.raises(
        TypeError, match="`shop` was compiled with a registry of its own and cannot be pickled: load it"
    ):
        pickle.dumps(scenario)
    assert scenario == rlve_dsl.load(written) == rlve_dsl.load(written, default_registry())
    pickle.dumps(rlve_dsl.load(written, default_registry()))


def test_a_reference_without_a_digest_takes_any_version(written: Path) -> None:
    reference = ScenarioReference(str(written))
    before = reference.load()
    assert ScenarioReference(str(written), digest=before.digest).load() == before
    with written.open("a", encoding="utf-8") as file:
        file.write("curves: {omission: '0.123'}\n")
    assert reference.load() != before


def test_an_episode_is_not_pickled(first_steps: Scenario) -> None:
    with pytest.raises(TypeError, match="reset it from its seed, or replay its trajectory"):
        pickle.dumps(first_steps.reset("cart", level=0, seed=0))


def test_what_a_scenario_has_not_cannot_be_reset(first_steps: Scenario) -> None:
    with pytest.raises(UsageError, match="`first-steps` has no environment `crat`: .*cart"):
        first_steps.reset("crat", level=0, seed=0)
    for level in (-1, 13):
        with pytest.raises(UsageError, match=f"level {level} is outside 0..12"):
            first_steps.reset("cart", level=level, seed=0)


@pytest.mark.parametrize(
    "seed", [2**63, -(2**63) - 1, 10**5000, -(10**5000)], ids=["above", "below", "far above", "far below"]
)
def test_a_seed_has_a_range(first_steps: Scenario, seed: int) -> None:
    with pytest.raises(UsageError, match=r"^seed .* is outside -9223372036854775808\.\.9223372036854775807$"):
        first_steps.reset("cart", level=0, seed=seed)
    for within in (2**63 - 1, -(2**63)):
        lines = record(first_steps.reset("cart", level=0, seed=within)).splitlines()
        assert replay(lines, first_steps).seed == within


def test_a_level_of_many_digits_is_outside_as_any_other(first_steps: Scenario) -> None:
    for axes in ({}, {"items": 10**5000}):
        with pytest.raises(UsageError, match=r"^level of 16,610 bits is outside 0\.\.12$"):
            first_steps.reset("cart", level=0 if axes else 10**5000, seed=0, axes=axes)


def test_a_step_with_results_says_what_to_send_instead(first_steps: Scenario) -> None:
    episode = first_steps.reset("cart", level=0, seed=0)
    assert pickle.loads(pickle.dumps(episode.step(Action("Hello?")))).reward is None
    step = episode.step(Action(calls=(Call("user.visit_history"),)))
    with pytest.raises(TypeError, match="is not pickled: send `step.info` and `step.observation.messages`"):
        pickle.dumps(step)
    data = (step.info, step.observation.messages)
    assert pickle.loads(pickle.dumps(data)) == data


def test_a_seed_that_is_not_given_is_drawn_and_said(first_steps: Scenario) -> None:
    episodes = [first_steps.reset("cart", level=3) for _ in range(8)]
    assert len({episode.seed for episode in episodes}) > 1
    for episode in episodes:
        assert isinstance(episode.seed, int)
        assert record(episode) == record(first_steps.reset("cart", level=3, seed=episode.seed))
    assert first_steps.reset("cart", level=3, seed=None).seed >= 0


@pytest.mark.parametrize("wrong", ["x", "1", 1.0, b"1", [1], object, True])
def test_a_seed_or_level_that_is_no_integer_is_a_type_error(first_steps: Scenario, wrong: Any) -> None:
    with pytest.raises(TypeError, match="^seed is an integer, not "):
        first_steps.reset("cart", level=0, seed=wrong)
    with pytest.raises(TypeError, match="^level is an integer, not "):
        first_steps.reset("cart", level=wrong, seed=0)


@pytest.mark.parametrize("wrong", [None, ["cart"], 5, b"cart"])
def test_an_environment_is_named_by_a_text(first_steps: Scenario, wrong: Any) -> None:
    with pytest.raises(TypeError, match="^environment is the name of one, not "):
        first_steps.reset(wrong, level=0, seed=0)


@pytest.mark.parametrize("wrong", ["items", ["items"], "", [], 0, {"items"}, {3: 1}, {b"items": 1}])
def test_axes_are_a_mapping_from_names_to_levels(first_steps: Scenario, wrong: Any) -> None:
    with pytest.raises(TypeError, match="^axes is a mapping from names of axes to levels, such as {'items': 3}, not "):
        first_steps.reset("cart", level=0, seed=0, axes=wrong)


@pytest.mark.parametrize("wrong", ["x", 1.0, None, True])
def test_the_level_of_an_axis_is_an_integer(first_steps: Scenario, wrong: Any) -> None:
    with pytest.raises(TypeError, match="^the level of `items` is an integer, not "):
        first_steps.reset("cart", level=0, seed=0, axes={"items": wrong})


class _Mute:
    def __init__(self, role: object) -> None: ...

    def respond(self, heard: object) -> None: ...

    def fork(self) -> _Mute:
        return self


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (None, "^user is what makes a user from its role, such as a class, not None"),
        (5, "^user is what makes a user from its role, such as a class, not 5"),
        (lambda role: None, "^a user has the methods `respond` and `fork`; NoneType has no `respond`"),
        (_Mute, "^`respond` of a user gives an Utterance, not NoneType"),
    ],
)
def test_what_is_no_user_is_a_type_error(first_steps: Scenario, wrong: Any, what: str) -> None:
    with pytest.raises(TypeError, match=what):
        first_steps.reset("cart", level=0, seed=0, user=wrong)


def test_an_integer_of_numpy_is_a_seed_like_any_other(first_steps: Scenario) -> None:
    episode = first_steps.reset("cart", level=np.int32(3), seed=np.int64(7))  # type: ignore[arg-type]
    assert record(episode) == record(first_steps.reset("cart", level=3, seed=7))


def test_a_scenario_and_an_episode_are_shown_in_a_line() -> None:
    """In a notebook a scenario once was eight million characters."""
    scenario = shipped("c8.yaml")
    episode = scenario.reset("cart", level=3, seed=5)
    assert (
        repr(scenario) == f"<Scenario c8: {', '.join(scenario.environments)}; levels 0 to 12; {scenario.digest[:12]}>"
    )
    assert repr(episode) == "<Episode cart: level 3, seed 5; 0 turns>"
    play(episode, OracleAgent(episode))
    assert repr(episode) == "<Episode cart: level 3, seed 5; answered>"
