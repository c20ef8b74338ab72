"""A new process that does something with plugins, and answers in a file: plugins may write anything to standard output."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rlve_dsl.errors import RlveError


def answer_of(module: str, arguments: Sequence[str], hash_seed: str) -> str:
    """What `python -m module ARGUMENTS FILE` writes into FILE, in a new process with this hash seed.

    Raises:
        RlveError: When the process fails; the message is the end of a sentence, and says how it ended.
    """
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "answer"
        command = [sys.executable, "-m", module, *arguments, str(file)]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
        if ran.returncode == 0 and file.is_file():
            return file.read_text(encoding="utf-8")
    said = ran.stderr.strip().splitlines()
    by = f"was ended by signal {-ran.returncode}" if ran.returncode < 0 else f"ended with status {ran.returncode}"
    raise RlveError(f"{by}{f': {said[-1]}' if said else ''}")
