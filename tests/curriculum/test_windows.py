"""The curriculum's rule, stated as properties over arbitrary sequences of outcomes."""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.curriculum import Bounds, Curriculum, Standing, Window
from rlve_dsl.curriculum.progress import draw
from rlve_dsl.errors import UsageError
from rlve_dsl.files import kinds
from rlve_dsl.rng import Stream

OUTCOMES = st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=300)
RULES = st.builds(
    kinds.Curriculum,
    promote_at=st.sampled_from([0.5, 0.75, 0.9, 1.0]),
    trials=st.integers(1, 40),
    window=st.integers(0, 5),
)


def play(outcomes: list[tuple[int, bool]], rules: kinds.Curriculum) -> list[Standing]:
    standings = [Standing(Window(0, 0))]
    for level, passed in outcomes:
        standings.append(standings[-1].record(level, [passed], rules, Bounds(0, 12)))
    return standings


@given(OUTCOMES, RULES)
def test_the_window_only_climbs_one_level_at_a_time_within_its_width(
    outcomes: list[tuple[int, bool]], rules: kinds.Curriculum
) -> None:
    standings = play(outcomes, rules)
    for before, after in pairwise(standings):
        assert after.window.high - before.window.high in (0, 1)
        assert after.window.low >= before.window.low
    for standing in standings:
        assert 0 <= standing.window.low <= standing.window.high <= 12
        assert standing.window.high - standing.window.low <= rules.window
        assert 0 <= standing.passed <= standing.trials < rules.trials


@given(OUTCOMES, RULES)
def test_outcomes_below_the_top_of_the_window_change_nothing(
    outcomes: list[tuple[int, bool]], rules: kinds.Curriculum
) -> None:
    for standing, (level, passed) in zip(play(outcomes, rules), outcomes, strict=False):
        if level != standing.window.high:
            assert standing.record(level, [passed], rules, Bounds(0, 12)) == standing


@pytest.mark.parametrize(("passed", "high"), [(28, 0), (29, 1), (32, 1)])
def test_thirty_two_outcomes_decide_at_nine_in_ten(passed: int, high: int) -> None:
    curriculum = Curriculum(["cart"], kinds.Curriculum(), highest=12)
    outcomes = [False] * (32 - passed) + [True] * passed
    curriculum.record("cart", 0, outcomes[:-1])
    assert curriculum.window("cart") == Window(0, 0)
    curriculum.record("cart", 0, outcomes[-1:])
    assert curriculum.window("cart") == Window(0, high)
    assert curriculum.as_json()["cart"]["trials"] == 0


def test_a_share_that_is_no_round_number_in_binary_is_reached_all_the_same() -> None:
    curriculum = Curriculum(["cart"], kinds.Curriculum(promote_at=0.9, trials=30), highest=12)
    curriculum.record("cart", 0, [False] * 3 + [True] * 27)  # 0.9 * 30 is a little more than 27
    assert curriculum.window("cart") == Window(0, 1)


def test_low_follows_so_that_the_window_spans_at_most_its_width() -> None:
    curriculum = Curriculum(["cart"], kinds.Curriculum(trials=1), highest=12)
    for level in range(7):
        curriculum.record("cart", level, [True])
    assert curriculum.window("cart") == Window(3, 7)


def test_outcomes_after_a_promotion_belong_to_the_old_level() -> None:
    curriculum = Curriculum(["cart"], kinds.Curriculum(trials=2), highest=12)
    curriculum.record("cart", 0, [True] * 6)
    assert curriculum.window("cart") == Window(0, 1)


def test_of_a_group_only_as_many_outcomes_count_as_are_missing() -> None:
    curriculum = Curriculum(["cart"], kinds.Curriculum(trials=4, promote_at=1.0), highest=12)
    curriculum.record("cart", 0, [True] * 3)
    curriculum.record("cart", 0, [False, True, True, True, True])
    assert curriculum.window("cart") == Window(0, 0) and curriculum.as_json()["cart"]["trials"] == 0


def test_environments_move_on_their_own() -> None:
    curriculum = Curriculum(["cart", "discovery"], kinds.Curriculum(trials=1), highest=12)
    curriculum.record("cart", 0, [True])
    assert curriculum.windows == {"cart": Window(0, 1), "discovery": Window(0, 0)}


@given(OUTCOMES, RULES)
def test_state_survives_json(outcomes: list[tuple[int, bool]], rules: kinds.Curriculum) -> None:
    first = Curriculum(["cart"], rules, highest=12)
    for level, passed in outcomes:
        first.record("cart", level, [passed, True])
    second = Curriculum(["cart"], rules, highest=12)
    second.restore(json.loads(json.dumps(first.as_json())))
    assert second.as_json() == first.as_json()


def test_a_state_of_other_environments_is_refused() -> None:
    with pytest.raises(UsageError, match=r"is of bundle, returns, not of cart, policy$"):
        Curriculum(["policy", "cart"], kinds.Curriculum(), highest=12).restore({"returns": {}, "bundle": {}})


@pytest.mark.parametrize(("low", "high"), [(3, 2), (12, 13), (13, 13)])
def test_a_state_outside_the_levels_is_refused(low: int, high: int) -> None:
    state = {"cart": {"low": low, "high": high, "passed": 0, "trials": 0, "groups": 0, "rates": 0, "squares": 0}}
    with pytest.raises(UsageError, match=f"the curriculum state has cart at levels {low} to {high}"):
        Curriculum(["cart"], kinds.Curriculum(), highest=12).restore(state)


def test_a_state_below_the_lowest_level_is_refused() -> None:
    state = {"cart": {"low": 0, "high": 4, "passed": 0, "trials": 0, "groups": 0, "rates": 0, "squares": 0}}
    with pytest.raises(UsageError, match="the curriculum state has cart at levels 0 to 4"):
        Curriculum(["cart"], kinds.Curriculum(start=3), lowest=3, highest=12).restore(state)


@pytest.mark.parametrize("start", [-1, 2, 13])
def test_a_start_outside_the_levels_is_refused(start: int) -> None:
    with pytest.raises(UsageError, match=f"starts at level {start}, but levels run from 3 to 12"):
        Curriculum(["cart"], kinds.Curriculum(start=start), lowest=3, highest=12)


@pytest.mark.parametrize("start", [3, 12])
def test_a_curriculum_may_start_at_the_first_and_the_last_level(start: int) -> None:
    curriculum = Curriculum(["cart"], kinds.Curriculum(start=start, trials=1), lowest=3, highest=12)
    assert curriculum.window("cart") == Window(start, start)
    curriculum.restore(curriculum.as_json())
    curriculum.record("cart", start, [True])
    assert curriculum.window("cart").high == min(12, start + 1)


def test_an_environment_is_drawn_with_a_level_of_its_own_window() -> None:
    curriculum = Curriculum(["cart", "policy"], kinds.Curriculum(trials=1), highest=12)
    curriculum.record("policy", 0, [True])
    stream = Stream("draws")
    assert {curriculum.draw(stream) for _ in range(99)} == {("cart", 0, ()), ("policy", 0, ()), ("policy", 1, ())}


def test_levels_are_drawn_from_the_whole_window() -> None:
    stream = Stream("levels")
    assert {Window(2, 5).draw(stream) for _ in range(200)} == {2, 3, 4, 5}


def test_the_window_falls_back_only_where_that_is_asked_for() -> None:
    rules = kinds.Curriculum(trials=4, start=3, window=2)
    for demote_at, passed, window in ((None, 0, Window(3, 3)), (0.25, 1, Window(2, 2)), (0.25, 2, Window(3, 3))):
        curriculum = Curriculum(["cart"], replace(rules, demote_at=demote_at), highest=12)
        curriculum.record("cart", 3, [True] * passed + [False] * (4 - passed))
        assert curriculum.window("cart") == window
    falling = Curriculum(["cart"], replace(rules, demote_at=0.5), lowest=2, highest=12)
    for _ in range(3):
        falling.record("cart", falling.window("cart").high, [False] * 4)
    assert falling.window("cart") == Window(2, 2), "not below the lowest level"


def test_few_lucky_groups_do_not_promote_with_a_margin() -> None:
    groups = ([True] * 8, [True] * 8, [True] * 8, [True] * 5 + [False] * 3)  # 29 of 32 pass, but one group does not
    alike = [[True] * 7 + [False]] * 3 + [[True] * 8]  # 29 of 32 as well, in every group about as many
    for seen, margin, high in ((groups, 0.0, 1), (groups, 1.0, 0), (alike, 0.0, 1), (alike, 0.1, 1)):
        curriculum = Curriculum(["cart"], kinds.Curriculum(promote_at=0.9, margin=margin), highest=12)
        for passed in seen:
            curriculum.record("cart", 0, passed)
        assert curriculum.window("cart").high == high, (margin, high)


def test_fixed_levels_stay_whatever_comes_out() -> None:
    curriculum = Curriculum(["cart"], kinds.Curriculum(fixed=kinds.Levels(2, 4), trials=1, demote_at=0.5), highest=12)
    for level in (2, 3, 4):
        curriculum.record("cart", level, [True] * 9)
        curriculum.record("cart", level, [False] * 9)
    assert curriculum.windows == {"cart": Window(2, 4)}
    stream = Stream("draws")
    assert {curriculum.draw(stream) for _ in range(99)} == {("cart", 2, ()), ("cart", 3, ()), ("cart", 4, ())}


@pytest.mark.parametrize(("low", "high"), [(2, 4), (5, 13)])
def test_fixed_levels_that_do_not_exist_are_refused(low: int, high: int) -> None:
    with pytest.raises(UsageError, match=rf"starts at level {low}\.\.{high}, but levels run from 3 to 12"):
        Curriculum(["cart"], kinds.Curriculum(fixed=kinds.Levels(low, high)), lowest=3, highest=12)


def test_a_run_can_come_to_all_levels_above_its_first_ones_unless_they_are_fixed() -> None:
    assert kinds.Curriculum(start=2).reachable(5) == range(2, 6)
    assert kinds.Curriculum(fixed=kinds.Levels(1, 3)).reachable(5) == range(1, 4)


def test_the_standard_error_is_that_of_the_means_of_groups() -> None:
    curriculum = kinds.Curriculum(trials=99)
    standing, rates = Standing(Window(0, 0)), []
    for passed in ([True, False], [True, True], [False, False], [True, False]):
        standing = standing.record(0, passed, curriculum, Bounds(0, 12))
        rates.append(sum(passed) / 2)
    assert standing.standard_error == pytest.approx(statistics.stdev(rates) / 2)
    alone = Standing(Window(0, 0)).record(0, [True, False, True, True], curriculum, Bounds(0, 12))
    assert alone.standard_error == pytest.approx(math.sqrt(0.75 * 0.25 / 4)), "of one group, that of its rollouts"
    assert Standing(Window(0, 0)).standard_error == 0


def test_a_margin_counts_where_a_decision_sees_one_group() -> None:
    passed = [True] * 15 + [False]
    raised = [
        Standing(Window(0, 0)).record(0, passed, kinds.Curriculum(trials=16, margin=margin), Bounds(0, 12)).window.high
        for margin in (0, 2)
    ]
    assert raised == [1, 0]


def test_without_progress_in_the_rules_its_state_is_as_it_was() -> None:
    curriculum = Curriculum(["cart"], kinds.Curriculum(), highest=12)
    curriculum.record("cart", 0, [True, False])
    assert curriculum.as_json()["cart"].keys() == {"low", "high", "passed", "trials", "groups", "rates", "squares"}


PROGRESS = kinds.Curriculum(trials=10**6, progress=kinds.Progress(fast=0.5, slow=0.25, floor=0.2))


def test_progress_is_the_difference_of_a_fast_and_a_slow_average() -> None:
    curriculum = Curriculum(["cart", "policy", "returns"], PROGRESS, highest=12)
    assert curriculum.weights == pytest.approx(dict.fromkeys(["cart", "policy", "returns"], 1 / 3))
    curriculum.record("cart", 0, [True, True, False, False])  # averages 0.25 and 0.125
    curriculum.record("policy", 0, [False, False])
    curriculum.record("returns", 0, [])
    low = 0.2 / 3
    assert curriculum.weights == pytest.approx({"cart": 0.8 + low, "policy": low, "returns": low})
    curriculum.record("policy", 0, [True])  # averages 0.5 and 0.25: twice the progress
    assert curriculum.weights == pytest.approx({"cart": 0.8 / 3 + low, "policy": 1.6 / 3 + low, "returns": low})


def test_what_gets_worse_has_progress_too_and_what_stays_has_none() -> None:
    falls, stays = (Curriculum(["a", "b"], PROGRESS, highest=12) for _ in range(2))
    for _ in range(60):
        falls.record("a", 0, [True])
        stays.record("a", 0, [True])
    for _ in range(2):
        falls.record("a", 0, [False])
    stays.record("b", 0, [True])
    assert falls.weights["a"] == pytest.approx(0.9) and stays.weights["a"] == pytest.approx(0.1, abs=1e-6)


def test_levels_of_a_window_are_drawn_by_progress() -> None:
    curriculum = Curriculum(["cart"], replace(PROGRESS, fixed=kinds.Levels(1, 4)), highest=12)
    curriculum.record("cart", 3, [True])
    curriculum.record("cart", 9, [True])  # no level of the window
    weights = {1: 0.05, 2: 0.05, 3: 0.85, 4: 0.05}
    assert curriculum.level_weights("cart") == pytest.approx(weights)
    drawn = Counter(curriculum.draw(Stream("draws", place))[1] for place in range(2000))
    for level, weight in weights.items():
        assert abs(drawn[level] / 2000 - weight) < 4 * math.sqrt(weight * (1 - weight) / 2000)


def test_progress_survives_json_and_draws_the_same_afterwards() -> None:
    first, second = (Curriculum(["cart", "policy"], PROGRESS, highest=12) for _ in range(2))
    for place in range(9):
        name, level, _ = first.draw(Stream("before", place))
        first.record(name, level, [place % 3 > 0, True])
    second.restore(json.loads(json.dumps(first.as_json())))
    assert second.as_json() == first.as_json() and second.weights == first.weights
    for place in range(99):
        assert first.draw(Stream("after", place)) == second.draw(Stream("after", place))


AXES = {"cart": ("omission", "items"), "policy": ()}


def by_axis(**rules: Any) -> Curriculum:
    return Curriculum([*AXES], kinds.Curriculum(by="axis", trials=2, window=2, **rules), highest=12, axes=AXES)


def test_each_axis_has_a_window_that_moves_with_outcomes_at_its_frontier() -> None:
    curriculum = by_axis()
    assert curriculum.windows == {"cart.items": Window(0, 0), "cart.omission": Window(0, 0), "policy": Window(0, 0)}
    curriculum.record("cart", 0, [True, True], (("items", 0), ("omission", 0)))
    curriculum.record("cart", 1, [True, True], (("items", 1), ("omission", 0)))  # omission was below its frontier
    assert curriculum.windows == {"cart.items": Window(0, 2), "cart.omission": Window(0, 1), "policy": Window(0, 0)}
    assert curriculum.window("cart") == Window(0, 2)
    assert curriculum.described() == "cart 2 axes up to 1..2 policy 0..0"
    curriculum.record("policy", 0, [True, True])
    assert curriculum.windows["policy"] == Window(0, 1), "without axes that make it harder there is one window"


def test_axes_have_no_windows_where_the_rules_give_the_level_one() -> None:
    curriculum = Curriculum([*AXES, "returns"], kinds.Curriculum(), highest=12, axes=AXES)
    assert curriculum.windows == dict.fromkeys(["cart", "policy", "returns"], Window(0, 0))
    unnamed = Curriculum(["returns"], kinds.Curriculum(by="axis"), highest=12, axes=AXES)
    assert unnamed.windows == {"returns": Window(0, 0)}


def test_the_nearest_and_the_farthest_of_many_axes_are_described() -> None:
    axes = ("a", "b", "c")
    curriculum = Curriculum(["cart"], kinds.Curriculum(by="axis", trials=1), highest=12, axes={"cart": axes})
    for level in range(4):
        curriculum.record("cart", level, [True], (("a", level), ("b", 0)))
    assert curriculum.described() == "cart 3 axes up to 0..4"


def test_what_is_left_of_weights_goes_to_the_last() -> None:
    drawn = Counter(draw({"a": 0.25, "b": 0.25, "c": 0.25}, Stream("draws", place)) for place in range(2000))
    assert abs(drawn["c"] - 1000) < 100 and abs(drawn["a"] - 500) < 100


def test_an_axis_falls_back_by_itself() -> None:
    curriculum = by_axis(start=3, demote_at=0.0)
    curriculum.record("cart", 3, [False, False], (("items", 3), ("omission", 2)))
    assert curriculum.windows["cart.items"] == Window(2, 2) and curriculum.windows["cart.omission"] == Window(3, 3)


def test_levels_of_axes_are_drawn_by_themselves_and_the_level_is_the_highest() -> None:
    curriculum = by_axis()
    curriculum.record("cart", 0, [True, True], (("items", 0),))
    drawn = {curriculum.draw(Stream("draws", place)) for place in range(99)}
    cart = {("cart", level, (("items", level), ("omission", 0))) for level in (0, 1)}
    assert drawn == {*cart, ("policy", 0, ())}


def test_the_state_of_axes_survives_json_and_other_axes_are_refused() -> None:
    first, second = by_axis(progress=kinds.Progress()), by_axis(progress=kinds.Progress())
    first.record("cart", 0, [True, True], (("items", 0), ("omission", 0)))
    first.record("cart", 1, [True], (("items", 1), ("omission", 0)))
    second.restore(json.loads(json.dumps(first.as_json())))
    assert second.as_json() == first.as_json() and second.weights == first.weights != by_axis().weights
    for state in ({"items": {}}, {"items": {}, "history": {}}):
        with pytest.raises(UsageError, match="windows of other axes"):
            second.restore({**first.as_json(), "cart": {"axes": state}})
    with pytest.raises(UsageError, match="windows of other axes"):
        Curriculum([*AXES], kinds.Curriculum(), highest=12).restore(first.as_json())
