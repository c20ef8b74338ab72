"""What is said of one thing that an author can write, and how a name finds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.english import listed
from rlve_dsl.expressions.types import ListOf, Optional, Over, Type
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Json, JsonObject

_MOST_SUGGESTED = 8


@frozen
class Part:
    """An argument, a field or a key of a thing. `default` is its value where it is left out, as an author would write it."""

    name: str
    type: str
    doc: str = ""
    needed: bool = True
    default: str = ""


@frozen
class Entry:
    """A thing that an author can write.

    Attributes:
        sort: What it is: `sampler`, `tool`, `key`, …
        name: Its full name: `catalog.search`, `environment.reward.task`.
        doc: What it is for.
        written: How it is written, with its arguments.
        gives: The type of what it gives.
        parts_are: What its parts are: `arguments`, `fields` or `keys`.
        parts: Its parts.
        notes: What else an author must know; each is a sentence.
        owner: The plugin that brings it; empty for what is built in.
        also: Other names that find it.
        same_as: The key that has the same keys and was described before, if there is one.
        example: Lines of a scenario file in which it is used.
        example_file: The short name of this file.
    """

    sort: str
    name: str
    doc: str
    written: tuple[str, ...] = ()
    gives: str = ""
    parts_are: str = ""
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    owner: str = ""
    also: tuple[str, ...] = ()
    same_as: str = ""
    example: str = ""
    example_file: str = ""

    def as_json(self) -> JsonObject:
        """The entry as JSON data."""
        parts: list[Json] = [
            {"name": p.name, "type": p.type, "doc": p.doc, "needed": p.needed, "default": p.default or None}
            for p in self.parts
        ]
        return {
            "sort": self.sort, "name": self.name, "doc": self.doc, "written": [*self.written], "gives": self.gives or None,
            self.parts_are or "parts": parts, "notes": [*self.notes], "owner": self.owner or "rlve_dsl",
            "example": self.example or None, "example_file": self.example_file or None,
        }  # fmt: skip


def found(name: str, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries that a name means: by their full names or the ends of these, in the case of the name if there are any.

    >>> key = Entry("key", "environment.reward.task", "What the outcome is worth.", also=("task", "reward.task"))
    >>> [len(found(name, [key])) for name in ("task", "reward.task", "Environment.Reward.Task", "tasks")]
    [1, 1, 1, 0]
    """
    every = tuple(entries)
    exact = tuple(entry for entry in every if name in (entry.name, *entry.also))
    return exact or tuple(e for e in every if name.lower() in (other.lower() for other in (e.name, *e.also)))


def suggestions(name: str, entries: Iterable[Entry]) -> str:
    """``did you mean `x`?`` for names that are close or have this one in them, or an empty string.

    >>> suggestions("Line", [Entry("record", "CartLine", ""), Entry("record", "OrderLine", "")])
    'did you mean `CartLine` or `OrderLine`?'
    """
    every = tuple(entries)
    if near := did_you_mean(name, dict.fromkeys(other for entry in every for other in (entry.name, *entry.also))):
        return near
    ends = dict.fromkeys(entry.name.rpartition(".")[2] for entry in every)
    holding = [f"`{end}`" for end in ends if name.lower() in end.lower()] if len(name) > 2 else []
    return f"did you mean {listed(holding, ' or ')}?" if 0 < len(holding) <= _MOST_SUGGESTED else ""


def type_words(type_: Type) -> str:
    """A type in the words of the language; `?` after it says that a value may be unknown.

    >>> from rlve_dsl.expressions.types import INT
    >>> type_words(Optional(ListOf(INT)))
    '(list of int)?'
    """
    match type_:
        case Optional(item=item):
            words = type_words(item)
            return f"({words})?" if " " in words and not words.endswith(" id") else f"{words}?"
        case ListOf(item=item):
            return f"list of {type_words(item)}"
        case Over(item=item, result=result):
            return f"an expression over each {type_words(item)} that gives {type_words(result)}"
    return str(type_)


def ends(path: Sequence[str]) -> tuple[str, ...]:
    """The shorter names of a key: `a.b.c` is also `b.c` and `c`."""
    return tuple(".".join(path[start:]) for start in range(1, len(path)))


PLAIN_TYPES: Mapping[str, str] = {
    "int": "A whole number.",
    "real": "A number. A whole number may stand where one is wanted.",
    "bool": "`true` or `false`. In a policy: `yes` or `no`.",
    "text": 'A text. In an expression it is written in quotes: `"red"`.',
    "money": "An amount of money in whole cents, written `$5` or `$5.99`. An agent reads and writes dollars: `5.99`.",
    "days": "A number of days, written `30 days` or `1 day`. An agent reads and writes a whole number.",
    "any": "A value whose type is known only when an episode is played, such as the attributes of a product.",
}
