"""What a certification tried: which agents, what each of them does, and in how many plays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from rlve_dsl.certify import guessing
from rlve_dsl.certify.findings import CheckResult
from rlve_dsl.certify.imperfect import ERRING, SILENT
from rlve_dsl.certify.probes import PROBES
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

_COUNTED: Mapping[str, tuple[str, ...]] = {
    "solvable": ("share passed",),
    "floor": ("share passed wrongly", "share of answers guessed"),
    "harder": ("share passed at",),
    "learnable": ("share passed at",),
}
"""How the names of the figures that count plays begin, by check."""

_SAYS: Mapping[str, str] = {
    "oracle": "plays the solution of the file, which knows only what it is told and shown",
    **{probe.name: probe.says for probe in PROBES},
    guessing.NAME: guessing.SAYS,
    **{agent.name: agent.says for agent in (*ERRING, *SILENT)},
}


@frozen
class Attempts:
    """An agent, what it does, the check that played it, in how many plays, and in how many it passed, where that is counted."""

    agent: str
    does: str
    check: str
    plays: int
    passed: int | None

    def as_json(self) -> JsonObject:
        """Return it as JSON data."""
        return {
            "agent": self.agent,
            "does": self.does,
            "check": self.check,
            "plays": self.plays,
            "passed": self.passed,
        }


def attempts(results: Sequence[CheckResult], more: Mapping[str, str] = MappingProxyType({})) -> Iterator[Attempts]:
    """Yield what was tried, agent by agent. A search for a play that pays too much is one agent.

    Args:
        results: What the checks found.
        more: What the probes of plugins do, by name.
    """
    says = {**_SAYS, **more}
    for result in results:
        wanted = _COUNTED.get(result.name, ())
        subjects = dict.fromkeys(f.subject for f in result.figures if f.measure.startswith(wanted))
        for subject in subjects:
            if subject == "level" or ", others at " in subject:  # all agents together
                continue
            mine = [f.interval for f in result.figures if f.subject == subject and f.measure.startswith(wanted)]
            plays, passed = sum(i.of for i in mine), sum(round(i.value * i.of) for i in mine)
            yield Attempts(subject, says.get(subject, "plays a simpler solution"), result.name, plays, passed)
        if result.name == "gap":
            tried = [f.interval for f in result.figures if f.measure == "plays tried a case"]
            plays = sum(round(i.value * i.of) for i in tried)
            yield Attempts(
                "search", "changes one or two things in a play, to see what pays too much", "gap", plays, None
            )
