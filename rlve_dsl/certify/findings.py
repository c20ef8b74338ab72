"""What a check finds: figures, findings, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TypeAlias, TypeVar

from rlve_dsl.certify.intervals import Interval
from rlve_dsl.certify.traces import Trace
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

Curves: TypeAlias = Mapping[str, tuple[tuple[float, Interval], ...]]
"""Points of a picture, by series: a level or the value of an axis, and a pass rate."""


@frozen
class Observation:
    """What a check observed in a case. `trajectory` shows it, where there is something to show."""

    environment: str
    level: int
    seed: int
    trajectory: str = field(repr=False)

    def finding(self, subject: str, text: str) -> Finding:
        """Make the finding that this observation shows."""
        return Finding(self.environment, subject, text, self.level, self.seed, self.trajectory)


AnyObservation = TypeVar("AnyObservation", bound=Observation)


def first_of(observations: Iterable[AnyObservation]) -> AnyObservation:
    """Return the observation of the lowest level, and of the lowest seed there."""
    return min(observations, key=lambda one: (one.level, one.seed))


@frozen
class Figure:
    """A measured number.

    `environment` and `subject` (a probe, an axis, a level) say what was measured. `bound` says in words what it has to stay
    within; it is empty where nothing is required.
    """

    environment: str
    subject: str
    measure: str
    interval: Interval
    bound: str = ""

    def as_json(self) -> JsonObject:
        """Return it as JSON data."""
        named: JsonObject = {"environment": self.environment, "subject": self.subject, "measure": self.measure}
        return {**named, **self.interval.as_json(), "bound": self.bound}


@frozen
class Finding:
    """A reason why a check does not hold, with the lowest level and seed that show it.

    `trajectory` shows it, where one can; `file` is where the trajectory was written.
    """

    environment: str
    subject: str
    text: str
    level: int | None = None
    seed: int | None = None
    trajectory: str = field(default="", repr=False)
    file: str = ""

    def as_json(self) -> JsonObject:
        """Return it as JSON data, without the trajectory itself."""
        return {
            "environment": self.environment,
            "subject": self.subject,
            "text": self.text,
            "level": self.level,
            "seed": self.seed,
            "trajectory": self.file or None,
        }


@frozen
class CheckResult:
    """The result of one check, which holds when there are no findings.

    `ids` are the ids of OpenEnv's validation policy (RFC 008) that the check answers, or one of ours where it has none.
    `notes` say what was not judged, and why; `remarks` are notes that a terminal shows, too. `undecided` says what could not be judged because there were too few seeds.
    `curves` are for the pictures of the page, by environment. `traces` show how imperfect agents fail.
    """

    name: str
    ids: tuple[str, ...]
    promise: str
    figures: tuple[Figure, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    curves: Mapping[str, Curves] = field(default_factory=dict)
    traces: tuple[Trace, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the check holds."""
        return not self.findings

    def as_json(self) -> JsonObject:
        """Return it as JSON data."""
        return {
            "name": self.name,
            "ids": [*self.ids],
            "promise": self.promise,
            "passed": self.passed,
            "findings": [finding.as_json() for finding in self.findings],
            "figures": [figure.as_json() for figure in self.figures],
            "notes": [*self.remarks, *self.notes],
            "undecided": [*self.undecided],
            "failures": [trace.as_json() for trace in self.traces],
            "curves": {
                environment: {
                    series: [{"at": at, **interval.as_json()} for at, interval in points]
                    for series, points in curves.items()
                }
                for environment, curves in self.curves.items()
            },
        }
