"""`rlve-dsl validate`: check files and folders as a compiler does."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rlve_dsl.cli.garbage import uncollected
from rlve_dsl.cli.sources import add_plugins, registry_of, warn_of_plugins
from rlve_dsl.cli.verdict_cache import Verdict, cache_key, find_verdict, verdict_of
from rlve_dsl.errors import UsageError
from rlve_dsl.packaged import path_of

_OF_READING = "S"  # with errors of these codes a file is not compiled


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "paths", nargs="+", type=path_of, metavar="PATH", help="a YAML file of any kind, or a folder of them"
    )
    add_plugins(parser)
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.add_argument("--no-cache", action="store_true", help="check also what has not changed since the last time")


def run(arguments: argparse.Namespace) -> int:
    """3 when there is an error, else 0."""
    paths = list(dict.fromkeys(file for path in arguments.paths for file in _files(Path(path))))
    verdict = _verdict(paths, arguments)
    if arguments.format == "json":
        print(json.dumps({"files": len(paths), "diagnostics": verdict.diagnostics}, indent=2))
    else:
        if verdict.text:
            print(verdict.text, end="\n\n")
        warnings = len(verdict.diagnostics) - verdict.errors
        print(
            f"{_count(len(paths), 'file')}, {_count(verdict.errors, 'error')}, {_count(warnings, 'warning')}",
            file=sys.stderr,
        )
        if any(d["severity"] == "error" and str(d["code"]).startswith(_OF_READING) for d in verdict.diagnostics):
            print("names and expressions of these files are checked when they can be read", file=sys.stderr)
    return 3 if verdict.errors else 0


def _verdict(paths: Sequence[Path], arguments: argparse.Namespace) -> Verdict:
    """The verdict from the cache, or else from a check. Verdicts with errors, or with `--plugin`, are not stored."""
    key = None if arguments.no_cache or arguments.plugins else cache_key(paths)
    if key and (known := find_verdict(key)):
        return known
    with uncollected():
        from rlve_dsl.cli.checking import check_with, keep_verdict  # not at the top: the compiler takes long to import
        from rlve_dsl.compiler import Loader

        warn_of_plugins("validate")
        loader = Loader(registry_of(arguments))
        found, sources = check_with(loader, paths)
        verdict = verdict_of(found, sources)
        if key:
            keep_verdict(key, verdict, loader)
    return verdict


def _files(path: Path) -> list[Path]:
    """The file itself, or the YAML files in a folder, without hidden folders: they hold settings of tools."""
    if path.is_dir():
        found = sorted(
            file
            for file in path.rglob("*")
            if file.suffix in (".yaml", ".yml")
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
            and file.is_file()
        )
        if not found:
            raise UsageError(f"there is no YAML file in `{path}`")
        return found
    return [path]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
