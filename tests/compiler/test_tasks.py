"""A task is what an episode is played from, whether it has one part or several."""

from __future__ import annotations

import re
import shutil
from copy import copy
from dataclasses import fields, replace
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.cli.checking import check
from rlve_dsl.compiler import Grade, PartResult, Task, draw_world
from rlve_dsl.compiler.drawing import ATTEMPTS
from rlve_dsl.compiler.task import Graded
from rlve_dsl.episode import Scenario
from rlve_dsl.values import Names
from tests.conftest import shipped

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture(scope="module")
def c8() -> Scenario:
    return shipped("c8.yaml")


@pytest.fixture(scope="module")
def plain(c8: Scenario) -> Task:
    return c8.compiled.environments["status"]


@pytest.fixture(scope="module")
def several(c8: Scenario) -> Task:
    return c8.compiled.environments["journey"]


def result(task: float, correct: bool, name: str = "status") -> PartResult:
    return PartResult(name, 5, True, Grade(task, correct, "why"))


def test_a_plain_environment_is_its_only_part(plain: Task) -> None:
    assert list(plain.parts) == [plain.name] and not plain.numbered
    part = plain.parts[plain.name]
    for shared in fields(Graded):
        assert getattr(part, shared.name) == getattr(plain, shared.name), shared.name


def test_the_grade_of_one_part_is_its_own(plain: Task) -> None:
    assert plain.grade({}, [result(0.5, False)]) == Grade(0.5, False, "why")


def test_several_parts_are_graded_by_the_rule_of_their_task(several: Task) -> None:
    grade = several.grade(several.axis_values(0), [result(1.0, True), result(0.0, False)])
    assert (grade.task, grade.correct) == (1.5 * 1.25 / 2 - 1, False), "from [-1, 1] to [-1, 0.25]"
    assert several.grade(several.axis_values(0), [result(1.0, True)]).correct


def test_the_rule_for_several_parts_reads_the_axes_and_the_result_of_each_part(several: Task) -> None:
    read: list[Names] = []

    def rule(names: Names) -> bool:
        read.append(names)
        return True

    compiled = copy(several.correct_when.compiled)
    compiled.run = rule
    task = replace(several, correct_when=replace(several.correct_when, compiled=compiled))
    unanswered = PartResult("returns", 4, False, Grade(-1.0, False, "no answer"))
    assert task.grade({"intents": 2}, [result(1.0, True), unanswered]) == Grade(
        0.0, True, "mean(p.task for p in parts)"
    )
    assert read == [
        {
            "intents": 2,
            "task": 0.0,
            "parts": [
                {"name": "status", "turn_budget": 5, "answered": True, "task": 1.0, "correct": True},
                {"name": "returns", "turn_budget": 4, "answered": False, "task": -1.0, "correct": False},
            ],
        }
    ]


def test_the_reason_of_a_grade_gives_the_axes_that_its_rule_reads(several: Task) -> None:
    assert several.count is not None
    by_count = replace(several, task=several.count)
    assert by_count.grade({"intents": 2}, [result(1.0, True)]).reason == "intents, where intents = 2"


def test_a_part_alone_is_the_task_of_its_environment(c8: Scenario, plain: Task, several: Task) -> None:
    alone = several.alone(plain.name)
    assert not alone.numbered and list(alone.parts) == [plain.name] and alone == plain
    for seed in range(5):
        drawn = [draw_world(task, c8.compiled.catalog, 3, seed) for task in (alone, plain)]
        assert drawn[0].parts[0].names["goal"] == drawn[1].parts[0].names["goal"]
        assert drawn[0].turn_budget == drawn[1].turn_budget


def test_the_budget_of_one_part_is_that_of_its_task(c8: Scenario) -> None:
    for task in c8.compiled.environments.values():
        drawn = draw_world(task, c8.compiled.catalog, 6, 1)
        assert drawn.turn_budget == sum(part.turn_budget for part in drawn.parts)
        assert len(drawn.early) == len(drawn.parts) and not drawn.early[0]


def test_what_may_join_depends_on_what_was_chosen(several: Task) -> None:
    free = replace(several, apart=frozenset())
    assert free.may_join("cart", ["status"]) and not free.may_join("cart", ["cart"])
    assert replace(free, repeat=True).may_join("cart", ["cart"])
    assert not replace(free, apart=frozenset([frozenset(["cart", "status"])])).may_join("cart", ["returns", "status"])
    assert not replace(free, repeat=True, apart=frozenset([frozenset(["cart"])])).may_join("cart", ["cart"])


def test_a_step_means_its_text_and_the_steps_and_axes_that_it_reads(several: Task) -> None:
    orders, target = (b.meaning for b in several.parts["status"].world if b.name in ("orders", "target"))
    assert "history" in orders.axes and set(target.axes) >= set(orders.axes)
    assert orders.digest != target.digest


def test_a_step_means_something_else_when_a_step_that_it_reads_does(several: Task, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SCENARIOS, tmp_path / "scenarios")) / "environments"
    status = folder / "status.yaml"
    status.write_text(
        status.read_text(encoding="utf-8").replace("count: history", "count: history + 0"), encoding="utf-8"
    )
    changed = rlve_dsl.load(folder / "journey.yaml").compiled.environments["journey"].parts["status"]
    before, after = ({b.name: b.meaning.digest for b in part.world} for part in (several.parts["status"], changed))
    assert before["orders"] != after["orders"] and before["target"] != after["target"]


def test_steps_that_mean_the_same_are_drawn_once(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SCENARIOS, tmp_path / "scenarios")) / "environments"
    status, journey = (folder / f"{name}.yaml" for name in ("status", "journey"))
    text = status.read_text(encoding="utf-8")
    (folder / "again.yaml").write_text(text.replace("name: status", "name: again"), encoding="utf-8")
    chain = re.sub(r"of: \[.*\]", "of: [status.yaml, again.yaml]", journey.read_text(encoding="utf-8"))
    journey.write_text(chain.replace("count: intents", "count: 2"), encoding="utf-8")
    scenario = rlve_dsl.load(journey).compiled
    parts = draw_world(scenario.environments["journey"], scenario.catalog, 0, 0).parts
    assert len(parts) == 2 and parts[0].names["orders"] is parts[1].names["orders"]


def test_a_world_that_only_chance_stands_against_is_drawn_more_often(c8: Scenario) -> None:
    # the only order is drawn before the part that wants it delivered: four of five draws fail
    for seed in (361, 6824):
        drawn = draw_world(c8.compiled.environments["journey"], c8.compiled.catalog, 0, seed)
        assert [part.environment.name for part in drawn.parts] == ["status", "returns"]
        assert drawn.attempt >= ATTEMPTS and drawn.parts[1].names["purchase"]["status"] == "delivered"


def test_a_history_that_is_always_too_short_is_reported_soon(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SCENARIOS, tmp_path / "scenarios")) / "environments"
    status, journey = (folder / f"{name}.yaml" for name in ("status", "journey"))
    text = status.read_text(encoding="utf-8").replace("count: history", "count: 1")
    status.write_text(text, encoding="utf-8")
    longer = text.replace("name: status", "name: longer").replace("{count: 1", "{count: 2, delivered: 1")
    (folder / "longer.yaml").write_text(longer, encoding="utf-8")
    chain = re.sub(r"of: \[.*\]", "of: [status.yaml, longer.yaml]", journey.read_text(encoding="utf-8"))
    journey.write_text(chain.replace("count: intents", "count: 2"), encoding="utf-8")
    found, _ = check([journey])
    assert [d.code for d in found if d.severity == "error"] == ["R214"]
    assert "order_history wanted 2 orders, 1 of them delivered, and the shopper has a history of 1" in found[0].message
    assert found[0].message.endswith(f"(in each of {ATTEMPTS} attempts)")


def test_an_environment_that_composes_itself_is_reported(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(SCENARIOS, tmp_path / "scenarios"))
    path = copy / "environments" / "journey.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("[discovery.yaml,", "[journey.yaml,"), encoding="utf-8")
    found, _ = check([copy / "c8.yaml"])
    assert [d.code for d in found if d.severity == "error"] == ["R224"]
