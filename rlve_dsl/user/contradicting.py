"""Whether a proposal names another value than a fact has: "Shall I return it by courier?" to who wants a locker.

Belongs here: values in what an agent says that it will do. Does not belong here: which call a message proposes, what the shopper
says to it, questions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from rlve_dsl.english import stem
from rlve_dsl.readings import number_at
from rlve_dsl.user.consent import Proposal, Sentence, Thing, sentences_of, word_set
from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.lexicon import STOP, lexicon

_LONGEST = 200  # words of a sentence that are read
_LONGEST_VALUE = 3  # words that mean a usual value together
_NEAR = 3  # words before a value among which one tells that it is a value
_LEADS = word_set(
    ", by via through with using from in at to as for because since reason method way option is be been it's was came come comes "
    "arrived arrive got make set a an"
)
_NOT = word_set("not no without except than instead cannot never unable")
_GONE = word_set("sold gone unavailable out")  # "the warm white ones are sold out"
_OPENERS = word_set(", so and ok okay then great right good thanks the")
_FIRST = word_set("by via with from through using reason method way it's because since you you'd a an it")
_NO_VALUE_BEFORE = word_set(
    "you me us them it the your my this that address label number code fee fees policy window"
)  # "mail you the label", "your mail address"
_TIMES, _FAR = word_set("x quantity qty"), 8  # words before a number in which its item is looked for
_MORE = word_set("more another extra further")
_NUMBERED = word_set("size number no version model type grade level")  # "size 40 shoes"
_VERSION = word_set("version variant option edition flavour flavor scent")
_BEFORE_VERSION = word_set("the a an in , your")
_NO_VERSION = word_set(
    "other others another different new old same right wrong cheapest cheaper dearest expensive best standard regular normal usual original "
    "first second third last latest next chosen requested preferred wanted correct matching available only one larger smaller of no any "
    "lower higher basic premium"
)
_ANNOUNCING = word_set("i'll i'd i'm we'll we'd we're")
_THOSE, _THERE = word_set("them those these it that this everything all both"), word_set("there then")
_LESS = word_set("remove removed removing delete reduce reduced take out fewer less")


def contradicted(proposal: Proposal, slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """The facts of which a proposal names another value. Takes time in proportion to the length of the message.

    It names a value of a closed list, an option of a thing, or how many of an item. A fact of which it names the value that holds, too, is not
    contradicted. A sentence beside counts where it begins as one does that names a value ("So by courier."), or where the request
    points back to it ("Three lamps, then. Shall I add them?"). A fact that is a thing
    is contradicted by a value that the thing has not: "the red tent".

    Args:
        proposal: What the agent says that it is about to do.
        slots: The facts that hold.
    """
    misnamed = {thing.name for thing in proposal.misnamed if thing.name is not None}
    things = {thing for action in proposal.actions for mention in action.about for thing in mention}
    things |= set(proposal.named)
    rest = sentences_of(proposal.rest)
    own = [sentence.words[:_LONGEST] for text in proposal.said for sentence in sentences_of(text)]
    request = own[-1] if own else ()
    own += [s.words[:_LONGEST] for s in rest if s.is_listed or _announces(s)]
    beside = [words for s in rest if _names_a_value(words := s.words[:_LONGEST])]
    told = [s.words[:_LONGEST] for s in rest if not s.is_question and not _denies(s.words)]
    counted = told[-1:] if not _THOSE.isdisjoint(request) else []  # "Three lamps, then. Shall I add them?"
    beside += told[-1:] if not _THERE.isdisjoint(request) else []  # "There's one on Monday. Shall I move it there?"
    found: list[Slot] = []
    for slot in slots:
        named = _named_in(own, slot) or _named_in(beside, slot)
        named = named or (_named_in(counted, slot) if slot.is_count else set())
        named = named or _versions_in(own, slot, things) or _versions_in(told, slot, things)
        if named and str(slot.value) not in named:
            found.append(slot)
        elif str(slot.value) in misnamed:
            found.append(slot)
            misnamed = set()  # what a person would say of it is said once
    return tuple(found)


def _versions_in(sentences: Sequence[Sequence[str]], slot: Slot, things: Collection[Thing]) -> set[str]:
    """The options of a thing that sentences name, where a fact is one of these: "the warm white string lights"."""
    named = {segment.text for ask in slot.asks for segment in ask if segment.is_value}
    names = frozenset(word for thing in things for word in (thing.name or "").lower().split())
    found: set[str] = set()
    for thing in things:
        if slot.value in thing.options and (not named or thing.name in named):
            called = {version for words in sentences for version in _versions_called(words)}
            for option in thing.options:
                parts = option.lower().split()
                if " ".join(parts) in called or (
                    not names.issuperset(parts) and any(_has(words, parts) for words in sentences)
                ):
                    found.add(option)
            found |= {version for version in called if names.isdisjoint(version.split())} - {str(slot.value).lower()}
            found |= {
                number for words in sentences for number in _other_numbers(words, str(slot.value).lower().split())
            }
    return found


def _versions_called(words: Sequence[str]) -> Iterator[str]:
    """What sentences call a version: "in the chicken version"."""
    for at, word in enumerate(words):
        if word in _VERSION:
            start = next((i for i in range(at - 1, max(-1, at - 2 - _NEAR), -1) if words[i] in _BEFORE_VERSION), None)
            if start is not None and start < at - 1 and _NO_VERSION.isdisjoint(words[start + 1 : at]):
                yield " ".join(words[start + 1 : at])


def _announces(sentence: Sentence) -> bool:
    """Whether a sentence says what the agent does."""
    return not sentence.is_question and not _ANNOUNCING.isdisjoint(sentence.words) and not _denies(sentence.words)


def _other_numbers(words: Sequence[str], parts: Sequence[str]) -> Iterator[str]:
    """Where an option is a word and a number ("size 38"), those with another number, whether the thing comes in them or not."""
    if len(parts) == 2 and parts[1].isdigit():
        for before, number in pairwise(words):
            if before == parts[0] and number.isdigit() and number != parts[1]:
                yield f"{before} {number}"


def _has(words: Sequence[str], parts: Sequence[str]) -> bool:
    return any(list(words[at : at + len(parts)]) == parts for at in range(len(words) - len(parts) + 1))


def _named_in(sentences: Sequence[Sequence[str]], slot: Slot) -> set[str]:
    """The values of a fact that sentences name."""
    if slot.options:
        return {option for words in sentences for option in options_named(words, slot)}
    if slot.is_count:
        return {str(number) for words in sentences for number in numbers_of_item(words, slot)}
    return set()


def _names_a_value(words: Sequence[str]) -> bool:
    """Whether a sentence begins like "so by courier", and denies nothing."""
    first = next((word for word in words if word not in _OPENERS), "")
    return first in _FIRST and not _denies(words)


def _denies(words: Sequence[str]) -> bool:
    return any(word in _NOT or word in _GONE or word.endswith("n't") for word in words)


def options_named(words: Sequence[str], slot: Slot) -> Iterator[str]:
    """The values of a closed list that a sentence names as values, and not in passing: "by mail", and not "mail you the label"."""
    words = list(with_usual_values(words))
    roots = [stem(word) for word in words]
    for option in slot.options:
        name = [stem(word) for word in option.lower().replace("_", " ").split()]
        for at in range(len(roots) - len(name) + 1):
            if roots[at : at + len(name)] == name and _is_value(words, at, at + len(name)):
                yield option
                break


def with_usual_values(words: Sequence[str]) -> Iterator[str]:
    """Words, with the word of a usual value for others that mean the same: "unwanted" for "changed your mind"."""
    values, at = lexicon().values, 0
    while at < len(words):
        length = next((n for n in range(_LONGEST_VALUE, 1, -1) if " ".join(words[at : at + n]) in values), 1)
        text = " ".join(words[at : at + length])
        yield values.get(text, text)
        at += length


def _is_value(words: Sequence[str], start: int, end: int) -> bool:
    before = words[max(0, start - _NEAR) : start]
    follows = words[end] if end < len(words) else ""
    if follows in _NO_VALUE_BEFORE or not _NOT.isdisjoint(before):
        return False
    return not start or not _LEADS.isdisjoint(before)


def numbers_of_item(words: Sequence[str], slot: Slot) -> Iterator[int]:
    """The numbers that a sentence gives of the item that a fact is about: "two of the rice"."""
    if not _LESS.isdisjoint(words):
        return
    names = [segment.text.lower().split() for ask in slot.asks for segment in ask if segment.is_value]
    item = frozenset(stem(word) for name in names for word in name if word not in STOP)
    for at, word in enumerate(words):
        number, after = number_at(words, at), words[at + 1 : at + 1 + _NEAR]
        if "of" in after:  # "one pair of the suede sneakers"
            after = words[at + 1 : at + 1 + 2 * _NEAR]
        if number is None or word in item or (at and words[at - 1] in _NUMBERED):
            continue
        if _counts_what_is_before(words, at) and any(stem(other) in item for other in words[max(0, at - _FAR) : at]):
            yield number
            continue
        if after[:1] == ("x",):
            after = words[at + 2 : at + 2 + _NEAR]
        if _MORE.isdisjoint(after) and any(stem(other) in item for other in after):
            yield number


def _counts_what_is_before(words: Sequence[str], at: int) -> bool:
    """Whether the number at a place counts what stands before it: "sneakers x 2", "sneakers, quantity: 2", "| sneakers | 2 |"."""
    if not at:
        return False
    if words[at + 1 : at + 2] == ("times",):  # "the yoga mat four times"
        return True
    before = words[at - 2] if words[at - 1] == "," and at > 1 else words[at - 1]
    is_a_cell = words[at - 1] == "," and (at + 1 == len(words) or words[at + 1] == ",")
    return before in _TIMES or is_a_cell
