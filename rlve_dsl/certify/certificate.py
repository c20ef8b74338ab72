"""The certificate: what was looked at, what every check said, and whether all of them hold."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rlve_dsl import __version__
from rlve_dsl.certify.checks import CHECKS, Check
from rlve_dsl.certify.findings import CheckResult, Finding
from rlve_dsl.certify.labour import Told, see
from rlve_dsl.certify.plan import Plan
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.episode import Scenario, ScenarioReference
from rlve_dsl.errors import UsageError

FORMAT = 1
LIBRARIES = ("numpy", "faiss-cpu", "lark", "joblib")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A scenario's certificate. It holds when every check that was asked for does, and none was left out."""

    scenario: str
    digest: str
    path: str
    environments: tuple[str, ...]
    catalog: str
    plan: Plan
    results: tuple[CheckResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every check that was made holds."""
        return all(result.passed for result in self.results)

    @property
    def complete(self) -> bool:
        """Whether every check there is was made."""
        return {result.name for result in self.results} == {check.name for check in CHECKS}

    def as_json(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {
            "format": FORMAT,
            "passed": self.passed,
            "complete": self.complete,
            "scenario": {"name": self.scenario, "path": self.path, "digest": self.digest},
            "environments": list(self.environments),
            "catalog": self.catalog,
            "plan": dict(self.plan.as_json()),
            "versions": versions(),
            "checks": [result.as_json() for result in self.results],
        }


def versions() -> dict[str, str]:
    """The versions of what the figures may depend on."""
    found = {"rlve-dsl": __version__, "python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def choose(names: Sequence[str] | None) -> tuple[Check, ...]:
    """The checks of these names, in the order of CHECKS; all of them for None. UsageError for a name there is not."""
    known = [check.name for check in CHECKS]
    for name in names or ():
        if name not in known:
            raise UsageError(
                f"there is no check `{name}`; {did_you_mean(name, known) or 'there are ' + ', '.join(known)}"
            )
    return tuple(check for check in CHECKS if names is None or check.name in names)


def certify(
    source: ScenarioReference, plan: Plan, checks: Sequence[Check] = CHECKS, tell: Told = lambda done, of: None,
    scenario: Scenario | None = None,
) -> Certificate:  # fmt: skip
    """The certificate of a scenario; trajectories are in its findings, and in no file yet.

    Raises ScenarioError when the scenario does not compile.
    """
    scenario = scenario or source.load()
    seen = see(source, scenario, plan, checks, tell)
    results = tuple(check.judge(scenario, plan, seen[check.name]) for check in checks)
    catalog = scenario.compiled.catalog
    return Certificate(
        scenario.name, scenario.digest, source.path, scenario.environments,
        f"{catalog.name}, {catalog.size} products, {catalog.digest[:16]}", plan, results,
    )  # fmt: skip


def with_files(certificate: Certificate, folder: Path) -> Certificate:
    """The certificate whose findings name their trajectories, which are written below `folder`."""
    results = []
    for result in certificate.results:
        findings = tuple(_written(result.name, number, f, folder) for number, f in enumerate(result.findings, start=1))
        results.append(replace(result, findings=findings))
    return replace(certificate, results=tuple(results))


def _written(check: str, number: int, finding: Finding, folder: Path) -> Finding:
    if not finding.lines:
        return finding
    name = f"trajectories/{check}-{number}-{finding.environment}-{finding.level}-{finding.seed}.jsonl"
    write(folder / name, finding.lines)
    return replace(finding, file=name)


def write(path: Path, text: str) -> None:
    """The file holds the text, or is as it was: it is written beside it and moved into its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def to_json(certificate: Certificate) -> str:
    """The certificate as a JSON text."""
    return json.dumps(certificate.as_json(), indent=2, ensure_ascii=False) + "\n"
