"""When Python looks for garbage."""

from __future__ import annotations

import gc

from rlve_dsl.cli.garbage import uncollected


def test_no_search_follows_the_block() -> None:
    searches = gc.get_stats()[0]["collections"]
    with uncollected():
        kept = [[number] for number in range(100_000)]
    kept += [[number] for number in range(300)]  # a search would begin here
    assert gc.isenabled()
    assert gc.get_stats()[0]["collections"] == searches
    assert gc.get_freeze_count() == 0
