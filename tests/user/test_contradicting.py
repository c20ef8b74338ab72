"""Whether a proposal names another value than a fact has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rlve_dsl.user import Slot, Thing, read_proposal
from rlve_dsl.user.contradicting import contradicted
from tests.user.slots import slot
from tests.user.test_consent import WORDINGS, read

WAY = replace(
    slot("method", "From a {locker}.", "How would you send it?", options=("mail", "courier", "locker")), value="locker"
)
REASON = replace(
    slot("reason", "It's {not what I ordered}.", "Why?", options=("damaged", "incorrect", "late", "unwanted")),
    value="incorrect",
)
COUNT = replace(slot("count", "Make it {three}.", "How many of the {Tavola copper 0.8 L kettle}?", key=0), value=3)


def wrong(message: str, *slots: Slot) -> tuple[Slot, ...]:
    before, _, message = message.rpartition(" || ")
    proposal = read(message, before)
    assert proposal.kind == "change"
    return contradicted(proposal, slots)


@pytest.mark.parametrize(
    ("message", "of"),
    [
        ("Shall I start the return by courier?", [WAY]),
        ("Shall I start the return by post?", [WAY]),
        ("Shall I have a courier collect the tent?", [WAY]),
        ("So by courier. Shall I return it?", [WAY]),
        ("By courier? Shall I return it?", [WAY]),
        ("I'll return it by courier. Is that fine?", [WAY]),
        ("I'll return it by courier. || Shall I go ahead?", [WAY]),
        ("Shall I return it by mail or by courier?", [WAY]),
        ("Shall I return it by mail or from a locker?", [WAY]),
        ("Shall I return it by courier, reason damaged?", [WAY, REASON]),
        ("I plan to return the tent, reason: damaged, method: mail. Do you confirm (yes/no)?", [WAY, REASON]),
        ("Shall I return it because it arrived damaged?", [REASON]),
        ("I'll log the reason as 'changed my mind' and return the tent. Good to go?", [REASON]),
        ("Shall I return it because you changed your mind?", [REASON]),
        ("I'd do this:\n- Item: the tent\n- Method: courier\n\nShall I return the tent?", [WAY]),
        (
            "| Item | Reason | Method |\n|---|---|---|\n| the tent | late | courier |\n\nShall I return the tent?",
            [WAY, REASON],
        ),
    ],
)
def test_another_value_is_wrong(message: str, of: list[Slot]) -> None:
    assert wrong(message, WAY, REASON) == tuple(of)


@pytest.mark.parametrize(
    "message",
    [
        "Shall I start the return?",
        "Shall I start the return from a parcel locker?",
        "So a locker, reason incorrect. Shall I return it?",
        "Shall I return it by locker, not by courier?",
        "Shall I return it and mail you the label?",
        "You can choose mail, courier or locker. Shall I return it?",
        "By mail or from a locker? Shall I return it?",
        "Shall I return it from a locker or by mail?",
        "A courier cannot pick it up. Shall I return it?",
        "The refund may come late. Shall I return it?",
        "Shall I return it to your mail address?",
    ],
)
def test_the_value_itself_or_none_or_one_in_passing_is_not(message: str) -> None:
    assert wrong(message, WAY, REASON) == ()


@pytest.mark.parametrize(
    ("message", "is_wrong"),
    [
        ("Shall I add two of the kettle to the cart?", True),
        ("Shall I add 2 copper kettles to the cart?", True),
        ("Shall I add one pair of the copper kettles to the cart?", True),
        ("- Copper kettle (0.8 L) × 2\n\nShall I add this to the cart?", True),
        ("- Copper kettle (0.8 L) × 3\n\nShall I add this to the cart?", False),
        ("- Copper kettle, quantity: 2\n\nShall I add this to the cart?", True),
        ("| Item | Quantity |\n|---|---|\n| Copper kettle | 2 |\n\nShall I add this to the cart?", True),
        ("I'd add the copper kettle, 2 boxes of tea and a mug. Shall I add the copper kettle to the cart?", False),
        ("Shall I add three of the kettle to the cart?", False),
        ("Shall I add one more copper kettle to the cart?", False),
        ("Shall I add the 0.8 L kettle to the cart?", False),
        ("Shall I add the size 2 copper kettle to the cart?", False),
        ("Shall I add the copper kettle to the cart for $30?", False),
        ("Shall I take one of the kettles out of the cart?", False),
    ],
)
def test_how_many_of_an_item(message: str, is_wrong: bool) -> None:
    assert wrong(message, COUNT) == ((COUNT,) if is_wrong else ())


VERSION = replace(
    slot("version", "The {warm white} version.", "Which version of the {Solenne 3 m string lights}?"),
    value="warm white",
)
SHOES = replace(slot("size", "In {size 38}.", "Which size?"), value="size 38")
ITEM = replace(slot("item", "I need the {Vagabo lime shoes}."), value="Vagabo lime shoes")
THINGS = (
    Thing("Solenne 3 m string lights", product_id="P1", options=("cool white", "warm white", "blue")),
    Thing("Glowmere blue lamp", product_id="P3"),
    Thing("Vagabo lime shoes", product_id="P2", others=frozenset(("blue",)), options=("size 38", "size 39", "lime")),
)


@pytest.mark.parametrize(
    ("message", "of"),
    [
        ("Shall I add the cool white string lights to the cart?", [VERSION]),
        ("Shall I add the string lights in cool white to the cart?", [VERSION]),
        ("I'll add the blue version of the string lights. OK?", [VERSION]),
        ("Shall I add the warm white string lights to the cart?", []),
        ("Shall I add the string lights to the cart?", []),
        ("Shall I add the cool white string lights, no, the warm white ones, to the cart?", []),
        ("I found the string lights in cool white. Shall I add them to the cart?", [VERSION]),
        ("The string lights in cool white are sold out. Shall I add them to the cart?", []),
        ("Shall I add the string lights and the blue lamp to the cart?", []),
        ("Shall I add the string lights in the pink version to the cart?", [VERSION]),
        ("Shall I add the string lights in the cheapest version to the cart?", []),
        ("I'd add these:\n1. the string lights, cool white\n2. the blue lamp\nIs it okay if I do both?", [VERSION]),
        ("The shoes only come in size 44. Shall I add them to the cart?", [SHOES]),
        ("Shall I add the size 39 shoes to the cart?", [SHOES]),
        ("Shall I add the shoes in size 44 to the cart?", [SHOES]),
        ("Shall I add the size 38 shoes to the cart?", []),
        ("Shall I add the blue shoes to the cart?", [ITEM]),
        ("Shall I add the lime shoes to the cart?", []),
    ],
)
def test_an_option_or_a_value_that_the_thing_has_not_is_wrong(message: str, of: list[Slot]) -> None:
    proposal = read_proposal(message, "", WORDINGS, THINGS)
    assert proposal.kind == "change"
    assert contradicted(proposal, [VERSION, SHOES, ITEM]) == tuple(of)
