"""What a file that extends another becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlve_dsl import diagnostics
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import Axes, Collection, Curriculum, Environment, Levels, Reward, Vocabulary, load, load_text


@pytest.fixture
def over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the good files, to extend them from."""
    for path in Path("good").glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_mappings_merge_key_by_key(over: Path) -> None:
    text = "kind: Axes\nextends: axes.yaml\nlevels: 0..5\naxes:\n  omission: {curve: d}\n  more: {type: int, curve: d, role: shape}\n"
    axes = load_text(text, "mine.yaml").spec
    assert isinstance(axes, Axes)
    assert axes.name.text == "standard" and axes.levels.high == 5
    assert axes.axes["omission"].curve.text == "d"
    assert axes.axes["omission"].role == "harder_up"
    assert list(axes.axes)[-1] == "more"
    assert axes.axes["omission"].curve.span.file == "mine.yaml"
    assert axes.axes["constraints"].curve.span.file == "axes.yaml"


def over_c4(curriculum: str, name: str, base: str = "c4.yaml") -> Curriculum:
    """The curriculum of a collection that is written into a file and extends another one."""
    Path(name).write_text(f"kind: Collection\nextends: {base}\n{curriculum}\n", encoding="utf-8")
    spec = load(name).spec
    assert isinstance(spec, Collection)
    return spec.curriculum


def test_fixed_levels_replace_an_inherited_window_and_a_window_replaces_fixed_levels(over: Path) -> None:
    fixed = over_c4("curriculum: {fixed: 2..3}", "fixed.yaml")
    assert fixed == Curriculum(fixed=Levels(2, 3))  # c4 has `trials: 64`
    assert over_c4("", "same.yaml", "fixed.yaml") == over_c4("curriculum: {}", "none.yaml", "fixed.yaml") == fixed
    assert over_c4("curriculum: {window: 2}", "moving.yaml", "fixed.yaml") == Curriculum(trials=64, window=2)
    assert over_c4("curriculum: {fixed: 1..1}", "again.yaml", "moving.yaml") == Curriculum(fixed=Levels(1, 1))


def test_fixed_levels_and_a_window_do_not_stand_in_one_file(over: Path) -> None:
    with pytest.raises(ScenarioError, match="leave out `window`"):
        over_c4("curriculum: {fixed: 2..3, window: 2}", "both.yaml")


def test_list_items_with_a_name_merge_and_others_append(over: Path, vocabulary: Vocabulary) -> None:
    text = """
kind: Environment
name: bigger_cart
extends: cart.yaml
tools: [cart.view]
world:
  - let: history
    visit_history: {distractors: 1}
  - let: extra
    value: 1
user:
  facts:
    - fact: qty
      omit: 0%
    - !replace
      fact: item
      value: 1
      says: "One."
"""
    cart = load_text(text, "mine.yaml", vocabulary).spec
    assert isinstance(cart, Environment)
    assert [tool.text for tool in cart.tools] == ["catalog.*", "cart.*", "user.visit_history", "cart.view"]
    assert [step.name.text for step in cart.world] == ["targets", "wanted", "history", "extra"]
    history = cart.world[2].draw
    assert history is not None and isinstance(history.arguments.value, dict)
    assert {name: raw.value for name, raw in history.arguments.value.items()} == {
        "include": "targets",
        "distractors": "1",
    }
    item, _, qty = cart.user.facts
    assert (item.value.text, item.loop) == ("1", None)
    assert qty.omit is not None and qty.omit.text == "0%" and qty.asks


def test_replace_replaces(over: Path) -> None:
    text = "kind: Reward\nname: r\nextends: reward.yaml\nrange: !replace [0, 1]\nterms: !replace\n  task: {weight: 1, value: task}\n"
    reward = load_text(text, "mine.yaml").spec
    assert isinstance(reward, Reward)
    assert reward.range == (0.0, 1.0)
    assert list(reward.terms) == ["task"]
    assert reward.hard_failures


def test_the_digest_is_that_of_the_merged_content(over: Path) -> None:
    (over / "same.yaml").write_text("kind: Axes\nextends: axes.yaml\n")
    assert load("same.yaml").digest == load("axes.yaml").digest
    (over / "other.yaml").write_text("kind: Axes\nextends: same.yaml\nname: other\n")
    assert load("other.yaml").digest != load("axes.yaml").digest
    assert list(load("other.yaml").sources) == ["other.yaml", "same.yaml", "axes.yaml"]


def test_all_problems_of_all_files_come_at_once(over: Path) -> None:
    (over / "base.yaml").write_text("kind: Axes\nname: Base\naxes: {x: {typ: int, curve: d, role: shape}}\n")
    with pytest.raises(ScenarioError) as caught:
        load_text("kind: Axes\nextends: base.yaml\nlevels: x\n", "mine.yaml")
    assert [(d.code, d.span and d.span.file) for d in caught.value.diagnostics] == [
        ("S106", "mine.yaml"), ("S106", "base.yaml"), ("S103", "base.yaml"),
    ]  # fmt: skip
    assert set(caught.value.sources) == {"mine.yaml", "base.yaml"}


def test_a_chain_of_files_has_an_end(over: Path) -> None:
    for place in range(1500):
        Path(f"step{place}.yaml").write_text(f"kind: Axes\nextends: step{place + 1}.yaml\n", encoding="utf-8")
    Path("step1500.yaml").write_text("kind: Axes\nextends: axes.yaml\n", encoding="utf-8")
    assert load("step1410.yaml").kind == "Axes"
    with pytest.raises(ScenarioError, match="more than 100 files, one after the other") as raised:
        load("step0.yaml")
    assert [d.code for d in raised.value.diagnostics] == ["S116"]


def test_nobody_guesses_at_names_that_no_report_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    guesses = []
    monkeypatch.setattr(diagnostics.difflib, "get_close_matches", lambda *_, **__: guesses.append(1) or [])
    for keys in (500, 1000):
        guesses.clear()
        with pytest.raises(ScenarioError) as raised:
            load_text("kind: Axes\nname: a\n" + "".join(f"k{place}: 1\n" for place in range(keys)), "mine.yaml")
        assert len(raised.value.diagnostics) > keys and len(guesses) <= 3 * diagnostics.MOST_SHOWN
