"""Passes that mean nothing: where nothing is checked, nothing has to be done, or nobody can tell."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rlve_dsl.certify import Plan, certify, choose
from rlve_dsl.certify.checks import gap, no_leak
from rlve_dsl.certify.unasked import FEWEST, Place, Read, telling_marks, telling_places
from rlve_dsl.cli import main
from rlve_dsl.episode import Scenario, ScenarioReference
from tests.certify.conftest import DEFECTS, ROOT, Judge

SEEN = [
    ("extra_over_an_empty_list", "bounded", Plan((2,), seeds=8), "`cart.options`, which has one value in all plays that were tried"),
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


Desk = Callable[..., str]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """`desk(edit, …)`: the path of a new domain's collection with these edits; each a file, a text and what replaces it."""

    def made(*edits: tuple[str, str, str]) -> str:
        with contextlib.redirect_stdout(io.StringIO()):
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            assert main(["new", "domain", "desk", "--out", str(folder)]) == 0
        for file, old, new in edits:
            text = (folder / file).read_text(encoding="utf-8")
            assert old in text
            (folder / file).write_text(text.replace(old, new), encoding="utf-8")
        return str(folder / "desk-collection.yaml")

    return made


PAYS_FOR_NOTHING = ("desk-lending.yaml", '"2 * score(done and told) - 1"', '"2 * (0.6 * score(done) + 0.4 * score(done and told)) - 1"')  # fmt: skip
OF_THE_PERSON = ("desk-lending.yaml", '"clip(0.1 + 0.04 * d, 0, 0.6)"', '"0.4"')
OF_THE_THING = ("desk-policy.yaml", "but no when person.owes is over $20", "but no when thing.price is over $100")


def test_a_measure_that_a_wrong_call_changes_is_not_vacuous(desk: Desk) -> None:
    """Where a thing is not lent, two answers at once leave everything as the oracle does. Whoever borrows another one does not."""
    path = desk(PAYS_FOR_NOTHING, OF_THE_THING)
    (result,) = certify(ScenarioReference(path), Plan((6,), seeds=8), choose(["bounded"])).results
    assert result.passed, [finding.text for finding in result.findings]


def test_a_measure_that_nothing_changes_is_told_with_what_was_tried(desk: Desk) -> None:
    """To somebody who owes too much, nothing at all is lent."""
    path = desk(PAYS_FOR_NOTHING, OF_THE_PERSON)
    (result,) = certify(ScenarioReference(path), Plan((6,), seeds=8), choose(["bounded"])).results
    (finding,) = result.findings
    assert finding.subject == "desk-lending.done"
    assert "which has one value in all plays that were tried in" in finding.text


def test_a_tool_that_is_always_refused_is_named(desk: Desk) -> None:
    def remarks(path: str) -> tuple[str, ...]:
        return certify(ScenarioReference(path), Plan((0,), seeds=9), choose(["solvable"])).results[0].remarks

    assert not remarks(desk())
    (remark,) = remarks(desk(("desk.yaml", "when: t.lent,", "when: not t.lent,")))
    assert remark.startswith(
        "desk-lending: `desk.lend` is refused in all 9 plays in which the oracle calls it; it says: "
    )


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
