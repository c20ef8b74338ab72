"""Trains the networks by which the shopper reads messages (`rlve_dsl/user/understanding/reader-*.npz`). Needs the extra `train`.

python -m benchmarks.train_understanding [--network N] [--seed N] [--rounds N] [--again] [--folds N]

One of them is trained at a time, on the building part of the corpus, in variants that are drawn anew in each round. With `--again`
it begins with its shipped weights, which takes few rounds after a small change of the corpus. With `--folds`, environments are left
out in turn: a network trained on the others reads their messages, and the shares are printed. Nothing is written then.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.corpus.examples import Example, examples
from benchmarks.corpus.make import writer_of
from benchmarks.corpus.wordings import worded
from benchmarks.reader.network import SIZES, Network, Sizes, loss_of
from benchmarks.reader.rows import Row, batch_of, known_words, row_of
from benchmarks.reader.variants import Drawer
from benchmarks.understanding import Judged, judge
from rlve_dsl.user.understanding import reading
from rlve_dsl.user.understanding.network import OTHER
from rlve_dsl.user.understanding.network import Network as ShippedNetwork
from rlve_dsl.user.understanding.reader import READER_FILES, Reader

ASIDE = (
    "w11", "w17", "w29", "w30", "w44", "w45", "w48", "w69", "w70", "w87", "w91",
    "w94", "w95", "w96", "w106", "w109", "w121", "w135", "w136", "w153", "w193",
    "w219", "w220", "w221", "w222",
)  # fmt: skip
"""Writers whose messages are never used, so that they measure."""

_ROUNDS, _TOGETHER, _SPEED, _DECAY, _MOST_SLOPE = 14, 32, 3e-3, 0.02, 2.0
_FORGOTTEN = 0.15  # of the words that are known by themselves the share that is taken for unknown ones
_KEPT = 0.45  # of the variants of a round the share that the next round has again
_AVERAGED = 0.995  # how much of the average of the parameters stays from step to step
_FIRST_STEPS = 60

Weights = dict[str, np.ndarray]
Trained = tuple[dict[str, int], Weights]


def train(corpus: Sequence[Example], sizes: Sizes, rounds: int, seed: int = 0, begin: Path | None = None) -> Trained:
    """A network trained on some messages: the words that it knows by themselves, and its weights.

    Args:
        corpus: The messages.
        sizes: How large it is.
        rounds: How often each of them is seen, in other variants.
        seed: Where randomness starts from.
        begin: A file of weights to begin with.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    known = known_words(corpus)
    network = Network(len(known), sizes)
    if begin is not None:
        network.load_state_dict(read(begin, known, network.state_dict()))
    averaged = {name: value.clone() for name, value in network.state_dict().items()}
    steps = torch.optim.AdamW(network.parameters(), lr=_SPEED, weight_decay=_DECAY)
    random, drawer = np.random.default_rng(seed), Drawer(corpus, seed)
    rows: list[Row | None] = [None] * len(corpus)
    step, all_steps = 0, rounds * (len(corpus) // _TOGETHER + 1)
    for number in range(rounds):
        start, total = time.time(), 0.0
        for place, example in enumerate(corpus):  # one by one: the rows of two rounds take 10 GB
            if not number or random.random() >= _KEPT:
                rows[place] = row_of(drawer.draw(example), known)
        for together in _batches([row for row in rows if row is not None], random):
            slower = 0.5 * (1 + np.cos(np.pi * min(1, step / all_steps))) + 0.01
            for group in steps.param_groups:
                group["lr"] = _SPEED * min(1.0, (step + 1) / _FIRST_STEPS) * slower
            batch = batch_of(together, _FORGOTTEN, random)
            loss = loss_of(*network(batch), batch)
            steps.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), _MOST_SLOPE)
            steps.step()
            total += float(loss.detach()) * len(together)
            step += 1
            _average(averaged, network, min(_AVERAGED, 1 - 1 / (step / 4 + 1)))
        print(
            f"round {number + 1} of {rounds}: loss {total / len(corpus):.4f}, {time.time() - start:.0f} s", flush=True
        )
    return known, weights_of(averaged)


def _batches(rows: Sequence[Row], random: np.random.Generator) -> Iterator[list[Row]]:
    """Batches of rows of about the same length, in a drawn order."""
    sizes = np.array([8 * len(row.tokens) + len(row.facts.fields) for row in rows]) + random.integers(0, 80, len(rows))
    order = np.argsort(sizes, kind="stable")
    starts = np.arange(0, len(rows), _TOGETHER)
    for start in starts[random.permutation(len(starts))]:
        yield [rows[place] for place in order[start : start + _TOGETHER]]


def _average(averaged: dict[str, Tensor], network: Network, stays: float) -> None:
    with torch.no_grad():
        for name, value in network.state_dict().items():
            averaged[name].mul_(stays).add_(value, alpha=1 - stays)


def weights_of(state: dict[str, Tensor]) -> Weights:
    """The parameters as the reader has them: matrices turned, in half precision."""
    found: Weights = {}
    for name, value in sorted(state.items()):
        array = value.numpy()
        of = name.removesuffix(".weight")
        found[of] = np.ascontiguousarray(array if of == name or array.ndim == 1 or of == "words" else array.T).astype(
            np.float16
        )
    return found


def read(path: Path, known: dict[str, int], state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The parameters of a written network; words that it did not know begin as unknown ones."""
    with np.load(path) as kept:
        before = {word: number for number, word in enumerate(bytes(kept["known"]).decode().split(" "))}
        found: dict[str, Tensor] = {}
        for name in state:
            value = kept[name.removesuffix(".weight")].astype(np.float32)
            if name == "words.weight":
                value = value[[before.get(word, before[OTHER]) for word in known]]
            elif value.ndim == 2:
                value = value.T.copy()
            found[name] = torch.from_numpy(value)
    return found


def write(path: Path, known: dict[str, int], weights: Weights) -> None:
    """Write a network: the same one always gives the same bytes."""
    words = np.frombuffer(" ".join(known).encode(), dtype=np.uint8)
    np.savez(
        path, allow_pickle=False, known=words, **weights
    )  # not compressed: half-size numbers hardly shrink, and loading takes longer


def folds(corpus: Sequence[Example], count: int) -> Iterator[tuple[list[Example], list[Example]]]:
    """The messages without those of some environments, and those of these environments."""
    environments = sorted({example.situation.environment for example in corpus})
    order = np.random.default_rng(1).permutation(len(environments))
    for part in np.array_split(order, count):
        out = {environments[place] for place in part}
        yield (
            [example for example in corpus if example.situation.environment not in out],
            [example for example in corpus if example.situation.environment in out],
        )


def left_out(
    corpus: Sequence[Example], count: int, of: Callable[[Example], str], trained: Callable[[Sequence[Example]], Trained]
) -> None:
    """Print how well environments are understood by networks that were trained without them."""
    judged: list[Judged] = []
    for rest, out in folds(corpus, count):
        known, weights = trained(rest)
        reader = Reader([ShippedNetwork({name: value.astype(np.float64) for name, value in weights.items()}, known)])
        reading.reader = lambda reader=reader: reader  # type: ignore[assignment,misc]
        judged += [judge(example) for example in out]
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        for name in (of(one.example), "all"):
            groups.setdefault(name, []).append(one)
    for name, group in groups.items():
        asked = [one for one in group if one.example.asked]
        print(
            f"{name:24} {len(group):5} exactly right {np.mean([one.right for one in group]):6.1%}"
            f" wrong fact {np.mean([one.leaked for one in group]):6.1%} false no preference {sum(one.denied for one in asked)} of {len(asked)}"
        )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    numbers = range(1, len(READER_FILES) + 1)
    parser.add_argument("--network", type=int, choices=numbers, default=numbers[-1], help="which network is trained")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--again", action="store_true", help="begin with its shipped weights")
    parser.add_argument("--folds", type=int, default=0)
    options = parser.parse_args()
    if options.folds and options.again:
        parser.error("--folds trains from nothing: the shipped weights have seen the environments that are left out")
    path = READER_FILES[options.network - 1]

    def trained(corpus: Sequence[Example]) -> Trained:
        begin = path if options.again else None
        return train(corpus, SIZES[options.network - 1], options.rounds, options.seed, begin)

    corpus = [example for example in examples("building") if writer_of(example.situation.id) not in ASIDE]
    corpus += worded(corpus)
    if options.folds:
        left_out(corpus, options.folds, lambda example: example.kind, trained)
    else:
        write(path, *trained(corpus))


if __name__ == "__main__":
    main()
