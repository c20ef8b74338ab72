"""Imperfect agents and heuristics: each errs in its own way, and `harder` and `learnable` judge each by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent
from rlve_dsl.certify import CheckResult, Plan
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks import harder, learnable, sweeps
from rlve_dsl.certify.checks.sweeps import Rung, work
from rlve_dsl.certify.imperfect import ERRING, SILENT, Imperfect, agents_for, heuristic_agent, usual_facts
from rlve_dsl.certify.traces import ending, lines_of
from rlve_dsl.compiler import IN_ORDER
from rlve_dsl.episode import Scenario, ScenarioReference
from tests.certify.conftest import DEFECTS, Judge
from tests.conftest import shipped

SEEDS = 24


@pytest.mark.parametrize("agent", [*ERRING, *SILENT], ids=lambda agent: agent.name)
def test_an_imperfect_agent_fails_where_the_oracle_passes(agent: Imperfect, general_cart: Scenario) -> None:
    cases = (Case(general_cart, "cart", 8, seed) for seed in range(SEEDS))
    (play,) = agents_for((agent,), general_cart, "cart", 8).values()
    failed = next(case for case in cases if not case.play(play).passed)
    assert failed.oracle.passed
    perfect = replace(agent, mistakes={}, asks_for="all")
    (play,) = agents_for((perfect,), general_cart, "cart", 8).values()
    assert failed.play(play).passed


def test_who_asks_nothing_says_nothing_that_asks(general_cart: Scenario) -> None:
    (play,) = agents_for(SILENT[:1], general_cart, "cart", 6).values()
    turns = Case(general_cart, "cart", 6, 0).play(play).turns
    assert not any("?" in turn.action.message for turn in turns)  # type: ignore[union-attr]


def test_who_asks_one_general_question_asks_once(general_cart: Scenario) -> None:
    (play,) = agents_for(SILENT[1:], general_cart, "cart", 6).values()
    turns = Case(general_cart, "cart", 6, 0).play(play).turns
    assert sum("?" in turn.action.message for turn in turns) == 1  # type: ignore[union-attr]


def test_what_is_usual_is_learnt_from_other_episodes() -> None:
    scenario = shipped("environments/substitution.yaml")
    guesses = usual_facts(scenario, "substitution", 6)
    assert guesses["substitution", "likeness"] == pytest.approx(0.7)  # the level's own
    assert ("substitution", "wish") not in guesses, "there may be several"


def test_a_heuristic_plays_its_own_values(c1: Scenario) -> None:
    case = Case(c1, "discovery", 3, 0)
    nearest = case.play(lambda episode: OracleAgent(episode, heuristic="the nearest match"))
    assert nearest.script[-1].answer != case.oracle.script[-1].answer


def test_an_agent_that_keeps_the_order_of_the_tools_does_not_rank(judge: Judge) -> None:
    computed = rlve_dsl.load(DEFECTS / "only_an_optimiser_passes.yaml")
    case = Case(computed, "substitution", 3, 0)
    unranked = case.play(lambda episode: OracleAgent(episode, heuristic=IN_ORDER))
    assert unranked.script[-1].answer != case.oracle.script[-1].answer


# What `harder` says -------------------------------------------------------------------------------------------------


def rungs(agent: str, easy: int, hard: int, seeds: int) -> list[Rung]:
    """A level sweep in which one agent passes so many seeds at the easy and at the hard level; the others pass none."""
    made = []
    for level, passes in ((0, easy), (12, hard)):
        passed = {
            one.name: {seed: one.name == agent and seed < passes for seed in range(seeds)} for one in (*ERRING, *SILENT)
        }
        made.append(Rung("cart", "", 0, level, float(level), passed, f"seen {level}"))
    return made


def swept(path: str, plan: Plan, *axes: str) -> CheckResult:
    """What `harder` says of a defect from the sweeps of these axes alone; the level is the axis without a name."""
    source = ScenarioReference(str(DEFECTS / f"{path}.yaml"))
    scenario = source.load()
    jobs = [job for job in harder.jobs(scenario, plan) if job[1] in axes]
    assert {axis for _, axis, _ in jobs} == set(axes)
    return harder.judge(scenario, plan, [rung for job in jobs for rung in work(scenario, source, plan, job)])


def judged(agent: str, easy: int, hard: int, seeds: int, scenario: Scenario) -> CheckResult:
    return harder.judge(scenario, Plan((0, 12), seeds=seeds), rungs(agent, easy, hard, seeds))


@pytest.mark.parametrize("agent", [one.name for one in SILENT])
def test_a_silent_agent_must_not_pass_more_often_upwards(agent: str, first_steps: Scenario) -> None:
    subjects = [finding.subject for finding in judged(agent, 0, 12, 20, first_steps).findings]
    assert agent in subjects
    assert agent not in [f.subject for f in judged(agent, 12, 0, 20, first_steps).findings]
    assert agent not in [f.subject for f in judged(agent, 5, 7, 20, first_steps).findings], "this may be luck"


@pytest.mark.parametrize("agent", [one.name for one in (*ERRING, *SILENT)])
def test_each_agent_has_its_figures(agent: str, first_steps: Scenario) -> None:
    figures = [f for f in judged(agent, 10, 5, 20, first_steps).figures if f.subject == agent]
    assert [figure.interval.value for figure in figures] == [0.5, 0.25]


@pytest.mark.parametrize("agent", [one.name for one in ERRING])
def test_a_level_bites_when_any_erring_agent_fails_more(agent: str, first_steps: Scenario) -> None:
    assert judged(agent, 20, 5, 20, first_steps).passed
    assert any("does not bite" in f.text for f in judged(agent, 5, 5, 20, first_steps).findings)


@pytest.mark.parametrize("seeds", [3, 5, 9])
def test_few_seeds_are_said_to_be_few(seeds: int, first_steps: Scenario) -> None:
    for agent in ("asks nothing", "careless"):
        result = judged(agent, 0, seeds, seeds, first_steps)
        assert result.passed and any("too few" in text for text in result.undecided)


def test_an_axis_that_shows_in_few_episodes_does_something(general_cart: Scenario) -> None:
    source = ScenarioReference(str(DEFECTS / "parts" / "rarely_more.yaml"))
    rare = source.load()
    at_three = list(work(rare, source, Plan((0, 12), seeds=3), ("cart", "quantity_rate", 12)))
    assert len({rung.seen for rung in at_three}) == 2
    assert harder.judge(rare, Plan((0, 12), seeds=3), at_three).passed


def test_no_more_episodes_are_looked_at_once_plays_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []

    def noted(scenario: Scenario, environment: str, level: int, seed: int) -> Case:
        seeds.append(seed)
        return Case(scenario, environment, level, seed)

    monkeypatch.setattr(sweeps, "Case", noted)
    rare = ScenarioReference(str(DEFECTS / "parts" / "rarely_more.yaml"))
    rungs = list(work(rare.load(), rare, Plan((0, 12), seeds=3), ("cart", "quantity_rate", 12)))
    assert len({rung.seen for rung in rungs}) == 2
    last = max(seeds)
    assert 3 < last < 39, "it shows in some episode in between, with a seed above those of the plan"
    assert seeds.count(last) == 2, "with both values"


def test_an_axis_may_need_another_one(general_cart: Scenario) -> None:
    """At one pin, all plays are the same; at the other they differ."""
    passed = {one.name: dict.fromkeys(range(12), True) for one in ERRING}

    def seen(low: str, high: str) -> CheckResult:
        rung = Rung("cart", "quantity_rate", 3, 0, 0.0, passed, "same")
        others = [replace(rung, pin=9, seen=low), replace(rung, pin=9, level=12, value=0.5, seen=high)]
        return harder.judge(general_cart, Plan((3, 9)), [rung, replace(rung, level=12, value=0.5), *others])

    assert seen("one", "another").passed and seen("one", "another").notes
    assert not seen("alike", "alike").passed


def test_a_defect_that_silent_agents_see() -> None:
    result = swept("never_asking_gets_easier", Plan((2, 9), seeds=20), "")
    assert "asks nothing" in [finding.subject for finding in result.findings]


@pytest.mark.parametrize(
    ("defect", "axis", "says"),
    [
        ("axis_without_effect", "hurry", "this axis does nothing"),
        ("axis_that_stands_still", "items", "the same value at every level"),
    ],
)
def test_a_defect_of_an_axis_is_seen(defect: str, axis: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "_LOOKED_AT", 8)  # no seed can show what has no effect
    findings = swept(defect, Plan((2, 9), seeds=2), axis).findings
    assert any(finding.subject.startswith(axis) and says in finding.text for finding in findings), findings


# The ladder ---------------------------------------------------------------------------------------------------------


def test_a_level_that_only_the_exact_solution_passes_is_named(judge: Judge) -> None:
    path = str(DEFECTS / "only_an_optimiser_passes.yaml")
    result = judge("learnable", path, plan=Plan((2,), seeds=10))
    assert [finding.subject for finding in result.findings] == ["ladder"]
    assert any("only the exact solution passes level 2" in note for note in result.remarks)
    few = judge("learnable", path, plan=Plan((2,), seeds=3))
    assert few.passed and few.undecided


def test_an_exact_ranking_is_no_heuristic(c1: Scenario, general_cart: Scenario) -> None:
    general = SILENT[1]
    assert not learnable.is_simple(c1, "discovery", general), "it ranks as the solution does"
    assert learnable.is_simple(c1, "discovery", heuristic_agent("most wishes met, then the nearest match", "all"))
    assert learnable.is_simple(general_cart, "cart", general), "there is nothing to rank"


# Traces -------------------------------------------------------------------------------------------------------------


def test_a_trace_reads_as_a_conversation(general_cart: Scenario) -> None:
    (play,) = agents_for(SILENT[:1], general_cart, "cart", 8).values()
    failed = next(p for seed in range(SEEDS) if not (p := Case(general_cart, "cart", 8, seed).play(play)).passed)
    lines = lines_of(failed)
    assert failed.episode is not None
    assert lines[0] == ("shopper", failed.episode.opening)
    assert lines[-1][0] == "outcome" and ending(failed) in lines[-1][1]
    assert {"agent", "store"} <= {who for who, _ in lines}
    assert all(len(what) < 400 for _, what in lines)
