"""Rules of conduct over kinds of tools: any change, one of several steps, once for each thing; and rules that only count."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.cli import main
from rlve_dsl.diagnostics import Diagnostic
from rlve_dsl.episode import Action, Call, Episode
from rlve_dsl.errors import ScenarioError

CLINIC = Path(__file__).parents[2] / "scenarios" / "examples" / "clinic"
LOOK = Call("clinic.list_appointments", {"patient_id": "P331"})
CANCEL = Call("clinic.cancel", {"appointment_id": "A332"})
OTHER = Call("clinic.cancel", {"appointment_id": "A331"})
PLAN = Call("clinic.cancelling_fee", {"appointment_id": "A332"})


def clinic(tmp_path: Path, conduct: str, enforce: str = "") -> Path:
    """A copy of the clinic with these rules of conduct; its written requests."""
    shutil.copytree(CLINIC.parents[1], tmp_path / "scenarios")
    folder = tmp_path / "scenarios" / "examples" / "clinic"
    policy = folder / "policy.yaml"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text[: text.index("conduct: |")] + f"{enforce}conduct: |\n  {conduct}\n", encoding="utf-8")
    return folder / "requests.yaml"


def begun(path: Path) -> Episode:
    """The request to cancel an appointment."""
    return rlve_dsl.load(path).reset("requests", level=12, seed=3)


def violations(episode: Episode) -> list[str]:
    found: list[str] = episode._store.conduct_names["violations"]
    return found


def problems(path: Path) -> list[Diagnostic]:
    with pytest.raises(ScenarioError) as raised:
        rlve_dsl.load(path)
    return list(raised.value.diagnostics)


def test_a_rule_about_any_change_is_about_every_tool_that_changes_something(tmp_path: Path) -> None:
    rule = "require clinic.find_patients before any change"
    episode = begun(clinic(tmp_path, rule))
    episode.step(Action("", (LOOK, PLAN)))
    assert violations(episode) == []
    episode.step(Action("", (CANCEL,)))
    assert violations(episode) == [rule]
    kept = begun(tmp_path / "scenarios" / "examples" / "clinic" / "requests.yaml")
    kept.step(Action("", (Call("clinic.find_patients", {"name": "Dev Patel"}), CANCEL, OTHER)))
    assert violations(kept) == [] and rule.replace("clinic.", "clinic_") in kept.prompt("json")


def test_one_of_several_steps_is_enough(tmp_path: Path) -> None:
    rule = "require one of clinic.list_appointments, clinic.cancelling_fee before clinic.cancel"
    path = clinic(tmp_path, rule)
    for before, wrong in (((LOOK,), 0), ((PLAN,), 0), ((), 1)):
        episode = begun(path)
        episode.step(Action("", (*before, CANCEL)))
        assert len(violations(episode)) == wrong, before
    for level in (0, 12):
        episode = rlve_dsl.load(path).reset("requests", level=level, seed=3)
        outcome = play(episode, OracleAgent(episode))
        assert outcome.correct and not violations(episode)


def test_a_second_call_for_one_thing_is_forbidden_and_ends_the_episode(tmp_path: Path) -> None:
    episode = begun(clinic(tmp_path, "forbid clinic.cancelling_fee twice for one appointment_id"))
    asked = Call("clinic.cancelling_fee", {"appointment_id": "A331"})
    assert episode.step(Action("", (PLAN, asked))).outcome is None
    outcome = episode.step(Action("", (PLAN,))).outcome
    assert outcome is not None and outcome.termination == "forbidden"


def test_rules_that_are_not_enforced_only_count(tmp_path: Path) -> None:
    rule = "forbid clinic.cancel when doctor.specialist"
    for enforce, ends in (("", True), ("enforce: false\n", False)):
        folder = tmp_path / ("counts" if enforce else "ends")
        episode = begun(clinic(folder, rule, enforce))
        outcome = episode.step(Action("", (LOOK, OTHER))).outcome
        assert (outcome is not None and outcome.termination == "forbidden") == ends
        assert ends or violations(episode) == [rule]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("forbid clinic.cancel twice for one appointment", "`clinic.cancel` takes no `appointment`"),
        ("require one of clinic.look, clinic.book before clinic.cancel", "there is no tool `clinic.look`"),
        ("require clinic.book before any chance", "`when` is missing before `chance`"),
    ],
)
def test_a_mistake_in_a_rule_is_reported(tmp_path: Path, rule: str, says: str) -> None:
    found = problems(clinic(tmp_path, rule))
    assert any(says in d.message or says in d.label for d in found), found


def test_the_rules_are_formatted_as_they_are_written(tmp_path: Path) -> None:
    rules = "require one of clinic.book, confirmation before any change\n  forbid clinic.cancel twice for one appointment_id"
    path = clinic(tmp_path, rules).with_name("policy.yaml")
    before = path.read_text(encoding="utf-8")
    assert main(["fmt", str(path)]) == 0
    assert rules in before and rules in path.read_text(encoding="utf-8")
