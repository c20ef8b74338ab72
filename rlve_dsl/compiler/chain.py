"""Several environments in one conversation, each with its own world, facts, answer and grade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from types import MappingProxyType

from rlve_dsl.compiler.axes import compile_axes, warn_of_unread
from rlve_dsl.compiler.bindings import Meaning
from rlve_dsl.compiler.context import Context, Shared
from rlve_dsl.compiler.disturbances import compile_disturbances, compile_noises
from rlve_dsl.compiler.outcome import compile_budgets, grading_of
from rlve_dsl.compiler.task import CompiledEnvironment, Places, Task
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions.types import BOOL, INT, REAL, TEXT, ListOf, Record, Type
from rlve_dsl.files import Chain
from rlve_dsl.plugins import Registry
from rlve_dsl.world import SAMPLERS

# What a budget may read of the parts, and what the grade may.
_BUILT_IN_SLOTS = frozenset(slot for sampler in SAMPLERS for slot in sampler.provides)
_DRAWN = (("name", TEXT), ("turn_budget", INT))
_GRADED = (*_DRAWN, ("answered", BOOL), ("task", REAL), ("correct", BOOL))


def compile_chain(
    source: Chain,
    parts: Mapping[str, CompiledEnvironment],
    shared: Shared,
    registry: Registry,
    diagnostics: Diagnostics,
) -> Task | None:
    """The task of these environments, compiled with what their collection shares; None when it has errors."""
    found, compose = Diagnostics(), source.compose
    registry = registry.view(source.plugins)
    axes = compile_axes(source.name, source.axes, {}, shared, registry, found)
    context, scope = Context(shared, registry, found, axes.tables), axes.scope
    count = context.expression(compose.count, scope, INT)
    switch = context.probability(compose.switch, scope)
    announce = context.template(compose.says, scope.extended({"part": INT}))
    drawn = scope.extended({"parts": ListOf(Record("Part", _DRAWN))})
    turns = compile_budgets(source.name, source.turns, drawn, context)
    graded = scope.extended({"parts": ListOf(Record("Part", _GRADED))})
    grading = grading_of(source.reward, source.correct_when, graded, context)
    brief = context.template(source.brief, scope)
    alone = replace(shared, disturbances=())  # those of the collection are with the parts
    tools = list(dict.fromkeys(tool for part in parts.values() for tool in part.tools))
    disturbances = compile_disturbances(source.disturbances, tools, scope, replace(context, shared=alone))
    noises = compile_noises(source.noises, scope, context, shared=False)
    _check_answers(parts, compose.span, found)
    context.reads.names.update(*(part.reads for part in parts.values()))
    warn_of_unread(source.axes, context)
    diagnostics.extend(found.items)
    if found.errors or count is None or grading is None or shared.reward is None:
        return None
    return Task(
        name=source.name.text, title=source.title.text, governance=shared.governance,
        places=Places(source.span, source.name.span, compose.span),
        axes=MappingProxyType(axes.tables), own_axes=tuple(source.axes), reads=frozenset(context.reads.names), brief=brief,
        turns=turns, task=grading.task, correct_when=grading.correct_when, wrong=grading.wrong, parts=MappingProxyType(dict(parts)),
        reward=shared.reward, count=count, switch=switch, announce=announce, repeat=compose.repeat, apart=_apart(parts),
        held_out=shared.held_out, disturbances=disturbances, noises=noises,
    )  # fmt: skip


def _check_answers(parts: Mapping[str, CompiledEnvironment], span: Span, diagnostics: Diagnostics) -> None:
    """Parts that answer in one field must mean the same by it: the agent sees one schema for all of them."""
    seen: dict[str, tuple[str, Type]] = {}
    for name, part in parts.items():
        for field, type_ in part.answer.items():
            other, before = seen.setdefault(field, (name, type_))
            if before != type_:
                diagnostics.error(
                    "R222",
                    f"`{other}` and `{name}` both answer in `{field}`, as {before} and as {type_}",
                    span,
                    help="rename the field in one of them",
                )


def _apart(parts: Mapping[str, CompiledEnvironment]) -> frozenset[frozenset[str]]:
    """The pairs that cannot share a conversation: their tools change the same entities, or they fill the same slot for tools
    in two different ways, or they are played in two domains. An environment is a pair with itself."""
    pairs = [*((name, name) for name in parts), *combinations(parts, 2)]
    return frozenset(frozenset(pair) for pair in pairs if _clash(parts[pair[0]], parts[pair[1]]))


def _clash(one: CompiledEnvironment, other: CompiledEnvironment) -> bool:
    if one.domain is not None and other.domain is not None and one.domain is not other.domain:
        return True
    written = [_written(part) for part in (one, other)]
    if one.changes and other.changes and one.domain is not None:  # they are drawn about different entities
        written[0] -= one.domain.kinds.keys()
    if written[0] & written[1]:
        return True
    needed = {slot for part in (one, other) for tool in part.tools.values() for slot in tool.needs}
    # built-in slots that no tool needs hold mappings, which are merged; what a plugin's slots hold is not known
    filled = {slot for part in (one, other) for binding in part.world for slot in binding.provides} - _BUILT_IN_SLOTS
    slots = needed | filled
    makers = [{slot: _makers(part, slot) for slot in slots} for part in (one, other)]
    return any(makers[0][slot] and makers[1][slot] and makers[0][slot] != makers[1][slot] for slot in slots)


def _written(part: CompiledEnvironment) -> set[str]:
    """The entities that the tools of a part change. Those of a domain belong together: where one changes, all of them may."""
    written = {entity for tool in part.tools.values() for entity in tool.writes}
    declared = part.domain.kinds.keys() if part.domain is not None else set[str]()
    return written | declared if written & declared else written


def _makers(part: CompiledEnvironment, slot: str) -> frozenset[Meaning]:
    return frozenset(binding.meaning for binding in part.world if slot in binding.provides)
