"""A small network that reads a whole message, in numpy: what the message asks for, as numbers.

Its weights are trained by `benchmarks/train_understanding.py`.

Belongs here: what is computed with the weights. Does not belong here: the files of weights, what is decided by the numbers, training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from rlve_dsl.frozen import frozen
from rlve_dsl.user.understanding.facts_read import ASKED_FIELDS, ASKS, VALUES, FactsRead, Words
from rlve_dsl.user.understanding.likeness import Likeness, best_by_field, best_other
from rlve_dsl.user.understanding.meanings import Numbers, directions_of

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
_TOKENS_KEPT, _TEXTS_KEPT = 1 << 13, 1 << 12


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
class _TextRead:
    """A text of a fact as the network sees it.

    Attributes:
        alike: For each word its direction.
        meant: For each word what it means in the text.
        mean: The mean of these.
    """

    alike: Numbers
    meant: Numbers
    mean: Numbers


@frozen
class Heard:
    """What a network makes of a message.

    Attributes:
        asked: For each fact how likely it is that the message asks for it, as a logit.
        kinds: For each of `KINDS` how likely the message is that, as a logit.
        weights: For each fact and token how much the token counts.
    """

    asked: Numbers
    kinds: Numbers
    weights: Numbers


class Network:
    """A network.

    Args:
        weights: Its weights, by name.
        words: The words that it knows by themselves, each with its number.
    """

    __slots__ = ("_of", "_text", "_token", "_words")

    def __init__(self, weights: Mapping[str, Numbers], words: Mapping[str, int]) -> None:
        self._of, self._words = weights, words
        self._token = lru_cache(maxsize=_TOKENS_KEPT)(self._read_token)
        self._text = lru_cache(maxsize=_TEXTS_KEPT)(self._read_text)

    def knows(self, word: str) -> bool:
        """Whether it knows a word by itself."""
        return word in self._words

    def prompt(self, facts: FactsRead) -> Prompted:
        """Facts as the network sees them; these do not depend on a message."""
        texts = [self._text(text) for text in facts.written]
        means = np.array([text.mean for text in texts])
        traits = [facts.traits, means[facts.fields[:, ASKS]], means[facts.fields[:, VALUES]]]
        described = _positive(self._linear("facts", np.concatenate(traits, axis=1)))
        return Prompted(
            np.concatenate([text.alike for text in texts]),
            np.concatenate([text.meant for text in texts]),
            described @ self._of["described"],
        )

    def read(
        self, tokens: Sequence[str], likeness: Likeness, facts: FactsRead, prompted: Prompted, hints: Sequence[float]
    ) -> Heard:
        """What a message asks for."""
        own, direction = self._tokens(tokens)
        heard = self._heard(own)
        whole = np.concatenate([heard.mean(axis=0), heard.max(axis=0), hints])
        message = _positive(self._linear("message", whole))
        meant = (heard @ self._of["meant"]) @ prompted.meant.T * prompted.meant.shape[1] ** -0.5
        compared = _compared(direction @ prompted.alike.T, meant, facts)
        fits = self._fits(heard, own, np.concatenate([likeness.numbers, *compared], axis=2), prompted)
        weights = _shares(fits @ self._of["weights"], axis=0)
        pooled = np.matmul(weights.transpose(1, 2, 0), fits.transpose(1, 0, 2)).reshape(fits.shape[1], -1)
        told = [pooled, fits.max(axis=0), likeness.covered, facts.traits]
        told_of = _positive(self._linear("told", np.concatenate(told, axis=1)))
        rivals = best_other(told_of[None], facts)[0]
        beside = np.concatenate([told_of, rivals, np.broadcast_to(message, told_of.shape)], axis=1)
        asked = self._linear("asked", _positive(self._linear("compared", beside)))[:, 0]
        together = np.concatenate([message, told_of.max(axis=0), told_of.mean(axis=0)])
        kinds = self._linear("kinds", _positive(self._linear("kind", together)))
        return Heard(asked, kinds, weights.mean(axis=2).T)

    def _read_token(self, token: str) -> tuple[Numbers, Numbers]:
        """A token by itself, and its direction for comparing tokens by themselves."""
        known = self._of["words"][number_of(token, self._words)]
        own = self._norm("token_norm", (known + directions_of([token]) @ self._of["meanings"]))
        return own[0], _unit(own @ self._of["alike"])[0]

    def _tokens(self, tokens: Sequence[str]) -> tuple[Numbers, Numbers]:
        """Tokens by themselves, and their directions."""
        own, directions = zip(*map(self._token, tokens), strict=True)
        count = len(tokens)
        return np.concatenate(own).reshape(count, -1), np.concatenate(directions).reshape(count, -1)

    def _read_text(self, words: Words) -> _TextRead:
        """A text of a fact by itself."""
        if not words:
            width = self._of["text"].shape[1]
            return _TextRead(np.zeros((0, self._of["alike"].shape[1])), np.zeros((0, width)), np.zeros(width))
        own, directions = self._tokens(words)
        meant = self._beside("text", own, (-1, 0, 1))
        return _TextRead(directions, meant, meant.mean(axis=0))

    def _heard(self, own: Numbers) -> Numbers:
        """Each token in its message."""
        heard = own
        for layer, far in enumerate(DILATIONS):
            rows = self._norm(f"layer_norms.{layer}", heard)
            heard = heard + _positive(self._beside(f"layers.{layer}", rows, (-far, 0, far)))
            if layer == ATTENDS_AFTER:
                heard = heard + self._attended(heard)
        return self._norm("heard_norm", heard)

    def _attended(self, heard: Numbers) -> Numbers:
        """What each token takes from all others."""
        asks = self._linear("attend", self._norm("attend_norm", heard))
        size = asks.shape[1] // 3
        query, key, value = asks[:, :size], asks[:, size : 2 * size], asks[:, 2 * size :]
        return self._linear("attended", _shares(query @ key.T * size**-0.5, axis=1) @ value)

    def _fits(self, heard: Numbers, own: Numbers, numbers: Numbers, prompted: Prompted) -> Numbers:
        """For each token and fact how well they fit, in their place."""
        count, many, width = numbers.shape
        each = (numbers.reshape(-1, width) @ self._of["numbers"]).reshape(count, many, -1)
        each += self._linear("token", np.concatenate([heard, own], axis=1))[:, None]
        each += prompted.traits
        fits = _positive(each).reshape(count * many, -1)
        fits = fits + _positive(self._beside("beside", fits, AROUND, step=many))
        return fits.reshape(count, many, -1)

    def _linear(self, name: str, rows: Numbers) -> Numbers:
        found: Numbers = rows @ self._of[name] + self._of[f"{name}.bias"]
        return found

    def _beside(self, name: str, rows: Numbers, far: Sequence[int], step: int = 1) -> Numbers:
        """A linear layer of each row with those that stand so far before or after it, in steps of some rows."""
        weights = self._of[name].reshape(len(far), rows.shape[1], -1)
        found: Numbers = rows @ weights[far.index(0)] + self._of[f"{name}.bias"]
        for place, away in enumerate(far):
            rest = max(len(rows) - step * abs(away), 0)
            if away > 0:
                found[:rest] += rows[len(rows) - rest :] @ weights[place]
            elif away < 0:
                found[len(rows) - rest :] += rows[:rest] @ weights[place]
        return found

    def _norm(self, name: str, rows: Numbers) -> Numbers:
        share = 1 / rows.shape[-1]
        apart: Numbers = rows - rows.sum(axis=-1, keepdims=True) * share
        apart /= np.sqrt((apart * apart).sum(axis=-1, keepdims=True) * share + 1e-5)
        apart *= self._of[name]
        apart += self._of[f"{name}.bias"]
        return apart


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


def _compared(alike: Numbers, meant: Numbers, facts: FactsRead) -> tuple[Numbers, Numbers]:
    """How well each fact fits each token, by the words of each field: first alone, then in their texts; and how much better
    than any other fact, by its questions and other words."""
    count = len(alike)
    by_field = best_by_field(np.concatenate([alike, meant]), facts)
    best = by_field[:, :, :ASKED_FIELDS].max(axis=2)
    margins = best - np.maximum(best_other(best, facts, LEAST), LEAST)
    both = np.concatenate([by_field[:count], by_field[count:]], axis=2)
    return both, np.stack([margins[:count], margins[count:]], axis=2)
