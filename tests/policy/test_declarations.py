"""What a policy declares, apart from its rules: bounds, units, what it extends, and where its text stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.errors import ScenarioError
from rlve_dsl.policy import Policy, compile_policy
from rlve_dsl.policy.language.lines import locate
from tests.policy.conftest import TOOLS, compiled, store_text


def policy_of(facts: str, rule: str = "decide d as yes") -> files.Policy:
    text = f"kind: Policy\nname: p\nfacts: {facts}\ndecisions: {{d: {{type: bool}}}}\nrules: |\n  {rule}\n"
    loaded = files.load_text(text, "a.yaml").spec
    assert isinstance(loaded, files.Policy)
    return loaded


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("{type: money, min: $0, max: $12.50}", 0, 1250),
        ("{type: days, min: 0, max: 30 days}", 0, 30),
        ("{type: percent, min: 2.5%, max: 100%}", 250, 10000),
        ("{type: number, min: 3}", 3, None),
        ("{type: bool}", None, None),
    ],
)
def test_bounds_are_read_in_the_unit_of_their_type(written: str, low: int | None, high: int | None) -> None:
    fact = policy_of(f"{{f: {written}}}").facts["f"]
    assert (fact.low, fact.high) == (low, high)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{type: money, max: 20}", "`20` is not a value of type money"),
        ("{type: days, max: $20}", "`$20` is not a value of type days"),
        ("{type: number, max: 2.5}", "`2.5` is not a value of type number"),
        ("{type: bool, max: 1}", "`max` bounds an amount"),
        ("{type: days, min: 9, max: 3}", "`min` is above `max`"),
        ("{type: enum}", "a fact of type enum needs `values`"),
        ("{type: category}", "`category` is not a type of a policy"),
    ],
)
def test_what_is_no_declaration_is_told(written: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said.replace("$", r"\$")):
        policy_of(f"{{f: {written}}}")


@pytest.mark.parametrize("written", ["24 items", "1 item", "24"])
def test_a_number_may_say_what_it_counts(written: str) -> None:
    found = Diagnostics()
    source = policy_of("{f: {type: number, unit: items}}", f"decide d as f is over {written}")
    policy = compile_policy(source, found)
    assert policy is not None, found.items
    assert policy.decide("d", {"f": 25}).value is True


INDICATORS = ["|", "|-", "|+", "|2", "|2-", "| # the rules"]


@pytest.mark.parametrize("indicator", INDICATORS)
@pytest.mark.parametrize("above", ["", "\n\n", "  # a comment\n\n"])
def test_places_are_exact_whatever_the_block_begins_with(indicator: str, above: str) -> None:
    text = (
        f"kind: Policy\nname: p\nfacts: {{f: {{type: bool}}}}\ndecisions: {{d: {{type: bool}}}}\nrules: {indicator}\n"
        f"{above}  decide d as no\n\n    except yes when g\n\n\n"
    )
    _, (problem,) = compiled(text)
    assert problem.span is not None
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "when g" in line)
    assert problem.span == Span("a.yaml", line, 21, line, 22)


def test_a_place_over_several_lines_ends_where_it_ends() -> None:
    block = files.BlockText("decide d as a\n  and b", Span("a.yaml", 7, 3, 8, 10))
    assert locate(block, (12, 21)) == Span("a.yaml", 7, 15, 8, 10)


def saved(folder: Path, name: str, text: str) -> Policy:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    loaded = files.load(path)
    assert isinstance(loaded.spec, files.Policy)
    found = Diagnostics()
    policy = compile_policy(loaded.spec, found, TOOLS)
    assert policy is not None, found.items
    return policy


def test_a_policy_may_extend_another_and_keep_its_rules(tmp_path: Path) -> None:
    base = saved(tmp_path, "base.yaml", store_text())
    over = saved(
        tmp_path, "over.yaml",
        "kind: Policy\nextends: base.yaml\nname: strict\nfacts: {order.total: {max: $100}}\nconduct: |\n  forbid cart.view\n",
    )  # fmt: skip
    assert over.facts["order.total"].high == 10_000 and over.facts.keys() == base.facts.keys()
    assert [rule.tool for rule in over.conduct] == [*(rule.tool for rule in base.conduct), "cart.view"]
    window = over.decisions["return_window"]
    assert window.where(window.clauses[2].node).file.endswith("base.yaml")
    assert over.digest != base.digest


def test_comments_and_layout_leave_the_digest_as_it_is(tmp_path: Path) -> None:
    text = store_text()
    base = saved(tmp_path, "a.yaml", text)
    same = text.replace("as 30 days\n", "as   30 days  # for now\n\n").replace("      except 30", "         except 30")
    assert saved(tmp_path, "b.yaml", same).digest == base.digest
    for old, new in (("as 30 days", "as 31 days"), ("max: $2000", "max: $2001"), ("before cart.add", "before cart.view"),
                     ("the item is from", "it is from")):  # fmt: skip
        assert text.count(old) >= 1
        assert saved(tmp_path, "c.yaml", text.replace(old, new)).digest != base.digest


def test_a_collection_may_name_its_policy(tmp_path: Path) -> None:
    text = "kind: Collection\nname: c\nenvironments: [e.yaml]\ncatalog: c.yaml\naxes: a.yaml\nreward: r.yaml\nuser: u.yaml\n"
    collection = files.load_text(f"{text}policy: policies/shop.yaml\n", "scenarios/c.yaml").spec
    assert isinstance(collection, files.Collection) and collection.policy is not None
    assert collection.policy.path == "scenarios/policies/shop.yaml"
    assert files.load_text(text, "scenarios/c.yaml").spec.policy is None  # type: ignore[union-attr]
