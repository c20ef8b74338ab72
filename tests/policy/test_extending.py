"""A policy that extends another: its rules are added, a decision that it decides again is replaced."""

from __future__ import annotations

from pathlib import Path

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.policy import Policy, compile_policy

BASE = """kind: Policy
name: base
facts:
  book: {type: bool}
  late: {type: days, min: 0, max: 60}
decisions:
  window: {type: days}
  fine: {type: money}
rules: |
  decide window as 30 days
    except 14 days when book

  decide fine as late * $0.25
    at most $10
conduct: |
  require order.list before return.initiate
"""
OVER = "kind: Policy\nname: over\nextends: base.yaml\n"


def load(folder: Path, over: str) -> tuple[Policy | None, Diagnostics, files.Loaded]:
    (folder / "base.yaml").write_text(BASE, encoding="utf-8")
    (folder / "over.yaml").write_text(OVER + over, encoding="utf-8")
    loaded = files.load(folder / "over.yaml")
    assert isinstance(loaded.spec, files.Policy)
    found = Diagnostics()
    return compile_policy(loaded.spec, found), found, loaded


def test_one_more_decision_is_added(tmp_path: Path) -> None:
    more = "decisions:\n  gift: {type: bool}\nrules: |\n  decide gift as window is over 20 days\n"
    policy, found, _ = load(tmp_path, more)
    assert policy is not None and not found.items
    assert policy.decide("gift", {"book": False}).value is True
    assert policy.decide("fine", {"late": 8}).value == 200


def test_a_decision_that_is_decided_again_is_replaced(tmp_path: Path) -> None:
    policy, found, _ = load(tmp_path, "rules: |\n  decide window as 7 days\n")
    assert policy is not None and not found.items
    assert policy.decide("window", {"book": True}).value == 7
    assert policy.decide("fine", {"late": 60}).value == 1000
    assert policy.decisions["window"].where(policy.decisions["window"].tree).file.endswith("over.yaml")
    assert policy.decisions["fine"].where(policy.decisions["fine"].tree).file.endswith("base.yaml")


def test_rules_of_conduct_are_added(tmp_path: Path) -> None:
    policy, _, _ = load(tmp_path, "conduct: |\n  forbid cart.add when book\n")
    assert policy is not None
    assert [rule.text for rule in policy.conduct] == [
        "require order.list before return.initiate", "forbid cart.add when book",
    ]  # fmt: skip


def test_replace_replaces_them_all(tmp_path: Path) -> None:
    policy, found, _ = load(tmp_path, "rules: !replace |\n  decide window as 7 days\n")
    assert policy is None and [d.message for d in found.errors] == ["`fine` has no rule"]


def test_a_mistake_is_shown_in_the_file_that_has_it(tmp_path: Path) -> None:
    _, found, _ = load(tmp_path, "rules: |\n  decide window as 7 dollars\n")
    assert [(Path(d.span.file).name, d.span.line) for d in found.errors if d.span] == [("over.yaml", 5)]


def test_a_rule_that_is_added_to_or_changed_below_changes_the_digest(tmp_path: Path) -> None:
    own = "rules: |\n  decide window as 7 days\n"
    before = load(tmp_path, own)[2].digest
    (tmp_path / "base.yaml").write_text(BASE.replace("at most $10", "at most $20"), encoding="utf-8")
    assert files.load(tmp_path / "over.yaml").digest != before


def test_a_block_of_text_elsewhere_is_replaced(tmp_path: Path) -> None:
    environment = "kind: Environment\nname: a\ntitle: A\n"
    (tmp_path / "a.yaml").write_text(f"{environment}brief: |\n  One.\n", encoding="utf-8")
    text = "kind: Environment\nextends: a.yaml\nbrief: |\n  Two.\n"
    root = files.load_text(
        text + 'world: []\ntools: [calc]\nreward: {task: "1"}\ncorrect_when: "true"\nuser: {facts: []}\nsolution: []\n',
        str(tmp_path / "b.yaml"),
    ).spec
    assert isinstance(root, files.Environment) and root.brief is not None and root.brief.text == "Two."
