"""What a person reads in a terminal: lines, tables and progress. The only module that imports rich."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, Protocol, TypeAlias

from rich.cells import cell_len
from rich.console import Console as _Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

__all__ = ["Console", "Reporter", "Table", "Text", "bars", "console", "escape", "print_fitting", "table"]

Cell: TypeAlias = str | Text


class Report(Protocol):
    """Says that `done` of `total` steps of a stage are done (0 for a total that is not known), with a short note."""

    def __call__(self, stage: str, done: int, total: int, note: str = "") -> None: ...


class Console(_Console):
    """A console of rich whose closed pipe is a BrokenPipeError, as `print` has it, not the end of the program."""

    def on_broken_pipe(self) -> None:
        """Raise the error that rich caught."""
        raise  # noqa: PLE0704


def console(*, stderr: bool = False) -> Console:
    """A console whose lines are neither wrapped nor highlighted. Use `escape` for text that is not markup."""
    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell] | None],
    *,
    right: Sequence[str] = (),
    title: str = "",
    caption: str = "",
) -> Table:
    """A table, with a frame if it has a title.

    Args:
        headings: The headings of the columns.
        rows: The cells of each row; markup in a text is printed as it is. None begins a new section.
        right: The headings of the columns that are aligned to the right.
        title: Printed above it.
        caption: Printed below it.
    """
    made = Table(title=title, caption=caption, caption_justify="left") if title else Table(box=None, pad_edge=False)
    for heading in headings:
        made.add_column(heading, justify="right" if heading in right else "left")
    for row in rows:
        if row is None:
            made.add_section()
        else:
            made.add_row(*(escape(cell) if isinstance(cell, str) else cell for cell in row))
    return made


def print_fitting(headings: Sequence[str], rows: Sequence[Sequence[str]], elastic: str, right: Sequence[str]) -> None:
    """Print a table with one row a line. On a terminal the `elastic` column is cut to fit; elsewhere nothing is cut."""
    out = Console(highlight=False)
    widths = [max(cell_len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    needed, column = sum(widths) + len(widths), headings.index(elastic)
    if out.is_terminal:
        widths[column] = max(len(elastic), widths[column] - max(0, needed - out.width))
    else:
        out = Console(highlight=False, width=needed)
    made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for heading, width in zip(headings, widths, strict=True):
        align: Literal["right", "left"] = "right" if heading in right else "left"
        made.add_column(heading, justify=align, no_wrap=True, overflow="ellipsis", width=width)
    for row in rows:
        made.add_row(*map(escape, row))
    out.print(made)


@contextmanager
def bars(out: Console | None = None, *, transient: bool = False) -> Iterator[Report]:
    """A progress bar for each stage, on standard error; nothing when that is no terminal.

    Args:
        out: Where the bars go instead.
        transient: Whether the bars disappear at the end.
    """
    out = out or Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=out, transient=transient, disable=not out.is_terminal) as shown:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int, note: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = shown.add_task(stage, total=total or None, note=escape(note))
            shown.update(tasks[stage], completed=done, total=total or None, note=escape(note))

        yield report


class Reporter:
    """Reports on a long run, on standard error: bars on a terminal, elsewhere some lines for each stage."""

    _LINES = 12

    def __init__(self, out: Console | None = None, *, quiet: bool = False) -> None:
        self._out = out or console(stderr=True)
        self._out.quiet = quiet

    def say(self, text: str) -> None:
        """Print one line."""
        self._out.print(text, markup=False)

    @contextmanager
    def phase(self, title: str, total: int) -> Iterator[Callable[[str], None]]:
        """A stage of `total` steps; call what it gives after each step, with a short note."""
        done = 0
        with bars(self._out) as report:

            def step(note: str) -> None:
                nonlocal done
                done += 1
                report(title, done, total, note)
                if not self._out.is_terminal and (done == total or done % max(1, total // self._LINES) == 0):
                    self.say(f"{title}: {done}/{total}" + (f"  {note}" if note else ""))

            report(title, 0, total)
            if not self._out.is_terminal:
                self.say(f"{title} …")
            yield step
