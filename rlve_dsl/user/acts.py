"""The dialogue acts of a shopper."""

from __future__ import annotations

from rlve_dsl.frozen import frozen


@frozen
class Act:
    """Something that a shopper does by speaking. A user file gives the phrases for it under `acts:`.

    Attributes:
        name: Its key under `acts:`.
        doc: When the shopper does it.
        standalone: Whether the phrase is all that is said; the phrases of other acts introduce something else.
    """

    name: str
    doc: str
    standalone: bool = False


ACTS = (
    Act("greet", "The shopper begins the conversation."),
    Act("confirm", "A reaction says that something is right, or the shopper agrees to what the agent is about to do."),
    Act("refuse", "The shopper does not want what the agent is about to do; why follows."),
    Act("clarify", "The shopper answers a question about a fact."),
    Act("again", "In place of `clarify`: all that is asked for has been said before."),
    Act("besides", "In place of `clarify`: the answer adds items to those of a list that have been said before."),
    Act("right", "In place of `clarify`: the shopper is asked whether something is so, and it is; the fact follows."),
    Act(
        "wrong",
        "In place of `clarify`: the shopper is asked whether something is so, and it is not; what is so follows.",
    ),
    Act("correct", "A reaction points out a mistake."),
    Act("elaborate", "A reaction adds a requirement that was omitted and has not been disclosed since."),
    Act("continue", "The shopper was told something, asked nothing, and has nothing to add.", standalone=True),
    Act(
        "noted",
        "In place of `continue`: the agent said what it will do, and did not ask. The words are neither a yes nor a no.",
        standalone=True,
    ),
    Act("no_preference", "The shopper was asked about something that they have no view on.", standalone=True),
    Act(
        "unsure",
        "In place of `no_preference`: the shopper was asked what they have done, or for a number or an address, which is no matter of taste.",
        standalone=True,
    ),
    Act(
        "more", "A general question brought out some facts, and there are more; the facts come before.", standalone=True
    ),
    Act(
        "nothing_more",
        "The shopper was asked for anything else, and has now said it all; an answer may come before.",
        standalone=True,
    ),
    Act(
        "your_choice",
        "In place of `which_action` or `unclear`: the shopper is asked what they think of something that the agent suggests, and it is "
        "nothing that needs a yes. The words neither agree nor refuse.",
        standalone=True,
    ),
    Act("which_action", "The shopper was asked to go ahead, and nothing says with what.", standalone=True),
    Act("unclear", "The shopper does not understand the message.", standalone=True),
    Act(
        "unclear_question",
        "In place of `unclear`: the message reads as a question, perhaps about something that the shopper has no view on. "
        "The words neither answer it nor say that they have none.",
        standalone=True,
    ),
    Act(
        "missed",
        "The shopper understood some questions of a message, which are answered first, and missed another one.",
        standalone=True,
    ),
    Act("missed_first", "In place of `missed`: it is the first question of the message.", standalone=True),
    Act("missed_last", "In place of `missed`: it is the last question of the message.", standalone=True),
    Act("ragequit", "The shopper has lost patience and leaves.", standalone=True),
)
