"""What a search finds."""

from __future__ import annotations

from rlve_dsl.catalog.arrays import Ints, Rows
from rlve_dsl.frozen import frozen


@frozen
class Hits:
    """What a search found, best first; `match` is in whole percents."""

    rows: Rows
    match: Ints


@frozen
class Found:
    """What a search among some rows (all when None) found."""

    among: Rows | None
    hits: Hits
