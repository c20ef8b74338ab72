"""One piece of a recap: "three sets of bands", "35% on the price", "by express".

Belongs here: which facts a piece names, and whether rightly. Does not belong here: where a recap is divided, which text is one,
values as they are compared in a single question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from rlve_dsl.english import stem
from rlve_dsl.frozen import frozen
from rlve_dsl.readings import number_at
from rlve_dsl.user.confirming import agrees, is_name, leaves_open
from rlve_dsl.user.consent import word_set
from rlve_dsl.user.contradicting import numbers_of_item, options_named, with_usual_values
from rlve_dsl.user.facts import FactId, Slot
from rlve_dsl.user.understanding import Understood
from rlve_dsl.user.understanding.lexicon import STOP
from rlve_dsl.user.understanding.texts import words_of

_LONGEST = 60  # words of a piece that are read
_LONGEST_VALUE = 4  # words of "in the red version"
_PARTS = re.compile(
    r"\b(?=(?:by|via|because|as)\b|for (?:(?:about|around|at most|up to|under|no more than) )?\$?\d)", re.IGNORECASE
)
_COLLECTED = re.compile(
    r"^\W*(?:\w{4,}ed|sent|brought|taken)(?: (?:up|back|off))? (?=(?:by|via)\b)", re.IGNORECASE
)  # of "collected by courier"
_NO_COUNT = re.compile(
    r"[$€£]\s?\d[\d.,]*|\d[\d.,]*\s?%|\d+[.,]\d+|\d+-\w+"
    r"|\d+ ?(?:stars?|days?|hours?|reviews?|litres?|liters?|l|kg|g|cm|mm|m|w|v|bar|inch|inches|packs?|pieces?|percent|dollars?|usd)\b",
    re.IGNORECASE,
)
_INSTEAD = re.compile(r"\binstead\W*$", re.IGNORECASE)  # which says there what comes in place of something
_TIMES = re.compile(r"\b(\d+)[x\u00d7](?= )")
_IN_TURN = re.compile(r",\s*(?:and )?(?:then )?|\band then\b|\bthen\b|\band\b", re.IGNORECASE)
_IF_GONE = re.compile(
    r"^(?:or|otherwise|and if not|if not)\b(?P<thing>.*?)\bif\b.*\b(?:gone|sold out|unavailable|out of stock|not available|not there|run out|no longer there)\W*$",
    re.IGNORECASE,
)
_LIGHT = frozenset(map(stem, word_set("version set pair piece bag bottle box pack can total kind one item product")))
_MODIFIERS = STOP | word_set("x suitable suited usable made good any other various several")
_DENIALS = word_set("not no never")
_OF_DENIALS = _DENIALS | word_set("i you it them they the a because as do does did is are any more anymore longer to")


@frozen
class Judged:
    """What a piece names.

    Attributes:
        so: For each place of a fact that it names whether it does so rightly; None where nobody can tell.
        is_whole: Whether it says nothing besides.
        in_part: Those of which it names one of several parts, such as a share. A wrong part makes them wrong.
    """

    so: dict[int, bool | None]
    is_whole: bool
    in_part: frozenset[int] = frozenset()


def judged(
    piece: str, slots: Sequence[Slot], understand: Callable[[str], Understood], disclosed: Collection[FactId]
) -> Judged:
    """What a piece names: the facts that it asks for when it is read as a question, and those that were said and whose value stands in it.

    Args:
        piece: The piece.
        slots: The facts that the shopper can state.
        understand: Which of them a text asks for, by their places.
        disclosed: What has been said.
    """
    parts = [part.strip() for part in _PARTS.split(_COLLECTED.sub("", piece)) if part.strip()]
    if len(parts) > 1:
        each = [_judged(part, slots, understand, disclosed) for part in parts]
        if all(one.so for one in each):
            in_part = frozenset[int]().union(*(one.in_part for one in each))
            return Judged(together(each), all(one.is_whole for one in each), in_part)
    return _judged(piece, slots, understand, disclosed)


def together(each: Sequence[Judged]) -> dict[int, bool | None]:
    """What several pieces tell. Of a fact that one names rightly and another wrongly nobody can tell.

    >>> together([Judged({0: True, 1: None}, is_whole=True), Judged({0: False, 1: True}, is_whole=True)])
    {0: None, 1: True}
    """
    told: dict[int, set[bool]] = {}
    for one in each:
        for place, so in one.so.items():
            told.setdefault(place, set()).update(() if so is None else (so,))
    in_part = frozenset[int]().union(*(one.in_part for one in each))
    return {
        place: next(iter(kinds)) if len(kinds) == 1 else False if kinds and place in in_part else None
        for place, kinds in told.items()
    }


def _judged(
    piece: str, slots: Sequence[Slot], understand: Callable[[str], Understood], disclosed: Collection[FactId]
) -> Judged:
    if shares := _shares_in(piece, slots):
        return Judged(shares, is_whole=True, in_part=frozenset(shares))
    if gone := _IF_GONE.search(piece):
        asked = understand(f"{piece}?").asked
        return Judged({place: _agrees(gone["thing"].strip(), slots[place]) for place in asked}, is_whole=True)
    piece = _INSTEAD.sub("", _usual(piece))
    so = {place: _agrees(piece, slots[place]) for place in understand(f"{piece}?").asked}
    so = together([Judged(so, is_whole=True), Judged(_counts_in(piece, slots), is_whole=True)])
    so |= _named_in(piece, {n: slot for n, slot in enumerate(slots) if n not in so and slot.id in disclosed})
    right = [slots[place] for place, is_right in so.items() if is_right]
    if right and not _has_foreign_words(piece, right):  # nothing is left that could name another fact
        so = {place: is_right for place, is_right in so.items() if is_right is not None}
    if right or False in so.values():
        return Judged(so, not _says_more(piece, right, slots))
    return Judged(so, not _has_foreign_words(piece, [slots[place] for place in so]))


def _usual(piece: str) -> str:
    """A piece, with the words of usual values for others that mean the same."""
    words = words_of(piece)
    usual = tuple(with_usual_values(words))
    return piece if usual == words else " ".join(usual)


def _agrees(piece: str, slot: Slot) -> bool | None:
    """Whether a piece names the value of a fact; "in red" names another one than "black"."""
    so, words = agrees(piece, slot), words_of(piece)
    if so is not None or not words:
        return so
    if _denies_the_same(piece, slot):
        return True
    if isinstance(slot.value, tuple | list):
        return _are_in_turn(piece, slot)
    if (of_its_kind := _kind_named(words, slot)) is not None:
        return of_its_kind
    if words[0] != "in" or len(words) > _LONGEST_VALUE:
        return None
    value = words_of(slot.value_said)
    is_same_kind = _has_digits(words) == _has_digits(value)  # "in two days" may be "by Friday"
    return False if is_same_kind and frozenset(map(stem, words[1:])).isdisjoint(map(stem, value)) else None


def _kind_named(words: Sequence[str], slot: Slot) -> bool | None:
    """Whether words are a noun with the word before it that the value of a fact has: "gas hobs", and not "induction hobs"."""
    value = slot.value.get("value") if isinstance(slot.value, Mapping) else None
    if not isinstance(value, str) or not value.isalpha():
        return None
    said = words_of(slot.value_said)
    named = [word for word in words if word not in STOP]
    if len(named) != 2 or said[-2:-1] != (value,) or stem(named[1]) != stem(said[-1]):
        return None
    modifier = named[0]
    if modifier == value:
        return True
    return None if modifier in _MODIFIERS or modifier in said or modifier[:3] == value[:3] else False


def _has_digits(words: Sequence[str]) -> bool:
    return any(number_at(words, place) is not None for place in range(len(words)))


def _are_in_turn(piece: str, slot: Slot) -> bool | None:
    """Whether a piece names things that a fact lists, all of them and no other one; None where nobody can tell.

    Where their order counts ("in this order"), another order is wrong.
    """
    names = (
        [words_of(name)[-1:] for name in slot.value if isinstance(name, str)]
        if isinstance(slot.value, tuple | list)
        else []
    )
    parts = [frozenset(map(stem, words)) for part in _IN_TURN.split(piece) if (words := words_of(part))]
    if not names or len(parts) != len(names):
        return None
    places = [next((at for at, part in enumerate(parts) if name and stem(name[0]) in part), -1) for name in names]
    if sorted(places) != list(range(len(names))):
        return None
    is_in_order = "order" in slot.sentence
    return places == sorted(places) or (False if is_in_order else None)


def _shares_in(piece: str, slots: Sequence[Slot]) -> dict[int, bool | None]:
    """The facts of which a piece names a share: "35% on the price" of "55% on rating, 25% on price"."""
    numbers = _shares(piece)
    if len(numbers) != 1:
        return {}
    about = _content(piece)
    found: dict[int, bool | None] = {}
    for place, slot in enumerate(slots):
        said = slot.sentence
        fitting = [part for part in re.split(r",|\band\b", said) if _shares(part) and about & _content(part)]
        if len(_shares(said)) > 1 and len(fitting) == 1:
            found[place] = _shares(fitting[0]) == numbers
    return found


def _shares(text: str) -> list[str]:
    return re.findall(r"(\d[\d.]{0,8})\s?(?:%|percent)", text)


def _content(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words_of(text) if word not in STOP and not word.isdigit())


def _counts_in(piece: str, slots: Sequence[Slot]) -> dict[int, bool | None]:
    """Whether a piece counts an item rightly: "three sets of bands". An item is counted only if no other one fits the words as well."""
    words = words_of(_TIMES.sub(r"\1 x ", _NO_COUNT.sub(" ", piece)))[:_LONGEST]
    roots = frozenset(map(stem, words))
    fits: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for place, slot in enumerate(slots):
        if slot.is_count:
            fit = len(roots & _item(slot))
            if fit and _is_counted(slot):
                fits.setdefault((slot.part, slot.fact), []).append((fit, place))
    found: dict[int, bool | None] = {}
    for places in fits.values():
        best = max(fit for fit, _ in places)
        at_best = [place for fit, place in places if fit == best]
        numbers = set(numbers_of_item(words, slots[at_best[0]]))
        if len(at_best) == 1 and len(numbers) == 1:
            found[at_best[0]] = slots[at_best[0]].value in numbers
    return found


def _is_counted(slot: Slot) -> bool:
    """Whether a number is how many there are: "two bags of rice" or "2", and not a price or a weight."""
    firsts = [words[0] for s in slot.says if s.is_value and (words := words_of(s.text))]
    return bool(firsts) and number_at(firsts, 0) == slot.value


def _item(slot: Slot) -> frozenset[str]:
    return frozenset[str]().union(*(_content(s.text) for ask in slot.asks for s in ask if s.is_value))


def _named_in(piece: str, slots: Mapping[int, Slot]) -> dict[int, bool | None]:
    """Which of some facts a piece names, though it does not ask for them. A name of another make is wrong if it fits no other fact."""
    found = {place: _is_named(piece, slot) for place, slot in slots.items()}
    is_fitting = any(so and isinstance(slots[place].value, str) for place, so in found.items())
    others = [place for place, slot in slots.items() if is_name(slot) and agrees(piece, slot) is False]
    if len(others) == 1 and not is_fitting:
        found[others[0]] = False
    return {place: so for place, so in found.items() if so is not None}


def _is_named(piece: str, slot: Slot) -> bool | None:
    """Whether a piece names the value of a fact that it does not ask for; None where it names none, or not surely."""
    if slot.options and not _denies_the_same(piece, slot):
        named = set(options_named(words_of(piece)[:_LONGEST], slot))
        return str(slot.value) in named if len(named) == 1 else None
    if not isinstance(slot.value, str):
        return True if isinstance(slot.value, int) and slot.key is None and agrees(piece, slot) else None
    item = _item(slot)
    if slot.key is not None and item and item.isdisjoint(map(stem, words_of(piece))):
        return None
    return True if agrees(piece, slot) or _denies_the_same(piece, slot) else None


def _says_more(piece: str, right: Sequence[Slot], slots: Sequence[Slot]) -> bool:
    """Whether a piece that names facts rightly says more.

    That is a number that none of them has, a word of the value of another fact, or one before their words: "the red jump rope" of a blue one.
    """
    own, words = _words_for(right), words_of(piece)[:_LONGEST]
    numbers = {number for text in _texts(right) for number in _numbers(words_of(text))}
    if not numbers.issuperset(_numbers(words)):
        return True
    values = frozenset[str]().union(*(_content(s.text) for slot in slots for s in slot.says if s.is_value)) - own
    if not values.isdisjoint(stem(word) for word in words if word not in STOP):
        return True
    return any(
        stem(words[at]) in own and _is_foreign(words[at - 1], own) and not leaves_open(words, at, ())
        for at in range(1, len(words))
    )


def _has_foreign_words(piece: str, slots: Sequence[Slot]) -> bool:
    """Whether a piece has a word that none of these facts has."""
    own = _words_for(slots)
    return any(_is_foreign(word, own) for word in words_of(piece)[:_LONGEST])


def _numbers(words: Sequence[str]) -> set[int]:
    return {number for at in range(len(words)) if (number := number_at(words, at)) is not None}


def _is_foreign(word: str, own: frozenset[str]) -> bool:
    return word.isalpha() and word not in _MODIFIERS and stem(word) not in own and number_at((word,), 0) is None


def _denies_the_same(piece: str, slot: Slot) -> bool:
    """Whether a piece and the words for a fact say that the same is not so: "you no longer want it", "I don't want it any more"."""
    words, said = (frozenset(words_of(text)) for text in (piece, slot.value_said))
    if _DENIALS.isdisjoint(words) or _DENIALS.isdisjoint(said):
        return False
    told, own = (frozenset(map(stem, all_ - _OF_DENIALS)) for all_ in (words, said))
    return bool(told) and told == own


def _words_for(slots: Sequence[Slot]) -> frozenset[str]:
    """The roots of the words with which facts are told and asked for."""
    return frozenset[str]().union(*(_content(text) for text in _texts(slots))) | _LIGHT


def _texts(slots: Sequence[Slot]) -> Iterator[str]:
    for slot in slots:
        yield slot.sentence
        yield from ("".join(segment.text for segment in ask) for ask in slot.asks)
        yield from slot.about
