"""`--out` never destroys what is there."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

STATUS = "scenarios/environments/status.yaml"
CERTIFY = ("certify", STATUS, "--levels", "0", "--seeds", "1", "--jobs", "1", "--checks", "solvable")
DEMOS = ("demos", STATUS, "--episodes", "1", "--levels", "0")
FOLDERS = [
    (*CERTIFY, "--out"),
    ("catalog", "build", "scenarios/catalogs/pocket.yaml", "--size", "300", "--out"),
    ("new", "environment", "tea", "--out"),
    ("schema", "--write"),
]


@pytest.mark.parametrize("command", FOLDERS, ids=lambda command: command[0])
@pytest.mark.parametrize("place", ["notes.txt", "pipe", "/dev/null"])
def test_a_folder_is_not_made_where_something_else_is(
    run: Run, workspace: Path, command: tuple[str, ...], place: str
) -> None:
    os.mkfifo(workspace / "pipe")
    before = stat.S_IFMT(os.stat(place).st_mode)
    ran = run(*command, place)
    assert ran.code in (2, 3) and place in ran.err and not ran.wrote
    assert stat.S_IFMT(os.stat(place).st_mode) == before


@pytest.mark.parametrize("name", ["certificate.json", "certificate.html"])
def test_a_certificate_replaces_only_certificates(run: Run, workspace: Path, name: str) -> None:
    out = workspace / "out"
    out.mkdir()
    (out / name).write_text('{"format": "of somebody else"}', encoding="utf-8")
    ran = run(*CERTIFY, "--out", "out")
    assert ran.code == 2 and name in ran.err and not ran.wrote
    (out / name).unlink()
    assert run(*CERTIFY, "--out", "out").code == 0
    assert run(*CERTIFY, "--out", "out").code == 0


@pytest.mark.parametrize("there", [STATUS, "notes.txt", "scenarios/c8.yaml", "link", "row.jsonl", "mixed.jsonl"])
def test_demonstrations_replace_only_demonstrations(run: Run, workspace: Path, there: str) -> None:
    (workspace / "link").symlink_to(workspace / STATUS)
    (workspace / "row.jsonl").write_text('{"messages": "of a friend"}\n', encoding="utf-8")
    (workspace / "mixed.jsonl").write_text('{"messages": [], "tools": ""}\n{"of": "a friend"}\n', encoding="utf-8")
    before = (workspace / there).read_bytes()
    ran = run(*DEMOS, "--out", there)
    assert ran.code == 2 and f"`{there}` is there already" in ran.err and not ran.wrote
    assert (workspace / there).read_bytes() == before


@pytest.mark.parametrize("form", ["messages", "prompt-completion"])
def test_demonstrations_replace_earlier_ones(run: Run, workspace: Path, form: str) -> None:
    (workspace / "demos.jsonl").touch()
    for _ in range(2):
        assert run(*DEMOS, "--form", form, "--out", "demos.jsonl").code == 0


def test_a_schema_replaces_only_schemas(run: Run, workspace: Path) -> None:
    for _ in range(2):
        assert run("schema", "--write", "made").code == 0
    (workspace / "made" / "user.schema.json").write_text("my notes", encoding="utf-8")
    (workspace / "made" / "axes.schema.json").unlink()
    ran = run("schema", "--write", "made")
    assert ran.code == 2 and "user.schema.json" in ran.err and not ran.wrote


def test_a_build_begins_only_where_a_build_was(run: Run, workspace: Path) -> None:
    (workspace / ".out.building").mkdir()
    (workspace / ".out.building" / "thesis.txt").write_text("years of work", encoding="utf-8")
    ran = run("catalog", "build", "scenarios/catalogs/pocket.yaml", "--size", "300", "--out", "out")
    assert ran.code == 3 and ".out.building" in ran.err and not ran.wrote


def test_demonstrations_go_to_a_pipe(run: Run, workspace: Path) -> None:
    os.mkfifo(workspace / "pipe")
    reader = os.open(workspace / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert run(*DEMOS, "--out", "pipe").code == 0
    assert os.read(reader, 1 << 16).startswith(b"{")
    os.close(reader)
    assert stat.S_ISFIFO((workspace / "pipe").stat().st_mode)
    assert run(*DEMOS, "--out", "empty").code != 0


@pytest.mark.parametrize("form", ["objects", "text"])
def test_demonstrations_are_printed(run: Run, workspace: Path, form: str) -> None:
    ran = run(*DEMOS, "--out", "-", "--arguments", form)
    assert ran.code == 0 and not ran.wrote and ran.err == "1 demonstrations, 0 with a repaired mistake\n"
    assert run(*DEMOS, "--out", "demos.jsonl", "--arguments", form).code == 0
    assert (workspace / "demos.jsonl").read_text(encoding="utf-8") == ran.out
    kinds = {
        type(call["function"]["arguments"])
        for message in json.loads(ran.out)["messages"]
        for call in message.get("tool_calls", ())
    }
    assert kinds == {dict if form == "objects" else str}
