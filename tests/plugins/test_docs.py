"""docs/plugins.md: its examples work, and the names of its interface are there."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, agent_named, play
from rlve_dsl.certify import Plan, certify, checks_of, choose
from rlve_dsl.episode import ScenarioReference
from rlve_dsl.expressions import KEYWORDS
from rlve_dsl.plugins import HOOKS, plugin_module, registry
from rlve_dsl.plugins.names import RESERVED
from rlve_dsl.testing import check_plugin

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ENVIRONMENT = next(text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "kind: Environment" in text)
API = re.findall(r"^\| `(rlve_dsl\.[\w.]+)` \| (.*) \|$", PAGE, re.MULTILINE)


def written(folder: Path, number: int) -> str:
    (folder / f"example{number}.py").write_text(EXAMPLES[number], encoding="utf-8")
    return str(folder / f"example{number}.py")


def example_with(word: str) -> int:
    return next(number for number, text in enumerate(EXAMPLES) if word in text)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_is_a_whole_and_sound_plugin(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlve_dsl.testing.differences", lambda module: ())  # the next test looks for them
    assert check_plugin(written(tmp_path, number)) == []


ALL = """
from pathlib import Path
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.plugins import HOOKS, plugin_module

EXAMPLES = [plugin_module(str(path)) for path in sorted(Path(__file__).parent.glob("example*.py"))]

def hook(examples, name):
    return hookimpl(lambda: [one for example in examples for one in getattr(example, name)()])

for name in HOOKS:
    if having := [example for example in EXAMPLES if hasattr(example, name)]:
        globals()[name] = hook(having, name)
"""


def test_the_examples_give_the_same_in_other_processes(tmp_path: Path) -> None:
    for number in range(len(EXAMPLES)):
        written(tmp_path, number)
    (tmp_path / "all.py").write_text(ALL, encoding="utf-8")
    assert check_plugin(str(tmp_path / "all.py")) == []


def test_every_hook_has_an_example() -> None:
    assert not [hook for hook in HOOKS if not any(f"def {hook}()" in text for text in EXAMPLES)]


def test_the_environment_of_the_page_is_played_and_certified(tmp_path: Path) -> None:
    plugin = written(tmp_path, example_with('"box.look"'))
    (tmp_path / "coins.yaml").write_text(ENVIRONMENT, encoding="utf-8")
    reference = ScenarioReference(str(tmp_path / "coins.yaml"), (plugin,), strict=True)
    certificate = certify(reference, Plan((0, 12), seeds=2), choose(["solvable", "floor"]))
    assert certificate.passed, [finding.text for result in certificate.results for finding in result.findings]


def test_the_agent_the_check_and_the_probe_of_the_page_are_used(tmp_path: Path) -> None:
    plugins = tuple(written(tmp_path, example_with(word)) for word in ('"box.look"', "rlve_probes"))
    (tmp_path / "coins.yaml").write_text(ENVIRONMENT, encoding="utf-8")
    reference = ScenarioReference(str(tmp_path / "coins.yaml"), plugins)
    scenario = reference.load()
    episode = scenario.reset("coins", level=0, seed=0)
    assert not play(episode, agent_named("silent", reference.registry())(episode)).correct
    assert [check.name for check in checks_of(scenario)][-1] == "brief"
    certificate = certify(reference, Plan((0,), seeds=1), choose(["brief", "floor"], checks_of(scenario)))
    assert certificate.passed and [result.name for result in certificate.results] == ["floor", "brief"]
    tried = certificate.as_json()["tried"]
    assert {"agent": "silence", "does": "takes no part in the conversation"}.items() <= next(
        one for one in tried if one["agent"] == "silence"
    ).items()
    assert "brief" in str(certificate.as_json()["plugins"]) and "silence" in str(certificate.as_json()["plugins"])


@pytest.mark.parametrize(("module", "names"), API, ids=[module for module, _ in API])
def test_a_name_of_the_interface_is_there(module: str, names: str) -> None:
    assert not [name for name in re.findall(r"`(\w+)`", names) if not hasattr(import_module(module), name)]


def test_the_words_that_functions_cannot_be_called_are_listed() -> None:
    listed = PAGE.split("or one of these words:")[1].split(".\n")[0]
    assert not [word for word in RESERVED | KEYWORDS if f"`{word}`" not in listed]


def test_the_version_of_the_interface_is_told() -> None:
    assert f"`rlve_dsl.PLUGIN_API` is the version of the interface for plugins: {rlve_dsl.PLUGIN_API}." in PAGE


def test_an_oracle_of_the_page_passes_at_every_level(tmp_path: Path) -> None:
    (tmp_path / "coins.yaml").write_text(ENVIRONMENT, encoding="utf-8")
    known = registry([plugin_module(written(tmp_path, example_with('"box.look"')))])
    scenario = rlve_dsl.load(tmp_path / "coins.yaml", known)
    for level in range(13):
        episode = scenario.reset("coins", level=level, seed=level)
        assert play(episode, OracleAgent(episode)).correct, level
