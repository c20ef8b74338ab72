"""What an agent says that it is about to do: the calls that a message states, and how it puts them.

Belongs here: the records. Does not belong here: how they are read from a message, what the listener says to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, replace

from rlve_dsl.frozen import frozen
from rlve_dsl.user.consent.checking import Check
from rlve_dsl.user.consent.read_sentences import Kind
from rlve_dsl.user.consent.things import Mention


@frozen
class Stated:
    """A call that a message states.

    Attributes:
        tool: The name of the tool.
        about: The things that it is said to be about; none means any.
        called: The words of the tool by which it is called, as its file has them.
        whole: Whether it is said to be about all things there are, such as a whole order.
    """

    tool: str
    about: tuple[Mention, ...] = ()
    called: tuple[str, ...] = field(default=(), compare=False)
    whole: bool = field(default=False, compare=False)


def merged(actions: Iterable[Stated]) -> tuple[Stated, ...]:
    """Calls without repeats: one that is stated twice, in two ways, is one call."""
    found: dict[Stated, Stated] = {}
    for action in actions:
        same = found.get(action, action)
        called = tuple(dict.fromkeys((*same.called, *action.called)))
        found[action] = replace(same, called=called, whole=same.whole or action.whole)
    return tuple(found.values())


@frozen
class Proposal:
    """What a message says that the agent is about to do.

    Attributes:
        kind: What it proposes.
        actions: The calls that it states, where its kind is `change`.
        is_asked: Whether it plainly asks whether the agent should go ahead. Without it, that may depend on how else the
            message is understood.
        rest: The message without the sentences that propose and ask.
        said: These sentences; the one that names the action may be of the message before. Of a question with two ways ("by mail, or
            by courier?") it has the first one.
        check: Where it only checks what the listener wants ("You want to return it, right?"): whether it says that this is
            wanted, or that it is not. Nothing is agreed to then.
        misnamed: The things that it names with a value that they do not have: "the red tent" where there is a blue one.
        named: The things that the message names, each by words that fit no other one.
        more: The sentences that ask if there is more that the listener wants: "would you like me to add anything else?".
    """

    kind: Kind = "nothing"
    actions: tuple[Stated, ...] = ()
    is_asked: bool = field(default=False, compare=False)
    rest: str = field(default="", compare=False)
    said: tuple[str, ...] = field(default=(), compare=False)
    check: Check = ""
    misnamed: Mention = field(default=(), compare=False)
    named: Mention = field(default=(), compare=False)
    more: tuple[str, ...] = field(default=(), compare=False)


NOTHING_STATED = Proposal()
