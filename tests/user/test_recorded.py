"""The recorded user gives back what was said, or says why that does not fit."""

from __future__ import annotations

import pytest

from rlve_dsl.errors import UsageError
from rlve_dsl.expressions import Segment
from rlve_dsl.rng import Stream
from rlve_dsl.user import Heard, RecordedTurn, RecordedUser, RecordingMismatch, Request, Role, Slot, Utterance


def slot(fact: str, part: int = 1, *, omitted: bool = True, discountable: bool = True) -> Slot:
    return Slot(fact, None, fact, (), ((Segment(f"Which {fact}?", False),),), omitted, discountable, part)


ITEM, COLOR, SIZE = slot("item", omitted=False), slot("color"), slot("size")
SPARE, OTHER, MORE = slot("spare", discountable=False), slot("color", 2), slot("size", 2)
ROLE = Role(
    (
        Request(1, (), (ITEM, COLOR, SIZE, SPARE), lambda state: ()),
        Request(2, (), (OTHER, MORE), lambda state: ()),
    ),
    {}, {}, (), 3, 3, (), Stream(1),
)  # fmt: skip
OPENING = RecordedTurn("Hello.", disclosed=None, source="me")


def user(*turns: RecordedTurn) -> RecordedUser:
    return RecordedUser(ROLE, [OPENING, *turns])


def test_what_was_said_is_given_back_whole() -> None:
    turn = RecordedTurn("Red.", "Which?", ({"effect": "x"},), ("clarify",), (COLOR.id, ITEM.id), False, True, "me")
    recorded = user(turn)
    assert recorded.respond(Heard(0, raises=1)) == Utterance("Hello.", (), (), (ITEM,), False, "me")
    heard = Heard(1, "Which?", effects=({"effect": "x"},))
    assert recorded.respond(heard) == Utterance("Red.", ("clarify",), (), (COLOR, ITEM), True, "me")


def test_an_opening_may_have_disclosed_other_facts() -> None:
    recorded = RecordedUser(ROLE, [RecordedTurn("Hello.", disclosed=(SIZE.id,))])
    assert recorded.respond(Heard(0, raises=1)).disclosed == (SIZE,)


@pytest.mark.parametrize(
    ("disclosed", "asked"),
    [
        ([COLOR, SIZE], 1),
        ([ITEM, SPARE, SIZE, COLOR], 3),
        ([ITEM, SPARE], 0),
        ([], 0),
        ([OTHER, COLOR], 1),
    ],
)
def test_a_free_turn_asked_for_the_first_fact_that_makes_it_free(disclosed: list[Slot], asked: int) -> None:
    for is_free in (True, False):
        turn = RecordedTurn("Red.", disclosed=tuple(s.id for s in disclosed), discounted=is_free)
        said = user(turn).respond(Heard(1))
        assert said.disclosed == tuple(disclosed)
        assert said.answered == (tuple(disclosed[:asked]) if is_free else ())


def test_each_request_makes_one_turn_free() -> None:
    first = RecordedTurn("", disclosed=(COLOR.id,), discounted=True)
    second = RecordedTurn("", disclosed=(SIZE.id, OTHER.id), discounted=True)
    third = RecordedTurn("", disclosed=(MORE.id,), discounted=True)
    fourth = RecordedTurn("", disclosed=(SIZE.id,), discounted=True)
    recorded = user(first, second, third, fourth)
    assert [len(recorded.respond(Heard(turn)).answered) for turn in (1, 2, 3, 4)] == [1, 2, 0, 0]
    before = user(first, second)
    before.respond(Heard(1))
    fork = before.fork()
    assert len(fork.respond(Heard(2)).answered) == len(before.respond(Heard(2)).answered) == 2


@pytest.mark.parametrize(
    ("heard", "problem"),
    [
        (Heard(1, "How many?"), "turn 1 does not fit the recording: the agent says `How many?`, and the user had answered `Which?`"),
        (Heard(1, "Which?"), "turn 1 does not fit the recording: the turn changes something else in the store"),
        (Heard(2, ""), "turn 2 does not fit the recording: the user was silent, and now it has to speak"),
        (Heard(3, "Which?"), "turn 3 does not fit the recording: the user disclosed `shape` of request 1"),
        (Heard(4, "Which?"), "turn 4 does not fit the recording: the recording has 3 turns"),
        (Heard(0, "Hi", 1), "the opening does not fit the recording: the agent says `Hi`"),
    ],
)  # fmt: skip
def test_a_reply_that_does_not_fit_says_so(heard: Heard, problem: str) -> None:
    recorded = user(
        RecordedTurn("Red.", "Which?", ({"effect": "x"},)),
        RecordedTurn(None),
        RecordedTurn("Round.", "Which?", disclosed=((1, "shape", None),)),
    )
    with pytest.raises(RecordingMismatch) as raised:
        recorded.respond(heard)
    assert str(raised.value).startswith(problem) and isinstance(raised.value, UsageError)
