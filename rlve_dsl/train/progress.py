"""How a run tells a person how far it is: bars on a terminal, a line now and then elsewhere. Standard error only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_LINES = 12


class Teller:
    """Says what is going on, on standard error unless it is given a console."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """One line."""
        self._console.print(text, markup=False)

    @contextmanager
    def phase(self, title: str, total: int) -> Iterator[Callable[[str], None]]:
        """A stretch of `total` steps; call what it gives after each with a short note."""
        if self._console.is_terminal:
            columns = (
                TextColumn("{task.description:<22}"),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[note]}"),
            )
            with Progress(*columns, console=self._console) as bars:
                task = bars.add_task(title, total=total, note="")
                yield lambda note: bars.update(task, advance=1, note=note)
            return
        done = 0

        def step(note: str) -> None:
            nonlocal done
            done += 1
            if done == total or done % max(1, total // _LINES) == 0:
                self.say(f"{title}: {done}/{total}" + (f"  {note}" if note else ""))

        self.say(f"{title} …")
        yield step
