"""What to say of the shape of a clause that does not parse: how it begins, what it decides, which part is missing.

Like `mistakes`, looked at only after a failure, and in order.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.policy.language.stop import RESERVED, Said, Stop, ends_value, tokens

# A word of the language, and others that people begin the same with.
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


def decided_name(stop: Stop) -> Said | None:
    """`decide return window as`, `decide x = 5`, `decide days as`, `decide x 30 days`."""
    if (found := re.match(r"decide(?![\w.])\s*(.*?)\s*(?:(?<![\w.])as(?![\w.])|$)", stop.bare, re.DOTALL)) is None:
        return None
    written, place = found[1], found.span(1)
    words = tokens(written)
    has_as = found.end() < len(stop.bare) or re.search(r"(?<![\w.])as\s*$", found[0]) is not None
    if not words:
        return Said("P102", "the decision has no name", (0, len("decide")), "write `decide name as …`")
    if words[0] in RESERVED:
        end = place[0] + len(words[0])
        return Said("P108", f"`{words[0]}` is a word of the language and cannot be a name", (place[0], end))
    if len(words) == 1 and has_as:
        return None
    behind = words[1] if len(words) > 1 else ""
    if has_as and all(re.fullmatch(r"[a-zA-Z][\w.]*", word) and word not in RESERVED for word in words):
        return Said("P103", "a name is one word", place, f"write `{'_'.join(words)}`")
    if has_as and behind == "-":
        return Said("P103", "a name has no `-` in it", place, f"write `{'_'.join(w for w in words if w != '-')}`")
    if has_as and behind == ",":
        return Said("P103", "a rule decides one thing", place, "write a `decide` for each")
    start = place[0] + len(words[0])
    where = written[len(words[0]) :]
    gap = len(where) - len(where.lstrip())
    here = (start + gap, start + gap + len(behind)) if behind else (place[0], start)
    return Said("P102", f"`as` is missing after `decide {words[0]}`", here, f"write `decide {words[0]} as …`")


def first_word(stop: Stop) -> Said | None:
    """A line that begins with none of the clauses' words."""
    head = stop.head
    if head in _HEADS:
        return None
    place = (0, len(head) or 1)
    if (comment := re.match(r"//|--|/\*|;", stop.bare)) is not None:
        return Said("P101", f"a comment begins with `#`, not with `{comment[0]}`", (0, len(comment[0])), "write `#`")
    words = tokens(stop.bare)
    if head in ("-", "*", "•") and words[1:2] and words[1] in _HEADS:
        return Said("P103", f"a rule begins without `{head}`", place, "leave it out")
    if head.lower() in _HEADS:
        return Said("P101", f"`{head}` is written in small letters", place, f"write `{head.lower()}`")
    if (near := did_you_mean(head, [*_HEADS[:5], *_HEADS[6:]])) and len(head) > 2:
        return Said("P101", f"a rule cannot begin with `{head}`", place, near)
    if head in ("when", "if"):
        return Said("P103", "a condition stands behind what it changes", place, "write `except … when …`")
    if head in ("else", "otherwise", "default", "elif"):
        return None
    if head == "unless":
        return Said("P101", "`unless` belongs to rules of conduct", place, "write `except … when …`")
    if head in ("and", "or"):
        return Said("P103", f"there is no rule above that `{head}` could go on with", place)
    label = f"write `except {head} … when …`" if head[:1].isdigit() or head[:1] == "$" else ""
    label = label or next((f"write `{word}`" for word, others in _MEANT.items() if head.lower() in others), "")
    return Said(
        "P103", f"a rule cannot begin with `{head}`", place, label,
        "a line begins with `decide`, `except`, `plus`, `minus`, `at most`, `at least` or `but`",
    )  # fmt: skip


def value_left_out(stop: Stop) -> Said | None:
    """`except when order.is_gift`, `plus when …`: nothing between the clause's word and its condition."""
    if stop.found not in ("when", "") or stop.head not in ("except", "but", "plus", "minus", "at"):
        return None
    words = 2 if stop.head == "at" else 1
    if len(stop.before) != words:
        return None
    opening = " ".join(stop.before)
    if opening == "at":
        return None
    what = "holds instead" if stop.head in ("except", "but") else "the amount is"
    return Said("P102", f"`{opening}` does not say what {what}", (0, len(opening)), f"write `{opening} … when …`")


def at_what(stop: Stop) -> Said | None:
    if stop.head != "at" or (stop.before + stop.after)[1:2] in (("most",), ("least",)):
        return None
    return Said("P101", "`at` alone means nothing", (0, 2), "write `at most` or `at least`")


def condition_missing(stop: Stop) -> Said | None:
    """`except 15 days`, `except 15 days item.category is books`."""
    if "when" in stop.before or stop.head not in ("except", "but", "plus", "minus", "at"):
        return None
    if stop.found == "," and stop.follows == "when":
        return Said("P103", "there is no comma before `when`", stop.here, "leave it out")
    if stop.head == "except" and len(stop.before) == 2 and stop.previous in ("add", "plus", "subtract", "minus"):
        word = "minus" if stop.previous in ("subtract", "minus") else "plus"
        return Said(
            "P103", "an exception takes the place of a value, and changes none", (0, 6), f"write `{word} … when …`"
        )
    if not stop.found and stop.head == "except" and ends_value(stop.previous):
        return Said(
            "P102", "an exception does not say when it applies", (0, len(stop.bare.rstrip())), "write `except … when …`"
        )
    if stop.between or (stop.found == "within" and ends_value(stop.previous)):
        return Said(
            "P102", f"`when` is missing before `{stop.found}`", stop.here,
            f"write `{stop.head if stop.head != 'at' else ' '.join(stop.before[:2])} … when …`",
        )  # fmt: skip
    return None


def condition_misplaced(stop: Stop) -> Said | None:
    if stop.found == "when" and "when" in stop.before:
        return Said("P103", "a rule has one `when`", stop.here, "join conditions with `and`")
    if stop.found == "when" and stop.head == "decide":
        return Said(
            "P103", "what stands behind `decide … as` holds without a condition", stop.here,
            "write `except … when …` under it",
        )  # fmt: skip
    if stop.found == "unless" and stop.head not in ("require", "forbid"):
        label = "write `except … when …` under it" if stop.head == "decide" else "write `and not …`"
        return Said("P101", "`unless` belongs to rules of conduct", stop.here, label)
    if stop.found == "but":
        return Said("P103", "`but` begins a line of its own", stop.here, "between conditions write `and`")
    if stop.found in ("plus", "minus", "at") and stop.head in ("plus", "minus", "at") and "when" not in stop.before:
        word = " ".join(stop.after[:2]) if stop.found == "at" else stop.found
        return Said("P103", f"`{word}` stands in a line of its own", stop.here, "write an adjustment in each line")
    if stop.found == "except":
        return Said("P103", "an exception stands in a line of its own", stop.here, "indent it under its decision")
    if stop.found in ("plus", "minus") and stop.head in ("decide", "except", "but"):
        sign = "+" if stop.found == "plus" else "-"
        return Said(
            "P103", f"`{stop.found}` stands in a line of its own", stop.here, f"or write `{sign}` between two amounts"
        )
    return None


def conduct(stop: Stop) -> Said | None:
    if stop.head not in ("require", "forbid") or "when" in stop.before or "unless" in stop.before:
        return None
    shape = "`require step before tool`" if stop.head == "require" else "`forbid tool when …`"
    if len(stop.before) == 1:
        what = "what it requires" if stop.head == "require" else "which tool it forbids"
        return Said("P102", f"`{stop.head}` does not say {what}", (0, len(stop.head)), f"write {shape}")
    if stop.head == "require" and "before" not in stop.before:
        if stop.found == "after":
            return Said("P101", "there is no `after` in a rule of conduct", stop.here, "write `require … before …`")
        return Said("P102", "`require` does not say before what", stop.here, f"write {shape}")
    if stop.previous == "before":
        return Said("P102", "`before` is followed by a tool", stop.here, f"write {shape}")
    if stop.found in (",", "and", "or"):
        return Said("P103", f"a rule of conduct is about one tool, so `{stop.found}` cannot stand here", stop.here,
                    "write a rule for each")  # fmt: skip
    if stop.found not in ("when", "unless") and ends_value(stop.previous):
        return Said("P102", f"`when` is missing before `{stop.found}`", stop.here, f"write {shape}")
    return None


Check = Callable[[Stop], Said | None]

BEGINNING: tuple[Check, ...] = (decided_name, first_word)
SHAPE: tuple[Check, ...] = (at_what, value_left_out, condition_misplaced, conduct)
