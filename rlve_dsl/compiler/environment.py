"""From an environment's spec to a compiled environment: passes in the order in which they run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from rlve_dsl import files
from rlve_dsl import policy as policies
from rlve_dsl.axes import AxisTable, tabulate
from rlve_dsl.catalog import CATALOG
from rlve_dsl.compiler.bindings import Binding, bind, bind_all, draw
from rlve_dsl.compiler.conversation import FactPlan, ReactionPlan, compile_facts, compile_reactions
from rlve_dsl.compiler.draft import RESERVED, Draft, EnvironmentDraft, Shared
from rlve_dsl.compiler.outcome import TOOL_BUDGET, TURN_BUDGET, answer, budgets, outcome
from rlve_dsl.compiler.solution import Statement, compile_solution
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import Arguments, Definition, Expression, Function, Scope, Template, compile_arguments
from rlve_dsl.expressions.types import INT, NOTHING, REAL, Record, Type
from rlve_dsl.files import Environment, Name, User
from rlve_dsl.plugins import Registry
from rlve_dsl.policy import CONFIRMATION
from rlve_dsl.reward import Composition
from rlve_dsl.world import STATE, Event, Governance, Tool

POLICY = "policy"  # what a tool or a sampler needs that asks the store policy


@dataclass(frozen=True, slots=True)
class EventPlan:
    """A compiled event: after the results of turn `after_turn` are out, `event` happens to what `of` holds."""

    event: Event
    arguments: Arguments
    after_turn: Expression


@dataclass(frozen=True, slots=True)
class CompiledEnvironment:
    """Everything an episode of one environment is played from; immutable and shared by all its episodes."""

    name: str
    spec: Environment
    user: User
    governance: Governance | None
    axes: Mapping[str, AxisTable]
    tools: Mapping[str, Tool]
    answer: Mapping[str, Type]
    world: tuple[Binding, ...]
    persona: tuple[Binding, ...]
    goal: tuple[Binding, ...]
    events: tuple[EventPlan, ...]
    opening: Template | None
    facts: tuple[FactPlan, ...]
    reactions: tuple[ReactionPlan, ...]
    acts: Mapping[str, tuple[str, ...]]
    confirmations: tuple[str, ...]
    noise: Expression | None
    patience: Expression | None
    turns: Expression | None
    measures: tuple[tuple[str, Expression], ...]
    task: Expression
    correct_when: Expression
    reward: Composition
    solution: tuple[Statement, ...]
    brief: Template | None
    reads: frozenset[str]

    def turn_budget(self, names: dict[str, Any]) -> int:
        """How many turns an episode with these names has."""
        return int(self.turns(names) if self.turns else names[TURN_BUDGET])

    def tool_budget(self, names: dict[str, Any]) -> int:
        """How many calls a turn of an episode with these names has."""
        return int(names[TOOL_BUDGET])

    def axis_values(self, level: int) -> dict[str, int | float]:
        """Every axis's value at a level."""
        return {name: table.at(level) for name, table in self.axes.items()}


def compile_environment(
    source: Environment, shared: Shared, registry: Registry, diagnostics: Diagnostics
) -> CompiledEnvironment | None:
    """The environment compiled within what its collection shares; None when it has errors."""
    draft = EnvironmentDraft(shared, registry, Diagnostics(), spec=source)
    for one_pass in PASSES:
        one_pass(draft)
    diagnostics.extend(draft.diagnostics.items)
    if draft.diagnostics.errors:
        return None
    return CompiledEnvironment(
        name=source.name.text, spec=source, user=shared.user, governance=shared.governance, axes=MappingProxyType(draft.axes),
        reads=frozenset(draft.reads), **draft.parts,
    )  # fmt: skip


def axes(draft: EnvironmentDraft) -> None:
    """The axes, and the environment's formulas: the scope every other one extends."""
    lay_axes(draft, draft.spec.name.text, draft.spec.axes, draft.spec.define)


def lay_axes(
    draft: Draft, environment: str, own: Mapping[str, files.Axis], define: Mapping[str, files.Definition]
) -> None:
    """The shared axes and the environment's own, as tables; the scope that holds them with these formulas."""
    draft.axes.update(draft.shared.axes)
    for name, shared in draft.shared.axes.items():
        _refuse_taken(shared.axis.name, draft)
    for name, axis in own.items():
        if name in draft.shared.axes:
            draft.diagnostics.error("R203", f"`{name}` is already a shared axis", axis.name.span)
            continue
        _refuse_taken(axis.name, draft)
        full = f"{environment}.{name}"
        curve, follows = draft.shared.curves.get(full), draft.shared.follows.get(full)
        table = tabulate(name, axis, draft.shared.levels, draft.diagnostics, follows=follows)
        if curve is not None:  # the environment's own curve is checked all the same
            table = tabulate(name, axis, draft.shared.levels, draft.diagnostics, curve=curve, follows=follows)
        if table is not None:
            draft.axes[name] = table
    types: dict[str, Type] = {name: table.type for name, table in draft.axes.items()}
    types |= {name: NOTHING for name in own if name not in types}
    definitions = {
        name: Definition(name, tuple(p.text for p in d.parameters), d.body.text, d.body.span)
        for name, d in define.items()
    }
    functions = functions_of(draft)
    for name, definition in define.items():
        if name in types or name in functions:
            draft.diagnostics.error("R203", f"`{name}` is already taken", definition.name.span)
    draft.scopes["axes"] = Scope(types, functions, definitions)


def functions_of(draft: Draft) -> Mapping[str, Function]:
    """The functions that every expression may call: the registered ones, and those of the collection's store policy."""
    governance = draft.shared.governance
    ruled = policies.functions_of(governance.policy) if governance is not None else {}
    return {**draft.registry.functions, **ruled}


def _refuse_taken(name: Name, draft: Draft) -> None:
    """Report an axis, a step or a measure by the name of a function or of what the language names itself."""
    if name.text in draft.registry.functions or name.text in draft.registry.measures:
        draft.diagnostics.error("R203", f"`{name.text}` is already a function", name.span)
    elif name.text in RESERVED:
        draft.diagnostics.error(
            "R203", f"`{name.text}` is a name of the language", name.span, help=f"so are: {', '.join(sorted(RESERVED))}"
        )


def tools(draft: EnvironmentDraft) -> None:
    """The tools that the environment's patterns name, in the order of the registry."""
    chosen: dict[str, Tool] = {}
    for pattern in draft.spec.tools:
        by_plugin = draft.registry.tools_of(pattern.text)
        matching = [name for names in by_plugin.values() for name in names]
        if not matching:
            draft.unknown("tool", pattern, draft.registry.tools)
        elif len(by_plugin) > 1:
            draft.diagnostics.error(
                "R226",
                f"`{pattern.text}` matches tools of several plugins: {', '.join(by_plugin)}",
                pattern.span,
                label="name each tool",
                help=f"tools: {', '.join(matching)}",
            )
        chosen |= {name: draft.registry.tools[name] for name in matching}
    draft.parts["tools"] = MappingProxyType({n: t for n, t in draft.registry.tools.items() if n in chosen})
    draft.reads |= {axis for tool in chosen.values() for axis in tool.axes}


def world(draft: EnvironmentDraft) -> None:
    """The world's bindings, from top to bottom; tools that need something the world must provide have it."""
    for step in draft.spec.world:
        if step.name.text in RESERVED:
            _refuse_taken(step.name, draft)
    draft.parts["world"], draft.scopes["world"] = bind_all(
        draft.spec.world, draft.scopes["axes"].extended({"catalog": CATALOG}), draft
    )
    for tool in draft.parts["tools"].values():
        for slot in tool.needs:
            if slot == POLICY and draft.shared.governance is None:
                draft.diagnostics.error(
                    "R221",
                    f"tool `{tool.name}` needs a store policy, and the collection names none",
                    draft.spec.tools[0].span if draft.spec.tools else draft.spec.span,
                    help="add `policy:` with the path of a Policy file to the collection",
                )
            elif slot != POLICY and slot not in draft.provided:
                makers = [s.name for s in draft.registry.samplers.values() if slot in s.provides]
                draft.diagnostics.error(
                    "R210",
                    f"tool `{tool.name}` needs `{slot}`, which this world does not provide",
                    draft.spec.tools[0].span if draft.spec.tools else draft.spec.span,
                    help=f"draw it with {' or '.join(f'`{m}`' for m in makers)}" if makers else "",
                )


def persona(draft: EnvironmentDraft) -> None:
    """The persona: drawn after the world, from the user file, with nothing but axes in scope."""
    bindings = []
    fields: list[tuple[str, Type]] = []
    for name, use in draft.shared.user.persona.items():
        drawn = draw(use, draft.scopes["axes"], draft)
        if drawn is not None:
            bindings.append(Binding(name, *drawn))
        fields.append((name, drawn[0] if drawn else NOTHING))
    draft.parts["persona"] = tuple(bindings)
    draft.scopes["user"] = draft.scopes["world"].extended({"persona": Record("persona", tuple(fields))})


def goal(draft: EnvironmentDraft) -> None:
    """The hidden goal; its entries do not see one another."""
    bindings = []
    fields: list[tuple[str, Type]] = []
    for step in draft.spec.goal:
        binding = bind(step, draft.scopes["user"], draft)
        if binding is not None:
            bindings.append(binding)
        fields.append((step.name.text, binding.type if binding else NOTHING))
    draft.parts["goal"] = tuple(bindings)
    names: dict[str, Type] = {"goal": Record("goal", tuple(fields))} if fields else {}
    draft.scopes["outcome"] = draft.scopes["user"].extended({**names, **STATE})


def events(draft: EnvironmentDraft) -> None:
    """What happens to the world by itself."""
    plans = []
    for event in draft.spec.events:
        declared = draft.registry.events.get(event.event.text)
        if declared is None:
            draft.unknown("event", event.event, draft.registry.events)
            continue
        after = draft.expression(event.after_turn, draft.scopes["world"], INT)
        given = {declared.signature.parameters[0].name: (event.of.text, event.of.span)}
        compiled = compile_arguments(
            declared.signature, given, event.span, draft.scopes["world"], draft.diagnostics, f"event `{declared.name}`"
        )
        if compiled is not None and after is not None:
            draft.reads |= compiled.free
            plans.append(EventPlan(declared, compiled, after))
    draft.parts["events"] = tuple(plans)


def manner(draft: EnvironmentDraft) -> None:
    """How the user speaks: acts, noise, patience."""
    user = draft.shared.user
    for act, phrases in user.acts.items():
        if act not in draft.registry.acts:
            draft.unknown("act", phrases[0] if phrases else user.name, draft.registry.acts)  # type: ignore[arg-type]
    draft.parts["acts"] = MappingProxyType({act: tuple(p.text for p in said) for act, said in user.acts.items()})
    conduct = draft.shared.governance.policy.conduct if draft.shared.governance else ()
    asked = any(rule.step == CONFIRMATION for rule in conduct)
    if asked and not user.confirmation:
        draft.diagnostics.error(
            "R223", "the store's rules ask for a confirmation, and nothing says which questions the user confirms",
            user.name.span, help="add `confirmation:` with such questions, the first of them the one that an oracle asks",
        )  # fmt: skip
    # heard only where it matters: it is one more thing that a message may be asking for
    draft.parts["confirmations"] = tuple(question.text for question in user.confirmation) if asked else ()
    draft.parts["noise"] = draft.expression(user.noise, draft.scopes["axes"], REAL) if user.noise else None
    draft.parts["patience"] = draft.expression(user.patience, draft.scopes["axes"], INT) if user.patience else None


def brief(draft: EnvironmentDraft) -> None:
    """The public text about the task; only axes may be read in it."""
    text = draft.spec.brief
    draft.parts["brief"] = draft.template(text, draft.scopes["axes"]) if text else None


def idle_axes(draft: EnvironmentDraft) -> None:
    """A local axis that nothing reads is a warning."""
    note_idle(draft, draft.spec.axes)


def note_idle(draft: Draft, own: Mapping[str, files.Axis]) -> None:
    """Warn of each of these axes that nothing reads."""
    for name, axis in own.items():
        if name not in draft.reads:
            draft.diagnostics.warning(
                "R213", f"nothing reads the axis `{name}`, so it makes nothing harder", axis.name.span
            )


PASSES = (
    axes, tools, world, persona, goal, compile_facts, events, manner, answer, compile_reactions, outcome, budgets,
    brief, compile_solution, idle_axes,
)  # fmt: skip
