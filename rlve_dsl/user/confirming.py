"""Whether what an agent wants to have confirmed is so: "You said the tent, is that right?".

Belongs here: confirming questions and the values that they name. Does not belong here: requests for a go-ahead, which fact a
message asks for, what the user answers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from rlve_dsl.english import stem
from rlve_dsl.readings import number_at
from rlve_dsl.user.consent import boundaries
from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.lexicon import STOP
from rlve_dsl.user.understanding.texts import words_of

_LONGEST = 60  # words of a sentence that are read
_TAG = re.compile(
    r"(?:^| )(?:(?:is (?:that|this|it)|that is|am i|do i have (?:that|it)|(?:did|have) i (?:get|got) (?:that|it|this)(?: all)?) )?(?:right|correct)$"
)
_TAG_AS_WRITTEN = re.compile(
    r"\b(?:(?:is (?:that|this|it)|that's|am i|do i have (?:that|it)|(?:did|have) i (?:get|got) (?:that|it|this)(?: all)?)\s+)?(?:all\s+)?(?:right|correct)\W*$",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:(?:so|and|just|ok|okay|sorry|thanks|please) )*(?:am i (?:right|correct) (?:that|in (?:thinking|saying|assuming)|to (?:think|assume))"
    r"|is it (?:right|correct|true) that|did you (?:say|mention|tell me)|you (?:did say|said|told me|mentioned)"
    r"|(?:can|could|would) you (?:please )?confirm that) "
)
_GLANCE = re.compile(r"\b(?:right|correct|true|confirm|said|say|told|tell|mention(?:ed)?)\b", re.IGNORECASE)
_OTHERWISE = """
not no never none nothing or instead rather except without what which who when where why how whether anything cannot
avoid avoids refuse refuses hate hates dislike dislikes skip skips lack lacks
"""
_ASKING = "is are was were do does did can could would will shall should has have may"
_AMOUNT = re.compile(r"[^\w\s]?(?:\d[\d.,]*|[a-z]+)(?: [a-z%]+){0,3}")  # "$13", "three bags of rice"
_OTHER_THAN_STATED, _BEGINS_A_QUESTION = frozenset(_OTHERWISE.split()), frozenset(_ASKING.split())
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
    if not asked or "?" not in message or _GLANCE.search(message) is None:
        return None
    stated = _stated(message)
    if not stated or not _OTHER_THAN_STATED.isdisjoint(stated):
        return None
    found = [_agrees(stated, slot) for slot in asked]
    return None if None in found else all(found)


def confirmed_text(message: str) -> str:
    """The text that a message wants to have confirmed; empty where it does not ask for one confirmation and nothing else.

    That is the question itself, or the sentences before one like "Is that right?".

    >>> confirmed_text("Noted. At least 4 stars, in red. Is that right?"), confirmed_text("You want it in red, correct?")
    ('Noted. At least 4 stars, in red. ', 'You want it in red, ')
    """
    if not _stated(message):
        return ""
    start, end = next((start, end) for start, end, mark in boundaries(message) if mark == "?")
    question = message[start:end]
    tagged = _TAG_AS_WRITTEN.search(question)
    if tagged is None:
        return question
    rest = question[: tagged.start()]
    return rest if words_of(rest) else message[:start]


def agrees(text: str, slot: Slot) -> bool | None:
    """Whether a text names the value of a fact, or another one that it could have; None where it names neither, or both."""
    words = _as_numbers(words_of(text)[:_LONGEST])
    if not _OTHER_THAN_STATED.isdisjoint(words):
        return None
    said = _as_numbers(words_of("".join(segment.text for segment in slot.says if segment.is_value)))
    if _is_other_end(words, said):
        return None
    so = _agrees(words, slot)
    if so is not None:
        return so
    own, named = _digits(said), _digits(words)  # "at most $62.99", and "priced at $62.99 or less"
    return own == named if len(own) == len(named) == 1 else None


def _is_other_end(words: Sequence[str], said: Sequence[str]) -> bool:
    """Whether words speak of the least where a value speaks of the most, or the other way round."""
    is_low, is_high = (not ends.isdisjoint(words) for ends in (_LOW_ENDS, _HIGH_ENDS))
    return (is_low and not _HIGH_ENDS.isdisjoint(said)) or (is_high and not _LOW_ENDS.isdisjoint(said))


def _stated(message: str) -> tuple[str, ...]:
    """The words that are to be confirmed; none where a message does not ask for one confirmation and nothing else."""
    found: tuple[str, ...] = ()
    before: tuple[str, ...] = ()  # the words of the last sentence, if that is no question
    for start, end, mark in boundaries(message):
        words = words_of(message[start:end])[:_LONGEST]
        if mark == "?":
            if found or not (found := _confirmed(" ".join(words), before)):
                return ()
            words = ()
        before = words
    return _as_numbers(found)


def _confirmed(question: str, before: tuple[str, ...]) -> tuple[str, ...]:
    """What a question wants to have confirmed: what it says itself, or the sentence before it."""
    if lead := _LEAD.match(question):
        return tuple(_TAG.sub("", question[lead.end() :]).split())
    tag = _TAG.search(question)
    if tag is None:
        return ()
    words = tuple(question[: tag.start()].split()) or before
    return words if words and words[0] not in _BEGINS_A_QUESTION else ()


def _agrees(words: Sequence[str], slot: Slot) -> bool | None:
    """Whether words name the value of a fact, or another one that it could have; None where they name neither, or both."""
    about = [segment.text for ask in slot.asks for segment in ask if segment.is_value]
    values = [segment.text for segment in slot.says if segment.is_value and segment.text not in about]
    if len(values) != 1:
        return None  # "60% on closeness and 40% on my wishes"
    of_item = frozenset[str]().union(*(_content(words_of(text)) for text in about))
    counts = any(word.isdigit() for word in _as_numbers(words_of(values[0])))
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
    return not place or _leaves_open(words, place, usual) or _counts_all_of(words, place, name)


def _leaves_open(words: Sequence[str], place: int, usual: Collection[str]) -> bool:
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
