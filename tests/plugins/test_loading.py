"""Plugins that cannot be loaded: `misbehaving/x.src`, and in `misbehaving/x.txt` the sentence that names the plugin and the fault."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rlve_dsl.diagnostics import Span
from rlve_dsl.errors import PluginError, UsageError
from rlve_dsl.files import PluginUse
from rlve_dsl.plugins import plugin_module, registry
from tests.plugins.conftest import Installed

HERE = Path(__file__).parent / "misbehaving"
CASES = sorted(path.stem for path in HERE.glob("*.txt"))


def uses(*names: str) -> list[PluginUse]:
    return [PluginUse(name, "", Span("a.yaml", 1, 1, 1, 2)) for name in names]


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
    assert out == ""
    assert err.splitlines() == [f"plugin `north-shop` prints: {text}" for text in ("at import", "in a hook")]


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


PACKAGE = {
    "__init__.py": "",
    "prices.py": "HALF = 2\n",
    "more/__init__.py": "",
    "more/acts.py": THANK,
    "rlve.py": '''
from rlve_dsl.expressions import function
from rlve_dsl.hookspecs import hookimpl
from {prices} import HALF


@function()
def half(x: float) -> float:
    """Half of x."""
    return x / HALF


@hookimpl
def rlve_functions():
    return [half]
''',
}


def package(folder: Path, prices: str = ".prices", **changed: str) -> Path:
    """A package `tea_shop` whose module `rlve` imports another one of it."""
    for name, text in {**PACKAGE, **changed}.items():
        file = folder / "tea_shop" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("{prices}", prices), encoding="utf-8")
    return folder / "tea_shop"


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Modules of the package are forgotten after a test."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "tea_shop"]:
        del sys.modules[name]


@pytest.mark.parametrize("prices", [".prices", "tea_shop.prices"])
def test_a_file_of_a_package_has_the_name_of_the_package_and_imports_its_modules(
    prices: str, tmp_path: Path, clean: None
) -> None:
    file = package(tmp_path, prices) / "rlve.py"
    known = registry([plugin_module(str(file))])
    assert known.owners["rlve_functions", "half"] == "tea_shop"
    assert known.functions["half"].call(3.0) == 1.5
    assert known.functions["half"].described == "a function of the plugin `tea_shop`"


def test_a_package_that_is_given_stands_for_the_installed_one(
    tmp_path: Path, installed: Installed, clean: None
) -> None:
    old = package(tmp_path / "site", **{"prices.py": "HALF = 4\n"})
    installed("tea-shop", "0.1", "", module="unused")
    entries = tmp_path / "site" / "tea_shop-0.1.dist-info" / "entry_points.txt"
    entries.write_text("[rlve_dsl]\nplugin = tea_shop.rlve\n", encoding="utf-8")
    assert old.is_dir() and registry(discover=True).view(uses("tea-shop")).functions["half"].call(8.0) == 2.0
    given = package(tmp_path / "checkout") / "rlve.py"
    known = registry([plugin_module(str(given))], discover=True)
    assert known.functions["half"].call(8.0) == 4.0 and [plugin.name for plugin in known.plugins[1:]] == ["tea_shop"]


def test_files_of_one_package_are_one_plugin_and_its_digest_is_that_of_all_its_files(
    tmp_path: Path, clean: None
) -> None:
    folder = package(tmp_path)
    paths = [str(folder / "rlve.py"), str(folder / "more" / "acts.py")]
    (before,) = registry([plugin_module(path) for path in paths]).plugins[1:]
    assert {hook: [*named] for hook, named in before.brings.items()} == {
        "rlve_functions": ["half"], "rlve_acts": ["thank"]
    }  # fmt: skip
    package(tmp_path, **{"prices.py": "HALF = 3\n"})
    (after,) = registry([plugin_module(path) for path in paths]).plugins[1:]
    assert before.name == after.name == "tea_shop" and before.digest != after.digest


def test_a_folder_says_which_file_to_give(tmp_path: Path) -> None:
    folder = package(tmp_path)
    with pytest.raises(
        UsageError, match="is a folder: give the Python file with the hooks, such as `.*tea_shop/rlve.py`"
    ):
        plugin_module(str(folder))
