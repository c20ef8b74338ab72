"""The words that cannot be names, and how a clause is split into tokens."""

from __future__ import annotations

import re

from rlve_dsl.parsing import LanguageWords

RESERVED = frozenset(
    ["decide", "as", "except", "when", "but", "plus", "minus", "require", "before", "forbid", "unless", "or", "and", "not",
     "is", "between", "within", "after", "of", "over", "under", "known", "unknown", "yes", "no", "day", "days"]
)  # fmt: skip
# Parts of longer words, such as `one of`. Values of an enum may have these names, facts and decisions may not.
NO_NAMES = RESERVED | {"one", "none", "at", "more", "less", "only"}
WANTS_MORE = RESERVED - {"known", "unknown", "yes", "no", "day", "days"} | {"most", "least", "than"}
SIGNS = frozenset(["+", "-", "*", "<", ">", "<=", ">="])
WORDS = LanguageWords(
    token=re.compile(r'\s*("[^"]*"|\$?\d[\d.]*%?(?:\s+days?(?![\w.]))?|[^\W\d][\w.]*|[<>]=?|\S)'),
    unfinished=WANTS_MORE,
    begin='"$(',
    end='")%',
    dotted_names=True,
)
