"""An edit of a shipped file is either reported or makes something that can be played: never a crash, never a riddle."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, RandomAgent, play
from rlve_dsl.cli.checking import check
from rlve_dsl.cli.explain import page
from rlve_dsl.diagnostics import render_text
from rlve_dsl.episode import record
from rlve_dsl.errors import RlveError
from rlve_dsl.rng import Stream

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FILES = ("environments/cart.yaml", "environments/discovery.yaml", "axes/standard.yaml", "rewards/composite.yaml",
         "users/shopper.yaml", "first-steps.yaml")  # fmt: skip
WORD = re.compile(r"[\w.]+|[^\w\s]")
EDITS = 30


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped files, and a collection of both environments with few levels."""
    folder = tmp_path_factory.mktemp("soundness") / "scenarios"
    shutil.copytree(SCENARIOS, folder)
    axes = folder / "axes" / "standard.yaml"
    axes.write_text(axes.read_text(encoding="utf-8").replace("levels: 0..12", "levels: 0..3"), encoding="utf-8")
    return folder


def edited(text: str, words: list[str], stream: Stream) -> str:
    """The text with a line or a word taken out, doubled, swapped or replaced."""
    lines = text.split("\n")
    here, there = stream.integer(0, len(lines) - 1), stream.integer(0, len(lines) - 1)
    found = list(WORD.finditer(lines[here]))
    match stream.integer(0, 4):
        case 0:
            del lines[here]
        case 1:
            lines.insert(here, lines[here])
        case 2:
            lines[here], lines[there] = lines[there], lines[here]
        case what if found:
            word = stream.choice(found)
            instead = stream.choice(words) if what == 3 else ""
            lines[here] = lines[here][: word.start()] + instead + lines[here][word.end() :]
    return "\n".join(lines)


def the_words() -> list[str]:
    return [word for file in FILES for word in WORD.findall((SCENARIOS / file).read_text(encoding="utf-8"))]


def edits() -> Iterator[tuple[str, str]]:
    words = the_words()
    for number in range(EDITS):
        stream = Stream("edit", number)
        file = FILES[number % len(FILES)]
        yield file, edited((SCENARIOS / file).read_text(encoding="utf-8").replace("0..12", "0..3"), words, stream)


def test_an_edit_is_reported_or_can_be_played(copy: Path) -> None:
    told, played = 0, 0
    for file, text in edits():
        path = copy / file
        whole = path.read_text(encoding="utf-8")
        path.write_text(text, encoding="utf-8")
        collection = copy / ("c1.yaml" if "discovery" in file else "first-steps.yaml")
        found, sources = check([collection])
        errors = [d for d in found if d.severity == "error"]
        for diagnostic in found:
            assert page(diagnostic.code) and diagnostic.span is not None
            assert not diagnostic.message.endswith(".") and "object at" not in diagnostic.message
            lines = sources[diagnostic.span.file].split("\n")
            assert 1 <= diagnostic.span.line <= len(lines) + 1
            assert f"[{diagnostic.code}]" in render_text([diagnostic], sources)
        if errors:
            told += 1
        else:
            played += 1
            scenario = rlve_dsl.load(collection)
            for agent in (RandomAgent, OracleAgent):
                for level in (0, 3):
                    episode = scenario.reset(scenario.environments[0], level=level, seed=level)
                    try:
                        play(episode, agent(episode))
                    except RlveError:
                        continue  # a defect that only playing shows, and says
                    assert record(episode) and episode.prompt("json")
        path.write_text(whole, encoding="utf-8")
    assert told > 5 and played > 5
