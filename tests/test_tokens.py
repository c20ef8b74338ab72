"""The rule that judges how many tokens a text has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.tokens import tokens_at_most

# Counted once with Qwen's vocabulary, as dashscope 2.0.2 ships it.
COUNTED = {
    "You help a shopper by talking to them and by calling the store's tools.": 16,
    '{"total": 13, "products": [{"product_id": "P03161", "short_name": "Thornbury parsley seeds", "price": 2.99}]}': 43,
    "Recommend nothing that is out of stock, and no more than 7; what the first turn shows may sell out after it.": 26,
    '{"name": "catalog_search", "arguments": {"query": "desk lamp", "top_k": 80}}': 25,
}


@pytest.mark.parametrize("text", COUNTED)
def test_it_gives_no_fewer_than_the_tokenizer_and_few_more(text: str) -> None:
    assert COUNTED[text] <= tokens_at_most(text) <= 1.4 * COUNTED[text]


@given(st.text(), st.text())
def test_two_texts_have_no_fewer_tokens_than_either(one: str, other: str) -> None:
    both = tokens_at_most(f"{one}\n{other}")
    assert both >= max(tokens_at_most(one), tokens_at_most(other))


def test_every_digit_is_a_token_and_other_scripts_cost_more() -> None:
    assert tokens_at_most("1234567") == 7
    assert tokens_at_most("日本語の文章") > tokens_at_most("abcdef")
    assert tokens_at_most("") == 0
