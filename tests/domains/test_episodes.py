"""Episodes in a declared domain: the clinic, from the file to the certificate's building blocks."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, RandomAgent, play
from rlve_dsl.agents.proposing import proposal_in_words
from rlve_dsl.cli import main
from rlve_dsl.episode import Action, Call, Episode, Scenario, record, replay
from rlve_dsl.errors import ScenarioError
from rlve_dsl.rng import Stream
from rlve_dsl.world import TABLES
from tests.conftest import shipped

CLINIC = Path(__file__).parents[2] / "scenarios" / "examples" / "clinic" / "clinic-desk.yaml"
LEVELS = (0, 4, 8, 12)
CHAIN = """\
kind: Environment
name: both
title: Two questions
compose: {of: [cancellation.yaml], count: "2", repeat: true, says: "Request {part}:"}
budget: {turns: "20"}
reward: {task: "mean(p.task for p in parts)"}
correct_when: "all(p.correct for p in parts)"
"""


@pytest.fixture(scope="module")
def clinic() -> Scenario:
    return shipped("examples/clinic/clinic-desk.yaml")


def played(scenario: Scenario, environment: str, level: int, seed: int) -> Episode:
    episode = scenario.reset(environment, level=level, seed=seed)
    play(episode, OracleAgent(episode))
    return episode


@pytest.mark.parametrize("environment", ["appointments", "cancellation"])
def test_the_oracle_passes_and_its_plays_are_replayed_to_the_byte(clinic: Scenario, environment: str) -> None:
    outcomes = set()
    for level in LEVELS:
        for seed in range(6):
            episode = played(clinic, environment, level, seed)
            assert episode.outcome is not None and episode.outcome.correct, (level, seed, episode.outcome)
            text = record(episode)
            assert record(replay(text.splitlines(), clinic)) == text
            outcomes.add(json.loads(text.splitlines()[-2])["action"]["answer"].get("outcome"))
    assert environment == "cancellation" or {"booked", "moved", "waiting"} <= outcomes


def test_levels_of_a_seed_share_their_draws(clinic: Scenario) -> None:
    names = [clinic.reset("appointments", level=level, seed=3).parts[0].names for level in (0, 12)]
    assert names[0]["who"] == names[1]["who"] and names[0]["caller"]["born"] == names[1]["caller"]["born"]
    assert names[0]["caller"]["patient_id"] == names[1]["caller"]["patient_id"]


def test_what_a_world_creates_is_in_the_tables_from_the_start(clinic: Scenario) -> None:
    episode = clinic.reset("appointments", level=6, seed=1)
    names = episode.parts[0].names
    tables = episode._store.shop.state.tables
    assert tables.of("patient").at(names["caller"]["patient_id"]) == names["caller"]
    assert len(tables.of("slot")) == len(names["offered"]) + len(names["more_slots"]) + (names["present"] is not None)
    assert names["slots"] == tables.of("slot") and len(episode._store.shop.journal) == 0


def test_a_start_changes_tables_before_the_first_turn_and_the_goal_sees_it(tmp_path: Path) -> None:
    shutil.copytree(CLINIC.parents[2], tmp_path / "scenarios")
    folder = tmp_path / "scenarios" / "examples" / "clinic"
    file = folder / "cancellation.yaml"
    start = 'start:\n  - {add: caller.balance, by: $7}\n  - {for_each: p in people, do: [{set: p.missed, to: "9"}]}\n'
    start += '  - {create: doctor, record: {name: "\\"Dr. New\\"", specialty: skin}}\n  - {set: created.specialty, to: heart}\n\n'
    text = file.read_text(encoding="utf-8").replace(
        "goal:\n", f"{start}goal:\n  missed: surely(patients[caller.patient_id]).missed\n"
    )
    file.write_text(text, encoding="utf-8")
    episode = rlve_dsl.load(folder / "clinic-desk.yaml").reset("cancellation", level=8, seed=0)
    tables, names = episode._store.shop.state.tables, episode.parts[0].names
    assert {row["missed"] for row in tables.of("patient")} == {9} and names["goal"]["missed"] == 9
    balances = {row["patient_id"]: row["balance"] for row in tables.of("patient")}
    assert balances.pop(names["caller"]["patient_id"]) == 700 and set(balances.values()) == {0}
    assert [row["specialty"] for row in tables.of("doctor") if row["name"] == "Dr. New"] == ["heart"]
    assert len(episode._store.shop.journal) == 0
    file.write_text(text.replace("by: $7}", "by: $7, if: level_of_trouble}"), encoding="utf-8")
    with pytest.raises(ScenarioError, match="there is no `level_of_trouble` here"):
        rlve_dsl.load(folder / "clinic-desk.yaml")


def test_a_field_that_is_a_list_is_made_for_each_item(tmp_path: Path) -> None:
    shutil.copytree(CLINIC.parents[2], tmp_path / "scenarios")
    folder = tmp_path / "scenarios" / "examples" / "clinic"
    for name, old, new in (
        ("clinic-desk.yaml", ", requests.yaml]", "]"),  # its tasks give no such fields
        (
            "clinic.yaml",
            "fields: {name: text, specialty:",
            'fields: {name: text, on: "list of days", rooms: "list of text?", specialty:',
        ),
        (
            "cancellation.yaml",
            'record: {name: "surely(called[n])"',
            'record: {on: {for_each: k in range(n), value: k * 1 day}, name: "surely(called[n])"',
        ),
        (
            "appointments.yaml",
            'record: {name: "surely(called[n])"',
            'record: {on: {for_each: k in range(2), value: k * 1 day}, name: "surely(called[n])"',
        ),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    scenario = rlve_dsl.load(folder / "clinic-desk.yaml")
    rows = scenario.reset("cancellation", level=0, seed=0)._store.shop.state.tables.of("doctor")
    assert [(row["on"], row["rooms"]) for row in rows][:3] == [([], None), ([0], None), ([0, 1], None)]


def test_a_field_of_what_a_world_creates_reads_those_before_it(tmp_path: Path) -> None:
    shutil.copytree(CLINIC.parents[2], tmp_path / "scenarios")
    folder = tmp_path / "scenarios" / "examples" / "clinic"
    file = folder / "cancellation.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count("      balance: $0\n") == 1
    file.write_text(text.replace("balance: $0\n", "balance: missed * $1 + born * $1\n"), encoding="utf-8")
    scenario = rlve_dsl.load(folder / "clinic-desk.yaml")
    names = scenario.reset("cancellation", level=8, seed=0).parts[0].names
    # `born` is a step of the world as well, and keeps that meaning
    assert len(names["people"]) > 1 and "missed" not in names
    assert all(row["balance"] == 100 * (row["missed"] + names["born"]) for row in names["people"])


def test_several_requests_of_a_conversation_share_the_tables(tmp_path: Path) -> None:
    shutil.copytree(CLINIC.parents[2], tmp_path / "scenarios")
    folder = tmp_path / "scenarios" / "examples" / "clinic"
    file = folder / "cancellation.yaml"
    text = (
        file.read_text(encoding="utf-8")
        .replace(", clinic.cancel]", "]")
        .replace(" and count(appointments) == count(diary)", "")
    )
    cut = text[: text.index("  confirm:")] + text[text.index("answer:") :]
    file.write_text(cut, encoding="utf-8")
    (folder / "both.yaml").write_text(CHAIN, encoding="utf-8")
    desk = (folder / "clinic-desk.yaml").read_text(encoding="utf-8")
    (folder / "chain.yaml").write_text(
        desk.replace("[appointments.yaml, cancellation.yaml, requests.yaml]", "[both.yaml]"), encoding="utf-8"
    )
    scenario = rlve_dsl.load(folder / "chain.yaml")
    for seed in range(6):
        episode = scenario.reset("both", level=5, seed=seed)
        tables = episode._store.shop.state.tables
        for part in episode.parts:
            assert tables.of("appointment").at(part.names["target"]["appointment_id"]) == part.names["target"]
            assert part.names["appointments"] == tables.of("appointment")
        play(episode, OracleAgent(episode))
        assert episode.outcome is not None and episode.outcome.correct, seed


def test_a_verdict_of_the_world_is_what_the_tool_says(clinic: Scenario) -> None:
    told = set()
    for seed in range(40):
        episode = clinic.reset("appointments", level=9, seed=seed)
        names = episode.parts[0].names
        if names["booking"] is None:
            continue
        args = {"patient_id": names["caller"]["patient_id"], "slot_id": names["best"]["slot_id"]}
        step = episode.step(
            Action("", (Call("clinic.find_slots", {"specialty": names["specialty"]}), Call("clinic.book", args)))
        )
        refused = step.turn.results[1].refused
        assert (refused is None) == names["booking"]["allowed"] and refused == names["booking"]["reason"]
        told.add(refused is None)
    assert told == {True, False}


def test_forks_go_their_own_ways(clinic: Scenario) -> None:
    episode = clinic.reset("cancellation", level=4, seed=0)
    target = episode.parts[0].names["target"]["appointment_id"]
    fork = episode.fork()
    fork.step(Action("", (Call("clinic.cancel", {"appointment_id": target}),)))
    rows = [e._store.shop.state.tables.of("appointment").at(target) for e in (episode, fork)]
    assert [row["status"] for row in rows if row] == ["booked", "cancelled"]


def test_the_agent_reads_the_words_of_the_domain_and_no_word_of_a_shop(clinic: Scenario) -> None:
    prompt = clinic.reset("appointments", level=2, seed=0).prompt("json")
    assert prompt.startswith(
        "You are the receptionist of a clinic. You help a patient by talking to them and by calling the clinic's tools."
    )
    assert "require confirmation before clinic_move" in prompt
    for word in ("shopper", "store", "cart", "restricted", "product"):
        assert word not in prompt.lower(), word


def test_the_user_agrees_to_the_right_slot_and_not_to_another(clinic: Scenario) -> None:
    heard = set()
    for seed in range(60):
        episode = clinic.reset("appointments", level=0, seed=seed)
        names = episode.parts[0].names
        if names["moving"] is None:
            continue
        episode.step(Action("", (Call("clinic.find_slots", {"specialty": names["specialty"]}),)))
        slots = episode.turns[-1].results[0].value
        for slot in slots:
            asked = episode.fork()
            words = f"{slot['time']} slot in {slot['days_ahead']} day{'s' * (slot['days_ahead'] != 1)}"
            reply = asked.step(Action(f"Shall I move the appointment to the {words}?")).turn.reply
            assert reply is not None
            assert reply.confirms == (slot["slot_id"] == names["best"]["slot_id"]), (seed, words, reply.text)
            heard.add(reply.confirms)
        by_id = {id_: episode.fork().step(Action(f"Shall I move the appointment to slot {id_}?")).turn.reply
                 for id_ in ("S999999", names["best"]["slot_id"])}  # fmt: skip
        assert [reply.confirms for reply in by_id.values() if reply] == [False, True]
    assert heard == {True, False}


def test_random_calls_find_ids_of_the_sorts_that_the_tools_show(clinic: Scenario) -> None:
    known: set[str] = set()
    for seed in range(10):
        episode = clinic.reset("appointments", level=12, seed=seed)
        agent = RandomAgent(episode)
        play(episode, agent)
        known |= agent._shown.known.keys()
    assert "slot" in known


def test_an_id_that_no_tool_has_shown_counts_against_the_answer(clinic: Scenario) -> None:
    episode = clinic.reset("cancellation", level=0, seed=2)
    names = episode.parts[0].names
    answer = {"appointment_id": names["target"]["appointment_id"], "fee": names["price"]["fee"] / 100}
    guessed = episode.fork().step(Action(answer=answer)).outcome
    shown = played(clinic, "cancellation", 0, 2).outcome
    assert guessed is not None and shown is not None and guessed.correct
    term = {t.name: t.value for t in guessed.terms}["hallucination"]
    assert term == -1 and {t.name: t.value for t in shown.terms}["hallucination"] == 0


def test_the_commands_take_a_collection_without_a_catalog(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(CLINIC), str(CLINIC.parent / "clinic.yaml"), str(CLINIC.parent / "policy.yaml")]) == 0
    assert main(["run", str(CLINIC), "--level", "4", "--seed", "1"]) == 0
    assert "passed" in capsys.readouterr().out


def test_beginning_an_episode_shares_the_rows_of_the_domain(clinic: Scenario) -> None:
    one, other = (clinic.reset("cancellation", level=0, seed=seed)._store.shop.provided[TABLES] for seed in (0, 1))
    assert all(one.names[name].base is other.names[name].base for name in one.names)


# What the oracle asks -----------------------------------------------------------------------------------------------


def test_the_user_is_not_named_to_themselves(clinic: Scenario) -> None:
    """The clinic's counterpart is a patient, and `patient` is an entity."""
    episode = clinic.reset("appointments", level=6, seed=0)
    patient, slot = episode.table("patient")[0], episode.table("slot")[0]
    beside = Call("clinic.book", {"patient_id": patient["patient_id"], "slot_id": slot["slot_id"]})
    alone = Call("clinic.list_appointments", {"patient_id": patient["patient_id"]})
    (name,) = episode.named_in(beside)
    assert name.startswith(f"{slot['time']} slot in ")
    assert episode.named_in(alone) == ("you",)


def test_a_domain_whose_counterpart_is_no_entity_names_everybody(tmp_path: Path) -> None:
    shutil.copytree(CLINIC.parents[2], tmp_path / "scenarios")
    desk = tmp_path / "scenarios" / "examples" / "clinic"
    source = (desk / "clinic.yaml").read_text(encoding="utf-8")
    (desk / "clinic.yaml").write_text(source.replace("counterpart: patient", "counterpart: caller"), encoding="utf-8")
    episode = rlve_dsl.load(desk / "clinic-desk.yaml").reset("appointments", level=6, seed=0)
    patient, slot = episode.table("patient")[0], episode.table("slot")[0]
    call = Call("clinic.book", {"patient_id": patient["patient_id"], "slot_id": slot["slot_id"]})
    assert episode.named_in(call)[0] == patient["name"] and len(episode.named_in(call)) == 2


@pytest.mark.parametrize(
    ("phrase", "names", "said"),
    [
        ("rent {}", ["Alba GT"], "rent the Alba GT"),
        ("open {}", ["the box"], "open the box"),
        ("open the {}", ["large box"], "to open the large box."),
        ("open the {}", ["the box"], "to open the box."),
        ("check {} in", ["you"], "check you in"),
        ("put you on the list", ["you"], "put you on the list"),
        ("put {} in", [], "put it in"),
    ],
)
def test_how_a_proposal_names_things(clinic: Scenario, phrase: str, names: list[str], said: str) -> None:
    tool = replace(clinic.reset("appointments", level=0, seed=0).toolset["clinic.book"], says=(phrase,))
    assert said in proposal_in_words(tool, names, Stream(1))
