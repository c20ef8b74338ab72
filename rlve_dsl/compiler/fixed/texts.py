"""The texts that a fixed task's user says, and those that results show, in lower case."""

from __future__ import annotations

from collections.abc import Iterator

from rlve_dsl import files
from rlve_dsl.values import Json


def said_in(task: files.FixedTask) -> Iterator[str]:
    """What the user can say: the opening, and the values and words of all facts."""
    for text in task.opening or ():
        yield text.text.lower()
    for fact in task.facts:
        yield fact.value.text.lower()
        yield from (text.text.lower() for text in fact.says)


def texts_in(data: Json) -> Iterator[str]:
    """The texts of JSON data, at any depth."""
    if isinstance(data, str):
        yield data.lower()
    elif isinstance(data, dict):
        for name, part in data.items():
            yield name.lower()
            yield from texts_in(part)
    elif isinstance(data, list):
        for part in data:
            yield from texts_in(part)
