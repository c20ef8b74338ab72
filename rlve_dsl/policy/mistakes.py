"""What to say of a clause that does not parse."""

from __future__ import annotations

from dataclasses import dataclass

import lark

from rlve_dsl.policy.ast import Place


@dataclass(frozen=True, slots=True)
class Said:
    """One mistake; `place` counts from the beginning of the clause."""

    code: str
    message: str
    place: Place
    label: str = ""
    help: str = ""


class Misplaced(Exception):
    """A clause parses and means nothing; carries what is said of it."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.message)
        self.said = said


def explain(text: str, problem: lark.exceptions.UnexpectedInput, start: str) -> Said:
    """The one sentence that says what is wrong with a clause."""
    position = getattr(problem, "pos_in_stream", None)
    at = position if isinstance(position, int) and position >= 0 else len(text)
    word = text[at:].split() or [""]
    return Said(
        "P103",
        f"`{word[0]}` does not belong here" if word[0] else "the rule ends too early",
        (min(at, len(text) - 1), at + len(word[0])),
    )


RESERVED = frozenset(
    ["decide", "as", "except", "when", "but", "plus", "minus", "require", "before", "forbid", "unless", "or", "and", "not",
     "is", "between", "within", "after", "of", "over", "under", "known", "unknown", "yes", "no", "day", "days"]
)  # fmt: skip
