"""`rlve-dsl fmt`: write the rules of Policy files in their canonical form."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from rlve_dsl import files
from rlve_dsl.cli.sources import add_plugins, registry_of
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.errors import ScenarioError, UsageError, system_reason
from rlve_dsl.packaged import is_packaged, is_short_name
from rlve_dsl.policy import format_block
from rlve_dsl.writing import write_atomically

_POLICY = re.compile(rb"""^kind:[ \t]*["']?Policy["']?[ \t]*(#.*)?\r?$""", re.MULTILINE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a Policy file, or a folder with some in it")
    add_plugins(parser)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 3 where something would change")


def run(arguments: argparse.Namespace) -> int:
    """3 when a file has mistakes, or with `--check` is not formatted, else 0."""
    vocabulary = registry_of(arguments).vocabulary()
    changed = wrong = 0
    paths = list(dict.fromkeys(file for path in arguments.paths for file in _policies(Path(path))))
    for path in paths:
        try:
            before = _content(path)
            after = formatted(path, before, vocabulary)
        except ScenarioError as problems:
            print(problems, end="\n\n", file=sys.stderr)
            wrong += 1
            continue
        if after == before:
            continue
        changed += 1
        if not arguments.check:
            write_atomically(path, after)
        print(f"{'would reformat' if arguments.check else 'reformatted'} {path}")
    word = "would change" if arguments.check else "changed"
    print(f"{len(paths)} polic{'y' if len(paths) == 1 else 'ies'}, {changed} {word}", file=sys.stderr)
    return 3 if wrong or (changed and arguments.check) else 0


def formatted(path: Path, content: bytes, vocabulary: files.Vocabulary) -> bytes:
    """The content of a file with its blocks of rules formatted; raises ScenarioError when it does not parse."""
    loaded = files.load(str(path), vocabulary)
    assert isinstance(loaded.spec, files.Policy)
    found = Diagnostics()
    lines = content.decode("utf-8").splitlines(keepends=True)
    blocks = [(loaded.spec.rules, False)] + ([(loaded.spec.conduct, True)] if loaded.spec.conduct else [])
    # from the bottom up, so that the lines of the other blocks stay where they are
    for block, conduct in sorted(blocks, key=lambda pair: pair[0].span.line, reverse=True):
        if block.span.file != loaded.path:  # the block is in a file that this one extends
            continue
        text = format_block(block, found, conduct)
        if text is not None:
            span = block.span
            ending = re.search(r"\r?\n$", lines[span.line - 1])
            margin = " " * (span.column - 1)
            written = [f"{margin}{line}" if line else "" for line in text.splitlines()]
            last = lines[span.end_line - 1]
            closing = last[len(last.rstrip("\r\n")) :]
            break_ = ending[0] if ending else "\n"
            lines[span.line - 1 : span.end_line] = [break_.join(written) + closing]
    if found.errors:
        raise ScenarioError(found.items, loaded.sources)
    return "".join(lines).encode("utf-8")


def _content(path: Path) -> bytes:
    try:
        return files.read_regular(path)
    except OSError as problem:
        raise UsageError(f"`{path}` cannot be read: {system_reason(problem)}") from problem


def _policies(path: Path) -> Iterator[Path]:
    """The Policy files at a path: the file itself, or those in the folder."""
    if not path.is_dir() and (problem := files.problem_of(path)):
        packaged = is_packaged(str(path)) or is_short_name(str(path))
        raise UsageError(f"{problem}: fmt takes files of your own, no names of packaged ones" if packaged else problem)
    if not path.is_dir():
        if not _POLICY.search(_content(path)):
            raise UsageError(f"`{path}` is no file of kind Policy, and only those have rules to format")
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.suffix in (".yaml", ".yml") and file.is_file() and _POLICY.search(_content(file)):
            yield file
