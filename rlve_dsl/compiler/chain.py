"""Chains: environments composed into one conversation, each part with its own world, facts, answer and grade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Any

from rlve_dsl.axes import AxisTable
from rlve_dsl.compiler.draft import Draft, Shared
from rlve_dsl.compiler.environment import CompiledEnvironment, lay_axes, note_idle
from rlve_dsl.compiler.outcome import TOOL_BUDGET, TURN_BUDGET, limit, weigh
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions import Expression, Template
from rlve_dsl.expressions.types import BOOL, INT, REAL, TEXT, ListOf, Record, Type
from rlve_dsl.files import Chain, User
from rlve_dsl.plugins import Registry
from rlve_dsl.reward import Composition
from rlve_dsl.world import Governance

# What a budget may read of the parts, and what the grade may.
_DRAWN = (("name", TEXT), ("turn_budget", INT))
_GRADED = (*_DRAWN, ("answered", BOOL), ("task", REAL), ("correct", BOOL))


@dataclass(frozen=True, slots=True)
class CompiledChain:
    """Everything an episode of chained environments is played from.

    `parts` are those that intents are drawn from, `apart` the pairs of them that cannot share an episode, `steps` what each
    step of their worlds means.
    """

    name: str
    spec: Chain
    user: User
    governance: Governance | None
    axes: Mapping[str, AxisTable]
    parts: Mapping[str, CompiledEnvironment]
    count: Expression
    switch: Expression | None
    says: Template | None
    turns: Expression | None
    task: Expression
    correct_when: Expression
    reward: Composition
    brief: Template | None
    reads: frozenset[str]
    apart: frozenset[frozenset[str]]
    steps: Mapping[str, tuple[Meaning, ...]]

    def may_join(self, environment: str, chosen: list[str]) -> bool:
        """Whether an environment may be drawn beside those chosen already."""
        if environment in chosen and not self.spec.compose.repeat:
            return False
        return not any(frozenset((environment, other)) in self.apart for other in chosen)

    def turn_budget(self, names: dict[str, Any]) -> int:
        """How many turns an episode with these names has."""
        return int(self.turns(names) if self.turns else names[TURN_BUDGET])

    def tool_budget(self, names: dict[str, Any]) -> int:
        """How many calls a turn of an episode with these names has."""
        return int(names[TOOL_BUDGET])

    def axis_values(self, level: int) -> dict[str, int | float]:
        """Every axis's value at a level."""
        return {name: table.at(level) for name, table in self.axes.items()}


def compile_chain(
    source: Chain,
    parts: Mapping[str, CompiledEnvironment],
    shared: Shared,
    registry: Registry,
    diagnostics: Diagnostics,
) -> CompiledChain | None:
    """The chain of these environments, compiled within what its collection shares; None when it has errors."""
    draft = Draft(shared, registry, Diagnostics())
    lay_axes(draft, source.name.text, source.axes, {})
    scope, compose = draft.scopes["axes"], source.compose
    made: dict[str, Any] = {
        "count": draft.expression(compose.count, scope, INT),
        "switch": draft.expression(compose.switch, scope, REAL) if compose.switch else None,
        "says": draft.template(compose.says, scope.extended({"part": INT})) if compose.says else None,
    }
    limit(draft, source.name, source.turns, scope.extended({"parts": ListOf(Record("Part", _DRAWN))}))
    graded = scope.extended({"parts": ListOf(Record("Part", _GRADED))})
    draft.parts["task"] = draft.expression(source.reward, graded, REAL)
    draft.parts["correct_when"] = draft.expression(source.correct_when, graded.extended({"task": REAL}), BOOL)
    weigh(draft)
    draft.parts["brief"] = draft.template(source.brief, scope) if source.brief else None
    _one_answer(parts, compose.span, draft)
    for part in parts.values():
        draft.reads |= part.reads
    note_idle(draft, source.axes)
    diagnostics.extend(draft.diagnostics.items)
    if draft.diagnostics.errors:
        return None
    return CompiledChain(
        name=source.name.text, spec=source, user=shared.user, governance=shared.governance,
        axes=MappingProxyType(draft.axes), parts=MappingProxyType(dict(parts)), reads=frozenset(draft.reads),
        apart=_apart(parts), steps={name: meanings(part) for name, part in parts.items()}, **made, **draft.parts,
    )  # fmt: skip


def _one_answer(parts: Mapping[str, CompiledEnvironment], span: Span, draft: Draft) -> None:
    """Two parts that answer in one field mean the same by it: the agent sees one schema for all of them."""
    seen: dict[str, tuple[str, Type]] = {}
    for name, part in parts.items():
        for field, type_ in part.answer.items():
            other, before = seen.setdefault(field, (name, type_))
            if before != type_:
                draft.diagnostics.error(
                    "R222",
                    f"`{other}` and `{name}` both answer in `{field}`, as {before} and as {type_}",
                    span,
                    help="rename the field in one of them",
                )


def _apart(parts: Mapping[str, CompiledEnvironment]) -> frozenset[frozenset[str]]:
    """The pairs that cannot share a conversation: their tools write the same state, or they prepare the same thing for
    tools in two different ways. An environment is a pair with itself."""
    found = {frozenset((name,)) for name, part in parts.items() if _clash(part, part)}
    found |= {frozenset(pair) for pair in combinations(parts, 2) if _clash(parts[pair[0]], parts[pair[1]])}
    return frozenset(found)


def _clash(one: CompiledEnvironment, other: CompiledEnvironment) -> bool:
    written = [{tool.writes for tool in part.tools.values() if tool.writes} for part in (one, other)]
    if written[0] & written[1]:
        return True
    needed = {slot for part in (one, other) for tool in part.tools.values() for slot in tool.needs}
    makers = [{slot: _makers(part, slot) for slot in needed} for part in (one, other)]
    return any(makers[0][slot] and makers[1][slot] and makers[0][slot] != makers[1][slot] for slot in needed)


def _makers(part: CompiledEnvironment, slot: str) -> frozenset[Meaning]:
    steps = zip(part.world, meanings(part), strict=True)
    return frozenset(step for binding, step in steps if slot in binding.provides)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a step of a world means: its text and those of the steps that it reads, and the axes that any of them reads.

    Steps that mean the same are one in a chain, where the axes have the same values: one shopper has one order history.
    """

    text: str
    axes: frozenset[str]


def meanings(environment: CompiledEnvironment) -> tuple[Meaning, ...]:
    """The meaning of each step of an environment's world, in order."""
    known: dict[str, Meaning] = {}
    for binding in environment.world:
        below = [known[name] for name in sorted(binding.reads & known.keys())]
        axes = set(binding.reads & environment.axes.keys()).union(*(step.axes for step in below))
        known[binding.name] = Meaning("\n".join([binding.text, *(step.text for step in below)]), frozenset(axes))
    return tuple(known.values())
