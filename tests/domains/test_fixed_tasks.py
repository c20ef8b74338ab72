"""Fixed tasks: lines of a file that say what the user says and which calls solve them; a seed plays one of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.cli import main
from rlve_dsl.diagnostics import Diagnostic
from rlve_dsl.episode import Action, Call, Scenario, record, replay
from rlve_dsl.errors import ScenarioError
from tests.conftest import shipped

CLINIC = Path(__file__).parents[2] / "scenarios" / "examples" / "clinic"
TASKS = [json.loads(line) for line in (CLINIC / "requests.jsonl").read_text(encoding="utf-8").splitlines()]
Line = dict[str, Any]


@pytest.fixture(scope="module")
def clinic() -> Scenario:
    return shipped("examples/clinic/requests.yaml")


@pytest.fixture
def with_tasks(tmp_path: Path) -> Callable[[list[Line] | str], Path]:
    """A copy of the clinic with these tasks; the path of its environment of fixed tasks."""
    shutil.copytree(CLINIC.parents[1], tmp_path / "scenarios")
    folder = tmp_path / "scenarios" / "examples" / "clinic"

    def write(tasks: list[Line] | str) -> Path:
        text = tasks if isinstance(tasks, str) else "".join(json.dumps(task) + "\n" for task in tasks)
        (folder / "requests.jsonl").write_text(text, encoding="utf-8")
        return folder / "requests.yaml"

    return write


def changed(number: int, **more: Any) -> Line:
    """One of the clinic's tasks with other entries."""
    return {**json.loads(json.dumps(TASKS[number])), **more}


def problems(path: Path) -> list[Diagnostic]:
    with pytest.raises(ScenarioError) as raised:
        rlve_dsl.load(path)
    return list(raised.value.diagnostics)


def test_the_oracle_solves_every_task_with_its_calls_and_its_plays_are_replayed_to_the_byte(clinic: Scenario) -> None:
    for level in (0, 5, 12):
        for seed in range(len(TASKS)):
            episode = clinic.reset("requests", level=level, seed=seed)
            assert episode.parts[0].environment.name == TASKS[seed]["task"]
            play(episode, OracleAgent(episode))
            assert episode.outcome is not None and episode.outcome.correct, (level, seed, episode.outcome)
            made = [call for turn in episode.turns if isinstance(turn.action, Action) for call in turn.action.calls]
            wanted = [(f"clinic.{call['name']}", call["arguments"]) for call in TASKS[seed]["calls"]]
            assert [(call.name, call.args) for call in made] == wanted
            text = record(episode)
            assert record(replay(text.splitlines(), clinic)) == text


def test_odd_seeds_never_play_a_task_of_even_seeds(with_tasks: Callable[[list[Line]], Path]) -> None:
    for many in (1, 2, 5, 6):
        task = rlve_dsl.load(with_tasks(TASKS[:many])).compiled.environments["requests"]
        played = [[task.of_seed(seed).name for seed in range(first, 40, 2)] for first in (0, 1)]
        assert set(played[0]).isdisjoint(played[1]) or many == 1
        assert {*played[0], *played[1]} == {line["task"] for line in TASKS[:many]}
        assert [task.of_seed(seed).name for seed in range(many)] == [line["task"] for line in TASKS[:many]]


def test_a_task_begins_the_same_at_every_level_and_seed_that_plays_it(clinic: Scenario) -> None:
    states = [
        clinic.reset("requests", level=level, seed=seed)._store.shop.state.tables
        for level, seed in ((0, 2), (12, 2), (4, 8))
    ]
    assert states[0] == states[1] == states[2]
    ids = {tables.new_id("appointment") for tables in states}
    assert len(ids) == 1, "new ids are the same, so that calls may name them"


def test_another_end_of_the_tables_or_another_answer_is_wrong(clinic: Scenario) -> None:
    booking = Call("clinic.book", {"patient_id": "P301", "slot_id": "S302"})
    other = Call("clinic.book", {"patient_id": "P301", "slot_id": "S301"})
    look = Call("clinic.find_slots", {"specialty": "skin"})
    for calls, answer, right in (
        ((look, booking), "booked", True),
        ((look, booking), "moved", False),
        ((look, other), "booked", False),
        ((look, booking, other), "booked", False),
        ((), "booked", False),
    ):
        episode = clinic.reset("requests", level=12, seed=0)
        outcome = episode.step(Action("", calls, {"outcome": answer})).outcome
        assert outcome is not None and outcome.correct == right, (calls, answer)


def test_what_is_created_may_have_another_id(with_tasks: Callable[[list[Line]], Path]) -> None:
    line = changed(0, calls=[*TASKS[0]["calls"], {"name": "wait", "arguments": {"patient_id": "P301", "specialty": "skin"}},
                             {"name": "wait", "arguments": {"patient_id": "P301", "specialty": "heart"}}])  # fmt: skip
    waits = [Call("clinic.wait", {"patient_id": "P301", "specialty": of}) for of in ("skin", "heart")]
    book = [Call("clinic.find_slots", {"specialty": "skin"}), Call("clinic.book", TASKS[0]["calls"][2]["arguments"])]
    scenario = rlve_dsl.load(with_tasks([line]))
    for calls in ([*book, *waits], [*reversed(waits), *book]):
        episode = scenario.reset("requests", level=12, seed=0)
        outcome = episode.step(Action("", tuple(calls), {"outcome": "booked"})).outcome
        assert outcome is not None and outcome.correct
    episode = scenario.reset("requests", level=12, seed=0)
    outcome = episode.step(Action("", (*book, waits[0]), {"outcome": "booked"})).outcome
    assert outcome is not None and not outcome.correct


def test_a_task_may_say_what_must_hold_instead(with_tasks: Callable[[list[Line]], Path]) -> None:
    wanted = "count(v for v in appointments if v.status == booked) == 1"
    scenario = rlve_dsl.load(with_tasks([changed(0, wanted=wanted)]))
    look = Call("clinic.find_slots", {"specialty": "skin"})
    episode = scenario.reset("requests", level=12, seed=0)
    other = Call("clinic.book", {"patient_id": "P301", "slot_id": "S301"})
    outcome = episode.step(Action("", (look, other), {"outcome": "booked"})).outcome
    assert outcome is not None and outcome.correct
    (found,) = problems(with_tasks([changed(0, wanted="count(appointments) == 2")]))
    assert found.code == "D112" and found.span is not None and found.span.line == 1


def test_the_user_agrees_to_no_call_of_a_tool_that_the_task_does_not_use(clinic: Scenario) -> None:
    episode = clinic.reset("requests", level=0, seed=2)
    episode.step(
        Action(
            "",
            (
                Call("clinic.list_appointments", {"patient_id": "P321"}),
                Call("clinic.find_slots", {"specialty": "general"}),
            ),
        )
    )
    for words, agrees in (
        ("Shall I move the appointment to the morning slot in 8 days?", True),
        ("Shall I cancel the appointment?", False),
    ):
        reply = episode.fork().step(Action(words)).turn.reply
        assert reply is not None and (reply.confirms, reply.refuses) == (agrees, not agrees), reply.text


@pytest.mark.parametrize(
    ("line", "code", "says", "at"),
    [
        (changed(0, calls=[{"name": "bok", "arguments": {}}]), "R205", "no tool `bok`", '"bok"'),
        (changed(0, calls=[{"name": "find_patients", "arguments": {"nam": "x"}}]), "D111", "nam", '{"name": "find_patients"'),
        (changed(2, refused=["cancel"]), "D111", "no call of `cancel` is refused", '"later-please"'),
        (changed(1, refused=[]), "D111", "the call is refused: whether the booking is allowed: no", '{"name": "book"'),
        (changed(0, start={"slot": []}), "R205", "no table `slot`", None),
        (changed(0, start={"slots": [{"slot_id": "S1", "tim": "x"}]}), "R104", "no field `tim`", '"x"'),
        (changed(0, start={"slots": [{"slot_id": "S1", "days_ahead": 2}]}), "D103", "slot S1 needs", '"S1"'),
        (changed(0, start={"slots": [{"slot_id": "S1", "time": "noon"}]}), "D111", "noon", '"noon"'),
        (changed(0, answer={"outcom": "booked"}), "R205", "no field `outcom`", '"booked"'),
        (changed(0, answer={}), "R209", "`outcome` is not given", '"first-visit"'),
        (changed(0, answer={"outcome": "sold"}), "D111", "sold", '"sold"'),
        (changed(0, opening="Hello {who}."), "R101", "no `who`", None),
        (changed(0, fact=1), "S103", "unknown key `fact`", '"fact"'),
    ],
)  # fmt: skip
def test_a_mistake_in_a_line_is_reported_at_its_place(
    with_tasks: Callable[[list[Line]], Path], line: Line, code: str, says: str, at: str | None
) -> None:
    path = with_tasks([TASKS[3], line])
    found = [d for d in problems(path) if d.code == code]
    assert found and says in found[0].message, problems(path)
    span, text = found[0].span, json.dumps(line)
    assert span is not None and span.file.endswith("requests.jsonl") and span.line == 2
    if at is not None:
        shown = text[span.column - 1 :]
        assert shown.startswith((at, at.strip('"'))), shown[:40]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"task": "a", "calls": []}\n{"task": "b" "calls": []}\n', "this line is no JSON: `,` or `}` is expected here"),
        ('{"task": "a", "calls": []}\n{"task": "a", "calls": []}\n', "there are two tasks `a`"),
        ("\n", "there is no task in this file"),
        ('{"task": "a", "task": "b"}\n', "another key"),
        ("[" * 200 + "\n", "nested more than"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_tasks_is_reported(with_tasks: Callable[[str], Path], text: str, says: str) -> None:
    assert any(says in d.message for d in problems(with_tasks(text)))


def test_an_id_that_nothing_tells_is_warned_of(with_tasks: Callable[[list[Line]], Path]) -> None:
    unknown = rlve_dsl.load(with_tasks([changed(0, calls=TASKS[0]["calls"][1:])])).warnings
    assert [d.message for d in unknown if d.code == "D113"] == ["nothing tells an agent the id `P301` before this call"]
    assert not [d for d in rlve_dsl.load(with_tasks(TASKS)).warnings if d.code == "D113"]


def test_commands_play_fixed_tasks(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(CLINIC / "requests.yaml")
    assert main(["validate", path]) == 0
    assert main(["run", path, "--level", "0", "--seed", "3"]) == 0
    assert main(["explain", path]) == 0
    told = capsys.readouterr().out
    assert "Please cancel one of my appointments." in told and "done = the tables are as" in told
