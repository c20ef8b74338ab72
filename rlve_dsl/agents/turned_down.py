"""Tools that change something, and are refused whenever they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rlve_dsl.episode import Turn
from rlve_dsl.frozen import frozen

FEWEST = 8
"""How many plays must have called a tool before it is said that it never succeeds: the next one may be allowed."""


@frozen
class NeverCarriedOut:
    """A tool that was refused in all `plays` that called it, and what it said first."""

    tool: str
    plays: int
    reason: str


def changes_tried(turns: Iterable[Turn]) -> dict[str, str]:
    """The tools that a play called to change something: each with its first refusal, or with nothing if a call succeeded.

    Calls that failed for the moment do not count.
    """
    tried: dict[str, str] = {}
    for turn in turns:
        for result in turn.results:
            if result.tool.writes and not result.failed:
                name = result.tool.name
                tried[name] = "" if result.refused is None else tried.get(name, result.refused)
    return tried


def never_carried_out(plays: Sequence[Mapping[str, str]], fewest: int = FEWEST) -> list[NeverCarriedOut]:
    """The tools that at least `fewest` plays called, and that were refused in all of them."""
    found = []
    for name in dict.fromkeys(name for tried in plays for name in tried):
        reasons = [tried[name] for tried in plays if name in tried]
        if len(reasons) >= fewest and all(reasons):
            found.append(NeverCarriedOut(name, len(reasons), reasons[0]))
    return found
