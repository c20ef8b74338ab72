"""Files of JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rlve_dsl.writing import write_atomically


def write_json(path: Path, content: object) -> None:
    """Write a file of JSON, whole or not at all."""
    write_atomically(path, json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n")


def read_json(path: Path) -> Any:
    """Read a file of JSON."""
    return json.loads(path.read_text(encoding="utf-8"))
