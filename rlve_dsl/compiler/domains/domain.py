"""A Domain file, compiled: its kinds, its tables, its tools."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import MappingProxyType

from rlve_dsl import files
from rlve_dsl.compiler.domains.data import EVERY, DataError, Source, digest_of, rows_in_file
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.domains import Plan, ToolCompiler, check_bindings, compile_kinds
from rlve_dsl.expressions.types import Type
from rlve_dsl.plugins import RESERVED, Registry
from rlve_dsl.rng import Stream
from rlve_dsl.world import ENTITIES, NO_ROWS, Governance, Kind, Rows, Table, Tables, Tool, empty_tables

_WORD = re.compile(r"[a-z]\w*")


@dataclass(frozen=True, slots=True, eq=False)
class CompiledDomain:
    """A domain that environments can be played in.

    Attributes:
        spec: The file.
        kinds: Its kinds by name.
        sources: Where the rows of kinds are in the files that they are read from, for those that are.
        files: These files.
        tables: Its tables as every episode begins.
        tools: Its tools by their full names: `clinic.book`.
        plans: What these do.
        digest: What identifies the data that it is read from.
        missing: The files of data that are not there: nothing can be played over them.
    """

    spec: files.Domain
    kinds: Mapping[str, Kind]
    sources: Mapping[str, Source]
    files: Mapping[str, str]
    tables: Mapping[str, Table]
    tools: Mapping[str, Tool]
    plans: Mapping[str, Plan]
    digest: str
    missing: tuple[str, ...] = ()

    @property
    def types(self) -> Mapping[str, Type]:
        """The types of its tables, by the names that expressions know them by."""
        return {kind.table: kind.type for kind in self.kinds.values()}

    def begin(self, stream: Stream) -> Tables:
        """Its tables at the start of an episode; the ids of new entities are drawn from the stream."""
        return empty_tables(self.kinds.values(), self.tables).drawing_from(stream)


def compile_domain(
    source: files.Domain, governance: Governance | None, registry: Registry, diagnostics: Diagnostics, data: str = ""
) -> CompiledDomain | None:
    """The domain of a file, with tools that ask this policy; None when it has errors.

    Args:
        data: The file that rows are read from, in place of those that the domain names.
    """
    found = Diagnostics()
    registry = registry.view(source.plugins)
    paths = {name: data or entity.data.file.path for name, entity in source.entities.items() if entity.data}
    kinds = compile_kinds(source, registry.functions, RESERVED, found)
    _check_names(source, kinds, registry, found)
    sold = {kind.name: kind for kind in ENTITIES if not kind.hidden} if source.store else {}
    compiler = ToolCompiler(
        source, {**sold, **kinds}, registry.functions, governance, found, registry.elsewhere, tuple(registry.tools)
    )
    tools: dict[str, Tool] = {}
    plans: dict[str, Plan] = {}
    for declared in source.tools.values():
        if (made := compiler.tool(declared)) is not None:
            tools[made[0].name], plans[made[0].name] = made
    _check_governs(source, governance, found)
    if not found.errors:
        check_bindings(source.bind, {fact for plan in plans.values() for fact in plan.asked.facts}, governance, found)
        _warn_of_unread(source, found)
    sources = {name: _source(entity, kinds[name]) for name, entity in source.entities.items() if entity.data}
    tables, digest = _tables(source, kinds, sources, paths, found)
    missing = _missing(source, paths, found)
    diagnostics.extend(found.items)
    if found.errors:
        return None
    return CompiledDomain(
        source,
        MappingProxyType(dict(kinds)),
        sources,
        paths,
        tables,
        MappingProxyType(tools),
        MappingProxyType(plans),
        digest,
        missing,
    )


def _check_names(source: files.Domain, kinds: Mapping[str, Kind], registry: Registry, diagnostics: Diagnostics) -> None:
    """A domain's tools have its name before their own, so no other tools have it. Its entities are no others."""
    tables = {kind.table: kind for kind in registry.entities.values()}
    for name, kind in kinds.items():
        other = registry.entities.get(name) or tables.get(kind.table)
        if other is not None and kind.table not in RESERVED:
            brings = registry.owners["rlve_entities", other.name]
            diagnostics.error("D102", f"`{brings}` has an entity `{other.name}` with the table `{other.table}` already",
                              source.entities[name].name.span, help="rename this one")  # fmt: skip
    name = source.name.text
    taken = [tool for tool in registry.tools if tool.split(".")[0] == name]
    if taken:
        diagnostics.error("D102", f"there are tools `{name}.*` already: {', '.join(taken)}", source.name.span,
                          help="give the domain another name")  # fmt: skip


def _check_governs(source: files.Domain, governance: Governance | None, diagnostics: Diagnostics) -> None:
    """A declared tool itself says what it asks of the policy, unless it asks for a verdict."""
    governed = governance.policy.spec.governs if governance is not None else {}
    asking = {source.full_name(name) for name, tool in source.tools.items() if tool.verdict is not None}
    for name, entry in governed.items():
        if name.split(".")[0] == source.name.text and name not in asking:
            diagnostics.error("D110", f"`{name}` is declared in a domain, which says what it asks of the policy", entry.name.span,
                              help="write `allow:` and `fee:` in the tool, and leave this out")  # fmt: skip


def _warn_of_unread(source: files.Domain, diagnostics: Diagnostics) -> None:
    """Warn of an argument that nothing reads."""
    bound = set(words_in([*source.bind.values()]))
    for tool in source.tools.values():
        read = bound.union(words_in([tool.let, tool.refuse, tool.does, tool.gives]))
        for name, argument in tool.takes.items():
            if name not in read:
                diagnostics.warning(
                    "D108", f"nothing reads the argument `{name}` of `{tool.name.text}`", argument.type.span
                )


def words_in(parts: Sequence[object]) -> Iterator[str]:
    """The words of all expressions and templates in parts of a file."""
    below: list[object] = [*parts]
    while below:
        part = below.pop()
        if isinstance(part, files.ExpressionText | files.TemplateText):
            yield from _WORD.findall(part.text)
        elif isinstance(part, tuple):
            below += part
        elif is_dataclass(part) and not isinstance(part, Span):
            below += [getattr(part, name.name) for name in fields(part)]


def _source(entity: files.Entity, kind: Kind) -> Source:
    assert entity.data is not None
    read = tuple((name, text.text) for name, text in entity.data.read.items())
    return Source(kind, tuple(entity.data.at.text.split(".")), read)


def _tables(
    source: files.Domain,
    kinds: Mapping[str, Kind],
    sources: Mapping[str, Source],
    paths: Mapping[str, str],
    diagnostics: Diagnostics,
) -> tuple[Mapping[str, Table], str]:
    """The tables at the start, and what identifies the data that they are read from."""
    tables: dict[str, Table] = {}
    digests: list[str] = []
    for name, kind in kinds.items():
        data, rows = source.entities[name].data, NO_ROWS
        if data is not None and not diagnostics.errors and Path(paths[name]).is_file():
            rows, digest = _read(data, paths[name], sources[name], diagnostics)
            digests.append(digest)
        tables[kind.table] = Table(rows)
    return MappingProxyType(tables), "".join(digests)


def _missing(source: files.Domain, paths: Mapping[str, str], diagnostics: Diagnostics) -> tuple[str, ...]:
    """The files of data that are not there; each is a warning, as the domain itself may be right."""
    missing: dict[str, None] = {}
    for name, path in paths.items():
        data = source.entities[name].data
        if data is not None and path not in missing and not Path(path).is_file():
            missing[path] = None
            diagnostics.warning("D101", f"there is no file `{path}`, so nothing can be played over it", data.file.span)
    return tuple(missing)


def _read(data: files.EntityData, path: str, source: Source, diagnostics: Diagnostics) -> tuple[Rows, str]:
    if EVERY not in source.at:
        diagnostics.error(
            "D101", f"`{data.at.text}` leads to one row", data.at.span, label=f"written like `{data.at.text}.*`"
        )
        return NO_ROWS, ""
    try:
        digest = digest_of(path)
        return rows_in_file(path, digest, source), digest
    except DataError as problem:
        diagnostics.error("D101", f"the rows of `{source.kind.name}` cannot be read: {problem}", data.file.span)
        return NO_ROWS, ""
