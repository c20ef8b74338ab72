"""Entries of what one scenario names: entities and tools of its domain, axes, what is drawn, facts, decisions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rlve_dsl.compiler import CompiledDomain, CompiledEnvironment, Task
from rlve_dsl.expressions.types import ListOf, Record, required
from rlve_dsl.policy import Policy
from rlve_dsl.reference.entries import Entry, Part, type_words
from rlve_dsl.reference.primitives import entity_entry, tool_entry
from rlve_dsl.reference.types import record_entry, records_in


def domain_entries(domain: CompiledDomain) -> Iterator[Entry]:
    """The entities of a domain, the records of their fields, and its tools."""
    records: dict[str, Record] = {}
    for kind in domain.kinds.values():
        yield entity_entry(kind, f"An entity of the domain `{domain.spec.name.text}`.")
        for _, field in kind.record.fields:
            records.update({record.name: record for record in records_in(field)})
    for record in records.values():
        yield record_entry(record, (), f"A record of the domain `{domain.spec.name.text}`.")
    for tool in domain.tools.values():
        declared = domain.spec.tools[tool.name.partition(".")[2]]
        notes = [f"The policy decides `{n.text}`." for n in (declared.allow, declared.fee) if n is not None]
        entry = tool_entry(tool, "", notes)
        fields = record_fields(tool.signature.result)
        gives = f"{entry.gives} ({fields})" if fields else entry.gives
        yield replace(entry, gives=gives, also=(*entry.also, declared.name.text))


def task_entries(task: Task) -> Iterator[Entry]:
    """What the environments of a task name, and their policy."""
    for part in task.parts.values():
        yield from _environment_entries(part)
    if task.governance is not None:
        yield from policy_entries(task.governance.policy)


def record_fields(type_: object) -> str:
    """The fields of a record, or of the records of a list, in one line; empty for other types."""
    inner = required(type_.item) if isinstance(type_, ListOf) else type_
    return ", ".join(f"{name}: {type_words(of)}" for name, of in inner.fields) if isinstance(inner, Record) else ""


def _environment_entries(part: CompiledEnvironment) -> Iterator[Entry]:
    of = f"of `{part.name}`"
    for name, table in part.axes.items():
        role = f"Its role is `{table.axis.role}`."
        whose = f"An axis {of}" if name in part.own_axes else "A shared axis"
        yield Entry("axis", name, f"{whose}: `{table.curve.text}`.", gives=type_words(table.type), notes=(role,))
    for sort, bindings in (
        ("drawn in the world", part.world),
        ("drawn for the persona", part.persona),
        ("part of the goal", part.goal),
    ):
        for binding in bindings:
            name = {"drawn for the persona": "persona.", "part of the goal": "goal."}.get(sort, "") + binding.name
            parts = tuple(Part(field, type_words(t)) for record in _shown(binding.type) for field, t in record.fields)
            yield Entry(
                sort, name, f"A name {of}.", gives=type_words(binding.type), parts_are="fields" if parts else "", parts=parts,
                also=(binding.name,),
            )  # fmt: skip
    for fact in part.facts:
        notes = [f"The user says: {fact.says.text}", *(f"An agent asks: {ask.text}" for ask in fact.asks[:1])]
        yield Entry("fact", fact.name, f"A fact {of}.", notes=tuple(notes), also=(f"said.{fact.name}",))
    for field, type_ in part.answer.items():
        yield Entry(
            "field of the answer",
            f"answer.{field}",
            part.answer_says.get(field, ""),
            gives=type_words(type_),
            also=(field,),
        )
    for name, measure in part.measures:
        yield Entry("measure", name, f"A measure {of}: `{measure.text}`.", gives=type_words(measure.type))
    if part.domain is not None:
        yield from domain_entries(part.domain)


def _shown(type_: object) -> Iterator[Record]:
    """The record that a type is, or that its items are."""
    inner = required(type_.item) if isinstance(type_, ListOf) else type_
    if isinstance(inner, Record):
        yield inner


def policy_entries(policy: Policy) -> Iterator[Entry]:
    """The facts and the decisions of a policy."""
    for name, fact in policy.spec.facts.items():
        phrase = f" In words: {fact.phrase.text}." if fact.phrase else ""
        values = (f"Its values are {', '.join(fact.values)}.",) if fact.values else ()
        yield Entry(
            "fact of the policy", name, f"A fact of the policy `{policy.name}`.{phrase}", gives=fact.type, notes=values
        )
    for name, decision in policy.decisions.items():
        reads = ", ".join(sorted(decision.facts))
        uses = (f"It uses the decisions {', '.join(sorted(decision.uses))}.",) if decision.uses else ()
        notes = (f"It can read {reads or 'no fact'}.", *uses)
        yield Entry(
            "decision",
            name,
            f"A decision of the policy `{policy.name}`: {decision.title}.",
            gives=decision.type,
            notes=notes,
        )
