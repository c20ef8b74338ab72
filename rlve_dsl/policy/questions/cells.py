"""The cells of a decision: the combinations of its facts' values that no rule tells apart, and what each cell turns on.

The first splits are the breakpoints of the rules. A fact that a value is computed from (`15% of item.price`) is split further
where, along a line of the grid, the answer follows from other clauses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.policy.meaning.columns import Column, Numbers, Truth
from rlve_dsl.policy.meaning.partial import Partial, WordCodes
from rlve_dsl.policy.meaning.policy import Decision, Policy
from rlve_dsl.policy.questions.breakpoints import Bin, Breakpoints
from rlve_dsl.policy.questions.points import Corner, Evaluator, Points, facts_of

LARGEST = 4_000_000  # cells
_MOST_CLAUSES = 62  # the bits of an integer
_ROUNDS = 16
_PARTS = 16  # of a stretch in which something changes: few steps over many lines at once are fastest


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
    _corner: Corner = field(repr=False)

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
    evaluator = Evaluator(policy, grids.words, name, removable, frozenset(breakpoints.inputs & set(facts)))
    for _ in range(_ROUNDS):
        bins = {fact: breakpoints.bins(policy.facts[fact]) for fact in facts}
        size = int(np.prod([len(of) for of in bins.values()], dtype=np.int64)) if bins else 1
        if size > LARGEST:
            raise Unsatisfiable(f"`{name}` has {size:,} cells: it reads too many facts for questions about it")
        corner = Corner(evaluator, bins)
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


def _refine(name: str, corner: Corner, breakpoints: Breakpoints) -> bool:
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
    low, high = (Corner(corner.evaluator, bins, greatest) for greatest in ("", name))
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


def _changing(evaluator: Evaluator, points: Points, name: str, high: Numbers) -> set[int]:
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
