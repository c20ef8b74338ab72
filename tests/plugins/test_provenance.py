"""Who brings what a scenario uses: the primitives in Python of a plugin, and what the Domain files of its package declare."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl import packaged
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.certify import Plan, certify, choose
from rlve_dsl.compiler import Loader
from rlve_dsl.episode import ScenarioReference, record
from rlve_dsl.plugins import plugin_module, registry, uses_as_json
from tests.plugins.conftest import Installed

ROOT = Path(__file__).parents[2]
CLUB = ROOT / "plugins" / "rlve-dsl-subscriptions" / "rlve_dsl_subscriptions"
ENTITIES = ["plan", "subscriber", "subscription"]
TOOLS = ["club.account", "club.cancel", "club.pause", "club.refund", "club.skip"]
"""The tools that the environment `endings` offers; the domain has two more."""


@pytest.fixture
def club(tmp_path: Path, installed: Installed) -> Iterator[Callable[[str], Path]]:
    """`club("0.1.0")`: the subscriptions are installed in this version; gives the folder of their scenarios."""

    def install(version: str) -> Path:
        source = (CLUB / "__init__.py").read_text(encoding="utf-8")
        module, name = CLUB.name, CLUB.parent.name
        site = tmp_path / "site"
        shutil.rmtree(site)
        shutil.copytree(CLUB / "scenarios", site / module / "scenarios")
        installed(name, version, source, module=f"{module}/__init__")
        info = site / f"{module}-{version}.dist-info" / "entry_points.txt"
        info.write_text(
            f"[rlve_dsl]\nplugin = {module}\n\n[rlve_scenarios]\n{name} = {module}.scenarios\n", encoding="utf-8"
        )
        packaged.folders.cache_clear()
        return site / module / "scenarios"

    packaged.folders.cache_clear()
    yield install
    packaged.folders.cache_clear()


def uses(scenario: rlve_dsl.Scenario) -> dict[str, list[str]]:
    """The primitives that a scenario uses of its only plugin, by hook."""
    (one,) = uses_as_json(scenario.compiled.uses)
    found: dict[str, list[str]] = one["uses"]  # type: ignore[assignment]
    return found


def test_what_a_domain_of_a_plugin_declares_is_part_of_digest_certificate_and_trajectory(
    club: Callable[[str], Path],
) -> None:
    digests = []
    for version in ("0.1.0", "0.2.0"):
        path = club(version) / "endings.yaml"
        scenario = rlve_dsl.load(path)
        digests.append(scenario.digest)
        episode = scenario.reset("endings", level=0, seed=1)
        play(episode, OracleAgent(episode))
        certificate = certify(
            ScenarioReference(str(path)), Plan((0,), seeds=1), choose(["solvable"]), scenario=scenario
        )
        for told in (json.loads(record(episode).splitlines()[0]), certificate.as_json()):
            assert told["plugins"] == [
                {
                    "plugin": "rlve-dsl-subscriptions",
                    "version": version,
                    "uses": {"rlve_entities": ENTITIES, "rlve_functions": ["prorated"], "rlve_tools": TOOLS},
                }
            ]
    assert digests[0] != digests[1]


def test_a_domain_in_a_package_that_is_given_belongs_to_the_plugin_of_the_file() -> None:
    given = registry([plugin_module(str(CLUB / "__init__.py"))])
    (one,) = uses_as_json(rlve_dsl.load(CLUB / "scenarios" / "endings.yaml", given).compiled.uses)
    assert one["plugin"] == "rlve_dsl_subscriptions" and len(str(one["digest"])) == 64
    assert one["uses"] == {"rlve_entities": ENTITIES, "rlve_functions": ["prorated"], "rlve_tools": TOOLS}


def test_of_a_domain_that_extends_one_of_a_plugin_what_it_writes_anew_is_its_own(
    club: Callable[[str], Path], tmp_path: Path
) -> None:
    scenarios = club("0.1.0")
    mine = tmp_path / "mine"
    shutil.copytree(scenarios, mine)
    (mine / "club.yaml").write_text(
        "kind: Domain\nname: club\nextends: package:rlve-dsl-subscriptions/club.yaml\n"
        "entities:\n  note: {key: note_id, ids: 'N-####', fields: {text: text}}\n"
        "tools:\n  skip:\n    says: Leave out the next box of a subscription.\n",
        encoding="utf-8",
    )
    found = uses(rlve_dsl.load(mine / "endings.yaml"))
    assert found["rlve_entities"] == ENTITIES
    assert found["rlve_tools"] == [name for name in TOOLS if name != "club.skip"]


def test_a_copy_of_a_domain_outside_the_package_is_its_owners(club: Callable[[str], Path], tmp_path: Path) -> None:
    shutil.copytree(club("0.1.0"), tmp_path / "mine")
    assert uses(rlve_dsl.load(tmp_path / "mine" / "endings.yaml")) == {"rlve_functions": ["prorated"]}


@pytest.mark.parametrize(("kept", "counts"), [("tool", True), ("table", True), ("nothing", False)])
def test_an_entity_of_python_counts_where_a_tool_changes_it_or_an_expression_reads_it(
    kept: str, counts: bool, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    cart = tmp_path / "scenarios" / "environments" / "cart.yaml"
    text = cart.read_text(encoding="utf-8")
    if kept == "tool":
        text = text.replace("tools: [", "tools: [parcel.wrap, ", 1)
    if kept == "table":
        text = text.replace("require:", 'require:\n  none_left: "count(true for p in parcels) == 0"', 1)
    cart.write_text(text, encoding="utf-8")
    given = registry([plugin_module(str(Path(__file__).parent / "parcels.py"))])
    scenario = rlve_dsl.load(tmp_path / "scenarios" / "first-steps.yaml", given)
    assert ("parcel" in [one.name for one in scenario.compiled.uses]) is counts


@pytest.mark.parametrize("path", ["scenarios/environments/cart.yaml", "scenarios/examples/clinic/clinic.yaml"])
def test_a_file_that_uses_no_plugin_has_the_digest_of_its_content_whatever_is_installed(
    path: str, club: Callable[[str], Path]
) -> None:
    club("0.1.0")
    loader = Loader(registry(discover=True))
    loader.read_any(str(ROOT / path))
    assert loader.digest_of(str(ROOT / path)) == rlve_dsl.files.load(str(ROOT / path)).digest
    assert not loader.used
