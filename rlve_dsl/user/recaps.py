"""A recap that an agent wants to have confirmed: "So at least 4 stars, and in red. Is that right?".

Belongs here: which facts a recap names, and whether it names them rightly. Does not belong here: one fact that is asked for by
the message as a whole, requests for a go-ahead, what one piece names, what the shopper answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from rlve_dsl.frozen import frozen
from rlve_dsl.user.consent import Proposal, boundaries
from rlve_dsl.user.facts import FactId, Slot
from rlve_dsl.user.pieces import Judged, judged, together
from rlve_dsl.user.tags import Confirmed, confirmed_in
from rlve_dsl.user.understanding import Understood
from rlve_dsl.user.understanding.lexicon import STOP
from rlve_dsl.user.understanding.texts import words_of

_MOST_PIECES = 12
_LONGEST_PIECE = 300  # characters of a piece that is read
_DIVIDES = re.compile(
    # not the comma of "1,600" or of "first the rug, then the vase", not "with 4.5 stars"; "the toolbox in red", and not "in its place"
    r"(?<!\d),(?!\s*(?:and )?then\b)|,(?!\d|\s*(?:and )?then\b)|;|:(?!\d)|[\n•]|\s[-–—]+\s|\.(?=\s|$)|!|\band\b(?! then\b)|\bplus\b"
    r"|\bwith\b(?! (?:at least |a )?\d)|\b(?=in (?!(?:its|their|that|this) |(?:place|exchange|return|full|mind|total|time|stock|case)\b))",
    re.IGNORECASE,
)
# what opens a recap or goes before it, and tells nothing of what the shopper wants
_ASIDE = re.compile(
    r"^(?:(?:oh|ah|hm+|well|so|ok|okay|alright|all right|great|perfect|lovely|wonderful|excellent|sure|of course|certainly|right|thanks|thank you|hi"
    r"|hello|hey|there|again|good (?:morning|afternoon|evening|day)|understood|noted|got it|i see|hold on|no|to sum (?:it |this |that )?up|in sum\w*"
    r"|(?:a )?(?:quick )?(?:recap|summary)|to (?:re)?(?:confirm|cap|check|double-? ?check|be sure)|double-? ?checking|what i have(?: so far)?"
    r"|here(?:'s| is) what i (?:have|noted|understood)(?: so far)?|i (?:have|noted|understand|understood)|just|so far)\b\W*)+$"
    r"|^(?:i'm|i am|we're|we are) (?:so |very |really |truly )*(?:sorry|glad|happy|afraid)\b"
    r"|^(?:just )?(?:let me|to make sure|i(?:'d| would)(?: just)? like to (?:make|be) sure|i just want to (?:make|be) sure)\b",
    re.IGNORECASE,
)


@frozen
class Recap:
    """A recap of what the shopper has said.

    Attributes:
        right: The facts that it names as they are.
        wrong: Those that it names with another value.
        open: Those of which nobody can tell.
        has_more: Whether it says something more.
        pieces: How many pieces it has.
        rest: What the message asks besides; empty where it asks nothing.
    """

    right: tuple[Slot, ...] = ()
    wrong: tuple[Slot, ...] = ()
    open: tuple[Slot, ...] = ()
    has_more: bool = False
    pieces: int = 0
    rest: str = ""

    @property
    def is_right(self) -> bool:
        """Whether all of it is so."""
        return bool(self.right) and not (self.wrong or self.open or self.has_more)

    @property
    def is_so(self) -> bool | None:
        """Whether it is so; None where nobody can tell."""
        return False if self.wrong else self.is_right or None

    def told(self, disclosed: Collection[FactId]) -> tuple[Slot, ...]:
        """The facts that the shopper says then: those that are wrong; of a right one those that are new; else those that have been said."""
        if self.wrong:
            return self.wrong
        if self.is_right:
            return tuple(slot for slot in self.right if slot.id not in disclosed)
        return tuple(slot for slot in (*self.right, *self.open) if slot.id in disclosed)

    def without(self, understood: Understood, understand: Callable[[str], Understood]) -> Understood:
        """What a message asks for beside what it recaps.

        Args:
            understood: What the message is understood as.
            understand: What a text asks for.
        """
        if self.rest:
            return understand(self.rest)
        return replace(understood, asked=(), missed=None if self.is_so is not None else understood.missed)


def recap_of(
    message: str, slots: Sequence[Slot], understand: Callable[[str], Understood], disclosed: Collection[FactId]
) -> Recap | None:
    """What a message recaps; None where it wants nothing to be confirmed.

    Each piece between commas and the like is read as a question by itself.

    Args:
        message: What the agent says.
        slots: The facts that the shopper can state.
        understand: Which of them a text asks for, by their places.
        disclosed: What the shopper has said.
    """
    confirmed = confirmed_in(message)
    recap = None if confirmed is None else _told_back(confirmed.text, slots, understand, disclosed, _rest(confirmed))
    if recap is None or confirmed is None or confirmed.tag == "check":
        return recap
    # "isn't it?" may be small talk, and "is that all right?" may ask for an opinion
    return recap if recap.is_so is not None and (recap.pieces > 1 or confirmed.tag == "turn") else None


def recap_to_answer(
    message: str,
    slots: Sequence[Slot],
    understand: Callable[[str], Understood],
    disclosed: Collection[FactId],
    understood: Understood,
    proposal: Proposal,
) -> Recap | None:
    """The recap of a message that the shopper answers as one, and not by what the message asks for as a whole.

    What proposes something, or checks what the shopper wants to be done, is answered as that. What asks for facts as a whole is a recap only if its pieces tell more; what asks for whatever is open, or something besides, only if
    somebody can tell whether the recap is so.

    Args:
        message: What the agent says.
        slots: The facts that the shopper can state.
        understand: Which of them a text asks for, by their places.
        disclosed: What the shopper has said.
        understood: What the message is understood as.
        proposal: What the agent says that it will do.
    """
    if proposal.kind == "change" or proposal.check:
        return None
    recap = recap_of(message, slots, understand, disclosed)
    if recap is None:
        return None
    if recap.rest or understood.general:
        return recap if recap.wrong or (recap.is_right and recap.rest) else None
    tells_more = recap.pieces > 1 and (recap.right or recap.wrong)
    return recap if tells_more or not understood.asked else None


def question_after_a_recap(
    message: str, slots: Sequence[Slot], understand: Callable[[str], Understood], disclosed: Collection[FactId]
) -> str:
    """The questions of a message whose other sentences only tell back what the shopper wants; empty where they do not.

    Such sentences hide what a short question asks for: "So a rug and a vase. Does any of them need a good rating?".

    Args:
        message: What the agent says.
        slots: The facts that the shopper can state.
        understand: Which of them a text asks for, by their places.
        disclosed: What the shopper has said.
    """
    if "?" not in message:
        return ""
    sentences = list(boundaries(message))
    told = "".join(message[start:end] for start, end, mark in sentences if mark != "?")
    if not words_of(told):
        return ""
    recap = _told_back(told, slots, understand, disclosed)
    is_one = recap.pieces > 1 and recap.is_so is not None
    return "".join(message[start:end] for start, end, mark in sentences if mark == "?") if is_one else ""


def with_first(first: Sequence[Slot], then: Sequence[Slot]) -> list[Slot]:
    """Some facts, and then those of others that are not among them."""
    ids = {slot.id for slot in first}
    return [*first, *(slot for slot in then if slot.id not in ids)]


def _rest(confirmed: Confirmed) -> str:
    return confirmed.rest.strip() if confirmed.asks_more else ""


def _told_back(
    text: str,
    slots: Sequence[Slot],
    understand: Callable[[str], Understood],
    disclosed: Collection[FactId],
    rest: str = "",
) -> Recap:
    """What a text tells back of what the shopper wants."""
    told: list[Judged] = []
    pieces = _pieces(text)
    has_more = len(pieces) > _MOST_PIECES or any(len(piece) > _LONGEST_PIECE for piece in pieces)
    for piece in (piece for piece in pieces[:_MOST_PIECES] if len(piece) <= _LONGEST_PIECE):
        is_aside = _ASIDE.search(piece) is not None
        one = judged(piece, slots, understand, disclosed)
        if is_aside and not any(one.so.values()):
            continue  # "I'm sorry that it arrived damaged" tells a fact, "I see" none
        told.append(one)
        has_more |= not (one.so and one.is_whole) and not is_aside
    found = together(told)
    right, wrong, open_ = (
        tuple(slots[place] for place, so in found.items() if so is kind) for kind in (True, False, None)
    )
    return Recap(right, wrong, open_, has_more, len(told), rest)


def _pieces(text: str) -> list[str]:
    """The pieces of a recap that name something."""
    pieces = (piece.strip() for piece in _DIVIDES.split(text))
    return [piece for piece in pieces if not STOP.issuperset(words_of(piece))]
