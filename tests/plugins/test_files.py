"""What a file sees of installed plugins, and what stays of them in digests and trajectories."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.cli.checking import check
from rlve_dsl.compiler import Loader, compile
from rlve_dsl.episode import record
from rlve_dsl.errors import ScenarioError
from rlve_dsl.plugins import plugin_module, registry
from tests.plugins.conftest import Installed

SCENARIOS = Path(__file__).parents[2] / "scenarios"

WRAP = '''
from rlve_dsl.expressions import function
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.world import Draw, Shop, sampler, tool


@function()
def targets(x: float) -> float:
    """Half of x."""
    return x / 2


@tool("cart.wrap")
def wrap(shop: Shop) -> int:
    """Wrap what is in the cart."""
    return len(shop.table("cart_line"))


@sampler()
def box(draw: Draw, size: int) -> int:
    """A box."""
    return draw.stream.integer(1, size)


@hookimpl
def rlve_functions():
    return [targets]


@hookimpl
def rlve_tools():
    return [wrap]


@hookimpl
def rlve_samplers():
    return [box]
'''

HALVED = WRAP.replace("def targets", "def halved").replace("[targets]", "[halved]")
"""The same with a function whose name no environment has."""


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """The collection `first-steps`, whose environment is `cart`, in a folder of its own."""
    shutil.copytree(SCENARIOS, tmp_path / "scenarios")
    return tmp_path / "scenarios" / "first-steps.yaml"


def change(steps: Path, before: str, after: str) -> None:
    cart = steps.parent / "environments" / "cart.yaml"
    text = cart.read_text(encoding="utf-8")
    assert before in text
    cart.write_text(text.replace(before, after, 1), encoding="utf-8")


def listing(steps: Path, plugins: str) -> None:
    change(steps, "tools: [", f"plugins: [{plugins}]\ntools: [")


def problems(path: Path) -> str:
    with pytest.raises(ScenarioError) as problem:
        rlve_dsl.load(path)
    return str(problem.value)


@pytest.mark.parametrize("name", ["first-steps", "c8"])
def test_an_installed_plugin_changes_no_file_that_does_not_list_it(name: str, installed: Installed) -> None:
    path = SCENARIOS / f"{name}.yaml"
    before = compile(path, loader=Loader(registry(), try_levels=False))
    installed("north-shop", "1.0", WRAP)
    after = compile(path, loader=Loader(registry(discover=True), try_levels=False))
    assert after.digest == before.digest and after.uses == ()
    for environment, task in before.environments.items():
        for part, compiled in task.parts.items():
            assert [*after.environments[environment].parts[part].tools] == [*compiled.tools]


def test_a_file_that_lists_a_plugin_sees_its_names_and_its_patterns_match_them(
    installed: Installed, steps: Path
) -> None:
    plain = rlve_dsl.load(steps)
    installed("north-shop", "1.0", HALVED)
    assert rlve_dsl.load(steps) == plain
    listing(steps, "north-shop>=0.9")
    scenario = rlve_dsl.load(steps)
    tools = {*scenario.compiled.environments["cart"].parts["cart"].tools}
    assert tools == {*plain.compiled.environments["cart"].parts["cart"].tools, "cart.wrap"}
    (used,) = scenario.compiled.uses
    assert (used.plugin, used.version, used.hook, used.name) == ("north-shop", "1.0", "rlve_tools", "cart.wrap")
    episode = scenario.reset("cart", level=0, seed=2)
    play(episode, OracleAgent(episode))
    assert json.loads(record(episode).splitlines()[0])["plugins"] == [
        {"plugin": "north-shop", "version": "1.0", "uses": {"rlve_tools": ["cart.wrap"]}}
    ]
    assert '"plugins"' not in record(plain.reset("cart", level=0, seed=2))


def test_a_function_counts_as_used_only_where_an_expression_calls_it(installed: Installed, steps: Path) -> None:
    installed("north-shop", "1.0", HALVED.replace('@tool("cart.wrap")', '@tool("gift.wrap")'))
    listing(steps, "north-shop")
    change(steps, "brief: >-\n", "brief: >-\n  A price is halved (once), or halved(twice).\n")
    assert rlve_dsl.load(steps).compiled.uses == ()
    change(steps, "require:", "require:\n  small: halved(items) < 100")
    assert [one.name for one in rlve_dsl.load(steps).compiled.uses] == ["halved"]


@pytest.mark.parametrize(
    "brief", ["it is {halved(items)}", 'it is {"halved(items)"}', "a price is halved (once)"]
)  # fmt: skip
def test_a_function_in_a_template_counts_as_used_in_its_braces(brief: str, installed: Installed, steps: Path) -> None:
    installed("north-shop", "1.0", HALVED.replace('@tool("cart.wrap")', '@tool("gift.wrap")'))
    listing(steps, "north-shop")
    change(steps, "brief: >-\n", f"brief: >-\n  {brief}\n")
    assert bool(rlve_dsl.load(steps).compiled.uses) is (brief == "it is {halved(items)}")


def test_another_version_is_another_scenario(installed: Installed, steps: Path, tmp_path: Path) -> None:
    listing(steps, "north-shop")
    digests = []
    for version in ("1.0", "1.1"):
        shutil.rmtree(tmp_path / "site", ignore_errors=True)
        (tmp_path / "site").mkdir()
        installed("north-shop", version, HALVED)
        digests.append(rlve_dsl.load(steps).digest)
    assert digests[0] != digests[1]


def test_a_plugin_in_a_file_is_known_by_its_content(tmp_path: Path, steps: Path) -> None:
    change(steps, "cart.*,", "cart.*, cart.wrap,")
    digests = set()
    for more in ("", "\n# another version\n"):
        source = HALVED + more
        (tmp_path / "north.py").write_text(source, encoding="utf-8")
        scenario = rlve_dsl.load(steps, registry([plugin_module(str(tmp_path / "north.py"))]))
        assert [(one.plugin, one.name) for one in scenario.compiled.uses] == [("north", "cart.wrap")]
        digests.add(scenario.digest)
    assert len(digests) == 2


def test_a_missing_plugin_is_told_with_its_place_and_what_to_run(steps: Path) -> None:
    listing(steps, "north-shop>=0.1")
    said = problems(steps)
    assert (
        "error[S123]: the plugin `north-shop` is not installed, and not given with `--plugin`" in said
        and "cart.yaml:10:11" in said
    )
    assert "run: pip install 'north-shop>=0.1'" in said


def test_a_missing_plugin_beside_a_given_one_says_what_is_given(tmp_path: Path, steps: Path) -> None:
    (tmp_path / "south.py").write_text(HALVED, encoding="utf-8")
    listing(steps, "north-shop>=0.1")
    with pytest.raises(ScenarioError) as problem:
        rlve_dsl.load(steps, registry([plugin_module(str(tmp_path / "south.py"))]))
    said = str(problem.value)
    assert "the plugin `north-shop` is not installed, and `--plugin` gives only `south`" in said
    assert "run: pip install 'north-shop>=0.1'" in said


def test_a_file_has_no_version_and_meets_all_bounds(tmp_path: Path, steps: Path) -> None:
    (tmp_path / "north_shop.py").write_text(HALVED, encoding="utf-8")
    listing(steps, "north-shop>=9.9")
    assert rlve_dsl.load(steps, registry([plugin_module(str(tmp_path / "north_shop.py"))]))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cart.*,", "cart.*, wrapping.*,"),
        ("require:", "require:\n  small: wrapped(items) < 100"),
        ("tools: [", "noises: [{mumbling: {share: 10%}}]\ntools: ["),
    ],
)
def test_a_name_that_nobody_knows_says_how_a_file_lists_plugins(before: str, after: str, steps: Path) -> None:
    change(steps, before, after)
    assert "if a plugin brings it, the file must list the plugin: `plugins: [NAME]`" in problems(steps)


def test_a_plugin_that_is_too_old_is_told_with_its_version(installed: Installed, steps: Path) -> None:
    installed("north-shop", "1.0", WRAP)
    listing(steps, "north-shop>=1.1")
    said = problems(steps)
    assert "the plugin `north-shop` is installed in version 1.0, and `north-shop>=1.1` is wanted" in said
    assert "run: pip install 'north-shop>=1.1'" in said


def test_a_plugin_that_cannot_be_loaded_is_told_where_it_is_listed(installed: Installed, steps: Path) -> None:
    installed("north-shop", "1.0", "raise RuntimeError('closed')")
    assert rlve_dsl.load(steps)
    listing(steps, "north-shop")
    assert "error[S123]: plugin `north-shop` could not be loaded: RuntimeError: closed" in problems(steps)


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("cart.*,", "cart.*, cart.wrap,", "cart.wrap"),
        ("variant: {sample_variant: {of: t, probability: variant_rate, options: 3}}",
         "variant: {sample_variant: {of: t, probability: variant_rate, options: 3}}\n      size: {box: {size: 3}}", "box"),
    ],
)  # fmt: skip
def test_a_name_of_a_plugin_that_is_not_listed_says_what_to_write(
    before: str, after: str, name: str, installed: Installed, steps: Path
) -> None:
    installed("north-shop", "1.0", WRAP)
    change(steps, before, after)
    assert f"`{name}` is brought by `north-shop`; write `plugins: [north-shop]`" in problems(steps)


def test_a_function_of_a_plugin_that_is_not_listed_says_what_to_write(installed: Installed, steps: Path) -> None:
    installed("north-shop", "1.0", HALVED)
    change(steps, "require:", "require:\n  small: halved(items) < 100")
    said = problems(steps)
    assert "there is no function `halved`" in said
    assert "`halved` is brought by `north-shop`; write `plugins: [north-shop]`" in said


def test_a_name_that_a_plugin_takes_says_whose_it_is(installed: Installed, steps: Path) -> None:
    installed("north-shop", "1.0", WRAP)
    listing(steps, "north-shop")
    assert "`targets` is already a function of the plugin `north-shop`" in problems(steps)


def test_a_file_cannot_list_two_plugins_with_one_name(installed: Installed, steps: Path) -> None:
    installed("north-shop", "1.0", WRAP)
    installed("south-shop", "2.0", WRAP)
    assert rlve_dsl.load(steps)
    listing(steps, "north-shop, south-shop")
    said = problems(steps)
    assert "error[S123]: `targets` is declared by `north-shop` and by `south-shop` (rlve_functions)" in said


BIN = '''
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.world import Draw, sampler


@sampler(provides=("bin",))
def full_bin(draw: Draw, size: int) -> int:
    """A bin, which no tool shows."""
    draw.provide("bin", size)
    return size


@hookimpl
def rlve_samplers():
    return [full_bin]
'''

PART = """
kind: Environment
name: {name}
title: How large is the bin
tools: [catalog.search]
world:
  - {{let: size, full_bin: {{size: {size}}}}}
goal: {{size: size}}
user: {{opening: "How large is it?", facts: [{{fact: size, value: size, says: "It is {{value}} large."}}]}}
answer: {{size: {{type: int, says: "how large it is"}}}}
reward: {{task: "2 * score(answer.size == goal.size) - 1"}}
correct_when: answer.size == goal.size
solution: [{{finish: {{size: said.size.value}}}}]
"""

CHAIN = """
kind: Environment
name: bins
title: Two bins
compose: {of: [small.yaml, large.yaml, same.yaml], count: "1"}
reward: {task: mean(p.task for p in parts)}
correct_when: all(p.correct for p in parts)
"""


def test_parts_that_fill_a_slot_of_a_plugin_differently_are_never_together(tmp_path: Path) -> None:
    (tmp_path / "bins.py").write_text(BIN, encoding="utf-8")
    for name, size in (("small", 1), ("large", 9), ("same", 9)):
        (tmp_path / f"{name}.yaml").write_text(PART.format(name=name, size=size), encoding="utf-8")
    (tmp_path / "chain.yaml").write_text(CHAIN, encoding="utf-8")
    scenario = rlve_dsl.load(tmp_path / "chain.yaml", registry([plugin_module(str(tmp_path / "bins.py"))]))
    (task,) = scenario.compiled.environments.values()
    assert task.apart == {frozenset(("small", "large")), frozenset(("small", "same"))}


REUSED = BIN.replace('provides=("bin",)', 'provides=("bin",), reuses=True').replace(
    "    draw.provide(", '    if "bin" in draw.provided:\n        return draw.provided["bin"]\n    draw.provide('
)


def chain_of_two(folder: Path, source: str) -> rlve_dsl.episode.Scenario:
    """A chain of two of three parts that all use the sampler `full_bin` of this plugin."""
    (folder / "bins.py").write_text(source, encoding="utf-8")
    for name, size in (("small", 1), ("large", 9), ("same", 9)):
        (folder / f"{name}.yaml").write_text(PART.format(name=name, size=size), encoding="utf-8")
    (folder / "chain.yaml").write_text(CHAIN.replace('count: "1"', 'count: "2"'), encoding="utf-8")
    return rlve_dsl.load(folder / "chain.yaml", registry([plugin_module(str(folder / "bins.py"))]))


def test_a_chain_whose_parts_all_fill_one_slot_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as problem:
        chain_of_two(tmp_path, BIN)
    said = str(problem.value)
    assert "chain.yaml:5:" in said and "provided twice" not in said


def test_no_seed_of_a_chain_meets_a_slot_twice_that_samplers_reuse(tmp_path: Path) -> None:
    scenario = chain_of_two(tmp_path, REUSED)
    for seed in range(40):
        assert len(scenario.reset("bins", level=seed % 13, seed=seed).parts) == 2


def test_a_file_inherits_the_plugins_of_the_file_that_it_extends(installed: Installed, steps: Path) -> None:
    installed("north-shop", "1.0", HALVED)
    listing(steps, "north-shop")
    more = steps.parent / "environments" / "more.yaml"
    more.write_text("kind: Environment\nextends: cart.yaml\nname: more\n", encoding="utf-8")
    assert "cart.wrap" in rlve_dsl.load(more).compiled.environments["more"].parts["more"].tools


DOMAIN = """
kind: Domain
name: desk
{plugins}entities:
  box: {{key: box_id, table: boxes, fields: {{size: int}}}}
tools:
  measure:
    says: Measure a box.
    takes: {{box_id: {{type: box id, says: the box}}}}
    let: {{found: "boxes[box_id]"}}
    gives: {{half: halved(found.size)}}
"""


def test_a_domain_lists_the_plugin_whose_functions_its_tools_use(installed: Installed, tmp_path: Path) -> None:
    installed("north-shop", "1.0", HALVED)
    for plugins, complains in (("", True), ("plugins: [north-shop]\n", False)):
        (tmp_path / "desk.yaml").write_text(DOMAIN.format(plugins=plugins), encoding="utf-8")
        found, _ = check([tmp_path / "desk.yaml"])
        told = " ".join(f"{d.message} {d.help}" for d in found)
        assert ("`halved` is brought by `north-shop`; write `plugins: [north-shop]`" in told) is complains, told
        assert ("halved" in told) is complains, told
