"""Each check holds for a sound scenario and sees the defects that are its own."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from rlve_dsl.certify import CHECKS, CheckResult, Plan, certify, choose, to_json
from rlve_dsl.certify.checks import AnyCheck
from rlve_dsl.episode import Scenario, ScenarioReference, record, replay
from tests.certify.conftest import DEFECTS, ROOT, Judge
from tests.conftest import shipped

FIRST_STEPS = str(ROOT / "scenarios" / "first-steps.yaml")
STATUS = str(ROOT / "scenarios" / "environments" / "status.yaml")
CARELESS = str(DEFECTS / "plugins" / "careless.py")

# defect → the check that sees it, and words of what it says; the benchmark runs all checks on all defects
SEEN = [
    ("unsolvable_in_budget", "solvable", "the oracle does not pass in"),
    ("hidden_bonus", "observable", "`mood` decides the outcome"),
    ("words_tell_less_than_is_read", "knowable", "the oracle acts on `pick`"),
    ("budget_always_reaches", "needed", "nobody has to ask for it"),
    ("no_op_pays", "floor", "finish at once"),
    ("near_enough_passes", "floor", "near-miss numbers"),
    ("status_unread", "floor", "near-miss answer"),
    ("governed/saying_is_enough", "floor", "words without deeds"),
    ("governed/moved_to_any_slot", "floor", "wrong target"),
    ("governed/any_ruling_passes", "floor", "it passes in"),
    ("dawdling_pays", "gap", "padding earns"),
    ("governed/breaking_rules_pays", "gap", "done in a way that does not pass"),
    ("failure_is_cheap", "bounded", "it earns 0, and the worst is -1"),
    ("out_of_range", "bounded", "outside -1..1"),
    ("same_every_time", "diverse", "seeds want the same"),
    ("nothing_held_out", "diverse", "holds no products out"),
    ("few_products_for_both", "diverse", "holds no products out"),
    ("fallbacks_of_both_parts", "diverse", "should be right only in"),
    ("nearest_to_both_parts", "diverse", "should be right only in"),
    ("fallback_of_two", "named", "and only the first is right"),
    ("target_of_two", "named", "and only the first is right"),
    ("replacement_of_two", "named", "and only the first is right"),
    ("opening_tells", "no_leak", "before anybody asks"),
    ("user_tells_the_goal", "no_leak", "follows the hidden goal"),
    ("two_facts_alike", "understood", "of its wordings"),
    ("prompt_of_many_pages", "context", "of the prompt, "),
    ("every_order_ever", "context", ", of `order.list`"),
    ("tighter_than_the_task", "context", "1,200 are allowed"),
    ("only_an_optimiser_passes", "learnable", "no heuristic passes level 2"),
]


def words(result: CheckResult) -> str:
    return "\n".join(f"{finding.subject}: {finding.text}" for finding in result.findings)


@pytest.mark.parametrize(("defect", "check", "says"), SEEN, ids=[f"{d}-{c}" for d, c, _ in SEEN])
def test_a_defect_is_seen(judge: Judge, defect: str, check: str, says: str) -> None:
    result = judge(check, str(DEFECTS / f"{defect}.yaml"))
    assert not result.passed and says in words(result), words(result)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_check_that_looks_at_nothing_finds_nothing(check: AnyCheck, first_steps: Scenario) -> None:
    assert check.judge(first_steps, Plan((0, 6)), ()).passed
    # defects of `harder` are in `test_imperfect.py`
    assert check.name in {*(seen for _, seen, _ in SEEN), "deterministic", "harder"}, "so that some test would fail"


@pytest.mark.parametrize("check", [check.name for check in CHECKS])
def test_a_sound_scenario_holds(judge: Judge, check: str) -> None:
    result = judge(check, STATUS if check in ("gap", "harder") else FIRST_STEPS)
    assert result.passed, words(result)


def test_understood_tells_how_many_wordings_the_facts_have(judge: Judge) -> None:
    (remark,) = judge("understood", STATUS, plan=Plan((6,), seeds=6, deep_seeds=6)).remarks
    assert re.fullmatch(r"each fact that openings leave out has at least [2-9]\d wordings of others", remark), remark


def test_facts_with_few_wordings_are_named(judge: Judge, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    file = tmp_path / "scenarios" / "examples" / "stall" / "desk.yaml"
    text = re.sub(r"(?m)^foreign_wordings: .*\n", "", file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")
    (remark,) = judge("understood", str(file)).remarks
    # the stall's own wordings are the questions of its environments
    assert "at least 0 wordings of others; these have fewer than 20: basket.quantity (0)" in remark


def test_wordings_for_certificates_are_put_to_the_shopper(judge: Judge, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    folder = tmp_path / "scenarios" / "examples" / "stall"
    texts = "kind: Wordings\nname: foreign\nenvironment: basket\nfacts: {quantity: [What goes back?, What colour?]}\n"
    (folder / "foreign-basket.yaml").write_text(texts, encoding="utf-8")
    result = judge("understood", str(folder / "desk.yaml"))
    assert "basket.quantity: of its wordings 33% bring it out alone; not, for example, `What " in words(result)


@pytest.mark.parametrize("defect", ["tool_tells_a_fact", "tool_marks_the_wanted", "first_is_always_right"])
def test_a_tool_that_tells_is_a_leak(judge: Judge, defect: str) -> None:
    result = judge("no_leak", str(DEFECTS / f"{defect}.yaml"), CARELESS)
    assert not result.passed and "shop." in words(result), words(result)


def test_a_world_that_is_drawn_again_as_a_whole_is_no_leak(judge: Judge, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    file = tmp_path / "scenarios" / "examples" / "clinic" / "cancellation.yaml"
    text = file.read_text(encoding="utf-8").replace("\ngoal:\n", "\nrequire: {old: caller.born < 1975}\ngoal:\n")
    file.write_text(re.sub(r"(?<=let: who\n).*", '    value: joined(["Ana", "Diaz"])', text), encoding="utf-8")
    result = judge("no_leak", str(file))
    assert result.passed, words(result)


def test_a_plugin_that_draws_from_everything_is_seen(judge: Judge) -> None:
    result = judge("diverse", str(DEFECTS / "best_sellers_for_all.yaml"), CARELESS)
    assert not result.passed and "should be right only in" in words(result), words(result)


def test_what_the_user_tells_when_asked_makes_a_request_different(judge: Judge) -> None:
    result = judge("diverse", str(ROOT / "scenarios/examples/stall/desk.yaml"), plan=Plan((4,), seeds=20))
    assert result.passed, words(result)


def test_held_out_nothing_in_so_many_words_is_noted(judge: Judge) -> None:
    result = judge("diverse", FIRST_STEPS)
    assert result.passed and any("`held_out` is 0%" in note for note in result.notes)


@pytest.mark.parametrize("defect", ["unseeded_randomness", "order_of_sets"])
def test_what_no_seed_decides_is_not_deterministic(judge: Judge, defect: str) -> None:
    result = judge("deterministic", str(DEFECTS / f"{defect}.yaml"), CARELESS, plan=Plan((6,), seeds=2))
    assert not result.passed and re.search("not the same in `|gives other bytes", words(result)), words(result)


def test_the_trajectory_of_a_finding_replays(judge: Judge) -> None:
    path = str(DEFECTS / "near_enough_passes.yaml")
    finding = judge("floor", path).findings[0]
    assert finding.level == 6 and finding.seed is not None
    episode = replay(finding.trajectory.splitlines(), ScenarioReference(path).load())
    assert record(episode) == finding.trajectory
    assert episode.outcome is not None and episode.outcome.correct


@pytest.mark.parametrize(
    ("defect", "probe", "change"),
    [
        ("near_enough_passes", "near-miss numbers", r"it calls `cart\.\w+` with `qty` \d+ instead of \d+"),
        ("status_unread", "near-miss answer", r'it answers `status` "\w+" instead of "\w+"'),
        ("governed/any_ruling_passes", "near-miss answer", r'it answers `verdict` "\d+ days" instead of "\d+ days"'),
        (
            "governed/moved_to_any_slot",
            "wrong target",
            r'it calls `clinic\.move` with `slot_id` "\w+" instead of "\w+"',
        ),
    ],
)
def test_a_wrong_play_that_passes_is_told_with_what_is_wrong_in_it(
    judge: Judge, defect: str, probe: str, change: str
) -> None:
    found = [f.text for f in judge("floor", str(DEFECTS / f"{defect}.yaml")).findings if f.subject == probe]
    assert found and re.search(f"; first: {change}$", found[0]), found


def test_the_least_play_that_pays_too_much_is_shown(judge: Judge) -> None:
    path = str(DEFECTS / "dawdling_pays.yaml")
    finding = judge("gap", path).findings[0]
    episode = replay(finding.trajectory.splitlines(), ScenarioReference(path).load())
    assert record(episode) == finding.trajectory


def test_nothing_depends_on_who_did_what() -> None:
    plan = Plan((0, 6), seeds=4)
    checks = choose(["solvable", "floor", "diverse"])
    alone, shared = (certify(ScenarioReference(STATUS), Plan(plan.levels, plan.seeds, jobs), checks) for jobs in (1, 2))
    assert to_json(alone) == to_json(shared)


def test_a_chain_is_certified_part_by_part(judge: Judge) -> None:
    path = str(ROOT / "scenarios" / "environments" / "journey.yaml")
    plan = Plan((3,), seeds=2, deep_seeds=1)
    for check in ("solvable", "bounded", "observable"):
        result = judge(check, path, plan=plan)
        assert result.passed, words(result)
    broken = judge("solvable", str(DEFECTS / "governed" / "later_intent_never_reached.yaml"), plan=plan)
    assert not broken.passed


def test_every_defect_says_what_it_is_and_who_sees_it() -> None:
    files = [*sorted(DEFECTS.glob("*.yaml")), *sorted((DEFECTS / "governed").glob("*.yaml"))]
    assert len(files) >= 30
    names = {"compile", *(check.name for check in CHECKS)}  # some defects are found before a check begins
    for path in files:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        told = re.fullmatch(r"# .+\. Caught by: ([\w, ]+)\.", first)
        assert told and set(told[1].split(", ")) <= names, path.name


def test_a_certificate_names_what_it_is_of(tmp_path: Path) -> None:
    certificate = certify(ScenarioReference(STATUS), Plan((0,), seeds=2), choose(["solvable", "bounded"]))
    told = json.loads(to_json(certificate))
    assert told["passed"] and not told["complete"]
    assert told["scenario"]["digest"] == shipped("environments/status.yaml").digest
    assert told["plan"]["levels"] == [0] and told["versions"].keys() >= {"rlve-dsl", "python", "numpy"}
    assert [c["name"] for c in told["checks"]] == ["solvable", "bounded"]
    assert told["checks"][0]["ids"][0] == "semantic.oracle_max"
