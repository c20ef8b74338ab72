"""The command line, one module for each verb.

The module of a verb has `add_arguments(parser)` and `run(arguments)`, which returns the exit code: 0 fine, 1 the operating
system refused something (or a crash), 2 usage, 3 diagnostics. It is imported only when the command line names the verb.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from rlve_dsl import __version__
from rlve_dsl.cli.ending import exit_code

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

VERBS = {
    "new": "Write the beginning of an environment, of a domain or of a plugin, complete and commented, with a collection to play.",
    "list": "List the scenarios that this package and other installed packages bring.",
    "validate": "Check scenario files: every problem of every file, with its place and what to write instead.",
    "fmt": "Format the rules of Policy files, in place; everything else in a file stays as it is, byte for byte.",
    "explain": "Print what a scenario compiles to at a level, what a name means, or the page of a diagnostic's code.",
    "policy": "Ask a store policy what it decides.",
    "domain": "Replay recorded calls in a domain, and compare what they lead to.",
    "plugins": "List the installed plugins: what each gives, and what is wrong with it.",
    "catalog": "Build a catalog into a folder, and search, show, check or sample a built one.",
    "ask": "Say what the user understands of a message, clause by clause, and what they answer.",
    "run": "Play one episode with the oracle, with random calls, or yourself.",
    "replay": "Play trajectories again and say where they differ, if they do.",
    "certify": "Play a scenario in every way that could show it unsound; write a certificate.",
    "demos": "Write the oracle's plays as a chat dataset with tool calls, for supervised training.",
    "train": "Train a model: a warm start, then DAPO on live episodes.",
    "export": "Write a folder from which another training engine (slime) plays a scenario.",
    "curriculum": "Show how a collection's curriculum moves with learners that are made up, before anything is trained.",
    "schema": "Print the JSON Schema of a kind, or write all of them.",
}
"""Each verb, and the line that says what it does."""


class _Parser(argparse.ArgumentParser):
    """A parser whose help and version fail where they cannot be printed, as all else does: argparse keeps quiet about that."""

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        if file is not None and file is sys.stdout:
            file.write(message)
        else:
            super()._print_message(message, file)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code. Errors that the author can correct go to standard error."""
    parser = _Parser(
        prog="rlve-dsl", description="Reinforcement-learning environments, written down.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"rlve-dsl {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    words = sys.argv[1:] if argv is None else argv
    named = next((word for word in words if not word.startswith("-")), None)  # no option before the verb takes a value

    def run() -> int:
        module = None
        for name, does in VERBS.items():
            sub = verbs.add_parser(name, help=does, description=does, allow_abbrev=False)
            if name == named:
                from rlve_dsl.cli.garbage import uncollected

                with uncollected():
                    module = import_module(f"rlve_dsl.cli.{name}")
                module.add_arguments(sub)
        arguments = parser.parse_args(words)
        assert module is not None  # otherwise argparse has ended the program
        if not hasattr(arguments, "without"):
            return int(module.run(arguments))
        from rlve_dsl.cli.sources import with_plugins  # only here, as `--version` and `--help` load no other module

        with with_plugins(str(named), arguments):
            return int(module.run(arguments))

    return exit_code(" ".join(["rlve-dsl", *words[:1]]), run)
