"""The arguments of verbs that need the settings of a training run."""

from __future__ import annotations

import argparse


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add `--profile`, `--model` and `--set`."""
    parser.add_argument(
        "--profile", metavar="NAME",
        help="a profile, in place of the scenario's: cpu, 1x80g, 8x80g, 16x80g, served, multi-node, or the path of a file",
    )  # fmt: skip
    parser.add_argument("--model", metavar="MODEL", help="the model: tiny, or the name or folder of a language model")
    parser.add_argument(
        "--set", dest="words", action="append", default=[], metavar="KEY=VALUE",
        help="a setting, over the scenario and the profile (`warm_start.batch=8`); may be given several times",
    )  # fmt: skip
