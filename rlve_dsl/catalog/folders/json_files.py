"""Files of JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rlve_dsl.files import read_regular
from rlve_dsl.writing import write_atomically

_LARGEST = 4_000_000_000  # bytes


def write_json(path: Path, content: object) -> None:
    """Write a file of JSON, whole or not at all."""
    write_atomically(path, json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n")


def read_json(path: Path) -> Any:
    """Read a file of JSON; a pipe, on which nobody may ever write, is an OSError."""
    return json.loads(read_regular(path, _LARGEST).decode())
