"""What is drawn for an episode of one environment, and what happens to it by itself; the tools that act on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from types import MappingProxyType

from rlve_dsl.catalog import CATALOG, no_products
from rlve_dsl.compiler.axes import Axes, check_not_reserved
from rlve_dsl.compiler.bindings import Binding, bind, bind_all, compile_draw
from rlve_dsl.compiler.context import Context
from rlve_dsl.compiler.names import CLAIMED, TRIED, calls_so_far
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.domains import STORE_IDS
from rlve_dsl.expressions import Arguments, Expression, Scope
from rlve_dsl.expressions.types import ANY, BOOL, INT, NOTHING, ListOf, Record, Type, sorts_in
from rlve_dsl.files import Environment
from rlve_dsl.frozen import frozen
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.plugins import RESERVED
from rlve_dsl.world import Event, Tool, wrong_writes

_POLICY = "policy"  # the slot of tools that ask the store policy


@frozen
class World:
    """What is drawn, in this order, and what the next expressions may read: `scope` ends with the world, `user` with the
    persona, `outcome` with the goal and the state of the store. `required` is what must hold of it, by name."""

    world: tuple[Binding, ...]
    persona: tuple[Binding, ...]
    goal: tuple[Binding, ...]
    required: tuple[tuple[str, Expression], ...]
    scope: Scope
    user: Scope
    outcome: Scope


@frozen
class EventPlan:
    """A compiled event. After turn `after_turn` and its results, `event` happens to what the arguments say."""

    event: Event
    arguments: Arguments
    after_turn: Expression


def compile_tools(source: Environment, context: Context) -> Mapping[str, Tool]:
    """The tools that the environment's patterns name, in the order of the registry; those of its domain come last."""
    chosen: set[str] = set()
    declared = context.domain.tools if context.domain is not None else {}
    for pattern in source.tools:
        if own := [name for name in declared if fnmatchcase(name, pattern.text)]:
            chosen.update(own)
            continue
        by_plugin = context.registry.tools_of(pattern.text)
        matching = [name for names in by_plugin.values() for name in names]
        if len(by_plugin) > 1:
            context.diagnostics.error(
                "R226", f"`{pattern.text}` matches tools of several plugins: {', '.join(by_plugin)}", pattern.span,
                label="name each tool", help=f"tools: {', '.join(matching)}",
            )  # fmt: skip
        chosen.update(matching)
    _check_sold(source, chosen, context)
    for name in sorted(chosen & declared.keys() & context.registry.tools.keys()):
        owner = context.registry.owners["rlve_tools", name]
        context.diagnostics.error(
            "D102", f"the tool `{name}` is brought by `{owner}`, and is one of the domain", source.tools[0].span,
            help="give the domain another name",
        )  # fmt: skip
    tools = {name: tool for name, tool in (*context.registry.tools.items(), *declared.items()) if name in chosen}
    for tool in tools.values():
        if (wrong := wrong_writes(tool, context.kinds)) is not None:
            _report_writes(tool, *wrong, source, context)
    context.reads.names.update(axis for tool in tools.values() for axis in tool.axes)
    return MappingProxyType(tools)


def _report_writes(tool: Tool, entity: str, field: str, source: Environment, context: Context) -> None:
    """Report a tool that declares to change what there is not."""
    known = context.kinds[entity].record.names if field else tuple(context.visible_kinds)
    what = (
        f"`{field}` of the entity `{entity}`, which has no such field"
        if field
        else f"the entity `{entity}`, which there is not"
    )
    owner = context.registry.owners.get(("rlve_tools", tool.name), PROJECT)
    whose = f" of `{owner}`" if owner != PROJECT else ""
    context.diagnostics.error(
        "D120", f"the tool `{tool.name}`{whose} changes {what}", source.tools[0].span,
        label=did_you_mean(field or entity, known), help="" if field else "the domain of the environment, or a plugin, declares it",
    )  # fmt: skip


def _check_sold(source: Environment, chosen: set[str], context: Context) -> None:
    """Report tools about products, orders or carts where the collection sells nothing."""
    if context.shared.catalog is not no_products():
        return
    if context.domain is not None and context.domain.spec.store:
        context.diagnostics.error(
            "D109", "the domain sees the store, which needs a catalog, and the collection names none", source.tools[0].span,
            help="add `catalog:` to the collection, or leave out `store: true`",
        )  # fmt: skip
    for name in sorted(chosen & context.registry.tools.keys()):
        signature = context.registry.tools[name].signature
        types = (signature.result, *(parameter.type for parameter in signature.parameters))
        if any(sort in STORE_IDS for type_ in types for sort in sorts_in(type_)):
            context.diagnostics.error(
                "D109", f"the tool `{name}` needs a catalog, and the collection names none", source.tools[0].span,
                help="add `catalog:` to the collection, or leave the tool out",
            )  # fmt: skip


def compile_world(source: Environment, axes: Axes, tools: Mapping[str, Tool], context: Context) -> World:
    """The world, the persona and the goal. Reports the slots of tools that nothing in the world fills."""
    for step in source.world:
        if step.name.text in RESERVED:
            check_not_reserved(step.name, context.registry, context.diagnostics)
    for table in context.readable:
        if (taken := axes.scope.taken(table)) is not None:
            where = source.axes[table].name.span if table in source.axes else source.span
            context.diagnostics.error("D102", f"`{table}` is {taken}, and a table of the domain", where)
    world, scope = bind_all(
        source.world,
        axes.scope.extended({"catalog": CATALOG, **context.readable}),
        context,
    )
    _check_needs(source, tools, context)
    persona, traits = _persona(axes.scope, context)
    user = scope.extended({"persona": traits})
    goal, parts = _goal(source, user, context)
    state: dict[str, Type] = {kind.table: kind.type for kind in context.kinds.values() if not kind.hidden}
    state |= {TRIED: calls_so_far(context.keys, context.tools_known), CLAIMED: ListOf(ANY)}
    outcome = user.extended({"goal": parts, **state} if parts.fields else state)
    compiled = [(name, context.expression(text, user, BOOL)) for name, text in source.require.items()]
    required = tuple((name, expression) for name, expression in compiled if expression is not None)
    return World(world, persona, goal, required, scope, user, outcome)


def _check_needs(source: Environment, tools: Mapping[str, Tool], context: Context) -> None:
    span = source.tools[0].span if source.tools else source.span
    for tool in tools.values():
        for slot in tool.needs:
            if slot == _POLICY and context.shared.governance is None:
                context.diagnostics.error(
                    "R221", f"tool `{tool.name}` needs a store policy, and the collection names none", span,
                    help="add `policy:` with the path of a Policy file to the collection",
                )  # fmt: skip
            elif slot != _POLICY and slot not in context.reads.slots:
                makers = [f"`{s.name}`" for s in context.registry.samplers.values() if slot in s.provides]
                context.diagnostics.error(
                    "R210", f"tool `{tool.name}` needs `{slot}`, which this world does not provide", span,
                    help=f"draw it with {' or '.join(makers)}" if makers else "",
                )  # fmt: skip


def _persona(axes: Scope, context: Context) -> tuple[tuple[Binding, ...], Record]:
    """The traits of the user file, which read nothing but axes."""
    of_user = replace(context, registry=context.registry.view(context.shared.user.plugins))
    drawn = {name: compile_draw(use, axes, of_user) for name, use in context.shared.user.persona.items()}
    traits = tuple((name, made[0] if made else NOTHING) for name, made in drawn.items())
    return tuple(Binding(name, *made) for name, made in drawn.items() if made), Record("persona", traits)


def _goal(source: Environment, scope: Scope, context: Context) -> tuple[tuple[Binding, ...], Record]:
    """The entries of the hidden goal, which do not see one another."""
    scope = scope.without((step.name.text for step in source.goal), "entries of the goal do not read one another")
    bound = [(step.name.text, bind(step, scope, context)) for step in source.goal]
    types: tuple[tuple[str, Type], ...] = tuple((name, b.type if b else NOTHING) for name, b in bound)
    return tuple(binding for _, binding in bound if binding), Record("goal", types)


def compile_events(source: Environment, scope: Scope, context: Context) -> tuple[EventPlan, ...]:
    """What happens to the world by itself."""
    plans = []
    for event in source.events:
        declared = context.registry.events[event.event.text]
        after = context.expression(event.after_turn, scope, INT)
        if after is not None and not after.free and after({}) < 1:
            context.diagnostics.error(
                "R242", f"`{after.text}` is no turn after which something can happen", event.after_turn.span,
                label="the first turn is 1", help="what is so from the beginning is a matter of the world",
            )  # fmt: skip
        given = {declared.signature.parameters[0].name: (event.of.text, event.of.span)}
        compiled = context.arguments(declared.signature, given, event.span, scope, f"event `{declared.name}`")
        if compiled is not None and after is not None:
            plans.append(EventPlan(declared, compiled, after))
    return tuple(plans)


def warn_of_unread_names(source: Environment, context: Context) -> None:
    """Warn of each step of the world that nothing reads, unless it prepares what tools show or makes an entity."""
    prepares = {sampler.name for sampler in context.registry.samplers.values() if sampler.provides}
    for step in source.world:
        used = step.create is not None or step.name.text in context.reads.names
        if not used and (step.draw is None or step.draw.sampler.text not in prepares):
            context.diagnostics.warning(
                "R243", f"nothing reads `{step.name.text}`", step.name.span,
                help="use it in the goal, a fact or a measure, or remove the step",
            )  # fmt: skip
