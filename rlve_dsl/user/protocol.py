"""What a user is: it gets a role, hears one turn at a time, and answers with an utterance.

Any object with the two methods of `User` can speak in an episode:

    scenario.reset("cart", level=4, seed=7, user=lambda role: MyUser(role))
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import field
from typing import Protocol

from rlve_dsl.expressions import Segment
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.user.consent import NOTHING_STATED, Proposal, Wording
from rlve_dsl.user.facts import FactId, Slot
from rlve_dsl.user.noise import Applied
from rlve_dsl.user.understanding import Understood, Words
from rlve_dsl.values import JsonObject, Names

CONFIRM = "confirm"
REFUSE = "refuse"
MORE = "more"
NOTHING_MORE = "nothing_more"
NO_PREFERENCE = "no_preference"
UNSURE = "unsure"
YOUR_CHOICE = "your_choice"
UNCLEAR = "unclear"
MISSED = "missed"
NOTED = "noted"
RIGHT = "right"
WRONG = "wrong"


@frozen
class Reaction:
    """Something that the scripted user says without being asked, at most once for each `id`."""

    id: Hashable
    act: str
    says: tuple[Segment, ...]
    discloses: FactId | None = None


@frozen
class Objection:
    """Why the scripted user refuses a call that the agent is about to make: its words, and the fact that they disclose."""

    says: tuple[Segment, ...]
    discloses: FactId | None = None


def no_objection(proposal: Proposal, state: Names) -> Objection | None:
    """What a user who agrees with everything objects: nothing."""
    return None


@frozen
class Request:
    """One thing that the user wants.

    Attributes:
        number: Its place in the order in which requests are raised, from 1.
        opening: The words that raise it, before the facts.
        slots: Everything that the user can say about it.
        reactions: What the scripted user would say by itself, given the state of the store; the first goes first.
        absent: What could be asked about it but does not hold in this episode, as slots without a value: the user has no
            view on it.
        objection: `objection(proposal, state)` says why the scripted user refuses what the agent proposes; None when it agrees.
    """

    number: int
    opening: tuple[Segment, ...]
    slots: tuple[Slot, ...]
    reactions: Callable[[Names], Sequence[Reaction]]
    absent: Callable[[], tuple[Slot, ...]] = tuple
    objection: Callable[[Proposal, Names], Objection | None] = no_objection


@frozen
class Role:
    """What was drawn for the user of an episode. It never changes, so all users and forks of an episode share it.

    Attributes:
        requests: The requests in the order in which they are raised.
        persona: What was drawn about the person.
        acts: The phrases for each dialogue act.
        noises: What changes the words around the values that it says, in order.
        patience: After how many turns that lead nowhere the user leaves.
        recall: How many open facts a general question brings out at a time.
        actions: The tools that change something, and what a person calls them: what the user can be asked to agree to.
        stream: The user's own random stream.
        tone: How the user speaks; the phrases are those of this tone.
        words: More words by which it understands a question: under a name, words and phrases that mean the same.
    """

    requests: tuple[Request, ...]
    persona: Names
    acts: Mapping[str, tuple[str, ...]]
    noises: tuple[Applied, ...]
    patience: int
    recall: int
    actions: tuple[Wording, ...]
    stream: Stream
    tone: str = "plain"
    words: Words = ()

    def request(self, number: int) -> Request:
        """The request with this number."""
        return self.requests[number - 1]


def nothing_proposed() -> Proposal:
    """The proposal of a turn without a message."""
    return NOTHING_STATED


@frozen
class Heard:
    """What reaches the user in one turn.

    Attributes:
        turn: The number of the turn; 0 before the first, when the user opens the conversation.
        message: The agent's words; empty when it said nothing.
        raises: The number of the request that the user must raise now, or None.
        open_requests: The numbers of the requests that were raised before and have no answer yet.
        disclosed: The slots that have been disclosed before.
        progress: Whether the agent's turn did something: it answered, found something or changed something.
        effects: What the turn changed in the store.
        state: The names of the store's state that reactions read.
        proposal: `proposal()` reads which calls the message says that the agent is about to make; a confirmation holds for
            these, and a refusal takes back what was confirmed for the same tools.
        done: `done()` gives those of the open requests that are as the user wants them: nobody wants more help with these.
    """

    turn: int
    message: str = ""
    raises: int | None = None
    open_requests: tuple[int, ...] = ()
    disclosed: Collection[FactId] = ()
    progress: bool = False
    effects: tuple[JsonObject, ...] = ()
    state: Names = field(default_factory=dict)
    proposal: Callable[[], Proposal] = nothing_proposed
    done: Callable[[], Collection[int]] = tuple


@frozen
class Utterance:
    """What the user says in one turn.

    Attributes:
        text: The words.
        acts: The names of the dialogue acts; `confirm` among them agrees to what the agent's message proposes, and `refuse`
            does not.
        answered: The slots that are disclosed for the first time because the agent asked for them.
        volunteered: The other slots that are disclosed for the first time.
        gave_up: Whether the user leaves, which ends the episode.
        source: Who worded it.
        parts: The sentences of the scripted user before its noises; empty for other users.
    """

    text: str
    acts: tuple[str, ...] = ()
    answered: tuple[Slot, ...] = ()
    volunteered: tuple[Slot, ...] = ()
    gave_up: bool = False
    source: str = "custom"
    parts: tuple[tuple[Segment, ...], ...] = field(default=(), compare=False, repr=False)

    @property
    def disclosed(self) -> tuple[Slot, ...]:
        """The slots that are disclosed for the first time."""
        return (*self.answered, *self.volunteered)

    @property
    def confirms(self) -> bool:
        """Whether the user tells the agent to go ahead with what it proposes."""
        return CONFIRM in self.acts and not self.refuses

    @property
    def refuses(self) -> bool:
        """Whether the user tells the agent not to do what it proposes."""
        return REFUSE in self.acts


class User(Protocol):
    """The user's half of an episode. It may keep state between turns."""

    def respond(self, heard: Heard) -> Utterance:
        """What the user says.

        It is called for a turn in which the agent said something or a request is due. It may take long: the episode waits. A
        wait goes into a block `with waiting():`, so that others go on meanwhile. An exception that it raises leaves
        `Episode.step`, and the episode cannot go on; a user that may fail retries itself.
        """
        ...

    def fork(self) -> User:
        """A user in the same state, for a fork of the episode: later turns of one must not change the other."""
        ...


class Ear(Protocol):
    """Understands messages. Forks share it, so it keeps nothing of an episode."""

    def understand(self, message: str) -> Understood:
        """What a message asks for."""
        ...


MakeEar = Callable[[Sequence[Slot], Sequence[Slot], Words], Ear]
"""Makes the ear for the facts that a user can state, for those that do not hold, and with more words that mean the same.

The class `Listener` is one.
"""

MakeUser = Callable[[Role], User]
"""Makes the user of an episode from what was drawn for it, such as the class `ScriptedUser`."""
