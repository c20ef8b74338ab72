"""Whether what an agent wants to have confirmed is so: "You said the tent, is that right?".

Belongs here: confirming questions and the values that they name. Does not belong here: requests for a go-ahead, which fact a
message asks for, what the user answers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from rlve_dsl.english import stem
from rlve_dsl.readings import number_at
from rlve_dsl.user.facts import Slot
from rlve_dsl.user.tags import confirmed_in
from rlve_dsl.user.understanding.lexicon import STOP
from rlve_dsl.user.understanding.texts import words_of

_LONGEST = 60  # words of a sentence that are read
_OTHERWISE = """
not no never none nothing or instead rather except without what which who when where why how whether anything cannot
avoid avoids refuse refuses hate hates dislike dislikes skip skips lack lacks
"""
_AMOUNT = re.compile(r"[^\w\s]?(?:\d[\d.,]*|[a-z]+)(?: [a-z%]+){0,3}")  # "$13", "three bags of rice"
_MAKE = re.compile(r"\b([a-z0-9]+)-([a-z]+)\b|\b(\d[\d.]*)\s?([a-z]{1,2})\b")  # "over-ear", "160 cm"
_LONGEST_TEXT = 1000  # characters in which such words are looked for
_OTHER_THAN_STATED = frozenset(_OTHERWISE.split())
_LARGE = frozenset(("hundred", "thousand"))  # words of numbers that are more than one word
_BEFORE = (STOP - {"than"}) | {"via", "within", "under", "below", "over", "until", "till", "since", "per", "around"}
_USUAL_VERBS = """
ate become becomes book books bought brings bring buy buys choose chooses chose comes cost costs drink drinks drive drives eat eats
expect expects fed feed feeds fly flies gets goes gone hire hires hold holds keep keeps kept lasts learn learns likes made makes
make mean means meant mention mentioned needs paid pay pays pick picks play plays prefer prefers rent rents return returns ride
rides said says send sends sent serve serves ship ships sleep sleeps speak speaks spend spends stay stays takes told took travel travels
uses wants wear wears went
"""
_VERBS = frozenset(_USUAL_VERBS.split())  # in forms that say nothing of a noun after them, unlike "a used car"
_SUBJECTS = frozenset(("i", "you", "he", "she", "it", "we", "they"))
_AUXILIARIES = frozenset(("will", "would", "should", "must", "can", "could"))
_BEING = frozenset(("am", "are", "is", "be"))
_CLAUSE_BEGINS = frozenset(("so", "and", "but", "then", "that", "as", "because", "if", "ok", "okay", "well", "right"))
_BESIDE = frozenset(("only", "always", "strictly"))
_LOW_ENDS = frozenset(("least", "minimum", "min", "more", "over", "above", "from", "longer", "larger", "heavier"))
_HIGH_ENDS = frozenset(("most", "maximum", "max", "less", "under", "below", "within", "shorter", "smaller", "lighter"))
_MORE_OR_LESS = frozenset(("least", "most", "another", "extra", "further", "additional", "almost", "nearly", "than"))


def is_so(message: str, asked: Sequence[Slot]) -> bool | None:
    """Whether what a message wants to have confirmed of facts is so; None where it wants no such thing, or nobody can tell.

    Takes time in proportion to the length of the message.

    Args:
        message: What the agent says.
        asked: The facts that it asks for.
    """
    confirmed = confirmed_in(message) if asked else None
    if confirmed is None or confirmed.asks_more or confirmed.tag == "opinion":
        return None
    words = _as_numbers(confirmed.stated)
    if len(words) > _LONGEST or not _OTHER_THAN_STATED.isdisjoint(words):
        return None
    found = [_agrees_as_written(confirmed.text, words, slot) for slot in asked]
    return None if None in found else all(found)


def agrees(text: str, slot: Slot) -> bool | None:
    """Whether a text names the value of a fact, or another one that it could have; None where it names neither, or both."""
    words, said = _as_numbers(words_of(text)[:_LONGEST]), _as_numbers(words_of(slot.value_said))
    if not _OTHER_THAN_STATED.intersection(words) <= set(said):  # "rated 3.2 or better" has its own "or"
        return None
    if _is_other_end(words, said) or ("$" in text and "$" not in slot.value_said):
        return None
    so = _agrees_as_written(text, words, slot)
    if so is not None:
        return so
    own, named = _digits(said), _digits(words)  # "at most $62.99", and "priced at $62.99 or less"
    is_comparable = len(own) == len(named) == 1 and not is_name(slot) and _is_share(text) == _is_share(slot.value_said)
    return own == named if is_comparable else None


def _agrees_as_written(text: str, words: Sequence[str], slot: Slot) -> bool | None:
    """What `_agrees` tells of words, with what only the text shows: "35%" is no price, and "over-ear" is not "in-ear"."""
    so, value = _agrees(words, slot), slot.value_said
    if _is_share(text) != _is_share(value) and any(word.isdigit() for word in words_of(value)):
        return None
    return False if so and is_name(slot) and _is_another_make(text.lower(), str(slot.value).lower()) else so


def _is_another_make(text: str, name: str) -> bool:
    """Whether a text has a word with a hyphen, or a number with its unit, where a name has another one of the kind."""
    own, told = _makes(name), _makes(text[:_LONGEST_TEXT])
    return any(told[kind].isdisjoint(firsts) for kind, firsts in own.items() if kind in told)


def _makes(text: str) -> dict[str, set[str]]:
    """The words with a hyphen and the numbers with a unit, by their last parts: "ear" has "in"."""
    found: dict[str, set[str]] = {}
    for word, last, number, unit in _MAKE.findall(text):
        found.setdefault(last or unit, set()).add(word or number)
    return found


def is_name(slot: Slot) -> bool:
    """Whether the value of a fact is the name of a product: "Nordhus 160 cm walnut desk"."""
    value = slot.value
    is_said = isinstance(value, str) and any(segment.is_value and segment.text == value for segment in slot.says)
    return is_said and " " in str(value) and str(value) != str(value).lower()


def _is_share(text: str) -> bool:
    return "%" in text or "percent" in text


def _is_other_end(words: Sequence[str], said: Sequence[str]) -> bool:
    """Whether words speak of the least where a value speaks of the most, or the other way round."""
    is_low, is_high = (not ends.isdisjoint(words) for ends in (_LOW_ENDS, _HIGH_ENDS))
    return (is_low and not _HIGH_ENDS.isdisjoint(said)) or (is_high and not _LOW_ENDS.isdisjoint(said))


def _agrees(words: Sequence[str], slot: Slot) -> bool | None:
    """Whether words name the value of a fact, or another one that it could have; None where they name neither, or both."""
    about = [segment.text for ask in slot.asks for segment in ask if segment.is_value]
    values = [segment.text for segment in slot.says if segment.is_value and segment.text not in about]
    if len(values) != 1:
        return None  # "60% on closeness and 40% on my wishes"
    of_item = frozenset[str]().union(*(_content(words_of(text)) for text in about))
    counts = any(word.isdigit() for word in _as_numbers(words_of(values[0]))) and not is_name(slot)
    if slot.key is not None and counts and of_item.isdisjoint(map(stem, words)):
        return None  # nothing says which item is meant: "two, right?"
    words = [word for word in words if not (word.isdigit() and word in of_item)]  # "the 3-piece bands"
    own = list(_names(values[0], slot))
    content = frozenset[str]().union(*map(_content, own))
    usual = frozenset(words_of(" ".join(segment.text for segment in slot.says if not segment.is_value)))
    is_named = any(_are_in(words, name, usual) for name in own) or _are_short_for(words, values[0])
    names = {_content(name): name for name in map(words_of, slot.options) if content.isdisjoint(_content(name))}
    others = [inner for inner, name in names.items() if _are_in(words, name, usual)]
    widest = [one for one in others if not any(one < other for other in others)]  # "two day express" is not "express"
    if is_named or widest:
        return is_named if is_named + len(widest) == 1 else None
    if _AMOUNT.fullmatch(values[0]) is None or not _LARGE.isdisjoint(words):
        return None
    amount, named = _digits(own[0]), _digits(words)
    return False if len(amount) == len(named) == 1 and amount != named else None


def _names(said: str, slot: Slot) -> Iterator[tuple[str, ...]]:
    """The names of a fact's value: as it is said, and as the file has it."""
    yield _as_numbers(words_of(said))
    if isinstance(slot.value, str | int) and not isinstance(slot.value, bool):
        kept = words_of(str(slot.value).replace("_", " "))
        amount = _digits(_as_numbers(words_of(said)))  # "three bags of rice" is 3
        if isinstance(slot.value, str) or amount == set(kept):
            yield kept


def _are_in(words: Sequence[str], name: Sequence[str], usual: Collection[str]) -> bool:
    """Whether words hold all that a name says, and nothing before it that says more ("registered mail" is not "mail").

    Args:
        words: The words.
        name: The words of the name.
        usual: The words with which the user says the value.
    """
    content = _content(name)
    places = [place for place, word in enumerate(words) if stem(word) in content]
    if not content or {stem(words[place]) for place in places} != content:
        return False
    place = places[0]
    return not place or leaves_open(words, place, usual) or _counts_all_of(words, place, name)


def leaves_open(words: Sequence[str], place: int, usual: Collection[str]) -> bool:
    """Whether the word before a place says nothing of what stands there: it is a preposition, a number, or a verb."""
    before, earlier = words[place - 1], words[max(0, place - 3) : place - 1]
    if before in _BEFORE or before in _VERBS or before in usual or before in _BESIDE or before.isdigit():
        return True
    if not earlier or before.endswith("ly"):
        return False
    if earlier[-1] in _SUBJECTS:
        return len(earlier) == 1 or earlier[0] in _CLAUSE_BEGINS  # "so it chews dry food", not "send it express mail"
    is_doing = before.endswith("ing") and earlier[0] in _SUBJECTS and earlier[-1] in _BEING
    return is_doing or earlier[-1] in _AUXILIARIES  # "it is chewing dry food", "it should chew dry food"


def _counts_all_of(words: Sequence[str], place: int, name: Sequence[str]) -> bool:
    """Whether words have a number with its unit at a place ("Rufus 12 nights"), and nothing before it that makes it another."""
    number, *unit = name
    return (
        bool(unit)
        and number.isdigit()
        and [*words[place : place + len(name)]] == [*name]
        and (words[place - 1] not in _MORE_OR_LESS)
    )


def _are_short_for(words: Sequence[str], text: str) -> bool:
    """Whether words call a product by the last word of its name, with nothing before it that the name does not have."""
    name = words_of(text)
    if len(name) < 2 or text == text.lower() or not name[-1].isalpha():
        return False
    content = _content(name)
    for place, word in enumerate(words):
        if stem(word) == stem(name[-1]):
            before = next((w for w in reversed(words[:place]) if stem(w) not in content), "")
            if not before or before in _BEFORE:
                return True
    return False


def _content(name: Sequence[str]) -> frozenset[str]:
    return frozenset(stem(word) for word in name if word not in STOP)


def _digits(words: Collection[str]) -> set[str]:
    return {word for word in words if word.isdigit()}


def _as_numbers(words: Sequence[str]) -> tuple[str, ...]:
    """Words, with numbers in digits."""
    numbers = (number_at(words, place) for place in range(len(words)))
    return tuple(word if number is None else str(number) for word, number in zip(words, numbers, strict=True))
