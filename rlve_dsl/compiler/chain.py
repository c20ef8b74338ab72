"""Several environments in one conversation, each with its own world, facts, answer and grade."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from types import MappingProxyType

from rlve_dsl.compiler.axes import compile_axes, warn_of_unread
from rlve_dsl.compiler.bindings import Meaning
from rlve_dsl.compiler.context import Context, Shared
from rlve_dsl.compiler.outcome import compile_budgets, grading_of
from rlve_dsl.compiler.task import CompiledEnvironment, Places, Task
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions.types import BOOL, INT, REAL, TEXT, ListOf, Record, Type
from rlve_dsl.files import Chain
from rlve_dsl.plugins import Registry

# What a budget may read of the parts, and what the grade may.
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
    axes = compile_axes(source.name, source.axes, {}, shared, registry, found)
    context, scope = Context(shared, registry, found, axes.tables), axes.scope
    count = context.expression(compose.count, scope, INT)
    switch = context.optional(compose.switch, scope, REAL)
    announce = context.template(compose.says, scope.extended({"part": INT}))
    drawn = scope.extended({"parts": ListOf(Record("Part", _DRAWN))})
    turns = compile_budgets(source.name, source.turns, drawn, context)
    graded = scope.extended({"parts": ListOf(Record("Part", _GRADED))})
    grading = grading_of(source.reward, source.correct_when, graded, context)
    brief = context.template(source.brief, scope)
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
        held_out=shared.held_out,
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
    """The pairs that cannot share a conversation: their tools write the same state, or they fill the same slot for tools
    in two different ways, or they are played in two domains. An environment is a pair with itself."""
    pairs = [*((name, name) for name in parts), *combinations(parts, 2)]
    return frozenset(frozenset(pair) for pair in pairs if _clash(parts[pair[0]], parts[pair[1]]))


def _clash(one: CompiledEnvironment, other: CompiledEnvironment) -> bool:
    if one.domain is not None and other.domain is not None and one.domain is not other.domain:
        return True
    written = [{tool.writes for tool in part.tools.values() if tool.writes} for part in (one, other)]
    if one.changes and other.changes and one.domain is not None:  # they are drawn about different entities
        written[0].discard(one.domain.spec.name.text)
    if written[0] & written[1]:
        return True
    needed = {slot for part in (one, other) for tool in part.tools.values() for slot in tool.needs}
    makers = [{slot: _makers(part, slot) for slot in needed} for part in (one, other)]
    return any(makers[0][slot] and makers[1][slot] and makers[0][slot] != makers[1][slot] for slot in needed)


def _makers(part: CompiledEnvironment, slot: str) -> frozenset[Meaning]:
    return frozenset(binding.meaning for binding in part.world if slot in binding.provides)
