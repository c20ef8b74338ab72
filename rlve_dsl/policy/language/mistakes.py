"""What to say of a clause that does not parse: checks that run only after a failure, so that they reject nothing valid.

They are ordered: first how its decision is named, then what belongs to another language, quotes and brackets, then what
stands where the parser stopped. The parser's own account of the failure is used for its position only.
"""

from __future__ import annotations

import re

import lark

from rlve_dsl.policy.language.foreign import FOREIGN
from rlve_dsl.policy.language.misshapen import BEGINNING, SHAPE, Check, condition_missing
from rlve_dsl.policy.language.stop import RESERVED, SIGNS, WANTS_MORE, Said, Stop, begins_value, ends_value, stopped


def explain(text: str, problem: lark.exceptions.UnexpectedInput, start: str) -> Said:
    """The one sentence that says what is wrong with a clause, or with a condition where `start` is no clause."""
    position = getattr(problem, "pos_in_stream", None)
    ended = getattr(getattr(problem, "token", None), "type", "") == "$END"
    stop = stopped(text, len(text) if ended or not isinstance(position, int) else position)
    checks = _CLAUSE if start == "start" else _EXPRESSION
    return next(said for check in checks if (said := check(stop)) is not None)


def _capitals(stop: Stop) -> Said | None:
    for found in re.finditer(r"(?<![\w.])[A-Za-z]+(?![\w.])", stop.bare):
        word = found[0].lower()
        if word != found[0] and word in RESERVED:
            return Said("P101", f"`{found[0]}` is written in small letters", found.span(), f"write `{word}`")
    return None


def _foreign(stop: Stop) -> Said | None:
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


def _unclosed(stop: Stop) -> Said | None:
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


def _one_of(stop: Stop) -> Said | None:
    if stop.found == "one" and stop.after[1:2] == ("of",) and ends_value(stop.previous):
        return Said("P102", "`is` is missing before `one of`", stop.here, "write `is one of`")
    if stop.before[-2:] == ("is", "one") or stop.before[-3:] == ("is", "not", "one"):
        return Said("P102", "`of` is missing after `one`", stop.here, "write `is one of`")
    return None


def _lists(stop: Stop) -> Said | None:
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


def _articles(stop: Stop) -> Said | None:
    word = next(
        (word for word in (stop.found, stop.previous) if word in ("the", "a", "an", "my", "their", "its")), None
    )
    if word is None:
        return None
    at = stop.at if word == stop.found else stop.bare.rindex(word, 0, stop.at)
    return Said("P101", f"`{word}` means nothing here", (at, at + len(word)), "write the name of a fact alone")


_COMPARING = ("is", "over", "under", "between", "less", "more", "at", "one", *(SIGNS - {"-", "+", "*"}))


def _nothing_compared(stop: Stop) -> Said | None:
    """`x > 1 and < 5`, `when is a`, `when less than 14 days after delivery`."""
    if stop.previous not in ("when", "unless", "and", "or", "(") and not (
        stop.previous == "not" and "is" not in stop.before[-2:]
    ):
        return None
    if stop.found in ("and", "or") and stop.found == stop.previous:
        return Said("P103", f"`{stop.found}` is there twice", stop.here, "leave one out")
    if stop.found not in _COMPARING:
        return None
    word = f"{stop.found} {stop.follows}" if stop.found in ("less", "more", "at", "one") else stop.found
    days = any(re.search(r"\sdays?$", token) for token in stop.after[:4])
    if days and {"after", "of", "since"} & set(stop.after):
        mend = (
            "within 30 days of delivery"
            if word in ("under", "less than", "at most", "<", "<=")
            else "more than 30 days after delivery"
        )
        return Said("P103", f"`{word}` compares nothing here", (stop.at, stop.at + len(word)), f"write `{mend}`")
    return Said(
        "P103",
        f"nothing is compared by `{word}`",
        (stop.at, stop.at + len(word)),
        f"write a fact before it: `x {word} …`",
    )


def _event(stop: Stop) -> Said | None:
    """`within 30 days`, `within 30 days after delivery`, `order.days within …`."""
    if stop.found == "within" and (ends_value(stop.previous) or stop.previous == "is"):
        return Said(
            "P103",
            "`within` begins a condition and stands behind no fact",
            stop.here,
            "write `within 30 days of delivery`",
        )
    opening = next((i for i in reversed(range(len(stop.before))) if stop.before[i] in ("within", "than")), None)
    if opening is None or (stop.before[opening] == "than" and stop.before[opening - 1] != "more"):
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


def _between(stop: Stop) -> Said | None:
    if "between" not in stop.before:
        return None
    since = stop.before[len(stop.before) - stop.before[::-1].index("between") :]
    if "and" in since:
        missing = since[-1] == "and" and not stop.found
        return Said("P102", "`between` takes two values", stop.here, "write `is between a and b`") if missing else None
    if stop.found in ("to", "or", "-", ",") or (stop.found and ends_value(stop.previous)):
        return Said("P101", f"`and` is wanted here, not `{stop.found}`", stop.here, "write `is between a and b`")
    return (
        Said("P102", "`between` takes two values", stop.here, "write `is between a and b`") if not stop.found else None
    )


def _reserved(stop: Stop) -> Said | None:
    """A word of the language where a name should be."""
    if stop.found not in RESERVED or ends_value(stop.previous):
        return None
    if stop.found in ("day", "days") and stop.follows in ("since", "after", "of", "from"):
        return Said(
            "P103", "days since an event are a fact", stop.here, "write its name, or `within 30 days of delivery`"
        )
    if (
        stop.found in ("day", "days")
        or stop.follows in ("is", ",", *SIGNS)
        or (stop.previous == "is" and not stop.follows)
    ):
        return Said(
            "P108", f"`{stop.found}` is a word of the language and cannot be a name", stop.here,
            "a value of a list stands in quotes" if stop.previous in ("is", "of", ",", "not") else "",
        )  # fmt: skip
    return None


_LEFT_OPEN = {
    "as": "say what holds at first", "when": "say on what condition", "unless": "say on what condition",
    "of": "say of what", "is": "say what it is", "except": "say what holds instead",
}  # fmt: skip


def _nothing_follows(stop: Stop) -> Said | None:
    if stop.found:
        return None
    word = stop.previous
    if word in ("and", "or"):
        return Said(
            "P102", f"the rule ends after `{word}`", stop.here,
            f"write `{word}` at the beginning of the next line, not at the end of this one",
        )  # fmt: skip
    if ends_value(word) and "one" not in stop.before[-2:]:
        return Said("P102", f"the rule ends after `{word}`", stop.here, "something is missing here")
    return Said("P102", f"the rule ends after `{word}`", stop.here, _LEFT_OPEN.get(word, "something is missing here"))


def _value_missing(stop: Stop) -> Said | None:
    if stop.previous == "than" and stop.before[-2:-1] not in (("more",), ("less",)):
        at = stop.bare.rindex("than", 0, stop.at)
        return Said("P103", f"`than` does not follow `{''.join(stop.before[-2:-1])}`", (at, at + 4), "leave it out")
    wants = stop.previous in WANTS_MORE or stop.previous in SIGNS or stop.previous in ("(", ",", "")
    if not wants or begins_value(stop.found):
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


def _two_values(stop: Stop) -> Said | None:
    if not stop.between:
        return None
    listing = stop.before[-2:-1] == (",",) or (stop.before[-2:-1] == ("of",) and stop.before[-3] in ("one", "none"))
    if stop.previous in ("more", "less") and stop.before[-2:-1] == ("is",):
        return Said("P102", f"`than` is missing after `{stop.previous}`", stop.here, f"write `is {stop.previous} than`")
    if stop.found == "to" or stop.previous == "from":
        return Said("P101", f"`{stop.found if stop.found == 'to' else 'from'}` makes no range", stop.here,
                    "write `is between a and b`")  # fmt: skip
    if listing and stop.found[0].isalpha():
        return Said("P103", f"a comma is missing between `{stop.previous}` and `{stop.found}`", stop.here)
    if stop.found in ("ago", "old", "or"):
        return Said("P101", f"`{stop.found}` means nothing here", stop.here, "leave it out")
    if stop.found == "known" or stop.found == "unknown":
        return Said("P102", f"`is` is missing before `{stop.found}`", stop.here, f"write `is {stop.found}`")
    return Said(
        "P103", f"nothing says how `{stop.previous}` and `{stop.found}` belong together", stop.here,
        "write `is`, `is over`, `and` or the like between them",
    )  # fmt: skip


def _chained(stop: Stop) -> Said | None:
    if stop.found in ("is", *SIGNS, "over", "under", "at", "more", "less") and ends_value(stop.previous):
        return Said(
            "P103",
            f"`{stop.found}` follows another comparison",
            stop.here,
            "join the two with `and`, each whole by itself",
        )
    return None


def _anything(stop: Stop) -> Said | None:
    return Said("P103", f"`{stop.found}` does not belong here", stop.here)


_EXPRESSION: tuple[Check, ...] = (
    _capitals, _foreign, _unclosed, _articles, _event, _one_of, _lists, _between, _reserved, _nothing_compared,
    _nothing_follows, _value_missing, _two_values, _chained, _anything,
)  # fmt: skip
_CLAUSE: tuple[Check, ...] = (
    *BEGINNING, _capitals, _foreign, _unclosed, *SHAPE, _articles, _event, _one_of, condition_missing, _lists, _between,
    *_EXPRESSION,
)  # fmt: skip
