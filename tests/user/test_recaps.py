"""What a recap names, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from rlve_dsl.user import Slot
from rlve_dsl.user.recaps import Recap, question_after_a_recap, recap_of
from rlve_dsl.user.understanding import Understood
from tests.user.slots import slot

SHOES = replace(
    slot("item", "I mean the {Halcyo in-ear black headphones}.", "Which product would you send back?"),
    value="Halcyo in-ear black headphones",
)
WAY = slot("method", "By {courier}, please.", "How would you send it back?", options=("mail", "courier", "locker"))
WAY = replace(WAY, value="courier")
REASON = replace(
    slot("reason", "{I don't want it any more}.", "What is the reason?", options=("damaged", "unwanted")),
    value="unwanted",
)
LAMPS = replace(slot("count", "Make it {four desk lamps}.", "How many of the {Paperbark desk lamp}?", key=0), value=4)
MATS = replace(slot("count", "Make it {two yoga mats}.", "How many of the {Rowanfit violet yoga mat}?", key=1), value=2)
SHARES = slot(
    "weights", "I'd put {65% on rating, 15% on price and 20% on shipping}.", "How much do price and rating count?"
)
PRICE = slot("price", "I expect it to cost around {$152}.", "How much do you expect to pay?")
REVIEWS = slot("reviews", "It should be {reviewed at least 1600 times}.", "How many reviews should it have?")
RATING = slot("rating", "It should be {rated 3.2 or better}.", "What rating should it have?")
HOB = replace(
    slot("wish", "It should be {suited to gas hobs}.", "What hob is it for?"), value={"field": "hob", "value": "gas"}
)
TURNS = replace(
    slot("waits", "Leave out the {rug and vase}{, in this order}.", "What can wait?"), value=("rug", "vase")
)
ALL = (SHOES, WAY, REASON, LAMPS, MATS, SHARES, PRICE, REVIEWS, RATING, HOB, TURNS)


def asking(**words: Slot) -> Callable[[str], Understood]:
    """Who hears a fact where its word stands."""

    def understand(text: str) -> Understood:
        return Understood(tuple(ALL.index(of) for word, of in words.items() if word in text.lower()))

    return understand


HEARS = asking(
    courier=WAY,
    mail=WAY,
    lamps=LAMPS,
    mats=MATS,
    reviews=REVIEWS,
    rated=RATING,
    price=PRICE,
    hobs=HOB,
    rug=TURNS,
    paying=WAY,
)


def recap(message: str, understand: Callable[[str], Understood] = HEARS, said: Sequence[Slot] = ALL) -> Recap:
    found = recap_of(message, ALL, understand, {one.id for one in said})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "so"),
    [
        ("Four desk lamps and two mats.", True),
        ("Three lamps and two mats.", (LAMPS,)),
        ("4x desk lamps, 2 x yoga mats.", True),
        ("The $4 lamps.", None),
        ("The in-ear headphones by courier.", True),
        ("The over-ear headphones by courier.", (SHOES,)),
        ("The red headphones by courier.", None),
        ("The headphones, by mail.", (WAY,)),
        ("The headphones, collected by courier because you no longer want it.", True),
        ("65% on the rating.", True),
        ("The price for 35%.", (SHARES,)),
        ("65% on the rating and 35% on the price.", (SHARES,)),
        ("Four desk lamps, three lamps.", None),
        ("1,600 reviews.", True),
        ("1,500 reviews.", (REVIEWS,)),
        ("Rated 3.2 or better.", True),
        ("Gas hobs.", True),
        ("Induction hobs.", (HOB,)),
        ("Suitable hobs.", None),
        ("First the rug, then the vase.", True),
        ("The vase first and then the rug.", (TURNS,)),
        ("The rug, then the vase, then the lamps.", None),
        ("By courier, paying with vouchers.", None),
        ("By courier, and by mail.", None),
    ],
)
def test_a_recap_is_right_or_wrong_or_nobody_can_tell(text: str, so: bool | tuple[Slot, ...] | None) -> None:
    found = recap(f"{text} Is that right?")
    assert (found.wrong or found.is_so) == so


@pytest.mark.parametrize(
    "text",
    [
        "Great! I'm so sorry to hear that. Let me look that up. To sum up: four lamps, by courier.",
        "Hi there! Just to confirm: four lamps, by courier.",
        "Noted. A quick recap: four lamps, by courier.",
    ],
)
def test_what_stands_around_a_recap_says_nothing_more(text: str) -> None:
    assert recap(f"{text} Is that right?").is_right


def test_a_name_that_has_not_been_said_is_not_confirmed() -> None:
    assert recap("The headphones, by courier. Is that right?", said=(WAY,)).right == (WAY,)


def test_what_a_message_asks_beside_its_recap_is_kept() -> None:
    found = recap("Three lamps. Is that right? And which colour?")
    assert found.wrong == (LAMPS,) and found.rest == "And which colour?"
    assert found.without(Understood((3,)), lambda text: Understood((1,))) == Understood((1,))
    assert recap("Three lamps. Is that right?").without(Understood((3,)), HEARS) == Understood()


@pytest.mark.parametrize("tag", ["Is that all right?", "Is that OK?"])
def test_who_asks_for_an_opinion_gets_one_unless_it_is_a_recap_that_is_right_or_wrong(tag: str) -> None:
    assert recap(f"Noted: three lamps, by courier. {tag}").wrong == (LAMPS,)
    assert recap_of(f"Noted: it takes five days, with a fee. {tag}", ALL, HEARS, ()) is None


def test_questions_after_what_was_told_back_are_found() -> None:
    text = "So that's four lamps, by courier. Does it have to be bright?"
    assert question_after_a_recap(text, ALL, HEARS, ()).strip() == "Does it have to be bright?"
    assert not question_after_a_recap("It is bright. Does it have to be bright?", ALL, HEARS, ())


def test_however_long_a_recap_is_a_few_pieces_are_read() -> None:
    read: list[str] = []

    def counting(text: str) -> Understood:
        read.append(text)
        return HEARS(text)

    for times in (20, 4000):
        read.clear()
        found = recap("four lamps by courier because it is late, " * times + "mats. Is that right?", counting)
        assert not found.is_right and len(read) <= 12 * 4
    recap("lamps " * 4000 + ", mats. Is that right?", counting)
    assert max(map(len, read)) <= 320
