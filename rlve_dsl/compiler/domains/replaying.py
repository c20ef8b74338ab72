"""Replays calls that somebody else recorded, and compares the tables that they lead to with those that were recorded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rlve_dsl.catalog import no_products
from rlve_dsl.compiler.domains.data import document_of, entries_in, rows_in
from rlve_dsl.compiler.domains.domain import CompiledDomain
from rlve_dsl.domains import Disallowed
from rlve_dsl.errors import UsageError
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.values import Json, JsonObject, Names, Value
from rlve_dsl.world import TABLES, Governance, Journal, Kind, Refusal, Shop, State, Table, Tables, WireError, replay


@frozen
class RecordedTask:
    """A line of a file of tasks: the calls in order, and what the data held afterwards of the rows that had changed.

    Attributes:
        changed: The changed rows, by their path in the data: `orders/#W1`.
        refused: The names of the calls that were refused.
    """

    name: str
    calls: tuple[tuple[str, JsonObject], ...]
    changed: JsonObject
    refused: tuple[str, ...]


@frozen
class Correction:
    """A known fault of recorded data: entries that differ from the start take fields from elsewhere in the data.

    Attributes:
        at: The path to the entries: `orders.*.items.*`.
        take: The fields.
        source: The path to where they are right, with fields of the entry in braces.
        why: What is wrong in the recording.
    """

    at: str
    take: tuple[str, ...]
    source: str
    why: str


@frozen
class Replayed:
    """What came of a task.

    Attributes:
        differences: What differs from the recording, in words; none when the final states are equal.
        corrected: The faults of the recording that were corrected before it was compared.
        refused: The calls that were refused, with the reasons.
        as_refused: Whether they are those that were refused in the recording.
        disallowed: Those of the refused calls that the policy does not allow.
    """

    name: str
    differences: tuple[str, ...]
    corrected: tuple[str, ...]
    refused: tuple[str, ...]
    as_refused: bool
    disallowed: tuple[str, ...] = ()


_RECORDED = """one is `{"task": "…", "calls": [{"name": "…", "arguments": {…}}, …], "changed": {…}}`"""


def read_tasks(lines: Iterable[str]) -> list[RecordedTask]:
    """The tasks of a file, one JSON object a line; raises UsageError for what is none."""
    tasks = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            calls = tuple((str(call["name"]), dict(call["arguments"])) for call in entry["calls"])
            tasks.append(
                RecordedTask(str(entry["task"]), calls, dict(entry["changed"]), tuple(entry.get("refused", ())))
            )
        except json.JSONDecodeError as problem:
            raise UsageError(f"line {number} is no recorded task: it is not JSON: {problem}") from None
        except KeyError as problem:
            raise UsageError(
                f"line {number} is no recorded task: there is no `{problem.args[0]}`; {_RECORDED}"
            ) from None
        except (ValueError, TypeError):
            raise UsageError(f"line {number} is no recorded task; {_RECORDED}") from None
    return tasks


def replay_task(
    domain: CompiledDomain, governance: Governance | None, task: RecordedTask, corrections: Sequence[Correction] = ()
) -> Replayed:
    """Make the calls of a task, and compare the final tables with the recorded ones, value for value.

    Raises:
        UsageError: The domain has no such tool.
        DataError: The recorded rows do not fit the domain.
    """
    provided: Names = {TABLES: domain.begin(Stream("replay", task.name))}
    shop = Shop(State(no_products(), provided), Journal(), provided, {}, Stream("replay", task.name), governance)
    refused: list[tuple[str, str]] = []
    disallowed: list[str] = []
    for name, args in task.calls:
        tool = domain.tools.get(domain.spec.full_name(name))
        if tool is None:
            raise UsageError(f"`{domain.spec.name.text}` has no tool `{name}`")
        try:
            tool.call(shop, **tool.arguments(args))
        except (Refusal, WireError) as reason:
            refused.append((name, str(reason)))
            if isinstance(reason, Disallowed):
                disallowed.append(f"{name}: {reason}")
    assert replay(shop.journal, shop.catalog, provided) == shop.state, "a state is the fold of its journal"
    wanted, corrected = _recorded(domain, task.changed, corrections)
    differences = _all_differences(domain, shop.state.tables, wanted)
    told = tuple(f"{name}: {reason}" for name, reason in refused)
    as_refused = sorted(name for name, _ in refused) == sorted(task.refused)
    return Replayed(task.name, tuple(differences), corrected, told, as_refused, tuple(disallowed))


def differences_from(domain: CompiledDomain, tables: Tables, changed: JsonObject) -> list[str]:
    """What differs in the tables from the recorded rows that had changed, by their path in the data; in words.

    Raises:
        DataError: The recorded rows do not fit the domain.
    """
    return _all_differences(domain, tables, _recorded(domain, changed, ())[0])


def _all_differences(domain: CompiledDomain, tables: Tables, wanted: Mapping[str, Mapping[str, Names]]) -> list[str]:
    return [
        difference
        for name, kind in domain.kinds.items()
        for difference in _differences(kind, tables.of(name), wanted.get(name, {}))
    ]


def _recorded(
    domain: CompiledDomain, changed: JsonObject, corrections: Sequence[Correction]
) -> tuple[Mapping[str, Mapping[str, Names]], tuple[str, ...]]:
    """The recorded rows of each kind, and the faults of the recording that were corrected."""
    rows: dict[str, Mapping[str, Names]] = {}
    corrected: dict[str, None] = {}
    for name, source in domain.sources.items():
        start = document_of(domain.files[name])
        document = _document(changed)
        for correction in corrections:
            if _correct(document, start, correction):
                corrected[correction.why] = None
        rows[name] = rows_in(document, source)
    return rows, tuple(corrected)


def _document(changed: JsonObject) -> dict[str, Json]:
    """The changed rows where they stand in the data."""
    document: dict[str, Json] = {}
    for path, row in changed.items():
        part, _, key = path.partition("/")
        entries = document.setdefault(part, {})
        assert isinstance(entries, dict)
        entries[key] = json.loads(json.dumps(row))
    return document


def _correct(document: Json, start: Json, correction: Correction) -> bool:
    """Correct the entries of a document that differ from the start; whether any needed it."""
    found = False
    before = {path: chain[-1] for path, chain in entries_in(start, correction.at)}
    for path, chain in entries_in(document, correction.at):
        entry = chain[-1]
        if not isinstance(entry, dict) or entry == before.get(path):
            continue
        right: Value = start
        for step in correction.source.format_map(entry).split("."):
            right = right.get(step) if isinstance(right, dict) else None
        for field in correction.take if isinstance(right, dict) else ():
            if entry.get(field) != right.get(field):
                entry[field], found = right.get(field), True
    return found


def _differences(kind: Kind, table: Table, wanted: Mapping[str, Names]) -> Iterator[str]:
    """What differs in a table from the recorded rows, and from the start for all other rows."""
    for key in sorted({*table.over, *wanted}):
        row, right = table.at(key), wanted.get(key, table.base.by_key.get(key))
        if row == right:
            continue
        if row is None or right is None:
            yield f"{kind.noun} {key} is {'missing' if row is None else 'there'}"
            continue
        for name in kind.record.names:
            if row[name] != right[name]:
                yield f"{kind.noun} {key}: {name} is {row[name]!r}, recorded as {right[name]!r}"
