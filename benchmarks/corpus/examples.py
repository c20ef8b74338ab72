"""The messages of the corpus, each in its situation with what it asks for.

Belongs here: reading the committed files. Does not belong here: judging what was understood.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from benchmarks.corpus.make import HERE, code_of, read_lines
from rlve_dsl.expressions import Segment
from rlve_dsl.user import Slot
from rlve_dsl.user.facts import Question
from rlve_dsl.user.understanding.reading import Prepared
from rlve_dsl.values import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Situation:
    """What a shopper can be asked for, prepared."""

    id: str
    environment: str
    held: tuple[Slot, ...]
    absent: tuple[Slot, ...]
    codes: dict[str, int]
    prepared: Prepared


@dataclass(frozen=True, slots=True)
class Example:
    """A message in its situation, with what it asks for."""

    situation: Situation
    text: str
    kind: str
    general: bool
    asked: frozenset[int]


@cache
def situations(part: str) -> dict[str, Situation]:
    """The situations of a part of the corpus by their id."""
    found = {}
    for row in read_lines(HERE / part / "situations.jsonl"):
        held = [slot for slot in row["slots"] if slot["held"]]
        several = len({slot["part"] for slot in held}) > 1
        slots = tuple(_slot(s) for s in held), tuple(_slot(s) for s in row["slots"] if not s["held"])
        codes = {code_of(slot, several): index for index, slot in enumerate(held)}
        found[row["id"]] = Situation(row["id"], row["env"], *slots, codes, Prepared(*slots))
    return found


def examples(part: str) -> list[Example]:
    """The messages of a part of the corpus, but for those that their writers were in doubt about."""
    found = []
    for row in read_lines(HERE / part / "messages.jsonl"):
        situation = situations(part)[row["id"]]
        if not row.get("doubt"):
            asked = frozenset(situation.codes[code] for code in row["asks"])
            general = row["kind"] == "general" or bool(row.get("general"))
            found.append(Example(situation, row["text"], row["kind"], general, asked))
    return found


def _slot(row: JsonObject) -> Slot:
    says, asks = _question(row["says"]), tuple(_question(ask) for ask in row["asks"])
    about, options = tuple(row["about"]), tuple(row["options"])
    return Slot(row["fact"], row["key"], row["value"], says, asks, row["omitted"], False, row["part"], about, options)


def _question(pieces: list[list[Json]]) -> Question:
    return tuple(Segment(str(text), bool(is_value)) for text, is_value in pieces)
