"""What is sent in place of what goes back: the calls that state it, and whether a part of a message about it was not understood.

Belongs here: a product beside a thing that goes back. Does not belong here: which words say that something is sent, any tool by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rlve_dsl.user.consent.actions import Actions
from rlve_dsl.user.consent.conditions import on_an_obstacle
from rlve_dsl.user.consent.read_sentences import ReadSentence
from rlve_dsl.user.consent.sending import Sent, is_another, speaks_of_sending
from rlve_dsl.user.consent.stated import Stated
from rlve_dsl.user.consent.things import Mention, Thing


def with_exchanges(actions: Actions, stated: Sequence[Stated], reads: Iterable[ReadSentence]) -> list[Stated]:
    """Calls, with those by which sentences say what is sent in place of what goes back: "and send you the kettle".

    A call of the same tool that names no product is about the product that is sent: "I'd exchange it. Replacement: the kettle".

    Args:
        actions: What finds the actions of the tools.
        stated: The calls that the sentences state.
        reads: The sentences.
    """
    found, back = list(stated), _things(stated)
    sent = [(send, _product(read, send, back)) for read in reads for send in read.sent]
    for send, mention in sorted(
        sent, key=lambda pair: not pair[1]
    ):  # "mail you the replacement" says less than what names it
        for tool in send.tools:
            if (
                mention is not None
                and (mention or not _is_there(tool, found))
                and _may_take_the_place(actions, tool, found)
            ):
                _put(Stated(tool, (mention,) if mention else (), (send.called,)), found)
    return found


def leaves_out(actions: Actions, stated: Sequence[Stated], reads: Iterable[ReadSentence]) -> bool:
    """Whether sentences speak of a product beside what goes back, and no call says what is done with it.

    Whoever said yes to the rest would seem to agree to all of it.
    """
    takers = [tool for tool in actions.takes if _takes_the_place(actions, tool, stated)]
    if not takers:
        return False
    lines = [action for action in stated if action.tool not in takers]
    if any(_is_swallowed(mention, action.about) for action in lines for mention in action.about):
        return True
    known = {thing.product_id for thing in _things(stated)}
    return any(
        known.isdisjoint(thing.product_id for thing in mention)
        and all(thing.product_id is not None for thing in mention)
        and speaks_of_sending(read.words, at)
        and not on_an_obstacle(read.words, (at,))
        for read in reads
        for at, mention in read.mentions
    )


def _product(read: ReadSentence, send: Sent, back: frozenset[Thing]) -> Mention | None:
    """The products that may be meant by what is sent: none where it is only called the replacement; None where it is what goes back."""
    mention = dict(read.mentions).get(send.thing)
    if mention is None:
        return ()
    others = tuple(thing for thing in mention if thing not in back)
    if not back:  # what the listener has ordered goes back
        others = tuple(thing for thing in others if thing.line_id is None) or others
    if not others and is_another(read.words, send.thing):
        others = mention
    return tuple(dict.fromkeys(replace(t, order_id=None, line_id=None) for t in others if t.product_id)) or None


def _put(call: Stated, among: list[Stated]) -> None:
    """Put a call among others: what it names is what the others of its tool are about, where these name no product."""
    own = {thing.product_id for mention in call.about for thing in mention}
    for place, other in enumerate(among):
        if other.tool != call.tool:
            continue
        if any(own.intersection(thing.product_id for thing in mention) for mention in other.about):
            return
        if all(thing.line_id is not None or thing.is_order for mention in other.about for thing in mention):
            among[place] = replace(other, about=(*other.about, *call.about))
            return
    among.append(call)


def _is_swallowed(mention: Mention, about: Sequence[Mention]) -> bool:
    """Whether of the things that are said to go back one is a product alone, beside one that the listener has."""
    has_line = [any(thing.line_id is not None for thing in other) for other in about]
    return any(has_line) and all(thing.line_id is None and thing.product_id is not None for thing in mention)


def _is_there(tool: str, stated: Iterable[Stated]) -> bool:
    return any(action.tool == tool for action in stated)


def _may_take_the_place(actions: Actions, tool: str, stated: Sequence[Stated]) -> bool:
    return _is_there(tool, stated) or _takes_the_place(actions, tool, stated)


def _takes_the_place(actions: Actions, tool: str, stated: Iterable[Stated]) -> bool:
    return any(actions.takes_the_place(tool, action.tool) for action in stated if action.tool != tool)


def _things(stated: Iterable[Stated]) -> frozenset[Thing]:
    return frozenset(thing for action in stated for mention in action.about for thing in mention)
