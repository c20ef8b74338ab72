"""Agents under disturbances: they make calls again, and do what they do without."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlve_dsl.agents import OracleAgent, RandomAgent, Scripted, demonstrate, inquire, perform, perform_script, play
from rlve_dsl.episode import Action, Call, Scenario, record, replay
from tests.episode.troubles import disturbed, start

MANY = (
    {"shaky": {"share": "0.1 + 0.01 * level"}}, {"slow": {"seconds": 3}}, {"short": {"rows": 2, "share": 0.3}},
)  # fmt: skip


@pytest.fixture(scope="module")
def c8_disturbed(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return disturbed(tmp_path_factory.mktemp("c8"), *MANY, base="c8.yaml")


@pytest.mark.parametrize("level", [0, 7, 12])
def test_the_oracle_does_and_earns_what_it_does_without_disturbances(
    c8_disturbed: Scenario, c8: Scenario, level: int
) -> None:
    repeated = 0
    for environment in c8.environments:
        if c8.compiled.environments[environment].numbered:
            continue  # an answer that comes a turn later leaves its request open for longer, so the user says more
        for seed in range(2):
            plain = perform(lambda: c8.reset(environment, level=level, seed=seed), OracleAgent)  # noqa: B023
            other = perform(lambda: c8_disturbed.reset(environment, level=level, seed=seed), OracleAgent)  # noqa: B023
            assert other.passed and plain.outcome == other.outcome and plain.script == other.script
            repeated += sum(turn.free for turn in other.turns)
    assert repeated > 5


def test_chains_are_solved(c8_disturbed: Scenario) -> None:
    for level, seed in ((6, 0), (12, 1)):
        episode = c8_disturbed.reset("journey", level=level, seed=seed)
        assert play(episode, OracleAgent(episode)).correct


def test_a_script_is_played_as_without_disturbances(c8_disturbed: Scenario, c8: Scenario) -> None:
    script = perform(lambda: c8.reset("cart", level=6, seed=3), OracleAgent).script
    played = perform_script(lambda: c8_disturbed.reset("cart", level=6, seed=3), script)
    assert played.passed and played.script == script and any(turn.free for turn in played.turns)


def test_a_replay_and_a_fork_are_disturbed_alike(c8_disturbed: Scenario) -> None:
    for agent in (OracleAgent, RandomAgent):
        episode = c8_disturbed.reset("substitution", level=8, seed=1)
        play(episode, agent(episode))
        again = replay(record(episode).splitlines(), c8_disturbed)
        assert record(again) == record(episode) and again.turns[-1].messages == episode.turns[-1].messages
    begun = c8_disturbed.reset("cart", level=8, seed=1)
    look = Call("user.visit_history", {})
    begun.step(Action(calls=(look,)))
    fork = begun.fork()
    for one in (begun, fork):
        play(one, Scripted([Action(calls=(look,)), Action(answer={})]))
    assert record(begun) == record(fork)


def test_a_disturbance_more_moves_no_draw_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    alone = start(disturbed(tmp_path / "a", {"shaky": {"share": 0.5}}))
    beside = start(disturbed(tmp_path / "b", {"slow": {"seconds": 1}}, {"shaky": {"share": 0.5}}))
    for one in (alone, beside):
        for number in range(6):
            one.step(Action(calls=(Call("catalog.search", {"query": f"tea {number}"}),)))
            assert one.outcome is None or number == 5
    assert [t.results[0].failed for t in alone.turns] == [t.results[0].failed for t in beside.turns]
    assert alone.opening == beside.opening


def test_who_reads_everything_reads_what_was_cut_off(tmp_path: Path, first_steps: Scenario) -> None:
    plain, other = start(first_steps), start(disturbed(tmp_path, {"short": {"rows": 1}}, {"shaky": {"share": 0.3}}))
    inquire(plain)
    inquire(other)
    assert set(plain._store.ids_shown) == set(other._store.ids_shown)


def test_demonstrations_are_made_under_disturbances(tmp_path: Path) -> None:
    scenario = disturbed(tmp_path, *MANY)
    made = list(demonstrate(scenario, 4, (6, 8), 0, 0.5))
    assert all(one.passed for one in made) and sum(bool(one.mistakes) for one in made) == 2
    assert any(turn.free for one in made for turn in one.episode.turns)
    for one in made:
        for place in one.mistakes:
            assert not one.episode.turns[place].free
