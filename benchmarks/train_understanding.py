"""Grows the trees that weigh what speaks for it that a clause asks for a fact (`rlve_dsl/user/understanding/odds.json`).

python -m benchmarks.train_understanding [--folds N]

They are grown over the building part of the corpus. With `--folds`, environments are left out in turn: the trees grown on the others
understand their messages, and the shares are printed. Nothing is written then. A message that asks for one fact is used a second time
without that fact: it then asks for none of the others.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpus.examples import Example, Situation, examples
from benchmarks.corpus.make import writer_of
from benchmarks.understanding import judge
from rlve_dsl.user.understanding import odds
from rlve_dsl.user.understanding.evidence import NAMES
from rlve_dsl.user.understanding.judging import Judge
from rlve_dsl.user.understanding.odds import FINE, ODDS_FILE, Trees
from rlve_dsl.user.understanding.reading import Prepared

FRESH = ("w12", "w13", "w14", "w15", "w16")
"""Writers whose messages nobody read while the rules were made: on those of the others, what the rules say is too good to be true."""

ASIDE = ("w11", "w17")
"""Writers whose messages are never used, so that they measure."""

_OLD, _LESS = 0.5, 0.5  # the weights of messages of other writers, and of those without their fact
_QUIET = ("general", "goahead", "talk", "salad", "unclear")
_ROUNDS = (40, 100)  # trees of the first round, which finds the clause that asks, and of the last

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Rows:
    """The numbers of clauses and facts.

    Attributes:
        numbers: A row for each.
        message: The message of each row.
        subject: The subject of each row.
        asked: Whether its message asks for the subject.
        weights: How much each counts.
    """

    numbers: list[Floats] = field(default_factory=list)
    message: list[int] = field(default_factory=list)
    subject: list[int] = field(default_factory=list)
    asked: list[bool] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)


def grow(corpus: Sequence[Example]) -> Trees:
    """Trees grown on some messages.

    Where a message has several clauses, that one is taken to ask for a fact which the trees so far find likeliest.
    """
    rows = Rows()
    for number, (example, weight) in enumerate(_with_less(corpus)):
        _add(rows, number, example, weight)
    numbers, asked, weights = np.array(rows.numbers), np.array(rows.asked), np.array(rows.weights)
    pairs = list(zip(rows.message, rows.subject, strict=True))
    likely = numbers[:, [NAMES.index(name) for name in ("score", "ask", "word_mean")]].sum(axis=1)
    for count in _ROUNDS:
        best: dict[tuple[int, int], int] = {}
        for row in np.flatnonzero(asked).tolist():
            other = best.get(pairs[row])
            best[pairs[row]] = row if other is None or likely[row] > likely[other] else other
        positive = np.zeros(len(numbers))
        positive[list(best.values())] = 1
        used = ~asked | (positive > 0)
        trees = _boosted(numbers[used], positive[used], weights[used], count)
        likely = trees.of(numbers)
    return trees


def _with_less(corpus: Sequence[Example]) -> Iterator[tuple[Example, float]]:
    """The messages with their weights, and those that ask for one fact also in a situation that lacks it."""
    less: dict[tuple[str, tuple[int, str]], Situation] = {}
    for example in corpus:
        situation = example.situation
        weight = 1.0 if writer_of(situation.id) in FRESH else _OLD
        yield example, weight
        facts = {(situation.held[slot].part, situation.held[slot].fact) for slot in example.asked}
        if len(facts) != 1 or example.kind in _QUIET:
            continue
        fact = facts.pop()
        held = tuple(slot for slot in situation.held if (slot.part, slot.fact) != fact)
        if len({slot.fact for slot in held}) < 2:
            continue
        key = situation.id, fact
        if key not in less:
            absent = tuple(slot for slot in situation.absent if (slot.part, slot.fact) != fact)
            less[key] = replace(situation, held=held, absent=absent, prepared=Prepared(held, absent))
        yield replace(example, situation=less[key], asked=frozenset()), weight * _LESS


def _add(rows: Rows, number: int, example: Example, weight: float) -> None:
    prepared = example.situation.prepared
    reading = prepared.read(example.text)
    judging = Judge(prepared, reading)
    for span in reading.spans:
        if span.whole or not span.asks:
            continue
        for subject, row in enumerate(judging.numbers(span)):
            if prepared.subjects[subject].held:
                rows.numbers.append(row)
                rows.message.append(number)
                rows.subject.append(subject)
                rows.asked.append(not example.asked.isdisjoint(prepared.subjects[subject].slots))
                rows.weights.append(weight)


# Boosting: each tree mends what the ones before it leave over. A tree is a complete one of a depth.
_DEPTH, _RATE, _BINS, _SMOOTH, _LEAST = 4, 0.1, 24, 5.0, 3.0
_SOME_ROWS, _SOME_NUMBERS = 0.7, 0.5


def _boosted(numbers: Floats, positive: Floats, weights: Floats, count: int) -> Trees:
    random = np.random.default_rng(0)
    rows, width = numbers.shape
    cuts = [
        np.unique(np.quantile(numbers[:, of], np.linspace(0, 1, _BINS + 1)[1:-1], method="nearest"))
        for of in range(width)
    ]
    bins = np.stack([np.searchsorted(cut, numbers[:, of], side="left") for of, cut in enumerate(cuts)], axis=1)
    share = float(np.average(positive, weights=weights))
    base = round(FINE * float(np.log(share / (1 - share))))
    total = np.full(rows, base / FINE)
    nodes, limits, leaves = [], [], []
    for _ in range(count):
        chance = 1 / (1 + np.exp(-total))
        slope, bend = weights * (chance - positive), weights * chance * (1 - chance)
        some = np.flatnonzero(random.random(rows) < _SOME_ROWS)
        looked_at = np.sort(random.permutation(width)[: int(width * _SOME_NUMBERS)])
        of, at, place = _tree(bins, [len(cut) for cut in cuts], slope, bend, some, looked_at)
        slopes, bends = (np.bincount(place[some], by[some], 1 << _DEPTH) for by in (slope, bend))
        leaf = np.rint(-FINE * _RATE * slopes / (bends + _SMOOTH)).astype(np.int64)
        total += leaf[place] / FINE
        nodes.append(of)
        limits.append([float(cuts[n][a]) if a < len(cuts[n]) else 1e9 for n, a in zip(of, at, strict=True)])
        leaves.append(leaf)
    return Trees(base, np.array(nodes), np.array(limits), np.array(leaves))


def _tree(
    bins: Ints, sizes: Sequence[int], slope: Floats, bend: Floats, some: Ints, looked_at: Ints
) -> tuple[Ints, Ints, Ints]:
    """A tree: for each node the number and the bin that it splits at; and the leaf of each row."""
    of, at = np.zeros((1 << _DEPTH) - 1, dtype=np.int64), np.full((1 << _DEPTH) - 1, _BINS, dtype=np.int64)
    place = np.zeros(len(bins), dtype=np.int64)
    for depth in range(_DEPTH):
        width = 1 << depth
        node, best = place[some], np.full(width, 1e-6)
        slopes, bends = (np.bincount(node, by[some], width)[:, None] for by in (slope, bend))
        for number in looked_at.tolist():
            key = node * (_BINS + 1) + bins[some, number]
            left, weight = (
                np.bincount(key, by[some], width * (_BINS + 1)).reshape(width, -1).cumsum(axis=1)
                for by in (slope, bend)
            )
            gain = (
                left**2 / (weight + _SMOOTH)
                + (slopes - left) ** 2 / (bends - weight + _SMOOTH)
                - slopes**2 / (bends + _SMOOTH)
            )
            gain[(weight < _LEAST) | (bends - weight < _LEAST)] = -1
            gain[:, sizes[number] :] = -1
            cut = gain.argmax(axis=1)
            found = gain[np.arange(width), cut]
            better = np.flatnonzero(found > best)
            best[better] = found[better]
            of[width - 1 + better], at[width - 1 + better] = number, cut[better]
        node = place + width - 1
        place = 2 * place + (bins[np.arange(len(bins)), of[node]] > at[node])
    return of, at, place


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


def left_out(corpus: Sequence[Example], count: int, of: Callable[[Example], str]) -> None:
    """Print how well environments are understood by trees that were grown without them."""
    judged = []
    for rest, out in folds(corpus, count):
        grown = grow(rest)
        odds.trees = lambda grown=grown: grown  # type: ignore[assignment,misc]
        judged += [judge(example) for example in out]
    groups: dict[str, list[int]] = {}
    for place, one in enumerate(judged):
        for name in (of(one.example), "all"):
            groups.setdefault(name, []).append(place)
    for name, places in groups.items():
        group = [judged[place] for place in places]
        asked = [one for one in group if one.example.asked]
        print(
            f"{name:24} {len(group):5} exactly right {np.mean([one.right for one in group]):6.1%}"
            f" wrong fact {np.mean([one.leaked for one in group]):6.1%} false no preference {sum(one.denied for one in asked)} of {len(asked)}"
        )


def write(grown: Trees) -> None:
    """Write the trees."""
    base, numbers, limits, leaves = grown.parts
    fields = {"names": list(NAMES), "base": base, "numbers": numbers, "limits": limits, "leaves": leaves}
    lines = [f"{json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}" for name, value in fields.items()]
    ODDS_FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=0)
    options = parser.parse_args()
    corpus = [example for example in examples("building") if writer_of(example.situation.id) not in ASIDE]
    if options.folds:
        left_out(corpus, options.folds, lambda example: example.situation.environment)
    else:
        write(grow(corpus))


if __name__ == "__main__":
    main()
