"""A conversation says nothing twice: a row that a tool has shown is told by its id and what has changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.episode import Action, Call, Episode, Scenario
from tests.conftest import shipped

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture(scope="module")
def c8() -> Scenario:
    return shipped("c8.yaml")


def read(episode: Episode) -> list[Any]:
    """What the agent read in the last turn."""
    return [json.loads(m["content"]) for m in episode.turns[-1].messages if m["role"] == "tool"]


def search(query: str, **more: Any) -> Call:
    return Call("catalog.search", {"query": query, **more})


def asked(c8: Scenario, *calls: Call, environment: str = "discovery") -> list[Any]:
    """What these calls return, in one turn."""
    episode = c8.reset(environment, level=12, seed=0)
    episode.step(Action(calls=calls))
    return read(episode)


def test_the_same_search_shows_ids_and_nothing_else(c8: Scenario) -> None:
    episode = c8.reset("discovery", level=0, seed=0)  # without search noise
    for _ in range(2):
        episode.step(Action(calls=(search("desk lamp"),)))
    first, second = (next(json.loads(m["content"]) for m in turn.messages) for turn in episode.turns)
    assert [row["product_id"] for row in first["products"]] == [row["product_id"] for row in second["products"]]
    sold_out = set(episode._store.shop.state.gone)
    assert [row.keys() - {"in_stock"} for row in second["products"]] == [{"product_id"}] * 10
    assert {row["product_id"] for row in second["products"] if "in_stock" in row} <= sold_out
    assert second["total"] == first["total"]


def test_another_query_shows_the_new_match_and_more_fields_when_asked(c8: Scenario) -> None:
    first, other, more = asked(
        c8, search("desk lamp", top_k=40), search("lamp for a desk", top_k=40),
        search("desk lamp", top_k=40, fields=["brand", "attributes"]),
    )  # fmt: skip
    shown = {row["product_id"] for row in first["products"]}
    again = [row for row in other["products"] if row["product_id"] in shown]
    assert again and all(row.keys() <= {"product_id", "match"} for row in again)
    repeated = [row for row in more["products"] if row["product_id"] in shown]
    assert repeated and all(
        {"brand", "attributes"} <= row.keys() <= {"product_id", "match", "brand", "attributes"} for row in repeated
    )


def test_what_a_reader_puts_together_is_what_the_tool_returned(c8: Scenario) -> None:
    for name in c8.environments:
        episode = c8.reset(name, level=9, seed=2)
        play(episode, OracleAgent(episode))
        known: dict[tuple[str, str], dict[str, Any]] = {}
        for turn in episode.turns:
            for result in turn.results:
                if result.tool.rows is None or result.refused is not None:
                    continue
                key, id_ = result.tool.rows
                whole: Any = result.tool.encode(result.returned)
                told: Any = result.content
                for row, said in zip(*((c[key] if key else c) for c in (whole, told)), strict=True):
                    place = (result.tool.name, row[id_])
                    known[place] = {**known.get(place, {}), **said}
                    assert row.items() <= known[place].items()


def test_a_fork_has_heard_what_the_original_heard_and_no_more(c8: Scenario) -> None:
    episode = c8.reset("discovery", level=0, seed=0)
    episode.step(Action(calls=(search("desk lamp"),)))
    fork = episode.fork()
    episode.step(Action(calls=(search("kettle"),)))
    fork.step(Action(calls=(search("desk lamp"),)))
    assert all("short_name" not in row for row in read(fork)[0]["products"])
    fork.step(Action(calls=(search("kettle"),)))
    assert all("short_name" in row for row in read(fork)[0]["products"])


def test_reading_late_gives_the_same_text(c8: Scenario) -> None:
    def played(early: bool) -> Iterator[str]:
        episode = c8.reset("journey", level=6, seed=4)
        oracle = OracleAgent(episode)
        while episode.outcome is None:
            step = episode.step(oracle.act(episode.observation))
            if early:
                _ = step.observation.messages
        return (m["content"] for turn in episode.turns for m in turn.messages)

    assert list(played(True)) == list(played(False))


def test_passages_and_orders_are_shown_once(c8: Scenario) -> None:
    first, second = asked(c8, *[Call("policy.search", {"query": "returns"})] * 2, environment="policy")
    assert len(first["passages"]) == 10 and all("text" in row for row in first["passages"])
    assert [row.keys() for row in second["passages"]] == [{"passage_id"}] * 10
    one, two = asked(c8, *[Call("order.list", {})] * 2, environment="status")
    assert [row.keys() for row in two["orders"]] == [{"order_id"}] * len(one["orders"])
