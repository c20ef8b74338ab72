"""The slots of an episode: what the user can say in it, and what they have no view on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TypeVar

from rlve_dsl.compiler.conversation import FactPlan
from rlve_dsl.expressions import EvaluationError, Segment
from rlve_dsl.files import Tone
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.user import Question, Slot
from rlve_dsl.values import Names

Words = TypeVar("Words", tuple[Segment, ...], tuple[Question, ...], tuple[str, ...])

MOST_SLOTS = 200
"""Facts that a user knows in one request of an episode: those about the items of a list count for each item."""

_ITEMS = 1 << 16  # places for the phrasings of a fact's items


@frozen
class Voice:
    """How the user says what they know of a part: the part's number, the tone, and what facts and phrasings are drawn from."""

    part: int
    tone: Tone
    stream: Stream


def slots_of(facts: Sequence[FactPlan], names: Names, voice: Voice) -> tuple[Slot, ...]:
    """The facts that hold in an episode with these names, with the words in which the user says them."""
    found: list[Slot] = []
    for place, plan in enumerate(facts, start=1):
        for slot in _slots(plan, place * _ITEMS, names, voice):
            found.append(slot)
            _check_number(found, plan)
    return tuple(found)


def _check_number(slots: Sequence[Slot], plan: FactPlan) -> None:
    """Raise an EvaluationError where a fact about the items of a list is one about too many: a message is compared with each."""
    if len(slots) > MOST_SLOTS:
        over = plan.loop.over if plan.loop is not None else plan.value
        raise EvaluationError(f"with it, the user can be asked for more than {MOST_SLOTS} things", over.span, over.text)


def absent_slots_of(facts: Sequence[FactPlan], names: Names, number: int) -> tuple[Slot, ...]:
    """The facts that do not hold in an episode, as slots without a value: the user has no view on what they are about.

    A question that needs what was not drawn is left out.
    """
    found: list[Slot] = []
    for plan in facts:
        items = list(plan.loop.over(names)) if plan.loop is not None else [None]
        for index, item in enumerate(items):
            if plan.loop is not None:
                names[plan.loop.name] = item
            if plan.condition is not None and not plan.condition(names):
                found.append(_absent(plan, index if plan.loop is not None else None, names, number))
                _check_number(found, plan)
        if plan.loop is not None:
            names.pop(plan.loop.name, None)
            if not items:
                found.append(_absent(plan, None, names, number))
    return tuple(slot for slot in found if slot.asks or slot.about)


def _slots(plan: FactPlan, place: int, names: Names, voice: Voice) -> Iterator[Slot]:
    if plan.loop is None:
        if plan.condition is None or plan.condition(names):
            yield _slot(plan, None, place, names, voice)
        return
    items = plan.loop.over(names)
    for index, item in enumerate(items):
        names[plan.loop.name] = item
        if plan.condition is None or plan.condition(names):
            yield _slot(plan, index, place + index, names, voice, several=len(items) > 1)
    names.pop(plan.loop.name, None)


def _slot(
    plan: FactPlan, key: int | None, place: int, names: Names, voice: Voice, *, several: bool = False
) -> Slot:  # fmt: skip
    omit = plan.omit(names) if plan.omit is not None else 0.0
    names["value"] = value = plan.value(names)
    slot = Slot(
        fact=plan.name,
        key=key,
        value=value,
        says=_shared(plan.says.pick(voice.tone, voice.stream, place).segments(names)),
        asks=_shared(tuple([ask.segments(names) for ask in plan.asks])),
        omitted=omit > 0 and voice.stream.child("omit", plan.name, key).chance(omit),
        discountable=omit < 1,
        part=voice.part,
        about=_shared(tuple([words for text in plan.about for words in text.texts(names)])),
        options=plan.options,
        each=plan.each.segments(names) if plan.each and several else (),
        together=plan.together[voice.tone] if plan.together and several else (),
    )
    del names["value"]
    return slot


def _absent(plan: FactPlan, key: int | None, names: Names, number: int) -> Slot:
    asks = []
    for ask in plan.asks:
        with suppress(EvaluationError, KeyError):
            asks.append(ask.segments(names))
    about: list[str] = []
    for text in plan.about:
        with suppress(EvaluationError, KeyError):
            about += text.texts(names)
    return Slot(plan.name, key, None, (), tuple(asks), False, False, number, tuple(about), plan.options)


@lru_cache(maxsize=1 << 14)
def _shared(words: Words) -> Words:
    """The same words; equal ones are one object for all episodes, as most episodes say what others say."""
    return words
