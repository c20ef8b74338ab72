"""The page about domains names commands and keys that exist, and its fixed task is played."""

from __future__ import annotations

import argparse
import json
import re
import shutil
from importlib import import_module
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.files import schema

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "domains.md").read_text(encoding="utf-8")
CLINIC = ROOT / "scenarios" / "examples" / "clinic"
REFERENCE = PAGE[PAGE.index("## Reference") :]
BLOCKS = re.findall(r"(?ms)^```yaml\n(.*?)\n```$", PAGE)


@pytest.mark.parametrize("command", re.findall(r"(?m)^rlve-dsl [^#\n]+", REFERENCE))
def test_its_commands_are_ones(command: str) -> None:
    verb, *words = command.split()[1:]
    parser = argparse.ArgumentParser(allow_abbrev=False)
    import_module(f"rlve_dsl.cli.{verb}").add_arguments(parser)
    assert parser.parse_args(words)


def test_the_reference_names_every_key_of_a_domain_and_of_a_tool() -> None:
    keys = schema("Domain")["else"]["properties"]
    tool = keys["tools"]["additionalProperties"]["properties"]
    entity = keys["entities"]["additionalProperties"]["properties"]
    for key in {*keys, *tool, *entity} - {"kind", "extends"}:
        assert f"`{key}`" in REFERENCE, key


def test_the_fixed_task_of_the_page_is_played(tmp_path: Path) -> None:
    (shown,) = re.findall(r"(?ms)^```json\n(.*?)\n```$", PAGE)
    (environment,) = [b for b in BLOCKS if "\ntasks: " in b]
    shutil.copytree(CLINIC.parents[1], tmp_path / "scenarios")
    folder = tmp_path / "scenarios" / "examples" / "clinic"
    (folder / "requests.yaml").write_text(environment + "\n", encoding="utf-8")
    (folder / "requests.jsonl").write_text(json.dumps(json.loads(shown)) + "\n", encoding="utf-8")
    scenario = rlve_dsl.load(folder / "requests.yaml")
    assert not [d for d in scenario.warnings if d.code.startswith("D")]
    episode = scenario.reset("requests", level=0, seed=0)
    assert play(episode, OracleAgent(episode)).correct
