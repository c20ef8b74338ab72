"""Trains the networks of the shopper's ear on the building part of the corpus, and writes their weights into the package.

python -m benchmarks.corpus.train

The same corpus, words file and code give the same weights.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.corpus.make import HERE, code_of, read_lines
from rlve_dsl.expressions import Segment
from rlve_dsl.user import Slot
from rlve_dsl.user.understanding.arrays import Floats
from rlve_dsl.user.understanding.features import NETWORK_WIDTH
from rlve_dsl.user.understanding.lexicon import lexicon
from rlve_dsl.user.understanding.reading import Prepared, Reading, kinds_of
from rlve_dsl.user.understanding.scorer import NETWORKS, WEIGHTS_FILE, Network, Scorer, compared
from rlve_dsl.user.understanding.texts import words_of
from rlve_dsl.values import JsonObject

_TEMPERATURE = 4.0
_FOLDS = 3
_BATCHES = 8


@dataclass(frozen=True, slots=True)
class Situation:
    """What a shopper can be asked for, prepared."""

    id: str
    environment: str
    held: tuple[Slot, ...]
    absent: tuple[Slot, ...]
    codes: dict[str, int]
    prepared: Prepared


@dataclass(frozen=True, slots=True)
class Example:
    """A message in its situation, with what it asks for."""

    situation: Situation
    text: str
    kind: str
    general: bool
    asked: frozenset[int]
    reading: Reading

    @property
    def labels(self) -> Floats:
        """For each subject whether it is asked for."""
        subjects = self.situation.prepared.subjects
        return np.array([any(slot in self.asked for slot in s.slots) for s in subjects], dtype=np.float32)

    @property
    def held(self) -> list[int]:
        """The subjects that hold and whose label is known.

        It is not known of a subject that holds for some items only, where nothing of it is asked for: the message may ask
        for the others.
        """
        subjects, labels = self.situation.prepared.subjects, self.labels
        return [place for place, s in enumerate(subjects) if s.held and (s.held == len(s.slots) or labels[place])]


@cache
def situations(part: str) -> dict[str, Situation]:
    """The situations of a part of the corpus by their id."""
    found = {}
    for row in read_lines(HERE / part / "situations.jsonl"):
        held = [slot for slot in row["slots"] if slot["held"]]
        several = len({slot["part"] for slot in held}) > 1
        slots = tuple(_slot(s) for s in held), tuple(_slot(s) for s in row["slots"] if not s["held"])
        codes = {code_of(slot, several): index for index, slot in enumerate(held)}
        found[row["id"]] = Situation(row["id"], row["env"], *slots, codes, Prepared(*slots))
    return found


def examples(part: str) -> list[Example]:
    """The messages of a part of the corpus, but for those that their writers were in doubt about."""
    found = []
    for row in read_lines(HERE / part / "messages.jsonl"):
        situation = situations(part)[row["id"]]
        if not row.get("doubt"):
            asked = frozenset(situation.codes[code] for code in row["asks"])
            general = row["kind"] == "general" or bool(row.get("general"))
            found.append(
                Example(situation, row["text"], row["kind"], general, asked, situation.prepared.read(row["text"]))
            )
    return found


def written(corpus: Sequence[Example], seed: int) -> list[Example]:
    """The questions that the scenario files have: those of a situation's facts, and those of other facts as asked for nothing."""
    random = np.random.default_rng(seed)
    every = list({example.situation.id: example.situation for example in corpus}.values())
    found = []
    for situation in every:
        own: dict[str, set[int]] = {}
        for index, slot in enumerate(situation.held):
            for ask in slot.asks:
                own.setdefault("".join(segment.text for segment in ask), set()).add(index)
        kept = [(text, frozenset(slots)) for text, slots in own.items() if random.random() < 5 / len(own)]
        known = _concepts_of(situation.held, [])
        other = every[random.integers(len(every))]
        foreign = [slot for slot in other.held if slot.key is None and known.isdisjoint(_concepts_of([slot], []))]
        nothing = {
            "".join(segment.text for segment in ask) for slot in (*situation.absent, *foreign) for ask in slot.asks
        }
        kept += [(text, frozenset()) for text in sorted(nothing - own.keys()) if random.random() < 3 / len(nothing)]
        for text, asked in kept:
            kind = "one" if asked else "noview"
            found.append(Example(situation, text, kind, False, asked, situation.prepared.read(text)))
    return found


def _concepts_of(slots: Sequence[Slot], words: Sequence[str]) -> frozenset[int]:
    """The concepts of the questions of some facts, and of some words."""
    texts = [s.text for slot in slots for ask in slot.asks for s in ask] + [t for slot in slots for t in slot.about]
    every = [*words, *(word for text in texts for word in words_of(text))]
    return frozenset(concept for term in lexicon().terms(every) for concept in term.concepts)


def _slot(row: JsonObject) -> Slot:
    says, asks = _question(row["says"]), tuple(_question(ask) for ask in row["asks"])
    about, options = tuple(row["about"]), tuple(row["options"])
    return Slot(row["fact"], row["key"], row["value"], says, asks, row["omitted"], False, row["part"], about, options)


def _question(pieces: Sequence[tuple[str, bool]]) -> tuple[Segment, ...]:
    return tuple(Segment(text, is_value) for text, is_value in pieces)


@dataclass(frozen=True, slots=True)
class Bags:
    """Rows in bags, each bag with one label: it holds for a bag when it holds for one of its rows."""

    rows: Floats
    starts: np.ndarray[tuple[int], np.dtype[np.int64]]
    labels: Floats

    @staticmethod
    def of(parts: Sequence[tuple[Floats, float]]) -> Bags:
        """Bags from their rows and labels."""
        starts = np.cumsum([0, *(len(rows) for rows, _ in parts[:-1])])
        return Bags(
            np.concatenate([rows for rows, _ in parts]), starts, np.array([y for _, y in parts], dtype=np.float32)
        )


def fit(bags: Bags, hidden: int, rounds: int, decay: float, seeds: int = 1) -> Network:
    """The mean of networks that differ in their random start, each trained on all bags."""
    mean, scale = bags.rows.mean(axis=0), bags.rows.std(axis=0) + np.float32(0.05)
    scaled = np.clip((bags.rows - mean) / scale, -5, 5).astype(np.float32)
    parts = [_fit_one(scaled, bags, hidden, rounds, decay, np.random.default_rng(seed)) for seed in range(seeds)]
    weights = [np.concatenate([part[0] for part in parts], axis=1), np.concatenate([part[1] for part in parts])]
    out = np.concatenate([part[2] for part in parts]) / seeds
    return Network(mean, scale, weights[0], weights[1], out, float(np.mean([part[3][0] for part in parts])))


def _fit_one(
    scaled: Floats, bags: Bags, hidden: int, rounds: int, decay: float, random: np.random.Generator
) -> list[Floats]:
    """Adam on batches of bags; the rows of a bag share its label by how well they fit it."""
    width, count = scaled.shape[1], len(bags.labels)
    first = random.normal(size=(width, hidden)) / np.sqrt(width)
    last = random.normal(size=hidden) / np.sqrt(hidden)
    values = [v.astype(np.float32) for v in (first, np.zeros(hidden), last, np.array([-1.0]))]
    moments = [(np.zeros_like(v), np.zeros_like(v)) for v in values]
    lengths = np.diff([*bags.starts, len(scaled)])
    steps = 0
    for round_ in range(rounds):
        for batch in np.array_split(random.permutation(count), _BATCHES):
            steps += 1
            batch = np.sort(batch)
            ends = np.cumsum(lengths[batch])
            starts, bag = ends - lengths[batch], np.repeat(np.arange(len(batch)), lengths[batch])
            rows = np.arange(ends[-1]) + (bags.starts[batch] - starts)[bag]
            slopes = _slopes(values, scaled[rows], starts, bag, bags.labels[batch], decay)
            rate = 0.01 if round_ < 0.6 * rounds else 0.003
            for value, slope, (speed, size) in zip(values, slopes, moments, strict=True):
                speed += 0.1 * (slope - speed)
                size += 0.01 * (slope**2 - size)
                value -= (rate * (speed / (1 - 0.9**steps)) / (np.sqrt(size / (1 - 0.99**steps)) + 1e-8)).astype(
                    np.float32
                )
    return values


def _slopes(
    values: Sequence[Floats], rows: Floats, starts: Floats, bag: Floats, labels: Floats, decay: float
) -> list[Floats]:
    """How the error of some bags changes with each weight."""
    active = np.tanh(rows @ values[0] + values[1])
    output = active @ values[2] + values[3][0]
    share = np.exp((output - np.maximum.reduceat(output, starts)[bag]) * _TEMPERATURE)
    share /= np.add.reduceat(share, starts)[bag]
    chance = 1 / (1 + np.exp(-np.add.reduceat(share * output, starts)))
    blame = share * ((chance - labels) / len(labels)).astype(np.float32)[bag]
    inner = blame[:, None] * values[2][None] * (1 - active * active)
    return [
        rows.T @ inner + decay * values[0],
        inner.sum(axis=0),
        active.T @ blame + decay * values[2],
        blame.sum()[None],
    ]


def train(corpus: Sequence[Example]) -> Scorer:
    """The networks, trained on some messages.

    The second network learns from what first networks say of environments that they have not seen, as it will read such.
    """
    corpus = [e for e in (*corpus, *written(corpus, 2)) if e.reading.spans]
    environments = sorted({example.situation.environment for example in corpus})
    first = _first(corpus, seeds=3)
    beside: dict[int, Floats] = {}
    for fold in range(_FOLDS):
        network = _first([e for e in corpus if environments.index(e.situation.environment) % _FOLDS != fold], seeds=1)
        for example in corpus:
            if environments.index(example.situation.environment) % _FOLDS == fold:
                beside[id(example)] = _compared(network, example)
    second = fit(
        _pairs(corpus, lambda e: beside[id(e)], lambda e: _guess(beside[id(e)][:, :, 0], e)), 12, 25, 5e-4, seeds=2
    )
    kinds = [kinds_of(e.reading, second(beside[id(e)]), e.situation.prepared.subjects) for e in corpus]

    def kind(label: Callable[[Example], bool]) -> Network:
        return fit(
            Bags.of([(rows, float(label(e))) for rows, e in zip(kinds, corpus, strict=True)]), 12, 30, 2e-3, seeds=2
        )

    other = kind(lambda e: e.kind == "noview" and not e.asked)
    return Scorer(
        first,
        second,
        kind(lambda e: bool(e.asked)),
        other,
        kind(lambda e: e.general),
        kind(lambda e: e.kind == "goahead"),
    )


def _first(corpus: Sequence[Example], seeds: int) -> Network:
    """The first network: trained twice, the second time on what each clause most likely asks for."""

    def features(example: Example) -> Floats:
        return example.reading.features[:, :, :NETWORK_WIDTH]

    rough = fit(_pairs(corpus, features, None), 16, 15, 2e-3)
    return fit(_pairs(corpus, features, lambda e: _guess(rough(features(e)), e)), 24, 35, 2e-3, seeds=seeds)


def _pairs(
    corpus: Sequence[Example], of: Callable[[Example], Floats], guess: Callable[[Example], Floats] | None
) -> Bags:
    """A bag for each message and subject: the spans that may ask for it. Spans that ask for another are bags of their own."""
    bags = []
    for example in corpus:
        rows = of(example)
        spans = ~example.reading.empty
        if not spans.any():
            continue
        elsewhere = guess(example) if guess else np.zeros(rows.shape[:2], dtype=np.bool_)
        for place in example.held:
            own = spans & ~elsewhere[:, place]
            bags.append((rows[own if own.any() else spans, place], float(example.labels[place])))
            bags += [(rows[row : row + 1, place], 0.0) for row in np.flatnonzero(elsewhere[:, place] & spans)]
    return Bags.of(bags)


def _guess(scores: Floats, example: Example) -> Floats:
    """For each span and subject that is asked for, whether the span asks for another one: another clause says it better."""
    whole = np.array(example.reading.whole)
    clear = np.where((whole | example.reading.empty)[:, None], -99, scores)
    asked = [place for place in example.held if example.labels[place]]
    found = np.zeros(scores.shape, dtype=np.bool_)
    best = clear.max(axis=0)
    for place in asked:
        for row in np.flatnonzero(~whole):
            rival = max((clear[row, other] for other in asked if other != place), default=-99)
            found[row, place] = clear[row, place] < best[place] - 1 and (
                len(asked) == 1 or rival > clear[row, place] or clear[row, place] < -1
            )
    return found


def _compared(network: Network, example: Example) -> Floats:
    reading = example.reading
    first = np.where(reading.empty[:, None], -6, network(reading.features[:, :, :NETWORK_WIDTH])).astype(np.float32)
    return compared(first, reading.parents, reading.whole, example.situation.prepared.features.others)


def write(scorer: Scorer, path: Path) -> None:
    """Write the weights, as few digits as matter."""
    networks = {name: getattr(scorer, name) for name in NETWORKS}
    data = {
        name: {
            **{part: _rounded(getattr(network, part)) for part in ("mean", "scale", "hidden", "offsets", "out")},
            "offset": round(network.offset, 5),
        }
        for name, network in networks.items()
    }
    path.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")


def _rounded(values: Floats) -> list[object]:
    rounded: list[object] = np.round(values.astype(float), 4).tolist()
    return rounded


if __name__ == "__main__":
    write(train(examples("building")), WEIGHTS_FILE)
