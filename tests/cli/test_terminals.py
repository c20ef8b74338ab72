"""What is printed can be read in any locale and at any width."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from rlve_dsl.cli import main

STATUS = "scenarios/environments/status.yaml"
COMMANDS = [
    "certify --help", "validate empty.yaml", f"run {STATUS}", f"run {STATUS} --json",
    f"certify {STATUS} --levels 0 --seeds 1 --checks solvable", "catalog info built", "catalog search built mug --json",
    "catalog sample built",
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built catalog whose titles are not ASCII."""
    folder = tmp_path_factory.mktemp("catalog")
    shipped = Path(__file__).parents[2] / "scenarios" / "catalogs" / "pocket.yaml"
    (folder / "tea.yaml").write_text(
        shipped.read_text(encoding="utf-8").replace("mug by", "müg ☕ by"), encoding="utf-8"
    )
    assert main(["catalog", "build", str(folder / "tea.yaml"), "--out", str(folder / "built")]) == 0
    return folder / "built"


NARROW = ("ascii", "1")
LATIN = ("latin-1", "20")


@pytest.mark.parametrize(
    ("command", "terminal"),
    [
        *((command, NARROW) for command in COMMANDS),
        (f"run {STATUS}", LATIN),
        ("catalog search built mug --json", LATIN),
    ],
    ids=str,
)
def test_a_command_can_be_read_in_any_locale_and_at_any_width(
    workspace: Path, built: Path, monkeypatch: pytest.MonkeyPatch, command: str, terminal: tuple[str, str]
) -> None:
    (workspace / "built").symlink_to(built)
    encoding, columns = terminal
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("COLUMNS", columns)
    assert main(command.split()) == (3 if "empty" in command else 0)
    out.flush()
    said = out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    assert said.strip()
    if command.endswith("--json") and command.startswith("catalog"):
        assert any("müg ☕" in product["title"] for product in json.loads(said)["products"])
