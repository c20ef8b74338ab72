"""Which call a message proposes, and which calls an agreement covers.

`proposals.txt` holds the messages: under each title those that are read as it says.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rlve_dsl.domains import store_tools
from rlve_dsl.user import NOTHING_STATED, Proposal, Stated, Thing, Wording, covers, read_proposal
from rlve_dsl.user.consent import may_propose, proposals

TENT = Thing("Trailmoor 6-person grey tent", "R1001", "R1001-2", "P1")
SERUM = Thing("Rosalune peptide 10% serum", "R2002", "R2002-1", "P3")
BRUSHES = Thing("Bruck 8-piece natural paint brushes", "R1001", "R1001-1", "P2")
OTHER_TENT = Thing("Trailmoor 3-person orange tent", product_id="P4")
KETTLE = Thing("Tavola copper 0.8 L kettle", product_id="P5")
ORDERS = (Thing(order_id="R1001"), Thing(order_id="R2002"))
THINGS = (*ORDERS, BRUSHES, TENT, SERUM, OTHER_TENT, KETTLE)
NAMES = {"grey tent": TENT, "peptide serum": SERUM, "copper kettle": KETTLE}
WORDINGS = tuple(
    Wording(tool.name, tool.says, frozenset(p.name.removesuffix("_id") for p in tool.signature.parameters))
    for tool in store_tools()
    if tool.writes
)


def read(message: str, before: str = "") -> Proposal:
    return read_proposal(message, before, WORDINGS, THINGS)


def cases() -> Iterator[tuple[str, str]]:
    title = ""
    for line in Path(__file__).with_name("proposals.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            title = line.removeprefix("## ")
        elif line and title:
            yield line, title


def titled(proposal: Proposal) -> str:
    """A proposal as the titles of `proposals.txt` write it."""
    short = {thing: name for name, thing in NAMES.items()}
    calls = []
    for stated in proposal.actions:
        named = [" or ".join(short.get(t) or t.name or t.order_id or "?" for t in mention) for mention in stated.about]
        calls.append(stated.tool + (": " + ", ".join(named) if named else ""))
    return " ".join([proposal.kind, *calls])


@pytest.mark.parametrize(("line", "title"), list(cases()), ids=lambda text: text)
def test_what_a_message_proposes(line: str, title: str) -> None:
    before, _, message = line.rpartition(" || ")
    assert titled(read(message, before)) == title


def test_case_and_the_shape_of_an_apostrophe_do_not_matter() -> None:
    message = "I'm about to start the return of the grey tent. Shall I go ahead?"
    assert read(message.upper()) == read(message.replace("'", "\u2019")) == read(message)


def test_what_is_listed_above_a_question_is_what_these_are() -> None:
    listed = "Here's what I'd return:\n- the grey tent\n- the peptide serum\nShall I return these?"
    assert read(listed).actions == (Stated("return.initiate", ((TENT,), (SERUM,))),)


def test_a_point_names_the_action_of_the_list_that_it_is_in() -> None:
    proposal = read("This is what I'd do:\n1. Item: the grey tent\n2. Return method: courier\nShall I go ahead?")
    assert proposal.actions == (Stated("return.initiate", ((TENT,),)),)


def test_who_only_repeats_what_the_listener_wants_asks_for_no_go_ahead() -> None:
    assert read("The item is the grey tent. You'd send it back by mail. Is that correct?").check == "wanted"
    assert read("The item is the grey tent. I'd send it back by mail. Is that correct?").check == ""


def test_a_number_that_a_name_does_not_have_names_it_wrongly() -> None:
    assert read("Shall I return the Trailmoor 4-person grey tent?").misnamed == (TENT,)
    assert read("Shall I return the Trailmoor 6-person grey tent?").misnamed == ()


def test_an_id_with_a_mark_before_it_is_known() -> None:
    order = Thing(entity=("order_id", "#W4683557"))
    proposal = read_proposal("Shall I return order #W4683557?", "", WORDINGS, (order,))
    assert [mention for stated in proposal.actions for mention in stated.about] == [(order,)]


def test_one_message_may_state_two_calls() -> None:
    stated = read("Shall I return the serum and send the kettle instead?").actions
    assert stated == (Stated("return.initiate", ((SERUM,),)), Stated("return.exchange", ((KETTLE,),)))


@pytest.mark.parametrize(
    "message",
    [
        "Shall I return the whole order R1001?", "Shall I return everything in that order?", "Shall I return all of it?",
        "Shall I return the entire order?", "Shall I return all the items of order R1001?", "Shall I send everything back?",
        "Shall I return the grey tent and everything else?", "I'll return the whole order. Is that OK?",
    ],
)  # fmt: skip
def test_a_call_may_be_about_all_there_is(message: str) -> None:
    (stated,) = read(message).actions
    assert stated.whole


@pytest.mark.parametrize(
    "message",
    [
        "Shall I return the grey tent?", "Everything is set for the return. Shall I go ahead?", "Shall I return it?",
        "I found the grey tent, two of them. Shall I return all of it?", "Shall I return both the tent and the serum?",
    ],
)  # fmt: skip
def test_a_call_about_some_things_is_not_about_all(message: str) -> None:
    (stated,) = read(message).actions
    assert not stated.whole


@pytest.mark.parametrize(
    ("message", "called"),
    [
        ("Shall I refund you?", ("refund",)),
        ("Shall I go ahead with a refund instead of the replacement?", ("refund",)),
        ("I'll start the return and refund you. OK?", ("start the return of", "refund")),
        ("I'll start the return, and your refund would be $10. OK?", ("start the return of",)),
        ("Shall I send it back?", ("send back",)),
    ],
)
def test_the_words_by_which_a_call_is_named_are_kept(message: str, called: tuple[str, ...]) -> None:
    (stated,) = read(message).actions
    assert stated.called == called


@pytest.mark.parametrize(
    ("message", "rest"),
    [
        ("Shall I return it, and why do you send it back?", "why do you send it back?"),
        ("Shall I start the return and is it damaged?", "is it damaged?"),
        ("Shall I start the return? Is it damaged?", "Is it damaged?"),
        ("Shall I return it, and by which way?", "by which way?"),
        ("Shall I return it, and do you want a refund or a replacement?", "do you want a refund or a replacement?"),
        ("What's the reason for the return, and do you want me to start it now?", "What's the reason for the return?"),
        ("Which way would you like, and shall I go ahead with the return?", "Which way would you like?"),
        ("Would that do, and may I start the return?", ""),
        ("I can start the return. What's the reason, and may I go ahead?", "What's the reason?"),
        ("May I start the return and ask what the reason is?", "ask what the reason is?"),
    ],
)
def test_a_question_in_the_sentence_of_a_proposal_is_heard_beside_it(message: str, rest: str) -> None:
    proposal = read(message)
    assert titled(proposal) == "change return.initiate" and proposal.is_asked and proposal.rest == rest


def test_what_is_stated_in_the_message_before_cuts_nothing_from_this_one() -> None:
    proposal = read("Shall I go ahead? And why do you return it?", "I'll start the return of the grey tent.")
    assert proposal.rest == "And why do you return it?"
    assert proposal.said == ("I'll start the return of the grey tent.", "Shall I go ahead? ")


def test_words_that_fit_several_things_mean_any_of_them_that_the_tool_can_take() -> None:
    (add,) = read("Shall I add the tent to the cart?").actions
    assert set(add.about[0]) == {TENT, OTHER_TENT}
    (back,) = read("Shall I return the tent?").actions
    assert back.about == ((TENT,),), "only what was ordered can be returned"


def test_it_means_the_one_thing_that_is_in_question() -> None:
    before = "I found the grey tent and the serum."
    assert read("Shall I return it?", before).actions == (Stated("return.initiate"),), "it may be either"
    assert read("Shall I return it?", "I found the serum.").actions == (Stated("return.initiate", ((SERUM,),)),)


def test_nothing_is_read_from_nothing() -> None:
    assert read("") == read("", "I'll start the return.") == NOTHING_STATED
    assert read_proposal("Shall I return the tent?", "", (), ()).kind == "unknown"


def test_a_tool_without_words_of_its_own_is_called_by_its_name_and_docstring() -> None:
    from rlve_dsl.world.saying import said_as

    redeem = Wording("loyalty.redeem", said_as("loyalty.redeem", "Redeem points for a voucher."))
    for message in (
        "Shall I redeem your points?",
        "I'm about to redeem the points. Is that OK?",
        "Shall I redeem them?",
    ):
        assert read_proposal(message, "", (redeem,), ()).actions == (Stated("loyalty.redeem"),)


def test_an_agreement_covers_what_was_named_or_a_part_of_it() -> None:
    def covered(*about: Thing, named: tuple[Thing, ...]) -> bool:
        return covers([(thing,) for thing in named], about)

    assert covered(TENT, named=()) and covered(named=(TENT,)), "nothing was named, or the call is about nothing"
    assert covered(TENT, named=(TENT,)) and not covered(TENT, named=(SERUM,))
    assert covered(TENT, named=(TENT, SERUM)) and covered(SERUM, named=(TENT, SERUM))
    assert covered(TENT, KETTLE, named=(KETTLE,)) and covered(TENT, KETTLE, named=(TENT, KETTLE))
    assert not covered(TENT, KETTLE, named=(TENT, SERUM)) and not covered(TENT, KETTLE, named=(SERUM, KETTLE))


def test_an_order_that_was_named_is_the_order_of_the_call() -> None:
    first, second = ORDERS
    assert covers([(first,)], [TENT]) and not covers([(second,)], [TENT])
    assert covers([(first,), (TENT,)], [TENT]) and not covers([(second,), (TENT,)], [TENT])
    assert covers([(first,)], [KETTLE]), "the call is about no order"


def test_an_agreement_to_what_may_be_several_things_covers_each_of_them() -> None:
    assert covers([(TENT, OTHER_TENT)], [TENT]) and covers([(TENT, OTHER_TENT)], [OTHER_TENT])
    assert not covers([(TENT, OTHER_TENT)], [SERUM])


@pytest.mark.parametrize(
    "question",
    [
        "Are you happy with that?",
        "Would that do?",
        "Does that suit you?",
        "Does this work for you?",
        "OK with you?",
        "Good with that?",
    ],
)
def test_a_question_after_a_statement_asks_for_a_go_ahead(question: str) -> None:
    message = f"The grey tent can go back by post. {question}"
    assert may_propose(message) and read(message).is_asked


@pytest.mark.parametrize(
    "question",
    [
        "Does the grey tent go back by post?", "Would you like it to go back by post?", "Are you happy with the grey tent?",
        "Does it work?", "Does the fee suit you?", "Will it be ready on Monday?",
    ],
)  # fmt: skip
def test_a_question_about_a_fact_asks_for_no_go_ahead(question: str) -> None:
    assert not may_propose(question) or not read(question).is_asked


@pytest.mark.parametrize(
    "message",
    [
        "Return it?", "Return the grey tent?", "So, send it back?", "Yes or no: start the return?", "Place the order?", "Check out?",
        "Is it a go for the return?", "Reply yes and I will return it.", "Give me a thumbs up and I'll start the return.",
        "Do you still want to return the grey tent?", "Type 'yes' and I will return it.", "It is the grey tent. Return it?",
    ],
)  # fmt: skip
def test_short_and_indirect_requests_plainly_ask(message: str) -> None:
    proposal = read(message)
    assert may_propose(message, WORDINGS) and proposal.kind == "change" and proposal.is_asked


@pytest.mark.parametrize(
    "message",
    [
        "Refund?", "Refund or replacement?", "Return by mail or courier?", "Return method?", "Have you packed it?",
        "Do you still want to return it by mail or by courier?", "Give me a moment and I'll start the return.",
    ],
)  # fmt: skip
def test_a_short_question_about_a_fact_asks_for_no_go_ahead(message: str) -> None:
    assert not may_propose(message, WORDINGS) or not read(message).is_asked


def test_a_name_is_no_slip_of_typing() -> None:
    thing = Thing("Retrun headphones", product_id="P9")
    (add,) = read_proposal("Shall I add the Retrun headphones to the cart?", "", WORDINGS, (thing,)).actions
    assert add == Stated("cart.add", ((thing,),))


def test_a_mere_fine_asks_for_nothing() -> None:
    assert not any(may_propose(message) for message in ("Fine.", "OK, thanks!", "Okay then"))
    assert all(may_propose(message) for message in ("Fine?", "Ready to go?", f"Fine{' ' * 90}shall I start?"))


def test_a_long_message_is_not_kept() -> None:
    kept = proposals._known.cache_info().currsize
    long = "Shall I return the tent? " + "It is a good tent. " * 100
    assert read_proposal(long, "", WORDINGS, ()) == read_proposal(long, "", WORDINGS, ())
    assert proposals._known.cache_info().currsize == kept


@pytest.mark.parametrize(
    "message",
    [
        "You want to return the grey tent, right?", "So you'd like to return the grey tent, correct?", "You want to return the grey tent. Is that right?",
        "So you want to send back the grey tent?", "Just checking: you want to return the grey tent, right?", "Am I right that you want to return the grey tent?", "Did you say you want to return the grey tent?",
        "You are looking to return the grey tent, yes?", "Let me make sure: you'd like to return the grey tent. Correct?",
        "You told me you want to return the grey tent, is that right?", "Do you want to return the grey tent?", "Would you like to return the grey tent?",
        "So, would you like to send back the grey tent?", "So it's the grey tent you'd like to send back?", "Is it the grey tent that you want to return?",
        "So the grey tent is what you'd like to return, correct?", "Just to make sure I understood: you want to return the grey tent?",
    ],
)  # fmt: skip
def test_a_check_of_what_is_wanted_is_told_from_a_proposal(message: str) -> None:
    proposal = read(message)
    assert may_propose(message, WORDINGS) and proposal.is_asked and proposal.check == "wanted"
    assert titled(proposal) == "change return.initiate: grey tent"


@pytest.mark.parametrize(
    "message",
    ["You don't want to return the grey tent, right?", "You don't want me to return the grey tent. Is that right?"],
)
def test_a_check_may_be_of_what_is_not_wanted(message: str) -> None:
    assert read(message).check == "unwanted" and titled(read(message)) == "change return.initiate: grey tent"


@pytest.mark.parametrize(
    "message",
    [
        "You want me to return the grey tent, right?", "You want to return the grey tent. Shall I go ahead?", "You want to return the grey tent, OK?",
        "You'd like to return the grey tent, shall I start?", "Do you still want to return the grey tent?", "Would you like me to return the grey tent?",
        "So the grey tent goes back, right?", "If you want, I'll return the grey tent. Right?",
    ],
)  # fmt: skip
def test_what_asks_the_agent_to_act_is_no_check(message: str) -> None:
    assert not read(message).check and read(message).kind == "change"


@pytest.mark.parametrize(
    "message",
    [
        "Do you want to return the grey tent by mail?", "Would you like to return the grey tent or keep it?", "Do you want to return anything else?",
        "How would you like to return the grey tent?",
    ],
)  # fmt: skip
def test_a_question_for_more_than_yes_or_no_is_no_check(message: str) -> None:
    assert not read(message).check and not (may_propose(message, WORDINGS) and read(message).is_asked)


@pytest.mark.parametrize("message", ["Do you want to return the 0.8 L kettle?", "Return the 0.8 L kettle?"])
def test_a_decimal_point_ends_no_question(message: str) -> None:
    assert may_propose(message, WORDINGS)


@pytest.mark.parametrize(
    ("message", "called"),
    [
        ("Shall I return the grey tent for a refund?", {"return", "refund"}),
        ("Shall I start the return of the grey tent and issue a full refund?", {"start the return of", "refund"}),
        ("Shall I return the grey tent and give you your refund for it?", {"return", "refund"}),
        ("Shall I return the grey tent instead of a refund?", {"return"}),
        ("Shall I return the grey tent and give you a refund of the shipping costs?", {"return"}),
        ("Shall I return the grey tent, not for a refund?", {"return"}),
    ],
)
def test_what_the_shopper_is_to_get_is_part_of_a_proposal(message: str, called: set[str]) -> None:
    (action,) = read(message).actions
    assert action.tool == "return.initiate" and set(action.called) == called


@pytest.mark.parametrize(
    "message",
    [
        "Before I start the return, can you tell me how you'd like to send it?",
        "Before I return the grey tent, can you tell me why?",
        "Before I start the return of the grey tent, could you say which way it goes back?",
    ],
)
def test_a_question_before_an_action_proposes_nothing(message: str) -> None:
    assert read(message).kind == "nothing" and not read(message).is_asked


@pytest.mark.parametrize(
    "message",
    ["Is it all right if I started the return of the grey tent?", "Would it be OK if I returned the grey tent?"],
)
def test_if_i_did_asks_for_a_go_ahead(message: str) -> None:
    assert titled(read(message)) == "change return.initiate: grey tent" and read(message).is_asked


@pytest.mark.parametrize(
    "message", ["Shall I add two kettles to the cart?", "I'm adding 5 kettles to your cart, all right?"]
)
def test_a_number_leads_to_a_thing_like_an_article(message: str) -> None:
    assert titled(read(message)) == "change cart.add: copper kettle"


@pytest.mark.parametrize(
    "message",
    ["I can start the return of the grey tent. Just say the word.", "I'll return the grey tent. Say the word."],
)
def test_to_say_the_word_is_to_agree(message: str) -> None:
    assert read(message).is_asked


def test_an_exchange_with_a_refund_proposes_both() -> None:
    actions = read("Shall I exchange the grey tent and give you a refund?").actions
    assert {action.tool for action in actions} == {"return.exchange", "return.initiate"}


def test_a_value_that_a_thing_has_not_makes_it_misnamed() -> None:
    blue = Thing("Trailmoor 6-person blue tent", "R1", "R1-1", "P1", others=frozenset(("red", "orange")))
    other = Thing("Dunes 2-person tent", "R1", "R1-2", "P2", others=frozenset(("blue", "orange")))

    def misnamed(message: str, *things: Thing, before: str = "") -> tuple[Thing, ...]:
        return read_proposal(message, before, WORDINGS, things).misnamed

    assert misnamed("Shall I return the red tent?", blue) == (blue,)
    assert misnamed("Shall I return the red 6-person tent?", blue) == (blue,)
    assert misnamed("I'll return the red tent. Shall I go ahead?", blue) == (blue,)
    assert misnamed("It's the red tent. Shall I return it?", blue) == (blue,)
    assert misnamed("Shall I return it?", blue, before="So it's the red tent.") == (blue,)
    assert not misnamed("Shall I return the damaged tent?", blue)
    assert not misnamed("Shall I return the blue tent?", blue)
    assert not misnamed("Shall I return the red tent?", blue, other), "the other one may be red"
    assert set(misnamed("Shall I return the orange tent?", blue, other)) == {blue, other}


MOVE = Wording("clinic.move", ("move the appointment to", "shift the visit"))


@pytest.mark.parametrize(
    ("before", "message", "is_read"),
    [
        ("", "Your appointment is on Monday. Shall I move it?", True),
        ("Your appointment is on Monday.", "Shall I move it to Tuesday?", True),
        ("", "Your visit is on Monday. Shall I shift it?", True),
        ("", "Your visit is on Monday. Shall I move it?", False),
        ("", "Your order is late. Shall I move it?", False),
        ("", "Shall I move it?", False),
    ],
)
def test_it_is_the_noun_of_an_action_that_was_spoken_of(before: str, message: str, is_read: bool) -> None:
    proposal = read_proposal(message, before, (MOVE,), ())
    assert (proposal.actions == (Stated("clinic.move"),)) is is_read


def test_where_it_points_back_what_was_stated_is_said_with_it() -> None:
    message = (
        "Your appointment is on Monday. I can move it to Tuesday. Does that work, or is it too early? Shall I move it?"
    )
    assert "I can move it to Tuesday. " in read_proposal(message, "", (MOVE,), ()).said
