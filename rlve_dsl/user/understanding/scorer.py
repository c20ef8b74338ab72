"""The trained part of a shopper's ear: how likely a clause asks for a subject, and whether a message is about anything else.

Belongs here: the arithmetic of the networks and their weights. Does not belong here: training (see `benchmarks/corpus/train.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from rlve_dsl.user.understanding.arrays import Floats
from rlve_dsl.values import Json

WEIGHTS_FILE = Path(__file__).parent / "weights.json"
NETWORKS = ("first", "second", "asks", "other", "general", "go_ahead")
"""The names of the networks in the file of the weights."""

_FAR = np.float32(-9)


@dataclass(frozen=True, slots=True)
class Network:
    """A network with one hidden layer; several networks of one training are its parts, and their mean counts.

    Attributes:
        mean: What is subtracted from each input.
        scale: What each input is divided by.
        hidden: The weights of the hidden layer.
        offsets: Its offsets.
        out: The weights of the output.
        offset: Its offset.
    """

    mean: Floats
    scale: Floats
    hidden: Floats
    offsets: Floats
    out: Floats
    offset: float

    def __call__(self, inputs: Floats) -> Floats:
        """The output for each row of inputs."""
        scaled = np.clip((inputs - self.mean) / self.scale, -5, 5)
        result: Floats = np.tanh(scaled @ self.hidden + self.offsets) @ self.out + np.float32(self.offset)
        return result

    @staticmethod
    def read(data: Mapping[str, Json]) -> Network:
        """The network in the form of a file."""
        parts = [np.array(data[name], dtype=np.float32) for name in ("mean", "scale", "hidden", "offsets", "out")]
        return Network(parts[0], parts[1], parts[2], parts[3], parts[4], float(str(data["offset"])))


@dataclass(frozen=True, slots=True)
class Scorer:
    """The networks.

    Attributes:
        first: Judges a clause and a subject by themselves.
        second: Judges them by what the first says of the other clauses and subjects.
        asks: Judges whether a clause asks for any subject.
        other: Judges whether it asks about something that is no subject.
        general: Judges whether it asks for anything that has not been said.
        go_ahead: Judges whether it asks for a go-ahead.
    """

    first: Network
    second: Network
    asks: Network
    other: Network
    general: Network
    go_ahead: Network

    def scores(self, features: Floats, parents: Sequence[int], whole: Sequence[bool], others: Floats) -> Floats:
        """How sure it is that each clause asks for each subject: more than 0 when it does, rather than not."""
        return self.second(compared(self.first(features), parents, whole, others))


def compared(scores: Floats, parents: Sequence[int], whole: Sequence[bool], others: Floats) -> Floats:
    """Scores of clauses and subjects beside those of the others, as inputs of the second network.

    Args:
        scores: A row for each clause, a column for each subject.
        parents: For each clause the row of its sentence.
        whole: For each clause whether it is a whole sentence of several.
        others: For each subject, 1 for those with another question.
    """
    clauses, subjects = scores.shape
    best_other = np.where(others[None] > 0, scores[:, None, :], _FAR).max(axis=2)
    sentence, sentence_other = scores[list(parents)], best_other[list(parents)]
    best = np.broadcast_to(scores.max(axis=0, keepdims=True), scores.shape)
    rank = (scores[:, :, None] < scores[:, None, :]).sum(axis=2)
    above = np.broadcast_to((scores > 0).sum(axis=1, keepdims=True), scores.shape)
    is_whole = np.broadcast_to(np.array(whole, dtype=np.float32)[:, None], scores.shape)
    parts = [
        scores,
        scores - best_other,
        best_other,
        sentence,
        sentence - sentence_other,
        best - scores,
        np.minimum(rank, 5),
    ]
    sizes = [np.full(scores.shape, np.log(clauses)), np.full(scores.shape, np.log(subjects))]
    return np.stack([*parts, above, is_whole, *sizes, (scores - best_other) > 0], axis=2).astype(np.float32)


@cache
def scorer() -> Scorer:
    """The shipped networks."""
    data = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    return Scorer(*(Network.read(data[name]) for name in NETWORKS))
