"""Babble: what models of the stall said to the customer after DAPO that is no sentence of a demonstration.

`said/seed-N.jsonl` has what models of runs with the seed N said, sampled at temperature 1 on 126 held-out episodes a model: the sentence, how often,
and `fluent` where somebody might write it, which was marked by hand.

Belongs here: reading the committed files. Does not belong here: judging what is heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.corpus.make import read_lines

SAID = Path(__file__).parent / "said"
NO_SENTENCES = ("unclear", "salad")
"""Kinds of messages of the corpus of which some are no sentences."""


def babble(seed: int) -> Mapping[str, int]:
    """What models said that nobody writes, and how often."""
    rows = read_lines(SAID / f"seed-{seed}.jsonl")
    return {row["text"]: row["times"] for row in rows if not row.get("fluent")}
