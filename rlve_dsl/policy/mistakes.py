"""What to say of a clause that does not parse: checks that run only after a failure, so that they reject nothing valid.

They are ordered: first how its decision is named, then what belongs to another language, quotes and brackets, then what
stands where the parser stopped. The parser's own account of the failure is used for its position only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import lark

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.policy.ast import Place
from rlve_dsl.policy.foreign import FOREIGN

RESERVED = frozenset(
    ["decide", "as", "except", "when", "but", "plus", "minus", "require", "before", "forbid", "unless", "or", "and", "not",
     "is", "between", "within", "after", "of", "over", "under", "known", "unknown", "yes", "no", "day", "days"]
)  # fmt: skip
# Words that are part of a longer one, `one of`; values of an enum may be called so, facts and decisions not.
NO_NAMES = RESERVED | {"one", "none", "at", "more", "less", "only"}
_HEADS = ("decide", "except", "but", "plus", "minus", "at", "require", "forbid")
_WANTS_MORE = RESERVED - {"known", "unknown", "yes", "no", "day", "days"} | {"most", "least", "than"}
_SIGNS = frozenset(["+", "-", "*", "<", ">", "<=", ">="])
_TOKEN = re.compile(r'\s*("[^"]*"|\$?\d[\d.]*%?(?:\s+days?(?![\w.]))?|[^\W\d][\w.]*|[<>]=?|\S)')


@dataclass(frozen=True, slots=True)
class Said:
    """One mistake; `place` counts from the beginning of the clause."""

    code: str
    message: str
    place: Place
    label: str = ""
    help: str = ""


class Misplaced(Exception):
    """A clause parses and means nothing; carries what is said of it."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.message)
        self.said = said


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where the parser stopped: the tokens before, and from there on, with the text's quoted parts blanked."""

    bare: str
    at: int
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def found(self) -> str:
        """What stands there; empty at the end."""
        return self.after[0] if self.after else ""

    @property
    def previous(self) -> str:
        """What stands just before; empty at the beginning."""
        return self.before[-1] if self.before else ""

    @property
    def head(self) -> str:
        """The clause's first word."""
        return (self.before or self.after or ("",))[0]

    @property
    def here(self) -> Place:
        """The place of what was found, or of what stands last."""
        if self.found:
            return (self.at, self.at + len(self.found))
        end = len(self.bare.rstrip())
        return (end - len(self.previous), end) if self.previous else (0, 1)

    @property
    def between(self) -> bool:
        """Whether the parser stopped between two values."""
        return _ends_value(self.previous) and _begins_value(self.found)


def explain(text: str, problem: lark.exceptions.UnexpectedInput, start: str) -> Said:
    """The one sentence that says what is wrong with a clause, or with a condition where `start` is no clause."""
    bare = re.sub(r'"[^"\n]*"', lambda found: '"' + "_" * (len(found[0]) - 2) + '"', text)
    position = getattr(problem, "pos_in_stream", None)
    ended = getattr(getattr(problem, "token", None), "type", "") == "$END"
    at = len(text) if ended or not isinstance(position, int) else position
    stop = _Stop(bare, at, _tokens(bare[:at]), _tokens(bare[at:]))
    checks = (_CLAUSE if start == "start" else ()) + _EXPRESSION
    return next(said for check in checks if (said := check(stop)) is not None)


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(found[1] for found in _TOKEN.finditer(text) if found[1].strip())


def _begins_value(token: str) -> bool:
    return bool(token) and (token[0] in '"$(' or token[0].isalnum() or token[0] == "_") and token not in _WANTS_MORE


def _ends_value(token: str) -> bool:
    return bool(token) and (token[-1] in '")%' or token[-1].isalnum() or token[-1] == "_") and token not in _WANTS_MORE


# The clause as a whole ----------------------------------------------------------------------------------------------


def _decided_name(stop: _Stop) -> Said | None:
    """`decide return window as`, `decide x = 5`, `decide days as`, `decide x 30 days`."""
    if (found := re.match(r"decide(?![\w.])\s*(.*?)\s*(?:(?<![\w.])as(?![\w.])|$)", stop.bare, re.DOTALL)) is None:
        return None
    written, place = found[1], found.span(1)
    words = _tokens(written)
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


def _first_word(stop: _Stop) -> Said | None:
    """A line that begins with none of the clauses' words."""
    head = stop.head
    if head in _HEADS:
        return None
    place = (0, len(head) or 1)
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
    label = f"write `except {head} … when …`" if head[0].isdigit() or head[0] == "$" else ""
    return Said(
        "P103", f"a rule cannot begin with `{head}`", place, label,
        "a line begins with `decide`, `except`, `plus`, `minus`, `at most`, `at least` or `but`",
    )  # fmt: skip


def _capitals(stop: _Stop) -> Said | None:
    for found in re.finditer(r"(?<![\w.])[A-Za-z]+(?![\w.])", stop.bare):
        word = found[0].lower()
        if word != found[0] and word in RESERVED:
            return Said("P101", f"`{found[0]}` is written in small letters", found.span(), f"write `{word}`")
    return None


def _value_left_out(stop: _Stop) -> Said | None:
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


def _at_what(stop: _Stop) -> Said | None:
    if stop.head != "at" or (stop.before + stop.after)[1:2] in (("most",), ("least",)):
        return None
    return Said("P101", "`at` alone means nothing", (0, 2), "write `at most` or `at least`")


def _condition_missing(stop: _Stop) -> Said | None:
    """`except 15 days`, `except 15 days item.category is books`."""
    if "when" in stop.before or stop.head not in ("except", "but", "plus", "minus", "at"):
        return None
    if not stop.found and stop.head == "except" and _ends_value(stop.previous):
        return Said(
            "P102", "an exception does not say when it applies", (0, len(stop.bare.rstrip())), "write `except … when …`"
        )
    if stop.between or (stop.found == "within" and _ends_value(stop.previous)):
        return Said(
            "P102", f"`when` is missing before `{stop.found}`", stop.here,
            f"write `{stop.head if stop.head != 'at' else ' '.join(stop.before[:2])} … when …`",
        )  # fmt: skip
    return None


def _condition_misplaced(stop: _Stop) -> Said | None:
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
    if stop.found == "except":
        return Said("P103", "an exception stands in a line of its own", stop.here, "indent it under its decision")
    if stop.found in ("plus", "minus") and stop.head in ("decide", "except", "but"):
        sign = "+" if stop.found == "plus" else "-"
        return Said(
            "P103", f"`{stop.found}` stands in a line of its own", stop.here, f"or write `{sign}` between two amounts"
        )
    return None


def _conduct(stop: _Stop) -> Said | None:
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
    if stop.found not in ("when", "unless") and _ends_value(stop.previous):
        return Said("P102", f"`when` is missing before `{stop.found}`", stop.here, f"write {shape}")
    return None


# Values and conditions ----------------------------------------------------------------------------------------------


def _foreign(stop: _Stop) -> Said | None:
    return foreign_in(stop.bare)


def foreign_in(text: str) -> Said | None:
    """What is said of the first spelling of another language in a text, its quoted parts blanked."""
    for foreign in FOREIGN:
        if (found := foreign.pattern.search(text)) is not None:
            written = found[0].strip()
            start = found.start() + len(found[0]) - len(found[0].lstrip())
            mend = foreign.mend if isinstance(foreign.mend, str) else foreign.mend(found)
            word = " ".join(written.split())
            return Said(foreign.code, foreign.message.format(word), (start, start + len(written)), mend)
    return None


def _unclosed(stop: _Stop) -> Said | None:
    if stop.bare.count('"') % 2:
        at = stop.bare.rindex('"')
        return Said("P105", "a text is not closed", (at, at + 1), 'add a closing `"`')
    opened: list[int] = []
    for at, character in enumerate(stop.bare):
        if character == "(":
            opened.append(at)
        elif character == ")" and not opened:
            return Said("P105", "`)` closes nothing", (at, at + 1), "leave it out, or open it before with `(`")
        elif character == ")":
            opened.pop()
    if opened:
        return Said("P105", "`(` is not closed", (opened[-1], opened[-1] + 1), "add a closing `)`")
    return None


def _one_of(stop: _Stop) -> Said | None:
    if stop.found == "one" and stop.after[1:2] == ("of",) and _ends_value(stop.previous):
        return Said("P102", "`is` is missing before `one of`", stop.here, "write `is one of`")
    if stop.before[-2:] == ("is", "one") or stop.before[-3:] == ("is", "not", "one"):
        return Said("P102", "`of` is missing after `one`", stop.here, "write `is one of`")
    return None


def _lists(stop: _Stop) -> Said | None:
    if stop.previous == "," and stop.found in ("and", "or"):
        return Said("P103", "alternatives are separated by commas alone", stop.here, f"leave `{stop.found}` out")
    if stop.previous == "," and not stop.found:
        return Said("P103", "the list ends in a comma", stop.here, "leave it out")
    if stop.previous == "," and stop.found == ",":
        return Said("P103", "there is nothing between two commas", stop.here)
    if stop.found != ",":
        return None
    if "(" in stop.before:
        return Said("P103", "a list stands without brackets", stop.here, "write `is one of a, b`")
    if "between" in stop.before:
        return Said("P101", "`between` takes two values with `and` between them", stop.here, "write `and`")
    if "is" in stop.before or "not" in stop.before:
        return Said("P103", "a comma separates the values of `is one of`", stop.here, "write `is one of a, b`")
    return Said("P103", "`,` does not belong here", stop.here, "conditions are joined with `and` or `or`")


def _event(stop: _Stop) -> Said | None:
    """`within 30 days`, `within 30 days after delivery`, `order.days within …`."""
    if stop.found == "within" and _ends_value(stop.previous):
        return Said(
            "P103",
            "`within` begins a condition and stands behind no fact",
            stop.here,
            "write `within 30 days of delivery`",
        )
    opening = next((i for i in reversed(range(len(stop.before))) if stop.before[i] in ("within", "than")), None)
    if opening is None or stop.before[opening - 1 : opening] == ("less",):
        return None
    behind = stop.before[opening + 1 :]
    word, joint = ("within", "of") if stop.before[opening] == "within" else ("more than", "after")
    if not behind:
        return Said(
            "P102", f"`{word}` does not say how many days", stop.here, f"write `{word} 30 days {joint} delivery`"
        )
    if len(behind) > 2 or (len(behind) == 2 and behind[1] != joint) or (word != "within" and opening < 2):
        return None
    if stop.before[opening - (1 if word == "within" else 2)] not in ("when", "and", "or", "not", "(", "unless"):
        return None
    example = f"write `{word} {behind[0]} {joint} delivery`"
    if len(behind) == 2 or stop.found in ("", "and", "or", "when", "unless", ")"):
        return Said("P102", f"`{word} {behind[0]}` does not say {joint} what", stop.here, example)
    return Said("P101", f"`{joint}` is wanted here, not `{stop.found}`", stop.here, example)


def _between(stop: _Stop) -> Said | None:
    if "between" not in stop.before:
        return None
    since = stop.before[len(stop.before) - stop.before[::-1].index("between") :]
    if "and" in since:
        return None
    if stop.found in ("to", "or", "-", ",") or (stop.found and _ends_value(stop.previous)):
        return Said("P101", f"`and` is wanted here, not `{stop.found}`", stop.here, "write `is between a and b`")
    return (
        Said("P102", "`between` takes two values", stop.here, "write `is between a and b`") if not stop.found else None
    )


def _reserved(stop: _Stop) -> Said | None:
    """A word of the language where a name should be."""
    if stop.found not in RESERVED or _ends_value(stop.previous):
        return None
    follows = stop.after[1] if len(stop.after) > 1 else ""
    if stop.found in ("day", "days") or follows in ("is", ",", *_SIGNS) or (stop.previous == "is" and follows == ""):
        return Said(
            "P108", f"`{stop.found}` is a word of the language and cannot be a name", stop.here,
            "a value of a list stands in quotes" if stop.previous in ("is", "of", ",", "not") else "",
        )  # fmt: skip
    return None


_LEFT_OPEN = {
    "as": "say what holds at first", "when": "say on what condition", "unless": "say on what condition",
    "of": "say of what", "is": "say what it is", "except": "say what holds instead",
}  # fmt: skip


def _nothing_follows(stop: _Stop) -> Said | None:
    if stop.found:
        return None
    word = stop.previous
    if word in ("and", "or"):
        return Said(
            "P102", f"the rule ends after `{word}`", stop.here,
            f"write `{word}` at the beginning of the next line, not at the end of this one",
        )  # fmt: skip
    if _ends_value(word) and "one" not in stop.before[-2:]:
        return Said("P102", f"the rule ends after `{word}`", stop.here, "something is missing here")
    return Said("P102", f"the rule ends after `{word}`", stop.here, _LEFT_OPEN.get(word, "something is missing here"))


def _value_missing(stop: _Stop) -> Said | None:
    wants = stop.previous in _WANTS_MORE or stop.previous in _SIGNS or stop.previous in ("(", ",", "")
    if not wants or _begins_value(stop.found):
        return None
    if stop.previous == "not" and stop.found in ("between", "within", "over", "under", "at", "more", "less"):
        return Said("P103", f"`not` stands before the whole condition, not before `{stop.found}`", stop.here,
                    f"write `not x is {stop.found} …`")  # fmt: skip
    if stop.found == "-":
        written = re.match(r"-\s*\S*", stop.bare[stop.at :])
        assert written is not None
        place = (stop.at, stop.at + len(written[0].rstrip()))
        return Said(
            "P104", f"`{written[0]}` is less than nothing", place, "write `minus …`, or subtract from something"
        )
    if not stop.previous:
        return Said("P103", f"something is missing before `{stop.found}`", stop.here)
    return Said("P103", f"something is missing between `{stop.previous}` and `{stop.found}`", stop.here)


def _two_values(stop: _Stop) -> Said | None:
    if not stop.between:
        return None
    words = stop.before[-3:]
    if len(words) > 1 and words[-2] in ("of", ",") and stop.found[0].isalpha():
        return Said("P103", f"a comma is missing between `{stop.previous}` and `{stop.found}`", stop.here)
    if stop.found == "known" or stop.found == "unknown":
        return Said("P102", f"`is` is missing before `{stop.found}`", stop.here, f"write `is {stop.found}`")
    return Said(
        "P103", f"nothing says how `{stop.previous}` and `{stop.found}` belong together", stop.here,
        "write `is`, `is over`, `and` or the like between them",
    )  # fmt: skip


def _chained(stop: _Stop) -> Said | None:
    if stop.found in ("is", *_SIGNS, "over", "under", "at", "more", "less") and _ends_value(stop.previous):
        return Said(
            "P103",
            f"`{stop.found}` follows another comparison",
            stop.here,
            "join the two with `and`, each whole by itself",
        )
    return None


def _anything(stop: _Stop) -> Said | None:
    return Said("P103", f"`{stop.found}` does not belong here", stop.here)


_CLAUSE: tuple[Callable[[_Stop], Said | None], ...] = (
    _decided_name, _first_word, _capitals, _foreign, _at_what, _unclosed, _value_left_out, _condition_misplaced, _conduct,
    _event, _one_of, _lists, _between, _condition_missing,
)  # fmt: skip
_EXPRESSION: tuple[Callable[[_Stop], Said | None], ...] = (
    _capitals, _foreign, _unclosed, _event, _one_of, _lists, _between, _reserved, _nothing_follows, _value_missing,
    _two_values, _chained, _anything,
)  # fmt: skip
