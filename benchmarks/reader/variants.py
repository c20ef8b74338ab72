"""Variants of the corpus's messages and situations, so that the reader learns English and no environment by heart.

Belongs here: what is changed, and what is asked for then. Does not belong here: numbers, the network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.corpus.examples import Example
from rlve_dsl.expressions import Segment
from rlve_dsl.user import Slot
from rlve_dsl.user.understanding.hints import hints_of
from rlve_dsl.user.understanding.lexicon import STOP
from rlve_dsl.user.understanding.meanings import meanings_of
from rlve_dsl.user.understanding.reading import Prepared
from rlve_dsl.user.understanding.texts import pieces_of, words_of

UNKNOWN = -1.0
"""A label that is not known."""

_SURE_OF_ABSENT = ("one", "values", "again", "tell", "typo", "reference", "talk", "general", "goahead")
_ALONE = ("unclear", "salad")  # kinds of messages that are never joined with others
_AS_WRITTEN = 0.5  # of the variants, the share that is the message as it was written
_LIKE = 0.55  # from here on a message may be about a fact
_PERHAPS = 0.1  # from this probability on the shipped reader takes a message for one that may ask for a fact
_TOLD_OR_NOT = (
    0.2  # of the facts, the share that a variant calls told where the opening left it out, or left out where it told
)
_USUAL_FACTS, _MOST_FACTS = 11, 14  # above these some are taken away, and none are added
_FRAMES = ("What is {}?", "And {}?", "Could you tell me {}?", "I still need {}.", "Please give me {}.", "{}, please?", "What about {}?", "May I ask about {}?", "{}?", "Which {}?")  # fmt: skip
_NOTED = ("Noted: {}. ", "Got it, {}. ", "I've put down {}. ", "So {}, fine. ", "Okay, {} it is. ", "Thanks, {} is noted. ", "With {} in mind: ")  # fmt: skip
_ENDS = ("Thanks!", "Thank you.", "Thanks in advance!", "Many thanks", "Take your time.", "That would help a lot.")
_BETWEEN = (" ", "\n\n", " Also, ", " And ")
_LEADS = ("", "Two things:\n", "A few questions:\n", "I need the following:\n")
_LISTS = ("I need the following:", "Please tell me:", "Before I go on, a few details:", "What I still miss:", "Could you send me:", "To sort this out:", "Just these:")  # fmt: skip
_ROWS = ("Could you tell me {}?", "I still need {}.", "What about {}?", "Please let me know {}.", "{}?", "May I ask for {}?", "And {}, please?")  # fmt: skip
_REPORTS = ("Here is what I have:", "So far:", "What I noted:", "Your request as it stands:", "For your information:", "Got it:")  # fmt: skip
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Variant:
    """A message in a situation, with its labels.

    Attributes:
        text: The message.
        held: The facts that hold.
        absent: Those that could be asked for and do not hold.
        asked: What it asks for: indices of `held`, and after them of `absent`.
        known: Whether it is known which of the absent facts it asks for.
        kinds: For each of the reader's `KINDS` 1, 0 or `UNKNOWN`.
    """

    text: str
    held: tuple[Slot, ...]
    absent: tuple[Slot, ...]
    asked: set[int]
    known: bool
    kinds: list[float]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All facts."""
        return (*self.held, *self.absent)


def as_written(example: Example) -> Variant:
    """A message of the corpus as it is."""
    situation = example.situation
    known = example.kind in _SURE_OF_ABSENT
    return Variant(
        example.text, situation.held, situation.absent, set(example.asked), known, _kinds(example.kind, example)
    )


def _kinds(kind: str, example: Example) -> list[float]:
    if example.asked:
        ahead = UNKNOWN if hints_of(pieces_of(example.text))[0] else 0.0
        return [float(example.general), ahead, 0, 0, 0]
    if example.general:
        return [1, 0, 0, 0, 0]
    alone = {"goahead": [0.0, 1, 0, 0, 0], "noview": [0.0, 0, 1, 0, 0], "talk": [0.0, 0, 0, 1, 0]}
    unclear = {"unclear": [0.0, 0, 0, 0, 1], "salad": [0.0, 0, 0, 0, 1]}
    return {**alone, **unclear}.get(kind, [0, 0, UNKNOWN, UNKNOWN, UNKNOWN])


class Drawer:
    """Draws variants.

    Args:
        corpus: The messages.
        seed: Where randomness starts from.
    """

    def __init__(self, corpus: Sequence[Example], seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._corpus = corpus
        self._talk = [example.text for example in corpus if example.kind == "talk" and len(example.text) < 120]
        self._beside: dict[str, list[Example]] = {}
        for example in corpus:
            self._beside.setdefault(example.situation.id, []).append(example)
        situations = {example.situation.id: example.situation for example in corpus}
        self._facts = [s for one in situations.values() for s in one.held if s.key is None and s.asks]

    def draw(self, example: Example) -> Variant:
        """A variant of a message; some are as they were written."""
        variant = as_written(example)
        if self._chance(_AS_WRITTEN):
            return variant
        variant = self._other_message(variant, example)
        if variant.asked and self._chance(0.18):
            self._drop_asked(variant)
        if self._chance(0.4) or len(variant.slots) > _USUAL_FACTS:
            self._drop_others(variant)
        if variant.kinds[2] <= 0 and self._chance(0.4):
            self._add_facts(variant)
        variant.held = tuple(self._thinned(slot) for slot in variant.held)
        variant.absent = tuple(self._thinned(slot) for slot in variant.absent)
        self._dress(variant)
        return variant

    def _chance(self, share: float) -> bool:
        return bool(self._random.random() < share)

    def _one_of(self, choices: Sequence[str]) -> str:
        return choices[int(self._random.integers(len(choices)))]

    def _other_message(self, variant: Variant, example: Example) -> Variant:
        """The message, or one that is made of it, of others, or of the facts' texts."""
        choice = self._random.random()
        if choice < 0.07:
            return self._of_a_text(variant)
        if choice > 0.94:
            return self._of_texts(variant)
        if choice < 0.22 and example.kind not in _ALONE:
            others = self._beside[example.situation.id]
            other = others[int(self._random.integers(len(others)))]
            if other is not example and other.kind not in _ALONE:
                return self._joined(variant, as_written(other))
        elif choice < 0.28:
            return self._salad(variant)
        elif choice < 0.33:
            return self._foreign(variant, example)
        return variant

    def _of_a_text(self, variant: Variant) -> Variant:
        """A message that is one of a fact's questions or other words, which the fact then lacks."""
        fit = _can_lose_a_text(variant)
        if not fit:
            return variant
        place = fit[int(self._random.integers(len(fit)))]
        text, is_question, changed = self._text_taken(variant.held[place])
        text = text if is_question else self._one_of(_FRAMES).format(text)
        held = (*variant.held[:place], changed, *variant.held[place + 1 :])
        return Variant(text, held, variant.absent, {place}, False, [0, UNKNOWN, 0, 0, 0])

    def _of_texts(self, variant: Variant) -> Variant:
        """A message that lists texts of some facts, which these then lack, and perhaps one of a fact that nobody here has."""
        fit = _can_lose_a_text(variant)
        asked = [fit[place] for place in self._random.permutation(len(fit))[: int(self._random.integers(2, 5))]]
        if len(asked) < 2:
            return variant
        points, held = [], list(variant.held)
        for place in asked:
            text, _, held[place] = self._text_taken(held[place])
            points.append(text)
        if self._chance(0.3):
            foreign = self._text_of(self._facts[int(self._random.integers(len(self._facts)))])
            if not any(_like(words_of(foreign), slot) > 0.5 for slot in variant.slots):
                points.insert(int(self._random.integers(len(points) + 1)), foreign)
        if self._chance(0.6):
            mark = self._one_of(("- ", "* ", "{}. ", "{}) "))
            rows = [mark.format(number + 1) + point for number, point in enumerate(points)]
            text = "\n".join((self._one_of(_LISTS), *rows))
        else:
            plain = [point[:1].lower() + point[1:].rstrip("?. ") for point in points]
            last = self._one_of((" and ", ", and ", " as well as ")) + plain[-1]
            text = self._one_of(_ROWS).format(", ".join(plain[:-1]) + last)
        return Variant(text, tuple(held), variant.absent, set(asked), False, [0, UNKNOWN, 0, 0, 0])

    def _text_of(self, slot: Slot) -> str:
        """One of a fact's questions or other words."""
        texts = [*slot.about, *("".join(segment.text for segment in ask) for ask in slot.asks)]
        return self._one_of(texts)

    def _text_taken(self, slot: Slot) -> tuple[str, bool, Slot]:
        """One of a fact's questions or other words, whether it is a question, and the fact without it."""
        asks = ["".join(segment.text for segment in ask) for ask in slot.asks]
        number = int(self._random.integers(len(asks) + len(slot.about)))
        if number >= len(asks):
            text = slot.about[number - len(asks)]
            return text, False, replace(slot, about=tuple(other for other in slot.about if other != text))
        rest = tuple(ask for at, ask in enumerate(slot.asks) if at != number)
        other = ((Segment(f"What is {slot.about[0]}?", False),),) if slot.about else ()
        return asks[number], True, replace(slot, asks=rest or other)

    def _report(self, variant: Variant) -> str:
        """A list of what is known of some facts, which asks for nothing."""
        rows = []
        for place in self._random.permutation(len(variant.held))[: int(self._random.integers(2, 5))]:
            slot = variant.held[place]
            values = [segment.text for segment in slot.says if segment.is_value]
            if values:
                name = self._one_of((*slot.about, slot.fact.replace("_", " ")))
                rows.append(f"- {name}: {self._one_of(values)}")
        return "\n".join((self._one_of(_REPORTS), *rows)) + "\n" if len(rows) > 1 else ""

    def _joined(self, one: Variant, two: Variant) -> Variant:
        """Two messages in one: as a list, as one question, or one after the other."""
        choice = self._random.random()
        if choice < 0.3 and "\n" not in one.text + two.text:
            marks = ("1. ", "2. ") if self._chance(0.5) else ("- ", "- ")
            text = f"{self._one_of(_LEADS)}{marks[0]}{one.text}\n{marks[1]}{two.text}"
        elif choice < 0.5 and one.text.rstrip().endswith("?") and len(two.text) > 2:
            text = one.text.rstrip()[:-1] + self._one_of((", and ", " and ", ", ")) + two.text[0].lower() + two.text[1:]
        else:
            text = one.text.rstrip() + self._one_of(_BETWEEN) + two.text
        asked = one.asked | two.asked
        general = max(one.kinds[0], two.kinds[0])
        both = one.kinds[1], two.kinds[1]
        ahead = UNKNOWN if UNKNOWN in both else max(both)
        if asked or ahead > 0:
            kinds = [general, ahead, 0, 0, 0]
        elif general > 0:
            kinds = [1, 0, UNKNOWN, 0, 0]
        else:
            no_view, talk = one.kinds[2] > 0 or two.kinds[2] > 0, one.kinds[3] > 0 and two.kinds[3] > 0
            kinds = [0, 0, float(no_view), float(talk), UNKNOWN]
        return replace(one, text=text, asked=asked, known=one.known and two.known, kinds=kinds)

    def _salad(self, variant: Variant) -> Variant:
        """Words of a message in no order, or keywords of the facts without grammar."""
        if self._chance(0.4):
            words = variant.text.split()
            text = " ".join(words[place] for place in self._random.permutation(len(words)))
            few = len(words) < 6
        else:
            keys = []
            for slot in variant.held:
                content = [
                    w for ask in slot.asks for s in ask for w in words_of(s.text) if w not in STOP and len(w) > 2
                ]
                keys += [self._one_of(content)] if content else []
            keys = [keys[place] for place in self._random.permutation(len(keys))[: int(self._random.integers(3, 7))]]
            more = [self._one_of(("", "", " what", " new", " which")) for _ in keys]
            mark = self._one_of(("? ", "? ", " "))
            text = mark.join(key.capitalize() + extra for key, extra in zip(keys, more, strict=True)) + "?"
            few = len(keys) < 3
        return variant if few else replace(variant, text=text, asked=set(), known=True, kinds=[0, 0, 0, 0, 1])

    def _foreign(self, variant: Variant, example: Example) -> Variant:
        """A question of another situation, where no fact here is like it."""
        other = self._corpus[int(self._random.integers(len(self._corpus)))]
        here = other.situation.environment == example.situation.environment
        if here or not other.asked or other.kind in ("reference", "again"):
            return variant
        words = words_of(other.text)
        if len([word for word in words if word not in STOP]) < 2 or any(_like(words, s) > 0.5 for s in variant.slots):
            return variant
        if _perhaps_asked(other.text, variant.slots):
            return variant
        return replace(variant, text=other.text, asked=set(), known=True, kinds=[0, 0, 1, 0, 0])

    def _drop_asked(self, variant: Variant) -> None:
        """Take away facts that are asked for; half of the time they become absent ones."""
        slots = variant.slots
        facts = sorted({_fact(slots[place]) for place in variant.asked})
        count = 1 if self._chance(0.7) else len(facts)
        gone = {facts[place] for place in self._random.permutation(len(facts))[:count]}
        held = [place for place in range(len(variant.held)) if _fact(slots[place]) not in gone]
        if len(held) < 2:
            return
        absent = [place for place in range(len(variant.held), len(slots)) if _fact(slots[place]) not in gone]
        moves = self._chance(0.5) and (variant.known or not variant.absent)
        moved = [p for p in sorted(variant.asked) if _fact(slots[p]) in gone and p < len(variant.held)] if moves else []
        self._keep(variant, held, absent, moved)
        if not any(place < len(held) for place in variant.asked):
            general = variant.kinds[0]
            variant.kinds = [general, variant.kinds[1], 1.0 if general <= 0 else UNKNOWN, 0, 0]

    def _drop_others(self, variant: Variant) -> None:
        """Take away facts that are not asked for."""
        slots = variant.slots
        asked = {_fact(slots[place]) for place in variant.asked}
        share = self._random.random() * 0.6
        facts = sorted({_fact(slot) for slot in slots} - asked)
        gone = {fact for fact in facts if self._chance(share)}
        left = [place for place, slot in enumerate(slots) if _fact(slot) not in gone]
        held = [place for place in left if place < len(variant.held)]
        if held:
            self._keep(variant, held, [place for place in left if place >= len(variant.held)], [])

    def _keep(self, variant: Variant, held: Sequence[int], absent: Sequence[int], moved: Sequence[int]) -> None:
        slots = variant.slots
        new = {old: place for place, old in enumerate((*held, *absent, *moved))}
        variant.held = tuple(slots[place] for place in held)
        variant.absent = tuple(slots[place] for place in absent) + tuple(_absent(slots[place]) for place in moved)
        variant.asked = {new[place] for place in variant.asked if place in new}

    def _add_facts(self, variant: Variant) -> None:
        """Add facts of other situations that the message is not about."""
        if len(variant.slots) > _MOST_FACTS:
            return
        words = words_of(variant.text)
        names = {slot.fact for slot in variant.slots}
        held: list[Slot] = []
        absent: list[Slot] = []
        for _ in range(int(self._random.integers(1, 5))):
            slot = self._facts[int(self._random.integers(len(self._facts)))]
            if slot.fact not in names and slot.part == variant.held[0].part and _like(words, slot) <= _LIKE:
                names.add(slot.fact)
                (held if self._chance(0.75) else absent).append(slot)
        asked = _perhaps_asked(variant.text, (*held, *absent))
        held, absent = ([slot for slot in slots if slot not in asked] for slots in (held, absent))
        before = len(variant.held)
        variant.asked = {place if place < before else place + len(held) for place in variant.asked}
        variant.held += tuple(held)
        if variant.known or not variant.absent:
            variant.absent += tuple(map(_absent, absent))

    def _thinned(self, slot: Slot) -> Slot:
        """A fact of which less is written."""
        if slot.key is not None:
            return slot
        if slot.about and self._chance(0.25):
            slot = replace(slot, about=())
        if len(slot.asks) > 1 and self._chance(0.25):
            slot = replace(slot, asks=(slot.asks[int(self._random.integers(len(slot.asks)))],))
        if slot.options and self._chance(0.12):
            slot = replace(slot, options=())
        return replace(slot, omitted=not slot.omitted) if slot.says and self._chance(_TOLD_OR_NOT) else slot

    def _dress(self, variant: Variant) -> None:
        """Put talk around a message, and slips of typing into it."""
        choice = self._random.random()
        if choice < 0.1 and self._talk:
            variant.text = self._one_of(self._talk).rstrip() + ("\n" if self._chance(0.2) else " ") + variant.text
        elif choice < 0.17:
            variant.text = self._noted(variant) + variant.text
        elif choice < 0.2:
            variant.text = self._report(variant) + variant.text
        elif choice < 0.24:
            variant.text = variant.text.rstrip() + " " + self._one_of(_ENDS)
        changes: tuple[tuple[float, Callable[[str], str]], ...] = (
            (0.06, self._mistyped), (0.05, str.lower), (0.05, lambda text: text.rstrip("?.! ")),
        )  # fmt: skip
        for share, change in changes:
            if self._chance(share):
                variant.text = change(variant.text)

    def _noted(self, variant: Variant) -> str:
        """A statement with the value of a fact that is not asked for."""
        others = [slot for place, slot in enumerate(variant.held) if place not in variant.asked]
        values = [segment.text for slot in others for segment in slot.says if segment.is_value]
        return self._one_of(_NOTED).format(self._one_of(values)) if values else ""

    def _mistyped(self, text: str) -> str:
        words = list(re.finditer("[a-z]{4,}", text))
        for place in self._random.permutation(len(words))[: int(self._random.integers(1, 3))]:
            at = int(self._random.integers(words[place].start(), words[place].end() - 1))
            swapped, doubled = text[at + 1] + text[at], text[at] * 2
            replaced = self._one_of(_LETTERS) + text[at + 1]
            text = text[:at] + self._one_of((swapped, doubled, replaced)) + text[at + 2 :]
        return text


def _fact(slot: Slot) -> tuple[int, str]:
    return slot.part, slot.fact


def _absent(slot: Slot) -> Slot:
    return replace(slot, says=(), omitted=False)


def _like(words: Sequence[str], slot: Slot) -> float:
    """How much of a question for a fact the words have, at best."""
    content = [word for word in words if word not in STOP]
    if not content:
        return 0.0
    vectors, lengths = meanings_of(content)
    unit = vectors / lengths[:, None]
    best = 0.0
    for text in (*("".join(s.text for s in ask) for ask in slot.asks), *slot.about, slot.fact.replace("_", " ")):
        own = [word for word in words_of(text) if word not in STOP]
        if own:
            others, sizes = meanings_of(own)
            best = max(best, float((unit @ (others / sizes[:, None]).T).max(axis=0).mean()))
    return best


def _perhaps_asked(message: str, slots: Sequence[Slot]) -> list[Slot]:
    """The facts that a message may ask for, by the shipped reader: half of the questions for a fact share no meaning of a word with it."""
    reading = Prepared(slots, ()).read(message) if slots else None
    if reading is None:
        return []
    return [slot for slot, likely in zip(slots, reading.read.asked.tolist(), strict=True) if likely >= _PERHAPS]


def _can_lose_a_text(variant: Variant) -> list[int]:
    """The facts that hold, have more than one text, and of which there is only one of the name."""
    names = [(slot.part, slot.fact) for slot in variant.held]
    return [
        place
        for place, slot in enumerate(variant.held)
        if slot.key is None and len(slot.asks) + len(slot.about) > 1 and names.count(names[place]) == 1
    ]
