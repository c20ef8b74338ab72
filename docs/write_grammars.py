"""Write the tables of the parsers beside their grammars, where they are not current: `python docs/write_grammars.py`."""

from __future__ import annotations

from pathlib import Path

from rlve_dsl.expressions.parse import STARTS as EXPRESSION
from rlve_dsl.grammars import TABLES, stored_tables, tables_of
from rlve_dsl.policy.language.parse import STARTS as POLICY

GRAMMARS = {"rlve_dsl.expressions": EXPRESSION, "rlve_dsl.policy.language": POLICY}
ROOT = Path(__file__).parents[1]

if __name__ == "__main__":
    for package, starts in GRAMMARS.items():
        if stored_tables(package, starts) is None:  # equal tables are numbered in another order each time
            (ROOT / package.replace(".", "/") / TABLES).write_text(tables_of(package, starts), encoding="utf-8")
