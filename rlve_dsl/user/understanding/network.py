"""A small network that reads a whole message, in numpy: what the message asks for, as numbers.

Its weights are trained by `benchmarks/train_understanding.py`.

Belongs here: what is computed with the weights. Does not belong here: the files of weights, what is decided by the numbers, training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.frozen import frozen
from rlve_dsl.user.understanding.facts_read import ASKED_FIELDS, ASKS, FIELDS, TRAITS, VALUES, FactsRead
from rlve_dsl.user.understanding.likeness import NUMBERS, Likeness, best_by_field, best_other
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
_TOKENS_KEPT = 1 << 12


@frozen
class Prompted:
    """Facts as the network sees them.

    Attributes:
        words: For each word of the facts' blocks its direction, for comparing words by themselves, and then what it means in its text.
        traits: For each fact what describes it, for comparing it with a token.
        told: For each fact what describes it, for weighing what a message tells of it.
    """

    words: Numbers
    traits: Numbers
    told: Numbers


@frozen
class _Tokens:
    """Tokens by themselves.

    Attributes:
        own: Each token.
        first: What the first layer takes of each, for each distance.
        direction: The direction of each, for comparing tokens by themselves.
        fits: The part of each in how well facts fit it.
    """

    own: Numbers
    first: Sequence[Numbers]
    direction: Numbers
    fits: Numbers


@frozen
class Heard:
    """What a network makes of a message, in logits.

    Attributes:
        asked: For each fact how likely it is that the message asks for it.
        kinds: For each of `KINDS` how likely the message is that.
        shares: How much each token counts, for each way of weighing, and each fact.
    """

    asked: Numbers
    kinds: Numbers
    shares: Numbers

    @property
    def weights(self) -> Numbers:
        """For each fact and token how much the token counts."""
        found: Numbers = self.shares.mean(axis=0)
        return found


class Network:
    """A network.

    Args:
        weights: Its weights, by name.
        words: The words that it knows by themselves, each with its number.
    """

    __slots__ = ("_fits", "_of", "_shared", "_token", "_told", "_width", "_words")

    def __init__(self, weights: Mapping[str, NDArray[np.floating]], words: Mapping[str, int]) -> None:
        self._words = words
        self._width, self._shared = weights["alike"].shape
        self._fits, self._told = weights["described"].shape[0], weights["compared"].shape[1]
        self._of = _divided({name: np.asarray(of, dtype=np.float32) for name, of in weights.items()})
        self._token = lru_cache(maxsize=_TOKENS_KEPT)(self._read_token)

    def knows(self, word: str) -> bool:
        """Whether it knows a word by itself."""
        return word in self._words

    def prompt(self, facts: FactsRead) -> Prompted:
        """Facts as the network sees them; these do not depend on a message."""
        meant, means = self._meant(facts)
        described = [facts.traits, means[facts.fields[:, ASKS]], means[facts.fields[:, VALUES]]]
        traits = _positive(self._linear("facts", np.concatenate(described, axis=1)))
        return Prompted(
            meant.take(facts.blocks.places, axis=1),
            traits @ self._of["described"],
            self._linear("told.traits", facts.traits),
        )

    def read(
        self, tokens: Sequence[str], likeness: Likeness, facts: FactsRead, prompted: Prompted, hints: Sequence[float]
    ) -> Heard:
        """What a message asks for."""
        token = self._tokens(tokens)
        heard = self._heard(token)
        whole = [np.add.reduce(heard, axis=0) / len(heard), np.maximum.reduce(heard, axis=0), np.array(hints, heard.dtype)]
        message = _positive(self._linear("message", np.concatenate(whole)))
        fits = self._fits_of(token, heard, likeness, facts, prompted)
        weighed = (self._of["weights"].T @ fits.reshape(-1, self._fits).T).reshape(-1, *fits.shape[:2])
        shares = _shares(weighed)
        pooled = np.matmul(shares.transpose(1, 0, 2), fits).reshape(len(fits), -1)
        told = np.concatenate([pooled, fits.max(axis=1), likeness.covered], axis=1) @ self._of["told"]
        told += prompted.told
        np.maximum(told, 0, out=told)
        beside = told @ self._of["compared"]
        beside += best_other(told, facts) @ self._of["compared.rivals"]
        beside += self._linear("compared.message", message)
        asked = self._linear("asked", np.maximum(beside, 0, out=beside))[:, 0]
        together = np.concatenate([message, np.maximum.reduce(told, axis=0), np.add.reduce(told, axis=0) / len(told)])
        kinds = self._linear("kinds", _positive(self._linear("kind", together)))
        return Heard(asked, kinds, shares)

    def _read_token(self, token: str) -> Numbers:
        """All that does not depend on the tokens beside a token, one after another: the token by itself, what the first layer takes
        of it, its direction, its part in how well facts fit it."""
        known = self._of["words"][number_of(token, self._words)]
        own = self._norm("token_norm", known + directions_of([token]) @ self._of["meanings"])
        first = self._norm("layer_norms.0", own)
        parts = [
            own,
            *(first @ part for part in self._of["layers.0"]),
            _unit(own @ self._of["alike"]),
            self._linear("token.own", own),
        ]
        return np.concatenate(parts, axis=1)[0]

    def _tokens(self, tokens: Sequence[str]) -> _Tokens:
        """Tokens by themselves."""
        width, shared = self._width, self._shared
        rows = np.concatenate(list(map(self._token, tokens))).reshape(len(tokens), -1)
        parts = [rows[:, start : start + width] for start in range(0, 4 * width, width)]
        direction, fits = rows[:, 4 * width : 4 * width + shared], rows[:, 4 * width + shared :]
        return _Tokens(parts[0], parts[1:], direction, fits)

    def _meant(self, facts: FactsRead) -> tuple[Numbers, Numbers]:
        """For each word of the facts' texts its direction and what it means in its text; for each text the mean of the latter."""
        token = self._tokens(facts.words)
        places, starts = facts.texts, facts.starts
        none = len(facts.words)  # what is beside the first and the last word of a text
        before, after = np.empty_like(places), np.empty_like(places)
        before[1:], after[:-1] = places[:-1], places[1:]
        before[starts[1:]] = after[starts[2:] - 1] = after[-1:] = none
        parts = [
            np.concatenate([token.own @ of, np.zeros((1, self._shared), dtype=np.float32)])[at]
            for of, at in zip(self._of["text"], (before, places, after), strict=True)
        ]
        meant = parts[0] + parts[1] + parts[2] + self._of["text.bias"]
        means = np.zeros((len(starts), self._shared), dtype=np.float32)
        if len(starts) > 1:
            means[1:] = np.add.reduceat(meant, starts[1:]) / np.diff([*starts[1:], len(places)])[:, None]
        return np.stack([token.direction[places], meant]), means

    def _heard(self, token: _Tokens) -> Numbers:
        """Each token in its message."""
        heard = token.own + self._beside("layers.0", list(token.first), (-DILATIONS[0], 0, DILATIONS[0]), axis=0)
        for layer, far in enumerate(DILATIONS[1:], start=1):
            rows = self._norm(f"layer_norms.{layer}", heard)
            parts = [rows @ of for of in self._of[f"layers.{layer}"]]
            heard += self._beside(f"layers.{layer}", parts, (-far, 0, far), axis=0)
            if layer == ATTENDS_AFTER:
                heard += self._attended(heard)
        return self._norm("heard_norm", heard)

    def _attended(self, heard: Numbers) -> Numbers:
        """What each token takes from all others."""
        asks = self._linear("attend", self._norm("attend_norm", heard))
        size = self._shared
        query, key, value = asks[:, :size], asks[:, size : 2 * size], asks[:, 2 * size :]
        return self._linear("attended", _shares(query @ key.T) @ value)

    def _fits_of(
        self, token: _Tokens, heard: Numbers, likeness: Likeness, facts: FactsRead, prompted: Prompted
    ) -> Numbers:
        """For each fact and token how well they fit, in their place."""
        count, many = len(heard), len(facts.fields)
        meant = np.stack([token.direction, heard @ self._of["meant"]])
        compared = _compared(np.matmul(prompted.words, meant.transpose(0, 2, 1)), facts)
        fits = likeness.by_number.reshape(-1, many * count).T @ self._of["numbers"]
        fits += compared.reshape(-1, many * count).T @ self._of["numbers.compared"]
        each = fits.reshape(many, count, -1)
        each += heard @ self._of["token"] + token.fits
        each += prompted.traits[:, None]
        np.maximum(fits, 0, out=fits)
        parts = [(fits @ of).reshape(each.shape) for of in self._of["beside"]]
        each += self._beside("beside", parts, AROUND, axis=1)
        return each

    def _linear(self, name: str, rows: Numbers) -> Numbers:
        found: Numbers = rows @ self._of[name]
        found += self._of[f"{name}.bias"]
        return found

    def _beside(self, name: str, parts: Sequence[Numbers], far: Sequence[int], axis: int) -> Numbers:
        """What each token takes from those that stand so far before or after it: a part for each distance."""
        found: Numbers = parts[far.index(0)] + self._of[f"{name}.bias"]
        along, count = found.swapaxes(0, axis), found.shape[axis]
        for part, away in zip(parts, far, strict=True):
            taken = part.swapaxes(0, axis)
            if 0 < away < count:
                along[:-away] += taken[away:]
            elif 0 < -away < count:
                along[-away:] += taken[:away]
        return np.maximum(found, 0, out=found)

    def _norm(self, name: str, rows: Numbers) -> Numbers:
        apart: Numbers = rows - np.vecdot(rows, self._of["mean"])[:, None]
        size = np.vecdot(apart, apart)
        size += 1e-5 * self._width
        apart /= np.sqrt(size, out=size)[:, None]
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


def _shares(rows: Numbers) -> Numbers:
    """Softmax."""
    high: Numbers = rows - rows.max(axis=-1, keepdims=True)
    np.exp(high, out=high)
    high /= high.sum(axis=-1, keepdims=True)
    return high


def _compared(rows: Numbers, facts: FactsRead) -> Numbers:
    """How well each fact fits each token, by the words of each field: first alone, then in their texts; and how much better
    than any other fact, by its questions and other words.

    Args:
        rows: For each word of the facts' blocks and each token how well they fit, alone and in their texts.
        facts: The facts.
    """
    by_field = best_by_field(rows, facts)
    many, tokens = by_field.shape[2:]
    found = np.empty((2 * FIELDS + 2, many, tokens), dtype=np.float32)
    found[: 2 * FIELDS] = by_field.reshape(-1, many, tokens)
    best = by_field[:, :ASKED_FIELDS].max(axis=1)
    np.subtract(best, np.maximum(best_other(best, facts, LEAST), LEAST), out=found[2 * FIELDS :])
    return found


def _divided(weights: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Weights as they are used: those that apply to parts of a row are apart, and factors are in them."""
    found = dict(weights)
    width, shared = weights["alike"].shape
    told = weights["compared"].shape[1]
    for name in ("text", *(f"layers.{layer}" for layer in range(len(DILATIONS)))):
        found[name] = weights[name].reshape(3, width, -1)
    found["beside"] = weights["beside"].reshape(len(AROUND), weights["beside"].shape[1], -1)
    found["token"], found["token.own"] = weights["token"][:width], weights["token"][width:]
    found["token.own.bias"] = weights["token.bias"]
    found["numbers"], found["numbers.compared"] = weights["numbers"][:NUMBERS], weights["numbers"][NUMBERS:]
    found["told"], found["told.traits"] = weights["told"][:-TRAITS], weights["told"][-TRAITS:]
    found["told.traits.bias"] = weights["told.bias"]
    parts = weights["compared"].reshape(3, told, told)
    found["compared"], found["compared.rivals"], found["compared.message"] = parts
    found["compared.message.bias"] = weights["compared.bias"]
    found["mean"] = np.full(width, 1 / width, dtype=np.float32)
    for name in [name for name in weights if name.endswith("_norm") or name.startswith("layer_norms") and "bias" not in name]:
        found[name] = weights[name] * np.float32(width**0.5)
    fine = np.float32(shared**-0.5)
    found["meant"] = weights["meant"] * fine
    scale = np.ones(3 * shared, dtype=np.float32)
    scale[:shared] = fine
    found["attend"], found["attend.bias"] = weights["attend"] * scale, weights["attend.bias"] * scale
    return {name: np.ascontiguousarray(of) for name, of in found.items()}
