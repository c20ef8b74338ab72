"""docs/sampled-replies.md is what its script writes."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import yaml

from tests.conftest import shipped

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "sampled-replies.md").read_text(encoding="utf-8")


TEXTS = [line.partition(": ")[2] for line in PAGE.splitlines() if line.lstrip().startswith("- ")]
AS_NOBODY_TYPES = {
    "a number of a single thing": r"\b(?:\d+|just one) of the ",
    "a heading": r"\b(?:Request \d|Reason|Options|Ratings|How many): ",
    "a word of a tool": r"\b(?:put (?:it down as|\w+ as the reason)|by locker)\b",
    "praise for a question": r"\b[Gg]ood question",
    "a capital after a colon": r": (?:The|Has|Could|Make|Take|Please)\b",
    "a no after an answer": r"\. No, (?:nothing|that)",
    "more that is announced": r"\b(?:[Aa]nd more\.|[Tt]here's (?:a little )?more|something else, too)",
    "courtesy twice": r"(?i)\bplease\b.*\bplease\b|\bthanks\b.*\bthank",
    "what counts for nothing": r"\b0% on ",
    "close to nothing that is named": r"\bclose it is(?! to)\b",
    "days that a person has another word for": r"\b1 day ago\b|\b\d{3,} days ago(?! to the day)\b",
    "what was said before, from its capital letter": r"\b(?:As I (?:said|mentioned)|On top of (?:that|what I said)), (?:It|The|I(?! |'))\b",
    "with after be": r"\b(?:be|were) with an? ",
    "a bare option": r"\b[Ff]or the new one, \w+ please",
}


def entries(section: str) -> str:
    return PAGE.split(f"\n## {section}\n\n")[1].split("\n## ")[0].rstrip("\n") + "\n"


@pytest.mark.parametrize(
    "collection", ["first-steps.yaml", "examples/warranty.yaml"]
)  # two of them, as each takes time
def test_the_page_is_current(collection: str) -> None:
    described = spec_from_file_location("write_sampled_replies", ROOT / "docs" / "write_sampled_replies.py")
    assert described is not None and described.loader is not None
    script = module_from_spec(described)
    described.loader.exec_module(script)
    scenario = shipped(collection)
    (name,) = scenario.environments
    written = entries(f"{scenario.name}: {name}")
    assert "".join(script._texts(scenario, name, written.count("\n"))) == written


def test_the_page_has_two_hundred_texts() -> None:
    assert sum(line.lstrip().startswith("- ") for line in PAGE.splitlines()) == 200


@pytest.mark.parametrize("fault", AS_NOBODY_TYPES)
def test_the_page_has_nothing_that_nobody_types(fault: str) -> None:
    assert not [text for text in TEXTS if re.search(AS_NOBODY_TYPES[fault], text)]


SHIPPED = [
    path for path in sorted((ROOT / "scenarios").rglob("*.yaml")) if "\n  facts:" in path.read_text(encoding="utf-8")
]


def phrases(says: object) -> list[str]:
    """The phrasings of a text, whatever form it has."""
    if isinstance(says, dict):
        return [phrase for tone in says.values() for phrase in phrases(tone)]
    return [says] if isinstance(says, str) else [str(phrase) for phrase in says] if isinstance(says, list) else []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_an_answer_about_an_item_names_the_item(path: Path) -> None:
    """So that an agent that asked for the colour of "those" sees whose colour it got."""
    for fact in yaml.safe_load(re.sub(r"!\w+", "", path.read_text(encoding="utf-8")))["user"]["facts"]:
        item = str(fact.get("for_each", "")).partition(" in ")[0]
        named = rf"{{[^}}]*\b{item}\."  # the question names what it is about, or the answer is the item
        if item and any(re.search(named, ask) for ask in phrases(fact["ask"])) and fact["value"] != item:
            assert all(re.search(named, said) for said in [*phrases(fact["says"]), *phrases(fact.get("each", []))])


def test_many_answers_begin_with_the_answer() -> None:
    answers = [line for line in PAGE.splitlines() if line.startswith("  - ")]
    led = [line for line in answers if re.search(r"rest: (?:Let \w+|Quick\w*)\b", line)]
    assert len(answers) > 60 and len(led) < 0.65 * len(answers)
