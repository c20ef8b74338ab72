"""What the languages share to explain a text that does not parse."""

from __future__ import annotations

import re

import pytest

from rlve_dsl.parsing import At, Brackets, LanguageWords, Spelling, Stop

WORDS = LanguageWords(re.compile(r'\s*("[^"]*"|[^\W\d][\w.]*|\S)'), frozenset({"and"}), '"(', '")', dotted_names=True)


def stop(marked: str) -> Stop:
    """The stop at `▸` in a text."""
    return Stop(marked.replace("▸", "", 1), marked.index("▸"), WORDS)


@pytest.mark.parametrize(
    ("marked", "pattern", "marked_part"),
    [
        ("a and ▸or b", "▸ or", "or"),
        ("a and ▸or b", "(?P<here>and) ▸", "and"),
        ("a and ▸or b", "▸ or (?P<here>b)", "b"),
        ("a   ▸  = b", "a ▸ =", " "),
        ("a and▸", "and ▸ $", "and"),
    ],
)
def test_a_mistake_is_marked_at_the_stop_or_where_the_pattern_says(marked: str, pattern: str, marked_part: str) -> None:
    at = stop(marked)
    mistake = At(pattern, "P101", "")(at)
    assert mistake is not None
    assert at.text[slice(*mistake.place)] == marked_part


def test_messages_name_the_tokens_and_groups_as_written() -> None:
    found = At(r"(?P<name>\w+) is ▸", "P101", "`{name}` is `{found}`", "not `{previous}`")(
        stop('order.total is ▸"a b"')
    )
    assert found is not None
    assert (found.message, found.label) == ('`order.total` is `"a b"`', "not `is`")


def test_quoted_words_and_parts_of_names_are_no_keywords() -> None:
    check = At(r"\bwhen\b.*▸", "P101", "")
    assert check(stop("x when ▸y")) is not None
    assert check(stop('x "when" ▸y')) is None
    assert check(stop("x order.when ▸y")) is None


def test_a_check_may_ask_more_of_the_stop() -> None:
    check = At("▸", "P101", "", when=lambda at: at.between_values)
    assert check(stop('a ▸"b"')) is not None
    assert check(stop("a and ▸b")) is None


def test_a_spelling_is_found_anywhere_but_in_quotes() -> None:
    check = Spelling("P101", re.compile(r"(\w+)\s+&&"), "`{0}`", lambda found: f"write `{found[1]} and`")
    mistake = check(stop("▸x  &&"))
    assert mistake is not None
    assert (mistake.message, mistake.label, mistake.place) == ("`x &&`", "write `x and`", (0, 5))
    assert check(stop('▸"x  &&"')) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(a", "`(` is not closed"),
        ("a)", "`)` closes nothing"),
        ("(a]", "`]` closes a `(`"),
        ('"a', "a text is not closed"),
        ('([a]) ")"', None),
    ],
)
def test_brackets_have_partners(text: str, message: str | None) -> None:
    mistake = Brackets("P105", {")": "(", "]": "["})(stop(f"▸{text}"))
    assert (mistake.message if mistake else None) == message


def test_a_mark_in_the_text_itself_does_no_harm() -> None:
    assert At("▸ b", "P101", "`{found}`")(stop("a ▸ b ▸ c")) is not None
