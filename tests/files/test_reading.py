"""What files of each kind become, and that every node knows its place."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.diagnostics import Diagnostics, Span, render_text
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import (
    LARGEST_FILE,
    Axes,
    Call,
    Catalog,
    Collection,
    Environment,
    ExpressionText,
    Levels,
    Name,
    Raw,
    Repeat,
    Reward,
    TemplateText,
    Text,
    User,
    Vocabulary,
    arguments,
    load,
    load_text,
)

FILES = sorted(str(p.relative_to(Path(__file__).parent)) for p in (Path(__file__).parent / "good").glob("*.yaml"))


def nouns(value: Any) -> Iterator[Any]:
    """Every dataclass inside a spec."""
    if dataclasses.is_dataclass(value):
        yield value
        for part in dataclasses.fields(value):
            yield from nouns(getattr(value, part.name))
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from nouns(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from nouns(part)


@pytest.mark.parametrize("file", FILES)
def test_a_good_file_loads_with_and_without_a_vocabulary(file: str, vocabulary: Vocabulary) -> None:
    known, unknown = load(file, vocabulary), load(file)
    assert known.spec == unknown.spec
    assert known.digest == unknown.digest
    assert known.warnings == ()
    assert type(known.spec).__name__ == known.kind
    assert known.sources[file] == Path(file).read_text()


@pytest.mark.parametrize("file", FILES)
def test_spans_mark_the_words_they_stand_for(file: str, vocabulary: Vocabulary) -> None:
    loaded = load(file, vocabulary)
    seen = 0
    for noun in nouns(loaded.spec):
        span = getattr(noun, "span", None)
        if not isinstance(span, Span) or not isinstance(noun, Name | Text | TemplateText | ExpressionText):
            continue
        lines = loaded.sources[span.file].splitlines()
        assert 1 <= span.line <= span.end_line <= len(lines)
        if span.line == span.end_line and noun.text.count("\n") == 0:
            assert lines[span.line - 1][span.column - 1 : span.end_column - 1] == noun.text
        seen += 1
    assert seen > 2


def test_axes_of_the_language_page() -> None:
    axes = load("good/axes.yaml").spec
    assert isinstance(axes, Axes)
    assert axes.levels == Levels(0, 12)
    assert [(a.name.text, a.type, a.role) for a in axes.axes.values()] == [
        ("constraints", "int", "harder_up"),
        ("omission", "real", "harder_up"),
        ("search_depth", "int", "harder_down"),
        ("turn_budget", "int", "allowance"),
    ]
    assert axes.axes["omission"].curve == ExpressionText(
        "0.8 * sigmoid((d - 3) / 1.5)", Span("good/axes.yaml", 6, 57, 6, 85)
    )


def test_an_environment_of_the_language_page(vocabulary: Vocabulary) -> None:
    cart = load("good/cart.yaml", vocabulary).spec
    assert isinstance(cart, Environment)
    targets, wanted, history = cart.world
    assert targets.draw is not None and targets.draw.sampler.text == "sample_products"
    assert {name: text for name, (text, _) in arguments(targets.draw.arguments).items()} == {
        "count": "items",
        "where": "it.in_stock and not it.restricted",
        "distinct": "it.short_name",
    }
    assert wanted.loop is not None and (wanted.loop.name.text, wanted.loop.over.text) == ("t", "targets")
    assert [(field.name.text, field.draw is not None) for field in wanted.record] == [
        ("product", False), ("variant", True), ("qty", True),
    ]  # fmt: skip
    assert history.name.text == "history"
    assert [fact.name.text for fact in cart.user.facts] == ["item", "variant", "qty"]
    assert cart.user.facts[1].asks[0].text.startswith("Which {w.variant.attribute}")
    assert cart.user.reactions[0].discloses is not None
    assert cart.measures["f1"].text == "unit_f1(cart, goal.cart, key=[it.product_id, it.variant_id])"
    assert len(cart.solution) == 4


def test_every_sort_of_statement_step_and_goal(vocabulary: Vocabulary) -> None:
    spec = load("good/discovery.yaml", vocabulary).spec
    assert isinstance(spec, Environment)
    assert spec.define["met"].parameters[1].text == "wishes"
    assert spec.brief is not None and spec.brief.text == "Recommend {results} products.\nThe best first."
    assert spec.turns is not None and spec.turns.text == "turn_budget + 1"
    dearer, shape = spec.world[1:]
    assert dearer.value is not None and dearer.value.text == "[target, target]"
    assert dearer.condition is not None
    assert [field.name.text for field in shape.record] == ["inner", "count", "each"]
    assert shape.record[0].record[0].value is not None
    assert [step.name.text for step in spec.goal] == ["best", "all"]
    assert (spec.events[0].event.text, spec.events[0].of.text) == ("stock_out", "dearer")
    kinds = [type(action).__name__ for action in spec.solution]
    assert kinds == ["Ask", "NextTurn", "Repeat", "ForEach", "Finish"]
    repeat = spec.solution[2]
    assert isinstance(repeat, Repeat) and isinstance(repeat.do[0], Call)
    assert repeat.do[0].arguments["filters"].text == "[a, b]"


def test_a_block_rebases_to_its_lines_and_columns() -> None:
    spec = load("good/discovery.yaml").spec
    assert isinstance(spec, Environment)
    answer = spec.solution[-1].answer["products"]  # type: ignore[union-attr]
    assert answer.text == "[p.product_id\n for p in page]"
    lines = Path("good/discovery.yaml").read_text().splitlines()
    for offset, text in enumerate(answer.text.split("\n")):
        assert lines[answer.span.line - 1 + offset][answer.span.column - 1 :] == text


def test_the_other_kinds_of_the_language_page(vocabulary: Vocabulary) -> None:
    reward, user, catalog = (load(f"good/{name}.yaml", vocabulary).spec for name in ("reward", "user", "catalog"))
    assert isinstance(reward, Reward) and isinstance(user, User) and isinstance(catalog, Catalog)
    assert reward.range == (-1.0, 1.0)
    assert reward.hard_failures == {"malformed_action": -1, "illegal_call": -1, "forbidden": -1}
    assert arguments(user.persona["weights"].arguments)["over"][0] == "[price, rating, shipping, brand, similarity]"
    charger = catalog.departments["electronics"].types["usb_c_charger"]
    assert charger.price.median_cents == 2500
    assert charger.attributes["watts"].values == (20, 30, 45, 65, 100)
    assert charger.attributes["color"].wanted == "exactly"
    assert charger.variants is not None and (charger.variants.low, charger.variants.high) == (2, 4)


def test_a_collection_lies_over_the_one_it_extends(vocabulary: Vocabulary) -> None:
    loaded = load("good/c8.yaml", vocabulary)
    assert isinstance(loaded.spec, Collection)
    assert loaded.spec.name.text == "c8"
    assert [(e.text, e.path) for e in loaded.spec.environments] == [
        ("discovery.yaml", "good/discovery.yaml"),
        ("cart.yaml", "good/cart.yaml"),
    ]
    assert loaded.spec.curriculum.trials == 32
    assert loaded.spec.levels == {"typing_noise": 0}
    assert set(loaded.sources) == {"good/c8.yaml", "good/c4.yaml"}
    assert loaded.spec.train is not None
    assert loaded.spec.train.settings.learning_rate == 1.0e-5


@pytest.mark.parametrize(
    "typed", ["1.10", "007", "0x1f", "1e3", "on", "NO", "12:30", "true", "$5.99", "2015-01-01", "1_000"]
)
def test_an_expression_keeps_its_digits(typed: str) -> None:
    spec = load_text(f"kind: Axes\nname: a\naxes:\n  x: {{type: real, curve: {typed}, role: shape}}\n", "a.yaml").spec
    assert isinstance(spec, Axes) and spec.axes["x"].curve.text == typed


@pytest.mark.parametrize("typed", ["on", "off", "yes", "no", "y", "n", "12:30", "1_000", "0b1", "=", "2015-01-01"])
def test_words_that_old_yaml_takes_for_something_else_are_words(typed: str) -> None:
    text = f"kind: User\nname: a\nacts: {{confirm: [{typed}]}}\n"
    spec = load_text(text, "a.yaml").spec
    assert isinstance(spec, User) and [phrase.text for phrase in spec.acts["confirm"]] == [typed]


def test_a_list_argument_is_the_text_of_a_list() -> None:
    at = Span("a.yaml", 1, 1, 1, 2)
    items = Raw((Raw("a", at), Raw((Raw("1", at), Raw("2", at)), at)), at)
    assert arguments(Raw({"of": items, "k": Raw("3", at)}, at)) == {"of": ("[a, [1, 2]]", at), "k": ("3", at)}


def test_a_quoted_item_of_a_list_is_an_expression_too(vocabulary: Vocabulary) -> None:
    text = Path("good/user.yaml").read_text().replace("[plain, chatty, terse]", '["min(a, b)", c]')
    user = load_text(text, "u.yaml", vocabulary).spec
    assert isinstance(user, User)
    assert arguments(user.persona["tone"].arguments)["of"][0] == "[min(a, b), c]"


def test_the_digest_is_of_the_content() -> None:
    text = Path("good/axes.yaml").read_text()
    digest = load_text(text, "a.yaml").digest
    assert load_text("# a comment\n" + text.replace("name: standard", "name:   'standard'"), "b.yaml").digest == digest
    assert load_text(text.replace("0..12", "0..11"), "a.yaml").digest != digest


def test_a_byte_order_mark_and_foreign_line_ends_change_nothing() -> None:
    text = Path("good/axes.yaml").read_text()
    assert load_text("\ufeff" + text.replace("\n", "\r\n"), "a.yaml").spec == load_text(text, "a.yaml").spec


def test_a_missing_file_and_a_folder_are_diagnostics() -> None:
    for path, near in (("good/axis.yaml", "good/axes.yaml"), ("good", ""), ("nowhere/x.yaml", ""), ("a\0b", "")):
        with pytest.raises(ScenarioError) as caught:
            load(path)
        (found,) = caught.value.diagnostics
        assert found.code == "S101"
        assert near in found.label


def test_only_a_regular_file_of_a_sane_size_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "large.yaml").write_bytes(b"#" * (LARGEST_FILE + 1))
    for path, reason in (
        (Path("/dev/zero"), "not a regular file"),
        (tmp_path / "pipe.yaml", "not a regular file"),
        (tmp_path, "is a folder, not a file"),
        (tmp_path / "large.yaml", "more than 4 MB"),
    ):
        for read in (lambda path: load(path), lambda path: load_text(f"kind: Axes\nextends: {path}\n", "a.yaml")):
            with pytest.raises(ScenarioError) as caught:
                read(path)
            found = next(d for d in caught.value.diagnostics if d.code == "S101")
            assert reason in found.message


def test_a_report_shows_a_part_of_a_long_line_and_the_first_hundred_problems() -> None:
    found = Diagnostics()
    for column in range(1, 8000, 50):
        found.error("S103", "x", Span("a.yaml", 1, column, 1, column + 5))
    shown = render_text(found.items, {"a.yaml": "x" * 9000})
    assert max(map(len, shown.splitlines())) < 500
    assert shown.count("S103") == 100 and shown.endswith("… and 60 more")
    assert all(line.count("^") == 5 for line in shown.splitlines() if "^" in line)


def test_the_spec_of_a_tree_of_folders_names_files_in_the_callers_terms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = Path("good").resolve()
    (tmp_path / "deep" / "sub").mkdir(parents=True)
    for name in ("c4", "discovery", "catalog", "axes", "reward", "user"):
        (tmp_path / "deep" / f"{name}.yaml").write_text((good / f"{name}.yaml").read_text())
    (tmp_path / "deep" / "sub" / "mine.yaml").write_text("kind: Collection\nname: mine\nextends: ../c4.yaml\n")
    monkeypatch.chdir(tmp_path)
    loaded = load(Path("deep/sub/mine.yaml"))
    assert isinstance(loaded.spec, Collection)
    assert loaded.spec.axes.path == "deep/axes.yaml"
    assert loaded.spec.axes.span.file == "deep/c4.yaml"
    assert list(loaded.sources) == ["deep/sub/mine.yaml", "deep/c4.yaml"]
