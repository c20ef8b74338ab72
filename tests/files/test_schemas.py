"""The schemas are the contract with editors: they accept and reject the same files as the reader."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlve_dsl.diagnostics import Diagnostic, Diagnostics
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.files import KINDS, Vocabulary, load, load_text, schema, write_schemas
from rlve_dsl.files.yaml_tree.compose import compose
from rlve_dsl.files.yaml_tree.nodes import ListNode, Node, ScalarNode, resolve
from rlve_dsl.files.yaml_tree.text import SourceText
from rlve_dsl.plugins import registry

HERE = Path(__file__).parent
GOOD = sorted((HERE / "good").glob("*.yaml"))
BAD = sorted((HERE / "bad").glob("*.yaml"))

# what the reader alone can see: YAML itself, `extends`, other files, which keys go together, what a value's type allows
READER_ONLY = {
    "S101",
    "S102",
    "S107",
    "S108",
    "S109",
    "S110",
    "S111",
    "S112",
    "S113",
    "S114",
    "S116",
    "S117",
    "S119",
    "S121",
    "S122",
}
READER_WORDS = re.compile(
    "ends before it begins|bounds an amount|end before it begins|ends above where it begins|is no price|of type .* needs `values`|is not a value of type|is not below"
)


def plain(node: Node) -> Any:
    """The node as an editor sees it."""
    if isinstance(node, ScalarNode):
        return resolve(node)
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return {name: plain(value) for name, value in node.values.items()}


def document(text: str) -> Any:
    root = compose(SourceText("a.yaml", text), Diagnostics())
    return None if root is None else plain(root)


class Editor:
    """Checks documents as an editor does, with the schemas alone."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        schemas = {kind: schema(kind, vocabulary) for kind in KINDS}
        for made in schemas.values():
            jsonschema.Draft202012Validator.check_schema(made)
        self._validators = {kind: jsonschema.Draft202012Validator(made) for kind, made in schemas.items()}

    def complaints(self, content: Any) -> list[str]:
        return [error.message for error in self._validators[content["kind"]].iter_errors(content)]


@pytest.fixture(scope="module")
def editor(vocabulary: Vocabulary) -> Editor:
    return Editor(vocabulary)


def seen_by_the_schema(problems: ScenarioError) -> list[Diagnostic]:
    return [d for d in problems.diagnostics if d.code not in READER_ONLY and not READER_WORDS.search(d.message)]


@pytest.mark.parametrize("path", GOOD, ids=lambda p: p.stem)
def test_the_schema_accepts_good_files(path: Path, editor: Editor) -> None:
    assert editor.complaints(document(path.read_text())) == []


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_the_schema_rejects_the_bad_files_that_it_can_see_through(
    path: Path, vocabulary: Vocabulary, editor: Editor
) -> None:
    try:
        content = document(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return
    if not isinstance(content, dict) or content.get("kind") not in KINDS or "extends" in content:
        return
    with pytest.raises(ScenarioError) as caught:
        load(f"bad/{path.name}", vocabulary)
    if seen_by_the_schema(caught.value):
        assert editor.complaints(content)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a document but the root."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*path, key)
        yield from places(part, (*path, key))


DOCUMENTS = [content for path in GOOD if "extends" not in (content := document(path.read_text()))]
STRANGERS = st.sampled_from(
    [3, -1, 0.5, 2.0, True, False, "d", "two words", "A", "", "$5", "$0", "0..12", "12..0", [], ["d"], [1, "d"], {}, {"d": "d"},
     {"value": "d"}, {"record": {"x": "d"}}, [[]], ["d", ["d"]], "int", "enum", "all", "x in y", {"sample_choice": {"of": ["d"]}}]
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_reader_and_schema_agree_on_what_is_one_change_away_from_good(
    data: st.DataObject, vocabulary: Vocabulary, editor: Editor
) -> None:
    content = copy.deepcopy(data.draw(st.sampled_from(DOCUMENTS)))
    path = data.draw(st.sampled_from([p for p in places(content) if p != ("kind",)]))
    holder = content
    for key in path[:-1]:
        holder = holder[key]
    change = data.draw(st.sampled_from(["remove", "rename", "replace", "replace", "replace"]))
    if change == "remove":
        del holder[path[-1]]
    elif change == "rename" and isinstance(holder, dict):
        holder[data.draw(st.sampled_from(["wanted", "Wrong", "value", "if", "let"]))] = holder.pop(path[-1])
    else:
        holder[path[-1]] = data.draw(STRANGERS)
    try:
        load_text(json.dumps(content, indent=1), "a.yaml", vocabulary)
    except ScenarioError as problems:
        if not editor.complaints(content):
            assert seen_by_the_schema(problems) == [], (path, holder)
    else:
        assert editor.complaints(content) == [], (path, holder)


def test_a_file_that_extends_may_leave_anything_out(editor: Editor) -> None:
    over = {"kind": "Axes", "extends": "a.yaml"}
    assert not editor.complaints({**over, "axes": {"omission": {"curve": "d"}}})
    assert editor.complaints({**over, "axes": {"omission": {"curv": "d"}}})
    assert editor.complaints({"kind": "Axes", "name": "a", "axes": {"omission": {"curve": "d"}}})


def test_what_a_plugin_declares_completes_in_an_editor(vocabulary: Vocabulary) -> None:
    text = json.dumps(schema("Environment", vocabulary))
    for name in ("sample_products", "distinct", "catalog.get_variants", "catalog.*", "stock_out", "confirm"):
        assert f'"{name}"' in text


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a schema."""
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from nodes(part)


@pytest.mark.parametrize("kind", KINDS)
def test_an_editor_completes_a_key_to_its_simple_form(kind: str) -> None:
    """An editor takes the first case of `anyOf`, and begins a list wherever it sees `items`."""
    for node in nodes(schema(kind, registry().vocabulary())):
        cases = node.get("anyOf", [])
        assert not (isinstance(node.get("type"), list) and "array" in node["type"]), node
        assert not any("items" in case for case in cases[:1]), node


def test_an_editor_shows_what_a_primitive_does() -> None:
    known = registry()
    made = schema("Environment", known.vocabulary())
    shown = [node["sample_int"]["description"] for node in nodes(made) if "description" in node.get("sample_int", {})]
    assert set(shown) == {known.samplers["sample_int"].doc}
    tools = next(node for node in nodes(made) if "catalog.search" in node.get("enum", []) and "cart.*" in node["enum"])
    told = dict(zip(tools["enum"], tools["enumDescriptions"], strict=True))
    assert told["catalog.search"] == known.tools["catalog.search"].doc
    assert told["cart.*"] == "All tools whose names begin with `cart.`."
    acts = next(node for node in nodes(schema("User", known.vocabulary())) if "greet" in node.get("properties", {}))
    assert acts["properties"]["greet"]["description"] == known.acts["greet"].doc


def test_without_a_vocabulary_any_sampler_may_stand() -> None:
    validator = jsonschema.Draft202012Validator(schema("Environment"))
    assert validator.is_valid(document((HERE / "good" / "cart.yaml").read_text()))


def test_there_is_no_schema_of_no_kind() -> None:
    with pytest.raises(UsageError, match="there is no kind `Axis`"):
        schema("Axis")


def test_written_schemas_are_those_of_the_kinds(tmp_path: Path, vocabulary: Vocabulary) -> None:
    written = write_schemas(tmp_path / "schemas", vocabulary)
    assert [path.name for path in written] == [f"{kind.lower()}.schema.json" for kind in KINDS]
    for kind, path in zip(KINDS, written, strict=True):
        assert json.loads(path.read_text()) == schema(kind, vocabulary)
