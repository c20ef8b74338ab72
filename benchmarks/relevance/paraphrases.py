"""Queries in other words than the catalog's, and the product types that count as right: paraphrases, and bare needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Paraphrase:
    """A query and the types of the products it may mean."""

    query: str
    types: frozenset[str]


def paraphrases(name: str) -> list[Paraphrase]:
    """All those of a file, `paraphrases` or `needs`, in order."""
    entries = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return [Paraphrase(entry["query"], frozenset(entry["types"])) for entry in entries]
