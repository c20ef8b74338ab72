"""Plugins that cannot be loaded: `misbehaving/x.src`, and in `misbehaving/x.txt` the sentence that names the plugin and the fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rlve_dsl.errors import PluginError
from rlve_dsl.plugins import plugin_module, registry
from tests.plugins.conftest import Installed

HERE = Path(__file__).parent / "misbehaving"
CASES = sorted(path.stem for path in HERE.glob("*.txt"))


def source(case: str) -> str:
    return (HERE / f"{case}.src").read_text(encoding="utf-8")


def said(case: str) -> str:
    return (HERE / f"{case}.txt").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("case", CASES)
def test_a_plugin_in_a_file_that_cannot_be_loaded_is_one_sentence(case: str, tmp_path: Path) -> None:
    (tmp_path / f"{case}.py").write_text(source(case), encoding="utf-8")
    with pytest.raises(PluginError) as problem:
        registry([plugin_module(str(tmp_path / f"{case}.py"))])
    message = str(problem.value)
    assert message.endswith(said(case)) and case in message and "\n" not in message


@pytest.mark.parametrize("case", CASES)
def test_an_installed_plugin_that_cannot_be_loaded_stops_nothing_and_is_named(case: str, installed: Installed) -> None:
    installed(f"north-{case}", "1.0", source(case), module=case)
    known = registry(discover=True)
    (problem,) = known.problems
    assert f"north-{case}" in problem
    assert problem.endswith(said(case).replace(f"`{case}`", f"`north-{case}`"))
    assert known.owners.keys() == registry().owners.keys()


def test_what_a_plugin_prints_while_it_is_loaded_goes_to_standard_error(
    installed: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    installed("north-shop", "1.0", "print('at import')\n" + THANK.replace("return", "print('in a hook')\n    return"))
    assert "thank" in registry(discover=True).acts
    out, err = capsys.readouterr()
    assert out == "" and err.split("\n")[:2] == ["at import", "in a hook"]


THANK = """
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.user import Act


@hookimpl
def rlve_acts():
    return [Act("thank", "The shopper is pleased.")]
"""


def test_a_plugin_can_be_left_out(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("north-shop", "1.0", THANK)
    for without in (["North_Shop"], ["all"]):
        assert "thank" not in registry(discover=True, without=without).acts
    assert "thank" in registry(discover=True, without=["south-shop"]).acts


@pytest.mark.parametrize("name", ["half", "a1", "x_y"])
def test_a_legal_name_is_taken(name: str, tmp_path: Path, named: Callable[[str], str]) -> None:
    (tmp_path / "fine.py").write_text(named(name), encoding="utf-8")
    assert name in registry([plugin_module(str(tmp_path / "fine.py"))]).functions
