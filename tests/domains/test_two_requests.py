"""Two requests of one conversation that change the same table: they are drawn about different entities."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import ScenarioError

CLINIC = Path(__file__).parents[2] / "scenarios" / "examples" / "clinic"
BOTH = """\
kind: Environment
name: both
title: Two
compose: {of: [one.yaml, two.yaml], count: "2", says: "Request {part}:"}
budget: {turns: "24"}
reward: {task: "mean(p.task for p in parts)"}
correct_when: "all(p.correct for p in parts)"
"""
ONE = """\
kind: Environment
name: NAME
title: Calling off
domain: clinic.yaml
brief: A patient wants to cancel an appointment.
tools: [clinic.list_appointments, clinic.cancel]
world:
  - let: doctor_of_all
    create: doctor
    record: {name: "\\"Dr. Abebe\\"", specialty: general}
  - let: who
    create: patient
    record: {name: "\\"Ana Diaz\\"", born: "1980", referral: "true", missed: "0", balance: $0}
  - let: slots_made
    for_each: n in range(4)
    create: slot
    record: {doctor_id: doctor_of_all.doctor_id, days_ahead: (n + 3) * 1 day, time: morning, taken: "true"}
  - let: visits
    for_each: s in slots_made
    create: appointment
    record: {patient_id: who.patient_id, slot_id: s.slot_id, status: booked}
  - let: TARGET
    sample_choice: {of: visits}
CHANGES
goal:
  appointment_id: TARGET.appointment_id
user:
  opening: I want to call something off.
  facts:
    - fact: card
      value: who.patient_id
      says: "I am patient {value}."
    - fact: visit
      value: TARGET.appointment_id
      says: "It is appointment {value}."
answer: {FIELD: {type: text, says: what was done}}
measures:
  called_off: surely(appointments[TARGET.appointment_id]).status == cancelled
  others: "all(x.status == booked or x.appointment_id in claimed for x in appointments if x.appointment_id != TARGET.appointment_id)"
reward: {task: "2 * score(called_off and others) - 1"}
correct_when: called_off and others
solution:
  - let: seen
    call: clinic.list_appointments
    with: {patient_id: said.card.value}
  - let: gone
    call: clinic.cancel
    with: {appointment_id: "surely(first(v.appointment_id for v in seen if v.appointment_id == said.visit.value))"}
  - finish: {FIELD: gone.status}
"""


def desk(tmp_path: Path, changes: str = "changes: [TARGET]") -> Path:
    """A collection of a chain of two environments of one domain; `changes` stands in both."""
    shutil.copytree(CLINIC.parents[1], tmp_path / "scenarios")
    folder = tmp_path / "scenarios" / "examples" / "clinic"
    for name, target in (("one", "target"), ("two", "other_target")):
        text = ONE.replace("CHANGES", changes).replace("NAME", name).replace("TARGET", target)
        (folder / f"{name}.yaml").write_text(text.replace("FIELD", f"status_{name}"), encoding="utf-8")
    (folder / "both.yaml").write_text(BOTH, encoding="utf-8")
    text = (folder / "clinic-desk.yaml").read_text(encoding="utf-8")
    (folder / "chain.yaml").write_text(
        text.replace("[appointments.yaml, cancellation.yaml, requests.yaml]", "[both.yaml, one.yaml]").replace(
            "wordings: [../../wordings/common.yaml, wordings-clinic.yaml, wordings-appointments.yaml]\n", ""
        ),
        encoding="utf-8",
    )
    return folder / "chain.yaml"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return rlve_dsl.load(desk(tmp_path_factory.mktemp("clinic")))


def test_both_requests_are_about_different_entities_of_one_table(both: Scenario) -> None:
    for seed in range(20):
        episode = both.reset("both", level=4, seed=seed)
        names = [part.names for part in episode.parts]
        targets = [n.get("target", n.get("other_target"))["appointment_id"] for n in names]
        assert targets[0] != targets[1] and names[0]["who"] == names[1]["who"]
        assert [n["claimed"] for n in names] == [[targets[1]], [targets[0]]]
        outcome = play(episode, OracleAgent(episode))
        assert outcome.correct, seed


def test_a_request_that_is_alone_has_nothing_elsewhere(both: Scenario) -> None:
    assert both.reset("one", level=0, seed=0).parts[0].names["claimed"] == []


def test_without_changes_two_requests_never_write_one_domain(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="only 1 of the environments go together"):
        rlve_dsl.load(desk(tmp_path, ""))


def test_what_changes_is_an_entity(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"`who.name` is text, and only entities change"):
        rlve_dsl.load(desk(tmp_path, "changes: [who.name]"))


def test_a_chain_by_itself_has_the_parts_of_the_collection_beside_it(tmp_path: Path) -> None:
    scenario = rlve_dsl.load(desk(tmp_path).with_name("both.yaml"))
    assert scenario.environments == ("both",) and scenario.spec.policy is not None
    assert scenario.spec.policy.text == "policy.yaml" and scenario.spec.catalog is None
