"""The command line, one module for each verb.

The module of a verb has HELP, `add_arguments(parser)` and `run(arguments)`, which returns the exit code: 0 fine, 1 crash,
2 usage, 3 diagnostics.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from rlve_dsl import __version__
from rlve_dsl.errors import MissingExtra, PluginError, RlveError, ScenarioError, UsageError

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
    arguments = parser.parse_args(argv)
    try:
        code: int = modules[arguments.verb].run(arguments)
        sys.stdout.flush()
        return code
    except ScenarioError as problems:
        print(problems, file=sys.stderr)
        return 3
    except (UsageError, MissingExtra, PluginError) as problem:
        print(f"rlve-dsl {arguments.verb}: {problem}", file=sys.stderr)
        return 2
    except RlveError as problem:  # a defect of the scenario that only playing it shows
        place = getattr(problem, "span", None)
        print(f"rlve-dsl {arguments.verb}: {f'{place}: ' if place else ''}{problem}", file=sys.stderr)
        return 3
    except BrokenPipeError:
        # the reader of our output is gone (`| head`): write the rest to nowhere, also when the interpreter exits
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
