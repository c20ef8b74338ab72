"""Whole commands: what a user types, what comes out, and that nothing is a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rlve_dsl import spec
from rlve_dsl.cli import VERBS, main
from rlve_dsl.plugins import default_registry

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_every_shipped_file_validates(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "scenarios", "--format", "json"]) == 0
    assert not [d for d in json.loads(capsys.readouterr().out)["diagnostics"] if d["severity"] == "error"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["validate", "nowhere.yaml"], 2),
        (["validate", "docs"], 2),
        (["run", "scenarios/c1.yaml", "--level", "13"], 2),
        (["run", "scenarios/c1.yaml", "--env", "discovry"], 2),
        (["run", "scenarios/axes/standard.yaml"], 3),
        (["explain", "S999"], 2),
        (["replay", "README.md", "scenarios/c1.yaml"], 2),
        (["train", "scenarios/c1.yaml", "--profile", "cpuu"], 2),
    ],
)
def test_bad_input_has_an_exit_code_and_words(command: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == code
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"kind: [", b"kind: Sheep\n", b"\x00\x01"])
def test_a_file_that_is_no_scenario_is_a_diagnostic(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    assert main(["validate", str(path)]) == 3
    assert list(tmp_path.iterdir()) == [path]


def test_a_recorded_run_replays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "scenarios/first-steps.yaml", "--seed", "3", "--json"]) == 0
    lines = capsys.readouterr().out
    path = tmp_path / "t.jsonl"
    path.write_text(lines)
    assert main(["replay", str(path), "scenarios/first-steps.yaml"]) == 0
    path.write_text(lines.replace('"discounted": false', '"discounted": true', 1))
    assert main(["replay", str(path), "scenarios/first-steps.yaml"]) == 3


@pytest.mark.parametrize("level", ["0", "12"])
def test_explain_shows_what_a_scenario_compiles_to(level: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "scenarios/c1.yaml", "--level", level]) == 0
    out = capsys.readouterr().out
    assert "constraints" in out and "reward" in out and "system prompt" in out


def test_schemas_are_current() -> None:
    vocabulary = default_registry().vocabulary()
    for kind in spec.KINDS:
        written = (ROOT / "schemas" / f"{kind.lower()}.schema.json").read_text(encoding="utf-8")
        assert json.loads(written) == spec.schema(kind, vocabulary), "run: rlve-dsl schema --write schemas"


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, rlve_dsl; print([m for m in ('torch', 'faiss', 'z3', 'numpy', 'lark') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_every_verb_kind_hook_and_code_is_documented() -> None:
    import re

    docs = "".join(p.read_text(encoding="utf-8") for p in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    for verb in VERBS:
        assert f"rlve-dsl {verb}" in docs, verb
    for kind in spec.KINDS:
        assert f"`{kind}`" in docs, kind
    for hook in re.findall(r"def (rlve_\w+)", (ROOT / "rlve_dsl" / "hookspecs.py").read_text(encoding="utf-8")):
        assert f"`{hook}`" in docs, hook
    emitted = {c for p in (ROOT / "rlve_dsl").rglob("*.py") for c in re.findall(r'"([SRPC]\d{3})"', p.read_text("utf-8"))}
    pages = {p.stem for p in (ROOT / "rlve_dsl" / "explanations").glob("*.md")}
    assert emitted == pages
