"""A small network that reads a whole message, in numpy: what the message asks for, as numbers.

Its weights are trained by `benchmarks/train_understanding.py`.

Belongs here: what is computed with the weights. Does not belong here: the files of weights, what is decided by the numbers, training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.frozen import frozen
from rlve_dsl.user.understanding.facts_read import ASKED_FIELDS, ASKS, FIELDS, VALUES, FactsRead
from rlve_dsl.user.understanding.keeping import KeptTogether
from rlve_dsl.user.understanding.likeness import Likeness, best_by_field, best_other
from rlve_dsl.user.understanding.meanings import Numbers, directions_of
from rlve_dsl.user.understanding.weights import AROUND, CLAIMS, DILATIONS, divided

OTHER, NUMBER = "<other>", "<number>"
"""What words that are not known by themselves are taken for."""
KINDS = ("general", "go_ahead", "no_view", "talk", "unclear")
"""What a message may be besides a question for facts."""

MOST_CLAIMED = 40.0
"""How much a fact claims a token at most, as a logit."""
ATTENDS_AFTER = 1
"""The layer after which each token looks at all others."""
LEAST = -2.0
"""How well a fact fits a token at least."""
_BESIDE = ("text", "beside", *(f"layers.{layer}" for layer in range(1, len(DILATIONS))))
"""The layers of a row and those beside it; all layers but the first, which is computed for each token by itself."""
_AROUND = (0, *(far for far in AROUND if far))
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
    """What a network makes of a message.

    Attributes:
        likely: How likely it is that the message asks for each fact, and then how likely it is each of `KINDS`, as logits.
        shares: How much each token counts, for each fact and each way of weighing.
    """

    likely: Numbers
    shares: Numbers

    @property
    def weights(self) -> Numbers:
        """For each fact and token how much the token counts."""
        found: Numbers = self.shares.mean(axis=1)
        return found


class Network:
    """A network.

    Args:
        weights: Its weights, by name.
        words: The words that it knows by themselves, each with its number.
    """

    __slots__ = ("_beside_of", "_of", "_shared", "_tokens_read", "_width", "_words")

    def __init__(self, weights: Mapping[str, NDArray[np.floating]], words: Mapping[str, int]) -> None:
        self._words = words
        self._width, self._shared = weights["alike"].shape
        self._of = divided({name: np.asarray(of, dtype=np.float32) for name, of in weights.items()})
        self._beside_of = {name: tuple(self._of.pop(name)) for name in _BESIDE}
        self._tokens_read: KeptTogether[str, Numbers] = KeptTogether(_TOKENS_KEPT, self._read_tokens)

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
        count, many = len(tokens), len(facts.fields)
        whole = [_mean(heard), heard.max(axis=0), np.array(hints, dtype=np.float32)]
        message = _positive(self._linear("message", np.concatenate(whole)))
        fits = self._fits(token, heard, likeness, facts, prompted)
        weighed = _shares((fits @ self._of["weights"]).reshape(count, -1), axis=0)
        shares = weighed.reshape(count, many, -1).transpose(1, 2, 0)
        fits = fits.reshape(count, many, -1)
        pooled = np.matmul(shares, fits.transpose(1, 0, 2)).reshape(many, -1)
        told = np.concatenate([pooled, fits.max(axis=0), likeness.covered], axis=1) @ self._of["told"]
        told += prompted.told
        _positive(told)
        beside = told @ self._of["compared"]
        beside += best_other(told, facts) @ self._of["compared.rivals"]
        beside += self._linear("compared.message", message)
        together = np.concatenate([message, told.max(axis=0), _mean(told)])
        kind = _positive(self._linear("kind", together))
        asked, kinds = self._linear("asked", _positive(beside))[:, 0], self._linear("kinds", kind)
        return Heard(np.concatenate([asked, kinds]), shares)

    def _read_tokens(self, tokens: Sequence[str]) -> list[Numbers]:
        """All that does not depend on the tokens beside each token, in a row: the token by itself, what the first layer takes of it
        for itself and those beside it, its direction, its part in how well facts fit it."""
        known = self._of["words"][[number_of(token, self._words) for token in tokens]]
        own = self._norm("token_norm", known + self._each(directions_of(tokens), "meanings"))
        first = self._each(self._norm("layer_norms.0", own), "tokens.layers.0") + self._of["tokens.layers.0.bias"]
        fits = self._each(own, "token.own") + self._of["token.own.bias"]
        return [*np.concatenate([own, first, _unit(self._each(own, "alike")), fits], axis=1)]

    def _each(self, rows: Numbers, name: str) -> Numbers:
        """A product of each row by itself: its last bits may not depend on which tokens are read for the first time beside it."""
        found: Numbers = np.matmul(rows[:, None], self._of[name])[:, 0]
        return found

    def _tokens(self, tokens: Sequence[str]) -> _Tokens:
        """Tokens by themselves."""
        width, shared = self._width, self._shared
        rows = np.concatenate(self._tokens_read.of(tokens)).reshape(len(tokens), -1)
        parts = [rows[:, start : start + width] for start in range(0, 4 * width, width)]
        direction, fits = rows[:, 4 * width : 4 * width + shared], rows[:, 4 * width + shared :]
        return _Tokens(parts[0], parts[1:], direction, fits)

    def _meant(self, facts: FactsRead) -> tuple[Numbers, Numbers]:
        """For each word of the facts' texts its direction and what it means in its text; for each text the mean of the latter."""
        if not facts.words:
            return np.zeros((2, 0, self._shared), np.float32), np.zeros((len(facts.starts), self._shared), np.float32)
        token = self._tokens(facts.words)
        places, starts = facts.texts, facts.starts
        none = len(facts.words)  # what is beside the first and the last word of a text
        before, after = np.empty_like(places), np.empty_like(places)
        before[1:], after[:-1] = places[:-1], places[1:]
        before[starts[1:]] = after[starts[2:] - 1] = after[-1:] = none
        parts = [
            np.concatenate([token.own @ of, np.zeros((1, self._shared), dtype=np.float32)])[at]
            for of, at in zip(self._beside_of["text"], (places, before, after), strict=True)
        ]
        meant = parts[0] + parts[1] + parts[2] + self._of["text.bias"]
        means = np.zeros((len(starts), self._shared), dtype=np.float32)
        if len(starts) > 1:
            means[1:] = np.add.reduceat(meant, starts[1:]) / np.diff([*starts[1:], len(places)])[:, None]
        return np.stack([token.direction[places], meant]), means

    def _heard(self, token: _Tokens) -> Numbers:
        """Each token in its message."""
        first, *others = token.first
        far = DILATIONS[0]
        if len(first) > far:
            _add_from(first, others[0][:-far], -far)
            _add_from(first, others[1][far:], far)
        heard = token.own + _positive(first)
        for layer, far in enumerate(DILATIONS[1:], start=1):
            heard += self._beside(f"layers.{layer}", self._norm(f"layer_norms.{layer}", heard), (0, -far, far))
            if layer == ATTENDS_AFTER:
                heard += self._attended(heard)
        return self._norm("heard_norm", heard)

    def _attended(self, heard: Numbers) -> Numbers:
        """What each token takes from all others."""
        asks = self._linear("attend", self._norm("attend_norm", heard))
        size = self._shared
        query, key, value = asks[:, :size], asks[:, size : 2 * size], asks[:, 2 * size :]
        return self._linear("attended", _shares(query @ key.T, axis=1) @ value)

    def _fits(
        self, token: _Tokens, heard: Numbers, likeness: Likeness, facts: FactsRead, prompted: Prompted
    ) -> Numbers:
        """For each token and fact how well they fit, in their place."""
        count, many = len(heard), len(facts.fields)
        meant = np.concatenate([token.direction, heard @ self._of["meant"]]).reshape(2, count, -1)
        compared = _compared(np.matmul(prompted.words, meant.transpose(0, 2, 1)), facts)
        fits: Numbers = likeness.by_number.reshape(-1, count * many).T @ self._of["numbers"]
        fits += compared.reshape(-1, count * many).T @ self._of["numbers.compared"]
        each = fits.reshape(count, many, -1)
        each += (heard @ self._of["token"] + token.fits)[:, None]
        each += prompted.traits
        _positive(fits)
        fits += self._beside("beside", fits, _AROUND, step=many)
        fits += self._claimed(fits, facts)
        return fits

    def _claimed(self, fits: Numbers, facts: FactsRead) -> Numbers:
        """What changes for each token and fact by how much other facts claim the token."""
        many = len(facts.fields)
        claims = self._linear("claims", fits).reshape(-1, many, CLAIMS).transpose(1, 0, 2).reshape(many, -1)
        np.clip(claims, -MOST_CLAIMED, MOST_CLAIMED, out=claims)
        highest = np.maximum.reduce(claims, axis=0, initial=0)
        claims -= highest
        of_others = (facts.families[:, None] != facts.families).astype(np.float32) @ np.exp(claims)
        of_others += np.exp(-highest)
        claims -= np.log(of_others)
        changes = fits @ self._of["claimed"]
        changes += claims.reshape(many, -1, CLAIMS).transpose(1, 0, 2).reshape(-1, CLAIMS) @ self._of["claimed.claims"]
        changes += self._of["claimed.bias"]
        return _positive(changes)

    def _linear(self, name: str, rows: Numbers) -> Numbers:
        found: Numbers = rows @ self._of[name]
        found += self._of[f"{name}.bias"]
        return found

    def _beside(self, name: str, rows: Numbers, far: Sequence[int], step: int = 1) -> Numbers:
        """A layer of each row with those that stand so far before or after it, in steps of some rows; the first distance is 0."""
        first, *others = self._beside_of[name]
        own = rows @ first
        own += self._of[f"{name}.bias"]
        for of, away in zip(others, far[1:], strict=True):
            if abs(away) * step < len(rows):
                _add_from(own, (rows[away * step :] if away > 0 else rows[: away * step]) @ of, away)
        return _positive(own)

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


def _add_from(rows: Numbers, others: Numbers, away: int) -> None:
    """Add to rows others that stand after them, or before them for a distance below 0: there are fewer others than rows."""
    if away > 0:
        rows[: len(others)] += others
    else:
        rows[-len(others) :] += others


def _positive(rows: Numbers) -> Numbers:
    """The rows, with 0 instead of what is less."""
    return np.maximum(rows, 0, out=rows)


def _mean(rows: Numbers) -> Numbers:
    found: Numbers = np.add.reduce(rows, axis=0)
    found /= len(rows)
    return found


def _unit(rows: Numbers) -> Numbers:
    found: Numbers = rows / np.maximum(np.sqrt((rows * rows).sum(axis=-1, keepdims=True)), 1e-12)
    return found


def _shares(rows: Numbers, axis: int) -> Numbers:
    """Softmax."""
    high: Numbers = rows - np.maximum.reduce(rows, axis=axis, keepdims=True)
    np.exp(high, out=high)
    high /= np.add.reduce(high, axis=axis, keepdims=True)
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
    best = by_field[:, :ASKED_FIELDS].max(axis=1)
    best -= np.maximum(best_other(best, facts, LEAST), LEAST)
    found = np.empty((2 * FIELDS + 2, tokens, many), dtype=np.float32)
    found[: 2 * FIELDS] = by_field.reshape(-1, many, tokens).transpose(0, 2, 1)
    found[2 * FIELDS :] = best.transpose(0, 2, 1)
    return found
