"""`rlve-dsl new`: what it writes is whole and works; what it cannot write it does not begin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, RandomAgent, play
from rlve_dsl.cli.new import write

Run = Callable[..., Any]


@pytest.mark.parametrize("out", [".", "scenarios", "scenarios/mine/more", "beside"])
def test_a_new_environment_validates(run: Run, workspace: Path, out: str) -> None:
    ran = run("new", "environment", "tea-party", "--out", out)
    assert ran.code == 0 and ran.err == ""
    names = ("tea-party.yaml", "tea-party-collection.yaml")
    written = [workspace / out / name for name in names]
    assert all(f"{path.relative_to(workspace)}" in ran.out for path in written)
    assert "name: tea-party\ntitle: Tea party\n" in written[0].read_text(encoding="utf-8")
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert text.endswith("\n") and not any(word in text for word in ("NAME", "TITLE", "PARTS"))
    told = run("validate", *map(str, written))
    assert told.code == 0 and told.err == "2 files, 0 errors, 0 warnings\n", told.out


@pytest.mark.parametrize("name", ["tool-shed", "desk"])
def test_a_new_domain_validates_and_is_played(run: Run, workspace: Path, name: str) -> None:
    ran = run("new", "domain", name, "--out", "scenarios/mine")
    ends = ("", "-policy", "-lending", "-collection")
    written = [workspace / "scenarios" / "mine" / f"{name}{end}.yaml" for end in ends]
    assert ran.code == 0 and all(f"{path.relative_to(workspace)}" in ran.out for path in written)
    for path in written:
        assert not any(word in path.read_text(encoding="utf-8") for word in ("NAME", "TITLE", "PARTS", "DOMAIN"))
    told = run("validate", *map(str, written))
    assert told.code == 0 and told.err == "4 files, 0 errors, 0 warnings\n", told.out
    scenario = rlve_dsl.load(written[-1])
    refused = set()
    for level in range(13):
        for seed in range(3):
            episode = scenario.reset(f"{name}-lending", level=level, seed=seed)
            assert play(episode, OracleAgent(episode)).task == 1
            refused.add(any(result.refused for turn in episode.turns for result in turn.results))
    assert refused == {True, False}


@pytest.mark.parametrize("what", ["domain", "environment"])
def test_what_is_new_in_an_empty_folder_has_no_warnings(
    run: Run, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    assert run("new", what, "clinic", "--out", "mine").code == 0
    told = run("validate", "mine")
    assert told.code == 0 and "0 errors, 0 warnings" in told.err, told.out


def test_the_oracle_passes_in_a_new_environment_and_chance_does_not(run: Run, workspace: Path) -> None:
    run("new", "environment", "tea-party")
    scenario = rlve_dsl.load("tea-party-collection.yaml")
    lucky = 0
    for level in range(13):
        for seed in range(3):
            episode = scenario.reset("tea-party", level=level, seed=seed)
            assert play(episode, OracleAgent(episode)).task == 1
            episode = scenario.reset("tea-party", level=level, seed=seed)
            lucky += play(episode, RandomAgent(episode)).correct
    assert lucky <= 2  # of 39; a product drawn at random is the right one now and then


def test_an_editor_is_told_of_the_schemas_where_there_are_any(run: Run, workspace: Path) -> None:
    run("new", "environment", "plain", "--out", "scenarios/mine")
    assert "yaml-language-server" not in (workspace / "scenarios/mine/plain.yaml").read_text(encoding="utf-8")
    run("schema", "--write", "schemas")
    run("new", "environment", "helped", "--out", "scenarios/mine")
    for name, kind in (("helped", "environment"), ("helped-collection", "collection")):
        first = (workspace / f"scenarios/mine/{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
        assert first == f"# yaml-language-server: $schema=../../schemas/{kind}.schema.json"


def test_the_axes_of_a_hyphenated_environment_can_be_bent_by_its_collection(run: Run, workspace: Path) -> None:
    run("new", "environment", "tea-party")
    path = workspace / "tea-party-collection.yaml"
    path.write_text(path.read_text(encoding="utf-8") + 'curves: {tea-party.wishes: "2"}\n', encoding="utf-8")
    scenario = rlve_dsl.load(path)
    assert {scenario.compiled.environments["tea-party"].axis_values(level)["wishes"] for level in range(13)} == {2}


@pytest.mark.parametrize("there", ["tea-party.yaml", "tea-party-collection.yaml"])
def test_nothing_is_overwritten_and_nothing_half_written(run: Run, workspace: Path, there: str) -> None:
    (workspace / there).write_text("mine", encoding="utf-8")
    ran = run("new", "environment", "tea-party")
    assert ran.code == 2 and ran.err == f"rlve-dsl new: `{there}` is there already\n" and not ran.wrote


@pytest.mark.parametrize(
    "name", ["Tea", "tea party", "3d", "-tea", "../tea", "tea.yaml", "", "tea\n", "true", "null", "té"]
)
def test_a_bad_name_is_a_usage_error(run: Run, name: str) -> None:
    ran = run("new", "environment", f"--out=made/{name[:1]}", "--", name)
    assert ran.code == 2 and "is no name" in ran.err and not ran.wrote


def test_far_from_a_checkout_it_uses_the_packaged_parts(
    run: Run, workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    far = tmp_path_factory.mktemp("far")
    assert run("new", "environment", "tea-party", "--out", str(far)).code == 0
    assert "axes: package:rlve_dsl/axes/standard.yaml" in (far / "tea-party-collection.yaml").read_text("utf-8")
    assert run("validate", str(far)).err == "2 files, 0 errors, 0 warnings\n"
    for file in ("tea-party-collection.yaml", "tea-party.yaml"):  # an environment by itself gets the same parts
        played = run("run", str(far / file), "--agent", "oracle", "--seed", "1")
        assert played.code == 0 and "passed · answered" in played.out


def test_a_file_that_cannot_be_written_leaves_no_other(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    texts = {tmp_path / "first.yaml": "a", tmp_path / "file" / "second.yaml": "b"}
    with pytest.raises(OSError, match=r"second.yaml"):
        write(texts)
    assert not (tmp_path / "first.yaml").exists()
