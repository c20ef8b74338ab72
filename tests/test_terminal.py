"""What a person reads: markup in texts is printed as it is, tables fit, and progress is quiet where nobody looks."""

from __future__ import annotations

import ast
import io
from pathlib import Path

import pytest

from rlve_dsl.terminal import Console, Reporter, Text, bars, print_fitting, table

PACKAGE = Path(__file__).parents[1] / "rlve_dsl"


def printed(thing: object, *, terminal: bool = False) -> str:
    out = io.StringIO()
    Console(file=out, force_terminal=terminal, width=80, highlight=False, color_system=None).print(thing)
    return out.getvalue()


def test_markup_in_a_cell_is_printed_as_it_is() -> None:
    shown = printed(table(("name", "count"), [("[bold]a[/]", "7"), ("b", Text("12", "green"))], right=("count",)))
    assert [line.split() for line in shown.splitlines()] == [["name", "count"], ["[bold]a[/]", "7"], ["b", "12"]]
    assert len({len(line.rstrip()) for line in shown.splitlines()}) == 1, "the numbers are aligned to the right"


def test_a_table_with_a_title_has_a_frame_and_sections() -> None:
    shown = printed(table(("a",), [("x",), None, ("y",)], title="T", caption="below"))
    assert "T" in shown.splitlines()[0] and shown.count("├") == 1 and "below" in shown


def test_nothing_is_cut_where_the_output_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 60
    print_fitting(("id", "title"), [("1", long)], "title", right=("id",))
    assert long.strip() in capsys.readouterr().out


def test_a_terminal_cuts_the_elastic_column_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    print_fitting(("id", "title", "brand"), [("1", "word " * 60, "Long brand name")], "title", right=())
    shown = capsys.readouterr().out
    assert "…" in shown and "Long brand name" in shown


def test_progress_is_quiet_without_a_terminal_and_a_bar_on_one() -> None:
    for terminal in (False, True):
        out = io.StringIO()
        with bars(Console(file=out, force_terminal=terminal, width=100)) as report:
            report("reading", 1, 4, "[note]")
            report("reading", 4, 4)
        assert ("reading" in out.getvalue()) == terminal and ("4/4" in out.getvalue()) == terminal


def test_a_long_run_says_a_line_now_and_then() -> None:
    out = io.StringIO()
    reporter = Reporter(Console(file=out, width=200, highlight=False))
    with reporter.phase("steps", 120) as step:
        for number in range(120):
            step(f"[{number}]")
    lines = out.getvalue().splitlines()
    assert lines[0] == "steps …" and lines[-1] == "steps: 120/120  [119]" and len(lines) == 13


def test_rich_is_imported_in_one_module() -> None:
    importing = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom | ast.Import):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                importing |= {path.name for name in names if name.split(".")[0] == "rich"}
    assert importing == {"terminal.py"}
