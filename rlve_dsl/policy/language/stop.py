"""Where the parser stopped in a clause, and what is said of it; the words that no name may be."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rlve_dsl.policy.language.ast import Place

RESERVED = frozenset(
    ["decide", "as", "except", "when", "but", "plus", "minus", "require", "before", "forbid", "unless", "or", "and", "not",
     "is", "between", "within", "after", "of", "over", "under", "known", "unknown", "yes", "no", "day", "days"]
)  # fmt: skip
# Words that are part of a longer one, `one of`; values of an enum may be called so, facts and decisions not.
NO_NAMES = RESERVED | {"one", "none", "at", "more", "less", "only"}
WANTS_MORE = RESERVED - {"known", "unknown", "yes", "no", "day", "days"} | {"most", "least", "than"}
SIGNS = frozenset(["+", "-", "*", "<", ">", "<=", ">="])
_TOKEN = re.compile(r'\s*("[^"]*"|\$?\d[\d.]*%?(?:\s+days?(?![\w.]))?|[^\W\d][\w.]*|[<>]=?|\S)')


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


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the parser stopped: the tokens before, and from there on, with the text's quoted parts blanked."""

    bare: str
    at: int
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def found(self) -> str:
        """What stands there; empty at the end."""
        return self.after[0] if self.after else ""

    @property
    def follows(self) -> str:
        """What stands behind that; empty at the end."""
        return self.after[1] if len(self.after) > 1 else ""

    @property
    def previous(self) -> str:
        """What stands just before; empty at the beginning."""
        return self.before[-1] if self.before else ""

    @property
    def head(self) -> str:
        """The clause's first word."""
        return (self.before or self.after or ("",))[0]

    @property
    def here(self) -> Place:
        """The place of what was found, or of what stands last."""
        if self.found:
            return (self.at, self.at + len(self.found))
        end = len(self.bare.rstrip())
        return (end - len(self.previous), end) if self.previous else (0, 1)

    @property
    def between(self) -> bool:
        """Whether the parser stopped between two values."""
        return ends_value(self.previous) and begins_value(self.found)


def stopped(text: str, at: int) -> Stop:
    """The stop at a character of a clause."""
    bare = re.sub(r'"[^"\n]*"', lambda found: '"' + "_" * (len(found[0]) - 2) + '"', text)
    return Stop(bare, at, tokens(bare[:at]), tokens(bare[at:]))


def tokens(text: str) -> tuple[str, ...]:
    """The words, amounts and signs of a text, `30 days` as one."""
    return tuple(found[1] for found in _TOKEN.finditer(text) if found[1].strip())


def begins_value(token: str) -> bool:
    """Whether a value may begin with a token."""
    return bool(token) and (token[0] in '"$(' or token[0].isalnum() or token[0] == "_") and token not in WANTS_MORE


def ends_value(token: str) -> bool:
    """Whether a value may end with a token."""
    return bool(token) and (token[-1] in '")%' or token[-1].isalnum() or token[-1] == "_") and token not in WANTS_MORE
