"""Entries of primitives: from their signatures, docstrings and what they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rlve_dsl.english import listed
from rlve_dsl.expressions import Parameter, Signature, show
from rlve_dsl.expressions.types import BOOL, TEXT, Enum, Optional, required
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.plugins import HOOKS, Registry
from rlve_dsl.reference.entries import Entry, Part, type_words
from rlve_dsl.reference.types import record_entry
from rlve_dsl.world import Kind, Tool

_WITHOUT_ARGUMENTS = ("rlve_embedders", "rlve_catalog_sources", "rlve_agents", "rlve_checks", "rlve_probes")


def primitive_entries(known: Registry) -> Iterator[Entry]:
    """The entries of all primitives of a registry."""
    for hook, sort, functions in (
        ("rlve_functions", "function", known.functions), ("rlve_measures", "measure", known.measures),
    ):  # fmt: skip
        for function in functions.values():
            yield _entry(sort, function.name, function.doc, function.signatures, _owner(known, hook, function.name))
    for sampler in known.samplers.values():
        notes = [
            f"It prepares what these tools show: {', '.join(tools)}."
            for tools in [_readers(known, sampler.provides)]
            if tools
        ]
        if "policy" in sampler.needs:
            notes.append("The collection must have a policy.")
        notes += _needs(known, [slot for slot in sampler.needs if slot != "policy"])
        owner = _owner(known, "rlve_samplers", sampler.name)
        yield _entry("sampler", sampler.name, sampler.doc, [sampler.signature], owner, notes=tuple(notes))
    for tool in known.tools.values():
        yield tool_entry(tool, _owner(known, "rlve_tools", tool.name), _needs(known, tool.needs))
    for hook, sort, happenings in (
        ("rlve_events", "event", known.events), ("rlve_disturbances", "disturbance", known.disturbances),
        ("rlve_noises", "noise", known.noises),
    ):  # fmt: skip
        for one in happenings.values():
            yield _entry(sort, one.name, one.doc, [one.signature], _owner(known, hook, one.name))
    for kind in known.entities.values():
        owner = _owner(known, "rlve_entities", kind.name)
        if owner or not kind.hidden:
            yield entity_entry(kind, "" if owner else "An entity of the built-in store.", owner)
    yield from _others(known)
    for act in known.acts.values():
        notes = ["The phrase is all that is said." if act.standalone else "The phrase introduces something else."]
        yield Entry("act", act.name, act.doc, notes=tuple(notes), owner=_owner(known, "rlve_acts", act.name))


def tool_entry(tool: Tool, owner: str, needs: Sequence[str]) -> Entry:
    """The entry of a tool, built in or declared by a domain. An agent writes `_` for the point in its name."""
    wire = tool.name.replace(".", "_")
    notes = [f"An agent calls it `{wire}`.", *needs]
    if tool.axes:
        notes.append(f"It reads the axes {', '.join(f'`{axis}`' for axis in tool.axes)}.")
    notes += list(_changes(tool)) or ["It changes nothing."]
    return _entry(
        "tool", tool.name, tool.doc, [tool.signature], owner, docs=tool.describes, notes=tuple(notes), also=(wire,)
    )


def _changes(tool: Tool) -> Iterator[str]:
    """What a tool does to entities, a sentence for each sort of change."""
    for entity, parts in tool.writes.items():
        makes = [word for part, word in (("create", "creates"), ("remove", "removes")) if part in parts]
        if makes:
            yield f"It {listed(makes)} entities `{entity}`."
        if fields := [f"`{part}`" for part in parts if part not in ("create", "remove")]:
            yield f"It changes the field{'s' * (len(fields) > 1)} {listed(fields)} of entities `{entity}`."


def entity_entry(kind: Kind, doc: str, owner: str = "") -> Entry:
    """The entry of a sort of entity: the fields of its rows, its ids and its table."""
    entry = record_entry(kind.record, (), doc, "entity")
    ids = f"; new ids look like `{kind.ids}`" if kind.ids else ""
    table = "No expression reads its table." if kind.hidden else f"Its table is `{kind.table}`."
    notes = (f"Its id is `{kind.key}`{ids}. {table}",)
    return replace(entry, name=kind.name, notes=notes, owner=owner, also=() if kind.hidden else (kind.table,))


def _others(known: Registry) -> Iterator[Entry]:
    """The entries of what plugins bring that has no arguments in files: embedders, sources, agents, checks, probes."""
    for (hook, name), owner in known.owners.items():
        if owner != PROJECT and hook in _WITHOUT_ARGUMENTS:
            primitive = getattr(known, HOOKS[hook].attribute)[name]
            said = (getattr(primitive, word, "") for word in ("doc", "promise", "says"))
            yield Entry(HOOKS[hook].word, name, next(filter(None, said), ""), owner=owner)


def _entry(
    sort: str,
    name: str,
    doc: str,
    signatures: Sequence[Signature],
    owner: str,
    *,
    docs: Mapping[str, str] | None = None,
    notes: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
) -> Entry:
    parts = {p.name: _part(p, (docs or {}).get(p.name, "")) for s in signatures for p in s.parameters}
    gives = dict.fromkeys(type_words(s.result) for s in signatures)
    return Entry(
        sort, name, " ".join(doc.split()), tuple(_written(name, s) for s in signatures),
        gives="" if sort == "event" else " or ".join(gives), parts_are="arguments", parts=tuple(parts.values()), notes=notes,
        owner=owner, also=also,
    )  # fmt: skip


def _written(name: str, signature: Signature) -> str:
    marked = (f"{p.name}{'' if p.required else '…' if p.variadic else '?'}" for p in signature.parameters)
    return f"{name}({', '.join(marked)})"


def _part(parameter: Parameter, doc: str) -> Part:
    type_ = parameter.type
    if isinstance(type_, Optional) and parameter.default is None:
        type_ = required(type_)  # to leave it out is all that `unknown` means here
    return Part(parameter.name, type_words(type_), doc, parameter.required, _default(parameter))


def _default(parameter: Parameter) -> str:
    value, type_ = parameter.default, required(parameter.type)
    if parameter.required or parameter.variadic or value is None:
        return ""
    if type_ == BOOL or isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "[]" if not value else f"[{', '.join(map(str, value))}]"
    if type_ == TEXT:
        return f'"{value}"'
    return str(value) if isinstance(type_, Enum) or not isinstance(value, int | float) else show(value, type_)


def _owner(known: Registry, hook: str, name: str) -> str:
    owner = known.owners.get((hook, name), PROJECT)
    return "" if owner == PROJECT else owner


def _needs(known: Registry, slots: Sequence[str]) -> list[str]:
    """What the world must draw, a sentence for each slot."""
    found = []
    for slot in slots:
        samplers = [f"`{s.name}`" for s in known.samplers.values() if slot in s.provides]
        if samplers:
            found.append(f"The world must draw {' or '.join(samplers)}.")
    return found


def _readers(known: Registry, slots: Sequence[str]) -> list[str]:
    return [f"`{tool.name}`" for tool in known.tools.values() if set(slots) & set(tool.needs)]
