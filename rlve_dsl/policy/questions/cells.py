"""The cells of a decision: every combination of its facts' values that no rule tells apart, and what each turns on.

The first splits are those of `breakpoints`. A fact that a value is reckoned from (`15% of item.price`) is split further where,
along the lines of the grid, an answer comes about in another way. Does not belong here: drawing from the cells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.policy.meaning.breakpoints import Bin, Cuts, bins_of, known_when, parts_of
from rlve_dsl.policy.meaning.columns import Column, Columns, Truth, Words

if TYPE_CHECKING:
    from rlve_dsl.policy.meaning.policy import Decision, Policy

LARGEST = 4_000_000  # cells; a decision with more reads too many facts for its questions to be tabulated
_CLAUSES = 62  # as many as an integer has bits
_ROUNDS = 16
_PARTS = 16  # of a stretch that changes somewhere: few steps of many lines at once are quickest


class Grids:
    """The grids of a policy's decisions, each made when it is first needed."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.words = Words()
        self._made: dict[str, Grid] = {}

    def grid(self, decision: str) -> Grid:
        """The grid of a decision; Unsatisfiable when it would have more than `LARGEST` cells."""
        if decision not in self._made:
            self._made[decision] = Grid.of(self, decision)
        return self._made[decision]


@dataclass(frozen=True)
class Grid:
    """Every cell of a decision: one axis a fact, a bin a step. `turning` holds, as bits of `clauses`, the clauses whose
    removal changes the answer in the cell; a cell that is not `valid` breaks an assumption. `known` says of the facts that
    may be unknown where they are known."""

    grids: Grids
    decision: Decision
    bins: Mapping[str, tuple[Bin, ...]]
    reckoned: frozenset[str]
    clauses: tuple[str, ...]
    answers: Column
    known: Mapping[str, Truth]
    valid: Truth
    turning: NDArray[np.int64]
    ends: _Ends

    @classmethod
    def of(cls, grids: Grids, decision: str) -> Grid:
        """The decision's grid, its reckoned facts split until no line of it hides a change."""
        policy = grids.policy
        decided = policy.decisions[decision]
        cuts = Cuts(policy, lambda name: grids.grid(name).reached)
        facts = _facts_of(policy, decided)
        for name in (*sorted(decided.uses), decision):
            for clause in policy.decisions[name].clauses:
                for part in parts_of(clause.node):
                    cuts.add(part)
        for assumption in policy.assumptions:
            if assumption.facts <= set(facts):
                cuts.add(assumption.node.condition)
                if assumption.node.only_when is not None:
                    cuts.add(assumption.node.only_when)
        clauses = tuple(
            clause.id
            for name in (*sorted(decided.uses), decision)
            for clause in policy.decisions[name].clauses
            if not clause.is_base
        )
        if len(clauses) > _CLAUSES:
            raise Unsatisfiable(f"`{decision}` hangs on {len(clauses)} clauses: questions about it cannot be tabulated")
        reckoned = frozenset(cuts.reckoned & set(facts))
        for _ in range(_ROUNDS):
            bins = {name: bins_of(policy.facts[name], cuts) for name in facts}
            size = int(np.prod([len(of) for of in bins.values()], dtype=np.int64)) if bins else 1
            if size > LARGEST:
                raise Unsatisfiable(f"`{decision}` has {size:,} cells: it reads too many facts for questions about it")
            lows = _Ends(grids, decided, bins, clauses, reckoned, "low")
            highs = _Ends(grids, decided, bins, clauses, reckoned, "high")
            if not any(_refine(name, bins, lows, highs, cuts) for name in sorted(reckoned)):
                break
        shape = tuple(len(of) for of in bins.values())
        answers = lows.columns().decide(decision)
        values = np.broadcast_to(answers.values, shape)
        known = None if answers.known is None else np.broadcast_to(answers.known, shape)
        facts_known = {
            name: np.broadcast_to(column.known, shape)
            for name, column in _columns(grids, lows.mesh, reckoned).items()
            if column.known is not None
        }
        column, changes = Column(values, known), lows.changes()
        return cls(
            grids, decided, bins, reckoned, clauses, column, facts_known, lows.valid(), changes[0] | changes[1], lows
        )

    @cached_property
    def reached(self) -> frozenset[int] | None:
        """The values that the decision can have, with all its clauses or without one of them; None when they are reckoned
        from facts."""
        if self.reckoned:
            return None
        whole = self.ends.columns()
        found: set[int] = set()
        for clause in (None, *self.clauses):
            left_out = () if clause is None else (clause,)
            column = Columns(whole.policy, whole.facts, self.grids.words, left_out, whole).decide(self.decision.name)
            values, known = np.broadcast_arrays(column.values, column.where_known)
            found |= set(np.unique(values[known]).tolist())
        return frozenset(found)

    @cached_property
    def decided(self) -> Truth:
        """The valid cells that have an answer."""
        return self.valid if self.answers.known is None else self.valid & self.answers.known

    @cached_property
    def by_depth(self) -> Mapping[int, tuple[int, ...]]:
        """Depth → the different sets of clauses, as bits, that answers turn on."""
        found: dict[int, list[int]] = {}
        for bits in np.unique(self.turning[self.decided]).tolist():
            found.setdefault(bits.bit_count(), []).append(bits)
        return {depth: tuple(sets) for depth, sets in sorted(found.items())}

    def cells(self, turning: int) -> NDArray[np.int64]:
        """The flat indices of the cells that turn on exactly these clauses."""
        if turning not in self._cells:
            self._cells[turning] = np.flatnonzero((self.turning == turning) & self.decided)
        return self._cells[turning]

    @cached_property
    def _cells(self) -> dict[int, NDArray[np.int64]]:
        return {}

    def cell(self, flat: int) -> tuple[int, ...]:
        """The steps along each axis to a cell."""
        return tuple(int(i) for i in np.unravel_index(flat, self.turning.shape))

    def one_answer(self, cell: tuple[int, ...], left_out: Iterable[str]) -> bool:
        """Whether the cell's answer is that of every valid cell which differs from it in these facts only.

        Where a fact that is not left out is known, it is known in those cells too.
        """
        free = set(left_out)
        where: tuple[Any, ...] = tuple(
            slice(None) if name in free else i for name, i in zip(self.bins, cell, strict=True)
        )
        valid = self.valid[where]
        for name, known_at in self.known.items():
            if name not in free:
                valid = valid & (known_at[where] == known_at[cell])
        same = self.answers.values[where] == self.answers.values[cell]
        known = self.answers.where_known[where]
        return bool(np.all(~valid | (same & known)))


class _Ends:
    """A grid evaluated at one end of its bins."""

    def __init__(
        self,
        grids: Grids,
        decision: Decision,
        bins: Mapping[str, tuple[Bin, ...]],
        clauses: tuple[str, ...],
        reckoned: frozenset[str],
        end: str,
    ) -> None:
        self.grids, self.decision, self.bins, self.clauses, self.reckoned = grids, decision, bins, clauses, reckoned
        self.mesh = {
            name: _along(place, len(bins), [_number(b, end, grids.words) for b in bins[name]])
            for place, name in enumerate(bins)
        }
        self._changes: NDArray[np.int64] | None = None

    def columns(self) -> Columns:
        """The policy over the grid."""
        return Columns(self.grids.policy, _columns(self.grids, self.mesh, self.reckoned), self.grids.words)

    def valid(self) -> Truth:
        """The cells that every assumption allows; of the bins of a fact that is unknown, the first stands for all."""
        columns, shape = self.columns(), tuple(len(of) for of in self.bins.values())
        out = np.ones(shape, dtype=bool)
        for assumption in self.grids.policy.assumptions:
            if assumption.facts <= self.bins.keys():
                node = assumption.node
                said = columns.holds(node.condition)
                broken = said.fails if node.only_when is None else said.yes & columns.holds(node.only_when).fails
                out &= ~broken
        facts = _columns(self.grids, self.mesh, self.reckoned)
        for place, name in enumerate(self.bins):
            if (known := facts[name].known) is not None:
                first = _along(place, len(self.bins), [i == 0 for i in range(len(self.bins[name]))])
                out &= known | first.astype(bool)
        return out

    def changes(self) -> NDArray[np.int64]:
        """For each cell, along a first axis of three, the clauses whose removal raises and those whose removal lowers
        the answer, as bits, and a hash of how it comes about."""
        if self._changes is None:
            shape = tuple(len(of) for of in self.bins.values())
            facts = _columns(self.grids, self.mesh, self.reckoned)
            self._changes = _changes(self.grids, self.decision.name, facts, self.clauses, shape)
        return self._changes


def _changes(
    grids: Grids, decision: str, facts: Mapping[str, Column], clauses: tuple[str, ...], shape: tuple[int, ...]
) -> NDArray[np.int64]:
    whole = Columns(grids.policy, facts, grids.words)
    answer = whole.decide(decision)
    out = np.zeros((3, *shape), dtype=np.int64)
    signs = list(whole.signs)
    for bit, clause in enumerate(clauses):
        without = Columns(grids.policy, facts, grids.words, without=(clause,), base=whole)
        other = without.decide(decision)
        if other is answer:
            continue
        signs += without.signs
        raises, lowers = other.values > answer.values, other.values < answer.values
        if answer.known is not None or other.known is not None:
            a, b = answer.where_known, other.where_known
            raises, lowers = (raises & a & b) | (b & ~a), (lowers & a & b) | (a & ~b)
        out[0] |= raises.astype(np.int64) << bit
        out[1] |= lowers.astype(np.int64) << bit
    for sign in signs:  # a hash of all of them: they are only compared
        out[2] = out[2] * 1_000_003 + sign
    return out


def _refine(name: str, bins: Mapping[str, tuple[Bin, ...]], lows: _Ends, highs: _Ends, cuts: Cuts) -> bool:
    """Split the bins of a fact within which, along some line of the grid, the answer with or without some clause comes
    about in another way: where a removal changes nothing may be a single value between raising and lowering."""
    place = list(bins).index(name)
    mixed = _Ends(lows.grids, lows.decision, bins, lows.clauses, lows.reckoned, "low")
    mixed.mesh = {**lows.mesh, name: highs.mesh[name]}
    differs = np.argwhere(np.any(lows.changes() != mixed.changes(), axis=0) & lows.valid())
    if not len(differs):
        return False
    at = {other: mesh.reshape(-1)[differs[:, axis]] for axis, (other, mesh) in enumerate(lows.mesh.items())}
    high = highs.mesh[name].reshape(-1)[differs[:, place]]
    new = _changing(lows, at, name, at[name], high) - cuts.at.get(name, set())
    cuts.at.setdefault(name, set()).update(new)
    return bool(new)


def _changing(
    ends: _Ends,
    at: Mapping[str, NDArray[np.int64]],
    name: str,
    low: NDArray[np.int64],
    high: NDArray[np.int64],
) -> set[int]:
    """The values of a fact between `low` and `high`, on lines that are otherwise `at`, from which something is changed:
    every stretch that begins and ends differently is cut into parts, until it is one step."""
    lines, found = np.arange(len(low)), set[int]()
    while len(lines):
        points = low[:, None] + (high - low)[:, None] * np.arange(_PARTS + 1) // _PARTS
        facts = {other: np.repeat(values[lines], _PARTS + 1) for other, values in at.items()}
        facts[name] = points.reshape(-1)
        columns = _columns(ends.grids, facts, ends.reckoned)
        seen = _changes(ends.grids, ends.decision.name, columns, ends.clauses, (points.size,)).reshape(3, *points.shape)
        line, part = np.nonzero(np.any(seen[:, :, 1:] != seen[:, :, :-1], axis=0))
        low, high = points[line, part], points[line, part + 1]
        one_step = high - low <= 1
        found |= set(high[one_step].tolist())
        lines, low, high = lines[line[~one_step]], low[~one_step], high[~one_step]
    return found


def _columns(grids: Grids, mesh: Mapping[str, NDArray[np.int64]], reckoned: Collection[str]) -> dict[str, Column]:
    """The facts as columns: those of an assumption `is known only when` are known where it says."""
    facts = {name: Column(values, None, name in reckoned) for name, values in mesh.items()}
    for name, conditions in known_when(grids.policy).items():
        if name in facts:
            columns = Columns(grids.policy, facts, grids.words)
            known = np.array(True)
            for condition in conditions:
                known = known & columns.holds(condition).yes
            facts[name] = Column(facts[name].values, known, name in reckoned)
    return facts


def _facts_of(policy: Policy, decision: Decision) -> list[str]:
    """The facts that a decision reads, and those that assumptions tie to them, in the order of the file."""
    found = set(decision.facts)
    while True:
        tied = {name for a in policy.assumptions if a.facts & found for name in a.facts}
        if tied <= found:
            return [name for name in policy.facts if name in found]
        found |= tied


def _number(bin_: Bin, end: str, words: Words) -> int:
    if bin_.among:
        first = bin_.among[0]
        return words.code(first) if isinstance(first, str) else int(first)
    return bin_.low if end == "low" else bin_.high


def _along(place: int, axes: int, values: list[Any]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64).reshape([-1 if axis == place else 1 for axis in range(axes)])
