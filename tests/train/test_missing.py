"""What `benchmarks/gpu_smoke.sh` says of a machine that lacks libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

from benchmarks.missing import installed, missing

ROOT = Path(__file__).parents[2]
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_project_and_training_need_what_is_not_there_or_of_another_version() -> None:
    lacking = {"faiss-cpu": None, "trl": None, "rich": "13.0"}
    found = missing(PROJECT, lambda name: lacking[name] if name in lacking else installed(name))
    assert [Requirement(need).name for need in found] == ["faiss-cpu", "rich", "trl"]


def test_the_script_names_what_is_missing(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "if sys.argv[1:] == ['-m', 'benchmarks.missing']:\n    print('faiss-cpu>=1.12,<2\\ntrl==1.16.*')\n"
        "else:\n    sys.exit('nothing else may be run')\n"
    )
    python.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "WHEELS"}
    ran = subprocess.run(
        ["bash", "benchmarks/gpu_smoke.sh"],
        cwd=ROOT, env={**environment, "PYTHON": str(python)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 2 and not ran.stdout
    assert ran.stderr.startswith("gpu_smoke: this machine lacks faiss-cpu>=1.12,<2, trl==1.16.*. Name a folder")
