"""What the compiler makes of environments: tasks, and the environments that they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType

from rlve_dsl.axes import AxisTable
from rlve_dsl.compiler.bindings import Binding
from rlve_dsl.compiler.consent import RefusalPlan
from rlve_dsl.compiler.conversation import FactPlan, ReactionPlan
from rlve_dsl.compiler.disturbances import DisturbancePlan, NoisePlan
from rlve_dsl.compiler.domains.domain import CompiledDomain
from rlve_dsl.compiler.heuristics import Heuristic
from rlve_dsl.compiler.names import TOOL_BUDGET, TURN_BUDGET
from rlve_dsl.compiler.phrases import Phrases
from rlve_dsl.compiler.solution import Statement
from rlve_dsl.compiler.wordings import Wordings
from rlve_dsl.compiler.world import EventPlan
from rlve_dsl.diagnostics import Span
from rlve_dsl.domains import Run
from rlve_dsl.errors import PluginFault
from rlve_dsl.expressions import EvaluationError, Expression, Template, one_budget
from rlve_dsl.expressions.types import Type
from rlve_dsl.files import Tone
from rlve_dsl.frozen import frozen
from rlve_dsl.reward import Composition, explain
from rlve_dsl.values import Names
from rlve_dsl.world import Governance, Kind, Tables, Tool


@frozen
class Grade:
    """What an answer was worth: `task` in [-1, 1], whether it passes, and what that was made of."""

    task: float
    correct: bool
    reason: str = ""


@frozen
class PartResult:
    """How one part of an episode ended."""

    name: str
    turn_budget: int
    answered: bool
    grade: Grade


@frozen
class Places:
    """Where a file, its name, and what is drawn stand, for messages."""

    file: Span
    name: Span
    world: Span


@frozen
class Graded:
    """What a task and each of its parts have in common.

    Attributes:
        own_axes: The names of the axes that its file declares.
        reads: Every name that its expressions read.
        brief: What the agent is told about it. Reads nothing but axes.
        turns: The turn budget where the file gives one; else an axis does.
        task: The reward of the task, in [-1, 1].
        correct_when: Whether an answer passes.
        wrong: The most that `task` may be for an answer that does not pass.
    """

    name: str
    title: str
    places: Places
    governance: Governance | None
    axes: Mapping[str, AxisTable]
    own_axes: tuple[str, ...]
    reads: frozenset[str]
    brief: Template | None
    turns: Expression | None
    task: Expression
    correct_when: Expression
    wrong: float
    _levels: dict[int, Mapping[str, int | float]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def axis_values(self, level: int) -> Mapping[str, int | float]:
        """The value of every axis at a level; all episodes of the level share them."""
        if (values := self._levels.get(level)) is None:
            # no proxy, as every turn copies them, and a proxy is slow to copy
            values = self._levels[level] = {name: table.at(level) for name, table in self.axes.items()}
        return values

    def judged(self, names: Names, public: Iterable[str], unshown: Sequence[str] = ()) -> Grade:
        """The grade of the outcome in `names`. Adds `task` to the names, as the formula gives it.

        What the task gives a wrong outcome is scaled from [-1, 1] to [-1, wrong]: a better one still earns more, and none
        comes near a right one. An outcome that names what no tool has shown is wrong: it was guessed, or known by heart.

        Args:
            public: The names whose values the reason may tell.
            unshown: The ids of the catalog that the outcome names and no tool has shown.
        """
        names["task"] = task = float(self.task(names))
        reason = explain(self.task, {name: names[name] for name in public})
        if self.correct_when(names):
            if not unshown:
                return Grade(task, True, reason)
            reason += f"; it names {unshown[0]}, which no tool has shown"
        if self.wrong < 1:
            reason += f"; wrong, so it is scaled to [-1, {self.wrong:g}]"
        return Grade((task + 1) * (self.wrong + 1) / 2 - 1, False, reason)

    def turn_budget(self, names: Names) -> int:
        """How many turns an episode with these names has."""
        return int(self.turns(names) if self.turns else names[TURN_BUDGET])


@frozen
class CompiledEnvironment(Graded):
    """One environment. Immutable, and shared by all episodes.

    Attributes:
        tables: The tables of entities as every episode begins.
        readable: The names of those that a world can read.
        sorts: The sorts of ids of things: products, variants, and entities that have ids of their own.
        foreign: The wordings, and those that only certificates use.
    """

    tools: Mapping[str, Tool]
    answer: Mapping[str, Type]
    answer_says: Mapping[str, str]
    world: tuple[Binding, ...]
    persona: tuple[Binding, ...]
    goal: tuple[Binding, ...]
    required: tuple[tuple[str, Expression], ...]
    events: tuple[EventPlan, ...]
    opening: Phrases | None
    facts: tuple[FactPlan, ...]
    reactions: tuple[ReactionPlan, ...]
    refusals: tuple[RefusalPlan, ...]
    tones: tuple[Tone, ...]
    acts: Mapping[Tone, Mapping[str, tuple[str, ...]]]
    noises: tuple[NoisePlan, ...]
    patience: Expression | None
    recall: Expression | None
    words: tuple[tuple[str, tuple[str, ...]], ...]
    measures: tuple[tuple[str, Expression], ...]
    solution: tuple[Statement, ...]
    heuristics: tuple[Heuristic, ...]
    wordings: Wordings
    foreign: Wordings
    tables: Tables
    readable: tuple[str, ...]
    sorts: tuple[str, ...]
    domain: CompiledDomain | None = None
    start: tuple[Run, ...] = ()
    disturbances: tuple[DisturbancePlan, ...] = ()
    changes: tuple[tuple[Expression, Kind], ...] = ()

    def graded(self, names: Names, unshown: Sequence[str] = ()) -> Grade:
        """The grade of the answer in `names`, given the ids that no tool has shown. Adds the measures and `task` to the names."""
        with one_budget():
            for name, measure in self.measures:
                names[name] = measure(names)
            return self.judged(
                names, {*self.axes, *(name for name, _ in self.measures)}, unshown
            )  # the goal stays hidden


@frozen
class Task(Graded):
    """What an episode is played from: one environment, or several in one conversation. Immutable.

    Attributes:
        parts: The environments by name, from which those of an episode are drawn.
        reward: How the outcome of an episode becomes its reward.
        count: How many parts an episode has; None when it is the one that there is.
        switch: The probability that a part is raised before the one before it is answered.
        announce: How the user announces a part; `part` is its number.
        repeat: Whether a part may be drawn more than once.
        apart: The pairs of parts that cannot be in one episode. A part may be a pair with itself.
        held_out: The share of the catalog that only held-out episodes are about.
        disturbances: What a chain adds to the disturbances of its parts.
        noises: What a chain adds to the noises of its first part.
        by_seed: Whether a seed plays one of the parts: fixed tasks.
    """

    parts: Mapping[str, CompiledEnvironment]
    reward: Composition
    count: Expression | None = None
    switch: Expression | None = None
    announce: Template | None = None
    repeat: bool = False
    apart: frozenset[frozenset[str]] = frozenset()
    held_out: float = 0.0
    disturbances: tuple[DisturbancePlan, ...] = ()
    noises: tuple[NoisePlan, ...] = ()
    by_seed: bool = False

    @property
    def numbered(self) -> bool:
        """Whether an episode can have several parts, so that answers name the number of a request."""
        return self.count is not None

    def may_join(self, part: str, chosen: Sequence[str]) -> bool:
        """Whether a part may be drawn beside those chosen already."""
        if part in chosen and not self.repeat:
            return False
        return not any(frozenset((part, other)) in self.apart for other in chosen)

    def of_seed(self, seed: int) -> CompiledEnvironment:
        """The fixed task that a seed plays. Seed `n` plays the task of line `n`; later seeds begin again with the first one.

        Held-out (odd) seeds never play a task of training (even) seeds, unless there is only one.
        """
        parts = [*self.parts.values()]
        mine = parts[seed % 2 :: 2] or parts
        return mine[seed // 2 % len(mine)]

    def tool_budget(self, names: Names) -> int:
        """How many calls a turn of an episode with these names has."""
        return int(names[TOOL_BUDGET])

    def grade(self, axes: Mapping[str, int | float], results: Sequence[PartResult]) -> Grade:
        """The grade of an episode. Without a rule for several parts, it is that of the only one."""
        if not self.numbered:
            return results[0].grade
        parts = [
            {
                "name": result.name,
                "turn_budget": result.turn_budget,
                "answered": result.answered,
                "task": result.grade.task,
                "correct": result.grade.correct,
            }
            for result in results
        ]
        return self.judged({**axes, "parts": parts}, axes)

    def losses(
        self, axes: Mapping[str, int | float], results: Sequence[PartResult], outcome: Names, reward: float
    ) -> tuple[float | None, ...]:
        """How much more than `reward` an episode would have earned, had each part alone been right, with a task of 1.

        It follows from the formulas of the file, whatever they are; so what two wrong parts lost need not add up. None
        where a formula has no value for such an outcome.

        Args:
            outcome: What the reward of the episode was read from, by name.
            reward: The reward of the episode.
        """
        return tuple(self._loss(axes, results, place, outcome, reward) for place in range(len(results)))

    def _loss(
        self, axes: Mapping[str, int | float], results: Sequence[PartResult], place: int, outcome: Names, reward: float
    ) -> float | None:
        mine = results[place]
        if mine.answered and mine.grade.correct and mine.grade.task == 1:
            return 0.0
        better = [*results]
        better[place] = replace(mine, answered=True, grade=Grade(1.0, True))
        try:
            grade = self.grade(axes, better)
            breakdown = self.reward.score({**outcome, "task": grade.task, "correct": grade.correct})
        except (EvaluationError, PluginFault):  # what did not happen must not end an episode
            return None
        return round(breakdown.reward - reward, 9)

    def with_levels(self, levels: Mapping[str, int]) -> Task:
        """The task in which each of these axes has the value of a level of its own, at every level; in all parts."""
        parts = {name: replace(part, axes=_with_levels(part.axes, levels)) for name, part in self.parts.items()}
        return replace(self, parts=MappingProxyType(parts), axes=_with_levels(self.axes, levels))

    def harder_axes(self) -> tuple[str, ...]:
        """The axes that make an episode harder and differ between levels, of those that are read. An allowance, such as the turn
        budget, is none of them."""
        wholes: list[Graded] = [self, *self.parts.values()]
        return tuple(
            dict.fromkeys(
                name
                for whole in wholes
                for name, table in whole.axes.items()
                if name in whole.reads and table.axis.role in _HARDER and len(set(table.values)) > 1
            )
        )

    def alone(self, part: str) -> Task:
        """The task that has nothing but this part."""
        return task_of(self.parts[part], self.reward, self.held_out)


_HARDER = ("harder_up", "harder_down")


def _with_levels(tables: Mapping[str, AxisTable], levels: Mapping[str, int]) -> Mapping[str, AxisTable]:
    return MappingProxyType(
        {
            name: replace(table, values=(table.at(levels[name]),) * len(table.values)) if name in levels else table
            for name, table in tables.items()
        }
    )


def task_of(environment: CompiledEnvironment, reward: Composition, held_out: float) -> Task:
    """The task of one environment by itself."""
    return Task(
        name=environment.name, title=environment.title, places=environment.places, governance=environment.governance,
        axes=environment.axes, own_axes=environment.own_axes, reads=environment.reads, brief=environment.brief,
        turns=environment.turns, task=environment.task, correct_when=environment.correct_when, wrong=environment.wrong,
        parts=MappingProxyType({environment.name: environment}), reward=reward, held_out=held_out,
    )  # fmt: skip
