"""Packaged scenarios: `package:` paths, short names, and the folders that other packages name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl import files, packaged
from rlve_dsl.cli import main
from rlve_dsl.errors import ScenarioError, UsageError

SCENARIOS = Path(__file__).parents[1] / "scenarios"

COLLECTION = """\
kind: Collection
name: {name}
extends: package:rlve_dsl/c1.yaml
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of packages to import, in which `install` puts distributions; the current folder is an empty one."""
    site, here = tmp_path / "site", tmp_path / "here"
    site.mkdir()
    here.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(here)
    packaged.folders.cache_clear()
    yield site
    packaged.folders.cache_clear()


def install(site: Path, name: str, value: str, texts: dict[str, str]) -> None:
    """Install a package `module` whose code fails, with files, and an entry point that names its folder."""
    module = name.replace("-", "_")
    for file, text in texts.items():
        path = site / module / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (site / module).mkdir(exist_ok=True)
    (site / module / "__init__.py").write_text("raise RuntimeError('not to be imported')", encoding="utf-8")
    info = site / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[rlve_scenarios]\n{name} = {value}\n", encoding="utf-8")
    assert Distribution.from_name(name).version == "1.0"
    packaged.folders.cache_clear()


@pytest.mark.parametrize("path", ["c1", "package:rlve_dsl/c1.yaml", str(SCENARIOS / "c1.yaml")])
def test_a_packaged_scenario_is_the_file_that_is_shipped(path: str, installed: Path) -> None:
    assert rlve_dsl.load(path).digest == rlve_dsl.load(SCENARIOS / "c1.yaml").digest


def test_every_shipped_file_has_a_short_name_that_leads_to_it() -> None:
    for name, file in packaged.files_of("rlve_dsl").items():
        assert Path(packaged.packaged_path(f"package:rlve_dsl/{name}.yaml")) == file
    assert {"c8", "examples/gifts", "policies/standard"} <= packaged.files_of("rlve_dsl").keys()


def test_a_file_here_comes_before_a_packaged_one(installed: Path) -> None:
    Path("c1").write_text("kind: Collection", encoding="utf-8")
    assert packaged.path_of("c1") == "c1"
    Path("c2.yaml").write_text("kind: Collection", encoding="utf-8")
    assert packaged.path_of("c2.yaml") == "c2.yaml"


@pytest.mark.parametrize("word", ["extends", "environments"])
def test_a_file_may_use_packaged_files(word: str, installed: Path) -> None:
    shipped = (SCENARIOS / "c1.yaml").read_text(encoding="utf-8")
    whole = re.sub(r"[\w/-]+\.yaml", r"package:rlve_dsl/\g<0>", shipped)
    Path("mine.yaml").write_text(COLLECTION.format(name="c1") if word == "extends" else whole, encoding="utf-8")
    assert rlve_dsl.load("mine.yaml").environments == ("discovery",)


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("package:rlve_dls/c1.yaml", "no installed package `rlve_dls` brings scenarios: did you mean `rlve_dsl`?"),
        ("package:rlve_dsl/../tests/conftest.py", "names no file: write `package:rlve_dsl/NAME.yaml`"),
        ("package:rlve_dsl", "names no file"),
        ("package:rlve_dsl/c99.yaml", "there is no file"),
    ],
)
def test_a_wrong_package_is_an_error_with_its_place(named: str, says: str, installed: Path) -> None:
    Path("mine.yaml").write_text(COLLECTION.format(name="mine").replace("package:rlve_dsl/c1.yaml", named), "utf-8")
    with pytest.raises(ScenarioError) as caught:
        files.load("mine.yaml")
    (found,) = caught.value.diagnostics
    assert found.code == "S101" and says in found.message and found.span and found.span.line == 3


def test_another_package_brings_scenarios_without_its_code_being_run(installed: Path) -> None:
    install(installed, "rlve-tea", "rlve_tea.scenarios", {"scenarios/tea.yaml": COLLECTION.format(name="tea")})
    assert rlve_dsl.load("tea").name == rlve_dsl.load("package:rlve-tea/tea.yaml").name == "tea"


def test_a_short_name_does_not_lead_out_of_its_folder(installed: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no file `\.\./scenarios/c1`: `c1` is the packaged one"):
        packaged.path_of("../scenarios/c1")


def test_a_short_name_that_two_packages_have_is_refused(installed: Path) -> None:
    for name in ("rlve-tea", "rlve-bar"):
        install(installed, name, name.replace("-", "_"), {"tea.yaml": COLLECTION.format(name="tea")})
    with pytest.raises(UsageError, match=r"`package:rlve-bar/tea\.yaml` or `package:rlve-tea/tea\.yaml`"):
        packaged.path_of("tea")


def test_a_folder_that_is_not_there_names_its_package(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(installed, "rlve-tea", "rlve_tea.scenario", {"scenarios/tea.yaml": ""})
    assert main(["list"]) == 2
    out, err = capsys.readouterr()
    assert "the scenarios `rlve-tea` of rlve-tea are not there" in err and "first-steps" in out
    with pytest.raises(UsageError, match="the scenarios `rlve-tea` of rlve-tea are not there"):
        packaged.path_of("package:rlve-tea/tea.yaml")
    assert rlve_dsl.load("first-steps").name == "first-steps", "it stops nothing else"


def test_list_shows_what_packages_bring(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(installed, "rlve-tea", "rlve_tea.scenarios", {"scenarios/tea.yaml": COLLECTION.format(name="tea")})
    assert main(["list", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["tea"] | {"path": ""} == {"name": "tea", "package": "rlve-tea", "path": "", "says": "discovery"}
    assert rows["c8"]["package"] == "rlve_dsl" and rows["c8"]["says"].startswith("discovery, substitution")
    assert main(["list", "Policy"]) == 0
    assert "policies/standard" in capsys.readouterr().out


NAMES = {
    "run": "`rlve-dsl list` has the short names",
    "policy read": "the packaged ones are `examples/clinic/policy`, `examples/library/policy`, `examples/tau2-retail/policy`, "
    "`policies/careful`, `policies/standard`",
    "catalog build --out x": "the packaged ones are `catalogs/amazon`, `catalogs/general`, `catalogs/normalise`, "
    "`catalogs/pocket`, `catalogs/tau2-retail`",
}


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("run scenarios/first-steps.yaml", ": `first-steps` is the packaged one"),
        ("run scenarios/c8.yaml", ": `c8` is the packaged one"),
        ("run c8.yaml", ": `c8` is the packaged one"),
        ("run c8.yml", ": `c8` is the packaged one"),
        ("certify elsewhere/scenarios/c8", ": `c8` is the packaged one"),
        ("validate scenarios/users/shopper.yaml", ": `users/shopper` is the packaged one"),
        ("replay t.jsonl environments/cart.yaml", ": `environments/cart` is the packaged one"),
        ("explain c8.yaml", ": `c8` is the packaged one"),
        ("run cart", ": did you mean `environments/cart`?"),
        ("run first-step", ": did you mean `first-steps`?"),
        ("policy read standard", ": did you mean `policies/standard`?"),
        ("policy read policies/standrad.yaml", ": did you mean `policies/standard`?"),
        ("policy read nope", f": {NAMES['policy read']}"),
        ("catalog build general --out x", ": did you mean `catalogs/general`?"),
        ("catalog build nope --out x", f": {NAMES['catalog build --out x']}"),
        ("domain replay shop t.jsonl", ": did you mean `domains/shop`?"),
        ("run standard", f": {NAMES['run']}"),
        ("run shopper", f": {NAMES['run']}"),
        ("run policies/standard.yaml", ""),
        ("run nowhere.yaml", ""),
        ("fmt c8", ": fmt takes files of your own, no names of packaged ones"),
        ("fmt package:rlve_dsl/policies/standard.yaml", ": fmt takes files of your own, no names of packaged ones"),
        ("fmt nowhere.yaml", ""),
    ],
)  # fmt: skip
def test_a_path_to_nothing_is_told_with_the_packaged_file_that_is_wanted(
    command: str, says: str, installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verb, *words = command.split()
    name = next(word for word in words if word not in ("build", "read", "replay", "t.jsonl"))
    assert main([verb, *words]) == 2
    assert capsys.readouterr().err == f"rlve-dsl {verb}: there is no file `{name}`{says}\n"


def test_a_wrong_name_from_python_gets_suggestions_of_what_can_be_played(installed: Path) -> None:
    with pytest.raises(UsageError, match="there is no file `scenarios/c8.yaml`: `c8` is the packaged one"):
        rlve_dsl.load("scenarios/c8.yaml")
    with pytest.raises(UsageError, match="there is no file `standard`: `rlve-dsl list` has the short names"):
        rlve_dsl.load("standard")


def test_a_word_that_is_no_name_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "first-step"]) == 2
    assert "there is no file `first-step`: did you mean `first-steps`?" in capsys.readouterr().err
