"""The scorer: the numbers that speak for a fact, and the trees that weigh them."""

from __future__ import annotations

import json

import numpy as np

from benchmarks.corpus.examples import examples
from benchmarks.train_understanding import grow
from rlve_dsl.user.understanding.evidence import NAMES
from rlve_dsl.user.understanding.judging import Judge
from rlve_dsl.user.understanding.odds import FINE, ODDS_FILE, Trees, trees
from rlve_dsl.user.understanding.reading import Prepared
from tests.user.slots import slot

SPACE = slot("space", "I need about {6 square metres}.", "How much space do you need?")
FLOOR = slot("floor", "It should be on the {ground floor}.", "On which floor should it be?")
PAID = slot("paid", "I can pay {$120} a month.", "What is the most you would pay a month?")
FACTS = [SPACE, FLOOR, PAID]


def numbers(message: str) -> dict[str, list[float]]:
    """The numbers of the first clause of a message, by name, with one for each fact."""
    prepared = Prepared(FACTS, ())
    reading = prepared.read(message)
    rows = Judge(prepared, reading).numbers(reading.spans[0])
    return dict(zip(NAMES, rows.T.tolist(), strict=True))


def test_a_tree_goes_right_where_a_number_is_larger_than_the_limit() -> None:
    tree = Trees(0, np.array([[0]]), np.array([[0.5]]), np.array([[-FINE, FINE]]))
    low, high = tree.of(np.array([[0.5], [0.6]])).tolist()
    assert (low, high) == (0.2689, 0.7311)


def test_trees_add_up() -> None:
    one = Trees(FINE, np.array([[0]]), np.array([[0.5]]), np.array([[0, FINE]]))
    two = Trees(0, np.array([[0], [0]]), np.array([[0.5], [0.5]]), np.array([[0, FINE], [0, FINE]]))
    assert one.of(np.array([[1.0]])) == two.of(np.array([[1.0]]))


def test_the_shipped_trees_look_at_the_numbers_that_there_are() -> None:
    read = json.loads(ODDS_FILE.read_text(encoding="utf-8"))
    assert tuple(read["names"]) == NAMES
    assert {number for tree in read["numbers"] for number in tree} <= set(range(len(NAMES)))
    assert trees().of(np.zeros((2, len(NAMES)))).shape == (2,)


def test_words_of_like_meaning_speak_for_a_fact() -> None:
    found = numbers("What dimensions are you looking for?")
    assert max(range(3), key=found["related"].__getitem__) == 0
    assert found["related_max"][2] == 0


def test_a_number_is_compared_with_that_of_the_best_other_fact() -> None:
    found = numbers("On which floor?")
    others = max(found["ask"][0], found["ask"][2])
    assert abs(found["more_ask"][1] - (found["ask"][1] - others)) < 1e-3
    assert found["more_ask"][1] > 0 > found["more_ask"][0]


def test_the_kind_of_question_speaks_for_facts_that_answer_it() -> None:
    found = numbers("How much money can you spend?")
    assert found["amiss"][2] == 0 < found["amiss"][1]


def test_trees_are_grown_alike_each_time() -> None:
    corpus = [example for example in examples("building") if example.situation.id.startswith("w16")][:40]
    assert grow(corpus).parts == grow(corpus).parts
