"""`rlve-dsl certify`: show that a scenario is worth training on, or why it is not."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from rlve_dsl.certify import (
    CHECKS,
    Certificate,
    Plan,
    certify,
    check_folder,
    checks_of,
    choose,
    cores,
    files_of,
    keep_certificate,
    levels_as_text,
    read_levels,
    to_json,
    with_files,
)
from rlve_dsl.cli.ending import ended_when_unread
from rlve_dsl.cli.sources import add_scenario, scenario_of
from rlve_dsl.episode import Scenario, ScenarioReference
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.terminal import Text, bars, console, escape, table
from rlve_dsl.writing import write_atomically


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_scenario(parser)
    parser.add_argument("--levels", metavar="LEVELS", help="which levels: 0..12, 3, or 0,6,12 (all of the scenario's)")
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="seeds 0 to N-1 at each level (20)")
    parser.add_argument("--jobs", type=int, metavar="J", help="worker processes (one a core)")
    names = ", ".join(check.name for check in CHECKS)
    parser.add_argument("--checks", metavar="A,B", help=f"only these: {names}, or those of plugins that the file lists")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where certificate.json, certificate.html and trajectories go"
    )
    parser.add_argument(
        "--strict", action="store_true",
        help="watch what plugins do at play: global randomness, changes without effects, state, files, slowness",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the certificate")


def run(arguments: argparse.Namespace) -> int:
    """0 when every check holds, 3 when one does not."""
    if arguments.seeds < 1 or (arguments.jobs is not None and arguments.jobs < 1):
        raise UsageError("--seeds and --jobs are at least 1")
    source = replace(scenario_of(arguments), strict=arguments.strict)
    scenario = _load(source)
    checks = choose(arguments.checks.split(",") if arguments.checks else None, checks_of(scenario))
    low, high = scenario.levels
    levels = read_levels(arguments.levels or f"{low}..{high}", low, high)
    plan = Plan(levels, arguments.seeds, arguments.jobs or cores())
    out: Path | None = arguments.out
    if out is not None:
        check_folder(out)
    unread = ended_when_unread() if out is None else nullcontext()  # a certificate that is saved is for others too
    with unread, bars(transient=True) as report:
        certificate = certify(source, plan, checks, lambda done, of: report("certifying", done, of), scenario)
    if out is not None:
        certificate = with_files(certificate)
    keep_certificate(certificate)
    try:  # neither a full disk hides the verdict, nor a closed pipe the certificate
        if arguments.json:
            sys.stdout.write(to_json(certificate))
        else:
            _show(certificate)
        sys.stdout.flush()
    finally:
        if out is not None:
            for name, text in files_of(certificate).items():
                write_atomically(out / name, text)
    if out is not None and not arguments.json:
        console().print(f"written to {out / 'certificate.json'} and {out / 'certificate.html'}", markup=False)
    return 0 if certificate.passed else 3


def _load(source: ScenarioReference) -> Scenario:
    """The scenario; also one that has no error but that plugins fail at levels that are tried, which its certificate tells."""
    try:
        return source.load()
    except ScenarioError as problems:
        if any(d.severity == "error" and d.code != "R218" for d in problems.diagnostics):
            raise
        return source.load_again()


def _show(certificate: Certificate) -> None:
    printer, plan = console(), certificate.plan
    printer.print(
        f"[bold]{escape(certificate.scenario)}[/] · {', '.join(certificate.environments)} · levels {levels_as_text(plan.levels)}"
        f" · {plan.seeds} seeds · {certificate.digest[:12]}"
    )
    printer.print(table(("check", "", "what holds, or what does not"), _rows(certificate)))
    ink = "red" if not certificate.passed else "yellow" if certificate.undecided else "green"
    printer.print(Text(certificate.verdict, ink))


def _rows(certificate: Certificate) -> Iterator[tuple[str, Text | str, str]]:
    for result in certificate.results:
        verdict = Text("fails", "red")
        if result.passed:
            verdict = Text("too few seeds", "yellow") if result.undecided else Text("holds", "green")
        yield result.name, verdict, result.promise if result.passed else ""
        for finding in result.findings:
            places = ((name, getattr(finding, name)) for name in ("level", "seed"))
            where = ", ".join(f"{name} {number}" for name, number in places if number is not None)
            subject = ", ".join(filter(None, (finding.environment, finding.subject)))
            yield "", "", f"{subject}{f' ({where})' if where else ''}: {finding.text}"
        for text in result.undecided:
            yield "", "", f"not enough seeds: {text}"
        for text in result.remarks:
            yield "", "", f"worth knowing: {text}"
