"""What is printed can be read in any locale and at any width."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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
    made = ran(folder, "catalog build tea.yaml --out built")
    assert made.returncode == 0, made.stderr
    return folder / "built"


def ran(folder: Path, command: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, "-m", "rlve_dsl.cli", *command.split()]
    return subprocess.run(words, cwd=folder, env={**os.environ, **env}, capture_output=True, check=False)


NARROW = {"PYTHONIOENCODING": "ascii", "COLUMNS": "1"}
LATIN = {"PYTHONIOENCODING": "latin-1", "COLUMNS": "20"}


@pytest.mark.parametrize(
    ("command", "env"),
    [
        *((command, NARROW) for command in COMMANDS),
        (f"run {STATUS}", LATIN),
        ("catalog search built mug --json", LATIN),
    ],
    ids=str,
)
def test_a_command_can_be_read_in_any_locale_and_at_any_width(
    workspace: Path, built: Path, command: str, env: dict[str, str]
) -> None:
    (workspace / "built").symlink_to(built)
    made = ran(workspace, command, **env)
    assert made.returncode == (3 if "empty" in command else 0) and b"Traceback" not in made.stderr, made.stderr
    said = made.stdout.decode(env["PYTHONIOENCODING"])
    assert said.strip()
    if command.endswith("--json") and command.startswith("catalog"):
        assert any("müg ☕" in product["title"] for product in json.loads(said)["products"])
