"""Text → nodes: whatever is typed, nodes with exact places or diagnostics, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlve_dsl.diagnostics import Diagnostics, render_text
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import User, Vocabulary, load_text
from rlve_dsl.files.yaml_tree.compose import compose
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode
from rlve_dsl.files.yaml_tree.text import SourceText, balanced

HERE = Path(__file__).parent
TEXTS = [path.read_text() for path in sorted((HERE / "good").glob("*.yaml"))]
PIECES = st.sampled_from(
    ["\t", " ", "\n", "\n  ", ": ", " #", "- ", "{", "}", "[", "]", ",", '"', "'", "*", "&a ", "!x ", "> ", "|", "%", "@", "`",
     "?", "---\n", "...\n", "\\", "é", "\x00", "\ud800", "\x85", "\u2028", "\r", "\ufeff", "a", "1", "<<: ", "!replace "]
)  # fmt: skip


def scalars(node: Node) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
        return
    if isinstance(node, MapNode):
        yield from node.keys.values()
    for part in node.values.values() if isinstance(node, MapNode) else node.items:
        yield from scalars(part)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_no_typing_error_is_a_traceback(data: st.DataObject, vocabulary: Vocabulary) -> None:
    text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.sampled_from([0, 0, 0, 1, 1, 2, 10]))
        text = text[:place] + data.draw(st.one_of(PIECES, st.just(""))) + text[place + cut :]
    try:
        load_text(text, "good/a.yaml", vocabulary)
    except ScenarioError as problems:
        assert problems.diagnostics
        for found in problems.diagnostics:
            assert found.span is None or 1 <= found.span.line
            assert found.span is None or found.span.column >= 1
            assert found.span is None or (found.span.end_line, found.span.end_column) >= (
                found.span.line,
                found.span.column,
            )
        assert render_text(problems.diagnostics, problems.sources)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(text=st.lists(PIECES, max_size=12).map("".join))
def test_no_text_is_a_traceback(text: str) -> None:
    with pytest.raises(ScenarioError):
        load_text(text, "a.yaml")


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30),
    style=st.sampled_from(["'", '"', ">", "|"]),
)
def test_a_text_is_read_back_as_written(text: str, style: str) -> None:
    dumped = yaml.safe_dump(
        {"kind": "User", "name": "u", "acts": {"confirm": [text]}}, default_style=style, allow_unicode=True
    )
    dumped = dumped.replace("!!null ", "")
    try:
        spec = load_text(dumped, "u.yaml").spec
    except ScenarioError as problems:
        assert {d.code for d in problems.diagnostics} == {"S102"}
        return
    assert isinstance(spec, User)
    (phrase,) = spec.acts["confirm"]
    assert phrase.text == (text.rstrip("\n") if style in ">|" else text)


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
def test_scalars_stand_where_their_spans_say(loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if loader == "SafeLoader":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    for text in TEXTS:
        source, diagnostics = SourceText("a.yaml", text), Diagnostics()
        root = compose(source, diagnostics)
        assert root is not None and diagnostics.items == []
        for scalar in scalars(root):
            if scalar.span.line == scalar.span.end_line:
                assert source.cut(scalar.span) == scalar.text


# `wrong_sort` holds an empty value, for which the two name neighbouring columns
def test_both_of_pyyamls_parsers_give_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad = [
        path.read_text()
        for path in sorted((HERE / "bad").glob("*.yaml"))
        if path.stem not in ("not_utf8", "sixteen_bits", "wrong_sort")
    ]

    def read(text: str) -> tuple[Node | None, list[tuple[str, object]]]:
        diagnostics = Diagnostics()
        return compose(SourceText("a.yaml", text), diagnostics), [(d.code, d.span) for d in diagnostics.items]

    fast = [read(text) for text in TEXTS + bad]
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert [read(text) for text in TEXTS + bad] == fast


def test_a_block_begins_where_its_first_line_does() -> None:
    source = SourceText("a.yaml", "a:\n  b: |\n\n    first\n      second\n  c: >-\n    one\n    two\n")
    root = compose(source, Diagnostics())
    assert isinstance(root, MapNode)
    block, folded = root.values["a"].values.values()  # type: ignore[union-attr]
    assert isinstance(block, ScalarNode) and isinstance(folded, ScalarNode)
    assert (block.text, block.span.line, block.span.column) == ("\nfirst\n  second", 3, 5)
    assert (folded.text, folded.span.line, folded.span.column) == ("one two", 7, 5)


def test_a_comment_after_a_whole_text_is_a_warning_when_it_may_belong_to_it() -> None:
    text = "kind: User\nname: u\nacts:\n  confirm: Your order #5\n  correct: Wait. # a comment\n"
    (warning,) = load_text(text, "u.yaml").warnings
    assert (warning.code, warning.severity) == ("S114", "warning")
    assert warning.span is not None and warning.span.line == 4


@pytest.mark.parametrize(
    ("text", "whole"),
    [("f(a[0])", True), ("f(a", False), ("a)", False), ('"(" == a', True), ('"a', False), ("{a}", True)],
)
def test_balanced(text: str, whole: bool) -> None:
    assert balanced(text) is whole


def test_an_escape_of_half_a_character_is_named() -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text('kind: User\nname: "a\\ud800b"\n', "a.yaml")
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("S107", "`\\ud800` is half of a character")


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize(
    ("line", "message", "marked"),
    [
        ("price: {type: money, says: what: the client pays}", "`says` lost its quotes", "what: the client pays"),
        ("finish: {a: x is known, b: x ? y : $0}", "`b` lost its quotes", "x ? y : $0"),
        ("a: {q: [1, 2], c: d: e}", "`c` lost its quotes", "d: e"),
        ("a: {q: z, c: (d: e), f: 1}", "`c` lost its quotes", "(d: e)"),
        ("a: {'q r': 'x: y', 'c d': e: f}", "`c d` lost its quotes", "e: f"),
        ("a: {q: {b: 1}x, c: 2}", "`q` lost its quotes: a value that begins with `{` ends at its `}`", "{b: 1}x"),
        ('a: {b: 1, c: "x: y" z}', "`c` lost its quotes: a value that begins with a quote", '"x: y" z'),
        ("a: {b: [x: y: z], c: 2}", "`b` lost its quotes", "[x: y: z]"),
        ("x: {type: int, curve: [8 + d, role: shape}", "the `[` of `curve` is never closed", "["),
        ("x: {curve: [8, {role: shape]}", "this `{` is never closed", "{"),
        ("x: {curve: 8], role: shape}", "`curve` lost its quotes: inside brackets and braces `]` has a meaning", "8"),
    ],
)  # fmt: skip
def test_of_a_line_with_braces_the_key_is_named_whose_value_is_cut(
    loader: str, line: str, message: str, marked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if loader == "SafeLoader":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    source, found = SourceText("a.yaml", f"kind: User\n{line}\n"), Diagnostics()
    compose(source, found)
    (told,) = found.items
    assert told.message.startswith(message)
    assert told.span is not None and source.cut(told.span) == marked
