"""A plugin with one of each primitive, used from YAML and played; and plugins that cannot be."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import pytest

import rlve_dsl
from rlve_dsl import files
from rlve_dsl.agents import OracleAgent, RandomAgent, play
from rlve_dsl.catalog import Catalog, CatalogSource, Embedder, Product, generate
from rlve_dsl.diagnostics import Span
from rlve_dsl.episode import Action, Call, Scenario, record, replay
from rlve_dsl.errors import PluginError, ScenarioError
from rlve_dsl.expressions import Function, function
from rlve_dsl.expressions.types import ProductId
from rlve_dsl.files import PluginUse
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.plugins import HOOKS, Registry, default_registry, registry
from rlve_dsl.rng import Stream
from rlve_dsl.user import Act, Noise, noise
from rlve_dsl.world import (
    Attempt,
    Disturbance,
    Draw,
    Event,
    Failure,
    Kind,
    Refusal,
    Sampler,
    Shop,
    Tool,
    disturbance,
    entity,
    event,
    sampler,
    sell_out,
    tool,
)

SCENARIOS = Path(__file__).parents[1] / "scenarios"
SPAN = Span("file.yaml", 1, 1, 1, 2)


@function()
def doubled(x: int) -> int:
    """Twice x."""
    return 2 * x


@function()
def nearness(given: int, wanted: int) -> float:
    """1 for the same, less the further apart."""
    return 1 / (1 + abs(given - wanted))


@sampler(provides=("shelf",))
def sample_shelf(draw: Draw, size: int = 4) -> Sequence[Product]:
    """Some products on a shelf."""
    catalog = draw.catalog
    rows = draw.stream.shuffled(range(catalog.size))[:size]
    products = [catalog.product(row) for row in rows]
    draw.provide("shelf", products)
    return products


class Peek(TypedDict):
    """A place that has been looked at."""

    peek_id: str
    place: int


PEEK = entity("peek", Peek, key="peek_id", ids="P1", hidden=True)


class Spot(TypedDict):
    """A product on the shelf, counted from 1."""

    place: int
    product_id: ProductId
    in_stock: bool


@tool("gift_shelf.look_at", needs=("shelf",))
def look_at(shop: Shop, place: int) -> Spot:
    """Look at a place on the shelf.

    place: counted from 1
    """
    shelf = shop.provided["shelf"]
    if not 1 <= place <= len(shelf):
        raise Refusal("there is no such place")
    product = shelf[place - 1]
    shop.create("peek", {"place": place})
    return {"place": place, "product_id": product["id"], "in_stock": shop.state.in_stock(product)}


@event()
def sweep(shop: Shop, of: Sequence[Product]) -> None:
    """Somebody else takes these."""
    for product in of:
        sell_out(shop, product["id"])


@disturbance()
def strike(attempt: Attempt, share: float) -> Failure | None:
    """Nobody works."""
    return Failure("on strike") if attempt.stream.chance(share) else None


@noise()
def loud(text: str, stream: Stream, share: float) -> str:
    """In capital letters."""
    return text.upper() if stream.chance(share) else text


def letters(texts: Sequence[str]) -> Any:
    """How often each letter occurs."""
    return np.array([[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], dtype=np.int64)


LETTERS = Embedder("letters", 26, letters)


def few(spec: files.kinds.Catalog, size: int | None = None, embedder: Embedder = LETTERS) -> Catalog:
    """Never more than 20 products."""
    return generate(spec, min(size or 20, 20), LETTERS)


class Everything:
    """One of each."""

    @hookimpl
    def rlve_functions(self) -> Iterable[Function]:
        return [doubled]

    @hookimpl
    def rlve_measures(self) -> Iterable[Function]:
        return [nearness]

    @hookimpl
    def rlve_samplers(self) -> Iterable[Sampler]:
        return [sample_shelf]

    @hookimpl
    def rlve_tools(self) -> Iterable[Tool]:
        return [look_at]

    @hookimpl
    def rlve_entities(self) -> Iterable[Kind]:
        return [PEEK]

    @hookimpl
    def rlve_events(self) -> Iterable[Event]:
        return [sweep]

    @hookimpl
    def rlve_acts(self) -> Iterable[Act]:
        return [Act("thank", "The shopper is pleased.")]

    @hookimpl
    def rlve_disturbances(self) -> Iterable[Disturbance]:
        return [strike]

    @hookimpl
    def rlve_noises(self) -> Iterable[Noise]:
        return [loud]

    @hookimpl
    def rlve_embedders(self) -> Iterable[Embedder]:
        return [LETTERS]

    @hookimpl
    def rlve_catalog_sources(self) -> Iterable[CatalogSource]:
        return [CatalogSource("few", few)]


ENVIRONMENT = """
kind: Environment
name: shelf
title: What is on the shelf
tools: [gift_shelf.*, catalog.search]
world:
  - {let: shelf, sample_shelf: {size: 3 + constraints}}
  - {let: taken, value: "[shelf[0], shelf[1]]"}
  - {let: left, value: "[p for p in shelf if p.in_stock and not (p in taken)]"}
events:
  - {after_turn: 1, sweep: "[p for p in taken if p is known]"}
goal: {number: doubled(count(left))}
user:
  opening: "Two will be gone soon."
  facts:
    - {fact: size, value: count(shelf), says: "There are {value} places."}
  reactions:
    - {when: count(cart) == 0, act: thank, says: "Good of you to look."}
answer: {number: {type: int, says: "twice the number of products in stock"}}
measures: {near: "nearness(answer.number, goal.number)"}
reward: {task: "2 * near - 1"}
correct_when: near == 1
budget: {turns: 20}
solution:
  - {let: page, call: catalog.search, with: {query: '"tea"'}}
  - {next_turn: {}}
  - {let: spots, value: "range(said.size.value)"}
  - for_each: place in spots
    do:
      - {let: spot, call: gift_shelf.look_at, with: {place: place + 1}}
  - {finish: {number: 0}}
"""


@pytest.fixture(scope="module")
def everything() -> Registry:
    return registry([Everything()])


def write(folder: Path, environment: str = ENVIRONMENT, catalog: str = "source: few\n") -> Path:
    pocket = (SCENARIOS / "catalogs" / "pocket.yaml").read_text(encoding="utf-8")
    shopper = (SCENARIOS / "users" / "shopper.yaml").read_text(encoding="utf-8")
    (folder / "catalog.yaml").write_text(pocket.replace("source: generated\n", catalog), encoding="utf-8")
    (folder / "user.yaml").write_text(shopper + '  thank: ["Thank you!"]\n', encoding="utf-8")
    (folder / "shelf.yaml").write_text(environment, encoding="utf-8")
    collection = {
        "kind": "Collection",
        "name": "shelf",
        "environments": ["shelf.yaml"],
        "catalog": "catalog.yaml",
        "axes": str(SCENARIOS / "axes" / "standard.yaml"),
        "reward": str(SCENARIOS / "rewards" / "composite.yaml"),
        "user": "user.yaml",
        "curves": {"typing_noise": "0"},
    }
    (folder / "collection.yaml").write_text(json.dumps(collection), encoding="utf-8")
    return folder / "collection.yaml"


@pytest.fixture(scope="module")
def shelf(everything: Registry, tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return rlve_dsl.load(write(tmp_path_factory.mktemp("shelf")), everything)


def test_every_hook_is_filled_and_offered(everything: Registry) -> None:
    plain = registry()
    added = {
        hook.attribute: getattr(everything, hook.attribute).keys() - getattr(plain, hook.attribute).keys()
        for hook in HOOKS.values()
    }
    assert added == {
        "functions": {"doubled"}, "measures": {"nearness"}, "samplers": {"sample_shelf"}, "tools": {"gift_shelf.look_at"},
        "entities": {"peek"}, "events": {"sweep"}, "acts": {"thank"}, "embedders": {"letters"}, "sources": {"few"}, "disturbances": {"strike"},
        "noises": {"loud"}, "agents": set(), "checks": set(), "probes": set(),
    }  # fmt: skip
    assert {name for (_, name), owner in everything.owners.items() if owner == "Everything"} == set().union(
        *added.values()
    )
    schema = json.dumps(files.schema("Environment", everything.vocabulary()))
    for name in ("sample_shelf", "sweep", "thank", "strike", "loud"):
        assert f'"{name}"' in schema and f'"{name}"' not in json.dumps(files.schema("Environment", plain.vocabulary()))


def test_what_a_plugin_adds_is_played(shelf: Scenario) -> None:
    assert shelf.compiled.catalog.size == 20
    episode = shelf.reset("shelf", level=4, seed=3)
    assert "gift_shelf_look_at" in episode.prompt("json") and "counted from 1" in json.dumps(episode.tools)
    look = [Call("gift_shelf_look_at", {"place": place}) for place in (1, 2, 99)]
    first = episode.step(Action("Let me see.", tuple(look))).observation.messages
    shown = [json.loads(message["content"]) for message in first[:-1]]
    assert shown[2] == {"refused": "there is no such place"}
    assert first[-1]["content"] == "Thank you! Good of you to look."
    again = episode.step(
        Action(calls=(Call("gift_shelf.look_at", {"place": 1}), Call("catalog.search", {"query": "tea"})))
    )
    spot, page = (json.loads(message["content"]) for message in again.observation.messages)
    assert not spot["in_stock"] and spot["product_id"] == shown[0]["product_id"]
    assert page["total"] == 20 and len(page["products"]) >= 8  # some are displaced
    goal = episode.parts[0].names["goal"]["number"]
    assert episode.step(Action(answer={"number": goal})).info["outcome"]["correct"]
    assert record(replay(record(episode).splitlines(), shelf)) == record(episode)


def test_the_usual_agents_play_what_they_have_never_seen(shelf: Scenario) -> None:
    for level in (0, 12):
        for agent in (OracleAgent, RandomAgent):
            episode = shelf.reset("shelf", level=level, seed=1)
            assert play(episode, agent(episode)).termination == "answered"


def test_a_search_goes_by_the_embedder_of_its_catalog(shelf: Scenario) -> None:
    catalog = shelf.compiled.catalog
    assert catalog.embedder.name == "letters"
    for row in (3, 7):
        anagram = "".join(sorted(catalog.searched_text(row)))
        assert catalog.search(anagram, None, 3).rows[0] == row


def test_a_catalog_file_chooses_its_embedder(everything: Registry, tmp_path: Path) -> None:
    path = write(tmp_path, catalog="source: generated\nembedder: letters\n")
    assert rlve_dsl.load(path, everything).compiled.catalog.embedder.name == "letters"


def test_without_the_plugin_its_names_are_unknown(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as problems:
        rlve_dsl.load(write(tmp_path), registry())
    messages = " ".join(d.message for d in problems.value.diagnostics)
    assert "sample_shelf" in messages and "few" in messages and "thank" in messages


# What cannot be -----------------------------------------------------------------------------------------------------


def plugin(name: str, **hooks: Any) -> types.ModuleType:
    """A module of this name that declares these primitives, as a distribution would bring it."""
    module = types.ModuleType(name)
    for hook, declared in hooks.items():
        setattr(module, hook, hookimpl(declared if callable(declared) else lambda declared=declared: declared))
    return module


def fails() -> Any:
    raise RuntimeError("the shop is closed")


@pytest.mark.parametrize(
    ("hook", "primitive", "name"),
    [
        ("rlve_functions", doubled, "doubled"), ("rlve_measures", nearness, "nearness"),
        ("rlve_samplers", sample_shelf, "sample_shelf"), ("rlve_tools", look_at, "gift_shelf.look_at"),
        ("rlve_events", sweep, "sweep"), ("rlve_acts", Act("thank", ""), "thank"),
        ("rlve_disturbances", strike, "strike"), ("rlve_noises", loud, "loud"), ("rlve_embedders", LETTERS, "letters"),
        ("rlve_catalog_sources", CatalogSource("few", few), "few"),
    ],
)  # fmt: skip
def test_two_plugins_with_one_name_are_both_named(hook: str, primitive: object, name: str) -> None:
    pair = [plugin(owner, **{hook: [primitive]}) for owner in ("north_shop", "south_shop")]
    for order in (pair, pair[::-1]):
        with pytest.raises(PluginError, match=f"`{name}` .*`north_shop`.*`south_shop`.*{hook}"):
            registry(order)


def test_a_built_in_name_is_taken() -> None:
    (built_in,) = (e for e in default_registry().events.values() if e.name == "stock_out")
    with pytest.raises(PluginError, match="`stock_out` is declared by `rlve_dsl` and by `north_shop`"):
        registry([plugin("north_shop", rlve_events=[built_in])])


def test_a_function_is_no_measure() -> None:
    with pytest.raises(PluginError, match="`doubled` .*function.*measure"):
        registry([plugin("north_shop", rlve_functions=[doubled]), plugin("south_shop", rlve_measures=[doubled])])


def test_tools_that_an_agent_cannot_tell_apart_are_refused() -> None:
    @tool("gift.shelf_look_at")
    def other(shop: Shop) -> int:
        """Look."""
        return 0

    with pytest.raises(PluginError, match="`gift_shelf.look_at` and `gift.shelf_look_at`"):
        registry([plugin("north_shop", rlve_tools=[look_at]), plugin("south_shop", rlve_tools=[other])])


@pytest.mark.parametrize(
    "declared", [fails, 3, None, ["name"], [object()]], ids=["raises", "a number", "nothing", "names", "objects"]
)
def test_a_hook_that_fails_is_named_with_its_plugin(declared: object) -> None:
    with pytest.raises(PluginError, match="hook `rlve_tools` of plugin `north_shop`"):
        registry([plugin("north_shop", rlve_tools=declared)])


def test_a_hook_that_does_not_exist_is_named() -> None:
    with pytest.raises(PluginError, match="rlve_toys"):
        registry([plugin("north_shop", rlve_toys=[])])


def test_a_hook_that_wants_something_is_named() -> None:
    module = types.ModuleType("north_shop")

    @hookimpl
    def rlve_tools(shop: object) -> list[Tool]:
        return []

    module.rlve_tools = rlve_tools  # type: ignore[attr-defined]
    with pytest.raises(PluginError, match="rlve_tools"):
        registry([module])


def test_the_same_plugin_twice_is_an_error() -> None:
    module = plugin("north_shop", rlve_tools=[])
    with pytest.raises(PluginError, match="north_shop"):
        registry([module, module])


def install(folder: Path, name: str, target: str) -> None:
    """As pip leaves a distribution that announces one plugin."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[rlve_dsl]\nshelf = {target}\n", encoding="utf-8")


@pytest.mark.parametrize("target", ["no_such_module_here", "json:no_such_thing"])
def test_an_installed_plugin_that_cannot_be_loaded_names_its_distribution(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "north-shop", target)
    monkeypatch.syspath_prepend(tmp_path)
    known = registry(discover=True)
    (problem,) = known.problems
    assert re.match(r"plugin `north-shop` could not be loaded: .*no_such", problem)
    assert known.tools.keys() == registry().tools.keys(), "it stops nothing else"


THANK = """
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.rng import Stream
from rlve_dsl.user import Act, Noise, noise

@hookimpl
def rlve_acts():
    return [Act("thank", "The shopper is pleased.")]
"""


def test_an_installed_plugin_is_seen_by_files_that_list_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "north-shop", "north_shop_shelf")
    (tmp_path / "north_shop_shelf.py").write_text(THANK, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    known = registry(discover=True)
    assert "thank" in known.acts and "thank" not in registry().acts
    assert "thank" not in known.view().acts and known.view().elsewhere["thank"] == "north-shop"
    assert "thank" in known.view([PluginUse("North_Shop", "", SPAN)]).acts
    assert "thank" not in registry(discover=True, without=["north-shop"]).acts
    both = registry([Everything()], discover=True)
    with pytest.raises(PluginError, match="`thank` is declared by `Everything` and by `north-shop`"):
        both.view([PluginUse("north-shop", "", SPAN)])


def test_a_registry_is_not_changed(everything: Registry) -> None:
    with pytest.raises(TypeError):
        everything.tools["x"] = look_at  # type: ignore[index]
    assert default_registry() is default_registry()
