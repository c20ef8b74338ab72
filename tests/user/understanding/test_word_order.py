"""Sentences and babble: what nobody writes is not heard, and what anybody writes is."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from benchmarks.order.babble import babble
from rlve_dsl.user import Heard, Listener, Wording, read_proposal, understood_with_proposal
from rlve_dsl.user.understanding.word_order import garbled_in, sentences_in
from tests.user.slots import slot

FACTS = [
    slot("item", "It's the {Wagmore fish tank}.", "Which product would you like to send back?", omitted=False),
    slot("reason", "It was {late}.", "What is the reason for the return?"),
    slot("method", "I'd send it by {mail}.", "How would you like to send it back?", options=("mail", "courier")),
]

# as a good assistant writes, as a terse one does, and with slips
FLUENT = """
Is there anything else I should know?
Also, is there anything else I should know?
Thanks for reaching out! I'd be happy to help you with your return. Could you tell me which item you'd like to send back and why?
I've found three travel mugs that fit your budget. Before I add one to the cart, do you have a preference for the colour?
Just to make sure I get this right: you'd like two of the blue ones and one of the green, correct?
Great, I've noted that. What else should I know before I place the order?
I'm sorry to hear that the kettle arrived damaged. Would you prefer a refund or a replacement?
Your order R1001 was delivered on 3 March. Is this the one that you mean?
Certainly! To find the best match, could you please share:\\n1. The size you need\\n2. Your maximum budget\\n3. When it has to arrive
I checked the store's policy, and opened items can be returned within 30 days. Has the box been opened?
Let me look into that for you. One moment, please.
The Wagmore fish tank (P01114) is $49.90 and has 4.6 stars. Shall I put it into your cart?
How would you like to send it back: by mail, by courier, or from a parcel locker?
Is it for you or is it a gift? And if it is a gift, when is the birthday?
I couldn't find anything under $30, but there are two at $34. Would that be all right with you?
Perfect, thank you for confirming. I'll go ahead and start the return now.
Do any of the people you're buying for have allergies or anything that I should keep in mind?
What's the reason for the return, if I may ask?
If the red one is sold out, would you take the black one instead, or would you rather wait?
Which of the two orders is this about, the one from Monday or the one from last week?
Is that everything, or is there more that you need?
Before we go on, I want to be sure that I have understood what you are after. What matters most to you?
You said that it should be waterproof. Does it also have to be light?
I have three questions: what is the item, why are you returning it, and how would you like your money back?
Here's what I have so far:\\n- **Item:** fish tank\\n- **Quantity:** 2\\n\\nIs anything missing?
That makes sense. And how many of them do you need?
Would you like me to have it gift-wrapped?
No problem at all! What can I do for you today?
All right. Is there anything that the bag must have, for example a pocket for a laptop?
I understand. Could you give me the name of the person who is picking it up, please?
Colour?
Size and colour?
How many?
Reason for the return?
Budget, size, delivery date?
Which one?
Anything else?
Any preference on brand?
And why?
Name and order number, please.
Got it. Quantity?
ok. and the size?
Mail or courier?
Max price?
Item + reason, please
Noted. Next: how many?
Need the order id and the reason.
Opened or not?
Gift wrap, yes or no?
Done. Else?
what colur do you want?
waht is teh reason for the return
how mnay do you need and by wehn?
Wich product woud you like to send back?
is there anythign else i shoud know
pls tell me the size u want
whats your budget
Thanks! cld you tell me why you're sending it back?
coud you plese confirm the oder number
do u want a refund or a replacment
""".strip().splitlines()


@pytest.mark.parametrize("message", FLUENT)
def test_what_anybody_writes_is_heard(message: str) -> None:
    assert not garbled_in(message.replace("\\n", "\n"))


@pytest.mark.parametrize(
    "message",
    [
        "What there anything else I should know?",
        "Is there anything there anything else I should know?",
        "What is reason reason?",
        "Let me see do help purchase do you mean?",
        "How many you you should should know should know?",
        "Would you to like the send it the back?",
    ],
)
def test_what_nobody_writes_is_not_understood(message: str) -> None:
    understood = Listener(FACTS).understand(message)
    assert understood.kind == "unclear" and not understood.asked


def test_babble_of_models_is_not_heard() -> None:
    """Three in five of the sentences that models said with a seed whose babble was not read for the limits."""
    said = babble(2)
    assert sum(bool(garbled_in(text)) for text in said) >= 0.6 * len(said)


def test_why_a_sentence_was_not_heard() -> None:
    (clause,) = Listener(FACTS).explain("What there anything else I should know?").clauses
    assert clause.kind == "unclear" and clause.why.startswith("nobody puts words in this order: What there")


def test_a_sentence_in_order_is_heard_beside_a_garbled_one() -> None:
    understood = Listener(FACTS).understand(
        "What is the reason for the return? What there anything else I should know?"
    )
    assert [FACTS[place].fact for place in understood.asked] == ["reason"]
    assert not understood.general and understood.missed == "other"


def test_a_garbled_remark_is_not_missed_beside_a_question() -> None:
    understood = Listener(FACTS).understand(
        "Sure there to help purchase the the with. What is the reason for the return?"
    )
    assert [FACTS[place].fact for place in understood.asked] == ["reason"] and understood.missed is None


def test_small_talk_beside_a_garbled_question_is_not_understood() -> None:
    assert Listener(FACTS).understand("Thank you! What there anything else I should know?").kind == "unclear"


def test_a_question_of_the_file_is_heard_in_any_order_of_words() -> None:
    odd = [*FACTS, slot("odd", "{Yes}.", "Know should I else anything there is?")]
    assert Listener(odd).understand("Know should I else anything there is?").asked == (3,)
    assert Listener(FACTS).understand("Know should I else anything there is?").kind == "unclear"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "   ",
        "?",
        "...",
        "|---|---|",
        "¿Podría confirmar el asunto?",
        "x" * 9000,
        "the " * 3,
        "P01114 R1001-2",
        "- \n- \n",
    ],
)
def test_what_has_few_known_words_is_not_judged_by_their_order(message: str) -> None:
    assert isinstance(garbled_in(message), tuple)
    if message not in ("the " * 3,):
        assert not garbled_in(message)


def test_where_sentences_are() -> None:
    message = "Two things:\n1. the size? And\n- how many"
    assert [message[start:end] for start, end in sentences_in(message)] == [
        "Two things:\n",
        "the size? ",
        "And\n",
        "how many",
    ]


def test_another_process_judges_the_same() -> None:
    texts = [*FLUENT[:20], *list(babble(2))[:20]]
    code = (
        "import json, sys; from rlve_dsl.user.understanding.word_order import garbled_in;"
        "print(json.dumps([[g.worst for g in garbled_in(t)] for t in json.load(sys.stdin)]))"
    )
    other = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    assert json.loads(other.stdout) == [[one.worst for one in garbled_in(text)] for text in texts]


def test_a_garbled_proposal_is_no_proposal() -> None:
    wordings = (Wording("return", ("return", "start the return")),)

    def kind_of(message: str) -> tuple[str, str]:
        heard = Heard(1, message, proposal=lambda: read_proposal(message, "", wordings, ()))
        understood, proposal = understood_with_proposal(heard, wordings, Listener(FACTS).understand)
        return understood.kind, proposal.kind

    assert kind_of("Shall I start the return?") == ("go_ahead", "change")
    assert kind_of("Shall I the start the of you return with?") == ("unclear", "nothing")
    assert kind_of("What is the reason for the return? Shall I the start the of you return with?") == (
        "question",
        "nothing",
    )
