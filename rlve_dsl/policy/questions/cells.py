"""The cells of a decision: the combinations of its facts' values that no rule tells apart, and what each cell turns on.

The first splits are the breakpoints of the rules. A fact that a value is computed from (`15% of item.price`) is split further
where, along a line of the grid, the answer follows from other clauses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.policy.meaning.columns import Column, Columns, Numbers, Truth
from rlve_dsl.policy.meaning.partial import Partial, Test, WordCodes
from rlve_dsl.policy.meaning.policy import Decision, Policy
from rlve_dsl.policy.meaning.walk import Walk
from rlve_dsl.policy.questions.breakpoints import Bin, Breakpoints

LARGEST = 4_000_000  # cells
_MOST_CLAUSES = 62  # the bits of an integer
_ROUNDS = 16
_SIGNS = 5  # that fit into a byte together
_PARTS = 16  # of a stretch in which something changes: few steps over many lines at once are fastest

Points: TypeAlias = Mapping[str, Numbers]


class Grids:
    """The grids of a policy's decisions. Each is made when it is first needed."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.words = WordCodes()
        self._made: dict[str, Grid | Unsatisfiable] = {}

    def grid(self, decision: str) -> Grid:
        """The grid of a decision. Raises Unsatisfiable where it would have more than `LARGEST` cells."""
        if decision not in self._made:
            try:
                self._made[decision] = _grid(self, decision)
            except Unsatisfiable as problem:
                self._made[decision] = problem
        made = self._made[decision]
        if isinstance(made, Unsatisfiable):
            raise made
        return made


@dataclass(frozen=True)
class Grid:
    """The cells of a decision: one axis for each fact, one step for each of its bins.

    Attributes:
        clauses: The clauses that an answer may turn on; each has a bit.
        answers: The decision in each cell.
        valid: The cells that the assumptions allow.
        turning: For each cell, the bits of the clauses whose removal changes the answer.
    """

    decision: Decision
    bins: Mapping[str, tuple[Bin, ...]]
    clauses: tuple[str, ...]
    answers: Column
    valid: Truth
    turning: Numbers
    _corner: _Corner = field(repr=False)

    @cached_property
    def reached(self) -> frozenset[int] | None:
        """The values that the decision can have, with all its clauses or without one of them.

        None where it is computed from facts.
        """
        corner = self._corner
        if corner.evaluator.traced:
            return None
        found: set[int] = set()
        for columns, walk in corner.evaluator.walks(corner.points):
            answer = walk.decision(self.decision.name)
            values, known = np.broadcast_arrays(answer.value, columns.where_known(answer))
            found |= set(values[known].tolist())
        return frozenset(found)

    @cached_property
    def decided(self) -> Truth:
        """The valid cells that have an answer."""
        return self.valid if self.answers.known is None else self.valid & self.answers.known

    @cached_property
    def by_depth(self) -> Mapping[int, tuple[int, ...]]:
        """For each depth, the different sets of that many clauses (as bits) that answers turn on."""
        found: dict[int, list[int]] = {}
        for bits in sorted(self._by_clauses):
            found.setdefault(bits.bit_count(), []).append(bits)
        return {depth: tuple(sets) for depth, sets in sorted(found.items())}

    @cached_property
    def _by_clauses(self) -> Mapping[int, Numbers]:
        """For each set of clauses (as bits) that answers turn on, the flat indices of the cells, in order."""
        cells = np.flatnonzero(self.decided)
        return {int(of[0]): cells[places] for of, places in _runs(self.turning.reshape(-1)[cells])}

    def by_answer(self, depth: int) -> Mapping[int, tuple[Numbers, ...]]:
        """The cells of a depth, by their answer: for each set of clauses that they turn on, their flat indices."""
        found: dict[int, list[Numbers]] = {}
        answers = self.answers.value.reshape(-1)
        for bits in self.by_depth.get(depth, ()):
            cells = self._by_clauses[bits]
            for of, places in _runs(answers[cells]):
                found.setdefault(int(of[0]), []).append(cells[places])
        return {answer: tuple(parts) for answer, parts in found.items()}

    def cell(self, flat: int) -> tuple[int, ...]:
        """The steps along each axis of a flat index."""
        return tuple(int(i) for i in np.unravel_index(flat, self.turning.shape))


def _runs(values: Numbers) -> Iterator[tuple[Numbers, NDArray[np.intp]]]:
    """Equal values with their places, the least value first. (`np.unique` imports numpy.ma.)"""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    ends = (np.flatnonzero(ordered[1:] != ordered[:-1]) + 1).tolist()
    for start, end in zip([0, *ends], [*ends, len(values)], strict=True):
        if start < end:
            yield ordered[start:end], order[start:end]


def _grid(grids: Grids, name: str) -> Grid:
    """Split the facts of a decision until no line of the grid hides a change."""
    policy = grids.policy
    decision = policy.decisions[name]
    facts = facts_of(policy, decision)
    clauses = [clause for used in (*sorted(decision.uses), name) for clause in policy.decisions[used].clauses]
    removable = tuple(clause.id for clause in clauses if not clause.is_base)
    breakpoints = Breakpoints(policy, lambda used: grids.grid(used).reached)
    for clause in clauses:
        for part in clause.parts:
            breakpoints.add(part)
    for assumption in policy.assumptions:
        if assumption.facts <= set(facts):
            breakpoints.add(assumption.node.condition)
            if assumption.node.only_when is not None:
                breakpoints.add(assumption.node.only_when)
    if len(removable) > _MOST_CLAUSES:
        raise Unsatisfiable(f"`{name}` hangs on {len(removable)} clauses: questions about it cannot be tabulated")
    evaluator = _Evaluator(policy, grids.words, name, removable, frozenset(breakpoints.inputs & set(facts)))
    for _ in range(_ROUNDS):
        bins = {fact: breakpoints.bins(policy.facts[fact]) for fact in facts}
        size = int(np.prod([len(of) for of in bins.values()], dtype=np.int64)) if bins else 1
        if size > LARGEST:
            raise Unsatisfiable(f"`{name}` has {size:,} cells: it reads too many facts for questions about it")
        corner = _Corner(evaluator, bins)
        if not any(_refine(fact, corner, breakpoints) for fact in sorted(evaluator.traced)):
            break
    walk = policy.walk(evaluator.columns(corner.points))
    answers = walk.decision(name)
    changes = corner.changes
    return Grid(
        decision, bins, removable,
        answers=Partial(
            np.broadcast_to(answers.value, corner.shape),
            None if answers.known is None else np.broadcast_to(answers.known, corner.shape),
        ),
        valid=corner.valid, turning=changes[0] | changes[1], _corner=corner,
    )  # fmt: skip


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
class _Evaluator:
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


class _Corner:
    """The cells of a grid, each evaluated at one point: the least value of each of its bins."""

    def __init__(self, evaluator: _Evaluator, bins: Mapping[str, tuple[Bin, ...]], greatest: str = "") -> None:
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
        """What each cell turns on; see `_Evaluator.changes`."""
        return self.evaluator.changes(self.points, self.shape)


def _refine(name: str, corner: _Corner, breakpoints: Breakpoints) -> bool:
    """Split the bins of a fact within which the answer, with or without some clause, comes to follow from other clauses.

    Between a removal that raises the answer and one that lowers it, there may be a single value where it changes nothing.

    Returns:
        Whether there is a new split.
    """
    axes = {fact: axis for axis, fact in enumerate(corner.bins)}
    wide = [step for step, bin_ in enumerate(corner.bins[name]) if bin_.low < bin_.high]
    if not wide:
        return False
    bins = {**corner.bins, name: tuple(corner.bins[name][step] for step in wide)}
    low, high = (_Corner(corner.evaluator, bins, greatest) for greatest in ("", name))
    changes, valid = corner.changes.take(wide, axes[name] + 1), corner.valid.take(wide, axes[name])
    differs = np.argwhere(np.any(changes != high.changes, axis=0) & valid)
    if not len(differs):
        return False
    differs = differs[_unlike(np.concatenate((changes, high.changes)), differs, axes[name])]
    lines = {fact: points.reshape(-1)[differs[:, axes[fact]]] for fact, points in low.points.items()}
    ends = high.points[name].reshape(-1)[differs[:, axes[name]]]
    new = _changing(corner.evaluator, lines, name, ends) - breakpoints.at.get(name, set())
    breakpoints.at.setdefault(name, set()).update(new)
    return bool(new)


def _unlike(ends: Numbers, cells: NDArray[np.intp], axis: int) -> list[int]:
    """The first of those cells that are in the same bin along an axis, and where these arrays have the same values.

    As a rule the same splits settle all of them; what they leave open is found in the next round.
    """
    keys = cells[:, axis].copy()
    for values in ends[:, *cells.T]:
        keys = keys * 1_000_003 + values
    first: dict[int, int] = {}
    for place, key in enumerate(keys.tolist()):
        first.setdefault(key, place)
    return list(first.values())


def _changing(evaluator: _Evaluator, points: Points, name: str, high: Numbers) -> set[int]:
    """The values of a fact, on lines from these points up to `high`, at which something changes.

    Every stretch whose ends differ is cut into parts, until it is one step.
    """
    low, lines, found = points[name], np.arange(len(high)), set[int]()
    while len(lines):
        steps = low[:, None] + (high - low)[:, None] * np.arange(_PARTS + 1) // _PARTS
        on_lines = {other: values[lines][:, None] for other, values in points.items()}  # what reads only these is short
        seen = evaluator.changes({**on_lines, name: steps}, steps.shape)
        line, part = np.nonzero(np.any(seen[:, :, 1:] != seen[:, :, :-1], axis=0))
        low, high = steps[line, part], steps[line, part + 1]
        one_step = high - low <= 1
        found |= set(high[one_step].tolist())
        lines, low, high = lines[line[~one_step]], low[~one_step], high[~one_step]
    return found


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
