"""Questions: a decision and a situation, whose depth is the number of clauses that the answer turns on.

Belongs here: which depths a policy has, and drawing a question of one. The cells that it draws from are made in `cells`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypedDict

from rlve_dsl.errors import Unsatisfiable, UsageError
from rlve_dsl.expressions.types import ANY
from rlve_dsl.policy.english.wording import noun_of_decision
from rlve_dsl.policy.language.words import say, state
from rlve_dsl.policy.meaning.breakpoints import Bin, domain, known_when, named_in
from rlve_dsl.policy.meaning.cache import once_a_policy
from rlve_dsl.policy.questions.cells import Grid, Grids
from rlve_dsl.rng import Stream

if TYPE_CHECKING:
    from rlve_dsl.policy.meaning.policy import Fact, Policy
    from rlve_dsl.policy.meaning.ruling import Ruling

BOUNDARY = 0.5  # of the numbers drawn, the share that lies at an end of its cell: day 30 or day 31
_TRIES = 16


class Known(TypedDict):
    """A fact of a situation: its value, how the shopper says it (`shown` is the part that is the value), and the question
    that gets it said."""

    fact: str
    value: Annotated[Any, ANY]
    says: str
    shown: str
    ask: str


class Topic(TypedDict):
    """What a question is about: the decision, what it is called, and how the shopper asks for it."""

    decision: str
    about: str
    says: str


class Question(TypedDict):
    """A question about a policy. `answer` is the right one as an agent should write it, `depth` the number of clauses
    whose removal would change it."""

    topic: Topic
    situation: list[Known]
    answer: str
    depth: int


class Weighed(NamedTuple):
    """A ruling, and what it would be `without` each of its clauses."""

    ruling: Ruling
    without: Mapping[str, Ruling]

    @property
    def turning(self) -> tuple[str, ...]:
        """The clauses that the answer turns on."""
        return tuple(clause for clause, other in self.without.items() if other.value != self.ruling.value)


@dataclass(frozen=True)
class Depths:
    """The questions that a policy can be asked, by depth."""

    policy: Policy
    grids: Grids = field(repr=False)

    def of(self, decision: str) -> Mapping[int, tuple[int, ...]]:
        """The depths of a decision's cells, each with the sets of clauses (as bits) that answers turn on."""
        return self.grids.grid(decision).by_depth

    @property
    def deepest(self) -> int:
        """The greatest depth that some decision has."""
        return max((max(self.of(name), default=0) for name in self.policy.decisions), default=0)

    def decisions(self, depth: int, among: Collection[str] = ()) -> tuple[str, ...]:
        """The decisions, among these if any are named, that have a cell of this depth."""
        for name in among:
            if name not in self.policy.decisions:
                raise UsageError(f"the policy `{self.policy.name}` has no decision `{name}`")
        return tuple(name for name in self.policy.decisions if (not among or name in among) and depth in self.of(name))

    def draw(self, stream: Stream, depth: int, among: Collection[str] = ()) -> Question:
        """A question of exactly this depth: a decision, then the clauses it turns on, then a cell, then values.

        Half of the numbers (`BOUNDARY`) lie at an end of their cell. Raises Unsatisfiable when no cell is so deep.
        """
        names = self.decisions(depth, among)
        if not names:
            whose = f"the decisions {', '.join(among)} of the policy" if among else "the policy"
            deepest = max((max(self.of(name), default=0) for name in among or self.policy.decisions), default=0)
            raise Unsatisfiable(
                f"no question to {whose} `{self.policy.name}` turns on {depth} clauses; the deepest turns on {deepest}"
            )
        decision = stream.child("decision").choice(names)
        grid = self.grids.grid(decision)
        cells = grid.cells(stream.child("clauses").choice(grid.by_depth[depth]))
        cell = grid.cell(int(cells[stream.child("cell").integer(0, len(cells) - 1)]))
        for attempt in range(_TRIES):
            facts = self._values(grid, cell, stream.child("values", attempt))
            weighed = weigh(self.policy, decision, facts)
            if len(weighed.turning) == depth:
                break
        else:  # what is reckoned from a fact may turn within a cell; at the cell's lower ends it is as tabulated
            facts = self._values(grid, cell, None)
            weighed = weigh(self.policy, decision, facts)
        return self._question(grid, cell, facts, weighed, depth)

    def _values(self, grid: Grid, cell: tuple[int, ...], stream: Stream | None) -> dict[str, Any]:
        """A value for every fact; None where it is unknown. Without a stream, the lower ends of the cell."""
        facts: dict[str, Any] = {}
        for (name, bins), step in zip(grid.bins.items(), cell, strict=True):
            own = stream.child(name) if stream is not None else None
            facts[name] = _value(self.policy.facts[name], bins[step], own)
        for name in unknown_in(self.policy, facts):
            facts[name] = None
        return facts

    def _question(
        self, grid: Grid, cell: tuple[int, ...], facts: Mapping[str, Any], weighed: Weighed, depth: int
    ) -> Question:
        decision = grid.decision
        # what a clause hides is told too, so that the depth is the same whatever is not told
        told = self._told(weighed.ruling.facts.union(*(other.facts for other in weighed.without.values())), facts)
        left_out = [name for name in facts if name not in told]
        assert grid.one_answer(cell, left_out), f"{decision.name} at {facts} hangs on what the question leaves out"
        about = noun_of_decision(decision)
        topic: Topic = {"decision": decision.name, "about": about, "says": decision.ask or f"Tell me {about}."}
        situation = [_known(self.policy.facts[name], facts[name]) for name in facts if name in told]
        return {"topic": topic, "situation": situation, "answer": say(decision, weighed.ruling.value), "depth": depth}

    def _told(self, read: Iterable[str], facts: Mapping[str, Any]) -> set[str]:
        """These facts; for one that is unknown, those that make it so."""
        told: set[str] = set()
        waiting = list(read)
        when = known_when(self.policy)
        while waiting:
            name = waiting.pop()
            if facts[name] is not None:
                told.add(name)
            else:
                waiting += sorted({n for condition in when[name] for n in named_in(self.policy, condition)} - told)
        return told


@once_a_policy
def table(policy: Policy) -> Depths:
    """The questions that a policy can be asked; its cells are made once a process."""
    return Depths(policy, Grids(policy))


def turning(policy: Policy, decision: str, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The clauses, bases aside, whose removal would change what is decided where these are the facts."""
    return weigh(policy, decision, facts).turning


def weigh(policy: Policy, decision: str, facts: Mapping[str, Any]) -> Weighed:
    """What is decided where these are the facts, and what would be without each of its clauses, bases aside."""
    ruling = policy.decide(decision, facts)
    clauses = [clause for clause in ruling.clauses if not clause.endswith(".0")]
    return Weighed(ruling, {clause: policy.decide(decision, facts, (clause,)) for clause in clauses})


def unknown_in(policy: Policy, facts: Mapping[str, Any]) -> frozenset[str]:
    """The facts that cannot be known where these are the others (`x is known only when …`)."""
    found = set()
    for assumption in policy.assumptions:
        node = assumption.node
        for name in known_when(policy).keys() & assumption.facts:
            others = {key: value for key, value in facts.items() if key != name}
            if (
                node.only_when is not None
                and assumption.holds({**others, name: _anything(policy.facts[name])}) is False
            ):
                found.add(name)
    return frozenset(found)


def _anything(fact: Fact) -> Any:
    """Some value of a fact."""
    if fact.type == "bool":
        return True
    if fact.type in ("enum", "text"):
        return fact.values[0] if fact.values else ""
    return domain(fact)[0]


def _value(fact: Fact, bin_: Bin, stream: Stream | None) -> Any:
    if stream is None:
        return bin_.among[0] if bin_.among else bin_.low
    if bin_.among:
        return stream.choice(bin_.among)
    low, high = domain(fact)
    ends: Sequence[int] = [v for v, outer in ((bin_.low, low), (bin_.high, high)) if v != outer]
    if ends and stream.child("boundary").chance(BOUNDARY):
        return stream.choice(ends)
    return stream.integer(bin_.low, bin_.high)


def _known(fact: Fact, value: Any) -> Known:
    words = fact.denies if fact.type == "bool" and not value else fact.says
    said = say(fact, value)
    if words:
        says = words.replace("{value}", said)
    else:
        stated = state(fact, value)
        says = f"{stated[0].upper()}{stated[1:]}."
    ask = fact.ask or f"What about {fact.name.replace('.', ' ').replace('_', ' ')}?"
    shown = says if fact.type == "bool" else said
    return {"fact": fact.name, "value": value, "says": says, "shown": shown, "ask": ask}
