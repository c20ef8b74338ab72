"""The documentation keeps up: every hook, verb, kind and function has its place, every code its page, every link its end."""

from __future__ import annotations

import argparse
import ast
import re
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl import files
from rlve_dsl.agents import demonstrate_imperfectly, held_out_keys
from rlve_dsl.cli import VERBS
from rlve_dsl.episode import Termination
from rlve_dsl.plugins import HOOKS, registry
from tests.model_server import Asked, ModelServer

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "rlve_dsl"
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = sorted((PACKAGE / "explanations").glob("*.md"))
_GIVE_UP = {"id": "c0", "type": "function", "function": {"name": "finish", "arguments": "{}"}}
CODE = re.compile(r'"([A-Z]\d{3})"')


@cache
def docs() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in [*DOCS, *ROOT.glob("README.md")])


@cache
def emitted() -> frozenset[str]:
    return frozenset(code for path in PACKAGE.rglob("*.py") for code in CODE.findall(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_has_its_section(verb: str) -> None:
    assert f"`rlve-dsl {verb}" in docs() or f"rlve-dsl {verb} " in docs()


@pytest.mark.parametrize("kind", files.KINDS)
def test_a_kind_has_its_row_and_its_section(kind: str) -> None:
    assert f"| `{kind}` |" in docs()
    assert re.search(rf"(?m)^#+ {kind}\b", docs()) or re.search(rf"(?m)^kind: {kind}$", docs())


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_its_row(hook: str) -> None:
    assert f"| `{hook}` |" in docs()


def test_every_primitive_is_listed() -> None:
    pages = ("functions", "measures", "samplers", "tools", "events", "acts")
    listed = "\n".join((ROOT / "docs" / "reference" / f"{page}.md").read_text(encoding="utf-8") for page in pages)
    known = registry()
    names = (*known.functions, *known.measures, *known.samplers, *known.tools, *known.events, *known.acts)
    assert not [name for name in names if f"## {name}\n" not in listed]


@pytest.mark.parametrize("ending", Termination.__args__)  # type: ignore[attr-defined]
def test_a_way_to_end_is_told(ending: str) -> None:
    assert f"`{ending}`" in docs()


def test_every_code_that_is_emitted_has_a_page_and_every_page_a_code() -> None:
    assert {path.stem for path in PAGES} == emitted()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_has_a_title_a_meaning_and_a_mend(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(rf"# {path.stem}: \S.*[^.]", lines[0])
    assert lines[1] == "" and lines[2], "what it means"
    assert sum(line.startswith("```") for line in lines) % 2 == 0
    assert 3 < len(lines) < 40


def test_the_page_that_writes_an_environment_writes_the_one_that_is_shipped() -> None:
    page = (ROOT / "docs" / "writing-an-environment.md").read_text(encoding="utf-8")
    *parts, collection = [f"{block}\n" for block in re.findall(r"(?ms)^```yaml\n(.*?)\n```$", page)]
    folder = ROOT / "scenarios" / "examples"
    vocabulary = registry().vocabulary()
    for name, text in (("gift-finder.yaml", "\n".join(parts)), ("gifts.yaml", collection)):
        assert text == (folder / name).read_text(encoding="utf-8")
        assert (
            files.load_text(text, str(folder / name), vocabulary).digest == files.load(folder / name, vocabulary).digest
        )


@pytest.mark.parametrize(
    "command", re.findall(r"(?m)^rlve-dsl [^#\n]+", (ROOT / "docs" / "writing-an-environment.md").read_text("utf-8"))
)
def test_the_commands_of_that_page_are_ones(command: str) -> None:
    verb, *words = command.split(">")[0].split()[1:]
    assert verb in VERBS
    parser = argparse.ArgumentParser(allow_abbrev=False)
    import_module(f"rlve_dsl.cli.{verb}").add_arguments(parser)
    assert parser.parse_args(words)


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS], ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS], ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_path_in_the_docs_exists(path: Path) -> None:
    for target in re.findall(r"`((?:scenarios|tests|rlve_dsl|schemas)/[\w./-]+)`", path.read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target


_SERVED = re.compile(r"(?ms)^## Evaluate a served model$.*?(?=^## )")


def test_the_page_about_python_evaluates_a_served_model(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    section = _SERVED.search((ROOT / "docs" / "python.md").read_text(encoding="utf-8"))
    assert section is not None
    (code,) = re.findall(r"(?ms)^```python\n(.*?)\n```$", section[0])
    monkeypatch.chdir(ROOT)
    shop = rlve_dsl.load("scenarios/c8.yaml")
    shown = demonstrate_imperfectly(shop, held_out_keys(shop.environments, (0, 6), 8), {})
    oracle = {one.episode.opening: [m for m in one.messages("text") if m["role"] == "assistant"] for one in shown}
    begun, one_at_a_time = Counter[str](), Lock()

    def half_of_the_attempts_pass(asked: Asked) -> dict[str, Any]:
        said = [message for message in asked.body["messages"] if message["role"] == "assistant"]
        opening = asked.body["messages"][1]["content"]
        with one_at_a_time:
            begun[opening] += not said
            gives_up = not said and begun[opening] % 2
        return {"content": "I do not know.", "tool_calls": [_GIVE_UP]} if gives_up else oracle[opening][len(said)]

    model_server.behave = half_of_the_attempts_pass
    names: dict[str, Any] = {"__name__": "python_page"}
    assert "http://localhost:8000/v1" in code
    exec(code.replace("http://localhost:8000/v1", model_server.url), names)  # noqa: S102
    assert [(score.episodes, score.passed) for score in names["by_level"](names["scores"])] == [(32, 16)] * 2
    assert (names["pass_at"](1, names["played"]), names["pass_at"](4, names["played"])) == (0.5, 1.0)
    assert capsys.readouterr().out.endswith("pass@1 0.5, pass@4 1.0\n[]\n")


def test_the_page_about_python_runs_and_shows_what_its_lines_give(monkeypatch: pytest.MonkeyPatch) -> None:
    page = _SERVED.sub("", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"))
    code = "\n\n".join(re.findall(r"(?ms)^```python\n(.*?)\n```$", page))
    lines = code.splitlines()
    names: dict[str, object] = {"__name__": "python_page"}
    monkeypatch.chdir(ROOT)
    shown = 0
    for statement in ast.parse(code).body:
        _, arrow, value = lines[(statement.end_lineno or 0) - 1].partition("  # → ")
        if arrow and isinstance(statement, ast.Expr):
            shown += 1
            assert repr(eval(ast.unparse(statement), names)) == value
        else:
            exec(ast.unparse(statement), names)  # noqa: S102
    assert shown == code.count("# →")
