"""The learned reader: how likely it is that a message asks for each fact, and what else the message may be.

Two networks that were trained apart read a message, and the mean counts. Where the first one is sure of everything, it reads alone:
that takes a third of the time.

Belongs here: the files of weights, what the networks say together. Does not belong here: what is computed within a network, what is
decided by the numbers, training.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.frozen import frozen
from rlve_dsl.user.understanding.facts_read import FactsRead
from rlve_dsl.user.understanding.likeness import Likeness
from rlve_dsl.user.understanding.meanings import Numbers
from rlve_dsl.user.understanding.network import KINDS, Heard, Network, Prompted

Likely = NDArray[np.float64]

READER_FILES = tuple(Path(__file__).parent / f"reader-{number}.npz" for number in (1, 2))

SURE = 4.0
"""A logit from which on, up or down, a network is sure: a probability below 1.8% or above 98.2%. With stricter ones hardly a message of the corpus is
understood better; the listener's limits of "no view" are stricter, whoever reads."""


@frozen
class Read:
    """What the reader makes of a message.

    Attributes:
        asked: For each fact how likely it is that the message asks for it.
        kinds: For each of `KINDS` how likely the message is that.
        heard: What each network made of it.
    """

    asked: Likely
    kinds: Likely
    heard: Sequence[Heard]

    @property
    def weights(self) -> Numbers:
        """For each fact and token how much the token counts."""
        found: Numbers = np.mean([each.weights for each in self.heard], axis=0)
        return found


class Prompts:
    """Facts as networks see them; each network's part is made when it is first needed.

    Args:
        networks: The networks.
        facts: The facts.
    """

    __slots__ = ("_networks", "_prompted", "facts")

    def __init__(self, networks: Sequence[Network], facts: FactsRead) -> None:
        self.facts = facts
        self._networks = networks
        self._prompted: list[Prompted | None] = [None] * len(networks)

    def of(self, number: int) -> Prompted:
        """The facts as one of the networks sees them."""
        found = self._prompted[number]
        if found is None:
            found = self._prompted[number] = self._networks[number].prompt(self.facts)
        return found


class Reader:
    """Networks that read a message together.

    Args:
        networks: The networks. The first one reads a message alone where it is sure.
    """

    __slots__ = ("_networks",)

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)

    def knows(self, word: str) -> bool:
        """Whether a network knows a word by itself."""
        return any(network.knows(word) for network in self._networks)

    def prompt(self, facts: FactsRead) -> Prompts:
        """Facts as the networks see them; these do not depend on a message."""
        return Prompts(self._networks, facts)

    def read(self, tokens: Sequence[str], likeness: Likeness, prompts: Prompts, hints: Sequence[float]) -> Read:
        """What a message asks for."""
        heard: list[Heard] = []
        for number, network in enumerate(self._networks):
            heard.append(network.read(tokens, likeness, prompts.facts, prompts.of(number), hints))
            if np.abs(heard[0].likely).min() >= SURE:  # no doubt about any fact and any kind
                break
        likely = heard[0].likely.astype(np.float64)
        for each in heard[1:]:
            likely += each.likely
        likely = np.round(1 / (1 + np.exp(likely * (-1 / len(heard)))), 6)
        return Read(likely[: -len(KINDS)], likely[-len(KINDS) :], heard)


def read_network(path: Path) -> Network:
    """A network whose weights are in a file."""
    with np.load(path) as read:
        known = bytes(read["known"]).decode().split(" ")
        weights = {name: read[name] for name in read.files if name != "known"}
    return Network(weights, {word: number for number, word in enumerate(known)})


@cache
def reader() -> Reader:
    """The shipped networks."""
    return Reader([read_network(path) for path in READER_FILES])
