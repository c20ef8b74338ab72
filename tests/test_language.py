"""The language is one: the compiler knows no environment, and no primitive belongs to one alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from rlve_dsl import files
from rlve_dsl.plugins import registry

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "scenarios"

# Axes that tools and the runtime read by name, as docs/language.md says.
RUNTIME_AXES = {"turn_budget", "tool_budget", "search_depth", "search_noise"}

# Words of shipped files that stand in the code as something else.
ELSEWHERE = {
    "results": "what a turn's calls returned, in `Step.info`",
    "items": "what a list holds: a keyword of JSON Schema, a method of mappings",
    "returns": "what of a state has to do with sending things back",
    "shopper": "whom a call is made for, to a store policy",
    "status": "a field of an order",
}


@cache
def shipped() -> dict[Path, files.Kind]:
    vocabulary = registry().vocabulary()
    return {path: files.load(path, vocabulary).spec for path in sorted(SCENARIOS.rglob("*.yaml"))}


def names_of_shipped_things() -> dict[str, str]:
    """Name → what it is: environments, axes, product types, projects, and the files' own names."""
    found: dict[str, str] = {}
    for part in shipped().values():
        match part:
            case files.Environment():
                found[part.name.text] = "an environment"
                found |= dict.fromkeys(part.axes, f"an axis of {part.name.text}")
                found |= dict.fromkeys(part.define, f"a definition of {part.name.text}")
            case files.Axes():
                found |= dict.fromkeys(part.axes.keys() - RUNTIME_AXES, "a shared axis")
            case files.Catalog():
                found |= {name: "a product type" for shelf in part.departments.values() for name in shelf.types}
                found |= dict.fromkeys(part.projects, "a project")
            case files.Collection() | files.Reward() | files.User():
                found[part.name.text] = "the name of a file"
    return found


def words_that_the_code_means(path: Path) -> Iterator[tuple[str, int]]:
    """(word, line) of every string constant that is a word, docstrings aside, and of compound names, which no one writes
    by chance."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                yield text, node.lineno
                yield from ((word, node.lineno) for word in re.findall(r"\w+", text) if "_" in word.strip("_"))
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) if "_" in name.strip("_"):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno


def primitives() -> set[str]:
    """The names of all primitives and of their parameters, and the domains and last words of tools' names."""
    known = registry()
    functions, drawn = {**known.functions, **known.measures}, {**known.samplers, **known.events, **known.tools}
    parameters = {p.name for primitive in drawn.values() for p in primitive.signature.parameters}
    return {*functions, *drawn, *parameters, *known.acts, *(word for tool in known.tools for word in tool.split("."))}


def test_no_shipped_thing_is_known_by_name() -> None:
    names = names_of_shipped_things()
    allowed = {*primitives(), *ELSEWHERE}
    found = [
        f"{path.relative_to(ROOT)}:{line} knows `{word}`, {names[word]}"
        for path in sorted((ROOT / "rlve_dsl").rglob("*.py"))
        for word, line in words_that_the_code_means(path)
        if word in names and word not in allowed
    ]
    assert not found, "\n".join(found)


def test_the_search_for_names_finds_them() -> None:
    names = names_of_shipped_things()
    assert {"discovery", "cart", "constraints", "variant_rate", "first-steps", "shopper"} <= names.keys()
    assert len([name for name, what in names.items() if what == "a product type"]) > 100
    here = {word for word, _ in words_that_the_code_means(Path(__file__))}
    assert {"discovery", "variant_rate", "sample_bool"} <= here


@pytest.mark.parametrize("word", sorted(ELSEWHERE))
def test_words_that_mean_something_else_are_still_needed(word: str) -> None:
    assert word in names_of_shipped_things()


def uses(primitive: str, text: str) -> bool:
    """Whether a file uses a sampler or an event as a key, or a measure as a call."""
    plain = re.sub(r"(?m)(^|\s)#.*$", "", text)
    return re.search(rf"(?<![\w.])({re.escape(primitive)}\s*:|{re.escape(primitive)}\()", plain) is not None


def test_a_primitive_belongs_to_no_environment_alone() -> None:
    known = registry()
    texts = [
        p.read_text(encoding="utf-8")
        for p, part in shipped().items()
        if isinstance(part, files.Environment | files.Reward | files.User)
    ]
    primitives = (*known.samplers, *known.events, *known.measures)
    assert {name for name in primitives if sum(uses(name, text) for text in texts) < 2} == set()
