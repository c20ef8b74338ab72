"""Parsers from stored tables read what Lark reads with their grammars."""

from __future__ import annotations

from collections.abc import Callable

import lark
import pytest

from rlve_dsl import grammars
from rlve_dsl.expressions.parse import STARTS as EXPRESSION
from rlve_dsl.grammars import Parser, Token, Unparsed
from rlve_dsl.policy.language.parse import STARTS as POLICY

PACKAGES = [("rlve_dsl.expressions", EXPRESSION), ("rlve_dsl.policy.language", POLICY)]
TEXTS = [
    "price", "a.b + 15% of item.price", "x == 3 and not y", "[k for k in items if k > 2]", "f(a, b=2)", "$12.50", "within",
    "refund is 10% of item.price when days at most 30", "a b", "", "((", '"text" in words', "1 <", "return_window is 30 days",
    "f()", "[]", "[1, 2, [3]]", "f(x, 2, y=1, z=-x ^ 2)", "a if b else c if d else e", "1 < x <= y < 3", "x not in [1]", "x is known",
    "a; b", "a . b", "decide fee as $5", "except 15% of price when kind is one of a, b", "but no when not known_one and age is known",
    "plus 3 days when within 30 days of delivery", "require cart.view, confirmation before order.checkout when total > $100",
    "forbid return.initiate twice for one item unless member", "age is known only when status is sent", "3 items", "x  \n",
]  # fmt: skip


class Trees:
    """For each alternative of a grammar a tree with its name."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        return lambda *parts: (name, [plain(part) for part in parts])


def plain(part: object) -> object:
    return (part.type, str(part), part.start_pos, part.end_pos) if isinstance(part, Token | lark.Token) else part


def outcome(parser: Parser, text: str, start: str) -> object:
    """The tree of a text, or where it goes wrong."""
    try:
        return plain(parser.parse(text, start))
    except Unparsed as failure:
        return failure.at


def outcome_with_lark(parser: lark.Lark, text: str, start: str) -> object:
    """The same by Lark's own account."""

    def tree_of(node: lark.Tree[lark.Token] | lark.Token) -> object:
        return plain(node) if isinstance(node, lark.Token) else (str(node.data), [tree_of(of) for of in node.children])

    try:
        return tree_of(parser.parse(text, start=start))
    except lark.UnexpectedToken as failure:
        return None if failure.token.type == "$END" else failure.pos_in_stream
    except lark.UnexpectedInput as failure:
        return failure.pos_in_stream


@pytest.mark.parametrize(("package", "starts"), PACKAGES)
def test_the_stored_tables_are_current(package: str, starts: tuple[str, ...]) -> None:
    assert grammars.stored_tables(package, starts) is not None, "run `make generated`"


@pytest.mark.parametrize(("package", "starts"), PACKAGES)
def test_texts_are_read_as_lark_reads_them(package: str, starts: tuple[str, ...]) -> None:
    stored = grammars.parser_of(package, Trees(), starts)
    built = lark.Lark(
        grammars.grammar_of(package), parser="lalr", lexer="basic", keep_all_tokens=True, maybe_placeholders=False,
        start=list(starts),
    )  # fmt: skip
    read = [outcome(stored, text, start) for start in starts for text in TEXTS]
    assert read == [outcome_with_lark(built, text, start) for start in starts for text in TEXTS]
    assert sum(isinstance(tree, tuple) for tree in read) >= 15


def test_without_tables_the_parser_is_made_from_the_grammar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = grammars.parser_of("rlve_dsl.expressions", Trees(), EXPRESSION)
    monkeypatch.setattr(grammars, "TABLES", "missing.json")
    assert grammars.stored_tables("rlve_dsl.expressions", EXPRESSION) is None
    made = grammars.parser_of("rlve_dsl.expressions", Trees(), EXPRESSION)
    for text in TEXTS:
        assert outcome(made, text, "start") == outcome(stored, text, "start")
