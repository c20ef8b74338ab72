"""The plugin is sound, and its environment is certified at a few seeds."""

from __future__ import annotations

from pathlib import Path

from rlve_loyalty import rlve

from rlve_dsl.certify import Plan, certify, choose
from rlve_dsl.episode import ScenarioReference
from rlve_dsl.testing import check_plugin

PLUGIN = str(rlve.__file__)
COLLECTION = Path(PLUGIN).parent / "scenarios" / "points-collection.yaml"
CHECKS = ("solvable", "floor", "named", "deterministic", "bounded")


def test_the_plugin_is_sound() -> None:
    assert check_plugin(rlve) == []


def test_a_begun_point_counts_whole() -> None:
    assert [rlve.points_for.call(cents) for cents in (0, 1, 5, 6)] == [0, 1, 1, 2]


def test_the_environment_is_certified() -> None:
    # few seeds, so that the test is quick: `rlve-dsl certify points-collection --strict` looks at more
    reference = ScenarioReference(str(COLLECTION), (PLUGIN,), strict=True)
    certificate = certify(reference, Plan((0, 12), seeds=2), choose(CHECKS))
    assert certificate.passed, [finding.text for result in certificate.results for finding in result.findings]
