"""Questions about a policy: a decision and a situation.

The depth of a question is the number of clauses that its answer turns on: those whose removal would change the answer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, NamedTuple, TypedDict

from rlve_dsl.errors import Unsatisfiable, UsageError
from rlve_dsl.expressions.types import ANY
from rlve_dsl.policy.language.words import Facts, Scalar, say, state
from rlve_dsl.policy.meaning.cache import KEPT, cached_by_digest
from rlve_dsl.policy.meaning.columns import Numbers
from rlve_dsl.policy.meaning.policy import Decision, Fact, Policy, domain
from rlve_dsl.policy.meaning.ruling import Ruling
from rlve_dsl.policy.questions.breakpoints import Bin
from rlve_dsl.policy.questions.cells import Grid, Grids
from rlve_dsl.policy.questions.points import facts_of
from rlve_dsl.policy.questions.solved import BOUNDARY, Solved
from rlve_dsl.quantities import format_ago
from rlve_dsl.rng import Stream
from rlve_dsl.values import Value

_TRIES = 16
_MOST_BITS = 3  # of an answer, when decisions are drawn: one with a thousand answers is not asked about all the time


class SituationFact(TypedDict):
    """A fact of a situation: its value, how the shopper says it (`shown` is the part with the value), and the question that
    asks for it."""

    fact: str
    value: Annotated[Value, ANY]
    says: str
    shown: str
    ask: str


class Topic(TypedDict):
    """What a question is about: the decision, what it is called, and how the shopper asks for it."""

    decision: str
    about: str
    says: str


class Question(TypedDict):
    """A question about a policy. `answer` is the right answer in words, `depth` the number of clauses that it turns on."""

    topic: Topic
    situation: list[SituationFact]
    answer: str
    depth: int


class Weighed(NamedTuple):
    """A ruling, and what the ruling would be `without` each of its clauses."""

    ruling: Ruling
    without: Mapping[str, Ruling]

    @property
    def turning(self) -> tuple[str, ...]:
        """The clauses that the answer turns on."""
        return tuple(clause for clause, other in self.without.items() if other.value != self.ruling.value)


@dataclass(frozen=True)
class Depths:
    """The questions that can be asked of a policy, by depth."""

    policy: Policy
    grids: Grids = field(repr=False)
    _solvers: dict[str, Solved | None] = field(default_factory=dict, repr=False)
    _answers: dict[tuple[str, int], Mapping[Scalar, tuple[Numbers, ...]]] = field(default_factory=dict, repr=False)
    _asked: dict[tuple[int, tuple[str, ...]], tuple[str, ...]] = field(default_factory=dict, repr=False)

    def of(self, decision: str) -> Mapping[int, tuple[int, ...]]:
        """The depths of the questions about a decision, each with the sets of clauses (as bits) that answers turn on.

        The sets are empty for a decision with too many cells for a table, whose questions the solver finds.

        Raises:
            Unsatisfiable: There are no questions about it: it has too many cells, and reads a text.
        """
        solved = self._solved(decision)
        return self.grids.grid(decision).by_depth if solved is None else dict.fromkeys(solved.depths, ())

    def _solved(self, decision: str) -> Solved | None:
        """The solver's questions about a decision; None for one with a table."""
        if decision not in self._solvers:
            try:
                self.grids.grid(decision)
                self._solvers[decision] = None
            except Unsatisfiable:
                facts = facts_of(self.policy, self.policy.decisions[decision])
                self._solvers[decision] = Solved(self.policy, decision, facts)
        return self._solvers[decision]

    @property
    def deepest(self) -> int:
        """The greatest depth of any question."""
        return self._deepest(self.policy.decisions)

    def decisions(self, depth: int, among: Collection[str] = ()) -> tuple[str, ...]:
        """The decisions that have a question of this depth; with `among`, only those of them.

        One that reads too many facts for questions has none, so that others can still be asked about.

        Raises:
            Unsatisfiable: One of `among` reads too many facts.
        """
        for name in among:
            if name not in self.policy.decisions:
                raise UsageError(f"the policy `{self.policy.name}` has no decision `{name}`")
        names = (
            [name for name in self.policy.decisions if name in among]
            if among
            else self._tabulated(self.policy.decisions)
        )
        return tuple(name for name in names if depth in self.of(name))

    def _tabulated(self, names: Iterable[str]) -> list[str]:
        """Those of the decisions that do not read too many facts."""
        found = []
        for name in names:
            with suppress(Unsatisfiable):
                self.of(name)
                found.append(name)
        return found

    def asked(self, depth: int, among: Collection[str] = ()) -> tuple[str, ...]:
        """The decisions that questions of this depth are drawn from, those that are drawn more often several times.

        A decision comes once where it has two or three answers at this depth, twice where it has four to seven, and three
        times where it has more: the more answers, the harder it is to guess. One that has a single answer is left out,
        since its name would give the answer away. Where all have a single answer, all stay.
        """
        key = depth, tuple(among)
        if key not in self._asked:
            names = self.decisions(depth, among)
            if not names:
                return ()
            bits = {name: min(len(self.answers(name, depth)).bit_length() - 1, _MOST_BITS) for name in names}
            self._asked[key] = tuple(name for name in names for _ in range(bits[name])) or names
        return self._asked[key]

    def answers(self, decision: str, depth: int) -> tuple[Scalar, ...]:
        """The different answers to questions of this depth about a decision, in order.

        Where an answer is computed from a fact, there are more: each cell counts with the answer at its least values.
        """
        if (solved := self._solved(decision)) is not None:
            return solved.answers(depth)
        if (decision, depth) not in self._answers:
            of, cells = self.policy.decisions[decision], self.grids.grid(decision).by_answer(depth)
            decoded = {self.grids.words.decode(number, of.type): number for number in cells}
            self._answers[decision, depth] = {answer: cells[decoded[answer]] for answer in sorted(decoded)}
        return tuple(self._answers[decision, depth])

    def draw(self, stream: Stream, depth: int, among: Collection[str] = ()) -> Question:
        """Draw a question: a decision, then its answer, then the clauses it turns on, then a cell, then values.

        So the answers that a decision can have at this depth are equally frequent.

        Args:
            depth: The exact depth of the question.
            among: The decisions to draw from; all where it is empty.

        Raises:
            Unsatisfiable: No question has this depth.
        """
        names = self.asked(depth, among)
        if not names:
            whose = f"the decisions {', '.join(among)} of the policy" if among else "the policy"
            deepest = self._deepest(among or self.policy.decisions)
            raise Unsatisfiable(
                f"no question to {whose} `{self.policy.name}` turns on {depth} clauses; the deepest turns on {deepest}",
                "ask for a smaller depth, or add exceptions; `rlve-dsl policy read` prints how many questions there are of each depth",
            )
        decision = stream.child("decision").choice(names)
        if (solved := self._solved(decision)) is not None:
            return self._solved_question(solved, decision, depth, stream)
        grid = self.grids.grid(decision)
        answer = stream.child("answer").choice(self.answers(decision, depth))
        cells = stream.child("clauses").choice(self._answers[decision, depth][answer])
        cell = grid.cell(int(cells[stream.child("cell").integer(0, len(cells) - 1)]))
        for attempt in range(_TRIES):
            facts = self._values(grid, cell, stream.child("values", attempt))
            weighed = weigh(self.policy, decision, facts)
            if len(weighed.turning) == depth:
                break
        else:  # what is computed from a fact may change within a cell; at the least values, the cell was evaluated
            facts = self._values(grid, cell, None)
            weighed = weigh(self.policy, decision, facts)
        return self._question(self.policy.decisions[decision], facts, weighed.ruling, depth)

    def _solved_question(self, solved: Solved, decision: str, depth: int, stream: Stream) -> Question:
        facts = solved.situation(depth, stream)
        facts |= dict.fromkeys(unknown_in(self.policy, facts))
        return self._question(self.policy.decisions[decision], facts, self.policy.decide(decision, facts), depth)

    def _deepest(self, names: Iterable[str]) -> int:
        return max((max(self.of(name), default=0) for name in self._tabulated(names)), default=0)

    def _values(self, grid: Grid, cell: tuple[int, ...], stream: Stream | None) -> dict[str, Scalar | None]:
        """A value for each fact, or None where it is unknown. Without a stream, the least values of the cell."""
        facts: dict[str, Scalar | None] = {}
        for (name, bins), step in zip(grid.bins.items(), cell, strict=True):
            own = stream.child(name) if stream is not None else None
            facts[name] = _value(self.policy.facts[name], bins[step], own)
        return facts | dict.fromkeys(unknown_in(self.policy, facts))

    def _question(self, decision: Decision, facts: Facts, ruling: Ruling, depth: int) -> Question:
        """The question. It gives every known fact of the decision's cells: which facts are given then tells nothing of
        the answer, and what is not given cannot change it."""
        assert ruling.value is not None
        about = decision.title
        return {
            "topic": {"decision": decision.name, "about": about, "says": decision.ask or f"Tell me {about}."},
            "situation": [
                _stated(self.policy.facts[name], value) for name, value in facts.items() if value is not None
            ],
            "answer": say(decision, ruling.value),
            "depth": depth,
        }


@cached_by_digest
def table(policy: Policy) -> Depths:
    """The questions that can be asked of a policy. Its cells are made once in a process."""
    return Depths(policy, grids_of(policy))


_grids: OrderedDict[Hashable, Grids] = OrderedDict()


def grids_of(policy: Policy) -> Grids:
    """The cells of a policy; policies that differ only in words and in rules of conduct share them."""
    key = (
        tuple((fact.name, fact.type, fact.values, fact.low, fact.high, fact.since) for fact in policy.facts.values()),
        tuple((decision.type, decision.values, decision.tree) for decision in policy.decisions.values()),
        tuple(assumption.node for assumption in policy.assumptions),
        tuple(policy.events.items()),
    )
    if key not in _grids:
        _grids[key] = Grids(policy)
        if len(_grids) > KEPT:
            _grids.popitem(last=False)
    return _grids[key]


def turning(policy: Policy, decision: str, facts: Facts) -> tuple[str, ...]:
    """The clauses that the decision turns on for these facts."""
    return weigh(policy, decision, facts).turning


def weigh(policy: Policy, decision: str, facts: Facts) -> Weighed:
    """The decision for these facts, and what it would be without each of its clauses, bases aside."""
    ruling = policy.decide(decision, facts)
    clauses = [clause for clause in ruling.clauses if not clause.endswith(".0")]
    return Weighed(ruling, {clause: policy.decide(decision, facts, (clause,)) for clause in clauses})


def unknown_in(policy: Policy, facts: Facts) -> frozenset[str]:
    """The facts that cannot be known where these are the others, by an assumption `x is known only when …`."""
    found = set()
    conditional = policy.known_when().keys()
    for assumption in policy.assumptions:
        for name in conditional & assumption.facts if assumption.node.only_when is not None else ():
            others = {key: value for key, value in facts.items() if key != name}
            if assumption.holds({**others, name: _any_value(policy.facts[name])}) is False:
                found.add(name)
    return frozenset(found)


def _any_value(fact: Fact) -> Scalar:
    if fact.type == "bool":
        return True
    if fact.type in ("enum", "text"):
        return fact.values[0] if fact.values else ""
    return domain(fact)[0]


def _value(fact: Fact, bin_: Bin, stream: Stream | None) -> Scalar:
    if stream is None:
        return bin_.among[0] if bin_.among else bin_.low
    if bin_.among:
        return stream.choice(bin_.among)
    low, high = domain(fact)
    ends: Sequence[int] = [end for end, outer in ((bin_.low, low), (bin_.high, high)) if end != outer]
    if ends and stream.child("boundary").chance(BOUNDARY):
        return stream.choice(ends)
    return stream.integer(bin_.low, bin_.high)


_AGO = "{value} ago"


def _stated(fact: Fact, value: Scalar) -> SituationFact:
    words = fact.denies if fact.type == "bool" and not value else fact.says
    said = say(fact, value)
    if fact.type == "days" and _AGO in words:
        words, said = words.replace(_AGO, "{value}"), format_ago(int(value))
    if words:
        says = words.replace("{value}", said)
    else:
        stated = state(fact, value)
        says = f"{stated[0].upper()}{stated[1:]}."
    ask = fact.ask or f"What about {fact.name.replace('.', ' ').replace('_', ' ')}?"
    shown = says if fact.type == "bool" else said
    return {"fact": fact.name, "value": value, "says": says, "shown": shown, "ask": ask}
