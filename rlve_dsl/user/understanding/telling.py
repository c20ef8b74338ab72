"""Facts that the shopper's ear cannot tell apart by their questions.

Belongs here: comparing the facts of an environment before any episode. Does not belong here: what a message asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.fitting import fit_of
from rlve_dsl.user.understanding.lexicon import Words
from rlve_dsl.user.understanding.reading import Prepared
from rlve_dsl.user.understanding.subjects import Field

_TIE = 0.02


def mistakable(slots: Sequence[Slot], words: Words = ()) -> Iterator[tuple[str, str]]:
    """The pairs of facts of which the first one's questions fit the second one as well, each question in other words too.

    Args:
        slots: The facts, one slot for each.
        words: More words that mean the same.
    """
    prepared = Prepared(slots, (), words)
    for place, subject in enumerate(prepared.subjects):
        asks = [text for kind, text in subject.asked if kind == Field.ASK]
        fits = [fit_of(prepared.profiles, text, frozenset()) for text in asks]
        told = [fit for fit in fits if fit.content]
        for other, rival in enumerate(prepared.subjects):
            apart = other == place or rival.fact == subject.fact
            if told and not apart and all(fit.scores[other] >= fit.scores[place] - _TIE for fit in told):
                yield subject.fact[1], rival.fact[1]
