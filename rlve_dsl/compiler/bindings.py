"""Bindings: how a world, a goal or a persona is drawn, name by name, from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256

from rlve_dsl.compiler.context import Context
from rlve_dsl.compiler.decided import compile_decided
from rlve_dsl.compiler.entities import Build, Path, compile_verdict, creation, kind_named
from rlve_dsl.diagnostics import Span
from rlve_dsl.errors import PluginFault, Unsatisfiable
from rlve_dsl.expressions import Arguments, Definition, Expression, Scope, nested
from rlve_dsl.expressions.types import BOOL, NOTHING, Keyed, ListOf, Record, Type, excess_of, optional, required
from rlve_dsl.files import Draw, Loop, Name, Step, arguments
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Names, Value
from rlve_dsl.world import Draws, Sampler


@frozen
class Meaning:
    """What a step means: a digest of its text and of the steps that it reads, and the axes that any of them reads.

    Where several environments are in one conversation, steps that mean the same are drawn once, as long as the axes have
    the same values: one shopper has one order history.
    """

    digest: str = ""  # not the texts themselves: each would hold those of the step before as often as it reads it
    axes: tuple[str, ...] = ()


@frozen
class Binding:
    """A name, its type, and how its value is made.

    Attributes:
        build: `build(names, draws, path)` makes the value; `path` is the address of its random streams.
        meaning: What the step means.
        provides: The slots that it alone fills for tools. A slot that an earlier part of the conversation may have filled
            is not among them.
        span: The place of its name.
    """

    name: str
    type: Type
    build: Build
    meaning: Meaning = Meaning()
    provides: frozenset[str] = frozenset()
    span: Span | None = None


_FIELDS = "a field reads only the fields before it"


def bind_all(
    steps: tuple[Step, ...], scope: Scope, context: Context, before: str = "a step reads only the steps before it"
) -> tuple[tuple[Binding, ...], Scope]:
    """The bindings of the steps, each of which sees those before it, as `before` says; and the scope that holds them all.

    The name of a step with errors has the type NOTHING, which fits everywhere: one mistake is reported once.
    """
    bindings: dict[str, Binding] = {}
    reused = {slot for sampler in context.registry.samplers.values() if sampler.reuses for slot in sampler.provides}
    scope = scope.without((step.name.text for step in steps), before)
    for step in steps:
        name = step.name.text
        free = context.is_free(name, step.name.span, scope)
        with context.record_reads() as reads:
            binding = bind(step, scope, context)
        if not free:
            scope = scope.blurred(name)
            continue
        if binding is not None:
            below = [bindings[read].meaning for read in sorted(reads.names & bindings.keys())]
            text = "\n".join([_text_of(step, scope.definitions), *(meaning.digest for meaning in below)])
            axes = (reads.names & context.axes.keys()).union(*(meaning.axes for meaning in below))
            bindings[name] = replace(
                binding,
                meaning=Meaning(sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), tuple(sorted(axes))),
                provides=frozenset(reads.slots - reused),
            )
        scope = scope.extended({name: binding.type if binding else NOTHING})
    return tuple(bindings.values()), scope


def _text_of(step: Step, definitions: Mapping[str, Definition]) -> str:
    """The step without its spans, and the definitions that it uses: equal for steps that mean the same."""
    text = _without_spans(step)
    used: dict[str, str] = {}
    while more := [d for n, d in definitions.items() if n not in used and f"{n}(" in text + "".join(used.values())]:
        used |= {d.name: f"{d.name}({', '.join(d.parameters)}): {d.text}" for d in more}
    return "\n".join([text, *(used[name] for name in sorted(used))])


def _without_spans(part: object) -> str:
    if is_dataclass(part):
        inner = (_without_spans(getattr(part, f.name)) for f in fields(part) if f.name not in ("span", "key_spans"))
        return f"{type(part).__name__}({', '.join(inner)})"
    if isinstance(part, Mapping):
        return f"{{{', '.join(f'{name}: {_without_spans(value)}' for name, value in part.items())}}}"
    return f"({', '.join(map(_without_spans, part))})" if isinstance(part, tuple) else repr(part)


def bind(step: Step, scope: Scope, context: Context, expected: Type | None = None) -> Binding | None:
    """One step as a binding; None when it has errors."""
    loop = compile_loop(step.loop, scope, context, bare_text=True)
    inner = scope_within(step.loop, loop, scope)
    listed = required(expected) if expected is not None and step.loop is not None else None
    made = _make(step, inner, context, listed.item if isinstance(listed, ListOf) else expected)
    condition = context.optional(step.condition, inner, BOOL)
    if made is None or (step.loop and loop is None) or (step.condition and condition is None):
        return None
    type_, build = made
    if condition is not None:
        type_, build = optional(type_), _when(condition, build)
    if loop is not None:
        type_, build = ListOf(type_), _for_each(loop, build, of_lists=isinstance(required(type_), ListOf))
    if excess := excess_of(type_):
        context.diagnostics.error("R227", f"`{step.name.text}` is {excess}", step.name.span)
        return None
    return Binding(step.name.text, type_, build, span=step.name.span)


@frozen
class CompiledLoop:
    """`for_each name in over`. `key` is the text of the list, by which things drawn over the same list are matched."""

    name: str
    over: Expression
    item: Type
    key: str


def compile_loop(loop: Loop | None, scope: Scope, context: Context, *, bare_text: bool = False) -> CompiledLoop | None:
    """The loop with the type of its items; None when there is none or it has errors. `bare_text` allows a list of bare words."""
    if loop is None or not context.is_free(loop.name.text, loop.name.span, scope):
        return None
    over = context.expression(loop.over, scope, bare_text=bare_text)
    if over is None or over.type == NOTHING:
        return None
    if not isinstance(over.type, ListOf | Keyed):
        context.diagnostics.error(
            "R204", f"`for_each` needs a list, and `{loop.over.text}` is {over.type}", loop.over.span
        )
        return None
    return CompiledLoop(loop.name.text, over, over.type.item, loop.over.text)


def scope_within(loop: Loop | None, compiled: CompiledLoop | None, scope: Scope) -> Scope:
    """The scope of what is done for each item. The item of a loop with errors has the type NOTHING."""
    if loop is None:
        return scope
    return scope.extended({loop.name.text: compiled.item if compiled else NOTHING})


def _make(step: Step, scope: Scope, context: Context, expected: Type | None) -> tuple[Type, Build] | None:
    if step.draw is not None:
        return compile_draw(step.draw, scope, context)
    if step.value is not None:
        expression = context.expression(step.value, scope, expected)
        return None if expression is None else (expression.type, lambda names, draws, path: expression(names))
    if step.verdict is not None:
        return compile_verdict(step.verdict, scope, context)
    if step.decided is not None:
        ruling = compile_decided(step.decided, scope, context)
        return None if ruling is None else (ruling.type, lambda names, draws, path: ruling(names))
    if step.create is not None:
        return _create(step, step.create, scope, context)
    bindings, _ = bind_all(step.record, scope, context, _FIELDS)
    if len(bindings) != len(step.record):
        return None
    return Record(step.name.text, tuple((b.name, b.type) for b in bindings)), _record(bindings)


def _create(step: Step, entity: Name, scope: Scope, context: Context) -> tuple[Type, Build] | None:
    """An entity of the domain. As in a record, a field sees those before it; but it may have the name of another thing, which
    then keeps its meaning: `name: name`."""
    kind = kind_named(entity, context)
    # a text may become the key: it is then an id of the new entity
    wanted = {name: of for name, of in kind.record.fields if name != kind.key} if kind is not None else {}
    inner = scope.without((field.name.text for field in step.record), _FIELDS)
    fields: list[Binding] = []
    for field in step.record:
        name = field.name.text
        binding = bind(field, inner, context, wanted.get(name))
        if scope.taken(name) is None:
            inner = inner.extended({name: binding.type if binding else NOTHING})
        if binding is not None:
            fields.append(binding)
    if kind is None or len(fields) < len(step.record):
        return None
    seen = frozenset(field.name for field in fields if scope.taken(field.name) is None)
    builds = {field.name: field.build for field in fields}
    return creation(step, kind, {field.name: field.type for field in fields}, builds, seen, context)


def compile_draw(use: Draw, scope: Scope, context: Context) -> tuple[Type, Build] | None:
    """A use of a sampler: the type of what it draws, and how; None when it has errors."""
    sampler = context.registry.samplers[use.sampler.text]
    given = arguments(use.arguments)
    compiled = context.arguments(sampler.signature, given, use.span, scope, f"sampler `{sampler.name}`")
    if compiled is None:
        return None
    context.reads.slots.update(sampler.provides)
    if "policy" in sampler.needs and context.shared.governance is None:
        context.diagnostics.error(
            "R221", f"sampler `{sampler.name}` needs a store policy, and the collection names none", use.sampler.span,
            help="add `policy:` with the path of a Policy file to the collection",
        )  # fmt: skip
    type_ = sampler.result({name: text for name, (text, _) in given.items()}) if sampler.result else compiled.result
    return type_, _sample(sampler, compiled, frozenset(context.axes), use.sampler.span)


def _sample(sampler: Sampler, compiled: Arguments, axes: frozenset[str], span: Span) -> Build:
    # what depends on nothing but axes selects the same products in every episode of a level
    is_fixed = compiled.free <= axes
    keys = {id(e): (object(), sorted(e.free)) for e in compiled.expressions.values() if e.free <= axes}

    def key_of(expression: Expression, names: Names) -> tuple[object, ...] | None:
        if (key := keys.get(id(expression))) is None:
            return None
        serial, read = key
        return (serial, *(names[name] for name in read))

    def build(names: Names, draws: Draws, path: Path) -> Value:
        try:
            drawn = sampler.call(draws.at(path), **compiled.values(names, key_of))
        except PluginFault as fault:
            fault.span = fault.span or span
            raise
        except Unsatisfiable as problem:
            problem.span = problem.span or span
            problem.is_certain = is_fixed and problem.of_arguments
            raise
        if isinstance(drawn, list):
            draws.count(len(drawn))
        return drawn

    return build


def _record(bindings: tuple[Binding, ...]) -> Build:
    def build(names: Names, draws: Draws, path: Path) -> Value:
        record: Names = {}
        for field in bindings:
            names[field.name] = record[field.name] = field.build(names, draws, (*path, field.name))
        for field in bindings:
            del names[field.name]
        return record

    return build


def _when(condition: Expression, build: Build) -> Build:
    return lambda names, draws, path: build(names, draws, path) if condition(names) else None


def _for_each(loop: CompiledLoop, build: Build, *, of_lists: bool) -> Build:
    def build_all(names: Names, draws: Draws, path: Path) -> Value:
        built = []
        items = loop.over(names)
        draws.count(len(items))
        for index, item in enumerate(items):
            names[loop.name] = item
            built.append(build(names, draws, (*path, index)))
        names.pop(loop.name, None)
        return nested(built) if of_lists else built

    return build_all
