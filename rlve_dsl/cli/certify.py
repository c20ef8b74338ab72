"""`rlve-dsl certify`: show that a scenario is worth training on, or why it is not."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from rlve_dsl.certify import CHECKS, Certificate, Plan, certify, choose, page, read_levels, to_json, with_files
from rlve_dsl.episode import ScenarioReference
from rlve_dsl.errors import UsageError
from rlve_dsl.writing import write_atomically

NAME = "certify"
HELP = "Play a scenario in every way that could show it unsound; write a certificate."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("path", metavar="PATH", help="a Collection or Environment file")
    parser.add_argument("--levels", metavar="A..B", help="which levels (all of the scenario's)")
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="seeds 0 to N-1 at each level (20)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="J", help="worker processes (one a core)"
    )
    parser.add_argument("--checks", metavar="A,B", help=f"only these: {', '.join(check.name for check in CHECKS)}")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where certificate.json, certificate.html and trajectories go"
    )
    parser.add_argument(
        "--plugin", action="append", default=[], metavar="FILE", help="a plugin that is not installed (a Python file)"
    )
    parser.add_argument("--json", action="store_true", help="print the certificate")


def run(arguments: argparse.Namespace) -> int:
    """0 when every check holds, 3 when one does not."""
    if arguments.seeds < 1 or arguments.jobs < 1:
        raise UsageError("--seeds and --jobs are at least 1")
    checks = choose(arguments.checks.split(",") if arguments.checks else None)
    source = ScenarioReference(arguments.path, tuple(arguments.plugin))
    scenario = source.load()
    low, high = scenario.levels
    levels = read_levels(arguments.levels or f"{low}..{high}", low, high)
    plan = Plan(levels, arguments.seeds, arguments.jobs)
    if arguments.out is not None and arguments.out.exists() and not arguments.out.is_dir():
        raise UsageError(f"`{arguments.out}` is no folder")
    with _progress() as tell:
        certificate = certify(source, plan, checks, tell, scenario)
    if arguments.out is not None:
        certificate = with_files(certificate, arguments.out)
        write_atomically(arguments.out / "certificate.json", to_json(certificate))
        write_atomically(arguments.out / "certificate.html", page(certificate))
    if arguments.json:
        sys.stdout.write(to_json(certificate))
    else:
        _show(certificate, arguments.out)
    return 0 if certificate.passed else 3


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal's standard error; elsewhere nothing."""
    columns = (TextColumn("certifying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("certifying", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _show(certificate: Certificate, out: Path | None) -> None:
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    plan = certificate.plan
    console.print(
        f"[bold]{escape(certificate.scenario)}[/] · {', '.join(certificate.environments)} · levels {plan.levels[0]}..{plan.levels[-1]}"
        f" · {plan.seeds} seeds · {certificate.digest[:12]}"
    )
    table = Table(box=None, pad_edge=False)
    for heading in ("check", "", "what holds, or what does not"):
        table.add_column(heading)
    for result in certificate.results:
        verdict = "[green]holds[/]" if result.passed else "[red]fails[/]"
        table.add_row(result.name, verdict, escape(result.promise if result.passed else ""))
        for finding in result.findings:
            where = (
                ""
                if finding.level is None
                else f" (level {finding.level}" + (f", seed {finding.seed})" if finding.seed is not None else ")")
            )
            table.add_row("", "", escape(f"{finding.environment}, {finding.subject}{where}: {finding.text}"))
    console.print(table)
    console.print("[green]all checks hold[/]" if certificate.passed else "[red]not certified[/]")
    if out is not None:
        console.print(f"written to {out / 'certificate.json'} and {out / 'certificate.html'}")
