"""`rlve-dsl new plugin`: the package is green as it is written."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.cli.new_plugin import begin_plugin
from rlve_dsl.errors import UsageError

Run = Callable[..., Any]
ROOT = Path(__file__).parents[2]


def test_its_own_tests_pass_without_an_installation(run: Run, workspace: Path) -> None:
    ran = run("new", "plugin", "tea-shop", "--out", "made")
    assert ran.code == 0 and ran.out.startswith("wrote a package into made; now: cd made && ")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    tested = subprocess.run(command, cwd=workspace / "made", env=env, capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout
    assert "4 passed" in tested.stdout


def test_its_scenarios_validate_and_what_it_announces_is_there(run: Run, workspace: Path) -> None:
    run("new", "plugin", "tea-shop")
    folder = workspace / "tea-shop"
    for path in ("tea-shop/tea_shop/scenarios", "tea-shop"):  # the workflow in a hidden folder is no scenario
        told = run("validate", path, "--plugin", "tea-shop/tea_shop/rlve.py")
        assert told.code == 0 and told.err == "2 files, 0 errors, 0 warnings\n", told.out
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == "tea-shop"
    assert project["entry-points"] == {
        "rlve_dsl": {"tea-shop": "tea_shop.rlve"}, "rlve_scenarios": {"tea-shop": "tea_shop.scenarios"}
    }  # fmt: skip
    for file in folder.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            assert not any(word in text for word in ("NAME", "WORD", "TITLE", "VERSION")), file
    assert (folder / "tea_shop" / "py.typed").is_file()


def test_what_is_there_already_stays(run: Run, workspace: Path) -> None:
    (workspace / "tea-shop").mkdir()
    (workspace / "tea-shop" / "README.md").write_text("mine", encoding="utf-8")
    ran = run("new", "plugin", "tea-shop")
    assert ran.code == 2 and not ran.wrote and "is there already" in ran.err


@pytest.mark.parametrize("name", ["goal", "violations"])
def test_a_name_that_no_function_may_have_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"`{name}` is a word of the language"):
        begin_plugin(name)


@pytest.mark.parametrize("name", ["class", "for", "rlve-dsl"])
def test_a_name_that_no_package_may_have_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no package can be called"):
        begin_plugin(name)
