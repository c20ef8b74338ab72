"""Parsers from stored tables are the parsers that the grammars mean."""

from __future__ import annotations

import lark
import pytest

from rlve_dsl import grammars
from rlve_dsl.expressions.parse import STARTS as EXPRESSION
from rlve_dsl.policy.language.parse import STARTS as POLICY

PACKAGES = [("rlve_dsl.expressions", EXPRESSION), ("rlve_dsl.policy.language", POLICY)]
TEXTS = [
    "price", "a.b + 15% of item.price", "x == 3 and not y", "[k for k in items if k > 2]", "f(a, b=2)", "$12.50", "within",
    "refund is 10% of item.price when days at most 30", "a b", "", "((", '"text" in words', "1 <", "return_window is 30 days",
]  # fmt: skip

Transformer = lark.Transformer[lark.Token, lark.Tree[lark.Token]]


def outcome(parser: lark.Lark, text: str, start: str) -> object:
    """The tree of a text, or where it goes wrong and what was expected there."""
    try:
        return parser.parse(text, start=start)
    except lark.exceptions.UnexpectedInput as failure:
        expected = sorted(getattr(failure, "expected", None) or getattr(failure, "allowed", None) or ())
        return f"{type(failure).__name__} {failure.pos_in_stream} {getattr(failure, 'token', '')} {expected}"


@pytest.mark.parametrize(("package", "starts"), PACKAGES)
def test_the_stored_tables_are_current(package: str, starts: tuple[str, ...]) -> None:
    parser = grammars.parser_of(package, Transformer(), starts)
    assert parser.source_path == "<deserialized>", "run `make generated`"


@pytest.mark.parametrize(("package", "starts"), PACKAGES)
def test_a_parser_from_tables_parses_as_one_from_the_grammar(
    package: str, starts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = grammars.parser_of(package, Transformer(), starts)
    monkeypatch.setattr(lark, "__version__", "another")
    built = grammars.parser_of(package, Transformer(), starts)
    assert built.source_path == "<string>"
    for start in starts:
        for text in TEXTS:
            assert outcome(quick, text, start) == outcome(built, text, start)
