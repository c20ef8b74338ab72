"""What the policy decides: asked for by worlds and solutions over facts that they give, and told by tools."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.diagnostics import render_text
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import ScenarioError
from tests.domains.conftest import BOOKS, LENDING, MEMBERS, compiled, rules, shop_of

CLINIC = Path(__file__).parents[2] / "scenarios" / "examples" / "clinic"
WORLD = """\
  - let: late
    decided:
      decision: cancelling_fee
      given:
        patient.missed: caller.missed
        doctor.specialist: surely(specialties[0]) != general
        appointment.days_ahead: surely(first(booked_slots)).days_ahead

goal:
"""
SOLUTION = """\
  - let: worked_out
    decided:
      decision: cancelling_fee
      given:
        patient.missed: "0"
        doctor.specialist: meant.specialty != general
        appointment.days_ahead: meant.days_ahead
  - finish: {appointment_id: quoted.appointment_id, fee: surely(worked_out)}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the clinic's files."""
    shutil.copytree(CLINIC.parents[1], tmp_path / "scenarios")
    return tmp_path / "scenarios" / "examples" / "clinic"


def edited(file: Path, *edits: tuple[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def loaded(folder: Path) -> Scenario:
    return rlve_dsl.load(folder / "clinic-desk.yaml")


def test_a_world_asks_the_policy_over_facts_that_it_gives(folder: Path) -> None:
    edited(folder / "cancellation.yaml", ("goal:\n", WORLD))
    scenario, fees = loaded(folder), set()
    for seed in range(30):
        names = scenario.reset("cancellation", level=6, seed=seed).parts[0].names
        assert names["late"] == names["price"]["fee"], seed
        fees.add(names["late"])
    assert len(fees) > 3


def test_a_solution_asks_the_policy_over_what_was_read_and_said(folder: Path) -> None:
    edited(
        folder / "cancellation.yaml",
        ("  - finish: {appointment_id: quoted.appointment_id, fee: quoted.fee}\n", SOLUTION),
        ('missed: {sample_choice: {of: "[0, 0, 2, 3]"}}', 'missed: "0"'),
    )
    scenario = loaded(folder)
    for level in (0, 6, 12):
        for seed in range(10):
            episode = scenario.reset("cancellation", level=level, seed=seed)
            play(episode, OracleAgent(episode))
            assert episode.outcome is not None and episode.outcome.correct, (level, seed)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("decision: cancelling_fee", "decision: canceling_fee", "did you mean `cancelling_fee`?"),
        ("        patient.missed: caller.missed", "        patient.mised: caller.missed", "did you mean `patient.missed`?"),
        ("patient.missed: caller.missed", "patient.missed: caller.name", "is text, and cannot supply `patient.missed`"),
        ("patient.missed: caller.missed", "patient.missed: caler.missed", "there is no `caler` here"),
        ("    decided:\n", "    value: \"1\"\n    decided:\n", "found `value` and `decided`"),
    ],
)  # fmt: skip
def test_a_mistake_in_what_is_asked_is_reported(folder: Path, old: str, new: str, says: str) -> None:
    edited(folder / "cancellation.yaml", ("goal:\n", WORLD.replace(old, new)))
    with pytest.raises(ScenarioError) as raised:
        loaded(folder)
    assert says in render_text(raised.value.diagnostics, raised.value.sources)


def test_what_is_decided_without_all_facts_may_be_unknown(folder: Path) -> None:
    left_out = WORLD.replace("        patient.missed: caller.missed\n", "")
    edited(folder / "cancellation.yaml", ("goal:\n", f"{left_out}  late: late + $1\n"))
    with pytest.raises(ScenarioError, match="may be unknown"):
        loaded(folder)


def test_a_tool_tells_what_the_policy_decides_without_refusing() -> None:
    asking = LENDING.replace(
        "  swap:\n",
        "  ask:\n    says: Tell whether a member may borrow a book.\n    takes: {member_id: member id, book_id: book id}\n"
        '    let: {m: "members[member_id]", b: "books[book_id]"}\n'
        "    rulings: {may: lending_allowed, price: deposit}\n    gives: {may: may, price: price}\n  swap:\n",
    )
    for governance, told in ((rules(), [(True, 500), (False, 0)]), (None, [(None, None), (None, None)])):
        domain, found = compiled(asking, governance)
        assert domain is not None and not found, found
        shop = shop_of(domain, {"members": MEMBERS, "books": BOOKS}, governance)
        tool = domain.tools["lending.ask"]
        answers = [tool.call(shop, member_id=who, book_id=what) for who, what in (("m1", "b1"), ("m2", "b2"))]
        assert [(answer["may"], answer["price"]) for answer in answers] == told
        assert [tool.encode(answer) for answer in answers] and not len(shop.journal)
    wrong, found = compiled(asking.replace("may: lending_allowed", "may: lending_alowed"), rules())
    assert wrong is None and "lending_alowed" in found[0].message
