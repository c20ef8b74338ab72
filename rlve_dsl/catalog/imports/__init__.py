"""Products from files: read as a stream, their dirty values made clean or left out, what cannot be used set aside.

Nothing is guessed: a value that does not say plainly what it means is missing, and the reason is counted.
"""

from rlve_dsl.catalog.imports.rows import ROWS

__all__ = ["ROWS"]
