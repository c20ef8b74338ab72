"""Files of questions, which `rlve-dsl ask --file` puts to the shopper one by one: what is expected, and what was understood."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from rlve_dsl.cli.recordings import read_text
from rlve_dsl.diagnostics import Diagnostics, Span, did_you_mean
from rlve_dsl.english import listed
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import LARGEST_FILE
from rlve_dsl.frozen import frozen
from rlve_dsl.user import Near, Slot, Understood
from rlve_dsl.values import JsonObject

WHATEVER = "whatever is open"
"""What stands for a question like "Anything else?"; no fact can have this name."""

_ARROW = "=>"
Verdict = Literal["exactly", "in_part", "asked_back", "wrong", "no_preference"]
VERDICTS: Mapping[Verdict, str] = {
    "exactly": "exactly",
    "in_part": "in part",
    "asked_back": "asked back",
    "wrong": "wrong",
    "no_preference": '"no preference"',
}
"""How a question may have been understood, and what people read."""


@frozen
class Expected:
    """A question of a file.

    Attributes:
        line: Where it stands, counted from 1.
        question: The words.
        facts: The names of the facts that it asks for.
    """

    line: int
    question: str
    facts: tuple[str, ...]


@frozen
class Known:
    """The names that a file may expect.

    Attributes:
        held: Those of the facts that the shopper can tell now.
        why_not: For the names of other facts of the environment why the shopper cannot.
    """

    held: tuple[str, ...]
    why_not: Mapping[str, str]

    def of(self, name: str) -> tuple[str, ...]:
        """The facts that a name stands for: itself, or where it is that of a fact of items without one, all of them."""
        if name in self.held or name == WHATEVER:
            return (name,)
        return tuple(fact for fact in self.held if fact.partition("[")[0] == name)


def name_of(slot: Slot) -> str:
    """The name of a fact, with the number of its item where it has several."""
    return slot.fact if slot.key is None else f"{slot.fact}[{slot.key}]"


def understood_as(understood: Understood, held: Sequence[Slot]) -> str:
    """What a message was understood as, in a few words."""
    asked = ", ".join(name_of(held[index]) for index in understood.asked)
    also = f" and for {WHATEVER}" if understood.asked and understood.general else ""
    kind = understood.kind.replace("_", " ")
    ahead = " beside a request for a go-ahead" if understood.go_ahead and understood.kind != "go_ahead" else ""
    return f"{kind}{f' for {asked}' if asked else ''}{also}{ahead}"


def names_in(understood: Understood, held: Sequence[Slot]) -> tuple[str, ...]:
    """The names of what a message asks for, as a file of questions has them."""
    asked = dict.fromkeys(name_of(held[index]) for index in understood.asked)
    return (*asked, WHATEVER) if understood.general else tuple(asked)


@frozen
class Misheard:
    """The facts that a question was misunderstood for, each with how near it is.

    That is None where no network decides: of a fact whose question stands in it word for word, of a request for a go-ahead and
    nothing more, and of whatever is open.

    Attributes:
        missed: What was expected and not understood.
        too_much: What was understood and not expected.
    """

    missed: Mapping[str, Near | None]
    too_much: Mapping[str, Near | None]

    def __str__(self) -> str:
        missed = _shown(self.missed, str)
        too_much = _shown(self.too_much, lambda near: near.digits)
        return "; ".join(f"{what}: {facts}" for what, facts in (("missed", missed), ("too much", too_much)) if facts)

    def as_json(self) -> JsonObject:
        """The same as data."""
        missed, too_much = self.missed.items(), self.too_much.items()
        return {
            "missed": [
                {"fact": fact, "likely": _number(near), "counts_from": near.counts_from if near else None}
                for fact, near in missed
            ],
            "too_much": [{"fact": fact, "likely": _number(near)} for fact, near in too_much],
        }


def misheard(expected: Sequence[str], explained: Understood, held: Sequence[Slot]) -> Misheard:
    """The facts that a question was misunderstood for.

    Args:
        expected: The names of the facts that it asks for.
        explained: What it was understood as, explained.
        held: The facts of the shopper.
    """
    near = {name_of(held[one.fact]): one for one in explained.near}
    heard = names_in(explained, held)
    missed, too_much = set(expected).difference(heard), set(heard).difference(expected)
    return Misheard(
        {name: near.get(name) for name in expected if name in missed},
        {name: near.get(name) for name in heard if name in too_much},
    )


def _number(near: Near | None) -> float | None:
    return round(near.likely, 6) if near else None


def _shown(facts: Mapping[str, Near | None], shown: Callable[[Near], str]) -> str:
    """Facts with how near each is; the items of one fact have the range of theirs."""
    groups = dict[tuple[str, float | None], list[str]]()
    for name, near in facts.items():
        groups.setdefault((name.partition("[")[0], near.counts_from if near else None), []).append(name)
    return ", ".join(
        _of_items(names, [near for name in names if (near := facts[name])], shown) for names in groups.values()
    )


def _of_items(names: Sequence[str], near: Sequence[Near], shown: Callable[[Near], str]) -> str:
    together = ", ".join(dict.fromkeys(names))
    if not near:
        return together
    least, most = (of(near, key=lambda one: one.likely) for of in (min, max))
    return f"{together} ({f'{least.digits} to ' if least.digits != most.digits else ''}{shown(most)})"


def verdict_of(expected: Sequence[str], understood: Understood, held: Sequence[Slot]) -> Verdict:
    """How well a question was understood. Too much is wrong, and so is a question that is taken for something that is none.

    To ask for whatever is open beside the expected facts is too much, too: the shopper then tells facts that the question is not
    about, and an author should see that. `benchmarks/understanding.py` forgives it, since its labels do not settle it. A message
    that asks for no fact may be anything here that brings out none; there, it must not be a request for a go-ahead.
    """
    wanted, heard = set(expected), set(names_in(understood, held))
    if heard == wanted:
        return "exactly"
    if heard:
        return "in_part" if heard < wanted else "wrong"
    if understood.kind == "no_view":
        return "no_preference"
    return "asked_back" if understood.kind == "unclear" else "wrong"


def read_questions(path: str, known: Known) -> list[Expected]:
    """The questions of a file, one on each line: the question, and after `=>` the facts that it asks for, with commas between them.

    Lines that begin with `#` and empty ones are passed over.

    Raises:
        UsageError: It cannot be read, is no regular file, has more than 4 MB, or is no text.
        ScenarioError: With all that is wrong in its lines.
    """
    text = read_text(path, LARGEST_FILE)
    found = Diagnostics()
    questions = list(_questions(path, text, known, found))
    if not questions and not found.errors:
        found.error("S112", "there is no question in this file", Span(path, 1, 1, 1, 2))
    if found.errors:
        raise ScenarioError(found.items, {path: text})
    return questions


def _questions(path: str, text: str, known: Known, found: Diagnostics) -> Iterator[Expected]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        question, arrow, names = line.rpartition(_ARROW) if _ARROW in line else (line, "", "")
        if not question.strip():
            column = line.index(_ARROW) + 1
            span = Span(path, number, column, number, column + len(_ARROW))
            found.error("S106", f"there is no question before `{_ARROW}`", span)
        facts = list[str]()
        column = len(question) + len(arrow) + 1
        for name in names.split(","):
            facts += _facts(name, Span(path, number, column, number, column + len(name)), known, found)
            column += len(name) + 1
        yield Expected(number, question.strip(), tuple(dict.fromkeys(facts)))


def _facts(given: str, place: Span, known: Known, found: Diagnostics) -> tuple[str, ...]:
    """The facts that a name stands for; none, and an error, where it stands for none."""
    name = given.strip()
    if not name or (facts := known.of(name)):
        return facts if name else ()
    start = len(given) - len(given.lstrip())
    span = place.within(start, start + len(name))
    if (why := known.why_not.get(name.partition("[")[0])) and name.partition("[")[0] not in _bare(known.held):
        found.error("R205", f"this episode does not hold the fact `{name}`", span, help=why)
        return ()
    near = did_you_mean(name, {*known.held, *_bare(known.held), *known.why_not, WHATEVER})
    can = listed([f"`{fact}`" for fact in (*known.held, WHATEVER)], " or ")
    found.error("R205", f"there is no fact `{name}`", span, label=near, help=f"write {can}")
    return ()


def _bare(names: Sequence[str]) -> set[str]:
    return {name.partition("[")[0] for name in names}
