"""Consent in whole episodes: the user agrees to what the agent says it will do, and that allows this call and no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.episode import Action, Call, Episode, Scenario, record, replay
from rlve_dsl.user import Heard, Role, Utterance
from tests.conftest import shipped
from tests.episode.test_chains import SCENARIOS

START = "return.initiate"
DATA = SCENARIOS.parents[1] / "shared" / "data" / "tau2-retail"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the folder ../shared/data/tau2-retail is not there")


@pytest.fixture(scope="module")
def careful() -> Scenario:
    """c8 in a store with rules of conduct."""
    return shipped("c8-compliance.yaml")


class Store:
    """Returns in the careful store, up to the go-ahead: `mine` is what the user wants to return, `other` is not."""

    def __init__(self, careful: Scenario, seed: int = 0, level: int = 6, **more: Any) -> None:
        self.episode = careful.reset("returns", level=level, seed=seed, **more)
        names = self.episode.parts[0].names
        self.names = names
        self.order, self.line = names["purchase"], names["target"]
        lines = [(order, line) for order in names["orders"] for line in order["lines"]]
        self.other_order, self.other_line = next(
            (order, line) for order, line in lines if line["line_id"] != self.line["line_id"]
        )
        self.mine, self.other = self.line["short_name"], self.other_line["short_name"]
        self.say("")  # the order is looked up

    def say(self, message: str) -> Utterance:
        words = message.format(
            mine=self.mine,
            other=self.other,
            order=self.order["order_id"],
            line=self.line["line_id"],
            way=self.names["method"],
            reason=self.names["reason"],
        )
        look = tuple(Call("order.get_status", {"order_id": o["order_id"]}) for o in (self.order, self.other_order))
        turn = self.episode.step(Action(words, look if not message else ())).turn
        return turn.reply or Utterance("")

    def allows(self, order: Any = None, line: Any = None) -> bool:
        """Whether the return of a line (by default the user's) may be started now."""
        return "confirmation" not in self.episode.owed(self.start(order, line))

    @property
    def allows_other(self) -> bool:
        return self.allows(self.other_order, self.other_line)

    def start(self, order: Any = None, line: Any = None) -> Call:
        where = {"order_id": (order or self.order)["order_id"], "line_id": (line or self.line)["line_id"]}
        return Call(START, {**where, "reason": self.names["reason"], "method": self.names["method"]})


@pytest.mark.parametrize(
    "message",
    [
        "Would you like me to start the return?",
        "Shall I start the return of the {mine}?",
        "I'm about to start the return of the {mine}. Shall I go ahead?",
        "I'll send the {mine} of order {order} back. Do you want me to proceed?",
        "Shall I go ahead and return {line}?",
        "Should I return it?",
        "The {mine} can go back at no charge, and I am setting that up for you now. Is that all right?",
        "I would take the {mine} back by {way}. Are you happy with that?",
        "The {mine} goes back free of charge. Would that do?",
    ],
)
def test_a_go_ahead_for_the_return_allows_it_until_it_is_made(careful: Scenario, message: str) -> None:
    store = Store(careful)
    assert not store.allows()
    said = store.say(message)
    assert said.confirms and store.allows()
    store.episode.step(Action(calls=(store.start(),)))
    assert store.episode.turns[-1].results[-1].refused is not None, (
        "by the policy: nothing was done, and the consent is not used up"
    )
    assert store.allows() and not store.episode._store.conduct_names["violations"]


@pytest.mark.parametrize(
    ("message", "act"),
    [
        ("Shall I go ahead?", "which_action"),
        ("Do you want me to proceed?", "which_action"),
        ("Shall I go ahead and cancel instead?", ""),
        ("Shall I look up your orders?", ""),
        ("Shall I return the {other}?", "refuse"),
        ("I'm about to start the return of the {other}. Shall I go ahead?", "refuse"),
        ("Shall I start the return of order R000?", "refuse"),
        ("Shall I return the spaceship?", ""),
        ("The {mine} cannot go back. Is that all right?", "which_action"),
        ("Does the {mine} go back by post?", ""),
    ],
)
def test_another_request_is_answered_as_what_it_is_and_allows_nothing(
    careful: Scenario, message: str, act: str
) -> None:
    store = Store(careful)
    said = store.say(message)
    assert not said.confirms and said.refuses == (act == "refuse") and (not act or act in said.acts)
    assert not store.allows() and not store.allows_other


@pytest.mark.parametrize("named", ["by {}", "with method {}"])
def test_a_wrong_way_is_refused_with_the_right_one_and_the_next_proposal_is_heard_anew(
    careful: Scenario, named: str
) -> None:
    store = Store(careful)
    right = store.names["method"]
    other = next(way for way in ("mail", "courier", "locker") if way != right)
    said = store.say(f"Shall I return it {named.format(other)}?")
    assert said.refuses and right in said.text and not store.allows()
    assert store.say(f"Shall I return it {named.format(right)}?").confirms and store.allows()


@pytest.mark.parametrize(
    "message",
    [
        "Shall I return the whole order {order}?",
        "Shall I return everything in that order?",
        "Shall I go ahead with a refund instead of the replacement?",
        "Shall I refund you?",
    ],
)
def test_more_than_the_shopper_wants_back_or_money_for_a_replacement_is_refused(
    careful: Scenario, message: str
) -> None:
    stores = (Store(careful, seed) for seed in range(40))
    store = next(s for s in stores if s.names["swap"] and len(s.order["lines"]) > 1)
    assert store.say(message).refuses and not store.allows()


def test_who_wants_money_back_agrees_to_a_refund(careful: Scenario) -> None:
    store = next(s for seed in range(20) if not (s := Store(careful, seed)).names["swap"])
    assert store.say("Shall I refund you?").confirms and store.allows()


def test_what_is_sent_instead_is_not_what_goes_back(careful: Scenario) -> None:
    store = next(s for seed in range(20) if (s := Store(careful, seed)).names["swap"])
    sent = store.names["replacement"]["short_name"]
    said = store.say("May I book the return by {way} as {reason} and ship you the " + f"{sent}, as you asked, instead?")
    assert said.confirms and store.allows()


@pytest.mark.parametrize(
    "message",
    [
        "Shall I start the return of the {mine}? And what is the reason?",
        "Shall I return it, and why do you send it back?",
        "What's the reason for the return, and do you want me to start it now?",
    ],
)
def test_an_agreement_comes_before_the_answers_to_questions(careful: Scenario, message: str) -> None:
    said = Store(careful).say(message)
    assert said.acts == ("confirm", "clarify")


def test_a_visit_is_moved_with_a_plain_yes() -> None:
    clinic = shipped("examples/clinic/clinic-desk.yaml")
    episode = clinic.reset("appointments", level=6, seed=9201)
    reply = episode.step(
        Action("The soonest I have is in two days. Would that do, and may I shift your visit there?")
    ).turn.reply
    assert reply is not None and reply.text.startswith("Yes, go ahead.")


def test_a_question_about_something_else_is_no_go_ahead(careful: Scenario) -> None:
    store = Store(careful)
    store.say("I'm about to start the return of the {mine}. Can you confirm that your name is Anna?")
    assert not store.allows()


def test_what_was_stated_in_the_message_before_counts_and_what_came_earlier_does_not(careful: Scenario) -> None:
    store = Store(careful)
    store.say("I'll start the return of the {mine}.")
    assert store.say("Shall I go ahead?").confirms and store.allows() and not store.allows_other
    store = Store(careful)
    store.say("I'll start the return of the {mine}.")
    store.say("One moment, please.")
    assert not store.say("Shall I go ahead?").confirms and not store.allows()


def test_the_consent_is_for_the_thing_that_was_named(careful: Scenario) -> None:
    store = Store(careful)
    store.say("Shall I return the {mine}?")
    assert store.allows() and not store.allows_other
    store.episode.step(Action(calls=(store.start(store.other_order, store.other_line),)))
    assert store.episode._store.conduct_names["violations"] == [f"require confirmation before {START}"]
    assert store.allows(), "it was not used up by a call that it did not cover"


def test_a_user_who_refuses_takes_back_what_they_agreed_to(careful: Scenario) -> None:
    store = Store(careful)
    assert store.say("Shall I start the return?").confirms and store.allows_other
    said = store.say("Shall I return the {other}?")
    assert said.refuses and not store.allows_other and not store.allows()
    assert store.mine.split()[-1] in said.text or store.names["purchase"]["order_id"] != store.other_order["order_id"]


def test_a_refusal_of_an_exchange_says_what_is_wanted(careful: Scenario) -> None:
    refused = [store for seed in range(20) if not (store := Store(careful, seed)).names["swap"]]
    assert refused
    for store in refused:
        said = store.say("Shall I arrange the exchange?")
        words = "".join(segment.text for part in said.parts for segment in part)  # before slips of typing
        assert said.refuses and "I'd like my money back." in words


def test_what_is_not_on_the_list_is_not_put_into_the_cart(careful: Scenario) -> None:
    episode = careful.reset("cart", level=6, seed=0)
    (shown,) = episode.step(Action(calls=(Call("user.visit_history"),))).turn.results
    names = episode.parts[0].names
    listed = {x["id"] for w in names["wanted"] for x in (w["product"], w["fallback"])}
    other = next(visit for visit in shown.value if visit["product_id"] not in listed)
    mine = names["wanted"][0]["product"]["short_name"]
    for name, act in ((other["short_name"], "refuse"), (mine, "confirm")):
        reply = episode.step(Action(f"Shall I add the {name} to the cart?")).turn.reply
        assert reply is not None and act in reply.acts


class Agreeable:
    """Says yes to everything."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def respond(self, heard: Heard) -> Utterance:
        slots = self.role.request(heard.raises).slots if heard.raises else ()
        return Utterance("Yes.", ("confirm",), volunteered=slots)

    def fork(self) -> Agreeable:
        return self


def test_the_yes_of_another_user_is_for_what_the_message_proposes(careful: Scenario) -> None:
    for message, mine, other in (
        ("Hello.", False, False),
        ("Shall I go ahead?", False, False),
        ("Shall I return the {mine}?", True, False),
        ("Shall I return the {other}?", False, True),
        ("Shall I start the return?", True, True),
    ):
        store = Store(careful, user=Agreeable)
        assert store.say(message).confirms
        assert (store.allows(), store.allows_other) == (mine, other)


def test_consent_is_the_same_in_a_replay_and_in_a_fork(careful: Scenario) -> None:
    store = Store(careful)
    store.say("I'll return the {mine}.")
    fork: Episode = store.episode.fork()
    store.say("Shall I go ahead?")
    assert "confirmation" in fork.owed(store.start()) and store.allows()
    store.episode.step(Action(calls=(store.start(),)))
    lines = record(store.episode).splitlines()
    again = replay(lines, careful)
    assert record(again).splitlines() == lines
    assert again._store.conduct_names == store.episode._store.conduct_names == {"compliance": 1.0, "violations": []}


def test_in_a_chain_each_call_has_its_own_go_ahead(careful: Scenario) -> None:
    asked = 0
    for seed in range(12):
        episode = careful.reset("journey", level=6, seed=seed)
        outcome = play(episode, OracleAgent(episode))
        assert outcome.correct
        calls = [c for t in episode.turns if isinstance(t.action, Action) for c in t.action.calls if c.name == START]
        yes = [t for t in episode.turns if t.reply is not None and t.reply.confirms]
        assert len(yes) >= len(calls)
        asked += len(yes)
    assert asked


def test_an_agent_that_asks_for_another_thing_is_refused_and_asks_again(careful: Scenario) -> None:
    refused = 0
    for seed in range(20):
        episode = careful.reset("returns", level=4, seed=seed)
        agent = OracleAgent(episode, mistakes={"other_consent": 0.5})
        play(episode, agent)
        refusals = [t for t in episode.turns if t.reply is not None and t.reply.refuses]
        refused += bool(refusals)
        assert not refusals or "other_consent" in agent.made
    assert refused


def test_an_order_is_agreed_to_by_what_the_cart_holds(tmp_path: Path) -> None:
    path = tmp_path / "careful-orders.yaml"
    reorder = SCENARIOS / "examples" / "reorder.yaml"
    path.write_text(
        f"kind: Collection\nname: careful-orders\nextends: {SCENARIOS / 'c8-compliance.yaml'}\nenvironments: !replace [{reorder}]\n",
        encoding="utf-8",
    )
    scenario, asked = rlve_dsl.load(path), 0
    for seed in range(4):
        episode = scenario.reset("reorder", level=8, seed=seed)
        outcome = play(episode, OracleAgent(episode))
        assert outcome.correct
        for turn in episode.turns:
            if turn.reply is not None and turn.reply.confirms:
                assert isinstance(turn.action, Action)
                assert all(line["short_name"] in turn.action.message for line in episode.parts[0].names["extra"])
                asked += 1
    assert asked


@pytest.mark.parametrize(
    ("message", "act"),
    [
        ("You want to return the {mine}, right?", "right"),
        ("You want to return it, right?", "right"),
        ("So you'd like to return the {mine}, correct?", "right"),
        ("You want to return the {other}, right?", "wrong"),
        ("You don't want to return the {other}, right?", "right"),
        ("You don't want me to return the {other}, right?", "right"),
        ("You don't want to return the {mine}, right?", "wrong"),
        ("You want a refund for the {mine}, right?", "wrong"),
        ("Do you want to return the {mine}?", "right"),
        ("Would you like to return the {other}?", "wrong"),
        ("Do you want to return the {mine} for a refund?", "wrong"),
    ],
)
def test_a_check_of_the_request_gets_a_yes_or_a_no_and_changes_no_consent(
    careful: Scenario, message: str, act: str
) -> None:
    store = Store(careful)
    said = store.say(message)
    assert act in said.acts and not said.confirms and not said.refuses and not store.allows()
    store = Store(careful)
    assert store.say("Shall I return the {mine}?").confirms
    store.say(message)
    assert store.allows()


@pytest.mark.parametrize(
    "message",
    [
        "I will not start yet.", "Before I start, what is the reason?", "Don't worry, nothing is booked yet.",
        "Don't worry, nothing is booked yet. OK?", "I will not start the return yet. OK?", "I'll not return the {other}. OK?",
    ],
)  # fmt: skip
def test_who_says_that_nothing_is_done_yet_gets_no_consent_and_loses_none(careful: Scenario, message: str) -> None:
    store = Store(careful)
    store.say("I'll return the {other}.")
    said = store.say(message)
    assert not said.confirms and not said.refuses and not store.allows() and not store.allows_other
    store = Store(careful)
    assert store.say("Shall I return the {mine}?").confirms
    said = store.say(message)
    assert not said.confirms and store.allows()


def test_a_thing_with_a_value_that_it_has_not_is_refused_with_what_is_right() -> None:
    episode = shipped("c8-compliance.yaml").reset("cart", level=6, seed=1)
    wanted = episode.parts[0].names["wanted"][2]["product"]["short_name"]
    assert wanted == "Vagabo lime track running shoes"
    said = episode.step(Action("Shall I add the blue running shoes to the cart?", ())).turn.reply
    assert said is not None and said.refuses and wanted in said.text
    said = episode.step(Action("Shall I add the lime running shoes to the cart?", ())).turn.reply
    assert said is not None and said.confirms


def written_messages() -> Iterator[Any]:
    """What testers wrote who had seen neither the code nor the files, and more like it, with what a person would do; some are `open`.

    `says` has values that the reply names, and `leaves_out` those that it does not.
    """
    files = (
        "consent_messages.jsonl",
        "consent_messages_examples.jsonl",
        "consent_messages_questions.jsonl",
        "consent_messages_sending.jsonl",
        "consent_messages_ones.jsonl",
        "consent_messages_recaps.jsonl",
    )
    texts = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in files)
    for line in (line for text in texts for line in text.splitlines()):
        row = json.loads(line)
        marks = [pytest.mark.xfail(strict=True, reason="not yet")] if row.pop("open", False) else []
        if "tau2-retail" in row["collection"]:
            marks.append(needs_data)
        yield pytest.param(row, id=row["message"][:60], marks=marks)


@pytest.mark.parametrize("row", list(written_messages()))
def test_what_a_tester_wrote_is_answered_as_a_person_would(row: dict[str, Any]) -> None:
    episode = shipped(row["collection"]).reset(row["environment"], level=row["level"], seed=row["seed"])
    for message in (*row["before"], row["message"]):
        reply = asked(episode, message)
    proposed = len(episode._conversation.proposal().actions)
    expected = {
        "agree": reply.confirms,
        "agree to one": reply.confirms and proposed == 1,
        "agree to both": reply.confirms and proposed == 2,
        "refuse": reply.refuses,
        "right": "right" in reply.acts and not reply.confirms,
        "wrong": "wrong" in reply.acts and not reply.confirms,
        "which action": "which_action" in reply.acts and not reply.confirms,
        "answer": "clarify" in reply.acts and not reply.confirms and not reply.refuses,
        "neither": not reply.confirms and not reply.refuses,
    }
    assert expected[row["expected"]], reply.text
    assert all(value in reply.text for value in row.get("says", ())), reply.text
    assert not any(value in reply.text for value in row.get("leaves_out", ())), reply.text


def asked(episode: Episode, message: str) -> Utterance:
    """What the shopper says to a message."""
    episode.step(Action(message=message))
    reply = episode.turns[-1].reply
    assert reply is not None
    return reply


def values_of(episode: Episode) -> dict[str, str]:
    return {slot.fact: str(slot.value) for slot in episode.parts[0].drawn.slots}


def test_what_is_to_come_in_place_of_a_product_is_refused_while_that_can_be_had(careful: Scenario) -> None:
    refused = agreed = 0
    for seed in range(12):
        episode = careful.reset("returns", level=6, seed=seed)
        wanted = values_of(episode)
        if "fallback" not in wanted:
            continue
        gone = bool(episode.parts[0].names["gone"])
        reply = asked(episode, f"Shall I exchange it for the {wanted['fallback']}?")
        assert reply.confirms is gone
        refused, agreed = refused + (not gone), agreed + gone
    assert refused and agreed


def test_a_loan_of_a_book_that_is_finished_is_not_to_be_renewed() -> None:
    scenario, refused = rlve_dsl.load(SCENARIOS / "examples" / "library" / "town-library.yaml"), 0
    for seed in range(6):
        episode = scenario.reset("renewals", level=6, seed=seed)
        wanted = values_of(episode)
        if "finished" in wanted:
            episode.step(Action(calls=(Call("library.show_account", {"member_id": wanted["card"]}),)))
            reply = asked(episode, f"Shall I renew {wanted['finished']}, too?")
            assert not reply.confirms and wanted["finished"] in reply.text
            refused += 1
    assert refused


@needs_data
def test_the_returns_of_another_domain_are_proposed_in_usual_words() -> None:
    scenario, heard = rlve_dsl.load(SCENARIOS / "examples" / "tau2-retail" / "retail-desk.yaml"), 0
    for seed in range(6):
        episode = scenario.reset("requests", level=4, seed=seed)
        wants_return = "return" in values_of(episode)["wish"]
        assert asked(episode, "Shall I return it for you?").confirms is wants_return
        assert asked(episode, "Shall I cancel your order?").confirms is not wants_return
        heard += wants_return
    assert 0 < heard < 6


def test_a_move_may_name_the_slot_that_the_patient_has_now_and_no_third_one() -> None:
    episode = shipped("examples/clinic/clinic-desk.yaml").reset("appointments", level=3, seed=0)
    names = episode.parts[0].names
    now, best = names["present"]["slot_id"], names["best"]["slot_id"]
    looked = Action("", (Call("clinic.find_slots", {"specialty": names["specialty"]}),))
    shown = json.dumps(episode.step(looked).turn.results[0].value)
    third = next(s["slot_id"] for s in names["offered"] if s["slot_id"] in shown and s["slot_id"] != best)
    assert asked(episode, f"Shall I move your appointment from slot {now} to slot {best}?").confirms
    assert asked(episode, f"Shall I move your appointment from slot {now} to slot {third}?").refuses


def test_words_before_the_noun_of_an_action_name_no_other_thing_once_things_are_known() -> None:
    """What "general medicine" is, no name of a thing tells: "your general medicine appointment" is the patient's appointment."""
    episode = shipped("examples/clinic/clinic-desk.yaml").reset("appointments", level=5, seed=62)
    episode.step(Action("", (Call("clinic.find_slots", {"specialty": episode.parts[0].names["specialty"]}),)))
    assert asked(episode, "I mean moving your general medicine appointment to the afternoon in 4 days. May I?").confirms
    assert asked(episode, "I'd move your heart appointment to the afternoon in 4 days. May I?").refuses
