"""`--plugin FILE`: every verb that reads a file reads it with a plugin that is not installed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.cli import VERBS

Run = Callable[..., Any]
LOYALTY = Path(__file__).parents[2] / "plugins" / "loyalty" / "rlve_loyalty"

TOOL = '''
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.world import Shop, tool


@tool({name!r})
def {function}(shop: Shop) -> int:
    """Do it."""
    return 0


@hookimpl
def rlve_tools():
    return [{function}]
'''

POLICY = """kind: Policy
name: points
facts:
  order.total: {type: money, min: $0, max: $1000}
decisions:
  bonus_fee: {type: money}
governs:
  loyalty.balance: {fee: bonus_fee}
rules: |
  decide bonus_fee as $5
"""

LETTERS = """
import numpy as np

from rlve_dsl.catalog import Embedder
from rlve_dsl.hookspecs import hookimpl


def letters(texts):
    return np.array([[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], dtype=np.int64)


@hookimpl
def rlve_embedders():
    return [Embedder("letters", 26, letters)]
"""

# `{plugin}` stands for the plugin's file, `{path}` for the scenario, `{policy}` for a policy that governs its tool.
READING = {
    "validate": "validate {path} {policy}",
    "explain": "explain {path}",
    "run": "run {path} --level 3 --seed 2",
    "ask": "ask {path} Hello?",
    "certify": "certify {path} --levels 0 --seeds 1 --jobs 1 --checks solvable",
    "demos": "demos {path} --episodes 1 --out demos.jsonl",
    "train": "train {path} --profile cpu --dry-run",
    "curriculum": "curriculum simulate {path} --steps 2",
    "export": "export slime {path} exported --profile 8x80g --set context_tokens=100000",
    "policy": "policy ask {policy} bonus_fee",
    "fmt": "fmt {policy} --check",
    "replay": "replay played.jsonl {path}",
}


@pytest.fixture
def files(workspace: Path) -> dict[str, str]:
    """The files of the loyalty plugin in the workspace, and a policy that governs its tool."""
    for file in (LOYALTY / "scenarios").glob("*.yaml"):
        shutil.copy(file, workspace / "scenarios")
    shutil.copy(LOYALTY / "rlve.py", workspace / "rlve_loyalty.py")
    (workspace / "points-policy.yaml").write_text(POLICY, encoding="utf-8")
    return {"plugin": "rlve_loyalty.py", "path": "scenarios/points-collection.yaml", "policy": "points-policy.yaml"}


@pytest.mark.parametrize("verb", READING)
def test_a_file_is_read_with_a_plugin(run: Run, workspace: Path, files: dict[str, str], verb: str) -> None:
    if verb == "replay":
        played = run("run", files["path"], "--plugin", files["plugin"], "--json")
        assert played.code == 0, played.err
        (workspace / "played.jsonl").write_text(played.out, encoding="utf-8")
    command = READING[verb].format(**files).split()
    without, made = run(*command), run(*command, "--plugin", files["plugin"])
    assert made.code == 0, made.err + made.out
    assert without.code == 3 and "loyalty" in without.out + without.err


def test_a_schema_knows_the_tools_of_a_plugin(run: Run, files: dict[str, str]) -> None:
    assert "loyalty.balance" not in run("schema", "Environment").out
    assert "loyalty.balance" in run("schema", "Environment", "--plugin", files["plugin"]).out


def test_a_catalog_is_built_and_searched_with_the_embedder_of_a_plugin(run: Run, workspace: Path) -> None:
    (workspace / "letters.py").write_text(LETTERS, encoding="utf-8")
    pocket = (workspace / "scenarios" / "catalogs" / "pocket.yaml").read_text(encoding="utf-8")
    (workspace / "lettered.yaml").write_text(pocket + "embedder: letters\n", encoding="utf-8")
    assert run("catalog", "build", "lettered.yaml", "--out", "built").code == 3
    built = run("catalog", "build", "lettered.yaml", "--out", "built", "--plugin", "letters.py")
    assert built.code == 0 and "letters, 26 dimensions" in built.out
    for words in (["search", "built", "mug"], ["sample", "built"]):
        assert run("catalog", *words, "--json").code != 0
        ran = run("catalog", *words, "--json", "--plugin", "letters.py")
        assert ran.code == 0 and len(json.loads(ran.out)["products"]) == 10


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import no_such_module_here", "No module named 'no_such_module_here'"),
        ("raise RuntimeError('first line\\nsecond line')", "first line"),
        ("raise RuntimeError", "RuntimeError"),
        ("import sys; sys.exit(0)", "0"),
        ("def f(:", "invalid syntax"),
    ],
    ids=["missing import", "two lines", "no message", "exit", "syntax"],
)
@pytest.mark.parametrize("verb", [*READING, "schema", "catalog"])
def test_a_plugin_that_cannot_be_imported_is_one_sentence(
    run: Run, workspace: Path, files: dict[str, str], verb: str, text: str, said: str
) -> None:
    (workspace / "broken.py").write_text(text, encoding="utf-8")
    (workspace / "played.jsonl").write_text("{}\n", encoding="utf-8")
    more = {"schema": "schema Axes", "catalog": "catalog build scenarios/catalogs/pocket.yaml --out built"}
    ran = run(*{**READING, **more}[verb].format(**files).split(), "--plugin", "broken.py")
    assert ran.code == 2 and not ran.wrote and ran.out == ""
    assert ran.err.startswith(f"rlve-dsl {verb}: plugin `broken.py` could not be loaded: ") and said in ran.err
    assert ran.err.count("\n") == 1


def test_a_plugin_that_is_not_there_is_one_sentence(run: Run) -> None:
    ran = run("validate", "scenarios/first-steps.yaml", "--plugin", "nowhere.py")
    assert (ran.code, ran.err) == (2, "rlve-dsl validate: there is no file `nowhere.py`\n")


def test_every_verb_that_reads_a_file_takes_plugins(run: Run) -> None:
    covered = {*READING, "schema", "catalog", "plugins"}
    assert covered == set(VERBS) - {"new", "list", "domain"}, "`new` reads no file, `list` only what is packaged"


def write_tool(path: Path, name: str) -> None:
    path.write_text(TOOL.format(name=name, function=name.rpartition(".")[2]), encoding="utf-8")


def tools_of(explained: str) -> list[str]:
    (line,) = (line for line in explained.splitlines() if line.startswith("tools"))
    return line.removeprefix("tools").strip().split(", ")


def test_a_plugin_adds_no_tool_to_an_environment_that_does_not_name_it(run: Run, workspace: Path) -> None:
    write_tool(workspace / "stranger.py", "cart.steal")
    before = tools_of(run("explain", "scenarios/first-steps.yaml").out)
    command = ["explain", "scenarios/first-steps.yaml", "--plugin", "stranger.py"]
    assert "cart.add" in before and tools_of(run(*command).out) == before
    played = [
        run("run", "scenarios/first-steps.yaml", "--json", *more).out for more in ([], ["--plugin", "stranger.py"])
    ]
    assert played[0] == played[1]
    path = workspace / "scenarios" / "environments" / "cart.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("cart.*,", "cart.*, cart.steal,"), encoding="utf-8")
    assert set(tools_of(run(*command).out)) == {*before, "cart.steal"}


def test_a_pattern_never_means_the_tools_of_two_plugins(run: Run, workspace: Path) -> None:
    write_tool(workspace / "north.py", "bar.pour")
    write_tool(workspace / "south.py", "bar.close")
    path = workspace / "scenarios" / "environments" / "cart.yaml"
    shipped = path.read_text(encoding="utf-8")
    path.write_text(shipped.replace("cart.*,", "cart.*, bar.*,"), encoding="utf-8")
    one = run("explain", "scenarios/first-steps.yaml", "--plugin", "north.py")
    assert "bar.pour" in tools_of(one.out)
    both = ["explain", "scenarios/first-steps.yaml", "--plugin", "north.py", "--plugin", "south.py"]
    ran = run(*both)
    assert ran.code == 3 and "error[R226]: `bar.*` matches tools of several plugins" in ran.err
    path.write_text(shipped.replace("cart.*,", "cart.*, bar.pour, bar.close,"), encoding="utf-8")
    assert {"bar.pour", "bar.close"} <= set(tools_of(run(*both).out))
