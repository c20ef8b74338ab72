"""A short run of the fuzzer of domains: diagnostics or success, refusals or results, and states that follow from journals."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import fuzz_domains
from rlve_dsl.diagnostics import Span
from rlve_dsl.world import Shop, Tables


def test_mutated_files_and_calls_give_no_traceback(tmp_path: Path) -> None:
    tally = fuzz_domains.fuzz(60, 7, tmp_path)
    assert not tally.failures, tally.failures[0]
    assert tally.counts["calls made"] and tally.counts["calls refused"] and tally.counts["not read"]


def test_a_state_that_its_journal_does_not_lead_to_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def carry_out_alone(shop: Shop, effects: object, outcome: Tables) -> None:
        shop.state.tables = outcome

    monkeypatch.setattr(Shop, "carry_out", carry_out_alone)
    assert any("fold of its journal" in failure for failure in fuzz_domains.fuzz(200, 7, tmp_path).failures)


def test_a_mistake_before_the_first_piece_of_a_folded_text_has_the_place_of_this_piece() -> None:
    assert Span("a.yaml", 1, 9, 2, 8, pieces=((1, 2, 3, 5),)).within(0, 1) == Span("a.yaml", 2, 3, 2, 4)
