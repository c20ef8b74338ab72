"""What is said of an interrupted build that cannot be resumed."""

from __future__ import annotations

from pathlib import Path

from rlve_dsl.catalog.folders.manifest import problem
from rlve_dsl.errors import ScenarioError

AFRESH = "build without `--resume` to start afresh"


def damaged(folder: Path, how: str) -> ScenarioError:
    """The error for an interrupted build whose files are not as they were written."""
    return problem("R627", f"the unfinished build in `{folder}` is damaged: {how}", AFRESH)
