"""The rows that a fixed task begins with, in the form of data files."""

from __future__ import annotations

from rlve_dsl import files
from rlve_dsl.compiler.domains.data import DataError, value_of
from rlve_dsl.compiler.domains.domain import CompiledDomain
from rlve_dsl.diagnostics import Diagnostics, Span, did_you_mean
from rlve_dsl.domains import Pending, Run
from rlve_dsl.expressions.types import Optional
from rlve_dsl.files import WrittenRow
from rlve_dsl.values import Names
from rlve_dsl.world import Effect, Kind


def start_of(task: files.FixedTask, domain: CompiledDomain, diagnostics: Diagnostics) -> tuple[Run, ...]:
    """What changes in the tables of the domain before the task begins. Rows with errors are reported and left out."""
    by_table = {kind.table: kind for kind in domain.kinds.values()}
    found: list[Run] = []
    for table, rows in task.start.items():
        kind = by_table.get(table)
        if kind is None:
            diagnostics.error(
                "R205", f"there is no table `{table}`", _first(rows[0] if rows else {}, task.span), label=did_you_mean(table, by_table),
                help=f"tables: {', '.join(by_table)}",
            )  # fmt: skip
            continue
        for row in rows:
            if (run := _row(row, kind, domain, task.span, diagnostics)) is not None:
                found.append(run)
    return tuple(found)


def _row(row: WrittenRow, kind: Kind, domain: CompiledDomain, whole: Span, diagnostics: Diagnostics) -> Run | None:
    """A new row, or other values for fields of one that is there; None after an error."""
    values: Names = {}
    before = len(diagnostics.errors)
    for name, written in row.items():
        type_ = kind.record.field(name)
        if type_ is None:
            diagnostics.error(
                "R104", f"{kind.noun} has no field `{name}`", written.span,
                label=did_you_mean(name, kind.record.names), help=f"its fields: {', '.join(kind.record.names)}",
            )  # fmt: skip
            continue
        try:
            values[name] = value_of(written.value, type_)
        except DataError as problem:
            diagnostics.error("D111", f"`{name}` {problem}", written.span)
    if kind.key not in row:
        diagnostics.error("D103", f"{kind.noun} needs `{kind.key}`", _first(row, whole))
    if len(diagnostics.errors) > before:
        return None
    key = values[kind.key]
    if domain.tables[kind.table].at(key) is not None:
        return _laid_over(kind, key, {name: value for name, value in values.items() if name != kind.key})
    absent = [name for name in kind.record.names if name not in values]
    if missing := [f"`{name}`" for name in absent if not isinstance(kind.record.field(name), Optional)]:
        diagnostics.error("D103", f"{kind.noun} {key} needs {', '.join(missing)}", _first(row, whole))
        return None
    return _created(kind, key, {name: values.get(name) for name in kind.record.names})


def _first(row: WrittenRow, whole: Span) -> Span:
    """The place of the first value of a row, or of the whole task."""
    return next((written.span for written in row.values()), whole)


def _laid_over(kind: Kind, key: str, values: Names) -> Run:
    def run(names: Names, pending: Pending) -> None:
        for name, value in values.items():
            pending.add(Effect("set", kind.name, key, name, value))

    return run


def _created(kind: Kind, key: str, row: Names) -> Run:
    def run(names: Names, pending: Pending) -> None:
        pending.add(Effect("create", kind.name, key, "", row))

    return run
