"""Writes the tables of the parsers beside their grammars, which `make generated` runs."""

from __future__ import annotations

from pathlib import Path

from rlve_dsl.expressions.parse import STARTS as EXPRESSION
from rlve_dsl.grammars import TABLES, tables_of
from rlve_dsl.policy.language.parse import STARTS as POLICY

GRAMMARS = {"rlve_dsl.expressions": EXPRESSION, "rlve_dsl.policy.language": POLICY}
ROOT = Path(__file__).parents[1]

if __name__ == "__main__":
    for package, starts in GRAMMARS.items():
        (ROOT / package.replace(".", "/") / TABLES).write_text(tables_of(package, starts), encoding="utf-8")
