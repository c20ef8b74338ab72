"""Training asks for a certificate of the scenario as it is now."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from rlve_dsl.certify import CHECKS, Plan, certify, choose, keep_certificate, kept_certificate
from rlve_dsl.certify.certificate import Certificate
from rlve_dsl.cli import main
from rlve_dsl.episode import Scenario, ScenarioReference
from rlve_dsl.errors import UsageError
from rlve_dsl.files import Settings
from rlve_dsl.train import check_certificate

PATH = "scenarios/first-steps.yaml"
REQUIRED = Settings(model="tiny")
OPTIONAL = dataclasses.replace(REQUIRED, certificate="optional")


@pytest.fixture
def certificate(first_steps: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate of one check, which says that all were made; nothing is in the cache folder yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = certify(ScenarioReference(PATH), Plan((0,), seeds=1), choose(["solvable"]), scenario=first_steps)
    others = tuple(
        dataclasses.replace(made.results[0], name=check.name) for check in CHECKS if check.name != "solvable"
    )
    levels = tuple(range(first_steps.levels[1] + 1))
    return dataclasses.replace(made, results=(*made.results, *others), plan=Plan(levels, seeds=1))


def test_without_a_certificate_nothing_is_trained_unless_told_so(
    certificate: Certificate, first_steps: Scenario
) -> None:
    with pytest.raises(
        UsageError, match="no certificate of `first-steps` as it is now was made on this machine"
    ) as told:
        check_certificate(first_steps, PATH, REQUIRED, None)
    assert f"rlve-dsl certify {PATH}" in str(told.value) and "--uncertified" in str(told.value)
    assert check_certificate(first_steps, PATH, OPTIONAL, None) is None
    keep_certificate(certificate)
    found = check_certificate(first_steps, PATH, REQUIRED, None)
    assert found is not None and found.digest == first_steps.digest and len(found.id) == 16


def test_a_certificate_of_another_version_or_with_a_failed_check_does_not_count(
    certificate: Certificate, first_steps: Scenario, tmp_path: Path
) -> None:
    data = certificate.as_json()
    for change, said in (
        ({"scenario": {"digest": "another"}}, "has changed since its certificate"),
        ({"passed": False, "verdict": "1 of 9 checks fail"}, r"does not hold \(1 of 9 checks fail\)"),
        ({"plan": {"levels": [0, 1]}}, "is not of level 2, which training reaches"),
        ({"complete": False}, rf"is incomplete, .*: make them all \(rlve-dsl certify {PATH}\)"),
    ):
        (tmp_path / "certificate.json").write_text(json.dumps({**data, **change}))
        with pytest.raises(UsageError, match=said):
            check_certificate(first_steps, PATH, REQUIRED, tmp_path)
    with pytest.raises(UsageError, match="there is no certificate in"):
        check_certificate(first_steps, PATH, REQUIRED, tmp_path / "nowhere")


def test_certify_keeps_its_certificate_for_train(
    certificate: Certificate, first_steps: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certify", PATH, "--levels", "0..0", "--seeds", "1", "--jobs", "1", "--checks", "solvable"]) == 0
    kept = kept_certificate(first_steps.digest)
    assert kept is not None and not kept.holds, "one check is not all of them"
    assert "the check that was made holds" in capsys.readouterr().out
    keep_certificate(certificate)
    assert main(["certify", PATH, "--levels", "0..0", "--seeds", "1", "--jobs", "1", "--checks", "solvable"]) == 0
    kept = kept_certificate(first_steps.digest)
    assert kept is not None and kept.holds, "a few checks do not take the place of all of them"


def test_the_command_line_says_so(certificate: Certificate, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("trl")
    words = ["train", PATH, "--profile", "cpu", "--set", "certificate=required", "--out", str(tmp_path / "run")]
    assert main(words) == 2
    assert "no certificate of `first-steps`" in capsys.readouterr().err and not (tmp_path / "run").exists()
