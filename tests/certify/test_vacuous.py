"""Passes that mean nothing: where nothing is checked, nothing has to be done, or nobody can tell."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rlve_dsl.certify import Plan, certify, choose
from rlve_dsl.certify.checks import gap, no_leak
from rlve_dsl.certify.unasked import FEWEST, Place, Read, telling_marks, telling_places
from rlve_dsl.episode import Scenario, ScenarioReference
from tests.certify.conftest import DEFECTS, ROOT, Judge

SEEN = [
    ("extra_over_an_empty_list", "bounded", Plan((2,), seeds=8), "`cart.options`, which nothing that an agent does can change"),
    ("all_of_nothing_pays", "bounded", Plan((2,), seeds=8), "`cart.options`"),
    ("governed/nothing_to_send_back_pays", "bounded", Plan((9,), seeds=8), "`send-back.returned`"),
    ("goal_met_at_the_start", "floor", Plan((2,), seeds=6, deep_seeds=1), "it already meets the goal in"),
    ("claimed_check", "diverse", Plan((2,), seeds=30), "the right value of `status.looked` is True"),
    ("always_delivered", "diverse", Plan((2,), seeds=30), "the right value of `status.status` is 'delivered'"),
    ("governed/started_whatever_the_store_says", "solvable", Plan((9,), seeds=8), "although the store refuses `return.initiate`"),
    ("tie_that_nothing_resolves", "solvable", Plan((9,), seeds=6), "the oracle does not pass"),
    ("half_right_pays", "gap", Plan((2,), seeds=1, deep_seeds=1), "of the oracle's reward, at most 0.6"),
    ("one_of_many_pays", "gap", Plan((2,), seeds=1, deep_seeds=1), "of the oracle's reward, at most 0.6"),
]  # fmt: skip


@pytest.mark.parametrize(("defect", "check", "plan", "says"), SEEN, ids=[f"{d}-{c}" for d, c, _, _ in SEEN])
def test_a_vacuous_pass_is_seen(judge: Judge, defect: str, check: str, plan: Plan, says: str) -> None:
    result = judge(check, str(DEFECTS / f"{defect}.yaml"), plan=plan)
    assert any(says in finding.text for finding in result.findings), [finding.text for finding in result.findings]


@pytest.mark.parametrize("name", ["send-back", "gift", "reorder"])
def test_no_measure_of_an_example_is_vacuous(judge: Judge, name: str) -> None:
    result = judge("bounded", str(ROOT / "scenarios" / "examples" / f"{name}s.yaml"), plan=Plan((0, 9), seeds=6))
    assert result.passed, [finding.text for finding in result.findings]


def test_too_few_seeds_are_in_the_verdict() -> None:
    path = str(ROOT / "scenarios" / "environments" / "status.yaml")
    few = certify(ScenarioReference(path), Plan((0,), seeds=2), choose(["diverse", "bounded"]))
    assert few.passed and few.undecided == ("diverse",)
    assert few.verdict == "no check fails; not enough seeds for: diverse"
    assert few.as_json()["undecided"] == ["diverse"]
    enough = certify(ScenarioReference(path), Plan((0,), seeds=2), choose(["bounded"]))
    assert enough.verdict == "the check that was made holds"


def test_where_the_oracle_earns_nothing_shares_are_not_judged(first_steps: Scenario) -> None:
    seen = [gap.Partial("cart", 0, seed, "", None, "") for seed in range(2)]
    result = gap.judge(first_steps, Plan((0,)), seen)
    assert result.passed and "earns nothing in 2 of 2 cases" in result.notes[0]


# Places and marks ---------------------------------------------------------------------------------------------------


def reads(count: int, beside: Sequence[str], secret: str = "goal.id") -> list[Read]:
    """Episodes in which the first row of a list is wanted; `beside` tells of the other rows: wanted or not."""
    made = []
    for seed in range(count):
        others = tuple(f"{kind}-{seed}-{n}" for n, kind in enumerate(beside))
        wanted = (f"first-{seed}", *(other for other in others if other.startswith("wanted")))
        place = Place(f"first-{seed}", several=True, beside=others)
        made.append(Read("cart", 0, seed, "", {"cart.view.lines[first].id": place}, {}, {secret: wanted}))
    return made


@pytest.mark.parametrize("count", [3, 5, 8, 9, 10, 20, 60])
def test_a_list_of_which_all_is_wanted_tells_nothing(count: int) -> None:
    assert not list(telling_places(reads(count, ["wanted", "wanted"])))


@pytest.mark.parametrize("count", [8, 9])
def test_a_list_of_which_most_is_wanted_tells_nothing_in_few_episodes(count: int) -> None:
    assert not list(telling_places(reads(count, ["wanted", "other"])))


def test_the_only_wanted_row_of_a_list_tells() -> None:
    assert [secret for secret, _ in telling_places(reads(FEWEST, ["other"] * 3))] == ["goal.id"]
    assert not list(telling_places(reads(FEWEST - 1, ["other"] * 3)))


def marks(count: int, wanted: int, others: int) -> list[Read]:
    each = {("rows.hot", "true", True): wanted, ("rows.hot", "false", False): others}
    return [Read("cart", 0, seed, "", {}, each, {}) for seed in range(count)]


def test_a_mark_tells_when_it_is_no_luck() -> None:
    assert list(telling_marks(marks(10, 2, 4)))
    assert not list(telling_marks(marks(8, 1, 1))), "one of two rows, eight times"
    assert not list(telling_marks(marks(FEWEST - 1, 2, 4)))


def test_an_id_that_is_on_what_one_episode_wants_is_no_mark() -> None:
    """Ids differ from row to row. One that is not in the goal may be on a wanted row of one episode by necessity."""
    reads = [
        Read(
            "journey",
            12,
            seed,
            "",
            {},
            {("order.list.line_id", f'"L{seed}-{n}"', n == 0 and seed == 0): 3 for n in range(40)},
            {},
        )
        for seed in range(10)
    ]
    assert not list(telling_marks(reads))


@pytest.mark.parametrize("seeds", [1, 3, 7])
def test_too_few_episodes_read_are_said_to_be_few(seeds: int, first_steps: Scenario) -> None:
    result = no_leak.judge(first_steps, Plan((0,), seeds=seeds), reads(seeds, ["other"]))
    assert result.passed and result.undecided
