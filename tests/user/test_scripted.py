"""The scripted user: disclosure, acts, reactions, patience and noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from rlve_dsl.rng import Stream
from rlve_dsl.user import (
    NOISES,
    SCRIPTED,
    Applied,
    Heard,
    Listener,
    Objection,
    Proposal,
    Reaction,
    Request,
    Role,
    ScriptedUser,
    Slot,
    Stated,
    Understood,
    User,
    Utterance,
    applied,
)
from rlve_dsl.user.recaps import Recap
from rlve_dsl.values import Names
from tests.user.slots import segments, slot

PHRASES = {
    "clarify": ("Sure.", "Of course."),
    "correct": ("Hang on.",),
    "elaborate": ("One more thing.",),
    "continue": ("Go on.",),
    "no_preference": ("I don't mind.",),
    "ragequit": ("I'm off.",),
    "confirm": ("Yes.",),
}


ITEM = slot("item", "I need the {red mug}.", omitted=False)
COLOR = slot("color", "The {mug} in {red}.", "Which color should the mug have?")
COUNT = slot("count", "{3} of the {mug}.", "How many of the mug?")
SPARE = slot("spare", "Else the {cup}.", "What instead of the mug?", by_chance=False)


def typing(per_character: float) -> tuple[Applied, ...]:
    """Typing errors at this rate."""
    return applied([(NOISES[0], {"per_character": per_character})])


class Talk:
    """A scripted user with one request, and what an episode keeps for it: what is open and what has been disclosed."""

    def __init__(self, *slots: Slot, opening: str = "Hello.", reactions: Sequence[Reaction] = (), **more: Any) -> None:
        request = Request(1, segments(opening), slots, lambda state: reactions)
        settings: dict[str, Any] = {
            "persona": {}, "acts": PHRASES, "noises": (), "patience": 3, "recall": 3, "actions": (), "stream": Stream("user"),
        }  # fmt: skip
        self.user: User = ScriptedUser(Role(requests=(request,), **{**settings, **more}))
        self.disclosed: list[Slot] = []

    def open(self) -> Utterance:
        return self._keep(self.user.respond(Heard(0, raises=1)))

    def reply(self, message: str, *, progress: bool = False) -> Utterance:
        known = [slot.id for slot in self.disclosed]
        return self._keep(self.user.respond(Heard(1, message, None, (1,), known, progress)))

    def _keep(self, said: Utterance) -> Utterance:
        self.disclosed += said.disclosed
        return said


def opened(*slots: Slot, **more: Any) -> Talk:
    talk = Talk(*slots, **more)
    talk.open()
    return talk


def test_the_opening_says_all_that_is_not_omitted() -> None:
    size = slot("size", "Size {L}.", omitted=False)
    said = (talk := Talk(ITEM, COLOR, size)).open()
    assert said == Utterance("Hello. I need the red mug. Size L.", (), (), (ITEM, size), False, SCRIPTED)
    assert talk.disclosed == [ITEM, size] and not said.confirms
    assert Talk(COLOR, acts={}).open().text == "Hello."
    assert Talk(ITEM, COLOR, opening="").open().text == "I need the red mug."


def test_one_reply_discloses_every_fact_that_is_asked_for() -> None:
    said = opened(ITEM, COLOR, COUNT).reply("Which color, and how many?")
    assert said.text in ("Sure. The mug in red. 3 of the mug.", "Of course. The mug in red. 3 of the mug.")
    assert said.acts == ("clarify",) and said.answered == (COLOR, COUNT) and said.volunteered == ()
    assert said.source == SCRIPTED


def test_a_phrase_may_be_empty() -> None:
    assert opened(ITEM, COLOR, acts={"clarify": ("",)}).reply("Which color?").text == "The mug in red."


def test_what_is_left_after_a_general_question_is_announced_by_a_phrase_alone() -> None:
    talk = opened(COLOR, COUNT, recall=1, acts={**PHRASES, "nothing_more": ("That's all.",)})
    said = talk.reply("Anything else?")
    assert said.acts == ("clarify",) and said.answered == (COLOR,) and said.text.endswith("The mug in red.")
    said = talk.reply("Anything else?")
    assert said.acts == ("clarify", "nothing_more") and said.text.endswith("3 of the mug. That's all.")


def test_a_message_has_one_please_also_when_a_request_follows_the_answer() -> None:
    first = slot("a", "It is {1}, please.", "Which number?")
    second = slot("b", "The {cup}, please.", omitted=False, part=2)
    requests = (Request(1, (), (first,), lambda state: ()), Request(2, segments("Next,"), (second,), lambda state: ()))
    user = ScriptedUser(Role(requests, {}, {}, (), 2, 3, (), Stream(1)))
    assert user.respond(Heard(3, "Which number?", 2, (1,), (), False)).text == "It is 1, please.\nNext, the cup."


def test_every_phrase_of_an_act_is_used() -> None:
    texts = {opened(ITEM, COLOR, stream=Stream(seed)).reply("Which color?").text for seed in range(20)}
    assert texts == {"Sure. The mug in red.", "Of course. The mug in red."}


def test_a_phrase_is_drawn_anew_in_each_turn() -> None:
    talk = opened(ITEM, COLOR)
    assert len({talk.reply("Which color?", progress=True).text for _ in range(20)}) == 2


def test_what_was_said_is_said_again_and_not_disclosed_again() -> None:
    talk = opened(ITEM, COLOR, COUNT, SPARE)
    assert talk.reply("Which color?").answered == (COLOR,)
    again = talk.reply("Which color?")
    assert "The mug in red." in again.text and again.disclosed == ()


REPEATING = {**PHRASES, "clarify": ("Sure.",), "again": ("As I said,",), "besides": ("On top of that,",)}


def listed(*items: str) -> list[Slot]:
    """A fact about these items, of which the first is in the opening."""
    slots = [
        slot("need", f"I need {{a {item}}}.", "What do you need?", key=key, omitted=key > 0)
        for key, item in enumerate(items)
    ]
    return [replace(one, each=one.says[1:2], together=(("I need ", "."),)) for one in slots]


def test_what_is_said_again_says_so() -> None:
    talk = opened(ITEM, COLOR, acts=REPEATING)
    assert talk.reply("Which color?").text == "Sure. The mug in red."
    assert talk.reply("Which color?").text == "As I said, the mug in red."


def test_a_user_without_words_for_it_answers_as_before() -> None:
    talk = opened(ITEM, COLOR, acts={**PHRASES, "clarify": ("Sure.",)})
    talk.reply("Which color?")
    assert talk.reply("Which color?").text == "Sure. The mug in red."


def test_a_question_is_not_introduced_as_said_before() -> None:
    where = slot("number", "Where is {R1}?", "Which order do you mean?")
    talk = opened(ITEM, where, acts=REPEATING)
    talk.reply("Which order do you mean?")
    assert talk.reply("Which order do you mean?").text == "Sure. Where is R1?"


def test_a_sentence_that_is_a_value_is_not_introduced_with_half_a_sentence() -> None:
    gift = slot("gift", "{It was a gift.}", "Was it a gift?")
    talk = opened(ITEM, gift, acts=REPEATING)
    talk.reply("Was it a gift?")
    assert talk.reply("Was it a gift?").text == "Sure. It was a gift.", "values stay as they are"


def test_a_list_that_was_begun_goes_on_with_what_is_new() -> None:
    talk = opened(*listed("kettle", "mop", "lamp"), acts=REPEATING)
    said = talk.reply("What do you need?")
    assert said.text == "On top of that, I need a mop and a lamp." and [one.key for one in said.answered] == [1, 2]
    assert talk.reply("What do you need?").text == "As I said, I need a kettle, a mop and a lamp."


def test_only_the_sentence_of_the_list_that_goes_on_is_introduced_so() -> None:
    talk = opened(*listed("kettle", "mop"), COLOR, acts=REPEATING)
    assert (
        talk.reply("Which color should the mug have? What do you need?").text == "Sure. The mug in red. I need a mop."
    )


def test_an_item_that_is_asked_for_by_name_is_said_again_beside_what_is_new() -> None:
    counts = [
        replace(one, asks=(segments(f"How many of the {{{name}}}?"),))
        for one, name in zip(listed("kettle", "mop"), ("kettle", "mop"), strict=True)
    ]
    talk = opened(ITEM, *counts, acts=REPEATING)
    assert talk.reply("How many of the kettle? How many of the mop?").text == "Sure. I need a kettle and a mop."


def test_only_what_chance_omits_may_make_a_turn_free() -> None:
    assert COLOR.earns_discount and not ITEM.earns_discount and not SPARE.earns_discount
    assert slot("size", "L", by_chance=True, omitted=False).earns_discount is False


def test_a_non_fact_gets_no_preference_and_a_statement_leave_to_go_on() -> None:
    talk = opened(ITEM, COLOR)
    said = talk.reply("What is your budget?", progress=True)
    assert (said.text, said.acts, said.disclosed) == ("I don't mind.", ("no_preference",), ())
    said = talk.reply("I put it into the cart.", progress=True)
    assert (said.text, said.acts, said.source) == ("Go on.", ("continue",), SCRIPTED)


@pytest.mark.parametrize(
    "message",
    [
        "Did you pay by card?",
        "Have you contacted us before?",
        "What is your email address?",
        "Did you keep the receipt?",
        "Do you have the order number handy?",
        "Could you share the order ID so I can look it up?",
    ],
)
def test_nobody_has_a_preference_about_what_was_done(message: str) -> None:
    acts = {**PHRASES, "unsure": ("Not sure.",)}
    said = opened(ITEM, COLOR, acts=acts).reply(message, progress=True)
    assert (said.text, said.acts, said.disclosed) == ("Not sure.", ("unsure",), ())
    assert opened(ITEM, COLOR, acts=acts).reply("What is your budget?").acts == ("no_preference",)


def test_a_number_that_a_fact_may_be_about_is_no_matter_of_not_knowing() -> None:
    number = slot("number", "It's {R1001}.", "What is the order number?", omitted=False)
    acts = {**PHRASES, "unsure": ("Not sure.",)}
    assert opened(ITEM, number, acts=acts).reply("Do you have the order number handy?").acts != ("unsure",)


@pytest.mark.parametrize(
    "message",
    [
        "I found the Corvex one for $12. Would that work for you?",
        "The total is $57.45. Are you happy with that?",
        "I'd have to leave out the spoon. Is that acceptable?",
        "I'd suggest the Glowmere. What do you think?",
        "Shall I go with these?",
    ],
)
def test_who_is_asked_for_an_opinion_leaves_it_to_the_agent(message: str) -> None:
    acts = {**PHRASES, "your_choice": ("Up to you.",), "which_action": ("With what?",), "unclear": ("What?",)}
    talk = opened(ITEM, COLOR, acts=acts)
    said = talk.reply(message)
    assert (said.text, said.acts, said.disclosed) == ("Up to you.", ("your_choice",), ())
    del acts["your_choice"]
    assert opened(ITEM, COLOR, acts=acts).reply(message).acts[0] in ("which_action", "unclear", "no_preference")


def test_a_recap_is_right_or_what_is_wrong_in_it_is_said() -> None:
    price = slot("price", "It should be priced at {$62 or less}.", "What is the highest price?", omitted=False)
    weight = slot("weight", "It should weigh {at most 310 g}.", "What may it weigh?", omitted=False)
    acts = {
        **PHRASES,
        "right": ("That's right.",),
        "wrong": ("No.",),
        "unsure": ("Not sure.",),
        "which_action": ("With what?",),
    }
    talk = opened(price, weight, acts=acts)
    assert talk.reply("Noted: price at most $62, weight at most 310 g. Is that right?").text == "That's right."
    said = talk.reply("Noted: price at most $99, weight at most 310 g. Is that right?")
    assert said.acts[0] == "wrong" and said.text == "No. It should be priced at $62 or less."
    said = talk.reply("That is order R180253, with the whiteboard. Is that right?")
    assert (said.acts, said.disclosed) == (("unsure",), ())


def test_a_recap_that_is_too_long_to_be_read_whole_is_not_called_right() -> None:
    weight = slot("weight", "It should weigh {at most 310 g}.", "What may it weigh?", omitted=False)
    acts = {**PHRASES, "right": ("That's right.",), "wrong": ("No.",), "unsure": ("Not sure.",)}
    said = opened(weight, acts=acts).reply("Weight at most 310 g, " * 20 + "weight at most 900 g. Is that right?")
    assert "right" not in said.acts


@pytest.mark.parametrize(
    ("message", "act"),
    [
        ("You want the mug in blue, correct?", "wrong"),
        ("So the mug in the blue version. Is that right?", "wrong"),
        ("You want the mug in red, correct?", "right"),
        ("You want the mug in its place, correct?", "right"),
    ],
)
def test_a_version_in_a_recap_is_read_by_itself(message: str, act: str) -> None:
    item = slot("item", "I'd take the {Ruston mug} in its place.", "Which one in its place?", omitted=False)
    version = slot("version", "The {red} version.", "Which version or colour?", omitted=False)
    acts = {**PHRASES, "right": ("That's right.",), "wrong": ("No.",)}
    said = opened(item, version, acts=acts).reply(message)
    assert said.acts[0] == act
    assert (said.text == "No. The red version.") == (act == "wrong")


def test_of_a_recap_that_nobody_can_judge_only_what_was_said_is_said_again() -> None:
    recap = Recap(right=(COLOR,), open=(COUNT, ITEM), has_more=True)
    assert recap.told([COLOR.id, ITEM.id]) == (COLOR, ITEM) and recap.is_so is None
    assert Recap(right=(COLOR,), wrong=(COUNT,)).told([]) == (COUNT,)
    assert Recap(right=(COLOR, ITEM)).told([ITEM.id]) == (COLOR,)


@pytest.mark.parametrize(
    "message",
    ["What are your wishes?", "Please tell me your wishes for the mug.", "Thanks! Which requirements do you have?"],
)
def test_wishes_are_whatever_is_open(message: str) -> None:
    assert opened(ITEM, COLOR, COUNT).reply(message).answered == (COLOR, COUNT)


def test_who_has_more_to_say_says_so() -> None:
    acts = {**PHRASES, "more": ("There's more.",), "nothing_more": ("That's all.",)}
    talk = opened(ITEM, COLOR, COUNT, SPARE, acts=acts, recall=2)
    said = talk.reply("Is there anything else I should know?")
    assert said.acts == ("clarify", "more") and said.text.endswith("There's more.")
    assert talk.reply("What else?").acts == ("clarify", "nothing_more")


def test_patience_is_used_up_by_unhelpful_turns_alone() -> None:
    talk = opened(ITEM, COLOR, COUNT, patience=2)
    assert not talk.reply("Hm.").gave_up
    for _ in range(5):
        assert not talk.reply("I searched.", progress=True).gave_up
    assert not talk.reply("Which color?").gave_up
    assert talk.reply("Which color?") == Utterance("I'm off.", ("ragequit",), (), (), True, SCRIPTED)
    assert opened(ITEM, patience=1).reply("Hm.").gave_up


@pytest.mark.parametrize(
    ("understood", "message"),
    [
        (Understood(unclear=True, unclear_question=True), "Could you come in the afternoon?"),
        (Understood(unclear=True), "The order number, please."),
        (Understood(no_view=True), "Which brand would you like, or tell me that it does not matter."),
        (Understood(general=True), "Is there anything else?"),
        (Understood(), "Would you mind if it takes a week?"),
    ],
)
def test_what_is_asked_in_vain_costs_no_patience_the_first_times(understood: Understood, message: str) -> None:
    user = half_heard(understood, patience=2)
    heard = Heard(1, message, None, (1,), (ITEM.id, COLOR.id, COUNT.id))
    assert [user.respond(heard).gave_up for _ in range(6)] == [False] * 5 + [True]


def test_the_questions_that_are_asked_in_vain_count_together() -> None:
    talk = opened(ITEM, patience=1)
    for message in ("What is your budget?", "Reason? Budget? Colour?", "Anything else?", "Do you like cats?"):
        assert not talk.reply(message).gave_up
    assert talk.reply("What is your budget?").gave_up


def test_talk_and_what_was_told_before_cost_patience_the_first_time() -> None:
    for message in ("Nice weather today.", "Which color?"):
        talk = opened(COLOR, patience=1)
        talk.disclosed.append(COLOR)
        assert talk.reply(message).gave_up


def test_a_reaction_speaks_once_and_the_first_goes_first() -> None:
    wrong = Reaction((0, 0), "correct", segments("Not that {mug}."), (1, "color", None))
    other = Reaction((1, 0), "correct", segments("Nor that {cup}."))
    talk = opened(ITEM, COLOR, COUNT, reactions=[wrong, other])
    said = talk.reply("Added it.", progress=True)
    assert said.text == "Hang on. Not that mug." and said.acts == ("correct",)
    assert said.volunteered == (COLOR,) and said.answered == (), "nobody asked for it"
    assert talk.reply("Added it.", progress=True).text == "Hang on. Nor that cup."
    assert talk.reply("Added it.", progress=True).acts == ("continue",)


def test_an_answer_comes_before_a_reaction() -> None:
    wrong = Reaction(0, "correct", segments("Not that."), (1, "color", None))
    said = opened(ITEM, COLOR, COUNT, reactions=[wrong]).reply("How many?", progress=True)
    assert said.acts == ("clarify", "correct") and said.answered == (COUNT,) and said.volunteered == (COLOR,)
    assert said.text.endswith("3 of the mug. Hang on. Not that.")


def test_a_reaction_does_not_disclose_what_the_reply_discloses_already() -> None:
    wrong = Reaction(0, "correct", segments("Not that."), (1, "color", None))
    said = opened(ITEM, COLOR, COUNT, reactions=[wrong]).reply("Which color?", progress=True)
    assert said.acts == ("clarify", "correct") and said.answered == (COLOR,) and said.volunteered == ()


def test_elaborate_only_reveals_what_is_still_open() -> None:
    more = Reaction(0, "elaborate", segments("Make it {3}."), (1, "count", None))
    idle = Reaction(1, "elaborate", segments("I like mugs."))
    assert opened(ITEM, COLOR, COUNT, reactions=[idle]).reply("Fine.", progress=True).acts == ("continue",)
    assert opened(ITEM, COLOR, COUNT, reactions=[more]).reply("How many?", progress=True).acts == ("clarify",)
    said = opened(ITEM, COUNT, reactions=[idle, more]).reply("Fine.", progress=True)
    assert said.volunteered == (COUNT,) and said.text == "One more thing. Make it 3."


def test_slots_of_one_fact_are_told_apart_by_their_key() -> None:
    slots = [
        slot("count", "{2} mugs.", "How many of the {mug}?", key=0),
        slot("count", "{4} lamps.", "How many of the {lamp}?", key=1),
    ]
    talk = opened(*slots, reactions=[Reaction(0, "correct", segments("2."), (1, "count", 0))])
    said = talk.reply("How many lamps?")
    assert said.answered == (slots[1],) and said.volunteered == (slots[0],)


def proposing(tool: str = "cart.add") -> Callable[[], Proposal]:
    return lambda: Proposal("change", (Stated(tool),))


def asked_to_go_ahead(talk: Talk, message: str, proposal: Callable[[], Proposal]) -> Utterance:
    return talk.user.respond(Heard(1, message, None, (1,), (), proposal=proposal))


def test_a_stated_action_is_agreed_to_and_costs_no_patience() -> None:
    talk = opened(COLOR, patience=1)
    said = asked_to_go_ahead(talk, "Shall I go ahead?", proposing())
    assert said.acts == ("confirm",) and said.confirms and said.text == "Yes." and said.disclosed == ()
    said = asked_to_go_ahead(talk, "Which color? Shall I go ahead?", proposing())
    assert said.acts == ("confirm", "clarify") and said.text == "Yes. The mug in red.", "the yes comes first"


def test_the_same_proposal_again_costs_patience_and_another_does_not() -> None:
    talk = opened(ITEM, patience=1)
    for tool in ("cart.add", "cart.remove", "cart.add"):
        assert asked_to_go_ahead(talk, "Shall I go ahead?", proposing(tool)).confirms
    assert asked_to_go_ahead(talk, "Shall I go ahead?", proposing("cart.add")).gave_up


def test_a_go_ahead_for_nothing_or_for_what_is_not_understood_is_asked_about() -> None:
    asks = {"which_action": ("With what?",), "unclear": ("What do you mean?",)}
    for kind, text in (("nothing", "With what?"), ("unknown", "What do you mean?"), ("look", "Go on.")):
        talk = opened(ITEM, acts={**PHRASES, **asks})
        said = asked_to_go_ahead(talk, "Shall I go ahead?", lambda kind=kind: Proposal(kind))  # type: ignore[misc]
        assert said.text == text and not said.confirms and not said.refuses


def test_what_is_objected_to_is_refused_with_the_words_and_the_fact_of_the_objection() -> None:
    def objection(proposal: Proposal, state: Names) -> Objection | None:
        return Objection(segments("I want {red}."), COLOR.id) if proposal.actions[0].tool == "cart.add" else None

    request = Request(1, (), (ITEM, COLOR), lambda state: (), objection=objection)
    user = ScriptedUser(Role((request,), {}, {**PHRASES, "refuse": ("No.",)}, (), 3, 3, (), Stream(1)))
    said = user.respond(Heard(1, "Shall I add it?", None, (1,), (), proposal=proposing()))
    assert (said.text, said.acts, said.volunteered) == ("No. I want red.", ("refuse",), (COLOR,))
    assert said.refuses and not said.confirms
    again = user.respond(Heard(2, "Shall I add it?", None, (1,), (COLOR.id,), proposal=proposing()))
    assert again.refuses and again.disclosed == ()
    assert user.respond(Heard(3, "Shall I go ahead?", None, (1,), (), proposal=proposing("cart.remove"))).confirms


def test_another_value_than_that_of_a_fact_is_refused_and_a_proposal_with_the_right_one_is_new() -> None:
    way = slot("way", "By {mail}.", "How should it be sent?", options=("mail", "courier"))
    way = replace(way, value="mail")
    talk = opened(way, patience=1, acts={**PHRASES, "refuse": ("No.",)})
    stated = Proposal("change", (Stated("cart.add"),))

    def ask(message: str) -> Utterance:
        return asked_to_go_ahead(talk, message, lambda: replace(stated, said=(message,)))

    said = ask("Shall I send it by courier?")
    assert (said.text, said.acts) == ("No. By mail.", ("refuse",))
    assert ask("Shall I send it by mail?").confirms
    assert ask("Shall I send it by mail?").gave_up


def test_only_open_requests_are_talked_about() -> None:
    other = slot("color", "The {cup} in {blue}.", "Which color should the cup have?", part=2)
    requests = (
        Request(1, segments("A mug."), (COLOR,), lambda state: [Reaction(1, "correct", segments("One."))]),
        Request(2, segments("A cup."), (other,), lambda state: [Reaction(2, "correct", segments(state["two"]))]),
    )
    role = Role(requests, {}, {}, (), 9, 3, (), Stream(1))
    assert role.request(2) is requests[1]
    state, both = {"two": "Two."}, "Which color should the mug have? Which color should the cup have?"
    for open_requests, text, disclosed in (
        ((1,), "The mug in red. One.", (COLOR,)),
        ((2,), "The cup in blue. Two.", (other,)),
        ((1, 2), "The mug in red. The cup in blue. One.", (COLOR, other)),
    ):
        said = ScriptedUser(role).respond(Heard(1, both, None, open_requests, (), True, (), state))
        assert (said.text, said.answered) == (text, disclosed)
    user = ScriptedUser(role)
    for open_requests, disclosed in (((1,), (COLOR,)), ((2,), (other,)), ((), ())):  # one after another
        assert user.respond(Heard(1, "Which color?", None, open_requests, (), True, (), state)).answered == disclosed


def test_a_request_that_is_due_comes_after_the_reply_on_a_line_of_its_own() -> None:
    first, second = slot("a", "It is {1}.", "Which number?"), slot("b", "The {cup}.", omitted=False, part=2)
    requests = (Request(1, (), (first,), lambda state: ()), Request(2, segments("Next."), (second,), lambda state: ()))
    user = ScriptedUser(Role(requests, {}, PHRASES, (), 2, 3, (), Stream(1)))
    said = user.respond(Heard(3, "Which number?", 2, (1,), (), False))
    assert said.text.split("\n")[1:] == ["Next. The cup."] and "It is 1." in said.text
    assert (said.acts, said.answered, said.volunteered) == (("clarify",), (first,), (second,))
    assert said.source == SCRIPTED and not said.gave_up
    silent = user.respond(Heard(4, "", 2))
    assert silent == Utterance("Next. The cup.", (), (), (second,), False, SCRIPTED)
    assert user.respond(Heard(5, "Hm.", None, (1,))).acts == ("continue",)
    gone = user.respond(Heard(6, "Hm.", 2, (1,)))
    assert gone == Utterance("I'm off.", ("ragequit",), (), (), True, SCRIPTED), "who leaves raises nothing"


def test_a_message_that_is_not_understood_is_not_asked_about_when_another_request_is_due() -> None:
    first, second = slot("a", "It is {1}.", "Which number?"), slot("b", "The {cup}.", omitted=False, part=2)
    requests = (Request(1, (), (first,), lambda state: ()), Request(2, segments("Next."), (second,), lambda state: ()))
    user = ScriptedUser(Role(requests, {}, {"unclear": ("What?",)}, (), 9, 3, (), Stream(1)))
    assert user.respond(Heard(1, "Flurb the zork?", None, (1,))).text == "What?"
    assert user.respond(Heard(2, "Flurb the zork?", 2, (1,))).text == "Next. The cup."


@pytest.mark.parametrize("is_question", [True, False])
def test_a_question_that_is_not_understood_is_neither_answered_nor_denied_in_words_of_its_own(
    is_question: bool,
) -> None:
    class Ear(Listener):
        def understand(self, message: str) -> Understood:
            return Understood(unclear=True, unclear_question=is_question)

    def said(**phrases: Sequence[str]) -> Utterance:
        request = Request(1, (), (COLOR,), lambda state: ())
        user = ScriptedUser(Role((request,), {}, {**PHRASES, **phrases}, (), 9, 3, (), Stream(1)), Ear)
        return user.respond(Heard(1, "Do you use Windows or a Mac?", None, (1,)))

    both = said(unclear=("What?",), unclear_question=("Why do you ask?",))
    assert (both.text, both.acts) == ("Why do you ask?" if is_question else "What?", ("unclear",))
    assert said(unclear=("What?",)).text == "What?", "a user may have no words for it"


def test_who_asks_whether_something_is_so_gets_a_yes_or_a_no_and_the_fact() -> None:
    acts = {**PHRASES, "again": ("As I said,",), "right": ("Yes.",), "wrong": ("No.",)}
    way = slot("way", "I'd send it by {mail}.", "How would you send it?", options=("mail", "courier"))
    talk = opened(ITEM, way, acts=acts)
    said = talk.reply("You'd send it by mail, is that right?")
    assert (said.text, said.acts, said.answered) == ("Yes. I'd send it by mail.", ("right", "clarify"), (way,))
    said = talk.reply("You'd send it by courier, is that right?")
    assert (said.text, said.acts) == ("No. I'd send it by mail.", ("wrong", "clarify"))
    assert talk.reply("How would you send it?").text == "As I said, I'd send it by mail."
    assert not said.confirms and not said.refuses


def test_a_user_without_words_for_it_tells_the_fact_alone() -> None:
    way = slot("way", "I'd send it by {mail}.", "How would you send it?", options=("mail", "courier"))
    said = opened(ITEM, way, acts={"clarify": ("Well:",)}).reply("You'd send it by mail, is that right?")
    assert (said.text, said.acts) == ("Well: I'd send it by mail.", ("clarify",))


@pytest.mark.parametrize(
    ("message", "act"),
    [
        ("So it stays 12 nights, right?", "right"),
        ("So it stays 3 nights, right?", "wrong"),
        ("So it eats dry food, right?", "wrong"),
        ("You want it fed raw, right?", "right"),
    ],
)
def test_a_verb_before_a_value_changes_nothing_of_it(message: str, act: str) -> None:
    nights = replace(slot("nights", "It stays {twelve nights}.", "How long does it stay?"), value=12)
    food = slot("food", "Feed it {raw}, please.", "What food does it eat?", options=("raw", "dry", "wet"))
    said = opened(ITEM, nights, food, acts={**PHRASES, "right": ("Yes.",), "wrong": ("No.",)}).reply(message)
    assert said.acts == (act, "clarify")


HALF_HEARD = {"missed": ("And the other thing?",), "missed_last": ("And the last thing?",)}


def half_heard(understood: Understood, *, patience: int = 3, acts: Mapping[str, tuple[str, ...]] = HALF_HEARD) -> User:
    """A user who understands every message so."""

    class Half:
        def understand(self, message: str) -> Understood:
            return understood

    request = Request(1, (), (ITEM, COLOR, COUNT), lambda state: ())
    second = Request(2, segments("Next."), (), lambda state: ())
    role = Role((request, second), {}, {**PHRASES, "clarify": (), **acts}, (), patience, 1, (), Stream(1))
    return ScriptedUser(role, lambda held, absent, words: Half())


def test_who_missed_a_question_answers_the_others_and_says_so() -> None:
    for missed, text in (
        ("other", "And the other thing?"),
        ("last", "And the last thing?"),
        ("first", "And the other thing?"),
    ):
        said = half_heard(Understood((1,), missed=missed)).respond(Heard(1, "This and that?", None, (1,)))  # type: ignore[arg-type]
        assert said.text == f"The mug in red. {text}"
        assert said.acts == ("clarify", "missed") and said.answered == (COLOR,)


def test_who_missed_a_part_of_what_is_to_be_confirmed_says_neither_yes_nor_no() -> None:
    acts = {**HALF_HEARD, "right": ("Yes.",), "wrong": ("No.",)}

    def replies(understood: Understood, raises: int | None = None) -> tuple[str, ...]:
        return half_heard(understood, acts=acts).respond(Heard(1, "So three of the red mug, right?", raises, (1,))).acts

    assert replies(Understood((0,))) == ("right", "clarify")
    assert replies(Understood((0,), missed="first")) == ("clarify", "missed")
    # who goes on to the next request says nothing of what it missed
    assert replies(Understood((0,), missed="first"), raises=2) == ("right", "clarify")


def test_who_is_told_what_the_agent_will_do_neither_agrees_nor_refuses() -> None:
    def reply(message: str, proposal: Callable[[], Proposal], **acts: tuple[str, ...]) -> Utterance:
        user = half_heard(Understood(), acts=acts)
        return user.respond(Heard(1, message, None, (1,), (), proposal=proposal))

    said = reply("I'll add the mug to the cart now.", proposing(), noted=("I see.",))
    assert (said.text, said.acts) == ("I see.", ("noted",)) and not said.confirms
    for message, kind in (("One moment, please.", "change"), ("I'll have a look.", "look"), ("I'm glad.", "nothing")):
        said = reply(message, lambda kind=kind: Proposal(kind), noted=("I see.",))  # type: ignore[misc]
        assert said.text == "Go on."
    assert reply("I'll add the mug to the cart now.", proposing()).text == "Go on.", "the user has no words for it"


def test_a_user_without_words_for_it_says_nothing_of_what_it_missed() -> None:
    said = half_heard(Understood((1,), missed="last"), acts={}).respond(Heard(1, "This and that?", None, (1,)))
    assert (said.text, said.acts) == ("The mug in red.", ("clarify",))


def test_what_was_missed_is_not_asked_about_when_all_has_been_said_or_another_request_is_due() -> None:
    known = (ITEM.id, COUNT.id)
    general = half_heard(
        Understood((1,), general=True, missed="last"), acts={**HALF_HEARD, "nothing_more": ("That's all.",)}
    )
    assert general.respond(Heard(1, "And all?", None, (1,), known)).acts == ("clarify", "nothing_more")
    said = half_heard(Understood((1,), missed="last")).respond(Heard(1, "This and that?", 2, (1,)))
    assert (said.text, said.acts) == ("The mug in red.\nNext.", ("clarify",))


def test_a_question_that_was_missed_costs_no_patience_the_first_times() -> None:
    user = half_heard(Understood((1,), missed="other"), patience=1)
    heard = Heard(1, "This and that?", None, (1,), (COLOR.id,))
    assert [user.respond(heard).gave_up for _ in range(5)] == [False, False, False, False, True]


def test_a_reply_without_words_leaves_no_empty_line() -> None:
    requests = tuple(Request(n, segments(text), (), lambda state: ()) for n, text in ((1, "One."), (2, "Two.")))
    user = ScriptedUser(Role(requests, {}, {}, (), 9, 3, (), Stream(1)))
    assert user.respond(Heard(1, "Fine.", 2, (1,))).text == "Two."
    assert user.respond(Heard(1, "", None)) == Utterance("", source=SCRIPTED)


def test_a_fork_goes_on_by_itself() -> None:
    wrong = Reaction(0, "correct", segments("Not that."))
    talk = opened(ITEM, COLOR, COUNT, patience=2, reactions=[wrong])
    hm = Heard(1, "Hm.", None, (1,), (), True)
    fork = talk.user.fork()
    words = [fork.respond(hm).text for _ in range(3)]
    assert [talk.user.respond(hm).text for _ in range(3)] == words == ["Hang on. Not that.", "Go on.", "Go on."]
    idle = Heard(5, "Hm.", None, (1,))
    assert not talk.user.respond(idle).gave_up and not fork.respond(idle).gave_up
    assert fork.respond(idle).gave_up and talk.user.respond(idle).gave_up


def test_the_same_stream_says_the_same() -> None:
    def talk(seed: int) -> list[str]:
        user = Talk(ITEM, COLOR, COUNT, noises=typing(0.1), stream=Stream(seed))
        return [user.open().text, *(user.reply("How many of the mug?", progress=True).text for _ in range(3))]

    assert talk(1) == talk(1) != talk(2)
    assert len(set(talk(1)[1:])) > 1, "each turn has slips of its own"


def test_the_words_of_a_seed_are_pinned() -> None:
    """Other words for a seed are other bytes for every episode."""
    talk = Talk(ITEM, COLOR, COUNT, noises=typing(0.3), stream=Stream("pinned"), patience=2)
    said = [talk.open().text]
    for message in ("Which color?", "How many of the mug?", "Which color?", "How many of the mug?"):
        said.append(talk.reply(message).text)
    assert said == [
        "Helllo. I ned the red mug.",
        "Of cousre. The mug in red.",
        "Of coutse. 3 of the mug.",
        "Of coursee. The mug in red.",
        "I'm off.",
    ]


def test_the_phrases_of_a_seed_are_pinned() -> None:
    talk = opened(ITEM, COLOR, stream=Stream("pinned"))
    phrases = [talk.reply("Which color?", progress=True).text.removesuffix(" The mug in red.") for _ in range(12)]
    of_course = {0, 1, 2, 3, 5, 6, 7, 8, 9, 11}
    assert phrases == ["Of course." if turn in of_course else "Sure." for turn in range(12)]


@pytest.mark.parametrize(
    "offer",
    ["What else can I do for you?", "Can I help with anything else?", "Done! Is there anything else I can do today?"],
)
def test_an_offer_of_help_brings_out_what_is_missing_until_the_request_is_done(offer: str) -> None:
    acts = {**PHRASES, "nothing_more": ("That's all.",)}
    missing = opened(ITEM, COLOR, acts=acts).reply(offer)
    assert missing.answered == (COLOR,) and "nothing_more" in missing.acts
    talk = opened(ITEM, COLOR, acts=acts)
    heard = Heard(1, offer, None, (1,), [slot.id for slot in talk.disclosed], done=lambda: (1,))
    assert talk.user.respond(heard) == Utterance("That's all.", ("nothing_more",), source=SCRIPTED)
    talk = opened(ITEM, COLOR, acts=acts)
    asked = replace(heard, message=f"Is there anything else I should know? {offer}")
    assert talk.user.respond(asked).answered == (COLOR,), "the message asks for it, too"


def test_who_has_another_request_answers_an_offer_of_help_with_it() -> None:
    requests = [Request(n, segments(f"Request {n}."), (slot("x", "X."),), lambda state: ()) for n in (1, 2)]
    settings: dict[str, Any] = {
        "persona": {},
        "noises": (),
        "patience": 3,
        "recall": 3,
        "actions": (),
        "stream": Stream("u"),
    }
    user = ScriptedUser(Role(requests=tuple(requests), acts={"nothing_more": ("That's all.",)}, **settings))
    user.respond(Heard(0, raises=1))
    assert user.respond(Heard(1, "What else can I do for you?", 2)).text == "Request 2."
