"""What to say about the shape of a clause that does not parse: how it begins, what it decides, which part is missing.

Like those in `mistakes`, these checks run only after a failure, and in order.
"""

from __future__ import annotations

import re

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.parsing import At, Check, Mistake, Stop
from rlve_dsl.policy.language.reserved import RESERVED, WORDS

# a word of the language, and words that people use for it
_MEANT = {
    "plus": ("add", "increase", "increased", "extend", "extended", "+", "raise"),
    "minus": ("subtract", "reduce", "reduced", "less", "deduct", "-", "decrease"),
    "at most": ("max", "maximum", "cap", "capped", "no", "limit", "limited", "up", "not", "atmost"),
    "at least": ("min", "minimum", "atleast"),
    "decide": ("set", "let", "define", "def", "the", "decision", "rule"),
    "require": ("must", "should", "need", "needs", "requires", "always", "ask"),
    "forbid": ("never", "prohibit", "ban", "disallow", "deny", "don", "cannot", "do"),
    "but": ("however", "unless", "finally", "override"),
}
_HEADS = ("decide", "except", "but", "plus", "minus", "at", "require", "forbid")


def _decided_name(stop: Stop) -> Mistake | None:
    """`decide return window as`, `decide x = 5`, `decide days as`, `decide x 30 days`."""
    if (found := re.match(r"decide(?![\w.])\s*(.*?)\s*(?:(?<![\w.])as(?![\w.])|$)", stop.bare, re.DOTALL)) is None:
        return None
    written, place = found[1], found.span(1)
    words = WORDS.tokens(written)
    has_as = found.end() < len(stop.bare) or re.search(r"(?<![\w.])as\s*$", found[0]) is not None
    if not words:
        return Mistake("P102", "the decision has no name", (0, len("decide")), "write `decide name as …`")
    if words[0] in RESERVED:
        end = place[0] + len(words[0])
        return Mistake("P108", f"`{words[0]}` is a word of the language and cannot be a name", (place[0], end))
    if len(words) == 1 and has_as:
        return None
    behind = words[1] if len(words) > 1 else ""
    if has_as and all(re.fullmatch(r"[a-zA-Z][\w.]*", word) and word not in RESERVED for word in words):
        return Mistake("P103", "a name is one word", place, f"write `{'_'.join(words)}`")
    if has_as and behind == "-":
        return Mistake("P103", "a name has no `-` in it", place, f"write `{'_'.join(w for w in words if w != '-')}`")
    if has_as and behind == ",":
        return Mistake("P103", "a rule decides one thing", place, "write a `decide` for each")
    start = place[0] + len(words[0])
    where = written[len(words[0]) :]
    gap = len(where) - len(where.lstrip())
    here = (start + gap, start + gap + len(behind)) if behind else (place[0], start)
    return Mistake("P102", f"`as` is missing after `decide {words[0]}`", here, f"write `decide {words[0]} as …`")


def _first_word(stop: Stop) -> Mistake | None:
    """A line that does not begin with a word that clauses begin with."""
    head = stop.head
    if head in _HEADS:
        return None
    place = (0, len(head) or 1)
    if (comment := re.match(r"//|--|/\*|;", stop.bare)) is not None:
        return Mistake("P101", f"a comment begins with `#`, not with `{comment[0]}`", (0, len(comment[0])), "write `#`")
    words = WORDS.tokens(stop.bare)
    if head in ("-", "*", "•") and words[1:2] and words[1] in _HEADS:
        return Mistake("P103", f"a rule begins without `{head}`", place, "leave it out")
    if head.lower() in _HEADS:
        return Mistake("P101", f"`{head}` is written in small letters", place, f"write `{head.lower()}`")
    if (near := did_you_mean(head, [*_HEADS[:5], *_HEADS[6:]])) and len(head) > 2:
        return Mistake("P101", f"a rule cannot begin with `{head}`", place, near)
    if head in ("when", "if"):
        return Mistake("P103", "a condition stands behind what it changes", place, "write `except … when …`")
    if head in ("else", "otherwise", "default", "elif"):
        return None
    if head == "unless":
        return Mistake("P101", "`unless` belongs to rules of conduct", place, "write `except … when …`")
    if head in ("and", "or"):
        return Mistake("P103", f"there is no rule above that `{head}` could go on with", place)
    label = f"write `except {head} … when …`" if head[:1].isdigit() or head[:1] == "$" else ""
    if head.lower() in ("allow", "permit", "may", "can"):
        label = "what no rule forbids is allowed: write `forbid … unless …`"
    label = label or next((f"write `{word}`" for word, others in _MEANT.items() if head.lower() in others), "")
    return Mistake(
        "P103", f"a rule cannot begin with `{head}`", place, label,
        "a line begins with `decide`, `except`, `plus`, `minus`, `at most`, `at least` or `but`; under `conduct` with `require` or "
        "`forbid`",
    )  # fmt: skip


BEGINNING: tuple[Check, ...] = (
    _decided_name,
    _first_word,
    At(r"^forbid\b (?P<tool>[\w.]+) ▸ for\b(?: (?:one|each|every|a)\b)?(?: (?P<argument>\w+))?", "P102",
        "`twice` is missing before `for`", "write `forbid {tool} twice for one {argument}`"),
)  # fmt: skip

# a keyword may come directly after a digit: `$0when`
_NO_WHEN = r"(?!.*(?<![^\W\d])when\b.*▸)"
_NO_CONDITION = r"(?!.*(?<![^\W\d])(?:when|unless)\b.*▸)"
_REQUIRE, _FORBID = "write `require step before tool`", "write `forbid tool when …`"

SHAPE: tuple[Check, ...] = (
    At(r"^▸?(?P<here>at)\b(?! ▸? (?:most|least)\b)", "P101", "`at` alone means nothing", "write `at most` or `at least`"),
    # `except when order.is_gift`, `plus when …`: nothing between the clause's word and its condition
    At(r"^(?P<here>except|but) ▸ (?:when\b|$)", "P102", "`{here}` does not say what holds instead",
        "write `{here} … when …`"),
    At(r"^(?P<here>plus|minus|at (?:most|least)) ▸ (?:when\b|$)", "P102", "`{here}` does not say what the amount is",
        "write `{here} … when …`"),
    # a condition, or another clause, where none may be
    At(r"\bwhen\b.*▸ when\b", "P103", "a rule has one `when`", "join conditions with `and`"),
    At(r"^decide\b.*▸ when\b", "P103", "what stands behind `decide … as` holds without a condition",
        "write `except … when …` under it"),
    At(r"^decide\b.*▸ unless\b", "P101", "`unless` belongs to rules of conduct", "write `except … when …` under it"),
    At(r"^(?!require\b|forbid\b).*▸ unless\b", "P101", "`unless` belongs to rules of conduct", "write `and not …`"),
    At(r"▸ but\b", "P103", "`but` begins a line of its own", "between conditions write `and`"),
    At(rf"^(?:plus|minus|at)\b{_NO_WHEN}.*▸ (?P<word>plus\b|minus\b|at\b(?: \w+)?)", "P103",
        "`{word}` stands in a line of its own", "write an adjustment in each line"),
    At(r"▸ except\b", "P103", "an exception stands in a line of its own", "indent it under its decision"),
    At(r"^(?:decide|except|but)\b.*▸ plus\b", "P103", "`plus` stands in a line of its own",
        "or write `+` between two amounts"),
    At(r"^(?:decide|except|but)\b.*▸ minus\b", "P103", "`minus` stands in a line of its own",
        "or write `-` between two amounts"),
    # conduct
    At(r"^(?P<here>require) ▸", "P102", "`require` does not say what it requires", _REQUIRE),
    At(r"^(?P<here>forbid) ▸", "P102", "`forbid` does not say which tool it forbids", _FORBID),
    At(rf"^(?:require|forbid)\b{_NO_CONDITION}.*?(?P<here>\w+▸_\*?)", "P103", "`{here}` is not the whole name of a tool",
        "write a rule for each tool"),  # a dot is `_` here
    At(r"^require\b(?!.*\b(?:when|unless|before)\b.*▸).*▸ and\b.*\bbefore\b", "P103", "a rule requires one step",
        "write a rule for each step"),
    At(r"^require\b(?!.*\b(?:when|unless|before|one)\b.*▸).*▸ (?:or\b|,).*\bbefore\b", "P103", "a rule requires one step",
        "write `require one of a, b before …` where one of them is enough"),
    At(r"^require\b(?!.*\b(?:when|unless|before)\b.*▸).*▸ after\b", "P101", "there is no `after` in a rule of conduct",
        "write `require … before …`"),
    At(r"^require\b(?!.*\b(?:when|unless|before)\b.*▸).*▸", "P102", "`require` does not say before what", _REQUIRE),
    At(rf"^require\b{_NO_CONDITION}.*\bbefore ▸", "P102", "`before` is followed by a tool", _REQUIRE),
    At(rf"^(?:require|forbid)\b{_NO_CONDITION}.*▸ (?:,|and\b|or\b)", "P103",
        "a rule of conduct is about one tool, so `{found}` cannot stand here", "write a rule for each"),
    At(rf"^require\b{_NO_CONDITION}.*▸", "P102", "`when` is missing before `{found}`", _REQUIRE,
        when=lambda stop: stop.after_value),
    At(rf"^forbid\b{_NO_CONDITION}.*▸", "P102", "`when` is missing before `{found}`", _FORBID,
        when=lambda stop: stop.after_value),
)  # fmt: skip

# `except 15 days`, `except 15 days item.category is books`
CONDITION_MISSING: tuple[Check, ...] = (
    At(rf"^(?:except|but|plus|minus|at)\b{_NO_WHEN}.*▸ , when\b", "P103", "there is no comma before `when`",
        "leave it out"),
    At(r"^(?P<here>except) (?:add|plus) ▸", "P103", "an exception takes the place of a value, and changes none",
        "write `plus … when …`"),
    At(r"^(?P<here>except) (?:subtract|minus) ▸", "P103", "an exception takes the place of a value, and changes none",
        "write `minus … when …`"),
    At(rf"^(?P<here>except\b{_NO_WHEN}.*?) ▸ $", "P102", "an exception does not say when it applies",
        "write `except … when …`", when=lambda stop: stop.after_value),
    At(rf"^(?P<word>except|but|plus|minus|at (?:most|least))\b{_NO_WHEN}.*▸", "P102",
        "`when` is missing before `{found}`", "write `{word} … when …`",
        when=lambda stop: stop.between_values or (stop.found == "within" and stop.after_value)),
)  # fmt: skip
