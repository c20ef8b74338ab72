"""JSON Schemas of the kinds, written from the shapes that read them: the contract with editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rlve_dsl.errors import UsageError
from rlve_dsl.files.forms import FORMS
from rlve_dsl.files.shapes import Sheet
from rlve_dsl.files.vocabulary import ANYTHING, Vocabulary


def schema(kind: str, vocabulary: Vocabulary = ANYTHING) -> dict[str, Any]:
    """The JSON Schema (2020-12) of files of a kind; raises UsageError for no kind.

    It demands what the reader demands of one file by itself: which of several keys go together, what a name refers to
    and what `extends` brings are the reader's alone.

    >>> schema("Axes")["title"]
    'Axes'
    """
    if kind not in FORMS:
        raise UsageError(f"there is no kind `{kind}`; the kinds are {', '.join(FORMS)}")
    whole, part = Sheet(vocabulary, partial=False), Sheet(vocabulary, partial=True)
    complete, laid_over = FORMS[kind].schema(whole), FORMS[kind].schema(part)
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
    """One `<kind>.schema.json` a kind stands in `folder`; the paths, in the order of the kinds."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in FORMS:
        path = folder / f"{kind.lower()}.schema.json"
        text = json.dumps(schema(kind, vocabulary), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
        written.append(path)
    return tuple(written)
