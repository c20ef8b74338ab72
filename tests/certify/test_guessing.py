"""The probe that guesses the answer from the opening: what it learns, what chance is, and which scenarios it passes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rlve_dsl.certify import CheckResult, Plan, certify, choose
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks import floor
from rlve_dsl.certify.guessing import (
    JUDGED,
    LEARNT,
    NAME,
    Guessed,
    Seen,
    chances,
    goals_to_guess,
    guessed,
    learn,
    seen_at_first,
    shown_at_first,
)
from rlve_dsl.episode import Scenario, ScenarioReference, load
from rlve_dsl.rng import Stream
from tests.certify.conftest import DEFECTS
from tests.conftest import shipped

# what an opening shows → the right answer, for the number of an episode
Answering = Callable[[dict[str, str], Stream], str]


def episodes(answer: Answering, many: int, first: int = 0) -> list[Seen]:
    """Openings with a topic of four, a colour of two, and a number that is nearly always another."""
    found = []
    for seed in range(first, first + many):
        stream = Stream("openings", seed)
        shown = {
            "topic": str(stream.child("topic").integer(1, 4)),
            "colour": stream.child("colour").choice(["red", "blue"]),
            "number": str(stream.child("number").integer(1, 9999)),
        }
        found.append(Seen(seed, shown, (answer(shown, stream.child("answer")),)))
    return found


def judged(answer: Answering) -> tuple[tuple[str, ...], float, float]:
    """The names that the table looks at, the share of right guesses, and the chance."""
    table, others = learn(episodes(answer, LEARNT)), episodes(answer, JUDGED, first=LEARNT)
    right = sum(table.answer(one.shown) == one.answer for one in others)
    return table.names, right / JUDGED, sum(chances(table, others)) / JUDGED


def test_an_answer_that_the_opening_does_not_tell_is_guessed_by_chance() -> None:
    names, right, chance = judged(lambda shown, stream: stream.choice(["yes", "no"]))
    assert names == () and chance == 0.5 and abs(right - 0.5) < 0.1
    names, right, chance = judged(lambda shown, stream: str(stream.integer(1, 5)))
    assert names == () and chance == pytest.approx(0.2) and right < 0.3


def test_a_topic_may_say_which_answers_there_are_and_not_which_is_right() -> None:
    def fair(shown: dict[str, str], stream: Stream) -> str:
        return f"{shown['topic']}-{stream.integer(1, 4)}"

    names, right, chance = judged(fair)
    assert names == ("topic",) and chance == pytest.approx(0.25) and right < 0.35

    names, right, chance = judged(lambda shown, stream: shown["topic"])
    assert names == ("topic",) and chance == pytest.approx(0.25) and right == 1.0


def test_two_things_together_may_tell_the_answer() -> None:
    def by_both(shown: dict[str, str], stream: Stream) -> str:
        return f"{shown['topic']}-{1 + (shown['colour'] == 'red' and stream.chance(0.9))}"

    names, right, chance = judged(by_both)
    assert names == ("topic", "colour") and right > 0.9 and chance == 0.5


def test_the_table_sees_what_was_said_which_facts_were_said_and_the_words() -> None:
    episode = shipped("environments/status.yaml").reset("status", level=0, seed=1)
    shown = shown_at_first(episode)
    (slot,) = episode.opened.disclosed
    assert shown["the facts said"] == slot.fact and slot.fact in shown
    assert {name.removeprefix("the word ").strip("`") for name in shown if name.startswith("the word ")} <= set(
        episode.opening.lower().replace("?", " ").replace(".", " ").replace(",", " ").split()
    ) | {"r"}


@pytest.mark.parametrize(
    ("path", "goals"),
    [
        ("environments/policy", ("verdict",)),
        ("environments/status", ("status",)),
        ("examples/warranty", ("verdict",)),
        ("examples/send-backs", ("fee", "stays")),
        ("examples/gifts", ()),  # the shopper says which wrapping
        ("environments/discovery", ()),  # ids alone
        ("environments/cart", ()),
        ("environments/journey", ()),
    ],
)
def test_what_can_be_guessed(path: str, goals: tuple[str, ...]) -> None:
    scenario = shipped(f"{path}.yaml")
    assert goals_to_guess(Case(scenario, scenario.environments[0], 4, 0)) == goals


def test_the_case_number_of_a_return_cannot_be_guessed() -> None:
    seen = guessed(Case(shipped("environments/returns.yaml"), "returns", 2, 0))
    assert seen is not None and seen.right == 0


@pytest.mark.parametrize("level", [0, 12])
def test_the_store_takes_about_half_of_the_returns(level: int) -> None:
    scenario = shipped("environments/returns.yaml")
    opened = [scenario.reset("returns", level=level, seed=seed) for seed in range(120)]
    assert 0.4 < sum(bool(one.parts[0].names["goal"]["allowed"]) for one in opened) / len(opened) < 0.6


def test_learning_and_judging_share_no_seed() -> None:
    case = Case(shipped("environments/status.yaml"), "status", 0, 0)
    first, then = seen_at_first(case, ("status",), 0, 3), seen_at_first(case, ("status",), 3, 3)
    assert len({one.seed for one in [*first, *then]}) == 6


def test_an_example_names_what_is_guessed() -> None:
    seen = guessed(Case(shipped("environments/status.yaml"), "status", 2, 0))
    assert seen is not None and seen.right and ': status "' in seen.example


def floor_of(scenario: Scenario) -> CheckResult:
    plan = Plan((2,), seeds=1, deep_seeds=1)
    (result,) = certify(ScenarioReference(scenario.spec.span.file), plan, choose(["floor"]), scenario=scenario).results
    return result


@pytest.mark.parametrize(
    "path", ["environments/policy", "environments/status", "examples/warranty", "examples/send-backs"]
)
def test_shipped_environments_are_guessed_by_chance_at_every_depth(path: str) -> None:
    scenario = shipped(f"{path}.yaml")
    for level in (0, 6, 12):
        seen = guessed(Case(scenario, scenario.environments[0], level, 0))
        assert seen is not None
        assert not list(floor._guessed_findings([seen], Plan((level,)))), seen


@pytest.mark.parametrize(
    "name",
    ["governed/topic_decides", "governed/told_facts_decide", "governed/greeting_decides", "mostly_delivered",
     "number_means_delivered", "way_tells_status"],
)  # fmt: skip
def test_an_opening_that_tells_the_answer_is_a_finding_of_this_probe_alone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = load(DEFECTS / f"{name}.yaml")
    result = floor_of(scenario)
    findings = {finding.subject: finding for finding in result.findings}
    assert NAME in findings and "by chance" in findings[NAME].text
    figure = next(figure for figure in result.figures if figure.subject == NAME)
    assert "at most chance" in figure.bound and figure.interval.of == JUDGED
    monkeypatch.setattr(floor, "guessed", lambda case: None)
    assert NAME not in {finding.subject for finding in floor_of(scenario).findings}


def test_it_is_listed_where_it_has_nothing_to_do() -> None:
    assert any(NAME in note for note in floor_of(shipped("environments/discovery.yaml")).notes)


def test_what_it_found_is_small_and_told_in_a_sentence() -> None:
    seen = Guessed("policy", 4, 7, "", 200, 240, 0.25, 'question.about "the return window": "30 days"')
    (finding,) = floor._guessed_findings([seen], Plan((4,)))
    assert finding.text == (
        "it is right in 200 of 240 episodes, 25% by chance: it guesses the answer from the opening, as it was most often right "
        'in other episodes; for question.about "the return window": "30 days"'
    )
    assert (finding.level, finding.seed) == (4, 7)


def test_seeds_that_cannot_be_drawn_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(shipped("environments/status.yaml"), "status", 0, 0)
    reset = type(case.scenario).reset

    def sometimes(self: object, environment: str, *, level: int, seed: int) -> object:
        if seed % 2:
            raise ValueError(seed)
        return reset(case.scenario, environment, level=level, seed=seed)

    monkeypatch.setattr(type(case.scenario), "reset", sometimes)
    assert len(seen_at_first(case, ("status",), 0, 10)) == 5
    monkeypatch.setattr(type(case.scenario), "reset", lambda self, environment, *, level, seed: 1 / 0)
    assert guessed(Case(case.scenario, "status", 0, 0)) is None
