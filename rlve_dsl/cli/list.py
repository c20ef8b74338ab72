"""`rlve-dsl list`: the scenario files that installed packages bring."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from rlve_dsl import files
from rlve_dsl.packaged import files_of, folders, missing_folders
from rlve_dsl.terminal import print_fitting

_KIND = re.compile(r"^kind: *(\w+)", re.MULTILINE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "kind", nargs="?", default="Collection", choices=files.KINDS, metavar="KIND",
        help=f"which files (Collection): {', '.join(files.KINDS)}",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print JSON, with the path of each file")


def run(arguments: argparse.Namespace) -> int:
    """0; 2 when a package names a folder that is not there."""
    rows = [
        {"name": name, "package": package, "path": str(file), "says": _says(file)}
        for package in folders()
        for name, file in files_of(package).items()
        if _kind_of(file) == arguments.kind
    ]
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        lines = [(row["name"], row["package"], row["says"]) for row in rows]
        print_fitting(("name", "package", "what it is"), lines, "what it is", ())
    problems = missing_folders()
    for problem in problems.values():
        print(f"rlve-dsl list: {problem}", file=sys.stderr)
    return 2 if problems else 0


def _kind_of(file: Path) -> str:
    found = _KIND.search(_text(file))
    return found[1] if found else ""


def _says(file: Path) -> str:
    """The environments of a collection, the title of an environment, or else the comment at the top of the file."""
    spec = files.load(file).spec if _kind_of(file) in ("Collection", "Environment") else None
    match spec:
        case files.Collection():
            return ", ".join(Path(reference.path).stem for reference in spec.environments)
        case files.Environment() | files.Chain() | files.TaskSet():
            return spec.title.text
    comments = [line.removeprefix("#").strip() for line in _text(file).splitlines() if line.startswith("# ")]
    return next((line for line in comments if not line.startswith("yaml-language-server")), "")


def _text(file: Path) -> str:
    return files.read_regular(file).decode("utf-8", "replace")
