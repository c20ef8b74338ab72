"""Learners that are made up show what the rules of a curriculum do."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.cli import main
from rlve_dsl.curriculum import LEARNERS, Batch, Learner, simulate
from rlve_dsl.files import kinds, load
from rlve_dsl.train import layers_of

RLVE = kinds.Curriculum(promote_at=0.9, trials=128, window=3)


def run(learner: Learner, rules: kinds.Curriculum = RLVE, **changes: Any) -> list[Batch]:
    usual: dict[str, Any] = {"levels": (0, 12), "steps": 150, "groups": 8, "rollouts": 16, "seed": 0}
    return simulate(rules, {"it": learner}, **{**usual, **changes})["it"]


def test_a_shipped_collection_has_the_counts_of_rlve() -> None:
    spec = load("scenarios/c8-rlve.yaml").spec
    assert isinstance(spec, kinds.Collection) and spec.curriculum == RLVE
    assert spec.train is not None
    settings = layers_of(spec.train, {}, profile=None, words=[]).settings()
    assert 8 * settings.rollouts == RLVE.trials and settings.resample == 3


def test_the_same_seed_gives_the_same_course() -> None:
    assert run(LEARNERS["steady"]) == run(LEARNERS["steady"]) != run(LEARNERS["steady"], seed=1)


def test_the_window_follows_the_skill() -> None:
    steady, slow, stuck = (run(LEARNERS[name])[-1] for name in ("steady", "slow", "stuck"))
    assert steady.window.high > slow.window.high > 0
    assert stuck.skill == 4.0 and stuck.window.high <= 5


def test_who_stays_just_below_the_pass_rate_is_promoted_by_luck_and_less_with_a_margin() -> None:
    sloppy = LEARNERS["sloppy"]  # passes 88%, where 90% are asked for: with enough tries, 128 outcomes say so by chance
    plain, margin = (run(sloppy, replace(RLVE, margin=margin))[-1].window.high for margin in (0.0, 2.0))
    assert plain > 2 * margin


def test_a_window_that_falls_back_helps_who_has_lost_skill() -> None:
    lost = LEARNERS["forgetful"]
    at_half = run(lost)[73].window.high
    kept, fell = (run(lost, rules)[90].window.high for rules in (RLVE, replace(RLVE, demote_at=0.3)))
    assert kept >= at_half > fell


def test_skill_is_lost_at_half_of_the_steps() -> None:
    for steps in (9, 10):
        skills = [batch.skill for batch in run(Learner(gain=0.0, loss=4.0), steps=steps)]
        assert skills == [0.0] * (steps // 2 - 1) + [-4.0] * (steps - steps // 2 + 1)


def test_a_batch_of_which_each_group_teaches_most_gives_the_gain() -> None:
    even = Learner(gain=0.5, steepness=0.0, likeness=0.0, ceiling=1.0)  # passes half of the rollouts whatever the level
    first = run(even, steps=1, groups=4000, rollouts=2)[0]
    assert first.pass_rate == pytest.approx(0.5, abs=0.03)
    assert first.skill == pytest.approx(0.25, abs=0.02), "half of the groups of two differ"


def test_how_hard_an_episode_is_follows_from_the_mean_of_its_axes() -> None:
    sharp = Learner(gain=0.0, steepness=50.0, likeness=0.0, ceiling=1.0)  # passes up to level 1
    rules = replace(RLVE, by="axis", fixed=kinds.Levels(0, 4))
    (batch,) = simulate(
        rules, {"it": sharp}, levels=(0, 12), steps=1, groups=4000, rollouts=1, seed=0, axes=("a", "b")
    )["it"]
    mean_of_two = 3 / 25  # both levels of 0..4: their mean is below 1 in 3 of 25 cases, and 1 in another 3
    assert batch.pass_rate == pytest.approx(mean_of_two + 0.5 * 3 / 25, abs=0.03)


def test_groups_of_which_all_rollouts_end_alike_teach_nothing() -> None:
    sure = Learner(gain=1.0, steepness=50.0, likeness=0.0, ceiling=1.0)
    first = run(sure, steps=1)[0]
    assert first.without_signal == 1.0 and first.skill == 0.0 and first.pass_rate == 1.0


def test_draws_follow_learning_progress_and_none_starves() -> None:
    learners = {
        "learning": LEARNERS["steady"],
        "done": Learner(gain=0.0, steepness=9.0, ceiling=1.0),
        "never": Learner(most=-9.0),
    }
    rules, alike = (replace(RLVE, fixed=kinds.Levels(0, 0), progress=kinds.Progress(floor=f)) for f in (0.2, 1.0))

    def groups(rules: kinds.Curriculum) -> dict[str, int]:
        found = simulate(rules, learners, levels=(0, 12), steps=400, groups=8, rollouts=16, seed=0)
        return {name: sum(batch.groups for batch in batches[100:]) for name, batches in found.items()}

    by_progress, uniform = groups(rules), groups(alike)
    assert sum(by_progress.values()) == sum(uniform.values()) == 300 * 8
    assert all(700 < count < 900 for count in uniform.values())
    assert min(by_progress.values()) > 0.9 * 300 * 8 * 0.2 / 3, "the floor"
    assert by_progress["never"] < 0.6 * uniform["never"]


def test_the_command_shows_a_line_for_each_learner_and_step(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["curriculum", "simulate", "scenarios/first-steps.yaml", "--steps", "20"]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in LEARNERS) and "no signal" in shown
    assert main([*words[:-1], "155", "--learner", "stuck"]) == 0
    assert " 155 " in capsys.readouterr().out, "the last step is shown"
    assert main([*words, "--learner", "stuck", "--trials", "8", "--json"]) == 0
    (batches,) = json.loads(capsys.readouterr().out).values()
    assert [batch["step"] for batch in batches] == [*range(1, 21)]
    assert all(batch["groups"] == 8 for batch in batches)


def test_windows_of_axes_are_simulated(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["curriculum", "simulate", "scenarios/first-steps.yaml", "--learner", "steady", "--json"]
    assert main(words) == 0
    by_level = json.loads(capsys.readouterr().out)["steady"]
    assert main([*words, "--by", "axis"]) == 0
    by_axis = json.loads(capsys.readouterr().out)["steady"]
    assert by_level[-1]["window"]["high"] > 2 and by_axis[-1]["window"]["high"] > 2
    assert any(batch["window"]["high"] - batch["window"]["low"] > 4 for batch in by_axis), "from one axis to another"


def test_learners_share_a_batch_where_draws_follow_progress(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["curriculum", "simulate", "scenarios/first-steps.yaml", "--steps", "9", "--progress", "0.2"]
    assert main(words) == 0
    assert "no signal" in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.keys() == LEARNERS.keys()
    assert {sum(batches[step]["groups"] for batches in found.values()) for step in range(9)} == {8}
    nothing = [batch for batches in found.values() for batch in batches if not batch["groups"]]
    assert nothing and all(batch["pass_rate"] is None and batch["without_signal"] is None for batch in nothing)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--learner", "stedy"], "did you mean `steady`?"),
        (["--steps", "0"], "--steps is at least 1"),
        (["--promote-at", "1.5"], "--promote-at is between 0 and 1"),
        (["--trials", "0"], "--trials is at least 1"),
        (["--progress", "0"], "--progress is between 0.001 and 1"),
        (["--demote-at", "0.95"], "`demote_at` 0.95 is not below `promote_at` 0.9"),
        (["--demote-at", "0.5", "--promote-at", "0.5"], "`demote_at` 0.5 is not below `promote_at` 0.5"),
        (
            ["--steps", "1000000000"],
            "make 128,000,000,000 rollouts for each learner, and at most 5,000,000 are possible",
        ),
        (["--steps", "1", "--rollouts", "1000000000000"], "at most 5,000,000 are possible"),
    ],
)
def test_impossible_words_are_told(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["curriculum", "simulate", "scenarios/first-steps.yaml", *words]) == 2
    assert said in capsys.readouterr().err


def test_fixed_levels_are_simulated_and_take_no_rule_of_a_window(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree("scenarios", tmp_path / "scenarios")
    file = tmp_path / "scenarios" / "first-steps.yaml"
    moving = "curriculum: {promote_at: 0.9, trials: 32, window: 4, start: 0}"
    file.write_text(file.read_text("utf-8").replace(moving, "curriculum: {fixed: 1..3}"), "utf-8")
    words = ["curriculum", "simulate", str(file), "--learner", "steady", "--steps", "20"]
    assert main([*words, "--json"]) == 0
    windows = {(b["window"]["low"], b["window"]["high"]) for b in json.loads(capsys.readouterr().out)["steady"]}
    assert windows == {(1, 3)}
    assert main([*words, "--promote-at", "0.8", "--window", "2"]) == 2
    assert "are fixed at 1..3: leave out --promote-at --window" in capsys.readouterr().err
