"""How the user words several things: items in one sentence, shorter names, tones."""

from __future__ import annotations

import pytest

from rlve_dsl.expressions import Segment
from rlve_dsl.rng import Stream
from rlve_dsl.user import Slot
from rlve_dsl.user.wording import Names, stated
from tests.user.slots import segments

SPICES = Segment("Harvest Row 20-jar Mexican spice set", True, "spice set")
OTHERS = Segment("Greenfork 8-jar Thai spice set", True, "spice set")
TENT = Segment("Fernridge 3-person grey tent", True, "tent")


def item(key: int, value: str, *, fact: str = "item", part: int = 1, together: bool = True) -> Slot:
    says = (Segment("I need the ", False), Segment(value, True), Segment(".", False))
    each = (Segment("the ", False), Segment(value, True))
    frames = (("I need ", "."), ("Get me ", ", please."))
    return Slot(
        fact,
        key,
        value,
        says,
        (),
        False,
        True,
        part,
        each=each if together else (),
        together=frames if together else (),
    )


def said(*slots: Slot, seed: int = 0) -> list[str]:
    return ["".join(s.text for s in words) for words in stated(slots, Stream(seed), 1)]


def named(names: Names, *segments: Segment) -> str:
    return "".join(segment.text for segment in names.shorten(segments))


def test_items_of_one_list_share_a_sentence() -> None:
    assert set(said(item(0, "mop"), item(1, "mat"), item(2, "vase"))) <= {
        "I need the mop, the mat and the vase.", "Get me the mop, the mat and the vase, please.",
    }  # fmt: skip


def test_one_item_is_said_as_it_is_by_itself() -> None:
    assert said(item(0, "mop")) == ["I need the mop."]


def test_items_of_other_facts_and_requests_keep_their_own_sentences() -> None:
    assert len(said(item(0, "mop"), item(0, "red", fact="color"), item(0, "mat", part=2))) == 3
    assert said(item(0, "mop", together=False), item(1, "mat", together=False)) == [
        "I need the mop.",
        "I need the mat.",
    ]


def test_the_sentence_is_drawn_and_its_values_stay_values() -> None:
    slots = (item(0, "mop"), item(1, "mat"))
    assert len({said(*slots, seed=seed)[0] for seed in range(20)}) == 2
    (words,) = stated(slots, Stream(0), 1)
    assert [segment.text for segment in words if segment.is_value] == ["mop", "mat"]


def test_items_of_one_fact_stand_together_also_when_another_fact_was_asked_for_between() -> None:
    slots = (item(0, "mop"), item(0, "red", fact="color"), item(1, "mat"))
    both, colour = said(*slots)
    assert "the mop and the mat" in both and "the red" in colour


@pytest.mark.parametrize(
    ("sentence", "said_as"),
    [
        ("It should be {with a lid}.", "It should be one with a lid."),
        ("If it were {of the party kind} and {in red}.", "If it were one of the party kind and in red."),
        ("It should be {made of oak} and {with a lid}.", "It should be made of oak and with a lid."),
        ("It should be {without a lid}.", "It should be without a lid."),
        ("It should be with {Dr Lee}.", "It should be with Dr Lee."),
        ("I want one {with a lid}.", "I want one with a lid."),
    ],
)
def test_after_a_form_of_be_a_wish_that_is_no_adjective_is_one(sentence: str, said_as: str) -> None:
    wish = Slot("wish", None, "", segments(sentence), (), False, True)
    assert said(wish) == [said_as]


def test_a_number_of_things_is_no_name() -> None:
    names = Names()
    assert (
        named(names, SPICES, Segment(": ", False), Segment("two spice sets", True)) == f"{SPICES.text}: two spice sets"
    )
    assert (
        named(names, Segment("one spice set", True), Segment(" of the ", False), SPICES)
        == "one spice set of the spice set"
    )


def test_a_second_mention_is_shorter_and_still_a_value() -> None:
    names = Names()
    assert named(names, SPICES) == SPICES.text
    assert names.shorten([SPICES]) == [Segment("spice set", True)]


def test_a_name_that_could_mean_two_things_stays_whole() -> None:
    names = Names()
    assert named(names, SPICES, OTHERS) == SPICES.text + OTHERS.text
    assert named(names, SPICES, TENT) == SPICES.text + TENT.text
    assert named(names, TENT) == "tent"


def test_the_first_of_two_is_short_until_the_second_is_named() -> None:
    names = Names([SPICES.text])
    swapped = named(names, Segment("Swap the ", False), SPICES, Segment(" for the ", False), OTHERS)
    assert swapped == f"Swap the spice set for the {OTHERS.text}"


def test_what_has_no_shorter_name_stays_whole() -> None:
    assert named(Names(["30 cm"]), Segment("30 cm", True)) == "30 cm"


def test_a_fork_names_things_by_itself() -> None:
    names = Names()
    other = names.fork()
    named(names, SPICES)
    assert named(other, SPICES) == SPICES.text
