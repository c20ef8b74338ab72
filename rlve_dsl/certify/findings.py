"""What a check says: figures, findings, and whether it holds. Nouns only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rlve_dsl.certify.intervals import Interval


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured number: of which environment, of what (`subject`: a probe, an axis, a level), and what it counts.

    `bound` says what it had to stay within, in words; empty when it is reported only.
    """

    environment: str
    subject: str
    measure: str
    interval: Interval
    bound: str = ""

    def as_json(self) -> dict[str, Any]:
        """JSON-ready values."""
        named = {"environment": self.environment, "subject": self.subject, "measure": self.measure}
        return {**named, **self.interval.as_json(), "bound": self.bound}


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a check does not hold: what was seen in which environment, at the smallest level and seed that show it.

    `lines` is the trajectory that shows it, empty where none can; `file` where it was written.
    """

    environment: str
    subject: str
    text: str
    level: int | None = None
    seed: int | None = None
    lines: str = field(default="", repr=False)
    file: str = ""

    def as_json(self) -> dict[str, Any]:
        """JSON-ready values; the trajectory is in its file."""
        return {
            "environment": self.environment,
            "subject": self.subject,
            "text": self.text,
            "level": self.level,
            "seed": self.seed,
            "trajectory": self.file or None,
        }


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of one check. It holds when there are no findings.

    `ids` are those of OpenEnv's validation policy (RFC 008) that the check answers, or one of ours where it has none;
    `notes` say what was not judged, and why; `curves` are pass rates for the page's pictures, by environment and series.
    """

    name: str
    ids: tuple[str, ...]
    promise: str
    figures: tuple[Figure, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    curves: Mapping[str, Mapping[str, tuple[tuple[float, Interval], ...]]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether the check holds."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {
            "name": self.name,
            "ids": list(self.ids),
            "promise": self.promise,
            "passed": self.passed,
            "findings": [finding.as_json() for finding in self.findings],
            "figures": [figure.as_json() for figure in self.figures],
            "notes": list(self.notes),
            "curves": {
                environment: {
                    series: [{"at": at, **interval.as_json()} for at, interval in points]
                    for series, points in curves.items()
                }
                for environment, curves in self.curves.items()
            },
        }
