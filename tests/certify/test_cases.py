"""Cases: what is played once for all checks is what playing it anew would be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rlve_dsl.agents import perform_script, shown
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.probes import PROBES
from rlve_dsl.certify.variations import variations
from rlve_dsl.episode import Action, Call, Episode, Scenario


@pytest.mark.parametrize("name", ["returns", "cart", "journey"])
def test_a_script_that_begins_like_the_oracle_is_played_as_from_the_start(c8: Scenario, name: str) -> None:
    case = Case(c8, name, 6, 3)
    episode = case.oracle.episode
    assert episode is not None
    for change, script in variations(case.oracle.script, episode, shown(episode)):
        assert case.play_script(script).trajectory == perform_script(case.reset, script).trajectory, change
    assert case.oracle.trajectory == perform_script(case.reset, case.oracle.script).trajectory


def test_probes_are_played_once_for_all_checks(c8: Scenario) -> None:
    case = Case(c8, "cart", 6, 3)
    probe = next(probe for probe in PROBES if probe.name == "stall, then do")
    plays = case.attempts(probe.name, probe.attempt)
    assert plays and case.attempts(probe.name, probe.attempt) is plays
    assert [play.trajectory for play in plays] == [play.trajectory for play in probe.attempt(case)]


def test_a_play_that_does_not_happen_again_breaks_nothing(c8: Scenario) -> None:
    """What a plugin draws by itself may end the oracle's play early when it is played again; `deterministic` says so."""
    case = Case(c8, "returns", 6, 3)
    illegal = Action("", (Call("no.such_tool", {}),))
    played = perform_script(case.reset, case.oracle.script)
    assert played.episode is not None
    first, *rest = played.episode.turns
    played.episode.turns[:] = [replace(first, action=illegal), *rest]
    case.__dict__["oracle"] = played
    assert case.play_script(()).trajectory == perform_script(case.reset, ()).trajectory
    assert case.play_script(played.script).reward == -1


def test_a_case_is_drawn_once_for_all_who_begin_it(c8: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    usual = Scenario.reset

    def counted(self: Scenario, environment: str, *, level: int, seed: int) -> Episode:
        drawn.append(seed)
        return usual(self, environment, level=level, seed=seed)

    monkeypatch.setattr(Scenario, "reset", counted)
    case = Case(c8, "cart", 3, 5)
    one, other = case.begin(), case.begin()
    one.step(Action("Hello?"))
    assert drawn == [5] and not other.turns and not case.begin().turns
