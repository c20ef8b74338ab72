"""Messages that are understood in part: which question was missed, found from numbers that are given here."""

from __future__ import annotations

import numpy as np
import pytest

from rlve_dsl.user import Listener, Slot
from rlve_dsl.user.understanding.network import KINDS, Heard
from rlve_dsl.user.understanding.reader import Read
from rlve_dsl.user.understanding.reading import Prepared, Reading
from rlve_dsl.user.understanding.tokens import tokens_of
from tests.user.slots import slot

STAY = [
    slot("day", "I'm free on {Tuesday}.", "On which day are you free?"),
    slot("fee", "It may cost {$300}.", "What may it cost?"),
    slot("bed", "The room for {Biscuit} in {red}.", "Which room for {Biscuit}?", key=0),
    slot("bed", "The room for {Mops} in {blue}.", "Which room for {Mops}?", key=1),
]
DAY, FEE, BED, OTHER_BED = STAY


def missed(monkeypatch: pytest.MonkeyPatch, message: str, **likely: tuple[float, str]) -> str | None:
    """Which question of a message was missed, where each fact is so likely to be asked for, and this word speaks for it."""

    def read(self: Prepared, text: str) -> Reading | None:
        tokens = tuple(tokens_of(text, str))
        if not tokens:
            return None
        names = ["day", "fee", "bed", "other_bed"]
        asked = np.array([likely.get(name, (0.0, ""))[0] for name in names])
        shares = np.zeros((len(names), 1, len(tokens)), dtype=np.float32)
        for place, name in enumerate(names):
            word = likely.get(name, (0.0, ""))[1]
            shares[place, 0, tokens.index(word) if word in tokens else 0] = 1
        of = Read(asked, np.zeros(len(KINDS)), [Heard(np.zeros(0, dtype=np.float32), shares)])
        return Reading(tokens, of, np.zeros((1, len(tokens), len(names)), dtype=np.float32))

    monkeypatch.setattr(Prepared, "read", read)
    return listener(STAY).understand(message).missed


def listener(slots: list[Slot]) -> Listener:
    return Listener(slots, prepared=Prepared(slots, ()))


def test_a_question_that_nearly_brought_out_a_fact_was_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "When would it suit you, and how deep is your purse?"
    assert missed(monkeypatch, message, day=(0.9, "when"), fee=(0.4, "purse")) == "last"
    assert missed(monkeypatch, message, day=(0.4, "when"), fee=(0.9, "purse")) == "first"
    assert missed(monkeypatch, message, day=(0.9, "when"), fee=(0.2, "purse")) is None
    assert missed(monkeypatch, message, day=(0.9, "when"), fee=(0.9, "purse")) is None, "both were heard"
    assert missed(monkeypatch, message, day=(0.4, "when"), fee=(0.4, "purse")) is None, "neither was: it is unclear"


def test_the_clause_that_was_missed_is_shown_with_what_it_nearly_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "When would it suit you, and how deep is your purse?"
    missed(monkeypatch, message, day=(0.9, "when"), fee=(0.4, "purse"))
    clauses = listener(STAY).explain(message).clauses
    assert [clause.kind for clause in clauses] == ["question", "unclear"]
    assert clauses[1].text == "how deep is your purse"
    assert clauses[1].why == "it nearly asks for fee (0.40, and it counts from 0.85 on)"


@pytest.mark.parametrize(
    ("message", "likely", "shown"),
    [
        ("How deep is your purse?", {"fee": 0.549}, "fee (0.54, and it counts from 0.55 on)"),
        ("Purse? Day?", {"fee": 0.9}, "fee (0.90, but the message is no question as a whole)"),
        ("Which room?", {"bed": 0.4, "other_bed": 0.5}, "bed (0.50, and it counts from 0.55 on)"),
    ],
)
def test_what_was_nearly_heard_has_the_limit_that_it_does_not_reach(
    monkeypatch: pytest.MonkeyPatch, message: str, likely: dict[str, float], shown: str
) -> None:
    missed(monkeypatch, message, **{fact: (share, "") for fact, share in likely.items()})
    explained = listener(STAY).explain(message)
    assert [clause.why for clause in explained.clauses if clause.kind == "unclear"] == [f"it nearly asks for {shown}"]
    assert explained.next_likeliest is None, "the clause names it"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("How deep is your purse?", "0.29, and it counts from 0.55 on"),
        ("Purse? Day?", "0.29, but the message is no question as a whole"),
    ],
)
def test_where_nothing_is_near_the_likeliest_fact_is_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch, message: str, shown: str
) -> None:
    missed(monkeypatch, message, fee=(0.299, "purse"), day=(0.1, ""))
    explained = listener(STAY).explain(message)
    following = explained.next_likeliest
    assert following is not None and STAY[following.fact] is FEE and str(following) == shown
    assert [one.fact for one in explained.near] == [0, 1, 2, 3], "how near it is to each fact"


def test_a_fact_that_an_open_question_names_as_an_example_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "Is there anything else you'd like: a price, a day?"
    missed(monkeypatch, message, fee=(0.9, "price"))
    explained = listener(STAY).explain(message)
    assert not explained.asked and explained.general
    assert str(explained.near[1]) == "0.90, but an open question names it as an example"


def test_of_a_question_that_is_asked_word_for_word_no_likelihood_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "What may it cost? And the suitable moment?"
    missed(monkeypatch, message, day=(0.4, "moment"))
    assert [one.fact for one in listener(STAY).explain(message).near] == [0, 2, 3]
    assert listener(STAY).explain("What may it cost?").near == ()


@pytest.mark.parametrize(
    ("likely", "fact", "shown"),
    [
        ({"day": 0.9, "fee": 0.25}, FEE, "0.25, and it counts from 0.85 on"),
        ({"bed": 0.9, "other_bed": 0.25}, OTHER_BED, "0.25, and it counts from 0.55 on"),
    ],
)
def test_the_likeliest_fact_that_is_not_asked_for_is_told(
    monkeypatch: pytest.MonkeyPatch, likely: dict[str, float], fact: Slot, shown: str
) -> None:
    message = "When would it suit you?"
    missed(monkeypatch, message, **{name: (share, "when") for name, share in likely.items()})
    following = listener(STAY).explain(message).next_likeliest
    assert following is not None and STAY[following.fact] is fact and str(following) == shown


def test_where_every_fact_is_asked_for_none_is_the_next_likeliest(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "When would it suit you?"
    missed(monkeypatch, message, **{name: (0.9, "when") for name in ("day", "fee", "bed", "other_bed")})
    assert listener(STAY).explain(message).next_likeliest is None


def test_a_rival_of_the_fact_that_a_clause_asks_for_must_be_likelier(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "When would it suit you, I wonder?"
    assert missed(monkeypatch, message, day=(0.9, "when"), fee=(0.4, "suit")) is None
    assert missed(monkeypatch, message, day=(0.9, "when"), fee=(0.6, "suit")) == "other"


@pytest.mark.parametrize(
    "message",
    [
        "When would it suit you? Is it your first time? And how deep is your purse? And do you like cats?",
        "- when it suits you\n- your purse",
    ],
)
def test_the_place_of_a_question_is_said_only_where_it_is_plain(monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    assert missed(monkeypatch, message, day=(0.9, "when"), fee=(0.4, "purse")) == "other"


def test_the_same_fact_of_another_item_has_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "Which room is for Biscuit, and which one for Mops?"
    assert missed(monkeypatch, message, bed=(0.9, "biscuit"), other_bed=(0.4, "mops")) == "other"


def test_a_question_that_is_asked_word_for_word_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missed(monkeypatch, "What may it cost?", day=(0.4, "what")) is None
    assert missed(monkeypatch, "What may it cost? Thanks!", day=(0.4, "thanks"), fee=(0.4, "thanks")) is None
    assert missed(monkeypatch, "What may it cost? And the suitable moment?", day=(0.4, "moment")) == "other"
