"""The command line, one module for each verb.

The module of a verb has HELP, `add_arguments(parser)` and `run(arguments)`, which returns the exit code: 0 fine, 1 the operating
system refused something (or a crash), 2 usage, 3 diagnostics.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from rlve_dsl import __version__
from rlve_dsl.cli.ending import exit_code

VERBS = (
    "new", "validate", "fmt", "explain", "policy", "catalog", "run", "replay", "certify", "demos", "train", "schema",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code. Errors that the author can correct go to standard error."""
    parser = argparse.ArgumentParser(
        prog="rlve-dsl", description="Reinforcement-learning environments, written down.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"rlve-dsl {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    modules = {name: import_module(f"rlve_dsl.cli.{name}") for name in VERBS}
    for name, module in modules.items():
        sub = verbs.add_parser(name, help=module.HELP, description=module.HELP, allow_abbrev=False)
        module.add_arguments(sub)
    words = sys.argv[1:] if argv is None else argv

    def run() -> int:
        arguments = parser.parse_args(words)
        code: int = modules[arguments.verb].run(arguments)
        return code

    return exit_code(" ".join(["rlve-dsl", *words[:1]]), run)
