"""A wrong outcome earns little, however near it is and however soon it comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rlve_dsl import files
from rlve_dsl.agents import OracleAgent, Performance, Script, perform, perform_script
from rlve_dsl.certify.edits import calls_that_write, without_call
from rlve_dsl.episode import Action, Call, Episode, Scenario
from rlve_dsl.values import Json
from tests.conftest import shipped

SCENARIOS = Path(__file__).parents[2] / "scenarios"
MOST = 0.25  # what the shipped environments give a wrong outcome at most
SHARE = 0.6  # of what the oracle earns in the same episode
COLLECTIONS = (
    "c8.yaml",
    "examples/gifts.yaml",
    "examples/reorders.yaml",
    "examples/send-backs.yaml",
    "examples/warranty.yaml",
)


def names_in(path: str) -> list[str]:
    """The names of the environments of a file, without compiling it."""
    spec = files.load(SCENARIOS / path).spec
    named = [one.path for one in spec.environments] if isinstance(spec, files.Collection) else [SCENARIOS / path]
    specs = [files.load(one).spec for one in named]
    return [one.name.text for one in specs if isinstance(one, files.Environment | files.Chain)]


@pytest.fixture(scope="module")
def scenarios() -> dict[str, Scenario]:
    return {path: shipped(path) for path in COLLECTIONS}


def other_values(value: Json) -> Iterator[Json]:
    """Values that are nearly right."""
    if isinstance(value, list) and value:
        yield from (value[:-1], value[:1], value[::-1], value[1:])
    elif isinstance(value, int | float):
        yield from (value + 1, value * 1.01)
    elif isinstance(value, str):
        yield "39 days"


def nearly_right(oracle: Performance) -> Iterator[Script]:
    """The oracle's play with one thing wrong, as it is and without all turns that only read."""
    script, episode = oracle.script, oracle.episode
    assert episode is not None
    for turn, place, _ in calls_that_write(script, episode):
        yield without_call(script, turn, place)
    for turn, action in enumerate(script):
        for name, value in (action.answer or {}).items():
            for other in other_values(value):
                wrong = replace(action, answer={**(action.answer or {}), name: other})
                yield (*script[:turn], wrong, *script[turn + 1 :])
                yield tuple(a for a in hurried((*script[:turn], wrong, *script[turn + 1 :]), episode))
    last = next(action for action in reversed(script) if action.answer is not None)
    yield (Action(answer=last.answer),)


def hurried(script: Script, episode: Episode) -> Iterator[Action]:
    """The turns that answer or change something, without words and without what they read."""
    for action in script:
        writes = [c for c in action.calls if (tool := episode.tool(c.name)) is not None and tool.writes]
        calls: tuple[Call, ...] = tuple(writes)
        if calls or action.answer is not None:
            yield replace(action, message="", calls=calls)


@pytest.mark.parametrize(("path", "name"), [(path, name) for path in COLLECTIONS for name in names_in(path)])
def test_a_wrong_outcome_earns_at_most_a_share_of_a_right_one(
    scenarios: dict[str, Scenario], path: str, name: str
) -> None:
    wrong = 0
    for level, seed in ((0, 0), (6, 1), (12, 0)):

        def begin(level: int = level, seed: int = seed) -> Episode:
            return scenarios[path].reset(name, level=level, seed=seed)

        oracle = perform(begin, OracleAgent)
        assert oracle.passed
        for script in nearly_right(oracle):
            play = perform_script(begin, script)
            if play.outcome is not None and not play.passed:
                wrong += 1
                assert play.outcome.task <= MOST
                assert play.reward <= SHARE * oracle.reward, (level, seed, script)
    assert wrong >= 6


def test_the_task_of_a_wrong_outcome_keeps_its_slope(scenarios: dict[str, Scenario]) -> None:
    begin = lambda: scenarios["c8.yaml"].reset("cart", level=9, seed=0)
    oracle = perform(begin, OracleAgent)
    assert oracle.episode is not None
    script, tasks = oracle.script, []
    while writes := calls_that_write(script, oracle.episode):
        outcome = perform_script(begin, script).outcome
        assert outcome is not None
        tasks.append(outcome.task)
        script = without_call(script, *writes[-1][:2])
    assert tasks[0] == 1 and tasks[1] <= MOST and tasks[1:] == sorted(tasks[1:], reverse=True)
    assert len(set(tasks)) == len(tasks) > 2
