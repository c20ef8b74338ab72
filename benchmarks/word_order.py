"""How well the shopper's ear tells sentences from babble: how many messages of writers are refused, and how much babble is.

python -m benchmarks.word_order [--shown N]

Messages: the building part of the corpus, of writers whose messages taught word order and of those of `ASIDE`, whose messages did not; the part
`measured`; questions of the Wordings files; and what demonstrations say. Messages of kinds of which some are no sentences
are left out, and so are those that their writers were in doubt about.

Babble is what models of the stall said after DAPO (`benchmarks/order/babble.py`). The limits were chosen with the seeds 0 and 1.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.corpus.make import HERE, SCENARIOS, read_lines, writer_of
from benchmarks.order.babble import NO_SENTENCES, babble
from benchmarks.order.wordings import wordings
from benchmarks.train_understanding import ASIDE
from rlve_dsl.agents import demonstrate_imperfectly, held_out_keys
from rlve_dsl.episode import Action, load
from rlve_dsl.user.understanding.word_order import garbled_in

_LEVELS = (0, 2, 4, 6)


def fluent() -> Iterator[tuple[str, list[str]]]:
    """What people and oracles wrote, by where it comes from."""
    for part in ("building", "measured"):
        rows = [row for row in read_lines(HERE / part / "messages.jsonl") if row["kind"] not in NO_SENTENCES]
        rows = [row for row in rows if not row.get("doubt")]
        if part == "measured":
            yield "measured part", [row["text"] for row in rows]
        else:
            yield "writers that taught", [row["text"] for row in rows if writer_of(row["id"]) not in ASIDE]
            yield "writers set aside", [row["text"] for row in rows if writer_of(row["id"]) in ASIDE]
    yield "Wordings files", wordings()
    for name in ("c8.yaml", *sorted(str(path.relative_to(SCENARIOS)) for path in _desks())):
        yield f"demonstrations of {name}", list(dict.fromkeys(_said(SCENARIOS / name)))


def _desks() -> Iterator[Path]:
    return (path for path in (SCENARIOS / "examples").rglob("*.yaml") if "kind: Collection" in path.read_text("utf-8"))


def _said(scenario: Path) -> Iterator[str]:
    loaded = load(str(scenario))
    keys = held_out_keys(loaded.environments, _LEVELS, 8)
    for played in demonstrate_imperfectly(loaded, keys, {}):
        for turn in played.episode.turns:
            if isinstance(turn.action, Action) and turn.action.message:
                yield turn.action.message


def refused(messages: Sequence[str]) -> list[str]:
    """The messages with a sentence that is not heard."""
    return [message for message in messages if garbled_in(message)]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--shown", type=int, default=0, metavar="N", help="messages that are shown (of `measured` none)"
    )
    options = parser.parse_args()
    console = Console()
    table = Table("messages", "number", "with a sentence refused")
    times: list[float] = []
    garbled_in("Is there anything else?")
    for name, messages in fluent():
        start = time.process_time()
        found = refused(messages)
        times.append((time.process_time() - start) / max(1, len(messages)))
        table.add_row(name, str(len(messages)), f"{len(found)} ({len(found) / max(1, len(messages)):.3%})")
        for message in found[: options.shown] if name != "measured part" else ():
            console.print(repr(message), [one.worst for one in garbled_in(message)])
    console.print(table)
    table = Table("babble", "sentences", "refused", "as often as said")
    for seed in (0, 1, 2):
        said = babble(seed)
        found = refused(list(said))
        share = sum(said[text] for text in found) / sum(said.values())
        table.add_row(f"DAPO, seed {seed}", str(len(said)), f"{len(found) / len(said):.1%}", f"{share:.1%}")
        console.print([text for text in said if text not in found][: options.shown])
    console.print(table)
    console.print(f"time a message: {1000 * float(np.max(times)):.2f} ms of a processor at most, in the mean of a row")


if __name__ == "__main__":
    main()
