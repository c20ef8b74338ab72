"""`rlve-dsl list`: the scenario files that installed packages bring."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import suppress
from pathlib import Path

from rlve_dsl import files
from rlve_dsl.errors import ScenarioError
from rlve_dsl.packaged import files_of, folders, kind_of, missing_folders
from rlve_dsl.terminal import print_fitting


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
        if kind_of(file) == arguments.kind
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


def _says(file: Path) -> str:
    """The environments of a collection, the title of an environment, or else the comment at the top of the file."""
    spec = files.load(file).spec if kind_of(file) in ("Collection", "Environment") else None
    match spec:
        case files.Collection():
            names = ", ".join(Path(reference.path).stem for reference in spec.environments)
            return names + (" (needs data: see docs/domains.md, Data from a file)" if _lacks_data(spec) else "")
        case files.Environment() | files.Chain() | files.TaskSet():
            return spec.title.text
    comments = [line.removeprefix("#").strip() for line in _text(file).splitlines() if line.startswith("# ")]
    return next((line for line in comments if not line.startswith("yaml-language-server")), "")


def _lacks_data(collection: files.Collection) -> bool:
    """Whether a collection is played over a file of data that is not there."""
    domains = {domain.path for of in collection.environments if (domain := _domain_of(of.path)) is not None}
    with suppress(ScenarioError):  # playing it says what is wrong
        specs = [files.load(path).spec for path in domains]
        entities = [entity for spec in specs if isinstance(spec, files.Domain) for entity in spec.entities.values()]
        return any(entity.data is not None and not Path(entity.data.file.path).is_file() for entity in entities)
    return False


def _domain_of(environment: str) -> files.Reference | None:
    with suppress(ScenarioError):
        spec = files.load(environment).spec
        return spec.domain if isinstance(spec, files.Environment | files.TaskSet) else None
    return None


def _text(file: Path) -> str:
    return files.read_regular(file).decode("utf-8", "replace")
