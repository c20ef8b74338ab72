"""Facts that the shopper's ear cannot tell apart by their questions.

Belongs here: comparing the facts of an environment before any episode. Does not belong here: what a message asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.lexicon import Words
from rlve_dsl.user.understanding.reader import Likely
from rlve_dsl.user.understanding.reading import Prepared

_NEAR = 0.0005  # a fact that is less likely beside the one that is asked for is not compared further
_TOLD = 0.5  # from here on a fact would be told where the one that is asked for does not hold


def mistakable(slots: Sequence[Slot], words: Words = ()) -> Iterator[tuple[str, str]]:
    """The pairs of facts of which the second one would be told for each question of the first one, if the first one did not hold.

    Args:
        slots: The facts, one slot for each.
        words: More words that mean the same.
    """
    together = Prepared(slots, (), words)
    for slot in slots:
        asks = ["".join(segment.text for segment in ask) for ask in slot.asks]
        near = _least(together, asks)
        others = [(place, rival) for place, rival in enumerate(slots) if _fact(rival) != _fact(slot)]
        if near is None or not any(near[place] >= _NEAR for place, _ in others):
            continue
        alone = _least(Prepared([rival for _, rival in others], (), words), asks)
        for (place, rival), told in zip(others, () if alone is None else alone.tolist(), strict=True):
            if near[place] >= _NEAR and told >= _TOLD:
                yield slot.fact, rival.fact


def _least(prepared: Prepared, asks: Sequence[str]) -> Likely | None:
    """For each fact how likely the least likely of some questions asks for it."""
    read = [reading.read.asked for ask in asks if (reading := prepared.read(ask)) is not None]
    return np.min(read, axis=0) if read else None


def _fact(slot: Slot) -> tuple[int, str]:
    return slot.part, slot.fact
