"""Plugins that fail while they are used: `playing/x.src`, and in `playing/x.txt` the sentence that names the primitive and its plugin."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from rlve_dsl.cli import main
from rlve_dsl.errors import PluginFault
from rlve_dsl.plugins import guard, plugin_module, registry
from rlve_dsl.testing import check_plugin
from tests.conftest import collection

HERE = Path(__file__).parent / "playing"
BOX = "boxes.yaml"  # a small catalog and no policy: quick to compile
CASES = sorted(path.stem for path in HERE.glob("*.txt"))
AT_PLAY = sorted(case for case in CASES if case.startswith(("tool", "event")))
"""What no level that the compiler tries shows."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(HERE / "box.yaml", tmp_path)
    collection(tmp_path, "boxes", "box.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plugin(folder: Path, case: str) -> list[str]:
    shutil.copy(HERE / f"{case}.src", folder / f"{case}.py")
    return ["--plugin", f"{case}.py"]


def said(case: str) -> str:
    return (HERE / f"{case}.txt").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("case", CASES)
def test_what_fails_is_one_sentence_and_exit_3(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", BOX, "--json", *plugin(folder, case)]) == 3
    out, err = capsys.readouterr()
    assert said(case) in err and "Traceback" not in err and out == ""


@pytest.mark.parametrize("case", sorted(set(CASES) - set(AT_PLAY)))
def test_what_the_compiler_meets_is_a_diagnostic(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", BOX, *plugin(folder, case)]) == 3
    out = capsys.readouterr().out
    assert f"error[R218]: at level 0 of `box`: {said(case)}" in out and "box.yaml:" in out


@pytest.mark.parametrize("case", AT_PLAY)
def test_a_certificate_is_made_with_a_finding(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["certify", BOX, "--levels", "0", "--seeds", "1", "--jobs", "1", "--checks", "solvable", "--json"]
    assert main([*command, *plugin(folder, case)]) == 3
    certificate = json.loads(capsys.readouterr().out)
    assert said(case) in json.dumps([check["findings"] for check in certificate["checks"]], ensure_ascii=False)
    (used,) = certificate["plugins"]
    assert used["plugin"] == case and len(used["digest"]) == 64
    assert used["uses"]["rlve_tools"] == ["box.look"] and used["uses"]["rlve_events"] == ["take"]


def test_a_sound_plugin_is_played_and_prints_to_standard_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = plugin(folder, "sound")
    source = (folder / "sound.py").read_text(encoding="utf-8")
    (folder / "sound.py").write_text(source.replace("    return found", "    print('looking')\n    return found"))
    assert main(["run", BOX, "--json", *more]) == 0
    out, err = capsys.readouterr()
    assert [json.loads(line) for line in out.splitlines()][-1]["outcome"]["correct"]
    assert "looking" in err


AROUND_PRINT = "__import__('os').write(1, b'looking'); __import__('sys').__stdout__.write('seeing')"


def test_what_is_written_around_print_goes_to_standard_error_too(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    more = plugin(folder, "sound")
    source = (folder / "sound.py").read_text(encoding="utf-8")
    (folder / "sound.py").write_text(source.replace("    return found", f"    {AROUND_PRINT}\n    return found"))
    command = [sys.executable, "-m", "rlve_dsl.cli", "run", BOX, "--json", *more]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=_environment())
    assert [json.loads(line) for line in ran.stdout.splitlines()][-1]["outcome"]["correct"]
    assert "looking" in ran.stderr and "seeing" in ran.stderr
    checks = ["--levels", "0", "--seeds", "1", "--jobs", "1", "--checks", "deterministic", "--json"]
    assert main(["certify", BOX, *checks, *more]) == 0
    assert json.loads(capfd.readouterr().out)["passed"]
    assert check_plugin(str(folder / "sound.py")) == []


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@pytest.mark.parametrize("case", ["tool_exits", "tool_gives_none"])
def test_a_fault_in_every_case_leaves_a_certificate_of_all_processes(
    folder: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = ["--levels", "0", "--seeds", "1", "--jobs", "1", "--checks", "deterministic", "--json"]
    assert main(["certify", BOX, *checks, *plugin(folder, case)]) == 3
    certificate = json.loads(capsys.readouterr().out)
    assert said(case) in json.dumps([check["findings"] for check in certificate["checks"]], ensure_ascii=False)


def test_a_process_that_a_plugin_ends_is_told_with_its_status_and_the_plugin(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = plugin(folder, "sound")
    source = (folder / "sound.py").read_text(encoding="utf-8")
    (folder / "sound.py").write_text(source.replace("    return found", "    __import__('os')._exit(9)"))
    checks = ["--levels", "0", "--seeds", "1", "--jobs", "1", "--checks", "deterministic"]
    assert main(["certify", BOX, *checks, *more]) == 3
    said = "a new process that played the scenario ended with status 9; it uses `sound`, which may end the process"
    assert said in capsys.readouterr().err


def test_why_no_demonstration_can_be_made_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = "tool_refuses_what_the_solution_reads"
    assert main(["demos", BOX, "--episodes", "1", "--out", "rows.jsonl", *plugin(folder, case)]) == 2
    assert said(case) in capsys.readouterr().err


OTHERS = {
    "embedder": (
        (
            "import numpy as np\nfrom rlve_dsl.catalog import Embedder\n\n\n"
            "def encode(texts):\n    return {}\n\n\nMADE = Embedder('odd', 3, encode)\n"
        ),
        "rlve_embedders",
        lambda known: known.embedders["odd"].encode(["tea", "cup"]),
    ),
    "source": (
        (
            "from rlve_dsl.catalog import CatalogSource\n\n\ndef load(spec, size=None, embedder=None):\n    return {}\n\n\n"
            "MADE = CatalogSource('odd', load)\n"
        ),
        "rlve_catalog_sources",
        lambda known: known.sources["odd"].load(None),
    ),
}


@pytest.mark.parametrize(
    ("kind", "gives", "said"),
    [
        ("embedder", "[1, 2]", "embedder `odd` of odd gave [1, 2], and an array with one row for each text is wanted"),
        ("embedder", "np.zeros((2, 5))", "embedder `odd` of odd gave vectors of 5 numbers, and says 3"),
        ("embedder", "np.full((2, 3), np.nan)", "embedder `odd` of odd gave numbers that are not finite"),
        ("source", "7", "catalog source `odd` of odd gave 7, and a `rlve_dsl.catalog.Catalog` is wanted"),
        (
            "source",
            "spec.size",
            "catalog source `odd` of odd: AttributeError: 'NoneType' object has no attribute 'size'",
        ),
    ],
)
def test_what_makes_a_catalog_is_checked_too(kind: str, gives: str, said: str, tmp_path: Path) -> None:
    source, hook, use = OTHERS[kind]
    marked = f"\n\n@hookimpl\ndef {hook}():\n    return [MADE]\n"
    text = "from rlve_dsl.hookspecs import hookimpl\n" + source.format(gives) + marked
    (tmp_path / "odd.py").write_text(text, encoding="utf-8")
    with pytest.raises(PluginFault) as fault:
        use(registry([plugin_module(str(tmp_path / "odd.py"))]))
    assert str(fault.value).startswith(said)


AGENT = """
from rlve_dsl.agents import AgentKind
from rlve_dsl.episode import Action, Call
from rlve_dsl.hookspecs import hookimpl


class Odd:
    def act(self, observation):
        return {}


@hookimpl
def rlve_agents():
    return [AgentKind("odd", lambda episode: Odd(), "is odd")]
"""


UNPLAYABLE = "agent `odd` of agent gave an action that cannot be played:"


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("'hello'", "agent `odd` of agent gave 'hello', and a `rlve_dsl.episode.Action` is wanted"),
        ("1 / 0", "agent `odd` of agent: ZeroDivisionError: division by zero (agent.py, line 9)"),
        ("Action(message=5)", f"{UNPLAYABLE} the message is not text, but int"),
        ("Action(calls=[Call(5, None)])", f"{UNPLAYABLE} the name of a call is not text, but int"),
        ("Action(calls=[5])", f"{UNPLAYABLE} a call is not a Call, but int"),
        ("Action(calls=[Call('box.look', {'at': object()})])", f"{UNPLAYABLE} object is not JSON"),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_an_agent_that_fails_is_named(
    does: str, said: str, form: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = plugin(folder, "sound")
    (folder / "agent.py").write_text(AGENT.format(does), encoding="utf-8")
    command = ["run", BOX, *form, *more, "--plugin", "agent.py", "--agent"]
    assert main([*command, "odd"]) == 3
    assert said in capsys.readouterr().err
    assert main([*command, "od"]) == 2
    assert "there is no agent `od`; did you mean `odd`?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("Action(calls=[Call('box.look', {'at': 10**5000})])", "a number is too large"),
        ("Action('a' * 200_000)", "more than 100,000 characters"),
    ],
)
def test_what_an_agent_may_not_write_is_a_malformed_action_and_no_fault(
    does: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = plugin(folder, "sound")
    (folder / "agent.py").write_text(AGENT.format(does), encoding="utf-8")
    assert main(["run", BOX, *more, "--plugin", "agent.py", "--agent", "odd"]) == 0
    assert f"agent  malformed: {said}" in capsys.readouterr().out


def test_a_slow_primitive_is_named_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(guard, "SLOW", 0.0)
    monkeypatch.setattr(guard, "_SLOW_CALLS", Counter())
    assert main(["run", BOX, "--json", *plugin(folder, "sound")]) == 0
    out, err = capsys.readouterr()
    assert err.count("warning: tool `box.look` of sound took 0.0 s for one call") == 1 and out.startswith('{"format"')


@pytest.mark.parametrize("case", ["sampler_raises", "function_raises"])
def test_a_certificate_is_made_of_what_the_compiler_finds_to_fail(
    folder: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["certify", BOX, "--levels", "0", "--seeds", "1", "--jobs", "1", "--checks", "solvable,diverse"]
    assert main([*command, "--out", "made", *plugin(folder, case)]) == 3
    certificate = json.loads((folder / "made" / "certificate.json").read_text(encoding="utf-8"))
    assert said(case) in json.dumps([check["findings"] for check in certificate["checks"]], ensure_ascii=False)
    assert case in (folder / "made" / "certificate.html").read_text(encoding="utf-8")


def test_what_has_no_value_names_the_function_and_its_plugin(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = plugin(folder, "sound")
    source = (folder / "sound.py").read_text(encoding="utf-8")
    raises = "from rlve_dsl.expressions import EvaluationError\n    raise EvaluationError('it is too much')"
    (folder / "sound.py").write_text(source.replace("    return 2 * x", f"    {raises}"), encoding="utf-8")
    assert main(["validate", BOX, *more]) == 3
    out = " ".join(capsys.readouterr().out.split())
    assert "error[R215]" in out and "function `doubled` of sound: it is too much" in out


def test_a_number_that_is_too_large_names_the_function_and_its_plugin(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = plugin(folder, "sound")
    source = (folder / "sound.py").read_text(encoding="utf-8")
    (folder / "sound.py").write_text(source.replace("return 2 * x", "return 10**400"), encoding="utf-8")
    assert main(["validate", BOX, *more]) == 3
    out = " ".join(capsys.readouterr().out.split())
    assert (
        "error[R215]" in out and "function `doubled` of sound gave a number that is too large for the language" in out
    )


@pytest.mark.parametrize(
    ("case", "line"),
    [
        ("sampler_raises", "box: {size: 40 + constraints}"),
        ("function_raises", "goal: {number: doubled(it_holds.coins)}"),
        ("measure_raises", 'measures: {near: "nearness(answer.number, [goal.number])"}'),
    ],
)
def test_the_place_is_where_the_file_uses_what_fails(
    folder: Path, case: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (folder / "box.yaml").read_text(encoding="utf-8")
    number = next(n for n, written in enumerate(text.splitlines(), 1) if line in written)
    assert main(["validate", BOX, *plugin(folder, case)]) == 3
    assert f"box.yaml:{number}:" in capsys.readouterr().out
