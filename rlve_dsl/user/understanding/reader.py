"""The learned reader: how likely it is that a message asks for each fact, and what else the message may be.

It is the mean of two networks that were trained apart. Where one of them is wrong and sure, the other one is rarely so too.

Belongs here: the files of weights, what the networks say together. Does not belong here: what is computed within a network, what is
decided by the numbers, training.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from rlve_dsl.frozen import frozen
from rlve_dsl.user.understanding.facts_read import FactsRead
from rlve_dsl.user.understanding.likeness import Likeness
from rlve_dsl.user.understanding.meanings import Numbers
from rlve_dsl.user.understanding.network import Network, Prompted

READER_FILES = tuple(Path(__file__).parent / f"reader-{number}.npz" for number in (1, 2))


@frozen
class Read:
    """What the reader makes of a message.

    Attributes:
        asked: For each fact how likely it is that the message asks for it.
        kinds: For each of `KINDS` how likely the message is that.
        weights: For each fact and token how much the token counts.
    """

    asked: Numbers
    kinds: Numbers
    weights: Numbers


class Reader:
    """Networks that read a message together.

    Args:
        networks: The networks.
    """

    __slots__ = ("_networks",)

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)

    def knows(self, word: str) -> bool:
        """Whether a network knows a word by itself."""
        return any(network.knows(word) for network in self._networks)

    def prompt(self, facts: FactsRead) -> tuple[Prompted, ...]:
        """Facts as each network sees them; these do not depend on a message."""
        return tuple(network.prompt(facts) for network in self._networks)

    def read(
        self,
        tokens: Sequence[str],
        likeness: Likeness,
        facts: FactsRead,
        prompted: Sequence[Prompted],
        hints: Sequence[float],
    ) -> Read:
        """What a message asks for."""
        heard = [
            network.read(tokens, likeness, facts, of, hints)
            for network, of in zip(self._networks, prompted, strict=True)
        ]
        return Read(
            _likely(_mean([each.asked for each in heard])),
            _likely(_mean([each.kinds for each in heard])),
            _mean([each.weights for each in heard]),
        )


def _mean(rows: Sequence[Numbers]) -> Numbers:
    found: Numbers = sum(rows[1:], rows[0]) / len(rows)
    return found


def _likely(rows: Numbers) -> Numbers:
    """Probabilities, rounded, so that no order of summation matters."""
    found: Numbers = np.round(1 / (1 + np.exp(-rows)), 6)
    return found


def read_network(path: Path) -> Network:
    """A network whose weights are in a file."""
    with np.load(path) as read:
        known = bytes(read["known"]).decode().split(" ")
        weights = {name: read[name].astype(np.float64) for name in read.files if name != "known"}
    return Network(weights, {word: number for number, word in enumerate(known)})


@cache
def reader() -> Reader:
    """The shipped networks."""
    return Reader([read_network(path) for path in READER_FILES])
