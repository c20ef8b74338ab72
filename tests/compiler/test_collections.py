"""Collections: what they hold, what they change, and what identifies them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.cli.checking import check
from rlve_dsl.compiler import Loader, compile
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.plugins import default_registry
from tests.conftest import shipped

Bend = Callable[..., Scenario]
SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SCENARIOS, tmp_path / "scenarios"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_collection_changes_curves_and_pins_levels(bend: Bend) -> None:
    (environment,) = bend({"omission": "d / 12", "cart.items": "2"}).compiled.environments.values()
    assert [environment.axis_values(level)["omission"] for level in (0, 6, 12)] == [0, 0.5, 1]
    assert {environment.axis_values(level)["items"] for level in range(13)} == {2}
    assert environment.axis_values(12)["constraints"] == 8  # as in the axes file


def test_an_axis_can_stay_at_a_level_of_its_own(copy: Path) -> None:
    edit(copy / "c1.yaml", "curriculum:", "levels: {constraints: 4, discovery.sharpness: 12}\ncurriculum:")
    environment = rlve_dsl.load(copy / "c1.yaml").compiled.environments["discovery"]
    assert {environment.axis_values(level)["constraints"] for level in range(13)} == {2 + 4 // 2}
    assert {environment.axis_values(level)["sharpness"] for level in range(13)} == {4 + 12 // 4}
    assert environment.axis_values(12)["turn_budget"] == 10


def test_the_same_files_have_the_same_digest_wherever_they_lie(first_steps: Scenario, copy: Path) -> None:
    assert rlve_dsl.load(copy / "first-steps.yaml").digest == first_steps.digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("first-steps.yaml", "curves:", 'curves:\n  constraints: "d"'),
        ("environments/cart.yaml", "I need the", "I want the"),
        ("axes/standard.yaml", "2 + floor(d / 2)", "3 + floor(d / 2)"),
        ("users/shopper.yaml", "unhelpful: 3", "unhelpful: 4"),
        ("rewards/composite.yaml", "weight: 0.75", "weight: 0.74"),
        ("catalogs/pocket.yaml", "size: 36", "size: 35"),
    ],
)
def test_whatever_an_episode_depends_on_is_in_the_digest(
    first_steps: Scenario, copy: Path, file: str, old: str, new: str
) -> None:
    edit(copy / file, old, new)
    assert rlve_dsl.load(copy / "first-steps.yaml").digest != first_steps.digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("first-steps.yaml", "kind: Collection", "# Another\nkind: Collection"),
        ("first-steps.yaml", "train: {profile: cpu}", "train: {profile: cpu, steps: 7}"),
        ("environments/cart.yaml", "kind: Environment", "kind:   Environment   # of its own"),
    ],
)
def test_what_no_episode_depends_on_is_not(first_steps: Scenario, copy: Path, file: str, old: str, new: str) -> None:
    edit(copy / file, old, new)
    assert rlve_dsl.load(copy / "first-steps.yaml").digest == first_steps.digest


def test_each_collection_holds_the_one_before_and_more() -> None:
    names = [shipped(f"{name}.yaml").environments for name in ("c1", "c2")]
    assert names == [("discovery",), ("discovery", "substitution")]


def test_an_environment_by_itself_takes_the_standard_parts(general_cart: Scenario, c1: Scenario) -> None:
    assert general_cart.environments == ("cart",) and general_cart.name == "cart"
    assert general_cart.compiled.catalog is c1.compiled.catalog  # made once


def test_an_environment_by_itself_has_the_nearest_of_them_or_the_packaged_ones(tmp_path: Path, copy: Path) -> None:
    shutil.move(copy / "environments" / "cart.yaml", tmp_path / "cart.yaml")
    assert rlve_dsl.load(tmp_path / "cart.yaml").compiled.catalog is rlve_dsl.load("c1").compiled.catalog
    (copy / "users" / "shopper.yaml").unlink()
    found, _ = check([copy / "environments" / "discovery.yaml"])
    assert [d.code for d in found if d.severity == "error"] == ["R216"]


@pytest.mark.parametrize("file", ["axes/standard.yaml", "users/shopper.yaml", "catalogs/pocket.yaml"])
def test_only_a_collection_or_an_environment_is_played(file: str) -> None:
    with pytest.raises(ScenarioError) as problems:
        rlve_dsl.load(SCENARIOS / file)
    assert [d.code for d in problems.value.diagnostics] == ["R217"]


def test_all_files_are_reported_at_once(copy: Path) -> None:
    edit(copy / "environments" / "cart.yaml", "f1 == 1", "f1 == sheep")
    edit(copy / "rewards" / "composite.yaml", "value: task}", "value: tusk}")
    edit(copy / "first-steps.yaml", "curves:", 'curves:\n  constraints: "floor(1 / d)"')
    edit(copy / "users" / "shopper.yaml", "unhelpful: 3", "unhelpful: sheep")
    with pytest.raises(ScenarioError) as problems:
        rlve_dsl.load(copy / "first-steps.yaml")
    assert {Path(d.span.file).name for d in problems.value.diagnostics if d.span} >= {"first-steps.yaml"}
    edit(copy / "first-steps.yaml", "floor(1 / d)", "d")
    with pytest.raises(ScenarioError) as problems:
        rlve_dsl.load(copy / "first-steps.yaml")
    files = {Path(d.span.file).name for d in problems.value.diagnostics if d.span}
    assert files >= {"cart.yaml", "composite.yaml", "shopper.yaml"}


@pytest.mark.parametrize(
    ("environment", "level", "words"),
    [
        ("crat", 0, "did you mean `cart`"),
        ("sheep", 0, "it has cart"),
        ("cart", 13, "outside 0..12"),
        ("cart", -1, "outside"),
    ],
)
def test_what_cannot_be_reset_is_a_usage_error(first_steps: Scenario, environment: str, level: int, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        first_steps.reset(environment, level=level, seed=0)


def test_a_path_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.yaml", tmp_path):
        with pytest.raises(UsageError, match="there is no file|is a folder"):
            rlve_dsl.load(path)


def test_parts_of_a_chain_mean_the_same_by_a_field_of_the_answer(copy: Path) -> None:
    status = copy / "environments" / "status.yaml"
    edit(status, "answer:\n", 'answer:\n  fee: {type: text, says: "what it cost"}\n')
    edit(status, "finish: {", 'finish: {fee: "\\"nothing\\"", ')
    with pytest.raises(ScenarioError) as problems:
        rlve_dsl.load(copy / "c8.yaml")
    errors = [d for d in problems.value.diagnostics if d.severity == "error"]
    assert [d.code for d in errors] == ["R222"] and "`fee`, as money and as text" in errors[0].message


def test_every_code_of_the_compiler_has_a_golden_case() -> None:
    rooms = ("axes", "compiler", "reward")
    package = Path(rlve_dsl.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for room in rooms for path in (package / room).glob("*.py"))
    elsewhere = {"R216", "R218", "R222", "R226"}  # which take more than one edit: tested here and with plugins
    emitted = set(re.findall(r'"(R\d{3})"', text)) - elsewhere
    cases = (Path(__file__).parent / "mistakes.txt").read_text(encoding="utf-8")
    assert emitted == {code for code in emitted if f"[{code}]" in cases}


def unread(path: Path) -> list[str]:
    found, _ = check([path])
    return [d.message for d in found if d.code == "R213"]


def test_an_axis_that_nothing_reads_is_a_warning_where_it_is_there_for_one_collection(copy: Path) -> None:
    steps = copy / "first-steps.yaml"
    assert unread(steps) == []  # other collections read the rest of the shared axes
    edit(steps, "curves:\n", 'curves:\n  switching: "0"\n')
    assert unread(steps) == ["no environment of `first-steps` reads the axis `switching`"]
    shutil.copy(copy / "axes" / "standard.yaml", copy / "own-axes.yaml")
    edit(steps, "axes: axes/standard.yaml", "axes: own-axes.yaml")
    assert "`policy_depth`" in unread(steps)[0]


def test_the_mistakes_of_a_catalog_that_many_collections_share_are_reported_once(copy: Path) -> None:
    edit(copy / "catalogs" / "pocket.yaml", "kind: Catalog\n", "kind: Catalog\nwarehouse: 3\n")
    found, _ = check([copy / "first-steps.yaml", copy / "catalogs" / "pocket.yaml"])
    assert [d.code for d in found if d.severity == "error"] == ["S103"]


def test_collections_share_the_environments_of_which_all_that_concerns_them_is_the_same(copy: Path) -> None:
    other = "kind: Wordings\nname: other\nenvironment: elsewhere\n"
    for name, wording in (("same", other), ("different", f"{other}general: [What else is there?]\n")):
        (copy / f"wording-{name}.yaml").write_text(wording, encoding="utf-8")
        text = f"kind: Collection\nname: {name}\nextends: first-steps.yaml\nwordings: [wording-{name}.yaml]\n"
        (copy / f"{name}.yaml").write_text(text, encoding="utf-8")
    loader = Loader(default_registry())
    one, same, different = (
        compile(copy / f"{name}.yaml", loader=loader) for name in ("first-steps", "same", "different")
    )
    assert one.environments["cart"] is same.environments["cart"]
    assert one.environments["cart"] is not different.environments["cart"]
    assert len({one.digest, same.digest, different.digest}) == 3


def with_foreign(copy: Path, wordings: str) -> Path:
    """A collection with these wordings for certificates alone."""
    (copy / "foreign.yaml").write_text(f"kind: Wordings\nname: foreign\n{wordings}", encoding="utf-8")
    text = "kind: Collection\nname: asked\nextends: first-steps.yaml\nforeign_wordings: [foreign.yaml]\n"
    (copy / "asked.yaml").write_text(text, encoding="utf-8")
    return copy / "asked.yaml"


def test_no_episode_depends_on_wordings_for_certificates(copy: Path) -> None:
    file = with_foreign(copy, 'environment: cart\nfacts:\n  quantity: ["And of the {item}?"]\n')
    loader = Loader(default_registry())
    before, after = compile(copy / "first-steps.yaml", loader=loader), compile(file, loader=loader)
    own, of_others = after.environments["cart"].parts["cart"], before.environments["cart"].parts["cart"]
    assert own.wordings == of_others.wordings and after.digest == before.digest
    assert own.foreign.facts["quantity"] == (*own.wordings.facts["quantity"], "And of the {item}?")
    assert own.foreign.facts["variant"] == own.wordings.facts["variant"]


@pytest.mark.parametrize(
    ("wordings", "says"),
    [
        ('environment: carts\nfacts: {quantity: ["How many of the {item}?"]}\n', "there is no environment `carts`"),
        ('environment: cart\nfacts: {quantity: ["How many?"]}\n', "does not say what it is about"),
    ],
)
def test_wordings_for_certificates_are_checked(copy: Path, wordings: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        compile(with_foreign(copy, wordings))


def test_wordings_for_certificates_that_are_not_there_are_named(copy: Path) -> None:
    file = with_foreign(copy, "general: [What else?]\n")
    (copy / "foreign.yaml").unlink()
    with pytest.raises(ScenarioError, match=r"foreign\.yaml"):
        compile(file)


@pytest.mark.parametrize("path", ["clinic-desk.yaml", "appointments.yaml"])
def test_decisions_that_tools_ask_for_and_no_policy_makes_are_a_warning(copy: Path, path: str) -> None:
    clinic = copy / "examples" / "clinic"
    edit(clinic / "clinic-desk.yaml", "appointments.yaml, cancellation.yaml, requests.yaml", "appointments.yaml")
    assert not [one for one in check([clinic / path])[0] if one.code == "R221"]
    edit(clinic / "clinic-desk.yaml", "policy: policy.yaml\n", "")
    (found,) = [one for one in check([clinic / path])[0] if one.code == "R221"]
    assert found.severity == "warning" and found.span is not None and found.span.file.endswith("clinic-desk.yaml")
    assert found.message == (
        "the tools of the domain `clinic` ask a policy for `booking_allowed`, `moving_allowed`, `moving_fee` and `cancelling_fee`, "
        "and the collection names none: every call is allowed and free"
    )
    assert "`policy:`" in found.help


def test_a_domain_whose_tools_ask_for_nothing_needs_no_policy(copy: Path) -> None:
    assert not [one for one in check([copy / "examples" / "stall" / "desk.yaml"])[0] if one.code == "R221"]
