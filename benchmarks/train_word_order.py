"""Trains the networks that tell sentences from babble (`rlve_dsl/user/understanding/word-order.npz`). Needs the extra `train`.

python -m benchmarks.train_word_order [--seed N] [--rounds N]

It learns from sentences of the corpus's building part, as they are and spoilt (`benchmarks/order/spoilt.py`), at which places the order of words is
wrong. How often words stand together is counted on other writers' messages than those in which it is asked for. No message of the writers of
`ASIDE` is used. `python -m benchmarks.word_order` measures it.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.corpus.make import HERE, read_lines, writer_of
from benchmarks.order.babble import NO_SENTENCES
from benchmarks.order.spoilt import RIGHT, UNKNOWN, Spoiler
from benchmarks.order.wordings import wordings
from benchmarks.train_understanding import ASIDE
from rlve_dsl.user.understanding.texts import read
from rlve_dsl.user.understanding.word_order import (
    CLASSES,
    FIRST_WORD,
    GROUPS,
    NAME,
    PARAMETERS,
    SIDE,
    USUAL,
    WORD_ORDER_FILE,
    Counted,
    Numbers,
    Symbols,
    counted_by,
    features,
    form_of,
    groups_in,
    sentences_in,
    steps_to,
    symbols_of,
    tokens_in,
    windows_of,
)

_LEAST = 12  # times that a word occurs that is known by itself
_LEAST_TOGETHER = (1, 1, 2)  # times that two words, two words apart, and three words stand together that are counted
_COUNTED = (
    (GROUPS.index((3, 4)), GROUPS.index((4, 5))),
    (GROUPS.index((2, 4)), GROUPS.index((3, 5))),
    (GROUPS.index((2, 3, 4)), GROUPS.index((3, 4, 5))),
)
_PARTS = 8  # of the writers; the others' messages are counted
_SPOILT = 2  # spoilt sentences for each one in order
_FORGOTTEN, _NAMED = (
    0.12,
    0.04,
)  # shares of words that are read as unknown ones, and of rarer ones that are read as names
_WORDS, _HIDDEN = (24, 16, 16), 96  # numbers of a word in each network, and of the hidden layer
_ROUNDS, _SPEED, _DECAY, _TOGETHER = 8, 3e-3, 0.01, 1024


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences as symbols.

    Attributes:
        known: The numbers of words and classes.
        symbols: The sentences.
        parts: For each sentence to which part of the writers its writer belongs.
    """

    known: dict[str, int]
    symbols: list[list[int]]
    parts: NDArray[np.int64]


def sentences() -> Sentences:
    """The sentences of the building part but for those of `ASIDE`, and of the Wordings files."""
    rows = [row for row in read_lines(HERE / "building" / "messages.jsonl") if row["kind"] not in NO_SENTENCES]
    texts = [(row["text"], writer) for row in rows if (writer := writer_of(row["id"])) not in ASIDE]
    written: list[tuple[list[str], str]] = []
    for message, writer in [*texts, *((wording, "wordings") for wording in wordings())]:
        text = read(message)
        written += [(tokens, writer) for start, end in sentences_in(text) if (tokens := tokens_in(text[start:end]))]
    counted = Counter(token.lower() for tokens, _ in written for token in tokens)
    words = [word for word, times in sorted(counted.items(), key=lambda one: (-one[1], one[0])) if times >= _LEAST]
    words = [word for word in words if not any(character.isdigit() for character in word)]
    known = {word: number for number, word in enumerate((*CLASSES, *words))}
    writers = sorted({writer for _, writer in written})
    parts = np.array([writers.index(writer) % _PARTS for _, writer in written])
    return Sentences(known, [symbols_of(tokens, known) for tokens, _ in written], parts)


class Together:
    """How often groups of words stand together, in all sentences and in those of other parts than one."""

    def __init__(self, sentences: Sentences) -> None:
        found = [
            self._of_kind(sentences, groups, least) for groups, least in zip(_COUNTED, _LEAST_TOGETHER, strict=True)
        ]
        keys, by_part, least = (np.concatenate(of) for of in zip(*found, strict=True))
        self.keys, first = np.unique(
            keys, return_index=True
        )  # the few groups of another kind with the same key are not counted
        self._by_part, self._least = by_part[first], least[first]

    @staticmethod
    def _of_kind(
        sentences: Sentences, groups: tuple[int, int], least: int
    ) -> tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.int64]]:
        windows = [windows_of(symbols) for symbols in sentences.symbols]
        inner, last = groups
        # the group of each place, and at the end of a sentence one more
        own = [np.append(keys[inner], keys[last][-1:]) for keys in map(groups_in, windows)]
        parts = np.repeat(sentences.parts, [len(keys) for keys in own])
        keys, numbers = np.unique(np.concatenate(own), return_inverse=True)
        by_part = np.zeros((len(keys), _PARTS), dtype=np.int32)
        np.add.at(by_part, (numbers, parts), 1)
        kept = by_part.sum(axis=1) >= least
        return keys[kept], by_part[kept], np.full(kept.sum(), least)

    @property
    def times(self) -> NDArray[np.int64]:
        """For each key how often it was counted."""
        return self._by_part.sum(axis=1)

    def without(self, part: int) -> Counted:
        """What is counted in other parts."""
        times = self.times - self._by_part[:, part]
        return counted_by(self.keys, np.where(times >= self._least, times, 0).astype(np.float32))


class Network(nn.Module):
    """A network of `WordOrder`, with so many numbers for a word."""

    def __init__(self, symbols: int, word: int) -> None:
        super().__init__()
        self.words = nn.Embedding(symbols, word)
        nn.init.normal_(self.words.weight, 0, 0.3)
        self.hidden = nn.Linear(2 * SIDE * word + 2 * len(GROUPS), _HIDDEN)
        self.out = nn.Linear(_HIDDEN, 1)

    def forward(self, windows: Tensor, counted: Tensor) -> Tensor:
        """For each place how surely the order is wrong there."""
        inputs = torch.cat([self.words(windows).flatten(1), counted], dim=1)
        logits: Tensor = self.out(torch.relu(self.hidden(inputs)))[:, 0]
        return logits


class Drawer:
    """Draws the places of a round: of all sentences as they are, and of spoilt ones."""

    def __init__(self, sentences: Sentences, together: Together, counts: Numbers, seed: int) -> None:
        self._sentences, self._counts = sentences, counts
        self._without = [together.without(part) for part in range(_PARTS)]
        self._random = np.random.default_rng(seed)
        names = list(sentences.known)
        self._is_word = np.array(
            [number >= 2 and (number < FIRST_WORD or names[number][0].isalpha()) for number in range(len(names))]
        )
        self._forgotten = np.array(
            [
                sentences.known[form_of(word)] if number >= FIRST_WORD and word[0].isalpha() else number
                for number, word in enumerate(names)
            ]
        )
        self._rare = self._is_word & (np.arange(len(names)) >= FIRST_WORD)
        little = np.flatnonzero(self._rare)[:USUAL]
        self._rare[little] = False
        said = np.concatenate(sentences.symbols)
        self._said = said[self._is_word[said]]
        self._spoiler = Spoiler(self._is_word, set(little.tolist()), self._words, self._random)

    def _words(self, number: int) -> list[int]:
        found: list[int] = self._said[self._random.integers(0, len(self._said), number)].tolist()
        return found

    def round(self) -> tuple[Symbols, Numbers, Numbers]:
        """The windows of all places, what is counted there, and whether the order is wrong."""
        drawn = [self._of_part(part) for part in range(_PARTS)]
        windows, counted, labels = (np.concatenate(of) for of in zip(*drawn, strict=True))
        return windows, counted, labels

    def _of_part(self, part: int) -> tuple[Symbols, Numbers, Numbers]:
        windows, labels = list[Symbols](), list[NDArray[np.float64]]()
        own = [self._sentences.symbols[place] for place in np.flatnonzero(self._sentences.parts == part)]
        for symbols in own:
            windows.append(windows_of(self._varied(symbols)))
            labels.append(np.full(len(symbols) + 1, RIGHT))
            for _ in range(_SPOILT):
                spoilt = self._spoiler.spoil(symbols, own[int(self._random.integers(0, len(own)))])
                if spoilt is not None:
                    windows.append(windows_of(self._varied(spoilt[0])))
                    labels.append(spoilt[1])
        label = np.concatenate(labels)
        kept = label != UNKNOWN
        window = np.concatenate(windows)[kept]
        return window, features(window, self._counts, self._without[part]), label[kept].astype(np.float32)

    def _varied(self, symbols: Sequence[int]) -> list[int]:
        """The symbols with some of the words read as unknown ones and as names."""
        varied = np.array(symbols)
        forgotten = self._random.random(len(varied)) < _FORGOTTEN
        varied[forgotten] = self._forgotten[varied[forgotten]]
        varied[(self._random.random(len(varied)) < _NAMED) & self._rare[varied]] = CLASSES.index(NAME)
        found: list[int] = varied.tolist()
        return found


def train(rounds: int, seed: int) -> dict[str, NDArray[np.generic]]:
    """The arrays of the file of the trained networks."""
    torch.set_num_threads(1)
    corpus = sentences()
    together = Together(corpus)
    every = np.concatenate(corpus.symbols)
    counts = np.bincount(every, minlength=len(corpus.known)).astype(np.float32) + 1
    counts[:2] = len(corpus.symbols)
    print(
        f"{len(corpus.symbols)} sentences, {len(corpus.known)} symbols, {len(together.keys)} groups of words",
        flush=True,
    )
    networks = [
        _network(corpus, together, counts, rounds, len(_WORDS) * seed + number, word)
        for number, word in enumerate(_WORDS)
    ]
    return {
        "known": np.frombuffer(" ".join(list(corpus.known)[FIRST_WORD:]).encode(), dtype=np.uint8),
        "counts": counts.astype(np.uint32),
        "steps": steps_to(together.keys),
        "times": np.minimum(together.times, np.iinfo(np.uint16).max).astype(np.uint16),
        **{name: np.stack([network[name] for network in networks]).astype(np.float16) for name in PARAMETERS},
    }


def _network(
    corpus: Sentences, together: Together, counts: Numbers, rounds: int, seed: int, word: int
) -> dict[str, NDArray[np.float32]]:
    """The parameters of one network."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    drawer, network = Drawer(corpus, together, counts, seed), Network(len(corpus.known), word)
    steps = torch.optim.AdamW(network.parameters(), lr=_SPEED, weight_decay=_DECAY)
    for number in range(rounds):
        start, total = time.time(), 0.0
        windows, counted, labels = drawer.round()
        batches = np.array_split(random.permutation(len(labels)), len(labels) // _TOGETHER)
        for place, batch in enumerate(batches):
            for group in steps.param_groups:
                group["lr"] = _SPEED * (1 - (number + place / len(batches)) / rounds) + 1e-5
            logits = network(torch.from_numpy(windows[batch]), torch.from_numpy(counted[batch]))
            loss = nn.functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(labels[batch]))
            steps.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            steps.step()
            total += float(loss.detach())
        print(
            f"round {number + 1} of {rounds}: loss {total / len(batches):.4f}, {time.time() - start:.0f} s", flush=True
        )
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    hidden = state["hidden.weight"].T
    wide = hidden[: 2 * SIDE * word].reshape(2 * SIDE, word, _HIDDEN)
    more = max(_WORDS) - word  # all networks of the file have equally many numbers for a word
    wide = np.pad(wide, ((0, 0), (0, more), (0, 0))).reshape(-1, _HIDDEN)
    return {
        "words": np.pad(state["words.weight"], ((0, 0), (0, more))),
        "hidden": np.concatenate([wide, hidden[2 * SIDE * word :]]),
        "hidden_bias": state["hidden.bias"],
        "out": state["out.weight"][0],
        "out_bias": state["out.bias"][0],
    }


def write(path: Path, arrays: dict[str, NDArray[np.generic]]) -> None:
    """Write a network: the same one always gives the same bytes."""
    np.savez_compressed(path, allow_pickle=False, **arrays)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--out", type=Path, default=WORD_ORDER_FILE, metavar="FILE", help="where to write it")
    options = parser.parse_args()
    write(options.out, train(options.rounds, options.seed))


if __name__ == "__main__":
    main()
