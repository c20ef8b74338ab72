"""How well the shopper understands agents: tables by kind of message and by environment, and the time a message takes.

python -m benchmarks.understanding [--part building|measured] [--writers W...] [--faults N]

The shipped networks were trained on the part `building` but for the writers of
`benchmarks.train_understanding.ASIDE`; nobody looked at `measured`.
Messages that their writers were in doubt about are left out.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.corpus.examples import Example, examples
from benchmarks.corpus.make import HERE, read_lines, writer_of
from rlve_dsl.user import Listener, Understood

QUIET = ("noview", "talk", "unclear", "salad")


@dataclass(frozen=True, slots=True)
class Judged:
    """A message, what it was understood as, and whether that is exactly right."""

    example: Example
    understood: Understood
    seconds: float

    @property
    def right(self) -> bool:
        """Whether it was understood as all that it asks for and nothing else.

        To ask for whatever is open beside the right facts is forgiven, unlike in a file of questions (`verdict_of` in
        `rlve_dsl/cli/question_files.py`). There an author says what is expected, and should see that the shopper would tell more. Here
        few writers marked whether a message that asks for facts asks for that as well, and of some ("Is there anything you'd look for
        in a teacher?") people would say either; and figures are compared with earlier ones.
        """
        example, understood = self.example, self.understood
        if example.asked:
            return set(understood.asked) == example.asked and (understood.general or not example.general)
        if example.general:
            return understood.kind == "general"
        if example.kind == "goahead":
            return understood.kind == "go_ahead"
        return understood.kind in ("no_view", "talk", "unclear")  # nothing is given, agreed to or recalled

    @property
    def in_part(self) -> bool:
        """Whether some of the facts that it asks for were understood, and others were not."""
        return bool(self.understood.asked) and not self.example.asked <= set(self.understood.asked)

    @property
    def denied(self) -> bool:
        """Whether the shopper has no preference although it holds what is asked for."""
        return bool(self.example.asked) and self.understood.kind == "no_view"

    @property
    def leaked(self) -> bool:
        """Whether a fact is given that is not asked for."""
        return not set(self.understood.asked) <= self.example.asked


def judge(example: Example) -> Judged:
    """What the shopper understands of a message, and the time that takes."""
    listener = Listener(example.situation.held, example.situation.absent, prepared=example.situation.prepared)
    listener.understand("")
    start = time.process_time()
    understood = listener.understand(example.text)
    return Judged(example, understood, time.process_time() - start)


def shares(judged: Sequence[Judged], of: Callable[[Judged], str], title: str) -> Table:
    """The share of messages that are exactly right, by something."""
    table = Table(title, "messages", "exactly right", "false no preference", "wrong fact")
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        groups.setdefault(of(one), []).append(one)
    for name, group in [*sorted(groups.items()), ("all", list(judged))]:
        asked = [one for one in group if one.example.asked]
        table.add_row(
            name,
            str(len(group)),
            f"{np.mean([one.right for one in group]):.1%}",
            f"{sum(one.denied for one in asked)} of {len(asked)}",
            f"{np.mean([one.leaked for one in group]):.1%}",
        )
    return table


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=["building", "measured"], default="building")
    parser.add_argument("--writers", nargs="+", help="only the messages of these writers")
    parser.add_argument("--faults", type=int, default=0, help="show so many messages that were misunderstood")
    options = parser.parse_args()
    chosen = options.writers
    corpus = [one for one in examples(options.part) if not chosen or writer_of(one.situation.id) in chosen]
    if not corpus:
        parser.error(f"the part `{options.part}` has no messages of {' and '.join(chosen)}")
    judged = [judge(example) for example in corpus]
    console = Console()
    console.print(shares(judged, lambda one: one.example.kind, "kind"))
    console.print(shares(judged, lambda one: one.example.situation.environment, "environment"))
    quiet = [one for one in judged if one.example.kind in QUIET and not one.example.asked]
    rows = [r for r in read_lines(HERE / options.part / "messages.jsonl") if not chosen or writer_of(r["id"]) in chosen]
    times = [one.seconds * 1000 for one in judged]
    console.print(f"no-view, small talk and unclear told from questions: {np.mean([one.right for one in quiet]):.1%}")
    views = [one for one in judged if one.example.kind == "noview" and not one.example.asked]
    said = np.mean([one.understood.kind == "no_view" for one in views])
    console.print(f'questions without a view that get "no preference" and no other answer: {said:.1%}')
    for name, group in (
        ("understood in part", [one for one in judged if one.in_part]),
        ("exactly right", [one for one in judged if one.right]),
    ):
        flagged = sum(one.understood.missed is not None for one in group)
        share = f", {flagged / len(group):.1%}" if group else ""
        console.print(f"said of messages {name} that a part was missed: {flagged} of {len(group)}{share}")
    console.print(f"left out as doubtful: {sum(bool(row.get('doubt')) for row in rows)}")
    console.print(f"time a message: median {np.median(times):.2f} ms, 99% {np.percentile(times, 99):.2f} ms")
    for one in [one for one in judged if not one.right][: options.faults]:
        console.print(
            one.example.situation.id,
            one.example.kind,
            repr(one.example.text),
            sorted(one.example.asked),
            one.understood,
        )


if __name__ == "__main__":
    main()
