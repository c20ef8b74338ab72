"""The points at which the rules of a decision are asked: one for each cell, and what each turns on.

Belongs here: the facts at points, a decision with and without each of its clauses. Does not belong here: where the cells are split,
questions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TypeAlias

import numpy as np

from rlve_dsl.policy.meaning.columns import Column, Columns, Numbers, Truth
from rlve_dsl.policy.meaning.partial import Partial, Test, WordCodes
from rlve_dsl.policy.meaning.policy import Decision, Policy
from rlve_dsl.policy.meaning.walk import Walk
from rlve_dsl.policy.questions.breakpoints import Bin

Points: TypeAlias = Mapping[str, Numbers]

_SIGNS = 5  # that fit into a byte together


def points_of(bins: Mapping[str, tuple[Bin, ...]], words: WordCodes, greatest: str = "") -> Points:
    """The least value of each bin, those of each fact along an axis of its own; of the fact `greatest` the greatest ones."""
    return {
        name: _along(axis, len(bins), [_number(bin_, name == greatest, words) for bin_ in bins[name]])
        for axis, name in enumerate(bins)
    }


def columns_at(policy: Policy, words: WordCodes, points: Points, traced: frozenset[str]) -> Columns:
    """The facts at these points; a fact of an assumption `is known only when` is known where the assumption says."""
    facts: dict[str, Column] = {name: Partial(values, None, name in traced) for name, values in points.items()}
    for name, conditions in policy.known_when().items():
        if name in facts:
            walk = policy.walk(Columns(facts, words))
            known = np.array(True)
            for condition in conditions:
                known = known & walk.condition(condition).yes
            facts[name] = Partial(facts[name].value, known, name in traced)
    return Columns(facts, words)


@dataclass(frozen=True)
class Evaluator:
    """A decision that is evaluated at points: with all its clauses, and without each of these `clauses`."""

    policy: Policy
    words: WordCodes
    decision: str
    clauses: tuple[str, ...]
    traced: frozenset[str]

    def columns(self, points: Points) -> Columns:
        """The facts at these points."""
        return columns_at(self.policy, self.words, points, self.traced)

    def walks(self, points: Points) -> Iterator[tuple[Columns, Walk[Column, Test[Truth]]]]:
        """The rules at these points: with all clauses, then without each clause."""
        columns = self.columns(points)
        whole = self.policy.walk(columns)
        yield columns, whole
        for clause in self.clauses:
            other = Columns(columns.facts, self.words)
            yield other, self.policy.walk(other, without=(clause,), whole=whole)

    def changes(self, points: Points, shape: tuple[int, ...]) -> Numbers:
        """What each point turns on.

        Returns:
            Three arrays: the bits of the clauses whose removal raises the answer, the bits of those whose removal lowers it,
            and a hash that is the same where the answers follow from the same clauses.
        """
        out = np.zeros((3, *shape), dtype=np.int64)
        walks = self.walks(points)  # one after another: each holds many arrays
        columns, whole = next(walks)
        answer = whole.decision(self.decision)
        signs = list(columns.signs)
        for bit, (without, walk) in enumerate(walks):
            other = walk.decision(self.decision)
            if other is answer:
                continue
            signs += without.signs
            raises, lowers = other.value > answer.value, other.value < answer.value
            if answer.known is not None or other.known is not None:
                a, b = columns.where_known(answer), columns.where_known(other)
                raises, lowers = (raises & a & b) | (b & ~a), (lowers & a & b) | (a & ~b)
            for row, where in enumerate((raises, lowers)):
                if where.any():
                    np.add(out[row, ...], 1 << bit, out=out[row, ...], where=where)  # `...`: an array without axes too
        for start in range(0, len(signs), _SIGNS):
            out[2] *= 1_000_003
            out[2] += reduce(lambda several, sign: several * 3 + sign, signs[start : start + _SIGNS])
        return out


class Corner:
    """The cells of a grid, each evaluated at one point: the least value of each of its bins."""

    def __init__(self, evaluator: Evaluator, bins: Mapping[str, tuple[Bin, ...]], greatest: str = "") -> None:
        """With `greatest`, the greatest value of each bin of that fact."""
        self.evaluator = evaluator
        self.bins = bins
        self.shape = tuple(len(of) for of in bins.values())
        self.points = points_of(bins, evaluator.words, greatest)

    @cached_property
    def valid(self) -> Truth:
        """The cells that the assumptions allow. An unknown fact has only its first bin."""
        columns = self.evaluator.columns(self.points)
        walk = self.evaluator.policy.walk(columns)
        out = np.ones(self.shape, dtype=bool)
        for assumption in self.evaluator.policy.assumptions:
            if assumption.facts <= self.bins.keys():
                node = assumption.node
                test = walk.condition(node.condition)
                if node.only_when is None:
                    out &= ~columns.fails(test)
                else:
                    out &= ~(test.yes & columns.fails(walk.condition(node.only_when)))
        for axis, (name, of) in enumerate(self.bins.items()):
            if (known := columns.facts[name].known) is not None:
                out &= known | _along(axis, len(self.bins), [i == 0 for i in range(len(of))]).astype(bool)
        return out

    @cached_property
    def changes(self) -> Numbers:
        """What each cell turns on; see `Evaluator.changes`."""
        return self.evaluator.changes(self.points, self.shape)


def facts_of(policy: Policy, decision: Decision) -> list[str]:
    """The facts that a decision reads, and those that assumptions relate to them, in the order of the file."""
    return related(policy, decision.facts)


def related(policy: Policy, facts: Collection[str]) -> list[str]:
    """These facts and those that assumptions relate to them, in the order of the file."""
    found = set(facts)
    while True:
        more = {name for a in policy.assumptions if a.facts & found for name in a.facts}
        if more <= found:
            return [name for name in policy.facts if name in found]
        found |= more


def _number(bin_: Bin, greatest: bool, words: WordCodes) -> int:
    if bin_.among:
        return words.encode(bin_.among[0])
    return bin_.high if greatest else bin_.low


def _along(axis: int, axes: int, values: Sequence[int]) -> Numbers:
    return np.array(values, dtype=np.int64).reshape([-1 if place == axis else 1 for place in range(axes)])
