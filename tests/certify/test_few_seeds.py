"""Few seeds: what may be luck is said to be undecided, and what luck does not explain is found."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.certify import CheckResult, Plan
from rlve_dsl.certify.checks import diverse, floor, harder, understood
from rlve_dsl.certify.checks.sweeps import Rung
from rlve_dsl.certify.imperfect import ERRING, SILENT
from rlve_dsl.certify.intervals import at_least
from rlve_dsl.episode import Scenario

FOUND, UNDECIDED, HOLDS = "found", "undecided", "holds"


def said(result: CheckResult, subject: str) -> str:
    if any(subject in (finding.subject, finding.text) or subject in finding.text for finding in result.findings):
        return FOUND
    return UNDECIDED if any(subject in text for text in result.undecided) else HOLDS


@given(st.integers(0, 40).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), st.floats(0, 1))
def test_how_likely_hits_are_by_luck(counts: tuple[int, int], share: float) -> None:
    hits, of = counts
    exactly = [math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(of + 1)]
    assert at_least(hits, of, share) == pytest.approx(sum(exactly[hits:]), abs=1e-9)
    assert at_least(0, of, share) == 1.0


def looks(wanted_alike: int, of: int, requests_alike: int = 0, twins: int = 0) -> list[diverse.Look]:
    """Episodes of one level: so many want the same, ask for it alike, or (held out) repeat the first training episode."""
    made = []
    for seed in range(of):
        twin = seed % 2 == 1 and seed // 2 < twins
        target = "0" if seed < wanted_alike else str(seed)
        request = "again" if seed < requests_alike else f"{seed} {seed} a"
        made.append(
            diverse.Look(
                "cart", 0, seed, "0 0 a" if twin else request, "0" if twin else target, "", "", frozenset(), False
            )
        )
    return made


@pytest.mark.parametrize(("alike", "of", "says"), [
    (4, 6, UNDECIDED), (6, 6, UNDECIDED), (7, 10, UNDECIDED), (10, 10, FOUND), (6, 10, HOLDS), (13, 20, FOUND), (12, 20, HOLDS),
])  # fmt: skip
def test_targets_that_are_alike(alike: int, of: int, says: str, first_steps: Scenario) -> None:
    result = diverse.judge(first_steps, Plan((0,), seeds=of), looks(alike, of))
    assert said(result, "want the same") == says


@pytest.mark.parametrize(
    ("alike", "of", "says"), [(5, 6, UNDECIDED), (10, 10, UNDECIDED), (12, 12, FOUND), (13, 20, FOUND)]
)
def test_requests_that_are_alike(alike: int, of: int, says: str, first_steps: Scenario) -> None:
    result = diverse.judge(first_steps, Plan((0,), seeds=of), looks(1, of, requests_alike=alike))
    assert said(result, "different requests") == says


@pytest.mark.parametrize(
    ("twins", "of", "says"), [(3, 6, UNDECIDED), (5, 10, UNDECIDED), (9, 18, FOUND), (6, 20, FOUND), (5, 20, HOLDS)]
)
def test_held_out_seeds_that_are_like_training_seeds(twins: int, of: int, says: str, first_steps: Scenario) -> None:
    result = diverse.judge(first_steps, Plan((0,), seeds=of), looks(1, of, twins=twins))
    assert said(result, "near-duplicates of training") == says


def played(failed: int, of: int) -> list[understood.Played]:
    return [understood.Played("cart", 0, seed, "", seed >= failed, "") for seed in range(of)]


@pytest.mark.parametrize(("failed", "of", "says"), [
    (0, 3, HOLDS), (1, 3, UNDECIDED), (1, 9, UNDECIDED), (1, 30, UNDECIDED), (2, 9, FOUND), (3, 30, FOUND), (1, 100, HOLDS), (2, 100, FOUND),
])  # fmt: skip
def test_plays_with_other_words_that_fail(failed: int, of: int, says: str, first_steps: Scenario) -> None:
    assert said(understood.judge(first_steps, Plan((0,)), played(failed, of)), "with other words it passes") == says


def probed(probe: str, passed: int, of: int, rewards: Sequence[float] = ()) -> list[floor.Probed]:
    rewards = rewards or [-1.0] * of
    return [
        floor.Probed("cart", 0, seed, "", probe, seed < passed, False, False, rewards[seed], 0.8, "")
        for seed in range(of)
    ]


@pytest.mark.parametrize(
    ("reward", "says"),
    [
        (0.7, "it earns only 0.100 less than the oracle on the average, and 0.5 less is wanted"),
        (0.8, "it earns as much as the oracle on the average, and 0.5 less is wanted"),
        (0.944, "it earns 0.144 more than the oracle on the average, and 0.5 less is wanted"),
    ],
)
def test_what_a_probe_earns_is_compared_in_words(reward: float, says: str, first_steps: Scenario) -> None:
    seen = probed("constant answer", 0, 20, [reward] * 20)
    (finding,) = floor.judge(first_steps, Plan((0,), seeds=20), seen).findings
    assert finding.text.startswith(says)


@pytest.mark.parametrize(("passed", "of", "seeds", "says"), [
    (1, 3, 3, UNDECIDED), (2, 9, 3, UNDECIDED), (3, 9, 3, FOUND), (5, 39, 3, UNDECIDED), (6, 40, 20, FOUND), (1, 40, 20, HOLDS),
])  # fmt: skip
def test_a_probe_that_guesses(passed: int, of: int, seeds: int, says: str, first_steps: Scenario) -> None:
    result = floor.judge(first_steps, Plan((0,), seeds=seeds), probed("random calls", passed, of))
    assert said(result, "it passes in") == says


@pytest.mark.parametrize(("rewards", "seeds", "says"), [
    ((0.4, 0.4, 0.4), 3, UNDECIDED), ((0.5, 0.4, 0.4, 0.5, 0.4, 0.4) * 2, 4, FOUND), ((0.7, -0.3) * 3, 3, HOLDS),
    ((-0.2, -0.1) * 10, 20, HOLDS), ((0.4, 0.5) * 10, 20, FOUND),
])  # fmt: skip
def test_a_probe_that_earns_much(rewards: Sequence[float], seeds: int, says: str, first_steps: Scenario) -> None:
    seen = probed("first hit", 0, len(rewards), rewards)
    assert said(floor.judge(first_steps, Plan((0,), seeds=seeds), seen), "less than the oracle") == says


def sweep(better: int, of: int) -> list[Rung]:
    """A sweep of an axis in which the agents with mistakes pass so many seeds at the hard value only."""
    made = []
    for level, passes in ((0, 0), (12, better)):
        passed = {one.name: {seed: seed < passes for seed in range(of)} for one in (*ERRING, *SILENT)}
        made.append(Rung("cart", "omission", 3, level, float(level), passed, f"seen {level}"))
    return made


@pytest.mark.parametrize(("better", "of", "says"), [
    (5, 9, UNDECIDED), (6, 10, UNDECIDED), (8, 10, FOUND), (10, 20, FOUND), (4, 20, HOLDS),
])  # fmt: skip
def test_a_harder_value_that_is_passed_more_often(better: int, of: int, says: str, first_steps: Scenario) -> None:
    result = harder.judge(first_steps, Plan((0, 12), seeds=of), sweep(better, of))
    assert said(result, "is passed more often") == says
