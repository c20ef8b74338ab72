"""`run`, `replay`, `explain` and `schema`: what they print."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl import files
from rlve_dsl.agents import RandomAgent, play
from rlve_dsl.cli import main
from rlve_dsl.cli.explain import page
from rlve_dsl.episode import Action, record
from rlve_dsl.plugins import default_registry
from rlve_dsl.user import Heard, ScriptedUser, Utterance

Run = Callable[..., Any]
ROOT = Path(__file__).parents[2]
PAGES = sorted(path.stem for path in (ROOT / "rlve_dsl" / "explanations").glob("*.md"))


@pytest.mark.parametrize("agent", ["oracle", "random"])
@pytest.mark.parametrize("scenario", ["first-steps", "c1"])
def test_a_recorded_run_replays_byte_for_byte(run: Run, workspace: Path, scenario: str, agent: str) -> None:
    path = f"scenarios/{scenario}.yaml"
    ran = run("run", path, "--level", "5", "--seed", "3", "--agent", agent, "--json")
    assert ran.code == 0 and ran.err == "" and not ran.wrote
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert lines[0]["seed"] == 3 and lines[-1]["outcome"]["correct"] is (agent == "oracle")
    (workspace / "t.jsonl").write_text(ran.out, encoding="utf-8")
    assert run("replay", "t.jsonl", path).out == f"the same {len(lines)} lines\n"


def test_a_recording_is_read_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    played = run("run", "scenarios/first-steps.yaml", "--json").out

    def replayed(content: bytes) -> Any:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        return run("replay", "-", "scenarios/first-steps.yaml")

    assert replayed(played.encode()).out == f"the same {len(played.splitlines())} lines\n"
    wrong = replayed(b"\xff")
    assert (wrong.code, wrong.err) == (2, "rlve-dsl replay: standard input is not UTF-8 text: byte 1 cannot be read\n")


def test_a_recording_without_its_end_is_the_same_as_far_as_it_goes(run: Run, workspace: Path) -> None:
    lines = run("run", "scenarios/first-steps.yaml", "--agent", "oracle", "--json").out.splitlines()

    def replayed(recorded: list[str]) -> str:
        (workspace / "t.jsonl").write_text("\n".join(recorded), encoding="utf-8")
        return run("replay", "t.jsonl", "scenarios/first-steps.yaml").out

    assert replayed(lines[:-1]) == f"the same {len(lines) - 1} lines, without the end of the episode\n"
    assert replayed([*lines, "", "  "]) == f"the same {len(lines)} lines\n"
    both = replayed([*lines[:2], *lines]).splitlines()
    assert both[0].endswith("the same 2 lines, without the end of the episode") and both[1].endswith("lines")


def test_what_a_person_plays_is_recorded_apart_from_what_they_are_asked(
    run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Anything else I should know?\n\n/finish\n"))
    played = run("run", "scenarios/first-steps.yaml", "--env", "cart", "--agent", "human", "--json")
    assert played.code == 0 and "you> " in played.err and "/finish" in played.err
    assert all(json.loads(line) for line in played.out.splitlines())
    (workspace / "played.jsonl").write_text(played.out, encoding="utf-8")
    assert run("replay", "played.jsonl", "scenarios/first-steps.yaml").code == 0


def test_an_episode_that_does_not_pass_shows_with_what_the_oracle_passes(run: Run) -> None:
    of = ("scenarios/first-steps.yaml", "--env", "cart", "--level", "2", "--seed", "1")
    lost, won = run("run", *of, "--agent", "random"), run("run", *of)
    assert "not passed" in lost.out and "the oracle passes with" not in won.out
    added = re.findall(r"^call +(cart\.add.*)$", won.out, re.MULTILINE)
    assert (
        added
        and re.findall(r"^call +(cart\.add.*)$", lost.out.partition("the oracle passes with")[2], re.MULTILINE) == added
    )
    assert re.search(r"^answer ", lost.out.partition("the oracle passes with")[2], re.MULTILINE)


def test_a_chain_says_of_each_request_how_it_ended(run: Run, workspace: Path) -> None:
    shown = run("run", "scenarios/c8.yaml", "--env", "journey", "--level", "8", "--agent", "random").out
    episode = rlve_dsl.load(workspace / "scenarios" / "c8.yaml").reset("journey", level=8, seed=0)
    play(episode, RandomAgent(episode))
    assert episode.outcome is not None and len(episode.outcome.parts) == 4
    rows = [line.split() for line in shown.splitlines() if re.match(r" *[1-4] +\w+ +(correct|wrong|not) ", line)]
    assert [row[:2] for row in rows] == [[str(n), p.environment] for n, p in enumerate(episode.outcome.parts, start=1)]
    assert re.search(r"not passed .*\nrequest +environment +ended +task +lost +because *\n", shown)


@pytest.mark.parametrize("agent", ["oracle", "random"])
def test_a_chain_that_was_recorded_with_less_still_replays(run: Run, workspace: Path, agent: str) -> None:
    ran = run("run", "scenarios/c8.yaml", "--env", "journey", "--level", "4", "--agent", agent, "--json").out
    *lines, last = ran.splitlines()
    ended = json.loads(last)
    for request in ended["outcome"]["parts"]:
        del request["reached"], request["lost"]

    def replayed(end: dict[str, Any]) -> Any:
        (workspace / "t.jsonl").write_text("\n".join([*lines, json.dumps(end)]) + "\n", encoding="utf-8")
        return run("replay", "t.jsonl", "scenarios/c8.yaml")

    assert replayed(json.loads(last)).out == replayed(ended).out == f"the same {len(lines) + 1} lines\n"
    ended["outcome"]["parts"][0]["task"] = 0.5
    changed = replayed(ended)
    assert changed.code == 3 and f"differs at line {len(lines) + 1}: `outcome` was" in changed.err


def test_a_changed_trajectory_says_where_it_differs(run: Run, workspace: Path) -> None:
    lines = run("run", "scenarios/first-steps.yaml", "--json").out
    (workspace / "t.jsonl").write_text(
        lines.replace('"discounted": ', '"discounted": true, "was": ', 1), encoding="utf-8"
    )
    ran = run("replay", "t.jsonl", "scenarios/first-steps.yaml")
    assert (ran.code, ran.out, ran.err) == (3, "", "differs at line 2: `was` is no part of it now\n")


def _in_other_words(line: dict[str, Any], name: str) -> None:
    if name == "message":
        line["messages"][-1]["content"] = "Something else."
    else:
        line[name] = {"opening": "Something else.", "acts": ["thank"], "disclosed": []}[name]


@pytest.mark.parametrize("name", ["opening", "acts", "disclosed", "message"])
def test_words_that_the_scripted_user_does_not_say_are_a_difference(run: Run, workspace: Path, name: str) -> None:
    lines = [json.loads(line) for line in run("run", "scenarios/c1.yaml", "--level", "6", "--json").out.splitlines()]
    key = {"message": "acts"}.get(name, name)
    number = next(n for n, line in enumerate(lines) if line.get(key))
    _in_other_words(lines[number], name)
    (workspace / "t.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    ran = run("replay", "t.jsonl", "scenarios/c1.yaml")
    assert ran.code == 3 and f"differs at line {number + 1}: " in ran.err


def test_what_another_user_said_is_told_to_be_as_recorded(run: Run, workspace: Path) -> None:
    class Wordy(ScriptedUser):
        def respond(self, heard: Heard) -> Utterance:
            said = super().respond(heard)
            return replace(said, text=f"Well. {said.text}", source="custom")

    episode = rlve_dsl.load("scenarios/first-steps.yaml").reset("cart", level=6, seed=1, user=Wordy)
    episode.step(Action("What do you need?"))
    text = record(episode)
    (workspace / "t.jsonl").write_text(text, encoding="utf-8")
    ran = run("replay", "t.jsonl", "scenarios/first-steps.yaml")
    assert ran.code == 0 and ran.out.endswith("; the user, who is not the scripted one, says what was recorded\n")


def test_a_reply_of_the_user_that_does_not_fit_any_more_is_a_difference(run: Run, workspace: Path) -> None:
    lines = [json.loads(line) for line in run("run", "scenarios/c1.yaml", "--level", "6", "--json").out.splitlines()]
    number = next(n for n, line in enumerate(lines) if line.get("acts"))
    lines[number]["effects"] = [
        {"effect": "entity_changed", "how": "remove", "entity": "cart_line", "key": "L1", "field": "", "value": None}
    ]
    (workspace / "t.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    ran = run("replay", "t.jsonl", "scenarios/c1.yaml")
    assert ran.code == 3 and ran.err.startswith(f"differs: turn {number} does not fit the recording: the turn changes")


def test_a_trajectory_of_another_scenario_is_refused(run: Run, workspace: Path) -> None:
    (workspace / "t.jsonl").write_text(run("run", "scenarios/first-steps.yaml", "--json").out, encoding="utf-8")
    ran = run("replay", "t.jsonl", "scenarios/c1.yaml")
    assert ran.code == 2 and "was recorded with `first-steps`, and this is `c1`" in ran.err


def test_each_of_several_trajectories_is_replayed(run: Run, workspace: Path) -> None:
    lines = run("run", "scenarios/first-steps.yaml", "--json").out.splitlines(keepends=True)
    file, count = workspace / "t.jsonl", len(lines)
    file.write_text("".join([*lines, *lines]), encoding="utf-8")
    same = f"on: the same {count} lines\n"
    ran = run("replay", "t.jsonl", "scenarios/first-steps.yaml")
    assert ran.out == f"trajectory 1, from line 1 {same}trajectory 2, from line {count + 1} {same}" and not ran.code
    file.write_text("".join([*lines, *lines[:-1], lines[-1][:50]]), encoding="utf-8")
    ran = run("replay", "t.jsonl", "scenarios/first-steps.yaml")
    assert ran.code == 2 and ran.out == f"trajectory 1, from line 1 {same}"
    assert f"trajectory 2, from line {count + 1} on: line {count} of this trajectory is not JSON" in ran.err


Lines = list[str]


def _changed(line: str, **parts: object) -> str:
    return json.dumps({**json.loads(line), **parts})


SPOILT: dict[str, tuple[Callable[[Lines], Lines], int, str]] = {
    "a cut line": (
        lambda lines: [*lines[:-1], lines[-1][:50]],
        2,
        r"line \d of this trajectory is not JSON: .*its end missing",
    ),
    "a zero": (
        lambda lines: [lines[0], lines[1].replace("a", "\0", 1), *lines[2:]],
        2,
        "line 2 of this trajectory is not JSON: ",
    ),
    "only an end": (lambda lines: lines[-1:], 2, "this is no trajectory: line 1 has no `format`"),
    "a second end": (lambda lines: [*lines, lines[-1]], 2, r"line \d+ stands after the end of this trajectory"),
    "something else": (
        lambda lines: [lines[0], "{}", *lines[1:]],
        2,
        "line 2 of this trajectory is neither a turn nor",
    ),
    "a missing turn": (
        lambda lines: [lines[0], *lines[2:]],
        2,
        "line 2 of this trajectory is turn 2, and turn 1 is wanted",
    ),
    "a list": (lambda lines: [lines[0], "[1]", *lines[1:]], 2, "line 2 of this trajectory is no JSON object"),
    "no level": (
        lambda lines: [_changed(lines[0], level=None), *lines[1:]],
        2,
        "line 1 .* `level` is a whole number, and here .* null",
    ),
    "a level that is true": (
        lambda lines: [_changed(lines[0], level=True), *lines[1:]],
        2,
        "`level` is a whole number, and here",
    ),
    "a seed that is text": (
        lambda lines: [_changed(lines[0], seed="x"), *lines[1:]],
        2,
        '`seed` is a whole number, .* is "x"',
    ),
    "a list for a seed": (
        lambda lines: [_changed(lines[0], seed=[]), *lines[1:]],
        2,
        "`seed` is a whole number, .* is []",
    ),
    "a format that is huge": (
        lambda lines: [_changed(lines[0], format=10**400), *lines[1:]],
        2,
        "is of format 10{59}…, and 3 is",
    ),
    "another version": (
        lambda lines: [_changed(lines[0], version="0"), *lines[1:]],
        3,
        'differs at line 1: `version` was "0" and is',
    ),
    "another name": (
        lambda lines: [_changed(lines[0], scenario="x"), *lines[1:]],
        3,
        'line 1: `scenario` was "x" and is',
    ),
    "a turn without effects": (
        lambda lines: [
            lines[0],
            json.dumps({k: v for k, v in json.loads(lines[1]).items() if k != "effects"}),
            *lines[2:],
        ],
        2,
        "line 2 of this trajectory cannot be read: 'effects' is missing",
    ),
    "an action that is none": (
        lambda lines: [lines[0], _changed(lines[1], action={"tool_calls": 3}), *lines[2:]],
        2,
        "line 2 of this trajectory cannot be read: tool_calls is not a list",
    ),
}


@pytest.fixture(scope="module")
def recorded() -> Lines:
    episode = rlve_dsl.load(ROOT / "scenarios" / "first-steps.yaml").reset("cart", level=2, seed=3)
    episode.step(Action("Hello?"))
    episode.step(Action(answer={}))
    return record(episode).splitlines()


@pytest.mark.parametrize(("change", "code", "message"), SPOILT.values(), ids=SPOILT)
def test_a_spoilt_trajectory_says_which_line_and_what(
    run: Run, workspace: Path, recorded: Lines, change: Callable[[Lines], Lines], code: int, message: str
) -> None:
    (workspace / "t.jsonl").write_text("\n".join(change(recorded)) + "\n", encoding="utf-8")
    ran = run("replay", "t.jsonl", "scenarios/first-steps.yaml")
    assert ran.code == code and ran.out == "" and ran.err.count("\n") == 1
    assert re.search(message.replace("[]", r"\[\]"), ran.err)


@pytest.mark.parametrize(("begin", "end"), [("\ufeff", "\n"), ("", "\r\n")])
def test_a_byte_order_mark_and_other_ends_of_lines_change_nothing(
    run: Run, workspace: Path, recorded: Lines, begin: str, end: str
) -> None:
    (workspace / "t.jsonl").write_bytes((begin + "".join(line + end for line in recorded)).encode())
    assert run("replay", "t.jsonl", "scenarios/first-steps.yaml").out == f"the same {len(recorded)} lines\n"


def test_a_conversation_can_be_read(run: Run) -> None:
    ran = run("run", "scenarios/c1.yaml", "--env", "discovery", "--level", "4", "--seed", "7", "--agent", "oracle")
    assert ran.code == 0 and ran.err == ""
    for words in ("Product discovery", "level 4", "user", "agent", "call", "result", "answer", "passed", "efficiency"):
        assert words in ran.out


def test_a_scenario_is_explained(run: Run) -> None:
    ran = run("explain", "scenarios/c1.yaml", "--level", "6")
    assert ran.code == 0
    for words in ("constraints", "140", "not read here", "7 turns", "catalog.search", "list of product id", "passes when",
                  "0.75 * task", "a sample opening", "system prompt", "You help a shopper"):  # fmt: skip
        assert words in ran.out, words
    assert run("explain", "scenarios/c1.yaml", "--level", "0").out != ran.out


def test_what_is_in_brackets_is_printed_as_it_stands(run: Run, workspace: Path) -> None:
    path = workspace / "scenarios" / "environments" / "cart.yaml"
    text = path.read_text(encoding="utf-8").replace("title: Cart building", 'title: "Cart [bold] building [/]"')
    path.write_text(text.replace("{value}", "[red] {value}"), encoding="utf-8")
    for verb in ("run", "explain"):
        ran = run(verb, "scenarios/first-steps.yaml")
        assert ran.code == 0 and "Cart [bold] building [/]" in ran.out and "[red]" in ran.out


@pytest.mark.parametrize("code", PAGES)
def test_a_code_is_explained(capsys: pytest.CaptureFixture[str], code: str) -> None:
    assert main(["explain", code]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"# {code}: ") and out.rstrip() == page(code)


def test_an_unknown_code_suggests_one(run: Run) -> None:
    assert "there is no diagnostic `R299`; did you mean `R2" in run("explain", "R299").err


def test_schemas_are_printed_written_and_current(run: Run, workspace: Path) -> None:
    vocabulary = default_registry().vocabulary()
    ran = run("schema", "--write", "made")
    assert ran.code == 0 and ran.wrote
    for kind in files.KINDS:
        printed = json.loads(run("schema", kind).out)
        assert printed == files.schema(kind, vocabulary)
        name = f"{kind.lower()}.schema.json"
        assert json.loads((workspace / "made" / name).read_text(encoding="utf-8")) == printed
        shipped = (ROOT / "schemas" / name).read_text(encoding="utf-8")
        assert json.loads(shipped) == printed, "run: rlve-dsl schema --write schemas"


def test_schemas_are_written_into_a_folder_that_is_named(run: Run) -> None:
    ran = run("schema", "--write", "")
    assert (ran.code, ran.err) == (2, "rlve-dsl schema: --write names a folder\n")
