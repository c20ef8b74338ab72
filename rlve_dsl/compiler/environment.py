"""From an environment's spec to a compiled environment: passes in the order in which they run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

from rlve_dsl.axes import AxisTable, tabulate
from rlve_dsl.catalog import CATALOG
from rlve_dsl.compiler.bindings import Binding, bind, bind_all, draw
from rlve_dsl.compiler.conversation import FactPlan, ReactionPlan, compile_facts, compile_reactions
from rlve_dsl.compiler.draft import Draft, Shared
from rlve_dsl.compiler.solution import Statement, compile_solution
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.plugins import Registry
from rlve_dsl.reward import Composition, compose
from rlve_dsl.rules import Arguments, Definition, Expression, Scope, Template, compile_arguments
from rlve_dsl.rules.types import BOOL, DAYS, INT, MONEY, NOTHING, REAL, TEXT, Enum, Id, ListOf, Record, Type
from rlve_dsl.spec import Environment, Name, User
from rlve_dsl.world import STATE, Event, Tool

TURN_BUDGET = "turn_budget"
TOOL_BUDGET = "tool_budget"

# What an ended episode offers to reward terms.
OUTCOME: Mapping[str, Type] = {
    "task": REAL,
    "correct": BOOL,
    "turns": Record("turns", (("used", INT), ("effective", INT), ("budget", INT))),
    "ids": Record("ids", (("output", ListOf(Id("product"))), ("shown", ListOf(Id("product"))))),
    "calls": INT,
}

# What the language itself names in some place of an environment; authors give these names to nothing.
RESERVED = frozenset({"persona", "goal", "answer", "said", "value", "task", "catalog", *STATE})

_PLAIN: Mapping[str, Type] = {"text": TEXT, "int": INT, "real": REAL, "bool": BOOL, "money": MONEY, "days": DAYS}


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

    def tool(self, name: str) -> Tool | None:
        """The tool of this name, or of this name with `_` for `.`, if the environment has it."""
        return self.tools.get(name) or next((t for n, t in self.tools.items() if n.replace(".", "_") == name), None)

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
    spec: Environment, shared: Shared, registry: Registry, diagnostics: Diagnostics
) -> CompiledEnvironment | None:
    """The environment compiled within what its collection shares; None when it has errors."""
    draft = Draft(spec, shared, registry, Diagnostics())
    for one_pass in PASSES:
        one_pass(draft)
    diagnostics.extend(draft.diagnostics.items)
    if draft.diagnostics.errors:
        return None
    return CompiledEnvironment(
        name=spec.name.text, spec=spec, user=shared.user, axes=MappingProxyType(draft.axes),
        reads=frozenset(draft.reads), **draft.parts,
    )  # fmt: skip


def axes(draft: Draft) -> None:
    """The shared axes and the environment's own, as tables; the scope every other one extends."""
    draft.axes.update(draft.shared.axes)
    for name, shared in draft.shared.axes.items():
        _refuse_taken(shared.axis.name, draft)
    for name, axis in draft.spec.axes.items():
        if name in draft.shared.axes:
            draft.diagnostics.error("R203", f"`{name}` is already a shared axis", axis.name.span)
            continue
        _refuse_taken(axis.name, draft)
        full = f"{draft.spec.name.text}.{name}"
        curve, follows = draft.shared.curves.get(full), draft.shared.follows.get(full)
        table = tabulate(name, axis, draft.shared.levels, draft.diagnostics, follows=follows)
        if curve is not None:  # the environment's own curve is checked all the same
            table = tabulate(name, axis, draft.shared.levels, draft.diagnostics, curve=curve, follows=follows)
        if table is not None:
            draft.axes[name] = table
    types: dict[str, Type] = {name: table.type for name, table in draft.axes.items()}
    types |= {name: NOTHING for name in draft.spec.axes if name not in types}
    definitions = {
        name: Definition(name, tuple(p.text for p in d.parameters), d.body.text, d.body.span)
        for name, d in draft.spec.define.items()
    }
    for name, definition in draft.spec.define.items():
        if name in types or name in draft.registry.functions:
            draft.diagnostics.error("R203", f"`{name}` is already taken", definition.name.span)
    draft.scopes["axes"] = Scope(types, draft.registry.functions, definitions)


def _refuse_taken(name: Name, draft: Draft) -> None:
    """Report an axis, a step or a measure by the name of a function or of what the language names itself."""
    if name.text in draft.registry.functions or name.text in draft.registry.measures:
        draft.diagnostics.error("R203", f"`{name.text}` is already a function", name.span)
    elif name.text in RESERVED:
        draft.diagnostics.error(
            "R203", f"`{name.text}` is a name of the language", name.span, help=f"so are: {', '.join(sorted(RESERVED))}"
        )


def tools(draft: Draft) -> None:
    """The tools that the environment's patterns name, in the order of the registry."""
    chosen: dict[str, Tool] = {}
    for pattern in draft.spec.tools:
        matching = [name for name in draft.registry.tools if fnmatchcase(name, pattern.text)]
        if not matching:
            draft.unknown("tool", pattern, draft.registry.tools)
        chosen |= {name: draft.registry.tools[name] for name in matching}
    draft.parts["tools"] = MappingProxyType({n: t for n, t in draft.registry.tools.items() if n in chosen})
    draft.reads |= {axis for tool in chosen.values() for axis in tool.axes}


def world(draft: Draft) -> None:
    """The world's bindings, from top to bottom; tools that need something the world must provide have it."""
    for step in draft.spec.world:
        if step.name.text in RESERVED:
            _refuse_taken(step.name, draft)
    draft.parts["world"], draft.scopes["world"] = bind_all(
        draft.spec.world, draft.scopes["axes"].extended({"catalog": CATALOG}), draft
    )
    for tool in draft.parts["tools"].values():
        for slot in tool.needs:
            if slot not in draft.provided:
                makers = [s.name for s in draft.registry.samplers.values() if slot in s.provides]
                draft.diagnostics.error(
                    "R210",
                    f"tool `{tool.name}` needs `{slot}`, which this world does not provide",
                    draft.spec.tools[0].span if draft.spec.tools else draft.spec.span,
                    help=f"draw it with {' or '.join(f'`{m}`' for m in makers)}" if makers else "",
                )


def persona(draft: Draft) -> None:
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


def goal(draft: Draft) -> None:
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


def events(draft: Draft) -> None:
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


def manner(draft: Draft) -> None:
    """How the user speaks: acts, noise, patience."""
    user = draft.shared.user
    for act, phrases in user.acts.items():
        if act not in draft.registry.acts:
            draft.unknown("act", phrases[0] if phrases else user.name, draft.registry.acts)  # type: ignore[arg-type]
    draft.parts["acts"] = MappingProxyType({act: tuple(p.text for p in said) for act, said in user.acts.items()})
    draft.parts["noise"] = draft.expression(user.noise, draft.scopes["axes"], REAL) if user.noise else None
    draft.parts["patience"] = draft.expression(user.patience, draft.scopes["axes"], INT) if user.patience else None


def answer(draft: Draft) -> None:
    """The answer's schema."""
    fields: dict[str, Type] = {}
    for name, field in draft.spec.answer.items():
        if name == "done":
            draft.diagnostics.error("R203", "`done` already says that an answer is one", field.type.span)
        type_ = parse_type(field.type.text)
        if type_ is None:
            draft.diagnostics.error(
                "R211",
                f"`{field.type.text}` is not a type",
                field.type.span,
                help="types: text, int, real, bool, money, days, `product id`, `one of a, b`, `list of …`",
            )
        fields[name] = type_ or NOTHING
    draft.parts["answer"] = MappingProxyType(fields)
    if fields:
        record = Record("answer", tuple(fields.items()))
        draft.scopes["outcome"] = draft.scopes["outcome"].extended({"answer": record})


def parse_type(text: str) -> Type | None:
    """The type that an author's words name.

    >>> parse_type("list of product id")
    ListOf(item=Id(of='product'))
    >>> parse_type("sheep") is None
    True
    """
    text = text.strip()
    if text in _PLAIN:
        return _PLAIN[text]
    if matched := re.fullmatch(r"(product|variant|line|order) id", text):
        return Id(matched[1])
    if text.startswith("list of "):
        item = parse_type(text.removeprefix("list of "))
        return ListOf(item) if item else None
    if text.startswith("one of "):
        values = [v.strip() for v in text.removeprefix("one of ").split(",")]
        return Enum(tuple(values)) if all(re.fullmatch(r"[a-z_]\w*", v) for v in values) else None
    return None


def outcome(draft: Draft) -> None:
    """Measures, the task's reward, the pass condition and the composite reward."""
    scope = draft.scopes["outcome"]
    scope = Scope(scope.names, {**scope.functions, **draft.registry.measures}, scope.definitions)
    measures = []
    for name, source in draft.spec.measures.items():
        expression = draft.expression(source, scope)
        taken = scope.taken(name) or ("a name of the language" if name in RESERVED else None)
        if taken is not None:
            draft.diagnostics.error("R203", f"`{name}` is already {taken}", source.span)
            if name in RESERVED and name not in scope.names:
                scope = scope.extended({name: NOTHING})
            continue
        if expression is not None:
            measures.append((name, expression))
        scope = scope.extended({name: expression.type if expression else NOTHING})
    draft.parts["measures"] = tuple(measures)
    draft.parts["task"] = draft.expression(draft.spec.reward, scope, REAL)
    draft.parts["correct_when"] = draft.expression(draft.spec.correct_when, scope.extended({"task": REAL}), BOOL)
    functions = {**draft.registry.functions, **draft.registry.measures}
    draft.parts["reward"] = compose(draft.shared.reward, Scope(OUTCOME, functions), draft.diagnostics)


def budgets(draft: Draft) -> None:
    """Turn and tool budgets, from axes or from `budget:`."""
    turns = draft.spec.turns
    draft.parts["turns"] = draft.expression(turns, draft.scopes["axes"], INT) if turns else None
    draft.reads |= {TURN_BUDGET, TOOL_BUDGET}
    for name in [TOOL_BUDGET] + ([] if turns else [TURN_BUDGET]):
        if name not in draft.axes:
            draft.diagnostics.error(
                "R212", f"no axis `{name}` says how much an agent may do", draft.spec.name.span,
                help=f"add an axis `{name}` of type int and role allowance",
            )  # fmt: skip


def brief(draft: Draft) -> None:
    """The public text about the task; only axes may be read in it."""
    text = draft.spec.brief
    draft.parts["brief"] = draft.template(text, draft.scopes["axes"]) if text else None


def idle_axes(draft: Draft) -> None:
    """A local axis that nothing reads is a warning."""
    for name, axis in draft.spec.axes.items():
        if name not in draft.reads:
            draft.diagnostics.warning(
                "R213", f"nothing reads the axis `{name}`, so it makes nothing harder", axis.name.span
            )


PASSES = (
    axes, tools, world, persona, goal, compile_facts, events, manner, answer, compile_reactions, outcome, budgets,
    brief, compile_solution, idle_axes,
)  # fmt: skip
