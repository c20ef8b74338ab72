"""Search by words: the terms of a text, their weights, and that no row which holds enough of them is missed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.catalog.search import lexical
from rlve_dsl.catalog.search.lexical import Lexicon, terms_of

WORDS = ["kettle", "steel", "red", "mug", "lamp", "2000", "orlo"]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join), min_size=1, max_size=60)


def lexicon_of(texts: list[str], batch: int = 7) -> Lexicon:
    return Lexicon.of(len(texts), lambda start, end: texts[start:end], lambda done: None, batch)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Kettles, KETTLE and a kettle's lid", ["kettl", "lid"]),
        ("65W USB-C charger", ["65", "w", "usb", "c", "charger"]),
        ("XK-4512/b 1.7 l", ["xk", "4512", "b", "1.7", "l"]),
        ("crème brûlée", ["creme", "brule"]),
        ("the women’s shoes for her", ["women", "shoe", "her"]),
        ("😀 — !", []),
        ("", []),
    ],
)
def test_a_text_is_read_as_terms(text: str, terms: list[str]) -> None:
    assert terms_of(text) == terms


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    terms = terms_of(text)
    assert len(terms) == len(set(terms)) and all(terms)
    assert terms_of(f"{text} {text}") == terms  # said twice, nothing is added


@given(TEXTS, st.lists(st.sampled_from([*WORDS, "unheard"]), min_size=1, max_size=4).map(" ".join), st.integers(1, 30))
def test_what_a_row_holds_is_what_its_text_says(texts: list[str], query: str, batch: int) -> None:
    lexicon = lexicon_of(texts, batch)
    terms = lexicon.look_up(query)
    rows = np.arange(len(texts))
    weight = {term: lexicon.look_up(term).total for term in terms_of(query)}
    expected = [sum(weight[term] for term in set(terms_of(text)) & set(weight)) for text in texts]
    assert terms.held(rows).tolist() == expected
    with pytest.MonkeyPatch.context() as patch:  # however the terms of rows are counted
        patch.setattr(lexical, "_SPREAD", -1_000_000)
        assert terms.held(rows).tolist() == expected
        patch.setattr(lexical, "_SPREAD", 1_000_000)
        patch.setattr(lexical, "_BISECTED", 1_000_000)
        assert terms.held(rows[::-1]).tolist() == expected[::-1]
    assert terms.total == sum(weight.values()) >= terms.highest
    assert list(terms.weights) == sorted(terms.weights, reverse=True)


@given(TEXTS, st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join), st.data())
def test_no_row_that_holds_enough_is_missed(texts: list[str], query: str, data: st.DataObject) -> None:
    terms = lexicon_of(texts).look_up(query)
    least = data.draw(st.integers(1, max(1, terms.highest)))
    found = terms.reaching(least, len(texts)).tolist()
    assert found == sorted(set(found))
    assert {row for row, held in enumerate(terms.held(np.arange(len(texts)))) if held >= least} <= set(found)


def test_rare_words_weigh_more_and_unknown_ones_most() -> None:
    lexicon = lexicon_of(["red mug"] * 90 + ["red kettle"] * 10)
    red, kettle, unheard = (lexicon.look_up(w).total for w in ("red", "kettle", "unheard"))
    assert 0 < red < kettle < unheard
    assert not lexicon.look_up("unheard").postings


def test_written_and_opened_it_is_the_same(tmp_path: Path) -> None:
    texts = ["red mug", "steel kettle", "", "red steel lamp 2000"]
    lexicon = lexicon_of(texts)
    lexicon.write(tmp_path)
    opened = Lexicon.open(tmp_path, len(texts))
    assert opened.terms == lexicon.terms == 6
    for query in ("red", "steel lamps", "unheard mug", ""):
        a, b = lexicon.look_up(query), opened.look_up(query)
        assert (a.weights, a.total) == (b.weights, b.total)
        assert [p.tolist() for p in a.postings] == [p.tolist() for p in b.postings]


def test_a_catalog_of_nothing_has_no_words(tmp_path: Path) -> None:
    lexicon_of([""]).write(tmp_path)
    assert Lexicon.open(tmp_path, 1).look_up("red mug").postings == ()
