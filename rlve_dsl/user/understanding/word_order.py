"""Whether people write words in such an order: a sentence that no fluent speaker writes is not heard.

Two small networks look at each place between two words, with four words to each side and how often such words stand together in the corpus,
and say how surely the order is wrong there. They know frequent words by themselves and others by their form, so that they judge grammar
and not what is said. Their weights are trained by `benchmarks/train_word_order.py`.

Belongs here: sentences as symbols, how wrong their order is. Does not belong here: what a message asks for, training.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.caching import cached_texts
from rlve_dsl.frozen import frozen
from rlve_dsl.user.consent import boundaries
from rlve_dsl.user.understanding.texts import read

WORD_ORDER_FILE = Path(__file__).parent / "word-order.npz"

WRONG = 5.2
"""From this logit on, a place is surely wrong: the sentence is garbled."""
DOUBTFUL, WRONG_TOGETHER = -1.0, 22.0
"""What the logits of all places are above the first one counts together; from the second one on the sentence is garbled."""

SIDE = 4
"""Words that are seen to each side of a place."""
BEGIN, END, NUMBER, NAME = "<begin>", "<end>", "<number>", "<name>"
"""What stands before and after a sentence, and what numbers and names are read as."""
FORMS = ("ing", "ed", "ly", "tion", "ness", "able", "less", "ful", "est", "er", "al", "ous", "s", "y", "")
"""Endings by which words that are not known by themselves are told apart."""
CLASSES = (BEGIN, END, NUMBER, NAME, *(f"<{form}>" for form in FORMS))
FIRST_WORD = len(CLASSES)
"""The number of the first word that is known by itself; words are in the order of how frequent they are."""
USUAL = 220
"""So many words are never a part of a name; most of these are little ones."""

GROUPS = ((2, 3), (3, 4), (4, 5), (2, 4), (3, 5), (2, 3, 4), (3, 4, 5))
"""The words around a place, of `2 * SIDE`, of which it counts how often they stand together: neighbours, words apart, and three in a row."""
PARAMETERS = ("words", "hidden", "hidden_bias", "out", "out_bias")
_KINDS = (0, 0, 0, 1, 1, 2, 2)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(64 - 24)  # a key has 24 bits
_LONG_STEP = 255

_MARK = re.compile(r"^[ \t]*(?:[-*\u2022\u2013>#]+|\(?\d{1,2}[.):]|\(?[a-zA-Z][.)])[ \t]+")
_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|[#$]?\w*\d(?:[\w.,:/%-]*[\w%])?|[?!.,:;()&/+=|\"\u2013\u2014]")
_SHOWN = 2  # words to each side of a wrong place that are shown
_KNOWN = 0.5  # of the words of a sentence the share that must be known, so that it is judged

Symbols = NDArray[np.int64]
Numbers = NDArray[np.float32]
Counted = Callable[[NDArray[np.uint64]], Numbers]
"""How often the groups of words with some keys were counted."""


@frozen
class Garbled:
    """A sentence that no fluent speaker writes.

    Attributes:
        start: Where it begins in the message as it is read.
        end: Where it ends.
        text: The sentence.
        worst: Its words around the place that is most surely wrong.
    """

    start: int
    end: int
    text: str
    worst: str


class WordOrder:
    """The networks with what is counted.

    Args:
        known: The numbers of words and classes.
        counts: How often each of them was counted.
        together: How often groups of words were counted.
        networks: The parameters of each network: `words`, `hidden`, `hidden_bias`, `out` and `out_bias`.
    """

    __slots__ = ("_counts", "_known", "_networks", "_together")

    def __init__(
        self, known: Mapping[str, int], counts: Numbers, together: Counted, networks: Sequence[Mapping[str, Numbers]]
    ) -> None:
        self._known, self._counts, self._together, self._networks = known, counts, together, tuple(networks)

    def garbled(self, sentence: str) -> str | None:
        """The words around the worst place of a garbled sentence; None for one in order, or of words that nobody knows."""
        tokens = _TOKEN.findall(sentence)
        symbols = symbols_of(tokens, self._known)
        words = [symbol for symbol, token in zip(symbols, tokens, strict=True) if token[0].isalnum()]
        if sum(symbol >= FIRST_WORD for symbol in words) < max(2, _KNOWN * len(words)):
            return None
        logits = self.logits(symbols)
        if logits.max() < WRONG and np.maximum(logits - np.float32(DOUBTFUL), 0).sum() < WRONG_TOGETHER:
            return None
        place = int(logits.argmax())
        return " ".join(tokens[max(0, place - _SHOWN) : place + _SHOWN])

    def logits(self, symbols: Sequence[int]) -> Numbers:
        """How surely each place before a symbol, and the one after the last, is wrong: the mean of the networks."""
        windows = windows_of(symbols)
        counted = features(windows, self._counts, self._together)
        found: Numbers = np.mean([_logits(windows, counted, weights) for weights in self._networks], axis=0)
        return found


def _logits(windows: Symbols, counted: Numbers, weights: Mapping[str, Numbers]) -> Numbers:
    inputs = np.concatenate([weights["words"][windows].reshape(len(windows), -1), counted], axis=1)
    hidden = np.maximum(inputs @ weights["hidden"] + weights["hidden_bias"], 0)
    found: Numbers = hidden @ weights["out"] + weights["out_bias"]
    return found


def symbols_of(tokens: Sequence[str], known: Mapping[str, int]) -> list[int]:
    """Tokens as numbers: those of words that are known by themselves, and those of classes of other words."""
    found: list[int] = []
    for token in tokens:
        number = known.get(token.lower())
        if number is None:
            number = known[_class_of(token, not found)]
        elif found and token[0].isupper() and number >= FIRST_WORD + USUAL:
            number = known[NAME]  # "the Material Transfer Agreement"
        found.append(number)
    return found


def tokens_in(sentence: str) -> list[str]:
    """The words, numbers and marks of a sentence."""
    return _TOKEN.findall(sentence)


def form_of(word: str) -> str:
    """The class that a word has by its ending."""
    return next(f"<{form}>" for form in FORMS if word.endswith(form) and (not form or len(word) > len(form) + 1))


def _class_of(token: str, is_first: bool) -> str:
    if any(character.isdigit() for character in token):
        return NUMBER
    return NAME if token[0].isupper() and not is_first else form_of(token.lower())


def windows_of(symbols: Sequence[int]) -> Symbols:
    """The symbols around each place."""
    padded = np.array([0] * SIDE + list(symbols) + [1] * SIDE, dtype=np.int64)
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * SIDE)


def keys_of(symbols: Sequence[Symbols], kind: int) -> NDArray[np.uint64]:
    """The keys of groups of words."""
    key = np.full(len(symbols[0]), kind + 1, dtype=np.uint64)
    for column in symbols:
        key = key * np.uint64(1 << 13) + column.astype(np.uint64)
    return (key * _SPREAD) >> _SHIFT


def groups_in(windows: Symbols) -> list[NDArray[np.uint64]]:
    """For each of `GROUPS` the keys of the words around each place."""
    return [keys_of([windows[:, place] for place in group], kind) for group, kind in zip(GROUPS, _KINDS, strict=True)]


def features(windows: Symbols, counts: Numbers, together: Counted) -> Numbers:
    """How often the words around each place were counted together, and how much more often than by chance."""
    total = counts.sum()
    found: list[Numbers] = []
    seen: dict[tuple[int, ...], Numbers] = {}
    for group, keys in zip(GROUPS, groups_in(windows), strict=True):
        seen[group] = together(keys)
        if len(group) == 2:
            chance = counts[windows[:, group[0]]] * counts[windows[:, group[1]]] / total
        else:
            chance = seen[group[:2]] * seen[group[1:]] / counts[windows[:, group[1]]]
        found += [np.log((seen[group] + 0.5) / (chance + 0.5)), np.log1p(seen[group])]
    return np.stack(found, axis=1).astype(np.float32) / np.float32(3)


def sentences_in(message: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a message begin and end, without marks of lists."""
    start = 0
    for line in message.splitlines(keepends=True):
        marked = _MARK.match(line)
        begin = marked.end() if marked else 0
        for first, last, _ in boundaries(line[begin:]):
            yield start + begin + first, start + begin + last
        start += len(line)


@cached_texts(1 << 12)
def garbled_in(message: str) -> tuple[Garbled, ...]:
    """The sentences of a message, as it is read, that no fluent speaker writes. Takes time in proportion to its length."""
    text = read(message)
    found: list[Garbled] = []
    for start, end in sentences_in(text):
        worst = word_order().garbled(text[start:end])
        if worst is not None:
            found.append(Garbled(start, end, text[start:end].strip(), worst))
    return tuple(found)


@cache
def word_order() -> WordOrder:
    """The shipped networks."""
    with np.load(WORD_ORDER_FILE) as kept:
        words = bytes(kept["known"]).decode().split(" ")
        known = {word: number for number, word in enumerate((*CLASSES, *words))}
        keys = np.cumsum(kept["steps"].astype(np.uint64))
        # a step of 255 or more goes over several numbers, of which all but the last are 255
        is_last = kept["steps"] < _LONG_STEP
        together = counted_by(keys[is_last], kept["times"].astype(np.float32))
        networks = [
            {name: kept[name][number].astype(np.float32) for name in PARAMETERS} for number in range(len(kept["words"]))
        ]
        return WordOrder(known, kept["counts"].astype(np.float32), together, networks)


def steps_to(keys: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """The steps between sorted keys, as the file has them."""
    whole, rest = np.divmod(np.diff(keys, prepend=np.uint64(0)).astype(np.int64), _LONG_STEP)
    steps = np.full(len(keys) + int(whole.sum()), _LONG_STEP, dtype=np.uint8)
    steps[np.cumsum(whole + 1) - 1] = rest
    return steps


def counted_by(keys: NDArray[np.uint64], times: Numbers) -> Counted:
    """How often groups were counted, by their sorted keys."""

    def of(asked: NDArray[np.uint64]) -> Numbers:
        places = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
        return np.where(keys[places] == asked, times[places], np.float32(0))

    return of
