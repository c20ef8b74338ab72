"""What the disturbances and noises do, and that the oracle solves environments of c8 under them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import rlve_dsl_noise
from rlve_dsl_noise.languages import WORDS
from rlve_dsl_noise.transcripts import FILLERS, SOUND_ALIKE

import rlve_dsl
from rlve_dsl.agents import OracleAgent, perform
from rlve_dsl.episode import Action, Call, Scenario, record, replay
from rlve_dsl.errors import ScenarioError
from rlve_dsl.plugins import registry
from rlve_dsl.rng import Stream
from rlve_dsl.testing import check_plugin

SCENARIOS = Path(rlve_dsl_noise.__file__).parent / "scenarios"
KNOWN = registry([rlve_dsl_noise])
TRANSCRIPTION, CODE_SWITCHING = rlve_dsl_noise.rlve_noises()


@pytest.fixture(scope="module")
def noisy() -> Scenario:
    return rlve_dsl.load(SCENARIOS / "noisy.yaml", KNOWN)


@pytest.fixture(scope="module")
def c8_noisy() -> Scenario:
    return rlve_dsl.load(SCENARIOS / "c8-noisy.yaml", KNOWN)


def with_disturbances(folder: Path, *disturbances: object) -> Scenario:
    """The first steps with these disturbances."""
    written = {
        "kind": "Collection", "name": "disturbed", "extends": "package:rlve_dsl/first-steps.yaml",
        "disturbances": [*disturbances],
    }  # fmt: skip
    (folder / "disturbed.yaml").write_text(json.dumps(written), encoding="utf-8")
    return rlve_dsl.load(folder / "disturbed.yaml", KNOWN)


# Disturbances -------------------------------------------------------------------------------------------------------

SEARCHES = tuple(Call("catalog.search", {"query": f"tea {number}"}) for number in range(200))


def failures(scenario: Scenario) -> list[list[bool]]:
    """Whether each of 200 calls failed, in several episodes, one call a turn."""
    found = []
    for seed in range(4):
        episode = scenario.reset("cart", level=6, seed=seed)
        episode.turn_budget = 1000
        for call in SEARCHES:
            episode.step(Action(calls=(call,)))
        found.append([turn.results[0].failed for turn in episode.turns])
    return found


def test_flaky_fails_as_often_as_it_says(tmp_path: Path) -> None:
    found = failures(with_disturbances(tmp_path, {"flaky": {"share": "0.05 * level"}}))
    share = sum(map(sum, found)) / sum(map(len, found))
    assert share == pytest.approx(0.3, abs=0.05)
    assert found[0] != found[1], "each episode draws for itself"


def test_flaky_fails_only_so_often_in_a_row(tmp_path: Path) -> None:
    episode = with_disturbances(tmp_path, {"flaky": {"share": 1, "in_a_row": 1, "seconds": 4}}).reset(
        "cart", level=6, seed=0
    )
    for _ in range(2):
        episode.step(Action(calls=(Call("cart.view", {}),)))
    assert [turn.results[0].failed for turn in episode.turns] == [True, False]
    assert episode.turns[0].results[0].seconds == 4


def test_slow_takes_around_as_long_as_it_says(tmp_path: Path) -> None:
    episode = with_disturbances(tmp_path, {"slow": {"share": 1, "seconds": 10}}).reset("cart", level=12, seed=0)
    times = []
    for _ in range(episode.turn_budget - 1):
        episode.step(Action(calls=(Call("cart.view", {}),) * episode.tool_budget))
        times += [result.seconds for result in episode.turns[-1].results]
    assert min(times) >= 5 and max(times) <= 15 and len(set(times)) > 5


def test_cut_short_shows_the_first_rows(tmp_path: Path) -> None:
    episode = with_disturbances(tmp_path, {"cut_short": {"share": 1, "rows": 2}}).reset("cart", level=6, seed=0)
    episode.step(Action(calls=(Call("user.visit_history", {}),)))
    assert len(episode.turns[-1].results[0].value) == 2


# Noises -------------------------------------------------------------------------------------------------------------

TEXT = "Hello, I need the new one, please. It's for my cart, and I'd like to see 12 of them. Nothing else, thanks!"


@pytest.mark.parametrize("language", ["es", "fr", "de"])
def test_code_switching_says_the_same_in_two_languages(language: str) -> None:
    switched = CODE_SWITCHING.call(TEXT, Stream(1), share=1.0, language=language)
    assert switched != TEXT and "12" in switched and "cart" in switched
    assert CODE_SWITCHING.call(TEXT, Stream(1), share=0.0, language=language) == TEXT
    words = WORDS[language]
    assert words["please"] in switched and words["nothing else"].capitalize() in switched


def test_the_languages_have_the_same_words() -> None:
    assert len({frozenset(words) for words in WORDS.values()}) == 1


def test_transcription_loses_points_and_mixes_up_words_that_sound_alike() -> None:
    written = TRANSCRIPTION.call(TEXT, Stream(1), share=1.0)
    assert not re.search(r"[.,!]", written) and "knead the knew one" in written and "12" in written
    assert TRANSCRIPTION.call(TEXT, Stream(1), share=0.0) == TEXT


def test_a_transcript_has_fillers() -> None:
    written = [TRANSCRIPTION.call("could you send it back for me then", Stream(seed), share=0.9) for seed in range(50)]
    assert {filler for filler in FILLERS for text in written if f" {filler} " in text} == set(FILLERS)


@pytest.mark.parametrize("words", [SOUND_ALIKE, *WORDS.values()])
def test_no_noise_changes_a_number_or_a_no(words: dict[str, str]) -> None:
    meant = {
        "one",
        "two",
        "to",
        "too",
        "for",
        "four",
        "ate",
        "eight",
        "won",
        "no",
        "not",
        "know",
        "never",
        "without",
        "or",
    }
    assert not meant & words.keys() and not {"no", "not", "know", "one", "two", "four"} & set(words.values())


def test_values_are_said_as_they_are(noisy: Scenario, c8_noisy: Scenario) -> None:
    said = 0
    for scenario, environment in ((noisy, "status"), (c8_noisy, "cart"), (c8_noisy, "bundle")):
        for seed in range(5):
            played = perform(lambda: scenario.reset(environment, level=10, seed=seed), OracleAgent)  # noqa: B023
            assert played.episode is not None
            replies = [played.episode.opened, *(turn.reply for turn in played.turns if turn.reply is not None)]
            for reply in replies:
                for segment in (segment for part in reply.parts for segment in part if segment.is_value):
                    assert segment.text in reply.text
                    said += 1
    assert said > 100


def test_users_speak_in_two_ways(noisy: Scenario) -> None:
    openings = [noisy.reset("status", level=12, seed=seed).opening for seed in range(20)]
    assert any("isiera" in text or "ola" in text for text in openings)


# Environments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0, 4, 8, 12])
def test_the_oracle_passes_and_makes_calls_again(noisy: Scenario, c8_noisy: Scenario, level: int) -> None:
    free = 0
    for scenario in (noisy, c8_noisy):
        for environment in scenario.environments:
            for seed in range(2):
                played = perform(lambda: scenario.reset(environment, level=level, seed=seed), OracleAgent)  # noqa: B023
                assert played.passed, (environment, seed, played.problem)
                free += sum(turn.free for turn in played.turns)
                assert record(replay(played.trajectory.splitlines(), scenario)) == played.trajectory
    assert free > 0 or level == 0


def test_without_the_plugin_its_names_are_unknown() -> None:
    with pytest.raises(ScenarioError, match="rlve-dsl-noise"):
        rlve_dsl.load(SCENARIOS / "noisy.yaml", registry())


def test_the_plugin_is_sound() -> None:
    assert check_plugin(rlve_dsl_noise) == []
