"""JSON Schemas of the kinds: editors complete and check files with them."""

from __future__ import annotations

import json
from pathlib import Path

from rlve_dsl.errors import UsageError
from rlve_dsl.files.kinds import FILES
from rlve_dsl.files.regular import read_regular
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.shapes.vocabulary import ANYTHING, Vocabulary
from rlve_dsl.values import JsonObject
from rlve_dsl.writing import write_atomically


def schema(kind: str, vocabulary: Vocabulary = ANYTHING) -> JsonObject:
    """The JSON Schema (2020-12) of files of a kind.

    It demands what the reader demands of one file. Only the reader sees which keys go together, what a name refers to and
    what `extends` brings.

    Raises:
        UsageError: If there is no such kind.

    >>> schema("Axes")["title"]
    'Axes'
    """
    if kind not in FILES:
        raise UsageError(f"there is no kind `{kind}`; the kinds are {', '.join(FILES)}")
    whole, part = SchemaWriter(vocabulary, partial=False), SchemaWriter(vocabulary, partial=True)
    complete, laid_over = FILES[kind].schema(whole), FILES[kind].schema(part)
    laid_over["required"] = ["kind", "extends"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind,
        "description": f"A file of kind {kind} of rlve-dsl.",
        "if": {"required": ["extends"]},
        "then": laid_over,
        "else": complete,
        "$defs": {**whole.definitions, **part.definitions},
    }


def write_schemas(folder: Path, vocabulary: Vocabulary) -> tuple[Path, ...]:
    """Write one `<kind>.schema.json` for each kind into `folder`, and return the paths.

    Raises:
        UsageError: When one is there that is no schema. Nothing is written then.
    """
    written = []
    paths = {kind: folder / f"{kind.lower()}.schema.json" for kind in FILES}
    for path in paths.values():
        if path.is_file() and not _is_schema(path):
            raise UsageError(f"`{path}` is there already and is no JSON Schema: name another folder")
    for kind, path in paths.items():
        text = json.dumps(schema(kind, vocabulary), indent=2, ensure_ascii=False)
        write_atomically(path, text + "\n")
        written.append(path)
    return tuple(written)


def _is_schema(path: Path) -> bool:
    try:
        there = json.loads(read_regular(path))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(there, dict) and "$schema" in there
