"""Examples: the shortest place of a packaged scenario where a thing is used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from rlve_dsl.files import Written, read_regular, written_in
from rlve_dsl.frozen import frozen
from rlve_dsl.packaged import files_of, folders
from rlve_dsl.reference.entries import Entry

_MOST_LINES = 10
Found = Callable[[Written], tuple[int, int] | None]
"""The lines of an example in what is written, if it is one."""


@frozen
class Source:
    """A packaged scenario file: its short name, its kind and its text."""

    name: str
    kind: str
    text: str

    def written(self) -> tuple[Written, ...]:
        """What is written in it."""
        return _written(self)

    def cut(self, lines: tuple[int, int]) -> str:
        """These lines, moved to the left."""
        first, last = lines
        taken = self.text.splitlines()[first - 1 : last]
        indent = min((len(line) - len(line.lstrip()) for line in taken if line.strip()), default=0)
        more = ["…"] if len(taken) > _MOST_LINES else []
        return "\n".join([line[indent:] for line in taken[:_MOST_LINES]] + more)


def with_example(entry: Entry, folder: Path | None = None) -> Entry:
    """The entry with an example, if a packaged scenario has one, or with `folder` a file of this folder."""
    last = entry.name.rpartition(".")[2]
    word, found, kind = {
        "key": (last, _of_key(entry), entry.name.split(".")[0]),
        "sampler": (entry.name, _of_primitive(entry.name), ""),
        "event": (entry.name, _of_primitive(entry.name), ""),
        "tool": (entry.name, _of_tool(entry.name), ""),
        "function": (f"{entry.name}(", _of_function(entry.name), ""),
        "measure": (f"{entry.name}(", _of_function(entry.name), ""),
        "act": (entry.name, _of_act(entry.name), ""),
    }.get(entry.sort, ("", None, ""))
    if found is None:
        return entry
    best: tuple[bool, int, str, str] | None = None
    for source in _sources() if folder is None else _sources_in(folder):
        if (kind and source.kind.lower() != kind) or word not in source.text:
            continue
        for written in source.written():
            if (lines := found(written)) is not None and not (text := source.cut(lines)).endswith(("{}", "[]")):
                here = (lines[1] - lines[0] >= _MOST_LINES, len(text), source.name, text)
                best = here if best is None else min(best, here)
    return entry if best is None else replace(entry, example=best[3], example_file=best[2])


def _of_key(entry: Entry) -> Found:
    path = entry.name.split(".")[1:]

    def found(written: Written) -> tuple[int, int] | None:
        keys = iter(written.keys)
        same = written.keys[-1] == path[-1] and written.keys[0] == path[0] and all(key in keys for key in path)
        return written.lines if same else None

    return found


def _of_primitive(name: str) -> Found:
    return lambda written: written.around if written.keys[-1] == name else None


def _of_tool(name: str) -> Found:
    return lambda written: written.around if written.keys[-1] == "call" and written.texts == (name,) else None


def _of_act(name: str) -> Found:
    return lambda written: written.lines if written.keys[-2:] == ("acts", name) else None


def _of_function(name: str) -> Found:
    call = re.compile(rf"(?<![\w.]){re.escape(name)}\(")
    return lambda written: written.lines if any(call.search(text) for text in written.texts) else None


@cache
def _sources() -> tuple[Source, ...]:
    return tuple(_read())


def _sources_in(folder: Path) -> tuple[Source, ...]:
    return tuple(_read_each((file.name, file) for file in sorted(folder.glob("*.y*ml")) if file.is_file()))


def _read() -> Iterator[Source]:
    return _read_each(named for package in folders() for named in files_of(package).items())


def _read_each(named: Iterable[tuple[str, Path]]) -> Iterator[Source]:
    for name, file in named:
        text = _text(file)
        kind = re.search(r"(?m)^kind: *(\w+)", text)
        if kind:
            yield Source(name, kind[1], text)


def _text(file: Path) -> str:
    return read_regular(file).decode("utf-8", "replace")


@cache
def _written(source: Source) -> tuple[Written, ...]:
    return tuple(written_in(source.text, source.name))
