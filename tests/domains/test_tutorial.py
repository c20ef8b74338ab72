"""The tutorial of docs/domains.md: its blocks are written, and its commands print what the page shows, in the order of the page."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rlve_dsl.cli import main

FILE = Path(__file__).parents[2] / "docs" / "domains.md"
PAGE = FILE.read_text(encoding="utf-8")
TUTORIAL = PAGE[PAGE.index("## Build a clinic") : PAGE.index("## Reference")]
MARK = re.compile(r"# (?P<file>[\w./-]+)(?:, (?P<how>at the end of|after|instead of) (?P<key>\w+))?")


def blocks(page: str) -> list[tuple[str, str]]:
    """The language and the text of each block of code."""
    return re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", page)


def put(text: str, how: str, key: str, block: str) -> str:
    """The text of a file with a block at the end of what `key` (or a step or a fact of this name) holds, after it, or instead of it."""
    lines = text.splitlines(keepends=True)
    begins = re.compile(rf"\s*(- (let|fact): )?{key}(:|\s*(#.*)?$)")
    (start,) = (number for number, line in enumerate(lines) if begins.match(line))
    depth = len(lines[start]) - len(lines[start].lstrip())
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > depth):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    before = start if how == "instead of" else end
    return "".join([*lines[:before], block, *lines[end:]])


def fits(shown: str, printed: str) -> bool:
    """Whether a command printed what is shown; `…` stands for anything in a line, and alone for any lines."""
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == "…" else "[^\n]*".join(map(re.escape, line.rstrip().split("…"))) + "\n"
        for line in shown.splitlines()
    )
    return re.fullmatch(pattern, printed) is not None


def write(folder: Path, block: str) -> None:
    """Do to a file what the first line of a block of YAML says."""
    first, _, text = block.partition("\n")
    marked = MARK.fullmatch(first)
    assert marked, f"`{first}` does not say where the block goes"
    path = folder / marked["file"]
    if marked["how"]:
        text = put(path.read_text(encoding="utf-8"), marked["how"], marked["key"], text)
    path.write_text(text, encoding="utf-8")


def played(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Do what the tutorial says, in `folder`, which is the working folder: each command, what the page shows, what it prints."""
    for language, block in blocks(TUTORIAL):
        if language == "yaml":
            write(folder, block)
        if language != "console":  # the output in a block of text takes too long
            continue
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            command, _, shown = part.partition("\n")
            program, *words = shlex.split(command)
            if program == "rm":
                for name in words:
                    (folder / name).unlink()
                continue
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                main(words)
            yield command, shown, "".join(f"{line.rstrip()}\n" for line in printed.getvalue().splitlines())


def test_the_clinic_is_built_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    count = 0
    for command, shown, printed in played(tmp_path):
        assert fits(shown, printed), f"{command}\n{printed}"
        count += 1
    assert count == len(re.findall(r"(?m)^\$ rlve-dsl(?! certify .*--out)", TUTORIAL))


def test_every_block_is_of_a_language_that_is_known() -> None:
    assert {language for language, _ in blocks(TUTORIAL)} == {"yaml", "console", "text"}


@pytest.mark.parametrize(
    ("shown", "printed", "right"),
    [
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a\n…\n", "a\n", True),
        ("a … d\n", "a b c d\n", True),
        ("a … d\n", "a b\nc d\n", False),
        ("a\n", "a\nb\n", False),
    ],
)
def test_lines_that_are_left_out(shown: str, printed: str, right: bool) -> None:
    assert fits(shown, printed) == right


if __name__ == "__main__":  # write what commands print now, in full, where it is not what the page shows
    os.environ["COLUMNS"] = "80"
    page = PAGE
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        for command, shown, printed in played(Path(place)):
            if not fits(shown, printed):
                page = page.replace(f"$ {command}\n{shown}", f"$ {command}\n{printed}", 1)
    FILE.write_text(page, encoding="utf-8")
