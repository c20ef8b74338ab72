"""`rlve-dsl certify`: show that a scenario is worth training on, or why it is not."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from rlve_dsl.certify import (
    CHECKS,
    Certificate,
    Plan,
    certify,
    choose,
    levels_as_text,
    page,
    read_levels,
    to_json,
    with_files,
)
from rlve_dsl.cli.sources import add_scenario, scenario_of
from rlve_dsl.errors import UsageError
from rlve_dsl.terminal import Text, bars, console, escape, table
from rlve_dsl.writing import write_atomically

HELP = "Play a scenario in every way that could show it unsound; write a certificate."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_scenario(parser)
    parser.add_argument("--levels", metavar="A..B", help="which levels (all of the scenario's)")
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="seeds 0 to N-1 at each level (20)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="J", help="worker processes (one a core)"
    )
    parser.add_argument("--checks", metavar="A,B", help=f"only these: {', '.join(check.name for check in CHECKS)}")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where certificate.json, certificate.html and trajectories go"
    )
    parser.add_argument("--json", action="store_true", help="print the certificate")


def run(arguments: argparse.Namespace) -> int:
    """0 when every check holds, 3 when one does not."""
    if arguments.seeds < 1 or arguments.jobs < 1:
        raise UsageError("--seeds and --jobs are at least 1")
    checks = choose(arguments.checks.split(",") if arguments.checks else None)
    source = scenario_of(arguments)
    scenario = source.load()
    low, high = scenario.levels
    levels = read_levels(arguments.levels or f"{low}..{high}", low, high)
    plan = Plan(levels, arguments.seeds, arguments.jobs)
    out: Path | None = arguments.out
    if out is not None and out.exists() and not out.is_dir():
        raise UsageError(f"`{out}` is no folder")
    with bars(transient=True) as report:
        certificate = certify(source, plan, checks, lambda done, of: report("certifying", done, of), scenario)
    if out is not None:
        certificate = with_files(certificate, out)
        write_atomically(out / "certificate.json", to_json(certificate))
        write_atomically(out / "certificate.html", page(certificate))
    if arguments.json:
        sys.stdout.write(to_json(certificate))
    else:
        _show(certificate, out)
    return 0 if certificate.passed else 3


def _show(certificate: Certificate, out: Path | None) -> None:
    printer, plan = console(), certificate.plan
    printer.print(
        f"[bold]{escape(certificate.scenario)}[/] · {', '.join(certificate.environments)} · levels {levels_as_text(plan.levels)}"
        f" · {plan.seeds} seeds · {certificate.digest[:12]}"
    )
    printer.print(table(("check", "", "what holds, or what does not"), _rows(certificate)))
    printer.print("[green]all checks hold[/]" if certificate.passed else "[red]not certified[/]")
    if out is not None:
        printer.print(f"written to {out / 'certificate.json'} and {out / 'certificate.html'}")


def _rows(certificate: Certificate) -> Iterator[tuple[str, Text | str, str]]:
    for result in certificate.results:
        verdict = Text("holds", "green") if result.passed else Text("fails", "red")
        yield result.name, verdict, result.promise if result.passed else ""
        for finding in result.findings:
            places = ((name, getattr(finding, name)) for name in ("level", "seed"))
            where = ", ".join(f"{name} {number}" for name, number in places if number is not None)
            yield "", "", f"{finding.environment}, {finding.subject}{f' ({where})' if where else ''}: {finding.text}"
