"""`rlve-dsl schema`: the JSON Schemas that editors check scenario files with."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rlve_dsl import files
from rlve_dsl.cli.sources import add_plugins, registry_of
from rlve_dsl.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("kind", nargs="?", choices=list(files.KINDS), help="print this kind's schema")
    what.add_argument("--write", metavar="DIR", help="write every kind's schema into a folder")
    add_plugins(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print or write the schemas; the exit code is 0."""
    vocabulary = registry_of(arguments).vocabulary()
    if arguments.write == "":
        raise UsageError("--write names a folder")
    if arguments.write:
        if Path(arguments.write).exists() and not Path(arguments.write).is_dir():
            raise UsageError(f"`{arguments.write}` is no folder")
        files.write_schemas(Path(arguments.write), vocabulary)
    else:
        print(json.dumps(files.schema(arguments.kind, vocabulary), indent=2))
    return 0
