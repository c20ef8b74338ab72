"""The learned reader: how likely it is that a message asks for each fact, and what else the message may be.

A small network that reads the whole message, in numpy. Its weights are trained by `benchmarks/train_understanding.py`.

Belongs here: the weights, and what is computed with them. Does not belong here: what is decided by the numbers, training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from rlve_dsl.frozen import frozen
from rlve_dsl.user.understanding.facts_read import ASKED_FIELDS, ASKS, VALUES, FactsRead
from rlve_dsl.user.understanding.likeness import Likeness, best_other
from rlve_dsl.user.understanding.meanings import Numbers

READER_FILE = Path(__file__).parent / "reader.npz"
DILATIONS = (1, 2, 4, 8)
"""How far the layers that read a message look to each side."""

OTHER, NUMBER = "<other>", "<number>"
"""What words that are not known by themselves are taken for."""
KINDS = ("general", "go_ahead", "no_view", "talk", "unclear")
"""What a message may be besides a question for facts."""

AROUND = (-1, 0, 1, -3, 3)
"""Which tokens are looked at beside each token, for each fact."""
ATTENDS_AFTER = 1
"""The layer after which each token looks at all others."""
LEAST = -2.0
"""How well a fact fits a token at least."""


@frozen
class Prompted:
    """Facts as the network sees them.

    Attributes:
        alike: For each word of each text its direction, for comparing words by themselves.
        meant: For each of these words what it means in its text.
        traits: For each fact what describes it.
    """

    alike: Numbers
    meant: Numbers
    traits: Numbers


@frozen
class Read:
    """What the network makes of a message.

    Attributes:
        asked: For each fact how likely it is that the message asks for it.
        kinds: For each of `KINDS` how likely the message is that.
        weights: For each fact and token how much the token counts.
    """

    asked: Numbers
    kinds: Numbers
    weights: Numbers


class Reader:
    """The network.

    Args:
        weights: Its weights, by name.
        words: The words that it knows by themselves, each with its number.
    """

    __slots__ = ("_of", "_words")

    def __init__(self, weights: Mapping[str, Numbers], words: Mapping[str, int]) -> None:
        self._of, self._words = weights, words

    def knows(self, word: str) -> bool:
        """Whether it knows a word by itself."""
        return word in self._words

    def prompt(self, facts: FactsRead) -> Prompted:
        """Facts as the network sees them; these do not depend on a message."""
        each = self._tokens(facts.words, facts.vectors / facts.lengths[:, None])
        words = each[facts.texts]
        starts, count, width = facts.starts, len(facts.texts), words.shape[1]
        around = _around(words, (-1, 0, 1))
        around[starts[1:], :width] = 0
        around[starts[2:] - 1, -width:] = 0
        meant = self._linear("text", around)
        means = np.zeros((len(starts), meant.shape[1]))
        if count:
            sizes = np.diff(np.append(starts[1:], count))
            means[1:] = np.add.reduceat(meant, starts[1:], axis=0) / sizes[:, None]
        traits = [facts.traits, means[facts.fields[:, ASKS]], means[facts.fields[:, VALUES]]]
        described = _positive(self._linear("facts", np.concatenate(traits, axis=1)))
        return Prompted(_unit(words @ self._of["alike"]), meant, described @ self._of["described"])

    def read(
        self, tokens: Sequence[str], likeness: Likeness, facts: FactsRead, prompted: Prompted, hints: Sequence[float]
    ) -> Read:
        """What a message asks for."""
        own = self._tokens(tokens, likeness.vectors)
        heard = self._heard(own)
        whole = np.concatenate([heard.mean(axis=0), heard.max(axis=0), hints])
        message = _positive(self._linear("message", whole))
        alike = _by_field(_unit(own @ self._of["alike"]) @ prompted.alike.T, facts)
        meant = _by_field((heard @ self._of["meant"]) @ prompted.meant.T * prompted.meant.shape[1] ** -0.5, facts)
        numbers = np.concatenate([likeness.numbers, alike, meant, _margins(alike, meant, facts)], axis=2)
        each = self._linear("token", np.concatenate([heard, own], axis=1))[:, None] + numbers @ self._of["numbers"]
        fits = _positive(each + prompted.traits).transpose(1, 0, 2)
        fits = fits + _positive(self._linear("beside", _around(fits, AROUND)))
        weights = _shares(fits @ self._of["weights"], axis=1)
        pooled = np.matmul(weights.transpose(0, 2, 1), fits).reshape(len(fits), -1)
        told = [pooled, fits.max(axis=1), likeness.covered, facts.traits]
        told_of = _positive(self._linear("told", np.concatenate(told, axis=1)))
        rivals = best_other(told_of[None], facts)[0]
        compared = np.concatenate([told_of, rivals, np.broadcast_to(message, told_of.shape)], axis=1)
        asked = self._linear("asked", _positive(self._linear("compared", compared)))[:, 0]
        together = np.concatenate([message, told_of.max(axis=0), told_of.mean(axis=0)])
        kinds = self._linear("kinds", _positive(self._linear("kind", together)))
        return Read(_likely(asked), _likely(kinds), weights.mean(axis=2))

    def _tokens(self, words: Sequence[str], vectors: Numbers) -> Numbers:
        """Words by themselves."""
        known = np.array([number_of(word, self._words) for word in words], dtype=np.int64)
        return self._norm("token_norm", self._of["words"][known] + vectors @ self._of["meanings"])

    def _heard(self, own: Numbers) -> Numbers:
        """Each token in its message."""
        heard = own
        for layer, far in enumerate(DILATIONS):
            around = _around(self._norm(f"layer_norms.{layer}", heard), (-far, 0, far))
            heard = heard + _positive(self._linear(f"layers.{layer}", around))
            if layer == ATTENDS_AFTER:
                heard = heard + self._attended(heard)
        return self._norm("heard_norm", heard)

    def _attended(self, heard: Numbers) -> Numbers:
        """What each token takes from all others."""
        query, key, value = np.split(self._linear("attend", self._norm("attend_norm", heard)), 3, axis=1)
        return self._linear("attended", _shares(query @ key.T * query.shape[1] ** -0.5, axis=1) @ value)

    def _linear(self, name: str, rows: Numbers) -> Numbers:
        found: Numbers = rows @ self._of[name] + self._of[f"{name}.bias"]
        return found

    def _norm(self, name: str, rows: Numbers) -> Numbers:
        share = 1 / rows.shape[-1]
        apart = rows - rows.sum(axis=-1, keepdims=True) * share
        spread = np.sqrt((apart * apart).sum(axis=-1, keepdims=True) * share + 1e-5)
        found: Numbers = apart / spread * self._of[name] + self._of[f"{name}.bias"]
        return found


def number_of(word: str, known: Mapping[str, int]) -> int:
    """The number of a word among those that are known by themselves."""
    return known.get(word) or known[NUMBER if word[:1].isdigit() else OTHER]


def _positive(rows: Numbers) -> Numbers:
    found: Numbers = np.maximum(rows, 0.0)
    return found


def _unit(rows: Numbers) -> Numbers:
    found: Numbers = rows / np.maximum(np.sqrt((rows * rows).sum(axis=-1, keepdims=True)), 1e-12)
    return found


def _shares(rows: Numbers, axis: int) -> Numbers:
    """Softmax."""
    high = np.exp(rows - rows.max(axis=axis, keepdims=True))
    found: Numbers = high / high.sum(axis=axis, keepdims=True)
    return found


def _likely(rows: Numbers) -> Numbers:
    """Rounded, so that no order of summation matters."""
    found: Numbers = np.round(1 / (1 + np.exp(-rows)), 6)
    return found


def _around(rows: Numbers, far: Sequence[int]) -> Numbers:
    """For each row those that stand so far before or after it, in one; nothing where there is none."""
    count, edge = rows.shape[-2], max(far)
    padded = np.zeros((*rows.shape[:-2], count + 2 * edge, rows.shape[-1]))
    padded[..., edge : edge + count, :] = rows
    return np.concatenate([padded[..., edge + of : edge + of + count, :] for of in far], axis=-1)


def _by_field(rows: Numbers, facts: FactsRead) -> Numbers:
    """The best of each row for each fact and field."""
    found = np.zeros((len(rows), len(facts.starts)))
    if len(facts.starts) > 1:
        found[:, 1:] = np.maximum.reduceat(rows, facts.starts[1:], axis=1)
    by_field: Numbers = found[:, facts.fields]
    return by_field


def _margins(alike: Numbers, meant: Numbers, facts: FactsRead) -> Numbers:
    """How much better each fact's questions and other words fit each token than those of any other fact."""
    best = np.stack([rows[:, :, :ASKED_FIELDS].max(axis=2) for rows in (alike, meant)], axis=2)
    margins: Numbers = best - np.maximum(best_other(best, facts, LEAST), LEAST)
    return margins


@cache
def reader() -> Reader:
    """The shipped network."""
    with np.load(READER_FILE) as read:
        known = bytes(read["known"]).decode().split(" ")
        weights = {name: read[name].astype(np.float64) for name in read.files if name != "known"}
    return Reader(weights, {word: number for number, word in enumerate(known)})
