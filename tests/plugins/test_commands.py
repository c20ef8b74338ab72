"""What commands say of installed plugins: `rlve-dsl plugins`, warnings, `--no-plugin`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rlve_dsl.cli import main
from rlve_dsl.hookspecs import NO_PLUGINS
from tests.plugins.conftest import Installed

STEPS = str(Path(__file__).parents[2] / "scenarios" / "first-steps.yaml")
THANK = """
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.user import Act

print("hello")


@hookimpl
def rlve_acts():
    return [Act("thank", "The shopper is pleased.")]
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(NO_PLUGINS, raising=False)
    return iter(())


def test_plugins_lists_what_each_gives_and_what_is_wrong(
    installed: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plugins"]) == 0
    assert capsys.readouterr().out == "no plugin is installed\n"
    installed("north-shop", "1.2", THANK)
    installed("south-shop", "0.3", THANK)
    installed("west-shop", "0.1", "raise RuntimeError('closed')")
    assert main(["plugins"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "north-shop 1.2",
        "  acts: thank",
        "south-shop 0.3",
        "  acts: thank",
        "west-shop 0.1",
        "  problem: plugin `west-shop` could not be loaded: RuntimeError: closed (west_shop.py, line 1)",
        "act `thank` is brought by `north-shop` and by `south-shop`: a file can list one of them",
    ]


def test_plugins_as_json(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    installed("north-shop", "1.2", THANK)
    assert main(["plugins", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["plugins"]
    assert told == {
        "name": "north-shop", "version": "1.2", "digest": "", "installed": True, "scenarios": "", "problem": "",
        "gives": {"rlve_acts": [{"name": "thank", "doc": "The shopper is pleased."}]},
    }  # fmt: skip


def test_a_plugin_that_cannot_be_loaded_is_a_warning_for_files_that_do_not_list_it(
    installed: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    installed("west-shop", "0.1", "import sys\nprint('out')\nsys.exit(4)\n")
    assert main(["validate", STEPS, "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["diagnostics"] == []
    said = "rlve-dsl validate: warning: plugin `west-shop` could not be loaded: it ends the program with sys.exit(4)"
    assert err.count(said) == 1


@pytest.mark.parametrize("name", ["west-shop", "West_Shop", "all"])
@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_plugin_that_is_left_out_is_not_even_imported(
    name: str, way: str, installed: Installed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed("west-shop", "0.1", "import sys\nprint('out')\nsys.exit(4)\n")
    if way == "variable":
        monkeypatch.setenv(NO_PLUGINS, f"other, {name}")
    assert main(["validate", STEPS, *(["--no-plugin", name] if way == "option" else [])]) == 0
    assert capsys.readouterr().err == "1 file, 0 errors, 0 warnings\n"


def test_a_trajectory_is_whole_whatever_a_plugin_prints(
    installed: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    installed("north-shop", "1.2", THANK)
    assert main(["run", STEPS, "--json"]) == 0
    out, err = capsys.readouterr()
    assert [json.loads(line) for line in out.splitlines()] and "hello" in err


PARCELS = str(Path(__file__).parent / "parcels.py")


@pytest.mark.parametrize("name", ["parcel", "parcels"])
def test_explain_tells_of_an_entity_of_a_plugin(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", name, "--plugin", PARCELS]) == 0
    said = capsys.readouterr().out
    assert "parcel · entity · brought by parcels" in said and "paper" in said
    assert "Its id is `parcel_id`; new ids look like `P####`. Its table is `parcels`." in said


def test_explain_says_in_plain_words_what_a_tool_changes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "parcel.wrap", "--plugin", PARCELS]) == 0
    assert "It changes the fields `paper` and `ribbons` of entities `parcel`." in capsys.readouterr().out
    assert main(["explain", "cart.add"]) == 0
    said = capsys.readouterr().out
    assert "It creates entities `cart_line`.\n  It changes the field `qty` of entities `cart_line`." in said


@pytest.mark.parametrize(
    ("hook", "made", "said"),
    [
        ("rlve_agents", "AgentKind('idle', lambda episode: None, 'does nothing')", "idle · agent · brought by north\n  does nothing"),
        ("rlve_probes", "Probe('idle', 'does nothing', lambda case: (), 'uninformed')", "idle · probe · brought by north\n  does nothing"),
        ("rlve_embedders", "Embedder('idle', 3, lambda texts: None)", "idle · embedder · brought by north"),
    ],
)  # fmt: skip
def test_explain_tells_of_everything_that_a_plugin_brings(
    hook: str, made: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imports = "from rlve_dsl.agents import AgentKind\nfrom rlve_dsl.catalog import Embedder\nfrom rlve_dsl.certify import Probe\n"
    marked = f"from rlve_dsl.hookspecs import hookimpl\n\n\n@hookimpl\ndef {hook}():\n    return [{made}]\n"
    (tmp_path / "north.py").write_text(imports + marked, encoding="utf-8")
    assert main(["explain", "idle", "--plugin", "north.py"]) == 0
    assert capsys.readouterr().out.startswith(said)
