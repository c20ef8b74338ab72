"""Facts that the shopper's ear cannot tell apart by their questions.

Belongs here: comparing the facts of an environment before any episode. Does not belong here: what a message asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.deciding import fact_of
from rlve_dsl.user.understanding.lexicon import Words
from rlve_dsl.user.understanding.reader import Likely
from rlve_dsl.user.understanding.reading import Prepared

_TOLD = 0.5  # from here on a fact would be told


def mistakable(slots: Sequence[Slot], words: Words = ()) -> Iterator[tuple[str, str]]:
    """The pairs of facts of which the second one would be told for every question of the first one.

    That is so where it would be told beside the first one. It is so, too, where each of the two would be told for the questions
    of the other one, if that did not hold: which of them other words ask for is then a matter of chance. The surest pairs come first.

    Args:
        slots: The facts, one slot for each.
        words: More words that mean the same.
    """
    together = Prepared(slots, (), words)
    beside: dict[tuple[int, int], float] = {}
    instead: dict[tuple[int, int], float] = {}
    for place, slot in enumerate(slots):
        rivals = [other for other, rival in enumerate(slots) if fact_of(rival) != fact_of(slot)]
        asks = ["".join(segment.text for segment in ask) for ask in slot.asks]
        both = _least(together, asks)
        alone = _least(Prepared([slots[rival] for rival in rivals], (), words), asks) if rivals else None
        if both is not None and alone is not None:
            beside |= {(place, rival): float(both[rival]) for rival in rivals}
            instead |= {(place, rival): share for rival, share in zip(rivals, alone.tolist(), strict=True)}
    for (place, rival), share in sorted(instead.items(), key=lambda item: -item[1]):
        if max(beside[place, rival], min(share, instead.get((rival, place), 0.0))) >= _TOLD:
            yield slots[place].fact, slots[rival].fact


def _least(prepared: Prepared, asks: Sequence[str]) -> Likely | None:
    """For each fact how likely the least likely of some questions asks for it."""
    read = [reading.read.asked for ask in asks if (reading := prepared.read(ask)) is not None]
    return np.min(read, axis=0) if read else None
