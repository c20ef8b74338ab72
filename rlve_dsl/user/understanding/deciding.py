"""What a message asks for, by how likely the reader finds each fact and each kind, and the limits from which that counts.

Belongs here: the decision on one reading. Does not belong here: clauses that are read by themselves, what the networks compute.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.network import KINDS
from rlve_dsl.user.understanding.reader import Read
from rlve_dsl.user.understanding.reading import Reading
from rlve_dsl.user.understanding.understood import Near, Understood

ASKED = 0.85
"""From here on a fact is asked for."""
ALONE = 0.55
"""From here on the likeliest fact is asked for where no other one is, and a fact of one item where that of another item is."""
OF_AN_ITEM, MANY = 0.45, 20
"""From the first of these on, instead, where the likeliest fact is one of an item and there are so many facts: a question for all items says less of each."""
NEAR = 0.005
"""From here on a fact may be asked for: nothing is denied then."""
LINKED = 0.6
"""From here on a word of the message may mean what a fact is about: nothing is denied then either."""
ALSO = 0.5
"""From here on a message is of another kind, a question for whatever is open or a request for a go-ahead."""
ELSE = 0.25
"""From here on a message that asks for nothing else may ask for whatever is open, where it is less likely any other kind."""
NO_VIEW = 0.9995
"""From here on a message is about something that the shopper has no view on."""
LIKELIER, ASSURED = 0.3, 0.85
"""A message may ask for a fact that does not hold from the first of these on (any of them), if it is surely of no view: from the second on."""
SURELY_OTHER = (0.00003, 0.8, 0.99)
"""Below the first of these no fact that holds is meant, whatever single words may mean, where from the second on a fact without a view is, and
the kind of the message says so from the third on."""

PLAINLY_OTHER = (0.02, 0.95)
"""Below the first of these no fact that holds is meant by a plain question, "Which colour would you like?", where its kind is surer than the second."""

FOR_AN_ABSENT_ONE = (0.005, 0.85)
"""A message is about something that the shopper has no view on where no fact that holds is likelier than the first of these, also when it is
read as if all facts held, and then another one is likelier than the second."""

READS_AS_QUESTION = 0.5
"""From here on a message that is not understood reads as a question about something that the shopper may have no view on. It denies nothing."""
OF_NO_FACT = (0.002, 0.98)
"""Such a question is hardly about any fact that holds where all are less likely than the first of these, and it reads so from the second on: 99 messages of
the corpus that ask what the shopper has done, or for a number, and none that asks for a fact."""


def decide(reading: Reading, held: Sequence[Slot]) -> Understood:
    """What a message that has been read asks for.

    Args:
        reading: The message, read.
        held: The facts that hold. Those that could be asked for and do not hold come after them in the reading.
    """
    likely, foreign = reading.read.asked[: len(held)], reading.read.asked[len(held) :]
    kinds = dict(zip(KINDS, reading.read.kinds.tolist(), strict=True))
    most = float(likely.max(initial=0.0))
    general, go_ahead = kinds["general"] >= ALSO, kinds["go_ahead"] >= ALSO
    asked = {*np.flatnonzero(likely >= ASKED).tolist(), *reading.listed}
    if not (asked or general or go_ahead) and len(likely):
        likeliest = int(likely.argmax())
        if most >= max(_limit_alone(held[likeliest], len(held)), kinds["unclear"]):
            asked = {likeliest}
    if not (asked or general or go_ahead):
        general = kinds["general"] >= max(ELSE, *(share for kind, share in kinds.items() if kind != "general"))
    if asked or general or go_ahead:
        facts = {fact_of(held[place]) for place in asked}
        if not reading.listed:  # a question that lists many things asks for no other one
            asked |= {place for place in np.flatnonzero(likely >= ALONE).tolist() if fact_of(held[place]) in facts}
        return Understood(tuple(sorted(asked)), general, go_ahead)
    least, sure = PLAINLY_OTHER
    plainly = reading.is_plain and most < least and kinds["no_view"] >= sure
    no_view = plainly or _is_of_no_view(
        most, float(reading.linked.max(initial=0.0)), foreign.tolist(), kinds["no_view"]
    )
    talk = kinds["talk"] >= max(kinds["unclear"], kinds["no_view"])  # "I've noted your budget" names a fact, too
    unclear = not no_view and not talk
    is_question = kinds["no_view"] >= max(READS_AS_QUESTION, kinds["unclear"])
    highest, of_nothing = OF_NO_FACT
    of_no_fact = is_question and most < highest and kinds["no_view"] >= of_nothing
    return Understood(
        no_view=no_view, unclear=unclear, unclear_question=unclear and is_question, of_no_fact=unclear and of_no_fact
    )


def asks_for_an_absent_one(reading: Reading, as_if_held: Read, held: int) -> bool:
    """Whether a message asks for a fact that does not hold, and for none that does.

    Args:
        reading: The message, read.
        as_if_held: The same message, read as if all facts held: the networks tell facts that hold from one another better than those that do not.
        held: How many facts hold.
    """
    most, least = FOR_AN_ABSENT_ONE
    of_held = max(float(read.asked[:held].max(initial=0.0)) for read in (reading.read, as_if_held))
    return of_held < most and float(as_if_held.asked[held:].max(initial=0.0)) >= least


def _is_of_no_view(held: float, linked: float, foreign: Sequence[float], kind: float) -> bool:
    """Whether a message is surely about something that the shopper has no view on.

    Args:
        held: How likely the likeliest fact that holds is asked for.
        linked: How surely a word means what such a fact is about.
        foreign: How likely each fact is asked for that does not hold.
        kind: How likely a message is of this kind, by the reader.
    """
    absent, any_absent = max(foreign, default=0.0), 1 - float(np.prod([1 - share for share in foreign]))
    most, least, sure = SURELY_OTHER
    if held < most and absent >= least and kind >= sure:
        return True
    if held >= NEAR or linked >= LINKED:
        return False
    return (any_absent >= LIKELIER and kind >= ASSURED) or max(absent, kind) >= NO_VIEW


def how_near(place: int, reading: Reading, decided: Understood, held: Sequence[Slot]) -> Near:
    """How near a fact, which a message does not ask for in the end, is to counting as asked for.

    Args:
        place: The index of the fact.
        reading: The message, read.
        decided: What `decide` makes of the reading.
        held: The facts that hold.
    """
    likely = float(reading.read.asked[place])
    if place in decided.asked:
        return Near(place, likely, None)
    if not (decided.asked or decided.general or decided.go_ahead):
        return Near(
            place, likely, max(_limit_alone(held[place], len(held)), float(reading.read.kinds[KINDS.index("unclear")]))
        )
    of_items = fact_of(held[place]) in {fact_of(held[other]) for other in decided.asked}
    return Near(place, likely, ALONE if of_items and not reading.listed else ASKED)


def _limit_alone(slot: Slot, facts: int) -> float:
    """From where on a fact, one of so many, is asked for where it is the likeliest one and no other is asked for."""
    return OF_AN_ITEM if slot.key is not None and facts >= MANY else ALONE


def fact_of(slot: Slot) -> tuple[int, str]:
    """The fact of a slot; several items may have the same one."""
    return slot.part, slot.fact
