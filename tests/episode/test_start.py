"""What is already so before the conversation begins: the cart of the store can hold something."""

from __future__ import annotations

from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.episode import Action, Call, Scenario

ROOT = Path(__file__).parents[2]
TIDY = ROOT / "scenarios" / "examples" / "tidy-cart.yaml"


@pytest.fixture(scope="module")
def tidy() -> Scenario:
    return rlve_dsl.load(TIDY)


def test_the_environment_is_short() -> None:
    assert len(TIDY.read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize("level", [0, 6, 12])
def test_the_oracle_makes_a_wrong_cart_right(tidy: Scenario, level: int) -> None:
    for seed in range(4):
        episode = tidy.reset("tidy-cart", level=level, seed=seed)
        wanted = {w["product"]["id"]: w["qty"] for w in episode.parts[0].names["wanted"]}
        held = {line["product_id"]: line["qty"] for line in episode.table("cart_line")}
        assert held.keys() > wanted.keys()
        assert play(episode, OracleAgent(episode)).correct
        assert {line["product_id"]: line["qty"] for line in episode.table("cart_line")} == wanted


def test_the_lines_of_the_start_are_numbered_and_no_act_of_the_agent(tidy: Scenario) -> None:
    episode = tidy.reset("tidy-cart", level=0, seed=0)
    assert [line["line_id"] for line in episode.table("cart_line")] == ["L1", "L2"]
    step = episode.step(Action("", (Call("cart.view"),)))
    assert not step.turn.effects and not step.terminated
    assert [line["line_id"] for line in step.turn.results[0].value["lines"]] == ["L1", "L2"]


def test_what_is_there_from_the_start_is_not_what_the_agent_chose(tidy: Scenario) -> None:
    episode = tidy.reset("tidy-cart", level=12, seed=1)
    play(episode, OracleAgent(episode))
    assert episode.outcome is not None
    (term,) = [term for term in episode.outcome.terms if term.name == "hallucination"]
    assert term.value == 0


def test_a_row_of_a_table_is_found_by_its_key_and_by_its_place(tmp_path: Path) -> None:
    text = TIDY.read_text(encoding="utf-8").replace(
        "measures:\n",
        'measures:\n  first_line: "surely(cart[0]).line_id"\n  same: "surely(cart[first_line]).qty"\n  ninth: "cart[9]"\n',
    )
    (tmp_path / "tidy.yaml").write_text(text, encoding="utf-8")
    episode = rlve_dsl.load(tmp_path / "tidy.yaml").reset("tidy-cart", level=0, seed=0)
    episode.step(Action(answer={}))
    measured, line = episode.parts[0].measured, episode.table("cart_line")[0]
    assert (measured["first_line"], measured["same"], measured["ninth"]) == ("L1", line["qty"], None)
