"""Reading records one by one, from a file or folder of data, in bounded memory."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from rlve_dsl.catalog.imports.csv_records import csv_records
from rlve_dsl.catalog.imports.reading import (
    LONGEST_LINE,
    NOT_UTF8,
    TOO_LONG,
    Record,
    Rejected,
    excerpt,
    not_utf8,
    opened,
    top_level_columns,
    unreadable,
)
from rlve_dsl.errors import MissingExtra, system_reason
from rlve_dsl.files import Location, Rows, problem_of

_BATCH = 2048
_ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".parquet": "parquet"}
_HUB = "hf://"


def records(rows: Rows, skip: int = 0) -> Iterator[Record | Rejected]:
    """Read the records that a declaration names, in order, without the first `skip`.

    Raises:
        ScenarioError: When the data cannot be found, or is not of its format (R621).
    """
    place, format_ = _found(rows)
    read = {"jsonl": _json_lines, "json": _json, "csv": csv_records, "parquet": _parquet, "hf": _dataset}[format_]
    try:
        yield from read(rows, place.path, skip)
    except (OSError, EOFError, zlib.error) as failure:
        raise unreadable(rows, f"`{place.path}` cannot be read: {_reason(failure)}", "") from failure


def stamp(rows: Rows) -> str:
    """A text that changes with the data: the names, sizes and times of change of its files, not their content.

    Raises:
        ScenarioError: When the data cannot be found (R621).
    """
    place, _ = _found(rows)
    if place.path.startswith(_HUB):
        return ""
    path = Path(place.path)
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return ";".join(f"{p.name} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in files if p.exists())


def column_names(rows: Rows) -> list[str] | None:
    """The columns that a file of columns has; None for formats whose records say so themselves.

    Raises:
        ScenarioError: When the data cannot be found (R621).
    """
    place, format_ = _found(rows)
    if format_ != "parquet":
        return None
    import pyarrow.parquet

    names: list[str] = pyarrow.parquet.ParquetFile(place.path).schema_arrow.names
    return names


def _found(rows: Rows) -> tuple[Location, str]:
    """Where the data are, and their format."""
    if rows.place is None:
        raise unreadable(rows, "the catalog does not say where its rows are", "write `from:` under `rows`")
    format_ = rows.format or _format_of(rows)
    if format_ != "hf" and (problem := problem_of(rows.place.path)):
        raise unreadable(rows, problem, "")
    return rows.place, format_


def _format_of(rows: Rows) -> str:
    assert rows.place is not None
    path = rows.place.path
    if path.startswith(_HUB) or Path(path).is_dir():
        return "hf"
    ending = Path(path.removesuffix(".gz")).suffix.lower()
    if ending not in _ENDINGS:
        raise unreadable(
            rows, f"the name of `{path}` does not say its format", "write `format:` jsonl, json, csv, parquet or hf"
        )
    return _ENDINGS[ending]


def _json_lines(rows: Rows, path: str, skip: int) -> Iterator[Record | Rejected]:
    with opened(rows, path) as file:
        lines = (line for line in _lines(file) if isinstance(line, Rejected) or not line.isspace())
        for number, line in enumerate(lines):
            if number < skip:
                continue
            if isinstance(line, Rejected):
                yield line
                continue
            try:
                found = json.loads(line.decode("utf-8-sig"))
            except UnicodeDecodeError:
                yield not_utf8(line)
            except (ValueError, RecursionError) as failure:
                yield Rejected(_json_problem(failure), line[:80].decode(errors="replace"))
            else:
                yield (
                    found if isinstance(found, dict) else Rejected("not an object", line[:80].decode(errors="replace"))
                )


def _lines(file: IO[bytes]) -> Iterator[bytes | Rejected]:
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) <= LONGEST_LINE:
            yield line
            continue
        start = line[:80].decode(errors="replace")
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)
        yield Rejected(TOO_LONG, start)


def _json(rows: Rows, path: str, skip: int) -> Iterator[Record | Rejected]:
    """The whole document is read at once: for data of thousands of products, not millions."""
    with opened(rows, path) as file:
        try:
            content = json.loads(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as failure:
            raise unreadable(rows, f"`{path}` is {NOT_UTF8}: {failure.reason} at byte {failure.start}", "") from None
        except json.JSONDecodeError as failure:
            raise unreadable(rows, f"`{path}` is not JSON: {failure}", "one object a line is `format: jsonl`") from None
        except (ValueError, RecursionError) as failure:
            raise unreadable(rows, f"`{path}` cannot be read: {_json_problem(failure)}", "") from None
    for number, found in enumerate(_within(content, rows.each, {})):
        if number >= skip:
            yield found


def _json_problem(failure: ValueError | RecursionError) -> str:
    """Why a text was not read: JSON may also be too large for Python."""
    if isinstance(failure, json.JSONDecodeError):
        return "not JSON"
    return (
        "JSON that is nested too deep" if isinstance(failure, RecursionError) else "JSON with a number that is too long"
    )


def _within(content: object, each: tuple[str, ...], around: Record) -> Iterator[Record | Rejected]:
    """Every object at the end of the path `each`, with the plain values of the objects around it."""
    if isinstance(content, list) and not each:
        yield from (item if isinstance(item, dict) else _no_object(item) for item in content)
    elif not isinstance(content, dict):
        yield _no_object(content)
    elif not each:
        yield {**around, **content}
    else:
        plain = {key: value for key, value in content.items() if not isinstance(value, dict | list)}
        inside = content.get(each[0])
        items = inside.values() if isinstance(inside, dict) else inside if isinstance(inside, list) else ()
        for item in items:
            if isinstance(item, dict):
                yield from _within(item, each[1:], {**around, **plain})
            else:
                yield _no_object(item)


def _no_object(value: object) -> Rejected:
    return Rejected("not an object", excerpt(value))


def _parquet(rows: Rows, path: str, skip: int) -> Iterator[Record | Rejected]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise MissingExtra("data", "pyarrow") from None
    try:
        file = pyarrow.parquet.ParquetFile(path)
        wanted = [name for name in file.schema_arrow.names if name in top_level_columns(rows)]
        for batch in file.iter_batches(batch_size=_BATCH, columns=wanted):
            if skip >= batch.num_rows:
                skip -= batch.num_rows
                continue
            yield from _readable(batch.slice(skip))
            skip = 0
    except pyarrow.ArrowInvalid as failure:
        raise unreadable(rows, f"`{path}` is not Parquet: {failure}", "") from None


def _readable(batch: Any) -> Iterator[Record | Rejected]:
    """The records of a batch of Arrow; one by one where some hold broken text, or a date that Python lacks."""
    try:
        yield from batch.to_pylist()
    except (ValueError, OverflowError) as failure:
        if batch.num_rows == 1:
            yield Rejected(f"not readable ({type(failure).__name__})", "")
            return
        for place in range(batch.num_rows):
            yield from _readable(batch.slice(place, 1))


def _dataset(rows: Rows, path: str, skip: int) -> Iterator[Record]:
    """A dataset of the hub, or a folder with the layout of one, streamed by `datasets` without a copy."""
    try:
        import datasets
    except ModuleNotFoundError:
        raise MissingExtra("data", "datasets") from None
    address, _, split = path.removeprefix(_HUB).partition(":") if path.startswith(_HUB) else (path, "", "")
    owner_and_name, config = address, None
    if path.startswith(_HUB) and address.count("/") == 2:
        owner_and_name, _, config = address.rpartition("/")
    try:
        found = datasets.load_dataset(owner_and_name, config, split=split or "train", streaming=True)
    except Exception as failure:  # anything that the hub, its files or its readers raise
        if Path(path).is_dir():
            raise unreadable(
                rows,
                f"`{path}` is a folder that cannot be loaded as a dataset",
                "a file is wanted (.jsonl, .csv, .parquet or .json), or a folder with the layout of a dataset, such as one of "
                ".parquet files",
            ) from failure
        raise unreadable(rows, f"`{path}` cannot be loaded as a dataset: {failure}", "") from failure
    if found.column_names:
        found = found.select_columns([name for name in found.column_names if name in top_level_columns(rows)])
    yield from found.skip(skip)


def _reason(failure: Exception) -> str:
    return system_reason(failure) if isinstance(failure, OSError) else str(failure).lower()
