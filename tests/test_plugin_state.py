"""A plugin's tools keep state in entities that they declare; all else follows from the declaration."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypedDict

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, RandomAgent, play
from rlve_dsl.certify import Plan, certify, choose
from rlve_dsl.episode import Action, Call, Episode, Scenario, ScenarioReference, record, replay
from rlve_dsl.errors import PluginError, ScenarioError
from rlve_dsl.expressions.types import Id
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.plugins import Registry, plugin_module, registry
from rlve_dsl.world import Refusal, Shop, Tool, effect_from_json, entity, tool

ROOT = Path(__file__).parents[1]
DESK = ROOT / "tests" / "plugins" / "wrapping-desk.yaml"
PARCELS = ROOT / "tests" / "plugins" / "parcels.py"


@pytest.fixture(scope="module")
def known() -> Registry:
    return registry([plugin_module(str(PARCELS))])


@pytest.fixture(scope="module")
def desk(known: Registry) -> Scenario:
    return rlve_dsl.load(DESK, known)


def oracle(episode: Episode) -> Episode:
    play(episode, OracleAgent(episode))
    return episode


@pytest.mark.parametrize("level", [0, 6, 12])
def test_the_oracle_wraps_the_right_parcel(desk: Scenario, level: int) -> None:
    for seed in range(4):
        episode = oracle(desk.reset("wrapping", level=level, seed=seed))
        assert episode.outcome is not None and episode.outcome.correct
        effects = [effect for turn in episode.turns for effect in turn.effects]
        assert [(e["how"], e["entity"], e["field"]) for e in effects] == [
            ("set", "parcel", "paper"),
            ("add", "parcel", "ribbons"),
        ]


def test_the_environment_is_certified() -> None:
    reference = ScenarioReference(str(DESK), (str(PARCELS),))
    checks = choose(["solvable", "floor", "bounded", "no_leak", "deterministic"])
    certificate = certify(reference, Plan((0, 6), seeds=4, deep_seeds=1), checks)
    assert certificate.passed, [finding for result in certificate.results for finding in result.findings]


def test_the_random_agent_calls_the_tools_with_ids_that_it_was_shown(desk: Scenario) -> None:
    wrapped = 0
    for seed in range(20):
        episode = desk.reset("wrapping", level=6, seed=seed)
        play(episode, RandomAgent(episode))
        wrapped += sum(bool(turn.effects) for turn in episode.turns)
    assert wrapped > 5


def test_an_episode_is_replayed_from_its_trajectory(desk: Scenario) -> None:
    episode = oracle(desk.reset("wrapping", level=6, seed=1))
    lines = record(episode)
    assert record(replay(lines.splitlines(), desk)) == lines
    effects = [effect_from_json(json.loads(json.dumps(e))) for turn in episode.turns for e in turn.effects]
    assert [effect.as_json() for effect in effects] == [e for turn in episode.turns for e in turn.effects]


def test_a_fork_shares_no_change(desk: Scenario) -> None:
    episode = desk.reset("wrapping", level=0, seed=0)
    fork = episode.fork()
    parcel = episode.table("parcel")[0]["parcel_id"]
    fork.step(Action("", (Call("parcel.wrap", {"parcel_id": parcel, "paper": "red"}),)))
    assert [e.table("parcel")[0]["paper"] for e in (episode, fork)] == [None, "red"]


def test_an_id_of_the_plugin_is_a_type_and_its_rows_have_names(desk: Scenario) -> None:
    episode = desk.reset("wrapping", level=0, seed=0)
    (environment,) = desk.compiled.environments["wrapping"].parts.values()
    assert environment.answer == {"parcel": Id("parcel")}
    row = episode.table("parcel")[0]
    call = Call("parcel.wrap", {"parcel_id": row["parcel_id"], "paper": "red"})
    assert episode.named_in(call) == (f"the {row['label']}",)


# Mistakes of plugins ------------------------------------------------------------------------------------------------


class Bell(TypedDict):
    """A bell."""

    bell_id: str
    rung: int
    metal: Literal["iron", "brass"] | None
    tunes: list[str] | None


BELL = entity("bell", Bell, key="bell_id", ids="B1")


def made(shop: Shop) -> str:
    return str(shop.create("bell", {"rung": 0, "metal": "iron", "tunes": []})["bell_id"])


def with_tool(ring: Tool) -> Registry:
    class Bells:
        @hookimpl
        def rlve_entities(self) -> list[Any]:
            return [BELL]

        @hookimpl
        def rlve_tools(self) -> list[Tool]:
            return [ring]

    return registry([plugin_module(str(PARCELS)), Bells()])


def started(tmp_path: Path, ring: Tool) -> Episode:
    text = (ROOT / "tests" / "plugins" / "parcels.yaml").read_text(encoding="utf-8")
    (tmp_path / "parcels.yaml").write_text(
        text.replace("tools: [parcel.*]", "tools: [parcel.*, bell.ring]"), encoding="utf-8"
    )
    collection = DESK.read_text(encoding="utf-8").replace("../../scenarios", str(ROOT / "scenarios"))
    (tmp_path / "desk.yaml").write_text(collection, encoding="utf-8")
    return rlve_dsl.load(tmp_path / "desk.yaml", with_tool(ring)).reset("wrapping", level=0, seed=0)


def test_a_tool_that_changes_what_it_does_not_declare_is_named(tmp_path: Path) -> None:
    @tool("bell.ring", writes={"bell": ("create",)})
    def ring(shop: Shop) -> int:
        """Ring the bell."""
        bell = shop.create("bell", {"rung": 0})
        shop.add("bell", bell["bell_id"], "rung", 1)
        return 1

    episode = started(tmp_path, ring)
    with pytest.raises(
        PluginError,
        match=r"tool `bell.ring` of Bells: it changes `rung` of an entity `bell`, .* writes={'bell': \('create', 'rung'\)}",
    ):
        episode.step(Action("", (Call("bell.ring", {}),)))


def test_a_tool_that_makes_an_entity_without_a_field_is_named(tmp_path: Path) -> None:
    @tool("bell.ring", writes={"bell": ("create",)})
    def ring(shop: Shop) -> int:
        """Ring the bell."""
        shop.create("bell", {"loud": True})
        return 1

    episode = started(tmp_path, ring)
    with pytest.raises(PluginError, match="a new entity `bell` needs `rung`"):
        episode.step(Action("", (Call("bell.ring", {}),)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda shop: shop.create("bel", {"rung": 0}), "there is no entity `bel`: did you mean `bell`"),
        (lambda shop: shop.table("bel"), "there is no entity `bel`"),
        (lambda shop: shop.create("bell", {"rung": 0, "loud": True}), "the entity `bell` has no field `loud`"),
        (lambda shop: shop.create("bell", {"bell_id": "B1", "rung": 0}) and shop.create("bell", {"bell_id": "B1", "rung": 0}),
         "there is already an entity `bell` with the id `B1`"),
        (lambda shop: shop.set("bell", "B7", "rung", 1), "there is no entity `bell` with the id `B7`"),
        (lambda shop: shop.remove("bell", "B7"), "there is no entity `bell` with the id `B7`"),
        (lambda shop: shop.add("bell", shop.create("bell", {"rung": 0})["bell_id"], "wrung", 1), "has no field `wrung`"),
        (lambda shop: shop.create("bell", {"rung": "often"}),
         "it creates an entity `bell` with the `rung` 'often', and int is wanted"),
        (lambda shop: shop.create("bell", {"rung": None}), "with the `rung` None, and int is wanted"),
        (lambda shop: shop.set("bell", made(shop), "rung", "often"),
         "it sets `rung` of an entity `bell` to 'often', and int is wanted"),
        (lambda shop: shop.set("bell", made(shop), "rung", 0.5), "it sets `rung` of an entity `bell` to 0.5, and int is wanted"),
        (lambda shop: shop.set("bell", made(shop), "rung", 10**5000),
         "it sets `rung` of an entity `bell` to a number that is too large for the language"),
        (lambda shop: shop.set("bell", made(shop), "metal", "gold"),
         "it sets `metal` of an entity `bell` to 'gold', and one of iron, brass is wanted"),
        (lambda shop: shop.set("bell", made(shop), "tunes", ["a", 5]),
         r"it sets `tunes` of an entity `bell` to 5 at `\[1\]`, and text is wanted"),
        (lambda shop: shop.add("bell", made(shop), "rung", 0.5), "it adds to `rung` of an entity `bell` 0.5, and int is wanted"),
        (lambda shop: shop.append("bell", made(shop), "tunes", 5), "it appends to `tunes` of an entity `bell` 5, and text is wanted"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_told_in_a_sentence(
    tmp_path: Path, change: Callable[[Shop], object], message: str
) -> None:
    @tool("bell.ring", writes={"bell": ("create", "remove", "rung", "metal", "tunes")})
    def ring(shop: Shop) -> int:
        """Ring the bell."""
        change(shop)
        return 1

    episode = started(tmp_path, ring)
    with pytest.raises(PluginError, match=f"tool `bell.ring` of Bells: .*{message}"):
        episode.step(Action("", (Call("bell.ring", {}),)))


def test_a_refused_call_changes_nothing(tmp_path: Path) -> None:
    @tool("bell.ring", writes={"bell": ("create", "rung")})
    def ring(shop: Shop, times: int) -> str:
        """Ring the bell.

        times: how often
        """
        bell = shop.create("bell", {"rung": 0})
        shop.add("bell", bell["bell_id"], "rung", times)
        if times > 3:
            raise Refusal("it is too loud")
        return str(bell["bell_id"])

    episode = started(tmp_path, ring)
    for times, effects, rows in ((4, 0, 0), (2, 2, 1), (9, 0, 1)):
        episode.step(Action("", (Call("bell.ring", {"times": times}),)))
        assert len(episode.turns[-1].effects) == effects and len(episode.table("bell")) == rows
    assert episode.table("bell")[0] == {"bell_id": "B1", "rung": 2, "metal": None, "tunes": None}


@pytest.mark.parametrize(
    ("writes", "message"),
    [
        ({"bells": ("create",)}, "`bell.ring` of `Bells` changes the entity `bells`, which there is not"),
        ({"bell": ("wrung",)}, "changes `wrung` of the entity `bell`, which has no such field"),
    ],
)
def test_a_tool_that_declares_to_change_what_there_is_not_is_an_error(
    tmp_path: Path, writes: dict[str, tuple[str, ...]], message: str
) -> None:
    @tool("bell.ring", writes=writes)
    def ring(shop: Shop) -> int:
        """Ring the bell."""
        return 1

    with pytest.raises(ScenarioError, match=message) as raised:
        started(tmp_path, ring)
    assert {problem.code for problem in raised.value.diagnostics if problem.severity == "error"} == {"D120"}


def test_what_is_written_is_declared_by_entity() -> None:
    with pytest.raises(TypeError, match="`writes` of the tool `bell.ring` says for each entity"):
        tool("bell.ring", writes="bell")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"key": "id"}, "have no field `id`"),
        ({"key": "bell_id", "ids": "##"}, "`##` is no pattern of ids"),
        ({"key": "bell_id", "chosen": ("rung",)}, "`rung` of the entity `bell` holds no id"),
        ({"key": "bell_id", "says": "the {sound}"}, "`says` of the entity `bell`: there is no `sound` here"),
    ],
)
def test_an_entity_that_cannot_be_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        entity("bell", Bell, **given)
