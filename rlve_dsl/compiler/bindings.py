"""Bindings: how a world, a goal or a persona is drawn, name by name, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from rlve_dsl.compiler.draft import Draft
from rlve_dsl.expressions import Arguments, Definition, Expression, Scope, compile_arguments
from rlve_dsl.expressions.types import BOOL, NOTHING, Keyed, ListOf, Record, Type, optional
from rlve_dsl.files import Draw, Loop, Step, arguments
from rlve_dsl.world import Draws, Sampler

Path = tuple[object, ...]
Build = Callable[[dict[str, Any], Draws, Path], Any]


@dataclass(frozen=True, slots=True)
class Binding:
    """A name, its type, and `build(env, draws, path)`, which makes its value; `path` addresses its random streams.

    `text` is how the author made it, places aside, `reads` the names that it reads, `provides` what it prepares for tools
    in its own way; what joins that of another part of the conversation is not among it.
    """

    name: str
    type: Type
    build: Build
    text: str = ""
    reads: frozenset[str] = frozenset()
    provides: frozenset[str] = frozenset()


def bind_all(steps: tuple[Step, ...], scope: Scope, draft: Draft) -> tuple[tuple[Binding, ...], Scope]:
    """The bindings of `steps`, each seeing those before it, and the scope that holds them all.

    A step with errors is bound to nothing, which fits everywhere, so that one mistake is reported once.
    """
    bindings = []
    joined = {slot for sampler in draft.registry.samplers.values() if sampler.reuses for slot in sampler.provides}
    for step in steps:
        if (taken := scope.taken(step.name.text)) is not None:
            draft.diagnostics.error("R203", f"`{step.name.text}` is already {taken}", step.name.span)
        with draft.noting() as noted:
            binding = bind(step, scope, draft)
        if binding is not None:
            binding = replace(
                binding,
                text=_wording(step, scope.definitions),
                reads=frozenset(noted.reads),
                provides=frozenset(noted.provided - joined),
            )
        if taken is not None:
            continue
        if binding is not None:
            bindings.append(binding)
        scope = scope.extended({step.name.text: binding.type if binding else NOTHING})
    return tuple(bindings), scope


def _wording(step: Step, definitions: Mapping[str, Definition]) -> str:
    """The step without its places, and the definitions that it uses: equal for steps that mean the same."""
    text = _plain(step)
    used: dict[str, str] = {}
    while more := [d for n, d in definitions.items() if n not in used and f"{n}(" in text + "".join(used.values())]:
        used |= {d.name: f"{d.name}({', '.join(d.parameters)}): {d.text}" for d in more}
    return "\n".join([text, *(used[name] for name in sorted(used))])


def _plain(part: object) -> str:
    if is_dataclass(part):
        inner = (_plain(getattr(part, f.name)) for f in fields(part) if f.name not in ("span", "key_spans"))
        return f"{type(part).__name__}({', '.join(inner)})"
    if isinstance(part, Mapping):
        return f"{{{', '.join(f'{name}: {_plain(value)}' for name, value in part.items())}}}"
    return f"({', '.join(map(_plain, part))})" if isinstance(part, tuple) else repr(part)


def bind(step: Step, scope: Scope, draft: Draft) -> Binding | None:
    """One step as a binding; None when it has errors."""
    loop = compile_loop(step.loop, scope, draft) if step.loop else None
    inner = within(step.loop, loop, scope)
    made = _make(step, inner, draft)
    condition = draft.expression(step.condition, inner, BOOL) if step.condition else None
    if made is None or (step.loop and loop is None) or (step.condition and condition is None):
        return None
    type_, build = made
    if condition is not None:
        type_, build = optional(type_), _when(condition, build)
    if loop is not None:
        type_, build = ListOf(type_), _each(loop, build)
    return Binding(step.name.text, type_, build)


@dataclass(frozen=True, slots=True)
class CompiledLoop:
    """`for_each name in over`; `key` names the list, so that things drawn over the same list can be matched."""

    name: str
    over: Expression
    item: Type
    key: str


def compile_loop(loop: Loop, scope: Scope, draft: Draft) -> CompiledLoop | None:
    """The loop with the type of its items; None when it has errors."""
    if (taken := scope.taken(loop.name.text)) is not None:
        draft.diagnostics.error("R203", f"`{loop.name.text}` is already {taken}", loop.name.span)
        return None
    over = draft.expression(loop.over, scope)
    if over is None or over.type == NOTHING:
        return None
    if not isinstance(over.type, ListOf | Keyed):
        draft.diagnostics.error(
            "R204", f"`for_each` needs a list, and `{loop.over.text}` is {over.type}", loop.over.span
        )
        return None
    return CompiledLoop(loop.name.text, over, over.type.item, loop.over.text)


def within(loop: Loop | None, compiled: CompiledLoop | None, scope: Scope) -> Scope:
    """The scope of what is done for each item; the item of a loop with errors is nothing, which fits everywhere."""
    if loop is None or (compiled is None and scope.taken(loop.name.text) is not None):
        return scope
    return scope.extended({loop.name.text: compiled.item if compiled else NOTHING})


def _make(step: Step, scope: Scope, draft: Draft) -> tuple[Type, Build] | None:
    if step.draw is not None:
        return draw(step.draw, scope, draft)
    if step.value is not None:
        expression = draft.expression(step.value, scope)
        if expression is None:
            return None
        return expression.type, lambda env, draws, path: expression(env)
    fields, _ = bind_all(step.record, scope, draft)
    if len(fields) != len(step.record):
        return None
    return Record(step.name.text, tuple((f.name, f.type) for f in fields)), _record(fields)


def draw(use: Draw, scope: Scope, draft: Draft) -> tuple[Type, Build] | None:
    """A use of a sampler: the type of what it draws and how; None when it has errors."""
    sampler = draft.registry.samplers.get(use.sampler.text)
    if sampler is None:
        draft.unknown("sampler", use.sampler, draft.registry.samplers)
        return None
    given = arguments(use.arguments)
    compiled = compile_arguments(
        sampler.signature, given, use.span, scope, draft.diagnostics, f"sampler `{sampler.name}`"
    )
    if compiled is None:
        return None
    draft.reads |= compiled.free
    draft.provided |= set(sampler.provides)
    if "policy" in sampler.needs and draft.shared.governance is None:
        draft.diagnostics.error(
            "R221", f"sampler `{sampler.name}` needs a store policy, and the collection names none", use.sampler.span,
            help="add `policy:` with the path of a Policy file to the collection",
        )  # fmt: skip
    type_ = sampler.result({name: text for name, (text, _) in given.items()}) if sampler.result else compiled.result
    return type_, _sample(sampler, compiled, draft)


def _sample(sampler: Sampler, compiled: Arguments, draft: Draft) -> Build:
    axes = frozenset(draft.axes)
    serials = {id(e): object() for e in compiled.expressions.values()}

    def key_of(expression: Expression, env: dict[str, Any]) -> Any:
        # what depends on nothing but axes selects the same products in every episode of a level
        if expression.free <= axes:
            return (serials[id(expression)], *(env[name] for name in sorted(expression.free)))
        return None

    def build(env: dict[str, Any], draws: Draws, path: Path) -> Any:
        return sampler.call(draws.at(path), **compiled.values(env, lambda e: key_of(e, env)))

    return build


def _record(fields: tuple[Binding, ...]) -> Build:
    def build(env: dict[str, Any], draws: Draws, path: Path) -> Any:
        record: dict[str, Any] = {}
        for field in fields:
            env[field.name] = record[field.name] = field.build(env, draws, (*path, field.name))
        for field in fields:
            del env[field.name]
        return record

    return build


def _when(condition: Expression, build: Build) -> Build:
    return lambda env, draws, path: build(env, draws, path) if condition(env) else None


def _each(loop: CompiledLoop, build: Build) -> Build:
    def build_all(env: dict[str, Any], draws: Draws, path: Path) -> Any:
        out = []
        for index, item in enumerate(loop.over(env)):
            env[loop.name] = item
            out.append(build(env, draws, (*path, index)))
        env.pop(loop.name, None)
        return out

    return build_all
