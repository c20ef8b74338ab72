"""Agents, checks and probes of plugins that give something else than they should: a sentence, and a certificate all the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rlve_dsl.cli import main

HERE = Path(__file__).parent / "playing"

CHECK = """
from rlve_dsl.certify import Check
from rlve_dsl.hookspecs import hookimpl


def look(case, plan):
    {looks}


def judge(scenario, plan, seen):
    {judges}


ODD = Check("odd", ("tea.odd",), "nothing is odd", judge, look)


@hookimpl
def rlve_checks():
    return [ODD]
"""

PROBE = """
from rlve_dsl.certify import Probe
from rlve_dsl.episode import Action
from rlve_dsl.hookspecs import hookimpl


class Rude(Exception):
    def __str__(self):
        raise ValueError("no words")


class Crash:
    def act(self, observation):
        raise Rude()


def attempt(case):
    {does}


@hookimpl
def rlve_probes():
    return [Probe("odd", "is odd", attempt, {kind!r})]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(HERE / "box.yaml", tmp_path)
    shutil.copy(HERE / "sound.src", tmp_path / "sound.py")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def certified(folder: Path, source: str, checks: str, *more: str) -> list[str]:
    (folder / "tea.py").write_text(source, encoding="utf-8")
    command = ["certify", "box.yaml", "--levels", "0", "--seeds", "1", "--jobs", "1", "--checks", checks, *more]
    return [*command, "--plugin", "sound.py", "--plugin", "tea.py"]


JUDGES = [
    ("return True", "check `odd` of tea gave True, and its result is wanted: `return CHECK.result(findings=...)`"),
    ("pass", "check `odd` of tea gave None, and its result is wanted: `return CHECK.result(findings=...)`"),
    (
        "return ODD.result(findings=['oh'])",
        "check `odd` of tea gave the finding 'oh', and a `rlve_dsl.certify.Finding` is",
    ),
    ("return ODD.result(notes=[3 + 4j])", "check `odd` of tea gave a result that cannot be written as JSON: TypeError"),
    ("import sys; sys.exit(0)", "check `odd` of tea: it ends the program with sys.exit(0)"),
]


@pytest.mark.parametrize(("judges", "said"), JUDGES)
def test_what_a_check_judges_wrongly_is_a_finding(
    folder: Path, judges: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(certified(folder, CHECK.format(looks="yield 1", judges=judges), "odd,solvable", "--json")) == 3
    results = {result["name"]: result for result in json.loads(capsys.readouterr().out)["checks"]}
    assert results["odd"]["findings"][0]["text"].startswith(said) and results["solvable"]["passed"]


def test_a_finding_about_no_environment_begins_with_its_check(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(certified(folder, CHECK.format(looks="yield 1", judges="return True"), "odd")) == 3
    assert " odd: check `odd` of tea gave True" in " ".join(capsys.readouterr().out.split())


def test_a_check_that_has_seen_nothing_does_not_hold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(certified(folder, CHECK.format(looks="return ()", judges="return ODD.result()"), "odd", "--json")) == 3
    (result,) = json.loads(capsys.readouterr().out)["checks"]
    assert result["findings"][0]["text"].startswith("check `odd` of tea: nothing was looked at: it has seen nothing")


def test_a_check_that_looks_at_the_scenario_alone_may_hold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = CHECK.format(looks="return ()", judges="return ODD.result()").replace("judge, look)", "judge)")
    assert main(certified(folder, source, "odd", "--json")) == 0
    assert json.loads(capsys.readouterr().out)["passed"]


def test_what_a_check_sees_is_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(certified(folder, CHECK.format(looks="return None", judges="return ODD.result()"), "odd", "--json")) == 3
    )
    odd, plugins = json.loads(capsys.readouterr().out)["checks"]
    assert odd["passed"] and plugins["findings"][0]["text"] == (
        "check `odd` of tea: it gave None, and a list is wanted, or `yield` for each item"
    )


def test_a_result_has_the_name_of_its_check(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    judges = "return Check('solvable', ('tea.other',), 'all is well', judge).result()"
    assert main(certified(folder, CHECK.format(looks="yield 1", judges=judges), "odd", "--json")) == 0
    (result,) = json.loads(capsys.readouterr().out)["checks"]
    assert (result["name"], result["ids"], result["promise"]) == ("odd", ["tea.odd"], "nothing is odd")


SPOILING = """
from rlve_dsl.certify import Check, Finding, Probe
from rlve_dsl.hookspecs import hookimpl


def spoil(case, plan=None):
    play = case.play_script(())
    case.oracle.turns.clear()
    case.opened.turns.append(None)
    case.sibling(1).oracle.turns.clear()
    case.oracle = None
    return (1,) if plan else (play,)


def count(case, plan):
    yield len(case.oracle.turns), len(case.opened.turns)


def judge(scenario, plan, seen):
    return COUNTS.result(findings=[Finding("", "oracle", str(one)) for one in seen if one[0] == 0 or one[1] > 0])


SPOILS = Check("a_spoiler", ("tea.spoils",), "it spoils what it is given", lambda s, p, seen: SPOILS.result(), spoil)
COUNTS = Check("counts", ("tea.counts",), "the oracle takes turns", judge, count)


@hookimpl
def rlve_checks():
    return [SPOILS, COUNTS]


@hookimpl
def rlve_probes():
    return [Probe("spoiler", "spoils what it is given", spoil, "wrong")]
"""


def test_what_a_check_or_a_probe_changes_no_other_check_sees(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = certified(folder, SPOILING, "solvable,floor,bounded,a_spoiler,counts", "--seeds", "2", "--json")
    assert main(command) == 0, capsys.readouterr().out
    results = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert [*results] == ["solvable", "floor", "bounded", "a_spoiler", "counts"]
    assert not any(check["findings"] for check in results.values())


def test_a_worker_that_a_plugin_ends_is_told_with_what_was_at_hand_and_the_plugin(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = "__import__('os')._exit(0) if (case.level, case.seed) == (0, 1) else None; yield 1"
    command = certified(folder, CHECK.format(looks=looks, judges="return ODD.result()"), "odd")
    assert main([*command, "--seeds", "11", "--jobs", "2"]) == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "a worker process ended in the middle of its work, after " in said
    assert "At hand: `box` at level 0, seeds 0 to 9" in said
    assert "the scenario uses `sound` and `tea`, which may end the process" in said


PLAYS = [
    ("return None", "probe `odd` of tea: it gave None, and a list is wanted, or `yield` for each item"),
    ("yield 5", "probe `odd` of tea gave 5, and plays are wanted: `yield case.play(...)`"),
    (
        "return 5; yield",
        (
            "probe `odd` of tea: no play was made: it has tried nothing in any case; where there is something to do, let it "
            "`yield case.play(...)`"
        ),
    ),
    ("yield case.play(lambda episode: Crash())", "playing it raised an error: Rude (tea.py, line 14)"),
]


ENDLESS = "it gave more than {most} items, and one call may give at most {most}: does it end?"


def test_a_probe_that_does_not_end_is_a_finding(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    does = "\n    while True:\n        yield case.play_script(())"
    assert main(certified(folder, PROBE.format(does=does, kind="wrong"), "floor", "--json")) == 3
    checks = json.loads(capsys.readouterr().out)["checks"]
    found = [finding["text"] for check in checks for finding in check["findings"]]
    assert "probe `odd` of tea: " + ENDLESS.format(most="100") in found


def test_a_check_that_does_not_end_is_a_finding(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = CHECK.format(looks="\n    while True:\n        yield 1", judges="return ODD.result()")
    assert main(certified(folder, source, "odd", "--json")) == 3
    checks = json.loads(capsys.readouterr().out)["checks"]
    found = [finding["text"] for check in checks for finding in check["findings"]]
    assert "check `odd` of tea: " + ENDLESS.format(most="1,000") in found


@pytest.mark.parametrize(("does", "said"), PLAYS)
def test_what_a_probe_does_wrongly_is_a_finding(
    folder: Path, does: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(certified(folder, PROBE.format(does=does, kind="wrong"), "floor", "--json")) == 3
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert said in [finding["text"] for check in checks for finding in check["findings"]]


def test_a_probe_of_no_kind_cannot_be_loaded(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(certified(folder, PROBE.format(does="return ()", kind="sneaky"), "floor")) == 2
    said = "probe `odd`: there is no kind `sneaky`; there are uninformed, wrong, padded (tea.py, line 23)"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("makes", "said"),
    [
        ("lambda episode: 5", "agent `odd` of tea gave 5, and an object with `act(observation)` is wanted"),
        ("lambda: None", "agent `odd` of tea: TypeError: "),
    ],
)
def test_an_agent_that_cannot_act_is_named(
    folder: Path, makes: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tea.py").write_text(
        "from rlve_dsl.agents import AgentKind\nfrom rlve_dsl.hookspecs import hookimpl\n\n\n"
        f"@hookimpl\ndef rlve_agents():\n    return [AgentKind('odd', {makes}, 'is odd')]\n",
        encoding="utf-8",
    )
    assert main(["run", "box.yaml", "--agent", "odd", "--plugin", "sound.py", "--plugin", "tea.py"]) == 3
    assert said in capsys.readouterr().err
