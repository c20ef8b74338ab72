"""Words of a User file that mean no word of any fact: where that is said, and where it is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rlve_dsl.cli.checking import check
from rlve_dsl.user import WordsOfFacts

SCENARIOS = Path(__file__).parents[2] / "scenarios"
ONE_COLLECTION = """kind: Collection
name: {name}
environments: [environments/{name}.yaml]
catalog: catalogs/pocket.yaml
axes: axes/standard.yaml
reward: rewards/composite.yaml
user: users/shopper.yaml
"""


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SCENARIOS, tmp_path / "scenarios"))


def with_words(user: Path, words: str) -> None:
    user.write_text(f"{user.read_text(encoding='utf-8')}\nwords: {words}\n", encoding="utf-8")


def told(*paths: Path) -> list[str]:
    """What is said of words that mean nothing."""
    found, _ = check(paths)
    assert not [one for one in found if one.severity == "error"]
    return [one.message.split("`")[1] for one in found if one.code == "R230"]


def test_words_of_a_file_that_collections_share_mean_something_in_one_of_them(scenarios: Path) -> None:
    with_words(scenarios / "users" / "shopper.yaml", "{harness: [tack], variant: [make]}")
    paths = []
    for name in ("cart", "status"):
        paths.append(scenarios / f"{name}.yaml")
        paths[-1].write_text(ONE_COLLECTION.format(name=name), encoding="utf-8")
    assert told(paths[0]) == ["harness"] and told(paths[1]) == ["harness", "variant"]
    assert told(*paths) == ["harness"]


def test_of_an_environment_by_itself_nothing_is_said(scenarios: Path) -> None:
    """The User file is that of a whole collection."""
    with_words(scenarios / "users" / "shopper.yaml", "{harness: [tack]}")
    assert not told(scenarios / "environments" / "cart.yaml")
    with_words(scenarios / "examples" / "library" / "member.yaml", "{harness: [tack]}")
    assert not told(scenarios / "examples" / "library" / "renewals.yaml")


def test_what_facts_say_only_in_episodes_is_a_word_of_a_fact(scenarios: Path) -> None:
    library = scenarios / "examples" / "library"
    with_words(library / "member.yaml", "{harness: [tack], lantern: [lamp]}")
    assert told(library / "town-library.yaml") == ["harness"]


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("harness", True),  # the word itself
        ("harnesses", True),  # with an ending
        ("red harness", True),  # one of its words
        ("money limit", True),  # an entry of the words file, of which "budget" is a phrase
        ("spending limit", True),  # a phrase of that entry
        ("harnes", False),
        ("delivery way", False),
        ("what", False),  # a word without content, which no fact has
    ],
)
def test_an_entry_means_something_by_its_words_or_by_what_it_is_about(name: str, means: bool) -> None:
    assert WordsOfFacts(["Which harness does it wear?", "my budget"]).have(name) is means
