"""What the user says to calls and refusals: reactions, `confirm` and measures read the calls so far as `tried`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.episode import Action, Call, Episode, Scenario, record, replay
from rlve_dsl.errors import ScenarioError

CLINIC = Path(__file__).parents[2] / "scenarios" / "examples" / "clinic"
REACTIONS = """\
  reactions:
    - let: {no: "first(c for c in tried if c.tool == \\"clinic.book\\" and c.refused)"}
      when: no is known
      act: correct
      says: "You say no, as {surely(no.reason)}? Then put me on the waiting list."
    - for_each: c in [c for c in tried if c.tool == "clinic.book" and not c.refused]
      when: "any(x.slot_id != best.slot_id for x in c.about if x.slot_id is known)"
      act: correct
      says: That is not the slot that I want.
  confirm:
    - before: clinic.wait
      when: 'not any(c.refused for c in tried)'
      says: "You have not even tried."
"""


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    folder = tmp_path_factory.mktemp("clinic")
    shutil.copytree(CLINIC.parents[1], folder / "scenarios")
    file = folder / "scenarios" / "examples" / "clinic" / "appointments.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count("  confirm:\n") == 1
    file.write_text(
        text.replace("  confirm:\n", REACTIONS).replace(
            "measures:\n", 'measures:\n  refusals: "count([c for c in tried if c.refused])"\n'
        ),
        encoding="utf-8",
    )
    return rlve_dsl.load(file.parent / "clinic-desk.yaml")


def bookings(clinic: Scenario, *, allowed: bool) -> list[Episode]:
    """Episodes in which a booking is allowed, or is not."""
    found = [clinic.reset("appointments", level=0, seed=seed) for seed in range(150)]
    return [e for e in found if (b := e.parts[0].names["booking"]) is not None and b["allowed"] == allowed]


def book(episode: Episode, slot_id: str, words: str) -> str:
    """What the user replies to a booking of this slot."""
    names = episode.parts[0].names
    look = Call("clinic.find_slots", {"specialty": names["specialty"]})
    call = Call("clinic.book", {"patient_id": names["caller"]["patient_id"], "slot_id": slot_id})
    reply = episode.step(Action(words, (look, call))).turn.reply
    return reply.text if reply is not None else ""


def test_a_refusal_is_reacted_to_with_its_reason_and_said_once(clinic: Scenario) -> None:
    episodes = bookings(clinic, allowed=False)
    assert episodes
    for episode in episodes:
        names = episode.parts[0].names
        reply = book(episode, names["best"]["slot_id"], "I am afraid that does not work.")
        assert f"as {names['booking']['reason']}? Then put me on the waiting list." in reply, reply
        again = episode.step(Action("Let me see.")).turn.reply
        assert again is not None and "waiting list" not in again.text
        text = record(episode)
        assert record(replay(text.splitlines(), clinic)) == text


def test_a_call_that_is_made_is_seen_with_what_it_is_about(clinic: Scenario) -> None:
    said = set()
    for episode in bookings(clinic, allowed=True):
        names = episode.parts[0].names
        for slot in names["suiting"]:
            reply = book(episode.fork(), slot["slot_id"], "It is done.")
            other = slot["slot_id"] != names["best"]["slot_id"]
            assert ("not the slot that I want" in reply) == other, reply
            said.add(other)
    assert said == {True, False}


def test_confirm_and_measures_see_the_calls_so_far(clinic: Scenario) -> None:
    episode = bookings(clinic, allowed=False)[0]
    asked = episode.fork().step(Action("Shall I put you on the waiting list?")).turn.reply
    assert asked is not None and asked.refuses
    book(episode, episode.parts[0].names["best"]["slot_id"], "No.")
    asked = episode.step(Action("Shall I put you on the waiting list?")).turn.reply
    assert asked is not None and asked.confirms
    episode.step(Action(answer={"outcome": "refused", "fee": 0}))
    assert episode.parts[0].measured["refusals"] == 1


def test_a_fork_has_its_own_calls(clinic: Scenario) -> None:
    episode = bookings(clinic, allowed=False)[0]
    fork = episode.fork()
    book(fork, episode.parts[0].names["best"]["slot_id"], "No.")
    assert len(fork._store.state_names["tried"]) == 2 and episode._store.state_names["tried"] == []


def test_tried_is_a_name_of_the_language(tmp_path: Path) -> None:
    shutil.copytree(CLINIC.parents[1], tmp_path / "scenarios")
    file = tmp_path / "scenarios" / "examples" / "clinic" / "appointments.yaml"
    text = file.read_text(encoding="utf-8").replace("  - let: soon\n", "  - let: tried\n", 1)
    file.write_text(text.replace("soon * 1 day", "tried * 1 day"), encoding="utf-8")
    with pytest.raises(ScenarioError, match="`tried` is"):
        rlve_dsl.load(file.parent / "clinic-desk.yaml")
