"""The certificate: what was looked at, the result of every check, and whether all of them hold."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rlve_dsl import __version__
from rlve_dsl.certify.checks import CHECKS, AnyCheck
from rlve_dsl.certify.extensions import checks_of, extensions_used
from rlve_dsl.certify.findings import CheckResult, Finding
from rlve_dsl.certify.judging import judged
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.tried import attempts
from rlve_dsl.certify.workers import OnProgress, run_units
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.episode import Scenario, ScenarioReference
from rlve_dsl.errors import UsageError
from rlve_dsl.frozen import frozen
from rlve_dsl.plugins import uses_as_json
from rlve_dsl.values import JsonObject
from rlve_dsl.writing import check_writable

FORMAT = 1
FILES = ("certificate.json", "certificate.html")
"""What is written into the folder of a certificate, beside trajectories."""

LIBRARIES = ("numpy", "faiss-cpu", "lark", "joblib")


@frozen
class Certificate:
    """The certificate of a scenario: what was looked at, and the results of the checks that were made.

    `plugins` are the plugins that were used, as JSON data; `probes` says what their probes do, by name.
    """

    scenario: str
    digest: str
    path: str
    environments: tuple[str, ...]
    catalog: str
    plan: Plan
    results: tuple[CheckResult, ...]
    plugins: tuple[JsonObject, ...] = ()
    probes: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every check that was made holds."""
        return all(result.passed for result in self.results)

    @property
    def complete(self) -> bool:
        """Whether all of CHECKS were made."""
        return {result.name for result in self.results} >= {check.name for check in CHECKS}

    @property
    def undecided(self) -> tuple[str, ...]:
        """The checks that found nothing wrong, but had too few seeds to judge everything."""
        return tuple(result.name for result in self.results if result.passed and result.undecided)

    @property
    def verdict(self) -> str:
        """What the certificate says in one line."""
        failed = len(self.results) - sum(result.passed for result in self.results)
        if failed:
            return f"{failed} of {len(self.results)} checks fail"
        if self.undecided:
            return f"no check fails; not enough seeds for: {', '.join(self.undecided)}"
        if self.complete:
            return "all checks hold"
        made = len(self.results)
        return f"all {made} checks that were made hold" if made > 1 else "the check that was made holds"

    def as_json(self) -> JsonObject:
        """Return it as JSON data."""
        return {
            "format": FORMAT,
            "passed": self.passed,
            "verdict": self.verdict,
            "undecided": [*self.undecided],
            "complete": self.complete,
            "scenario": {"name": self.scenario, "path": self.path, "digest": self.digest},
            "environments": [*self.environments],
            "catalog": self.catalog,
            "plan": self.plan.as_json(),
            "versions": {**versions()},
            "plugins": [*self.plugins],
            "tried": [one.as_json() for one in attempts(self.results, self.probes)],
            "checks": [result.as_json() for result in self.results],
        }


def versions() -> dict[str, str]:
    """Return the versions of the packages that figures may depend on."""
    found = {"rlve-dsl": __version__, "python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def choose(names: Sequence[str] | None, checks: Sequence[AnyCheck] = CHECKS) -> tuple[AnyCheck, ...]:
    """Return the checks of these names, in the order of `checks`; all of them for None.

    Raises:
        UsageError: When there is no check of a name.
    """
    known = [check.name for check in checks]
    for name in names or ():
        if name not in known:
            raise UsageError(
                f"there is no check `{name}`; {did_you_mean(name, known) or 'there are ' + ', '.join(known)}"
            )
    return tuple(check for check in checks if names is None or check.name in names)


def certify(
    source: ScenarioReference,
    plan: Plan,
    checks: Sequence[AnyCheck] | None = None,
    on_progress: OnProgress = lambda done, of: None,
    scenario: Scenario | None = None,
) -> Certificate:
    """Make the certificate of a scenario. Its findings hold their trajectories; no file is written.

    Args:
        source: Where each worker loads the scenario from.
        plan: What is looked at.
        checks: The checks to make; all of them by default, with those of the plugins that the scenario's file lists.
        on_progress: Called as `on_progress(done, of)` after each unit of work.
        scenario: The scenario, if it has been loaded already.

    Raises:
        ScenarioError: When the scenario does not compile.

    Example:
        >>> certificate = certify(ScenarioReference("scenarios/c8.yaml"), Plan((0, 6), seeds=2))  # doctest: +SKIP
    """
    scenario = scenario or source.load()
    checks = checks_of(scenario) if checks is None else tuple(checks)
    observed, faults = run_units(source, scenario, plan, checks, on_progress)
    results = tuple(judged(check, scenario, plan, observed[check.name], faults) for check in checks)
    if faults:
        results += (
            CheckResult("plugins", ("rlve.plugins_sound",), "what plugins bring does not fail", findings=tuple(faults)),
        )
    catalog = scenario.compiled.catalog
    return Certificate(
        scenario.name, scenario.digest, source.path, scenario.environments,
        f"{catalog.name}, {catalog.size} products, {catalog.digest[:16]}", plan, results,
        tuple(uses_as_json((*scenario.compiled.uses, *extensions_used(scenario, tuple(check.name for check in checks))))),
        {name: probe.says for name, probe in scenario.compiled.known.probes.items()},
    )  # fmt: skip


def check_folder(folder: Path) -> None:
    """Make sure, before the work, that a certificate can be written into a folder, which is made when it is missing.

    Raises:
        UsageError: When it is no folder, or holds files of the certificate's names that are no certificate.
        OSError: When it cannot be written to.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`{folder}` is no folder")
    paths = [folder / name for name in FILES]
    taken = [path for path in paths if path.exists() or path.is_symlink()]
    if taken and not _is_certificate(paths[0]):
        raise UsageError(
            f"`{taken[0]}` is there already and was not written by `certify`: name another folder with --out"
        )
    for path in paths:
        check_writable(path)


def _is_certificate(path: Path) -> bool:
    try:
        written = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(written, dict) and {"format", "passed", "checks", "plan"} <= written.keys()


def with_files(certificate: Certificate) -> Certificate:
    """Return the certificate with a file named for the trajectory of each finding; `files_of` holds these files."""
    results = []
    for result in certificate.results:
        findings = tuple(_with_file(result.name, number, f) for number, f in enumerate(result.findings, start=1))
        results.append(replace(result, findings=findings))
    return replace(certificate, results=tuple(results))


def _with_file(check: str, number: int, finding: Finding) -> Finding:
    if not finding.trajectory:
        return finding
    name = f"trajectories/{check}-{number}-{finding.environment}-{finding.level}-{finding.seed}.jsonl"
    return replace(finding, file=name)


def to_json(certificate: Certificate) -> str:
    """Return the certificate as a JSON text."""
    return json.dumps(certificate.as_json(), indent=2, ensure_ascii=False) + "\n"
