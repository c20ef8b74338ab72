"""`rlve-dsl validate`: check files and folders as a compiler does."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from rlve_dsl import files
from rlve_dsl.cli.sources import add_plugins, registry_of
from rlve_dsl.compiler import EnvironmentFile, Loader, check_part, collection_of_one, compile_collection, load_any
from rlve_dsl.diagnostics import Diagnostic, render_text
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.plugins import Registry, default_registry

HELP = "Check scenario files: every problem of every file, with its place and what to write instead."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a YAML file of any kind, or a folder of them")
    add_plugins(parser)
    parser.add_argument("--format", choices=["text", "json"], default="text")


def run(arguments: argparse.Namespace) -> int:
    """3 when there is an error, else 0."""
    paths = list(dict.fromkeys(file for path in arguments.paths for file in _files(Path(path))))
    found, sources = check(paths, registry_of(arguments))
    errors = sum(d.severity == "error" for d in found)
    if arguments.format == "json":
        print(json.dumps({"files": len(paths), "diagnostics": [d.as_json() for d in found]}, indent=2))
    else:
        if found:
            print(render_text(found, sources), end="\n\n")
        warnings = len(found) - errors
        print(
            f"{_count(len(paths), 'file')}, {_count(errors, 'error')}, {_count(warnings, 'warning')}", file=sys.stderr
        )
    return 3 if errors else 0


def check(paths: Iterable[Path], registry: Registry | None = None) -> tuple[list[Diagnostic], dict[str, str]]:
    """All problems of these files and of the files that they name, and the texts of the files.

    Environments that are in none of the collections are checked with the standard shared parts.
    """
    loader = Loader(registry or default_registry())
    loaded = {path: load_any(path, loader) for path in paths}
    collections = [part for part in loaded.values() if isinstance(part, files.Collection)]
    for collection in collections:
        compile_collection(collection, loader)
    covered = {Path(r.path).resolve() for c in collections for r in c.environments}
    for path, part in loaded.items():
        if isinstance(part, EnvironmentFile):
            if path.resolve() not in covered:
                compile_collection(collection_of_one(str(path), part), loader)
        elif part is not None and not isinstance(part, files.Collection):
            check_part(part, str(path), loader)
    try:
        return list(loader.finish()), loader.sources
    except ScenarioError as problems:
        return list(problems.diagnostics), problems.sources


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.suffix in (".yaml", ".yml") and p.is_file())
        if not found:
            raise UsageError(f"there is no YAML file in `{path}`")
        return found
    return [path]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
