"""The numbers of messages and facts: results that are made together, the best word of each text, the best of other facts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rlve_dsl.user.understanding.facts_read import FIELDS, read_facts
from rlve_dsl.user.understanding.keeping import KeptTogether
from rlve_dsl.user.understanding.lexicon import lexicon
from rlve_dsl.user.understanding.likeness import best_by_field, best_other
from rlve_dsl.user.understanding.reader import reader
from rlve_dsl.user.understanding.reading import Prepared
from tests.user.slots import slot

FACTS = [
    slot("space", "I need about {6 square metres}.", "How much space do you need for the boxes and for the bicycles of your children?"),
    slot("floor", "It should be on the {ground floor}.", "On which floor should it be?", "Which storey?"),
    *(slot("count", f"{{2}} of {{{name}}}.", f"How many of {{{name}}}?", key=at) for at, name in enumerate(("the mug", "the hose"))),
]  # fmt: skip
MESSAGE = "On which floor, and how many of the hose?"


def test_results_that_are_missing_are_made_once_and_together() -> None:
    made: list[list[str]] = []

    def lengths(words: Sequence[str]) -> list[int]:
        made.append(list(words))
        return list(map(len, words))

    kept = KeptTogether(3, lengths)
    assert kept.of(["one", "three", "one"]) == [3, 5, 3]
    assert kept.of(["three", "eleven"]) == [5, 6]
    assert made == [["one", "three"], ["eleven"]]
    assert kept.of(["seven", "one"]) == [5, 3], "one more than are kept: keeping begins anew"
    assert kept.of(["one", "seven"]) == [3, 5] and made[2:] == [["seven", "one"]]


def test_more_results_than_are_kept_can_be_asked_for_at_a_time() -> None:
    kept: KeptTogether[str, str] = KeptTogether(2, lambda words: [word.upper() for word in words])
    assert kept.of(["a", "b", "c"]) == ["A", "B", "C"]


def test_the_best_word_of_each_field_is_found() -> None:
    facts = read_facts(FACTS, (), lexicon())
    rows = np.random.default_rng(1).random((2, len(facts.texts), 3)).astype(np.float32)
    found = best_by_field(rows[:, facts.blocks.places], facts)
    ends = [*facts.starts[1:], len(facts.texts)]
    for fact, of in enumerate(facts.fields):
        for field in range(FIELDS):
            words = rows[:, facts.starts[of[field]] : ends[of[field]]]
            assert np.array_equal(found[:, field, fact], words.max(axis=1) if of[field] else np.zeros((2, 3)))


def test_the_best_of_other_facts_is_found() -> None:
    facts = read_facts(FACTS, (), lexicon())
    rows = np.array([[1], [5], [7], [9]], dtype=np.float32)
    assert best_other(rows, facts)[:, 0].tolist() == [9, 9, 5, 5], "the two last facts are of one family"
    alone = read_facts(FACTS[2:], (), lexicon())
    assert best_other(rows[2:], alone, -2.0)[:, 0].tolist() == [-2, -2]


def test_all_numbers_of_a_message_have_32_bits() -> None:
    prepared = Prepared(FACTS, ())
    message = prepared.compared(MESSAGE)
    assert message is not None
    each = reader()
    read = each.read(message.tokens, message.likeness, each.prompt(prepared.facts), message.hints)
    likeness, facts = message.likeness, prepared.facts
    numbers = [likeness.by_number, likeness.covered, facts.traits, facts.concepts, facts.related, facts.lengths]
    assert {of.dtype for of in (*numbers, read.heard[0].likely, read.heard[0].shares)} == {np.dtype(np.float32)}


def test_what_is_read_does_not_depend_on_which_tokens_were_read_before() -> None:
    prepared = Prepared(FACTS, ())
    message, other = prepared.compared(MESSAGE), prepared.compared("Which floor of the tower, and how many in all?")
    assert message is not None and other is not None
    found = []
    for before in ((), (other,)):
        each = reader.__wrapped__()  # has read nothing yet
        prompts = each.prompt(prepared.facts) if before else None
        for of in (*before, message):
            read = each.read(of.tokens, of.likeness, prompts or each.prompt(prepared.facts), of.hints)
        found.append(read.asked.tobytes() + read.heard[0].likely.tobytes())
    assert found[0] == found[1]


def test_facts_without_words_are_asked_for_by_nothing() -> None:
    prepared = Prepared([slot("_", "{?}")], ())
    reading = prepared.read("Which floor should it be on?")
    assert reading is not None and prepared.facts.words == () and len(reading.read.asked) == 1
