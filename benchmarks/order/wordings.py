"""The sentences of the Wordings files: the oracle says them, so the shopper must hear them.

Belongs here: reading them. Does not belong here: which facts they ask for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from benchmarks.corpus.make import SCENARIOS

_BLANK = re.compile(r"\{[^}]*\}")
_ITEM = "Kettle"  # stands where an item's name does
_NO_WORDINGS = ("kind", "name", "environment", "words", "extends")


def wordings() -> list[str]:
    """All wordings, with a name where an item stands."""
    return [_BLANK.sub(_ITEM, text) for path in sorted(SCENARIOS.rglob("*.yaml")) for text in _of(path)]


def _of(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if "kind: Wordings" in text:
        for key, value in yaml.safe_load(text).items():
            if key not in _NO_WORDINGS:
                yield from _texts(value)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
